"""A knowledge base of a million names: ``python tests/measure_knowledge_base.py FOLDER [1000000]``.

Build: wall and CPU seconds from a table of names to the finished folder. Opening, memory and search are measured in a
process of their own: seconds from the call until the knowledge base is open, and until the first string is linked;
resident memory after a thousand strings were looked up by vector and by words; recall@10 of the vector search against
exact search over the vectors, and milliseconds a vector. Needs about 4 GB of disk a million names.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from million_names import misspell, write_names

from linking.build import build_knowledge_base
from linking.index import read_vectors
from linking.knowledge_base import KnowledgeBase, open_knowledge_base
from linking.linker import Linker
from linking.queries import Query
from linking.vectors import VectorFiles

N_QUERIES = 1000
N_LINKED = 1000


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def build(folder: Path, n: int) -> None:
    """Build a knowledge base of n names and print how long it took."""
    table = folder / "names.jsonl"
    if not table.is_file():
        with table.open("w", encoding="utf-8") as file:
            for i, (label, name) in enumerate(write_names(n)):
                file.write(json.dumps({"id": f"x:{i}", "type": label, "name": name}) + "\n")
    steps: dict[str, list[float]] = {}

    def note(step: str, done: int, total: int) -> None:
        now = time.perf_counter() - started
        first = steps.setdefault(step, [now, now])
        if now - first[1] > 60 or done == total:
            say(f"{now:7.0f} s  {step} {done}/{total}")
            first[1] = now

    started, cpu = time.perf_counter(), time.process_time()
    info = build_knowledge_base(folder / "kb", csv=[(table, None)], starter=False, progress=note)
    seconds = time.perf_counter() - started
    say(f"built {info.n_names} names, {info.n_vectors} vectors, {info.indexes}: {seconds:.0f} s, ")
    say(f"{time.process_time() - cpu:.0f} s of CPU; {sum(f.n_bytes for f in info.files) / 1e6:.0f} MB on disk")


def resident_mb() -> str:
    """Resident memory of this process, anonymous and mapped to files, in MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    rss, anonymous, files = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "RssFile"))
    return f"{rss:.0f} MB resident ({anonymous:.0f} its own, {files:.0f} mapped to files)"


def query(folder: Path) -> None:
    """Open and ask, and print time and memory."""
    started = time.perf_counter()
    kb = open_knowledge_base(folder / "kb")
    say(f"open: {time.perf_counter() - started:.2f} s, {resident_mb()}")
    names = misspelt(kb, N_QUERIES)
    vectors = kb.encoder.encode([name for _, name in names])
    say(f"encoder loaded: {time.perf_counter() - started:.2f} s, {resident_mb()}")
    for label in kb.info.indexes:
        mine = vectors[[own == label for own, _ in names]]
        kb.nearest(label, mine[:5], 10)
        start = time.perf_counter()
        kb.nearest(label, mine, 10)
        say(f"{label}: {1000 * (time.perf_counter() - start) / len(mine):.2f} ms a vector, {resident_mb()}")
    linker = Linker(kb)
    start = time.perf_counter()
    linker.resolve([Query(name, label) for label, name in names[:1]])
    say(f"first string linked after {time.perf_counter() - start:.2f} s, {resident_mb()}")
    start = time.perf_counter()
    linker.resolve([Query(name, label) for label, name in names[:N_LINKED]])
    say(f"linked {N_LINKED} strings: {N_LINKED / (time.perf_counter() - start):.0f} a second, {resident_mb()}")


def recall(folder: Path) -> None:
    """Print recall@10 against exact search over the same names."""
    kb = open_knowledge_base(folder / "kb")
    names = misspelt(kb, N_QUERIES)
    vectors = kb.encoder.encode([name for _, name in names])
    for label in kb.info.indexes:
        mine = vectors[[own == label for own, _ in names]]
        files = VectorFiles(folder / "kb", label)
        base, index = read_vectors(files.index), files.open()
        rows = np.load(files.rows)
        exact = np.argpartition(-(mine @ base.T), 10, axis=1)[:, :10]
        hits = [
            len({row for row, _ in line} & set(rows[best].tolist()))
            for line, best in zip(index.search(mine, 10), exact, strict=True)
        ]
        say(f"{label}: recall@10 {sum(hits) / (10 * len(mine)):.4f} over {len(base)} vectors, {len(mine)} queries")


def misspelt(kb: KnowledgeBase, n: int) -> list[tuple[str, str]]:
    """Type and misspelt name of entries drawn by chance, half of each type."""
    rng = random.Random(1)  # noqa: S311
    n_entries = sum(kb.info.n_entries.values())
    rows = rng.sample(range(n_entries), n)
    return [(entry.label, misspell(entry.name, rng)) for entry in map(kb.entry, rows)]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    act = sys.argv[2] if len(sys.argv) > 2 else "1000000"
    if act == "query":
        query(place)
    elif act == "recall":
        recall(place)
    else:
        build(place, int(act))
        for step in ("query", "recall"):
            subprocess.run([sys.executable, __file__, str(place), step], check=True, env=dict(os.environ))
