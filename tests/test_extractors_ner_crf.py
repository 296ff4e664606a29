"""The conditional random field against a search through all tag sequences."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.ner.crf import LinearChainCrf, gather_words, word_columns
from extractors.ner.decode import find_best_tags
from extractors.ner.tags import TagScheme

SEEDS = st.integers(0, 10_000)


def random_crf(seed, scheme, n_types=1):
    torch.manual_seed(seed)
    crf = LinearChainCrf(TagScheme.named(scheme, n_types))
    torch.nn.init.normal_(crf.transitions)
    return crf


def all_scores(crf, emissions, allowed=None):
    """Scores of all tag sequences, and the sequences; a sequence that is not allowed is left out."""
    transitions = crf.scores().detach()
    sequences, scores = [], []
    for tags in product(range(emissions.shape[1]), repeat=len(emissions)):
        if allowed is not None and not all(allowed[i, tag] for i, tag in enumerate(tags)):
            continue
        score = sum(emissions[i, tag] for i, tag in enumerate(tags))
        sequences.append(tags)
        scores.append(score + sum(transitions[a, b] for a, b in pairwise(tags)))
    return torch.stack(scores), sequences


@given(seed=SEEDS, n_words=st.integers(1, 4), scheme=st.sampled_from(["bio", "bioes"]))
@settings(max_examples=15, deadline=None)
def test_partition_is_the_sum_over_all_sequences(seed, n_words, scheme):
    crf = random_crf(seed, scheme)
    emissions = torch.randn(n_words, crf.transitions.shape[0])
    expected = torch.logsumexp(all_scores(crf, emissions)[0], dim=0)
    found = crf.log_partition(emissions[None], torch.ones(1, n_words, dtype=torch.bool))
    assert found.item() == pytest.approx(expected.item(), abs=1e-4)


@given(seed=SEEDS, n_words=st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_marginals_are_sums_over_all_sequences(seed, n_words):
    crf = random_crf(seed, "bio", n_types=2)
    emissions = torch.randn(n_words, 5)
    scores, sequences = all_scores(crf, emissions)
    probs = torch.softmax(scores, dim=0)
    expected = torch.zeros(n_words, 5)
    for prob, tags in zip(probs, sequences, strict=True):
        expected[range(n_words), tags] += prob
    with torch.no_grad():
        found = crf.log_marginals(emissions[None], torch.ones(1, n_words, dtype=torch.bool))[0].exp()
    assert torch.allclose(found, expected, atol=1e-4)


@given(seed=SEEDS, n_words=st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_loss_is_the_likelihood_of_all_allowed_sequences(seed, n_words):
    crf = random_crf(seed, "bio", n_types=2)
    emissions = torch.randn(n_words, 5)
    allowed = torch.rand(n_words, 5) < 0.4
    allowed[:, 0] = True  # outside is always a way
    right = torch.logsumexp(all_scores(crf, emissions, allowed)[0], dim=0)
    every = torch.logsumexp(all_scores(crf, emissions)[0], dim=0)
    n_known = max(1, int((~allowed.all(dim=1)).sum()))
    with torch.no_grad():
        found = crf.loss(emissions[None], allowed[None], torch.ones(1, n_words, dtype=torch.bool))
    assert found.item() == pytest.approx((every - right).item() / n_known, abs=1e-4)


@given(seed=SEEDS, n_words=st.integers(1, 5), scheme=st.sampled_from(["bio", "bioes"]))
@settings(max_examples=20, deadline=None)
def test_viterbi_finds_the_best_of_all_valid_sequences(seed, n_words, scheme):
    crf = random_crf(seed, scheme)
    tags = TagScheme.named(scheme, 1)
    emissions = torch.randn(n_words, tags.n_tags)
    scores, sequences = all_scores(crf, emissions)
    valid = [
        not tags.continuing()[one[0]] and not tags.unfinished()[one[-1]] and score > -1e3
        for score, one in zip(scores.tolist(), sequences, strict=True)
    ]
    best = sequences[int(torch.where(torch.tensor(valid), scores, -torch.inf).argmax())]
    found = find_best_tags(emissions.numpy(), np.arange(n_words) == 0, tags, crf.transitions.detach().numpy())
    assert tuple(found.tolist()) == best


def test_rows_of_a_batch_do_not_see_each_other_or_padding():
    crf = random_crf(1, "bio", n_types=2)
    emissions = torch.randn(2, 6, 5)
    mask = torch.tensor([[True] * 6, [True] * 3 + [False] * 3])
    allowed = torch.ones(2, 6, 5, dtype=torch.bool)
    allowed[:, :, 1:] = False
    with torch.no_grad():
        together = crf.log_marginals(emissions, mask)
        assert torch.allclose(together[1, :3], crf.log_marginals(emissions[1:, :3], mask[1:, :3])[0], atol=1e-5)
        losses = [
            crf.loss(emissions[i : i + 1, :n], allowed[i : i + 1, :n], mask[i : i + 1, :n]) for i, n in ((0, 6), (1, 3))
        ]
        assert crf.loss(emissions, allowed, mask).item() == pytest.approx((6 * losses[0] + 3 * losses[1]).item() / 9)


def test_words_are_gathered_from_their_columns():
    is_word = torch.tensor([[False, True, False, True], [False, True, False, False]])
    columns, mask = word_columns(is_word)
    assert columns[0].tolist() == [1, 3]
    assert columns[1, 0] == 1
    assert mask.tolist() == [[True, True], [True, False]]
    values = torch.arange(8.0).reshape(2, 4, 1)
    assert gather_words(values, columns)[0, :, 0].tolist() == [1, 3]
    assert gather_words(values, columns)[1, 0, 0] == 5
