"""What is found in sources, without reading a PDF: the bytes alone decide who is who."""

import hashlib
import io
import os
import tarfile
import zipfile

import pytest

from flows.sources import check_sources, count_files, list_sources
from schemas.errors import ConfigError, PapergraphError
from schemas.records import Failure, Source

ONE, TWO = b"%PDF-1.7 one", b"%PDF-1.7 two"


def id_of(content):
    return hashlib.sha256(content).hexdigest()[:16]


@pytest.fixture
def folder(tmp_path):
    papers = tmp_path / "papers"
    (papers / "b").mkdir(parents=True)
    (papers / ".hidden").mkdir()
    (papers / "a.pdf").write_bytes(ONE)
    (papers / "b" / "c.PDF").write_bytes(TWO)
    (papers / "b" / "notes.txt").write_text("not a paper")
    (papers / "b" / "._c.pdf").write_bytes(b"resource fork")
    (papers / ".hidden" / "d.pdf").write_bytes(b"%PDF hidden")
    return papers


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def make_tar(path, members):
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def make_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_a_folder_is_walked_in_order_without_hidden_files(folder, inbox):
    found = list(list_sources([str(folder)], inbox))
    assert [(source.paper_id, source.uri) for source in found] == [
        (id_of(ONE), str(folder / "a.pdf")),
        (id_of(TWO), str(folder / "b" / "c.PDF")),
    ]
    assert count_files([str(folder)]) == 2


@pytest.mark.parametrize("name", ["dump.tar", "dump.tar.gz", "dump.tgz", "dump.zip"])
def test_members_of_an_archive_are_copied_under_their_id(tmp_path, inbox, name):
    make = make_zip if name.endswith(".zip") else make_tar
    archive = make(tmp_path / name, [("x/one.pdf", ONE), ("../../evil.pdf", TWO), ("readme.md", b"no paper")])
    check_sources([str(archive)])
    found = list(list_sources([str(archive)], inbox))
    assert [source.paper_id for source in found] == [id_of(ONE), id_of(TWO)]
    assert found[0].uri == f"{archive}!/x/one.pdf"
    assert sorted(path.name for path in inbox.iterdir()) == sorted(f"{id_of(c)}.pdf" for c in (ONE, TWO))
    assert (inbox / f"{id_of(TWO)}.pdf").read_bytes() == TWO
    assert count_files([str(archive)]) == (2 if name.endswith(".zip") else None)


def test_links_in_an_archive_are_not_followed(tmp_path, inbox):
    with tarfile.open(tmp_path / "dump.tar", "w") as archive:
        info = tarfile.TarInfo("link.pdf")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    assert list(list_sources([str(tmp_path / "dump.tar")], inbox)) == []


def test_linked_folders_are_read_once_and_loops_end(folder, inbox, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "e.pdf").write_bytes(b"%PDF-1.7 three")
    for name, target in {
        "c": tmp_path / "disk",
        "d": tmp_path / "disk",
        "b/up": folder,
        "gone": tmp_path / "x",
    }.items():
        (folder / name).symlink_to(target)
    found = [source.uri for source in list_sources([str(folder)], inbox)]
    assert found == [str(folder / name) for name in ("a.pdf", "b/c.PDF", "c/e.pdf")]


def test_an_archive_that_ends_early_gives_what_it_has_and_a_failure(tmp_path, inbox):
    whole = make_tar(tmp_path / "whole.tar", [("one.pdf", ONE), ("two.pdf", TWO * 1000)])
    broken = tmp_path / "broken.tar"
    broken.write_bytes(whole.read_bytes()[:3000])
    first, *failed = list_sources([str(broken)], inbox)
    assert isinstance(first, Source)
    assert [(failure.source, failure.error) for failure in failed] == [
        (f"{broken}!/two.pdf", "unreadable"),
        (str(broken), "unreadable"),
    ]


def test_a_list_names_papers_one_a_line(folder, inbox, tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text(f"# comment\n{folder / 'a.pdf'}\n\npapers/b/c.PDF\nmissing.pdf\n")
    check_sources([str(listed)])
    one, two, missing = list_sources([str(listed)], inbox)
    assert (one.paper_id, two.paper_id) == (id_of(ONE), id_of(TWO))
    assert (missing.stage, missing.error) == ("source", "unreadable")


def test_empty_files_are_failures(tmp_path, inbox):
    (tmp_path / "empty.pdf").touch()
    archive = make_zip(tmp_path / "dump.zip", [("empty.pdf", b"")])
    for source in (tmp_path / "empty.pdf", archive):
        [failure] = list_sources([str(source)], inbox)
        assert isinstance(failure, Failure)
        assert "empty" in failure.message


WRONG = {  # name: (file content or None, what the message says)
    "nowhere": (None, "no such file"),
    "nosuch://bucket/a/": (None, "no driver"),
    "*.nosuch.pdf": (None, "matches the pattern"),
    "empty.txt": (b"# nothing\n", "no line with a path"),
    "broken.zip": (b"PK no zip", "cannot be opened"),
    "broken.tar": (b"no tar", "cannot be opened"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_source_is_refused_before_anything_is_written(tmp_path, name):
    content, message = WRONG[name]
    source = name
    if "://" not in name:
        source = str(tmp_path / name)
        if content is not None:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        check_sources([source])


PATTERNS = {"*.pdf": ["a.pdf"], "**/*": ["a.pdf", "b/c.PDF"], "?/c.*": ["b/c.PDF"], "[!a]*/**/*.PDF": ["b/c.PDF"]}


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.items())
def test_a_pattern_names_the_papers_that_it_matches(folder, inbox, pattern, expected):
    sources = [str(folder / pattern)]
    check_sources(sources)
    assert [source.uri for source in list_sources(sources, inbox)] == [str(folder / name) for name in expected]
    assert count_files(sources) == len(expected)


@pytest.mark.parametrize("pattern", ["./*.pdf", ".//b/../*.pdf"])
def test_a_pattern_may_name_the_folder_in_a_roundabout_way(folder, monkeypatch, pattern):
    monkeypatch.chdir(folder)
    check_sources([pattern])


def test_a_disk_that_cannot_be_written_is_no_fault_of_a_paper(tmp_path, inbox):
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as archive:
        archive.writestr("a.pdf", ONE)
    (inbox / "member.tmp").symlink_to("/dev/full")
    with pytest.raises(PapergraphError, match="No space left"):
        list(list_sources([str(tmp_path / "papers.zip")], inbox))


def test_a_file_with_the_signs_of_a_pattern_in_its_name_is_that_file(tmp_path, inbox):
    (tmp_path / "a[1].pdf").write_bytes(ONE)
    [source] = list_sources([str(tmp_path / "a[1].pdf")], inbox)
    assert source.paper_id == id_of(ONE)


def test_a_broken_xz_archive_is_a_failure(tmp_path, inbox):
    archive = tmp_path / "dump.tar.xz"
    with tarfile.open(archive, "w:xz") as file:
        info = tarfile.TarInfo("one.pdf")
        info.size = 500_000
        file.addfile(info, io.BytesIO(os.urandom(info.size)))
    content = bytearray(archive.read_bytes())
    content[300_000:300_100] = bytes(100)
    archive.write_bytes(content)
    assert all(isinstance(found, Failure) for found in list_sources([str(archive)], inbox))


def test_a_folder_without_pdfs_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("nothing")
    check_sources([str(tmp_path), str(tmp_path / "*.pdf")], may_be_empty=True)  # in a scheduled run
    with pytest.raises(ConfigError, match=r"no \*\.pdf file"):
        check_sources([str(tmp_path)])
