"""Fits the tagger of affiliations: a linear-chain conditional random field over sparse features.

Run: ``python -m extractors.training.affiliations --organisations ror.zip --pages P.jsonl --strings S.jsonl
--text T.jsonl.gz``.
"""

import argparse
import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from extractors.front_matter.affiliation_tagger import FORBIDDEN, LABELS, SCALE, WEIGHTS_PATH
from extractors.front_matter.affiliation_tokens import features_of, tokenise
from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.training.affiliation_corpora import read_front_pages, read_prose, read_strings
from extractors.training.affiliation_strings import Labelled, Maker
from extractors.training.front_matter import read_organisations

SEEDS = (7, 8)  # the weights of their fits are averaged
MADE = 28_000  # made-up affiliations
REPEATS = 3  # of the real ones
EPOCHS = 4
BATCH = 128
MIN_COUNT = 8  # of a feature
SMALLEST = 0.25  # weights of which none is larger are left out
RATE, DECAY = 0.04, 2e-6
HIDDEN = 0.25  # share of words for which the lists of places and organisations are hidden
DROPPED = 0.15  # share of features that a step does not see, so that no word alone decides
_NEVER = -1e4
ANY = -1  # label of a token of which nothing is known


@dataclass(frozen=True, slots=True)
class Corpora:
    """Files to train from: ROR records, front pages, affiliation strings, running text."""

    organisations: Path
    pages: Path
    strings: Path
    text: Path


@dataclass(frozen=True, slots=True)
class Example:
    """Features of the tokens, and their labels as numbers."""

    rows: list[list[str]]
    labels: list[int]


def make_example(item: Labelled, dice: random.Random, *, partial: bool = False) -> Example:
    """An affiliation as the tagger sees it.

    Args:
        item: The affiliation.
        dice: Decides for which words the lists are hidden.
        partial: Whether tokens outside the spans are unknown rather than outside.
    """
    tokens = tokenise(item.text, [False] * len(item.text))
    labels = [ANY if partial else 0] * len(tokens)
    for start, end, label in item.spans:
        inside = [n for n, token in enumerate(tokens) if token.start < end and start < token.end]
        for number in inside:
            labels[number] = LABELS.index(label) + (number > inside[0])
        if partial and inside and inside[-1] + 1 < len(tokens) and labels[inside[-1] + 1] == ANY:
            after = tokens[inside[-1] + 1].text
            labels[inside[-1] + 1] = 0 if after in ",;\n" else ANY
    hidden = frozenset(fold(token.text) for token in tokens if dice.random() < HIDDEN)
    return Example(features_of(tokens, hidden), labels)


class Field(nn.Module):
    """Scores of label sequences: sums of feature weights and of steps between labels."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.weights = nn.EmbeddingBag(n_features, len(LABELS), mode="sum")
        nn.init.zeros_(self.weights.weight)
        self.steps = nn.Parameter(torch.zeros(len(LABELS), len(LABELS)))
        self.starts = nn.Parameter(torch.zeros(len(LABELS)))
        mask = [[_NEVER if a + b in FORBIDDEN else 0.0 for b in LABELS] for a in LABELS]
        self.register_buffer("step_mask", torch.tensor(mask))
        self.register_buffer("start_mask", torch.tensor([_NEVER if " " + b in FORBIDDEN else 0.0 for b in LABELS]))

    def partition(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """Log of the sum over label sequences, shape (n,), from scores of shape (n, tokens, labels)."""
        steps = self.steps + self.step_mask  # type: ignore[operator]
        total = self.starts + self.start_mask + scores[:, 0]  # type: ignore[operator]
        for position in range(1, scores.shape[1]):
            following = torch.logsumexp(total.unsqueeze(2) + steps, dim=1) + scores[:, position]
            total = torch.where((position < lengths).unsqueeze(1), following, total)
        return torch.logsumexp(total, dim=1)

    def forward(self, ids: Tensor, offsets: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:
        """Mean negative log-likelihood of the labels, those that are unknown summed over."""
        seen = (torch.rand(len(ids)) >= DROPPED).float()
        flat = self.weights(ids, offsets, per_sample_weights=seen)
        n, longest = labels.shape
        scores = flat.new_zeros(n, longest, len(LABELS))
        inside = torch.arange(longest).unsqueeze(0) < lengths.unsqueeze(1)
        scores[inside] = flat
        known = labels.unsqueeze(2) >= 0
        wrong = known & (labels.unsqueeze(2) != torch.arange(len(LABELS)))
        held = scores.masked_fill(wrong, _NEVER)
        return (self.partition(scores, lengths) - self.partition(held, lengths)).mean()


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example in numbers: features of all tokens in a row, where each token's begin, labels."""

    ids: Tensor  # shape (n_features,), int64
    starts: Tensor  # shape (n_tokens,), int64
    labels: Tensor  # shape (n_tokens,), int64


