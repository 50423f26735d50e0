"""The expected path of a Key Result: straight, or through the phases it declares.

What belongs here: parsing phases as people write them, and the share of the path expected by a
day. What does not: how far a Key Result has come (``progress``).

The path leads from the baseline on the first day to the target on the due day. A Key Result's own
days override those of its cycle. Phases are intermediate targets on days between; the path is
straight from each to the next. Expected shares are clamped to 0 and 1.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.progress.kinds import FALLING, ends_of, is_held
from okr_model.quantities.cells import clean_text
from okr_model.quantities.numbers import Unreadable
from okr_model.quantities.quantity_parser import parse_quantity
from okr_model.quantities.typed_days import parse_due
from okr_model.quantities.units import convert, figure
from okr_model.wording import share

_PARTS = re.compile(r"[;\n]")
_DAYS = 1_000_000
"""More than any day number, so that ``row * _DAYS + day`` encodes both in one number."""


def read_phases(
    text: str, unit: str | None, locale: str | None, begin: date, due: date, target: float
) -> str | Unreadable:
    """Parse phases as typed, and normalize them to one notation in the Key Result's unit.

    Args:
        text: ``2026-10-31: 40 %; Nov 2026: 60 %``: days and values, separated by semicolons or
            line breaks. A month means its last day.
        unit: The Key Result's unit; values are converted into it.
        locale: The locale of the text.
        begin: The first day of the path; all phases are later.
        due: Its last day; a phase on it must equal the target.
        target: In ``unit``.

    Returns:
        ``2026-10-31: 40; 2026-11-30: 60``, by day; or why the text cannot be read.
    """
    found: dict[date, float] = {}
    for part in filter(None, map(clean_text, _PARTS.split(text))):
        phase = _read_phase(part, unit, locale)
        if isinstance(phase, Unreadable):
            return phase
        day, value = phase
        if day in found:
            return Unreadable(f"{day} is named twice")
        if not begin < day <= due:
            return Unreadable(f"{day} is not after its first day, {begin}, up to its due day {due}")
        found[day] = value
    last = found.pop(due, target)
    if not math.isclose(last, target, rel_tol=1e-9):
        return Unreadable(
            f"on its due day, {due}, it says {figure(last)}, but the target is {figure(target)}"
        )
    return "; ".join(f"{day}: {figure(found[day])}" for day in sorted(found))


def phases_of(text: object) -> list[tuple[date, float]]:
    """The days and values of phases in the notation of :func:`read_phases`."""
    if not isinstance(text, str):
        return []
    pairs = (part.split(": ") for part in text.split("; ") if part)
    return [(date.fromisoformat(day), float(value)) for day, value in pairs]


def path_in_words(row: object) -> str:
    """How a sentence refers to the path of a row, which may have ``phases``."""
    phases = getattr(row, "phases", None)
    return "its phased path" if isinstance(phases, str) else "a straight path"


def has_no_path(row: Any) -> bool:
    """:func:`okr_model.progress.kinds.is_held` of a row with its columns as attributes."""
    return is_held({name: getattr(row, name) for name in ("kind", "baseline", "target")})


def against_path(row: Any) -> str:
    """Where the path of a row is or, where it has none, whether it meets its target.

    ``a straight path would be at 63.7 %`` or ``it has a target to meet, not a path, and meets it``:
    what a pace is judged by.

    Args:
        row: With ``kind, baseline, target, progress_raw, expected_progress`` and perhaps
            ``phases`` as attributes.
    """
    if has_no_path(row):
        meets = "meets it" if row.progress_raw >= 1 else "does not meet it"
        return f"it has a target to meet, not a path, and {meets}"
    return f"{path_in_words(row)} would be at {share(row.expected_progress)}"


def first_days(rows: pd.DataFrame) -> pd.Series:
    """The first day of each path: the Key Result's own start, else that of its cycle."""
    if "starts_on" not in rows:
        return rows["cycle_start"]
    return rows["starts_on"].astype("datetime64[us]").fillna(rows["cycle_start"])


