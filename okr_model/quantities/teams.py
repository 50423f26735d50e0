"""Teams: which ones a text names, and rows by each of their teams.

What belongs here: telling several teams from one with a long name. What does not: what a team
answers for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

import numpy as np
import pandas as pd

from okr_model.languages.folding import same_id
from okr_model.quantities.cells import clean_text

_ALWAYS = re.compile(r"[,;\n]")
_SLASH = "/"


def split_teams(texts: pd.Series, *others: pd.Series) -> pd.Series:
    """The teams that each text names, as lists; null where it names none.

    A comma, a semicolon or a line break separates teams. A slash does so only if every part is the
    name of a team by itself elsewhere: "Web / Mobile" may be one team. "&" and "and" are parts of a
    name. A team that is written in several ways of case and spacing is named in the one that occurs
    most.

    >>> split_teams(pd.Series(["Sales, Marketing", "Sales/Marketing", "Sales", "R&D/QA"])).tolist()
    [['Sales', 'Marketing'], ['Sales', 'Marketing'], ['Sales'], ['R&D/QA']]

    Args:
        texts: Such as the field ``team`` of Key Results.
        others: The same field of other records, which tell what teams there are.
    """
    written = pd.concat([texts, *others]).dropna().map(str)
    parts = [part for text in written for part in _parts(text)]
    spelled = _spellings(parts)
    found = {text: _teams(text, spelled) for text in texts.dropna().unique()}
    teams = [found.get(text) if isinstance(text, str) else None for text in texts]
    return pd.Series(teams, index=texts.index, dtype="object")


def by_team(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each team of each of ``rows``, in ``team``; without those that have none.

    Args:
        rows: ``teams``, as :func:`split_teams` returns, or null; then ``team`` counts as written.
    """
    alone = rows["team"].astype("object").tolist()
    several = rows["teams"].tolist() if "teams" in rows else [None] * len(rows)
    named = [
        list(some) if isinstance(some, Iterable) else [] if pd.isna(one) else [one]
        for some, one in zip(several, alone, strict=True)
    ]
    places = np.repeat(np.arange(len(rows)), [len(names) for names in named])
    apart = rows.drop(columns="team").take(places)
    apart.insert(
        rows.columns.get_loc("team"), "team", pd.array([*chain.from_iterable(named)], "str")
    )
    return apart


def _parts(text: str) -> list[str]:
    return [part for piece in _ALWAYS.split(text) if (part := clean_text(piece))]


def _teams(text: str, spelled: dict[str, str]) -> list[str] | None:
    names: dict[str, None] = {}
    for part in _parts(text):
        pieces = [clean_text(piece) for piece in part.split(_SLASH)]
        several = len(pieces) > 1 and all(same_id(piece) in spelled for piece in pieces)
        for name in pieces if several else [part]:
            names[spelled.get(same_id(name), name)] = None
    return list(names) or None


def _spellings(parts: Iterable[str]) -> dict[str, str]:
    """By what spellings share: the spelling that occurs most, the first by alphabet of several."""
    counts = pd.Series(list(parts), dtype="object").value_counts()
    ordered = sorted(counts.items(), key=lambda one: (-one[1], str(one[0])))
    found: dict[str, str] = {}
    for name, _ in ordered:
        found.setdefault(same_id(str(name)), str(name))
    return found
