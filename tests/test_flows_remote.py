"""Papers at addresses: a real HTTP server on the loopback interface, and fsspec's store in memory."""

import hashlib
import io
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest

from flows.archives import is_archive_name, is_pdf_name
from flows.sources import check_sources, count_files, list_sources
from schemas.errors import ConfigError, PapergraphError
from schemas.records import Failure

ONE, TWO = b"%PDF-1.7 one", b"%PDF-1.7 two"


def id_of(content):
    return hashlib.sha256(content).hexdigest()[:16]


def archive(kind):
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as made:
            made.writestr("../one.pdf", ONE)
            made.writestr("two.pdf", TWO)
    else:
        with tarfile.open(fileobj=file, mode="w:gz") as made:
            for name, content in (("../one.pdf", ONE), ("two.pdf", TWO)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                made.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture(scope="module")
def site():
    pages = {
        "/pdf/2401.00001": ONE,
        "/a.pdf": TWO,
        "/dump.tar.gz": archive("tar"),
        "/dump.zip": archive("zip"),
        "/a.zip": TWO,
        "/get/dump.zip?key=a.b": archive("zip"),
        "/%C3%BCber%20uns/a.pdf?x=%41": TWO,
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            content = pages.get(self.path)
            self.send_response(404 if content is None else 200)
            # one answer breaks off: it promises more than comes
            self.send_header("Content-Length", str(99 if self.path == "/short.pdf" else len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_):
            pass

    pages["/short.pdf"] = ONE
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def store():
    files = fsspec.filesystem("memory")
    files.store.clear()
    for name, content in {"a.pdf": ONE, "b/c.pdf": TWO, "b/notes.md": b"-", ".hidden/d.pdf": b"-"}.items():
        files.pipe(f"/bucket/{name}", content)
    files.pipe("/bucket/dump.tar.gz", archive("tar"))
    yield "memory://bucket"
    files.store.clear()


def test_papers_come_over_http_whatever_their_address_ends_with(site, inbox):
    sources = [f"{site}/pdf/2401.00001", f"{site}/a.pdf"]
    check_sources(sources)
    found = list(list_sources(sources, inbox))
    assert [(source.paper_id, source.uri) for source in found] == [(id_of(ONE), sources[0]), (id_of(TWO), sources[1])]
    assert (inbox / f"{id_of(ONE)}.pdf").read_bytes() == ONE
    assert count_files(sources) is None


@pytest.mark.parametrize("name", ["dump.tar.gz", "dump.zip"])
def test_archives_come_over_http(site, inbox, name):
    found = list(list_sources([f"{site}/{name}"], inbox))
    assert [(s.paper_id, s.uri) for s in found] == [
        (id_of(ONE), f"{site}/{name}!/../one.pdf"),
        (id_of(TWO), f"{site}/{name}!/two.pdf"),
    ]
    assert sorted(path.name for path in inbox.iterdir()) == sorted(f"{id_of(c)}.pdf" for c in (ONE, TWO))


def test_what_an_archive_is_does_not_hang_on_the_query(site, inbox):
    found = list(list_sources([f"{site}/get/dump.zip?key=a.b"], inbox))
    assert [source.paper_id for source in found] == [id_of(ONE), id_of(TWO)]
    assert is_pdf_name("https://x.org/a.pdf?download=1")
    assert not is_archive_name("https://x.org/show?file=dump.zip")
    assert is_archive_name("what?.tar")  # of this machine


def test_an_address_may_be_written_with_any_letters(site, inbox):
    [source] = list_sources([f"{site}/über uns/a.pdf?x=%41"], inbox)
    assert source.paper_id == id_of(TWO)


def test_a_full_disk_is_no_fault_of_the_archive(site, inbox, monkeypatch):
    monkeypatch.setattr("flows.remote.tempfile.TemporaryFile", lambda **_: open("/dev/full", "wb", buffering=0))  # noqa: PTH123, SIM115
    with pytest.raises(PapergraphError, match="No space left"):
        list(list_sources([f"{site}/dump.zip"], inbox))


def test_a_zip_comes_once_and_not_to_be_checked(site, inbox):
    address = f"{site}/a.zip"  # which is a PDF
    check_sources([address])
    (failure,) = list_sources([address], inbox)
    assert "not a zip file" in failure.message


def test_what_does_not_come_is_a_failure_and_the_rest_goes_on(site, inbox, tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text(f"{site}/missing.pdf\n{site}/short.pdf\nhttp://127.0.0.1:1/down.pdf\nnosuch://x/\n{site}/a.pdf\n")
    *failed, last = list_sources([str(listed)], inbox)
    assert [type(item) for item in failed] == [Failure] * 4
    reasons = ("404", "broke off", "refused", "no driver")
    assert [reason in failure.message for reason, failure in zip(reasons, failed, strict=True)] == [True] * 4
    assert last.paper_id == id_of(TWO)


SEEN = {
    "": ["a.pdf", "b/c.pdf"],
    "/b": ["b/c.pdf"],
    "/a.pdf": ["a.pdf"],
    "/*/c.pdf": ["b/c.pdf"],
    "/dump.tar.gz": ["dump.tar.gz!/../one.pdf", "dump.tar.gz!/two.pdf"],
}


@pytest.mark.parametrize(("place", "expected"), SEEN.items())
def test_an_object_store_is_listed_in_order(store, inbox, place, expected):
    check_sources([store + place])
    found = list(list_sources([store + place], inbox))
    assert [source.uri for source in found] == [f"{store}/{name}" for name in expected]


def test_an_empty_place_is_refused(store):
    with pytest.raises(ConfigError, match="nothing to read"):
        check_sources([f"{store}/nowhere"])
