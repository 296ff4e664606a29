"""Windows over real papers: where they begin changes nothing that does not depend on them, and overlap is cheap."""

from pathlib import Path

import pytest
import torch
from logits_only import LogitsOnly

from extractors.encoder import load_encoder
from extractors.ner.tagger import SHIPPED_MODEL, Tagger, TaggerConfig, read_config, tag_texts
from extractors.training.corpora import read_corpus
from extractors.windows import slide_windows, tokenize_texts
from schemas.records import ENTITY_TYPES

CORPORA = [Path(__file__).parents[2] / "shared" / "data" / "ie" / f"{name}-dev.jsonl" for name in ("scier", "scirex")]
needs_corpora = pytest.mark.skipif(not all(c.exists() for c in CORPORA), reason="the shared corpora are not here")
N_PAPERS = 4  # of each corpus
MOST_OVERLAP = 0.15


class NeighbourModel(torch.nn.Module):
    """Tags that depend on a token and the one on each side, wherever they stand in a window."""

    def __init__(self, vocabulary_size):
        super().__init__()
        generator = torch.Generator().manual_seed(7)
        n_tags = 2 * len(ENTITY_TYPES) + 1
        self.tables = [torch.randn(vocabulary_size, n_tags, generator=generator) for _ in range(3)]

    def forward(self, ids, _mask):
        """Logits, shape (B, T, K)."""
        around = [ids.roll(shift, dims=1) for shift in (1, 0, -1)]
        return 2 * sum(table[column] for table, column in zip(self.tables, around, strict=True))


@pytest.fixture(scope="module")
def papers():
    return [text.text for corpus in CORPORA for text in read_corpus(corpus)[:N_PAPERS]]


@pytest.fixture(scope="module")
def tagger():
    """As shipped, but for the network."""
    shipped = read_config(SHIPPED_MODEL / "config.json")
    encoder = load_encoder(shipped.encoder)
    config = TaggerConfig(max_tokens=shipped.max_tokens, overlap=shipped.overlap)
    return Tagger(LogitsOnly(NeighbourModel(len(encoder.tokenizer))), encoder, config, torch.device("cpu"))


@needs_corpora
@pytest.mark.parametrize("phase", [1, 37, 111, 200])
def test_phase_changes_no_mention_of_real_papers(tagger, papers, phase):
    before, after = tag_texts(tagger, papers), tag_texts(tagger, papers, phase=phase)
    assert sum(map(len, before)) > 1000
    assert before == after


@needs_corpora
def test_overlap_costs_few_tokens(tagger, papers):
    lengths = [len(stream) for stream in tokenize_texts(papers, tagger.encoder)]
    config = tagger.config
    for phase in (0, 111):
        windows = slide_windows(lengths, max_tokens=config.max_tokens, overlap=config.overlap, phase=phase)
        assert sum(map(len, windows)) <= (1 + MOST_OVERLAP) * sum(lengths)


@pytest.mark.parametrize("n_tokens", [1, 254, 255, 256, 300, 480, 700, 5000, 100_000])
def test_overlap_costs_few_tokens_in_long_texts(n_tokens):
    config = read_config(SHIPPED_MODEL / "config.json")
    windows = slide_windows([n_tokens], max_tokens=config.max_tokens, overlap=config.overlap)
    assert sum(map(len, windows)) - n_tokens == (len(windows) - 1) * config.overlap
    assert sum(map(len, windows)) <= (1 + MOST_OVERLAP) * n_tokens
