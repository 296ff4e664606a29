"""The same paper in a training corpus and in a dev set: found by its words, whatever its id and spacing."""

from extractors.training.corpora import GoldText
from extractors.training.leaks import without_leaks

PAPER = " ".join(f"{first}{second}" for first in ("mi", "lo", "ra", "su", "ta", "ko", "ne") for second in "bcdfghjklm")
OTHER = " ".join(f"{first}{second}" for first in ("vu", "ze", "pi", "qo", "xa", "yu", "wi") for second in "bcdfghjklm")
LICENCE = " This is an open access article and may be read by anybody who wishes to do so at any time of day."


def gold(text_id: str, text: str) -> GoldText:
    return GoldText(
        text_id=text_id, source="", text=text, sentences=(), entities=(), relations=(), annotated=frozenset()
    )


def kept(texts: list[str], held_out: list[str]) -> list[str]:
    found = without_leaks([gold(str(i), text) for i, text in enumerate(texts)], [gold("dev", t) for t in held_out])
    return [text.text for text in found]


def test_a_dev_paper_under_another_spacing_is_left_out():
    printed = PAPER.replace(" ", ",\n", 5).title()
    assert kept([printed, OTHER], [PAPER]) == [OTHER]


def test_a_shared_licence_is_no_leak():
    assert kept([OTHER + LICENCE], [PAPER + LICENCE]) == [OTHER + LICENCE]


def test_short_and_empty_texts():
    assert kept(["two words", "", "12 + 3"], ["two words"]) == ["", "12 + 3"]
