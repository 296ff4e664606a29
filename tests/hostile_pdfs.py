"""PDFs that mean harm: seeded mutations of good ones, and files made by hand. All of them are made, none was found.

``mutate`` damages a PDF as disks, networks and bad writers do, and as somebody does who looks for holes in a parser.
``FILES`` are single attacks with the outcomes that are right for them. ``UNUSUAL`` are things that are no plain file.
"""

import os
import random
import re
import socket
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pymupdf

READ: Final = "read"

Mutation = Callable[[bytes, random.Random, bytes], bytes]

_OBJECT: Final = re.compile(rb"(?<= obj)\b.*?(?=endobj)", re.DOTALL)  # what stands in an object
_NAME: Final = re.compile(rb"/[A-Za-z][A-Za-z0-9]*")
_NUMBER: Final = re.compile(rb"(?<=[ \[])-?\d+(?:\.\d+)?(?=[ \]\r\n/])")
_LENGTH: Final = re.compile(rb"/Length\d? +\d+")
_XREF_ROW: Final = re.compile(rb"\d{10} \d{5} [nf]|startxref\s+\d+|/(?:Prev|Size|Root|W|Index)\b[^/>]*")
_ODD_NUMBERS: Final = (
    b"0", b"-1", b"65536", b"2147483647", b"-2147483648", b"4294967296", b"99999999999999999999", b"1e308",
    b"0.0000001",
)  # fmt: skip


def mutate(data: bytes, seed: int, donor: bytes = b"") -> bytes:
    """Damage a PDF in one to three ways. The same seed gives the same bytes.

    Args:
        data: A PDF.
        seed: Decides which ways, where and how much.
        donor: Another PDF whose objects may be put in the place of this one's; its own objects are shuffled if empty.
    """
    choice = random.Random(seed)  # noqa: S311
    for mutation in choice.sample(MUTATIONS, choice.choice((1, 1, 2, 3))):
        data = mutation(data, choice, donor or data)
    return data


def unpack(data: bytes) -> bytes:
    """The same PDF with its streams and object streams written out, so that damage meets more than compressed bytes."""
    with pymupdf.open(stream=data, filetype="pdf") as document:
        return document.tobytes(expand=255, deflate_images=True, deflate_fonts=True, no_new_id=True)


def _flip_bits(data: bytes, choice: random.Random, _donor: bytes) -> bytes:
    mutant = bytearray(data)
    for _ in range(choice.choice((1, 10, 100, 1000))):
        mutant[choice.randrange(len(mutant))] ^= 1 << choice.randrange(8)
    return bytes(mutant)


def _overwrite_runs(data: bytes, choice: random.Random, _donor: bytes) -> bytes:
    mutant = bytearray(data)
    for _ in range(choice.randint(1, 20)):
        n_bytes = choice.choice((4, 64, 1024))
        start = choice.randrange(len(mutant))
        run = choice.choice((bytes(n_bytes), b"\xff" * n_bytes, choice.randbytes(n_bytes)))
        mutant[start : start + n_bytes] = run[: len(mutant) - start]
    return bytes(mutant)


def _truncate(data: bytes, choice: random.Random, _donor: bytes) -> bytes:
    start = choice.randrange(8, len(data))
    end = choice.choice((len(data), min(len(data), start + 4096)))  # the tail is lost, or a piece in the middle
    return data[:start] + data[end:]


def _splice_objects(data: bytes, choice: random.Random, donor: bytes) -> bytes:
    given = [match.group() for match in _OBJECT.finditer(donor)]
    return _replace_some(_OBJECT, data, choice, lambda _: choice.choice(given)) if given else data


def _damage_xref(data: bytes, choice: random.Random, _donor: bytes) -> bytes:
    def damage(found: bytes) -> bytes:
        digits = [i for i, byte in enumerate(found) if 48 <= byte <= 57]
        mutant = bytearray(found)
        for i in choice.sample(digits, min(3, len(digits))):
            mutant[i] = 48 + choice.randrange(10)
        return bytes(mutant)

    return _replace_some(_XREF_ROW, data, choice, damage)


def _lie_about_lengths(data: bytes, choice: random.Random, _donor: bytes) -> bytes:
    return _replace_some(_LENGTH, data, choice, lambda _: b"/Length " + choice.choice(_ODD_NUMBERS))


def _change_keys(data: bytes, choice: random.Random, _donor: bytes) -> bytes:
    names = _NAME.findall(data)
    return _replace_some(_NAME, data, choice, lambda _: choice.choice(names)) if names else data


def _make_numbers_odd(data: bytes, choice: random.Random, _donor: bytes) -> bytes:
    return _replace_some(_NUMBER, data, choice, lambda _: choice.choice(_ODD_NUMBERS))


