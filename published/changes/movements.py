"""How far each figure of a Key Result moved between two runs, and why.

What belongs here: the parts of a movement, which add up to it. What does not: what happened from
row to row (``steps``), and which runs are compared.

A movement is the sum of its steps from one published row to the next. A step of a value has one
cause. A step of progress is computed again from what is published with one input after the other
replaced; what is left of it is due to the settings or the program. A step of the chance cannot be
computed from published columns alone: it is told with everything that happened in it, and with the
passing of the day if nothing else did.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from okr_model.progress.progress import progress_of
from published.changes.steps import (
    BASELINE,
    CAUSES,
    CHECK_IN,
    CODE,
    DAY,
    DEFINITION,
    ELSE,
    FIGURES,
    KEY,
    LEVELS,
    LOST_LINK,
    NEW_LINK,
    READING,
    SETTINGS,
    TARGET,
    VALUE,
    WORK,
    consecutive,
    differ,
    happened,
)

Key = tuple[str, str]
Told = Mapping[str, bool]
_LEAST = 1e-12  # below, it is how a computer adds
_INPUTS = {
    VALUE: ["current_value"],
    BASELINE: ["baseline"],
    TARGET: ["target", "target_high"],
    DEFINITION: ["kind", "unit"],
}
_OF_CHANCE = (VALUE, READING, BASELINE, TARGET, DEFINITION, SETTINGS, CODE)
_POSSIBLE = {
    "computed_confidence": (*_OF_CHANCE, NEW_LINK, LOST_LINK, WORK, CHECK_IN),
    "stated_confidence": (CHECK_IN,),
    "pace": _OF_CHANCE,
}


@dataclass(frozen=True, slots=True)
class Part:
    """What made a part of a movement.

    Attributes:
        why: The cause; several, where published columns cannot tell them apart.
        change: How far the figure moved by it.
        days: The days on which it did.
    """

    why: tuple[str, ...]
    change: float
    days: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """How one figure moved.

    Attributes:
        figure: The column of ``key_results``.
        before: Its value then; None if it was unknown.
        after: Its value now; likewise.
        change: The difference; None if one is unknown, or its unit is another now.
        parts: What made it; together they are ``change``.
        why: All causes, in one order.
    """

    figure: str
    before: float | None
    after: float | None
    change: float | None
    parts: tuple[Part, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelChange:
    """One change of a level, or of the pace, on a day."""

    level: str
    day: dt.date
    before: str | None
    after: str | None
    why: tuple[str, ...]


def movements(rows: pd.DataFrame, links: pd.DataFrame) -> dict[Key, list[Movement]]:
    """The figures that moved, by Key Result and cycle.

    Args:
        rows: As :func:`published.changes.steps.rows_between` returns them.
        links: As :func:`published.changes.steps.links_between` returns them.
    """
    found: dict[Key, list[Movement]] = {}
    ends = rows.groupby(KEY, sort=False)
    first, last = (ends.nth(at).reset_index(drop=True) for at in (0, -1))
    keys = list(last[KEY].itertuples(index=False, name=None))
    whole = _by_index(happened(first, last, links.iloc[:0]))
    for figure in FIGURES:
        parts = _parts(rows, figure, links)
        moved = _moved(first[figure], last[figure])
        for at, key in enumerate(keys):
            if moved[at] or key in parts:
                pair = first.loc[at], last.loc[at]
                movement = _movement(figure, *pair, parts.get(key, []), whole[at])
                found.setdefault(key, []).append(movement)
    return found


def _movement(
    figure: str, first: pd.Series, last: pd.Series, parts: list[Part], whole: Told
) -> Movement:
    before, after = (None if pd.isna(one[figure]) else float(one[figure]) for one in (first, last))
    of_unit = figure == "current_value" and _text(first["unit"]) != _text(last["unit"])
    if before is None or after is None or of_unit:
        return Movement(figure, before, after, None, (), _told_of(whole, figure))
    causes = {cause for part in parts for cause in part.why}
    why = tuple(cause for cause in CAUSES if cause in causes)
    return Movement(figure, before, after, after - before, tuple(parts), why)


def level_changes(rows: pd.DataFrame, links: pd.DataFrame) -> dict[Key, list[LevelChange]]:
    """Each change of a level or of the pace, by Key Result and cycle, in order."""
    found: dict[Key, list[LevelChange]] = {}
    before, after = consecutive(rows)
    causes = _by_index(happened(before, after, links))
    for level in LEVELS:
        for at in after.index[differ(before, after, [level])[level]]:
            was, now = before.loc[at], after.loc[at]
            why = _told(causes[at], _POSSIBLE[level])
            change = LevelChange(level, now["told_on"], _text(was[level]), _text(now[level]), why)
            found.setdefault((now[KEY[0]], now[KEY[1]]), []).append(change)
    return found


def _parts(rows: pd.DataFrame, figure: str, links: pd.DataFrame) -> dict[Key, list[Part]]:
    """The parts of a figure's movement, by Key Result and cycle, the largest first."""
    before, after = consecutive(rows[rows[figure].notna()])
    causes = _by_index(happened(before, after, links))
    made: dict[Key, dict[tuple[str, ...], list[tuple[float, dt.date]]]] = {}
    for at, why, change in _shares(before, after, causes, figure):
        key = (after.at[at, KEY[0]], after.at[at, KEY[1]])
        made.setdefault(key, {}).setdefault(why, []).append((change, after.at[at, "told_on"]))
    found = {key: [_part(*one) for one in parts.items()] for key, parts in made.items()}
    # What was undone again is no part.
    kept = {key: [one for one in parts if abs(one.change) > _LEAST] for key, parts in found.items()}
    return {
        key: sorted(parts, key=lambda one: -abs(one.change)) for key, parts in kept.items() if parts
    }