def encode(example: Example, known: dict[str, int]) -> Encoded:
    """An example with the features that are kept."""
    rows = [[known[name] for name in row if name in known] for row in example.rows]
    starts = list(itertools.accumulate((len(row) for row in rows[:-1]), initial=0))
    return Encoded(torch.tensor(list(itertools.chain(*rows))), torch.tensor(starts), torch.tensor(example.labels))


def batch_of(examples: Sequence[Encoded]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(feature numbers, where each token's begin, tokens of each example, labels padded) for ``Field``."""
    sizes = itertools.accumulate((len(example.ids) for example in examples[:-1]), initial=0)
    offsets = torch.cat([example.starts + size for example, size in zip(examples, sizes, strict=True)])
    lengths = torch.tensor([len(example.labels) for example in examples])
    labels = nn.utils.rnn.pad_sequence([example.labels for example in examples], batch_first=True, padding_value=ANY)
    return torch.cat([example.ids for example in examples]), offsets, lengths, labels


def batches(examples: Sequence[Encoded], dice: random.Random) -> list[list[Encoded]]:
    """Shuffled batches of examples of about one length."""
    order = sorted(examples, key=lambda example: len(example.labels) + dice.random() * 6)
    found = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    dice.shuffle(found)
    return found


def fit(examples: Sequence[Example], seed: int) -> dict[str, Any]:
    """Weights as they are kept in JSON."""
    torch.manual_seed(seed)
    counts = Counter(name for example in examples for row in example.rows for name in row)
    known = {name: number for number, name in enumerate(sorted(n for n, c in counts.items() if c >= MIN_COUNT))}
    encoded = [encode(example, known) for example in examples]
    model = Field(len(known))
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE, weight_decay=DECAY)
    n_batches = EPOCHS * (len(examples) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.02, 1 - step / n_batches))
    dice = random.Random(seed)  # noqa: S311  (not for secrets)
    for epoch in range(EPOCHS):
        losses: list[float] = []
        for batch in batches(encoded, dice):
            loss = model(*batch_of(batch))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {sum(losses) / len(losses):.4f}", flush=True)  # noqa: T201
    table = model.weights.weight.tolist()
    return {
        "steps": model.steps.tolist(),
        "starts": model.starts.tolist(),
        "features": {name: table[number] for name, number in known.items()},
    }


def average(fits: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means of several fits as they are kept: whole hundredths, without what is next to nothing."""
    nothing = [0.0] * len(LABELS)

    def means(rows: Iterable[Sequence[float]]) -> list[int]:
        return [round(SCALE * sum(column) / len(fits)) for column in zip(*rows, strict=True)]

    names = sorted({name for found in fits for name in found["features"]})
    features = {name: means(found["features"].get(name, nothing) for found in fits) for name in names}
    return {
        "steps": [means(found["steps"][row] for found in fits) for row in range(len(LABELS))],
        "starts": means(found["starts"] for found in fits),
        "features": {name: row for name, row in features.items() if max(map(abs, row)) >= SCALE * SMALLEST},
    }


def registered_names(records: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Names of each organisation by its id, without bracketed countries."""
    return {r["id"]: [re.sub(r"\s*\([^()]*\)$", "", name["value"]) for name in r["names"]] for r in records}


def collect(corpora: Corpora, seed: int, n_made: int = MADE) -> list[Example]:
    """All examples: made-up ones, real ones several times, running text."""
    records = read_organisations(corpora.organisations)
    dice = random.Random(seed)  # noqa: S311
    surnames = [word.title() for word, score in load_lexicon().persons.items() if score > 2 and len(word) > 3]
    maker = Maker(records, sorted(surnames), seed)
    examples = [make_example(maker.make(), dice) for _ in range(n_made)]
    examples += [make_example(maker.make_people(), dice) for _ in range(n_made // 20)]
    examples += [make_example(item, dice) for item in read_prose(corpora.text, n_made // 15)]
    real = list(read_front_pages(corpora.pages))
    weak = [item for item in read_strings(corpora.strings, registered_names(records)) if item.spans]
    for _ in range(REPEATS):
        examples += [make_example(item, dice) for item in real]
        examples += [make_example(item, dice, partial=True) for item in weak]
    return [example for example in examples if example.labels]


def write_weights(weights: dict[str, Any], path: Path) -> None:
    """One feature a line."""
    rows = [
        json.dumps([name, numbers], ensure_ascii=False, separators=(",", ":"))
        for name, numbers in sorted(weights["features"].items())
    ]
    head = json.dumps({"steps": weights["steps"], "starts": weights["starts"]})[:-1]
    path.write_text(f'{head}, "features": [\n' + ",\n".join(rows) + "\n]}\n", encoding="utf-8")


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("organisations", "pages", "strings", "text"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS_PATH)
    arguments = parser.parse_args()
    corpora = Corpora(arguments.organisations, arguments.pages, arguments.strings, arguments.text)
    write_weights(average([fit(collect(corpora, seed), seed) for seed in SEEDS]), arguments.out)


if __name__ == "__main__":
    main()