MUTATIONS: Final[tuple[Mutation, ...]] = (
    _flip_bits, _overwrite_runs, _truncate, _splice_objects, _damage_xref, _lie_about_lengths, _change_keys,
    _make_numbers_odd,
)  # fmt: skip


def _replace_some(
    pattern: re.Pattern[bytes], data: bytes, choice: random.Random, new: Callable[[bytes], bytes]
) -> bytes:
    """Replace a few of the places where a pattern matches, or many of them."""
    places = [match.span() for match in pattern.finditer(data)]
    if not places:
        return data
    chosen = choice.sample(places, min(len(places), choice.choice((1, 3, 10, 100))))
    pieces, done = [], 0
    for start, end in sorted(chosen):
        pieces += [data[done:start], new(data[start:end])]
        done = end
    return b"".join([*pieces, data[done:]])


def raw_pdf(*objects: bytes, head: bytes = b"%PDF-1.7\n") -> bytes:
    """A PDF of just these objects, numbered from 1; the first is the catalogue. Nobody checks that they make sense."""
    data, offsets = head, []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return data + b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        rows,
        size,
        len(data),
    )


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object of these bytes as they are."""
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(data), entries, data)


CATALOGUE: Final = b"<</Type/Catalog/Pages 2 0 R>>"
FONT: Final = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
TEXT: Final = b"".join(
    b"BT /F 10 Tf 72 %d Td (Line %d of a text that can be read) Tj ET\n" % (700 - 14 * i, i) for i in range(20)
)


def one_page(content: bytes, *more: bytes, page: bytes = b"", resources: bytes = b"") -> bytes:
    """A PDF of one page; object 4 is its content, 5 the font F, further ones start at 6."""
    return raw_pdf(
        CATALOGUE,
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R%b/Contents 4 0 R/Resources<</Font<</F 5 0 R>>%b>>>>"
        % (page or b"/MediaBox[0 0 612 792]", resources),
        content,
        FONT,
        *more,
    )


def deflate(piece: bytes, times: int) -> bytes:
    """``piece`` so many times over, compressed, without ever holding it whole: a zlib stream of equal blocks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\xda" + block * times + b"\x03\x00" + bytes(4)  # the checksum is wrong; few readers look


def encrypted(password: str) -> Callable[[], bytes]:
    """A PDF that asks for this password."""

    def make() -> bytes:
        with pymupdf.open(stream=one_page(stream(TEXT)), filetype="pdf") as document:
            return document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=password, owner_pw="owner")

    return make


def pages(n_pages: int) -> bytes:
    """Very many pages, which share one content."""
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + n_pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"
    tree = b"<</Type/Pages/Count %d/Kids[%b]>>" % (n_pages, kids)
    return raw_pdf(CATALOGUE, tree, stream(TEXT), FONT, *[page] * n_pages)


def looped_page_tree() -> bytes:
    """A page tree that is its own child, with a page beside it."""
    return raw_pdf(
        CATALOGUE,
        b"<</Type/Pages/Count 3/Kids[3 0 R 2 0 R 3 0 R]/Parent 2 0 R>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        stream(TEXT),
        FONT,
    )


def deep_page_tree(depth: int = 20_000) -> bytes:
    """One page under a chain of nodes."""
    nodes = [b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % number for number in range(3, 3 + depth)]
    return raw_pdf(CATALOGUE, *nodes, b"<</Type/Page/MediaBox[0 0 612 792]>>")


def forms(n_forms: int, calls: int) -> bytes:
    """Forms of which each draws the next so many times; the last draws the first if ``calls`` is 1, else text."""
    made = []
    for number in range(n_forms):
        last = number == n_forms - 1
        entries = (
            b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F 5 0 R>>/XObject<</X %d 0 R>>>>"
            % (6 if last else 7 + number)
        )
        made.append(stream(TEXT if last and calls > 1 else b"/X Do\n" * calls, entries))
    return one_page(stream(TEXT + b"/X Do\n"), *made, resources=b"/XObject<</X 6 0 R>>")


