"""Linking: names to entities, against the most similar string and the nearest vector."""

import random
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

import numpy as np
import torch
from rapidfuzz import fuzz, process, utils
from sentence_transformers import SentenceTransformer

from flows.bench.material import Material
from flows.bench.timing import Comparison, Way, time_ways
from linking.gold import read_gold
from linking.knowledge_base import KnowledgeBase
from linking.linker import LINKED_TYPES, Linker, Resolution
from linking.papers import collect_names, make_queries
from linking.queries import Query
from linking.side_by_side import open_processes, opened_linker

MAX_COMPARED: Final = 50  # strings that are compared with every name: a fixed sample of all
SEED: Final = 0
CONCEPTS: Final = tuple(label for label in LINKED_TYPES if label != "Institution")


def compare_link(material: Material) -> list[Comparison]:
    """Seconds to link strings not seen before, warm: affiliations and names of concepts, those that there are."""
    asked = _queries(material)
    groups = {
        name: [query for query in asked if query.label in labels]
        for name, labels in {"affiliations": ("Institution",), "concepts": CONCEPTS}.items()
    }
    return [_compare(material, name, queries) for name, queries in groups.items() if queries]


def _queries(material: Material) -> list[Query]:
    """Distinct queries of the file of names, else of the papers."""
    if material.call.names is not None:
        found = [row.query for row in read_gold(material.call.names)]
    else:
        papers = list(zip(material.texts, material.tagged, strict=True))
        found = list(make_queries(papers, [collect_names(*paper) for paper in papers]).values())
    return list(dict.fromkeys(found))


def _compare(material: Material, name: str, queries: Sequence[Query]) -> Comparison:
    linker = material.linker
    some = random.Random(SEED).sample(queries, min(MAX_COMPARED, len(queries)))  # noqa: S311
    own = Way(
        "papergraph: entities with probabilities", lambda: linker.resolve(queries), len(queries), prepare=linker.forget
    )
    others = [
        Way("rapidfuzz with every name", _most_similar(linker.kb, some), len(some)),
        Way("sentence-transformers, FAISS, nearest name", _nearest(linker, queries), len(queries)),
    ]
    linker.resolve(some)  # loading the encoder is not linking
    n_names = sum(n for label, n in linker.kb.info.n_entries.items() if label in {query.label for query in queries})
    about = f"{len(queries):,} different strings, {n_names:,} entries of their types"
    with _side_by_side(linker.kb, queries, some, material.call.workers) as shared:
        return Comparison(f"link {name}", "strings", about, time_ways([own, shared, *others], material.call.rounds))


@contextmanager
def _side_by_side(kb: KnowledgeBase, queries: Sequence[Query], some: Sequence[Query], n: int) -> Generator[Way]:
    """The same by n processes that are open, each with its share of the strings."""
    with ExitStack() as stack:
        processes = [stack.enter_context(open_processes(kb.folder, 1)) for _ in range(n)]

        def share(parts: Sequence[Sequence[Query]]) -> None:
            for waiting in [one.submit(_resolve, part) for one, part in zip(processes, parts, strict=True)]:
                waiting.result()

        def forget() -> None:
            for one in processes:
                one.submit(_forget).result()

        share([some] * n)
        parts = [queries[i::n] for i in range(n)]
        yield Way(f"the same, {n} processes", lambda: share(parts), len(queries), prepare=forget)


def _resolve(queries: Sequence[Query]) -> list[Resolution]:
    return opened_linker().resolve(queries)


def _forget() -> None:
    opened_linker().forget()


def _most_similar(kb: KnowledgeBase, queries: Sequence[Query]) -> Callable[[], object]:
    """Each string compared with every name of its type."""
    names = {label: _names(kb, label) for label in {query.label for query in queries}}

    def run() -> None:
        for label, texts in _by_label(queries).items():
            if names[label]:
                asked = [utils.default_process(text) for text in texts]
                scores = process.cdist(
                    asked, names[label], scorer=fuzz.token_set_ratio, dtype=np.uint8, workers=torch.get_num_threads()
                )
                scores.argmax(axis=1)

    return run


def _nearest(linker: Linker, queries: Sequence[Query]) -> Callable[[], object]:
    """Each string embedded as it is, the nearest vector searched."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = SentenceTransformer(str(linker.kb.encoder.path), device=device, local_files_only=True)

    def run() -> None:
        for label, texts in _by_label(queries).items():
            vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
            linker.kb.nearest(label, np.asarray(vectors, np.float32), 1)

    return run


def _names(kb: KnowledgeBase, label: str) -> list[str]:
    entries = (entry for entry in kb.entries() if entry.label == label)
    return [utils.default_process(name) for entry in entries for name in (entry.name, *entry.aliases, *entry.acronyms)]


def _by_label(queries: Sequence[Query]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for query in queries:
        texts.setdefault(query.label, []).append(query.text)
    return texts
