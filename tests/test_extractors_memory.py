"""A device that runs out of memory: batches are halved until they fit."""

import pytest
import torch

from extractors.memory import run_in_halves
from extractors.ner.tagger import Tagger, tag_texts


def device_for(most):
    """A forward that takes ``most`` items at a time, and the sizes of the batches that it was given."""
    sizes = []

    def run(batch):
        sizes.append(len(batch))
        if len(batch) > most:
            raise torch.OutOfMemoryError("out of memory")
        return [10 * item for item in batch]

    return run, sizes


@pytest.mark.parametrize("most", [1, 2, 3, 7, 99])
def test_results_are_the_same_whatever_fits(most):
    run, sizes = device_for(most)
    assert run_in_halves(run, list(range(7))) == [10 * item for item in range(7)]
    assert max(size for size in sizes if size <= most) <= most


def test_one_item_that_does_not_fit_is_told():
    run, _ = device_for(0)
    with pytest.raises(torch.OutOfMemoryError):
        run_in_halves(run, [1, 2])


def test_a_tagger_goes_on_with_smaller_batches(monkeypatch):
    tagger = Tagger.load(device=torch.device("cpu"))
    texts = ["We train BERT on SQuAD and report 84.2% accuracy.", "A graph network for parsing.", "Nothing."]
    expected = tag_texts(tagger, texts)
    forward = tagger.model.probabilities

    def short_of_memory(windows, temperature):
        if len(windows.ids) > 1:
            raise torch.OutOfMemoryError("out of memory")
        return forward(windows, temperature)

    monkeypatch.setattr(tagger.model, "probabilities", short_of_memory)
    found = tag_texts(tagger, texts)
    spans = [[(m.start_char, m.end_char, m.label) for m in mentions] for mentions in expected]
    assert [[(m.start_char, m.end_char, m.label) for m in mentions] for mentions in found] == spans
