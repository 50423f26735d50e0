"""Letters of a response that are none, and what is left of them."""

import json

import pytest

from connectors.transport.bounds import _well_formed, shortened


@pytest.mark.parametrize(
    ("served", "text"),
    [
        (b'"cut \\ud83d"', "cut \ufffd"),
        (b'"\\udE00 cut"', "\ufffd cut"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\ud83d"', "\\ud83d"),
        (b'"\\ud83d\\ud83d\\ude00"', "\ufffd\U0001f600"),
        (b'"broken \xff\xed\xa0\x80 byte"', "broken \ufffd\ufffd\ufffd\ufffd byte"),
        (b'"as it was \\u00e4 \xc3\xa4"', "as it was ä ä"),
    ],
)
def test_half_a_pair_of_surrogates_and_a_broken_byte_cost_one_letter(
    served: bytes, text: str
) -> None:
    assert json.loads(_well_formed(served)) == text


def test_an_explanation_is_one_printable_line_of_bounded_length() -> None:
    said = shortened("a\x1b[31m b\u202e c\n\td" + " e" * 10_000)
    assert said.isprintable()
    assert said.startswith("a [31m b c d e")
    assert len(said) <= 301
