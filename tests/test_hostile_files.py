"""Files that could hurt a run: each is accounted for with a known code, and neither worker nor good paper suffers."""

import hashlib
import logging
import math
import os
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import hostile_pdfs
import pymupdf
import pytest
from hostile_pdfs import FILES, LASTING, READ, UNUSUAL

from extractors.pdf.read import parse_pdf
from extractors.pdf.sandbox import parse_papers
from extractors.pdf.settings import ParseSettings
from flows.sources import check_sources, count_files, list_sources
from schemas.errors import ConfigError
from schemas.records import Failure, ParsedPaper, Source
from schemas.shards import read_shard, write_shard

SAMPLES = sorted((Path(__file__).parent / "data" / "samples").glob("*.pdf"))
PAPERS = sorted((Path(__file__).parents[2] / "shared" / "data" / "papers").glob("*.pdf"))
CODES = {"encrypted", "not_a_pdf", "damaged", "too_large", "timeout", "out_of_memory", "parser_crash", "no_text"}
SETTINGS = ParseSettings(timeout_s=10.0, memory_mb=1024, ocr_timeout_s=5.0)
QUICK = ParseSettings(timeout_s=5.0, memory_mb=1024, ocr_timeout_s=3.0)
_IMPORTS_MB = 400  # what a worker takes before it has read anything

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes in /proc")


def check_paper(paper: ParsedPaper) -> None:
    """A parsed paper is what its record promises, whatever it was read from."""
    paper.text.encode("utf-8")
    assert paper.text.strip()
    assert "\0" not in paper.text
    assert paper.n_pages > 0
    n_chars = len(paper.text)
    for pieces in (paper.blocks, paper.lines, paper.superscripts):
        assert all(0 <= piece.start_char < piece.end_char <= n_chars for piece in pieces)
    for pieces in (paper.blocks, paper.lines):
        assert all(map(math.isfinite, (n for piece in pieces for n in (piece.x0, piece.y0, piece.x1, piece.y1))))
        assert all(0 <= piece.page < paper.n_pages for piece in pieces)
    assert all(math.isfinite(line.font_size) for line in paper.lines)
    assert all(a.end_char <= b.start_char for a, b in zip(paper.blocks, paper.blocks[1:], strict=False))


def workers() -> set[int]:
    """Ids of the worker processes that this process has now."""
    found: set[int] = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if (
                f"PPid:\t{os.getpid()}\n" in status.read_text()
                and b"spawn_main" in (status.parent / "cmdline").read_bytes()
            ):
                found.add(int(status.parent.name))
        except OSError:
            continue
    return found


