"""Teams among the values of a field that holds other things, too, such as labels.

What belongs here: which values are teams by the settings, and what they are called. What does not:
telling several teams in one text apart (``quantities.teams``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import fold_case, plain_id

ANY = "*"
"""Stands for any text in a value; in a name, for that text."""

_BETWEEN = re.compile(r"[,;\n]")
_MOST_LISTED = 12


def with_teams_chosen(
    cells: pd.DataFrame, names: Mapping[str, Mapping[str, str]]
) -> tuple[pd.DataFrame, list[Finding]]:
    """The cells, with only teams in the field ``team``.

    Args:
        cells: The long cells frame.
        names: Of the datasets whose field holds other things, too: value or pattern -> the team's
            name. The first that fits counts; a value that fits none is no team.

    Returns:
        The frame, and a finding for each pattern that fits no value of its dataset.
    """
    chosen = cells[(cells["field"] == "team") & cells["dataset"].isin(list(names))]
    if chosen.empty:
        return cells, []
    findings: list[Finding] = []
    teams = pd.Series("", index=chosen.index, dtype="object")
    for (dataset, source, holds), mine in chosen.groupby(["dataset", "source", "holds"]):
        filled = mine.loc[~mine["kind"].isin(["empty", "error"]), "text"]
        values = filled.astype("object").map(_values)
        there = list(dict.fromkeys(value for each in values for value in each))
        fits = {value: _team(value, names[dataset]) for value in there}
        teams.loc[values.index] = values.map(
            lambda each, fits=fits: ", ".join(dict.fromkeys(filter(None, map(fits.get, each))))
        )
        findings += [
            _fits_nothing(pattern, f"{holds.replace('_', ' ')} from {source}", there)
            for pattern in names[dataset]
            if not any(_rest(value, pattern) is not None for value in there)
        ]
    found = cells.copy()
    found.loc[teams.index, "text"] = teams
    found.loc[teams.index, "kind"] = teams.map(lambda text: "text" if text else "empty")
    return found, findings


def _values(text: str) -> list[str]:
    return [value for part in _BETWEEN.split(text) if (value := plain_id(part))]


def _team(value: str, names: Mapping[str, str]) -> str | None:
    for pattern, name in names.items():
        rest = _rest(value, pattern)
        if rest is not None:
            return name.replace(ANY, rest)
    return None


def _rest(value: str, pattern: str) -> str | None:
    """What the pattern's ``*`` stands for in ``value``; None where the pattern does not fit."""
    before, star, behind = pattern.partition(ANY)
    # A letter beside it keeps the space at the edge of a part.
    before, behind = plain_id(f"{before}x")[:-1], plain_id(f"x{behind}")[1:]
    if not star:
        return value if fold_case(value) == fold_case(before) else None
    end = len(value) - len(behind)
    rest = value[len(before) : end].strip()
    fits = fold_case(value[: len(before)]) == fold_case(before)
    fits &= fold_case(value[end:]) == fold_case(behind)
    return rest if fits and rest else None


def _fits_nothing(pattern: str, where: str, there: Iterable[str]) -> Finding:
    known = sorted(there, key=fold_case)
    more = f" and {len(known) - _MOST_LISTED} more" if len(known) > _MOST_LISTED else ""
    listed = f"there are {', '.join(known[:_MOST_LISTED])}{more}" if known else "there is none"
    return Finding(
        rule=Rule.UNKNOWN_NAME,
        severity="warning",
        subject_type="source",
        subject_id=f"teams: of the {where}",
        sentence=f"teams: “{pattern}” fits no value of the field team of the {where}; {listed}."
        " Correct it.",
        evidence=pattern,
    )