def _part(why: tuple[str, ...], steps: list[tuple[float, dt.date]]) -> Part:
    days = dict.fromkeys(day for _, day in steps)
    return Part(why, math.fsum(change for change, _ in steps), tuple(days))


def _by_index(causes: pd.DataFrame) -> dict[Any, Told]:
    found: dict[Any, Told] = causes.to_dict("index")
    return found


def _shares(
    before: pd.DataFrame, after: pd.DataFrame, causes: Mapping[int, Told], figure: str
) -> Iterator[tuple[int, tuple[str, ...], float]]:
    """Each step's index, causes, and how much of the step they made."""
    change = (after[figure] - before[figure]).astype("float64")
    moved = change.abs() > _LEAST
    if figure == "progress":
        yield from _progress_shares(before[moved], after[moved], causes)
        return
    for at in change.index[moved]:
        yield at, _told_of(causes[at], figure), float(change[at])


def _progress_shares(
    before: pd.DataFrame, after: pd.DataFrame, causes: Mapping[int, Told]
) -> Iterator[tuple[int, tuple[str, ...], float]]:
    inputs = before.copy()
    levels = [progress_of(inputs)]
    for names in _INPUTS.values():
        inputs = inputs.assign(**{name: after[name] for name in names})
        levels.append(progress_of(inputs))
    steps = pd.DataFrame(np.diff(np.column_stack(levels), axis=1), index=after.index)
    steps.columns = pd.Index(_INPUTS)
    change = (after["progress"] - before["progress"]).astype("float64")
    # Between two kinds or units there is no halfway.
    whole = steps.isna().any(axis=1) | differ(before, after, ["kind", "unit"]).any(axis=1)
    for at in after.index:
        told = causes[at]
        if whole[at]:
            yield at, _told(told, _OF_CHANCE), float(change[at])
            continue
        rest = float(change[at] - steps.loc[at].sum())
        for cause, share in steps.loc[at].items():
            if abs(share) > _LEAST:
                yield at, _input_why(str(cause), told), float(share)
        if abs(rest) > _LEAST:
            yield at, _told(told, (SETTINGS, CODE), without_day=True), rest


def _input_why(cause: str, told: Told) -> tuple[str, ...]:
    if cause == VALUE:
        return _told_of(told, "current_value")
    if cause == BASELINE and not told[BASELINE]:
        return (VALUE,)  # the first measurement serves as the baseline, and is another now
    return (cause,)


def _told_of(told: Told, figure: str) -> tuple[str, ...]:
    if figure != "current_value":
        return _told(told, _OF_CHANCE)
    if told[VALUE]:
        return (VALUE,)
    if told[DEFINITION]:
        return (DEFINITION,)
    return _told(told, (SETTINGS, CODE))


def _told(told: Told, possible: tuple[str, ...], *, without_day: bool = False) -> tuple[str, ...]:
    """Those of the possible causes that there are; the passing of a day if there is none."""
    found = tuple(cause for cause in CAUSES if cause in possible and told[cause])
    if found:
        return found
    return (DAY,) if told[DAY] and not without_day else (ELSE,)


def _moved(first: pd.Series, last: pd.Series) -> pd.Series:
    both = first.notna() & last.notna()
    near = (first.astype("float64") - last.astype("float64")).abs() <= _LEAST
    moved: pd.Series = (both & ~near) | (first.notna() != last.notna())
    return moved


def _text(value: object) -> str | None:
    return None if pd.isna(value) else str(value)