@contextmanager
def watched_workers() -> Iterator[list[float]]:
    """Peak memory of the workers that live meanwhile, in MB, looked at twenty times a second.

    What the system says of children that have ended (RUSAGE_CHILDREN) counts those of other tests, and this process'
    own size at the moment when a child was started.
    """
    peaks, done = [0.0], threading.Event()

    def watch():
        while not done.wait(0.05):
            for pid in workers():
                with suppress(OSError):
                    status = Path(f"/proc/{pid}/status").read_text()
                    peaks.extend(int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()


def read_all(sources, settings: ParseSettings, n_workers: int = 2) -> list[ParsedPaper | Failure]:
    """Read the files, and check what must hold for every batch."""
    before = workers()
    given: list[Source] = []

    def listed():
        for source in sources:
            given.append(source)
            yield source

    results = []
    with watched_workers() as peaks_mb:
        for result in parse_papers(listed(), settings, workers=n_workers):
            results.append(result)
            Path(given[len(results) - 1].path).unlink(missing_ok=True)
    assert [result.paper_id for result in results] == [source.paper_id for source in given]
    for result in results:
        if isinstance(result, ParsedPaper):
            check_paper(result)
        else:
            assert result.error in CODES | {"unreadable"}
            assert len(result.message) > 20
            result.message.encode("utf-8")
    assert workers() == before
    assert 0 < max(peaks_mb) < settings.memory_mb + _IMPORTS_MB
    return results


def code(result: ParsedPaper | Failure) -> str:
    return result.error if isinstance(result, Failure) else READ


def write_source(path: Path, data: bytes, number: int) -> Source:
    path.write_bytes(data)
    return Source(f"paper-{number}", str(path), str(path), len(data))


@cache
def original(path: Path, unpacked: bool) -> bytes:
    data = path.read_bytes()
    return hostile_pdfs.unpack(data) if unpacked else data


def mutants(folder: Path, papers: list[Path], seeds):
    """Mutants, written one by one as they are asked for. Each tenth file is a good paper."""
    for number, seed in enumerate(seeds):
        if number % 10 == 0:
            yield write_source(folder / f"good{seed}.pdf", SAMPLES[0].read_bytes(), 10**9 + seed)
        base, donor = papers[seed % len(papers)], papers[(seed * 7 + 1) % len(papers)]
        unpacked = bool(seed // len(papers) % 2)
        data = hostile_pdfs.mutate(original(base, unpacked), seed, original(donor, unpacked))
        yield write_source(folder / f"mutant{seed}.pdf", data, seed)


def check_mutants(folder: Path, papers: list[Path], seeds) -> Counter[str]:
    results = read_all(mutants(folder, papers, seeds), SETTINGS)
    good = [result for result in results if result.file_name.startswith("good")]
    assert len(good) == -(-len(seeds) // 10)
    assert {code(result) for result in good} == {READ}
    assert len({result.text for result in good if isinstance(result, ParsedPaper)}) == 1
    for result in results:
        if isinstance(result, Failure):
            logging.warning("%s: %s: %s", result.file_name, result.error, result.message)
    counts = Counter(code(result) for result in results if result.file_name.startswith("mutant"))
    logging.warning("%s", dict(counts))  # seen in the report of a failed test, and with --log-cli-level=WARNING
    return counts


def test_mutants_of_the_sample_papers(tmp_path):
    counts = check_mutants(tmp_path, SAMPLES, range(40))
    assert counts.total() == 40
    assert counts["parser_crash"] == 0


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_2000_mutants(tmp_path):
    counts = check_mutants(tmp_path, [*SAMPLES, *PAPERS], range(2000))
    assert counts.total() == 2000
    assert counts["parser_crash"] < 20


def check_files(folder: Path, names, settings: ParseSettings) -> None:
    """Read files made by hand, with a good paper after each tenth."""

    def listed():
        for number, name in enumerate(names):
            yield write_source(folder / f"{name}.pdf", FILES[name][0](), number)
            if number % 10 == 0:
                yield write_source(folder / f"good{number}.pdf", SAMPLES[0].read_bytes(), 10**9 + number)

    outcomes = {result.file_name.removesuffix(".pdf"): code(result) for result in read_all(listed(), settings)}
    good = [outcome for name, outcome in outcomes.items() if name.startswith("good")]
    assert good == [READ] * -(-len(names) // 10)
    assert {name: outcomes[name] for name in names if outcomes[name] not in FILES[name][1]} == {}


def test_files_made_by_hand(tmp_path):
    check_files(tmp_path, [name for name in FILES if name not in LASTING], QUICK)


def test_files_that_keep_a_worker_busy(tmp_path):
    check_files(tmp_path, ("forms without end", "nested bomb"), replace(QUICK, timeout_s=2.0))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_all_files_made_by_hand_under_the_usual_limits(tmp_path):
    check_files(tmp_path, list(FILES), ParseSettings())


def test_a_page_that_cannot_be_recognised_costs_itself_only(tmp_path):
    with pymupdf.open(SAMPLES[0]) as paper:
        expected = parse_pdf(SAMPLES[0]).text
        paper.insert_pdf(pymupdf.open(stream=FILES["giant page"][0](), filetype="pdf"))
        paper.save(tmp_path / "paper.pdf")
    found = parse_pdf(tmp_path / "paper.pdf", settings=QUICK)
    assert found.n_pages == 2
    assert found.text == expected


def test_no_plain_files_are_refused_by_the_parser_too(tmp_path):
    """They can come to be after the sources were listed."""
    for name, make in UNUSUAL.items():
        make(tmp_path / f"{name}.pdf")
    (tmp_path / "folder.pdf").mkdir()
    paths = [*sorted(tmp_path.iterdir()), tmp_path / "vanished.pdf"]
    results = list(parse_papers([Source(f"paper-{i}", str(path), str(path), 1) for i, path in enumerate(paths)], QUICK))
    assert {Path(result.source).stem: code(result) for result in results} == {
        "dangling": "unreadable",
        "endless": "not_a_pdf",
        "fifo": "not_a_pdf",
        "folder": "not_a_pdf",
        "loop": "unreadable",
        "socket": "not_a_pdf",
        "vanished": "unreadable",
    }


def test_a_file_that_changes_while_it_is_read(tmp_path):
    whole = SAMPLES[0].read_bytes()
    path = tmp_path / "changing.pdf"
    path.write_bytes(whole)
    stop = threading.Event()

    def keep_changing() -> None:
        for seed in range(100_000):
            if stop.is_set():
                return
            path.write_bytes(hostile_pdfs.mutate(whole, seed))

    writer = threading.Thread(target=keep_changing)
    writer.start()
    try:
        results = list(
            parse_papers([Source(f"paper-{i}", str(path), str(path), 1) for i in range(20)], QUICK, workers=2)
        )
    finally:
        stop.set()
        writer.join()
    assert len(results) == 20
    for result in results:
        if isinstance(result, ParsedPaper):
            check_paper(result)
        else:
            assert result.error in CODES - {"parser_crash", "timeout"}


@pytest.fixture
def odd_folder(tmp_path):
    """Everything that is no plain file, folders that lead to themselves, and names that are not UTF-8."""
    folder = tmp_path / "papers"
    below = folder / os.fsdecode(b"\xff\xfe")
    below.mkdir(parents=True)
    for name, make in UNUSUAL.items():
        make(folder / f"{name}.pdf")
    (folder / "again").symlink_to(".")
    (folder / "folder.pdf").mkdir()
    (folder / os.fsdecode(b"caf\xe9.pdf")).write_bytes(b"%PDF-1.7 one")
    (below / "plain.pdf").write_bytes(b"%PDF-1.7 two")
    (folder / os.fsdecode(b"empty\xe9.pdf")).write_bytes(b"")
    (folder / "two\nlines.pdf").write_bytes(b"%PDF-1.7 three")
    (tmp_path / "inbox").mkdir()
    return folder


def test_each_odd_file_is_listed_once_and_fits_a_shard(odd_folder, tmp_path):
    found = list(list_sources([str(odd_folder)], tmp_path / "inbox"))
    sources = [item for item in found if isinstance(item, Source)]
    failures = [item for item in found if isinstance(item, Failure)]
    uris = [source.uri.removeprefix(str(odd_folder)) for source in sources]
    assert uris == ["/caf\\xe9.pdf", "/two\nlines.pdf", "/\\xff\\xfe/plain.pdf"]
    assert sorted(item.file_name for item in failures) == sorted(
        [*(f"{name}.pdf" for name in UNUSUAL), "empty\\xe9.pdf"]
    )
    for source in sources:
        assert hashlib.sha256(Path(source.path).read_bytes()).hexdigest()[:16] == source.paper_id
    write_shard(tmp_path / "shard.parquet", Source, found)
    assert read_shard(tmp_path / "shard.parquet", Source) == (sources, failures)
    assert count_files([str(odd_folder)]) == len(found)
    assert [result.file_name for result in parse_papers(sources[:1])] == ["caf\\xe9.pdf"]


def test_names_on_the_command_line(odd_folder, tmp_path):
    with pytest.raises(ConfigError, match=r"caf\\xe9\.pdf: the name is not UTF-8: name the folder"):
        check_sources([str(odd_folder / os.fsdecode(b"caf\xe9.pdf"))])
    for name in ("loop.pdf", "dangling.pdf", "x" * 5000):
        with pytest.raises(ConfigError, match="no such file"):
            check_sources([str(odd_folder / name)])


def test_a_list_may_name_anything(odd_folder, tmp_path):
    lines = [b"papers/caf\xe9.pdf", b"x" * 5000, b"nul\0.pdf", b"papers/fifo.pdf", b"pipe.zip", b"pipe.tar"]
    for name in ("pipe.zip", "pipe.tar"):
        hostile_pdfs.write_fifo(tmp_path / name)
    (tmp_path / "list.txt").write_bytes(b"\n".join(lines))
    found = list(list_sources([str(tmp_path / "list.txt")], tmp_path / "inbox"))
    assert [type(item) for item in found] == [Source, *[Failure] * 5]
    assert count_files([str(tmp_path / "list.txt")]) == 6


def test_a_bomb_in_an_archive_does_not_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("flows.sources._MAX_MEMBER_BYTES", 1 << 20)
    (tmp_path / "inbox").mkdir()
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.pdf", bytes(50 << 20))
        archive.writestr("good.pdf", b"%PDF-1.7 one")
    found = list(list_sources([str(tmp_path / "bomb.zip")], tmp_path / "inbox"))
    assert isinstance(found[0], Failure)
    assert found[0].error == "too_large"
    assert isinstance(found[1], Source)
    assert sum(path.stat().st_size for path in (tmp_path / "inbox").iterdir()) < 4 << 20