def expected_on(
    rows: pd.DataFrame,
    days: pd.Series | pd.Timestamp,
    of: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.float64]:
    """The expected progress of each Key Result on a day, clamped to 0 and 1.

    On a straight path, that is ``(day − first day) / (due day − first day)``, and 1 from the due
    day on. With phases, it is ``(phase − baseline) / (target − baseline)`` on their days, linear
    between them. Without a baseline, or if it is at or past the target, phases are ignored.

    Args:
        rows: ``cycle_start, due_on, kind, unit, baseline, target`` and, where declared,
            ``starts_on`` and ``phases``; days as midnights.
        days: As midnights: one for all, or one each.
        of: For each of ``days`` the position of its row in ``rows``; by default they correspond.
    """
    begin, due = _numbers(first_days(rows)), _numbers(rows["due_on"])
    of = np.arange(len(rows)) if of is None else of
    day = np.broadcast_to(_numbers(days), of.shape)
    whole = np.maximum(due - begin, 1.0)
    share = np.clip((day - begin[of]) / whole[of], 0.0, 1.0)
    if "phases" in rows and (phased := rows["phases"].notna().to_numpy("bool")).any():
        share = np.where(phased[of], _phased(rows, begin, due, of, day, share), share)
    return np.where(day >= due[of], 1.0, share)


def _read_phase(part: str, unit: str | None, locale: str | None) -> tuple[date, float] | Unreadable:
    named, colon, stated = (piece.strip() for piece in part.partition(":"))
    if not colon:
        return Unreadable(f"“{part}” has no colon between day and value")
    day = parse_due(named, locale, None)
    if isinstance(day, Unreadable):
        return Unreadable(f"“{named}” names no day and no month")
    quantity = parse_quantity(stated, locale, unit)
    if isinstance(quantity, Unreadable):
        return Unreadable(f"in “{part}”, {quantity.reason}")
    if quantity.bound is not None:
        return Unreadable(f"in “{part}”, a phase is one value, without ≥ or ≤")
    value = convert(quantity.value, quantity.unit, unit)
    if value is None:
        into = unit or "a Key Result without a unit"
        return Unreadable(f"in “{part}”, {quantity.unit} does not convert into {into}")
    return day, value


def _numbers(days: pd.Series | pd.Timestamp) -> npt.NDArray[np.float64]:
    """Days as day numbers; null becomes NaN."""
    counted = days.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(counted), np.nan, counted.astype("float64"))


def _phased(
    rows: pd.DataFrame,
    begin: npt.NDArray[np.float64],
    due: npt.NDArray[np.float64],
    of: npt.NDArray[np.int64],
    day: npt.NDArray[np.float64],
    straight: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """The share on the phased path, one for each of ``of``; straight where phases are ignored."""
    at, where, share = _knots(rows, begin, due)
    if not len(at):
        return straight
    # Row and day are encoded in one number, so that a single search finds every day's segment.
    place = np.searchsorted(at * _DAYS + where, of * _DAYS + np.nan_to_num(day), side="right")
    left = np.maximum(place - 1, 0)
    right = np.minimum(place, len(at) - 1)
    mine = (place > 0) & (at[left] == of)
    inside = mine & (place < len(at)) & (at[right] == of)
    leg = np.where(inside, where[right] - where[left], 1.0)
    gone = np.where(inside, (day - where[left]) / leg, 0.0)
    found = share[left] + gone * np.where(inside, share[right] - share[left], 0.0)
    bends = np.zeros(len(rows), "bool")
    bends[at] = True
    return np.where(bends[of], np.clip(np.where(mine, found, 0.0), 0.0, 1.0), straight)


def _knots(
    rows: pd.DataFrame, begin: npt.NDArray[np.float64], due: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Where paths bend: the row's position, the day number and the share, sorted."""
    start, end = ends_of(rows)
    # False for a baseline past the target and, as NaN compares false, for a missing one.
    forward = np.where(rows["kind"].isin(FALLING), end < start, end > start)
    usable = rows["phases"].notna().to_numpy("bool") & forward & (begin < due)
    position = np.flatnonzero(usable)
    texts = rows["phases"].iloc[position].str.split("; ").set_axis(position).explode()
    named = texts.str.split(": ", n=1)
    row = named.index.to_numpy("int64")
    days = pd.to_datetime(named.str[0], format="%Y-%m-%d").to_numpy("datetime64[D]")
    value = named.str[1].astype("float64").to_numpy()
    share = (value - start[row]) / (end[row] - start[row])
    at = np.concatenate([position, row, position])
    where = np.concatenate([begin[position], days.astype("float64"), due[position]])
    what = np.concatenate([np.zeros(len(position)), share, np.ones(len(position))])
    inner = (where >= begin[at]) & (where <= due[at])
    order = np.lexsort((where, at))
    order = order[inner[order]]
    return at[order], where[order], what[order]
