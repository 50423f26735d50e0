"""When two texts are the same: ids, names and words, however they are typed.

What belongs here: the one way in which case is folded and ids are compared, everywhere. It is
Python's, never a database's: DuckDB's ``lower()`` does not know that İ and i̇, or Σ and ς, are one
letter. What does not: searching ids within prose (``links.references``).
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

_SPACES = re.compile(r"\s+")
_DASHES = dict.fromkeys(
    [
        *(code for code in range(0x10000) if unicodedata.category(chr(code)) == "Pd"),
        0x2212,  # minus
    ],
    "-",
)


def plain_id(text: str) -> str:
    r"""An id with plain letters, digits, hyphens and spaces, in the case it was typed in.

    >>> plain_id("ＫＲ\u201112\u200b "), plain_id("KR–12")
    ('KR-12', 'KR-12')
    """
    if text.isascii():
        return _SPACES.sub(" ", text).strip()
    folded = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    visible = "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in folded
        if unicodedata.category(letter) != "Cf"
    )
    return _SPACES.sub(" ", visible).strip()


def same_id(text: str) -> str:
    """What two spellings of one id share: compare ids by this, and by nothing else."""
    return fold_case(plain_id(text))


def fold_case(text: str) -> str:
    """What two spellings of one word share: compare words by this, and by nothing else."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def searched(text: str) -> str:
    """What a search compares, ids and words alike: :func:`same_id` without accents.

    >>> searched("Zürich"), searched("ＫＲ–12")
    ('zurich', 'kr-12')
    """
    letters = unicodedata.normalize("NFKD", same_id(text))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def same_ids(texts: pd.Series) -> pd.Series:
    """:func:`same_id` of each text; null stays null."""
    distinct = {text: same_id(text) for text in texts.dropna().unique()}
    return texts.astype("object").map(distinct).astype("str")
