"""Marks in evidence: the very words, and nothing that a source wrote becomes markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from dashboard.marking import marked_id, marked_words


def marks(markup: Markup, tag: str = "mark") -> list[str]:
    found = str(markup).split(f"<{tag} ")[1:]
    return [one.partition(">")[2].partition("<")[0] for one in found]


@pytest.mark.parametrize(
    ("text", "key", "whole", "refused"),
    [
        ("The MKR-16 bracket turns by KR-160.", "KR-160", ["KR-160"], ["MKR-16"]),
        ("kr-12, KR\u201112 and KR-120", "KR-12", ["kr-12", "KR\u201112"], ["KR-120"]),
        ("KR-17 and KR-18", "KR-18", ["KR-18"], []),
        ("no id", "KR-1", [], []),
        ("42", "42", ["42"], []),
    ],
)
def test_the_id_is_marked_where_it_stands_as_a_whole(
    text: str, key: str, whole: list[str], refused: list[str]
) -> None:
    assert marks(marked_id(text, key)) == whole
    assert marks(marked_id(text, key), "s") == refused


def test_of_a_long_text_the_part_around_the_id_is_shown() -> None:
    shown = marked_id("x" * 5_000 + " KR-1 " + "y" * 5_000, "KR-1")
    assert marks(shown) == ["KR-1"]
    assert len(shown) < 1_000
    assert shown.startswith("… x")
    assert shown.endswith("y …")


def test_shared_words_are_marked_where_a_word_begins() -> None:
    assert marks(marked_words("Next year, in the next context", ["next"])) == ["Next", "next"]
    assert marked_words("a <b> c", []) == "a &lt;b&gt; c"


TEXTS = st.text(alphabet="<>&\"'KR-1 2x[(\u2011", max_size=80)


@given(TEXTS, st.sampled_from(["KR-1", "K", "", "-", "[(", "KR-<b>"]))
def test_whatever_is_written_stays_text(text: str, key: str) -> None:
    for shown in (marked_id(text, key), marked_words(text, [key] if key else [])):
        assert shown.striptags() == escape(text).striptags()
        for opened in str(shown).split("<")[1:]:
            assert opened.startswith(("mark class", "/mark>", "s title", "/s>"))
