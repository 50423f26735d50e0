"""What each kind of Key Result means: which values are better, and where its path begins and ends.

What belongs here: every fact that depends on the kind alone, for one row (``facts``, a mapping by
column) and for many (``rows``, a frame). What does not: progress (``progress``), the path between
the ends (``expected_path``) and parsing the kind that people typed (``entities``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.quantities.units import YES_NO

BAND = "band"
MILESTONES = "milestones"
COUNTER, LEVEL = "counter", "level"
PATHS = (COUNTER, LEVEL)
"""The two kinds of path: a running total, and a figure that moves both ways."""
RISING = ("increase", "at least")
"""Kinds for which more is better."""
FALLING = ("decrease", "at most")
"""Kinds for which less is better."""
HOLDING = ("at least", "at most")
"""Kinds for which a baseline that equals the target already meets it."""
DIRECTED = (*RISING, *FALLING)
"""Kinds that go from a baseline to a target."""
WITH_PHASES = (*DIRECTED, MILESTONES)
"""Kinds whose progress grows step by step, so that they may declare phases."""


def rises(kind: str | None) -> bool:
    """Whether more is better for this kind."""
    return kind in RISING


def falls(kind: str | None) -> bool:
    """Whether less is better for this kind."""
    return kind in FALLING


def whole(unit: str | None) -> float:
    """The value of a complete share in ``unit``: 100 in percent, else 1."""
    return 100.0 if unit == "%" else 1.0


def wholes(units: pd.Series) -> pd.Series:
    """:func:`whole` of each unit."""
    return pd.Series(np.where(units == "%", 100.0, 1.0), index=units.index)


def is_past(facts: Mapping[str, Any]) -> bool:
    """Whether a directed Key Result's baseline already meets its target.

    Then there is no distance to go. For ``at least`` and ``at most``, a baseline equal to the
    target counts too.
    """
    way, kind = facts["target"] - facts["baseline"], facts["kind"]
    if way == 0:
        return kind in HOLDING
    return bool(way < 0) if rises(kind) else falls(kind) and bool(way > 0)


def are_past(kind: pd.Series, way: pd.Series) -> pd.Series:
    """:func:`is_past` of each row; ``way`` is target minus baseline."""
    past = (kind.isin(RISING) & (way < 0)) | (kind.isin(FALLING) & (way > 0))
    return past | (kind.isin(HOLDING) & (way == 0))


def is_held(facts: Mapping[str, Any]) -> bool:
    """Whether there is no way to go, only something to hold: pace is whether the target is met.

    True for a band, a yes/no and a directed Key Result whose baseline already meets its target.
    """
    if facts["kind"] in (BAND, YES_NO):
        return True
    known = not any(pd.isna(facts[name]) for name in ("baseline", "target"))
    return known and is_past(facts)


def ends(facts: Mapping[str, Any]) -> tuple[float, float] | None:
    """The values at which progress is 0 and 1; None if there are none.

    For milestones these are 0 and the complete share; for directed kinds the baseline and the
    target, unless the baseline already meets it.
    """
    if facts["kind"] == MILESTONES:
        return 0.0, whole(facts["unit"])
    start, end = facts["baseline"], facts["target"]
    if facts["kind"] not in DIRECTED or start is None or end is None:
        return None
    return None if is_past(facts) else (start, end)


def ends_of(rows: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The values at which progress is 0 and 1, of each row: 0 and the whole for milestones."""
    stages = (rows["kind"] == MILESTONES).to_numpy("bool")
    start = np.where(stages, 0.0, rows["baseline"].to_numpy("float64"))
    end = np.where(stages, wholes(rows["unit"]), rows["target"].to_numpy("float64"))
    return start, end


def meets_target(rows: pd.DataFrame, value: pd.Series) -> pd.Series:
    """Whether ``value`` meets the target of each row's kind; null where that is undefined."""
    kind, target = rows["kind"], rows["target"]
    met = pd.Series(
        np.select(
            [kind.isin([*RISING, YES_NO]), kind.isin(FALLING), kind == BAND],
            [value >= target, value <= target, value.between(target, rows["target_high"])],
            False,
        ),
        index=rows.index,
    )
    meaningful = value.notna() & target.notna() & kind.isin([*DIRECTED, YES_NO, BAND])
    meaningful &= (kind != BAND) | rows["target_high"].notna()
    return met.astype("boolean").where(meaningful)