def unicode_map(target: bytes) -> bytes:
    """Text whose font says that each letter stands for these hexadecimal UTF-16 units."""
    cmap = (
        b"/CIDInit/ProcSet findresource begin begincmap 1 begincodespacerange<00><ff>endcodespacerange\n"
        b"1 beginbfrange<65><65><%b>endbfrange endcmap end" % target
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 7 0 R>>"
    content = stream(TEXT.replace(b"/F 10", b"/G 10") + TEXT.replace(b"Td (", b"Td 0 -7 Td ("))
    data = one_page(content, font, stream(cmap))
    return data.replace(b"/F 5 0 R", b"/F 5 0 R/G 6 0 R").replace(b"/Resources<</Font", b"/Resources <</Font")


def with_attachments() -> bytes:
    """A readable page with an embedded file, and JavaScript that wants to run when it is opened."""
    with pymupdf.open(stream=one_page(stream(TEXT)), filetype="pdf") as document:
        document.embfile_add("payload.exe", b"MZ" + bytes(1000))
        action = document.get_new_xref()
        document.update_object(action, "<</S/JavaScript/JS(while(true){app.alert(1)})>>")
        launch = document.get_new_xref()
        document.update_object(launch, "<</S/Launch/F(/bin/sh)>>")
        catalogue = document.pdf_catalog()
        document.xref_set_key(catalogue, "OpenAction", f"{action} 0 R")
        document.xref_set_key(catalogue, "AA", f"<</WC {launch} 0 R>>")
        return document.tobytes()


GIANT_IMAGE: Final = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8"


def giant_scan(box: bytes) -> bytes:
    """A page of nothing but an image, of 10 GB unpacked or on a page of many square metres."""
    image = stream(deflate(bytes(1 << 20), 64), GIANT_IMAGE + b"/Filter/FlateDecode")
    return one_page(
        stream(b"q 600 0 0 780 0 0 cm /I Do Q"), image, page=b"/MediaBox" + box, resources=b"/XObject<</I 6 0 R>>"
    )


def object_stream(n_times: int) -> bytes:
    """The objects of the page are in a compressed object stream that unpacks to so many MiB."""
    packed = deflate(b"<</Type/Pages>> " * (1 << 16), n_times)
    body = stream(packed, b"/Type/ObjStm/N 1000000/First 8/Filter/FlateDecode")
    return raw_pdf(CATALOGUE, body, head=b"%PDF-1.7\n") + b"trailer\n<</Size 9/Root 1 0 R>>\n"


_FLATE: Final = b"/Filter/FlateDecode"
_FLATE_TWICE: Final = b"/Filter[/FlateDecode/FlateDecode]"
_FLATE_THRICE: Final = b"/Filter[/FlateDecode/FlateDecode/FlateDecode]"
_MIB: Final = 1 << 20
_GLYPHS: Final = b"BT /F 9 Tf 50 50 Td (word) Tj 1 1 Td ET\n"
_SLOW: Final = frozenset({READ, "timeout", "out_of_memory", "too_large"})
_BROKEN: Final = frozenset({READ, "damaged", "no_text"})

# those that keep a worker busy until its time is up, or nearly so
LASTING: Final = ("10^6 glyphs", "1 GB of blanks", "1 GB of text", "nested bomb", "bomb as a font", "forms without end")

# name -> (how it is made, the outcomes that are right)
FILES: Final[dict[str, tuple[Callable[[], bytes], frozenset[str]]]] = {
    "password": (encrypted("secret"), frozenset({"encrypted"})),
    "empty password": (encrypted(""), frozenset({READ})),
    "no pages": (lambda: pages(0), frozenset({"damaged"})),
    "10,000 pages": (lambda: pages(10_000), frozenset({"too_large"})),
    "page count lies": (lambda: pages(3).replace(b"/Count 3", b"/Count 2000000000"), _BROKEN | {"too_large"}),
    "page count below zero": (lambda: pages(3).replace(b"/Count 3", b"/Count -3"), _BROKEN),
    "looped page tree": (looped_page_tree, _BROKEN),
    "deep page tree": (deep_page_tree, _BROKEN),
    "looped catalogue": (lambda: raw_pdf(b"1 0 R"), frozenset({"damaged"})),
    "10^6 glyphs": (lambda: one_page(stream(deflate(_GLYPHS * 1000, 260), _FLATE)), _SLOW),
    "10^6 glyphs on end": (lambda: one_page(stream(b"BT /F 9 Tf 72 72 Td (" + b"word " * 200_000 + b") Tj ET")), _SLOW),
    "1 GB of blanks": (lambda: one_page(stream(deflate(bytes(_MIB), 1024), _FLATE)), _SLOW | {"no_text"}),
    "1 GB of text": (lambda: one_page(stream(deflate(_GLYPHS * 25_000, 1024), _FLATE)), _SLOW),
    "nested bomb": (
        lambda: one_page(stream(zlib.compress(deflate(TEXT * 1000, 1024)), _FLATE_TWICE)), _SLOW,
    ),
    "bomb in a bomb": (
        lambda: one_page(stream(zlib.compress(zlib.compress(deflate(b"q " * (_MIB // 2), 4096))), _FLATE_THRICE)),
        _SLOW | _BROKEN,
    ),
    "bomb as a font": (
        lambda: one_page(
            stream(TEXT), b"<</Type/FontDescriptor/FontName/X/Flags 4/FontFile2 7 0 R>>",
            stream(deflate(b"\0\1\0\0" * (_MIB // 4), 3000), _FLATE),
        ).replace(b"/BaseFont/Helvetica", b"/BaseFont/X/FontDescriptor 6 0 R"), _SLOW,
    ),
    "bomb as objects": (lambda: object_stream(1024), _BROKEN | _SLOW),
    "deep arrays": (lambda: one_page(stream(TEXT), b"[" * 1_000_000 + b"]" * 1_000_000), _BROKEN),
    "deep dictionaries": (lambda: one_page(stream(TEXT), page=b"/MediaBox" + b"<</A" * 200_000), _BROKEN),
    "deep arrays in the content": (lambda: one_page(stream(TEXT + b"[" * 1_000_000)), _BROKEN),
    "deep stack of states": (lambda: one_page(stream(b"q " * 1_000_000 + TEXT)), _BROKEN | _SLOW),
    "form that draws itself": (lambda: forms(1, 1), frozenset({READ})),
    "looped forms": (lambda: forms(50, 1), frozenset({READ})),
    "forms without end": (lambda: forms(30, 10), _SLOW),
    "files and JavaScript": (with_attachments, frozenset({READ})),
    "lone surrogates": (lambda: unicode_map(b"d800"), frozenset({READ})),
    "NUL characters": (lambda: unicode_map(b"0000"), frozenset({READ})),
    "line separators": (lambda: unicode_map(b"2028000a000d"), frozenset({READ})),
    "reversed order marks": (lambda: unicode_map(b"202e200f"), frozenset({READ})),
    "beyond Unicode": (lambda: unicode_map(b"dbffdfffdfffdfff"), frozenset({READ})),
    "500 characters a glyph": (lambda: unicode_map(b"0041" * 500), _BROKEN),
    "page without size": (lambda: one_page(stream(TEXT), page=b"/MediaBox[0 0 0 0]"), _BROKEN),
    "page without end": (lambda: one_page(stream(TEXT), page=b"/MediaBox[-1e38 -1e38 1e38 1e38]"), _BROKEN),
    "page not a number": (lambda: one_page(stream(TEXT), page=b"/MediaBox[nan inf -inf 1e999]"), _BROKEN),
    "page turned by 45": (lambda: one_page(stream(TEXT), page=b"/MediaBox[0 0 612 792]/Rotate 45"), _BROKEN),
    "giant letters": (lambda: one_page(stream(TEXT.replace(b"/F 10", b"/F 1e30"))), _BROKEN),
    "letters without size": (lambda: one_page(stream(TEXT.replace(b"/F 10", b"/F 0"))), _BROKEN),
    "letters far away": (lambda: one_page(stream(b"1e30 0 0 1e30 1e38 1e38 cm " + TEXT)), _BROKEN),
    "letters in one place": (lambda: one_page(stream(b"0 0 0 0 0 0 cm " + TEXT)), _BROKEN),
    "giant image": (lambda: giant_scan(b"[0 0 612 792]"), _SLOW | _BROKEN),
    "giant page": (lambda: giant_scan(b"[0 0 144000 144000]"), _SLOW | _BROKEN),
    "XML": (
        lambda: b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        frozenset({"not_a_pdf"}),
    ),
    "PNG": (lambda: pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 9, 9), False).tobytes("png"), frozenset({"not_a_pdf"})),
    "text": (lambda: b"This is no PDF at all.\n" * 50, frozenset({"not_a_pdf"})),
    "nothing": (lambda: b"", frozenset({"not_a_pdf"})),
    "head only": (lambda: b"%PDF-1.7\n", frozenset({"damaged"})),
    "noise behind a head": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, frozenset({"damaged"})),
    "web page with a head": (lambda: b"<html><!-- %PDF-1.4 --><body>404</body></html>", frozenset({"damaged"})),
}  # fmt: skip


def write_fifo(path: Path) -> None:
    """A pipe that nobody writes to: who opens it waits for ever."""
    os.mkfifo(path)


def write_socket(path: Path) -> None:
    """A socket in the file system."""
    with socket.socket(socket.AF_UNIX) as made:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            made.bind(f"/proc/self/fd/{folder}/{path.name}")  # a socket's own path must be short
        finally:
            os.close(folder)


def write_loop(path: Path) -> None:
    """A symbolic link to itself."""
    path.symlink_to(path.name)


def write_dangling(path: Path) -> None:
    """A symbolic link to nothing."""
    path.symlink_to("nowhere.pdf")


def write_endless(path: Path) -> None:
    """A symbolic link to a device that never ends."""
    path.symlink_to("/dev/zero")


# no plain files: each must be a failure of its own, and must not be waited for
UNUSUAL: Final[dict[str, Callable[[Path], None]]] = {
    "fifo": write_fifo,
    "socket": write_socket,
    "loop": write_loop,
    "dangling": write_dangling,
    "endless": write_endless,
}
