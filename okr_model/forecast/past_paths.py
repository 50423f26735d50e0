"""What an organization's past cycles teach: factors for each kind of path, and how paths went on.

What belongs here: learning from paths whose end is known, and remembering how they went on. What
does not: the formulas (``ends``), and how often published calls came true (``calibration``).

Each past path is cut at 25, 40, 55, 70 and 85 % of its days. From at least 30 past paths of a kind:

- **Factors** (:class:`okr_model.forecast.ends.Factors`), one after the other, twice round: the
  value on a wide grid with the lowest Brier score summed over the paths, for targets on an even
  grid on both sides of the end, ``end ± k·u`` for k = 0.25, 0.75 … 2.75 with ``u`` the mean
  absolute step times √(readings to come), plus the penalty ``0.1·log₂(factor/default)²``, so that
  few paths change little.
- **Outcomes**: the shape of each cut path, and how far it went on from its last reading, both in
  steps of its own, that of a counter that went down mirrored. ``like_paths`` looks them up.
- **Blend**: as how many like paths the formula counts beside them, and a factor on the width of the
  range: what would have been best, and what 80 % of the ends would have been in, with each path
  asked in turn, itself hidden.

Of more than 10,000 paths those due last are used. Counters and levels are kept apart throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.forecast.ends import DISTRIBUTIONS, TENTHS, USUAL, Factors, likely_range, with_ends
from okr_model.forecast.series_statistics import SHAPE, path_parts
from okr_model.forecast.shapes import (
    directions,
    like_count,
    nearest,
    shapes_in_steps,
)
from okr_model.progress.kinds import COUNTER, FALLING, LEVEL, PATHS
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight

FEWEST_PATHS = 30
MOST_PATHS = 10_000
CUTS = (0.25, 0.4, 0.55, 0.7, 0.85)
PRIOR = 0.1
FORMULA_COUNTS = (0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 60.0, 120.0)
MOST_TRIED = 600
RANGE_SHARE = 0.8
RANGE_FACTORS = (0.5, 2.0)
GRIDS: dict[str, dict[str, tuple[float, ...]]] = {
    LEVEL: {
        "pace_odds": tuple(2.0**power for power in range(-6, 7)),
        "noise_factor": tuple(2.0 ** (power / 2) for power in range(-4, 5)),
        "pull_back": (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0),
    },
    COUNTER: {
        "noise_factor": tuple(2.0 ** (power / 4) for power in range(-6, 9)),
        "recent_share": (0.0, 0.25, 0.5, 0.75),
    },
}
_DISTANCES = np.array([sign * (k + 0.25) for k in (0, 0.5, 1, 1.5, 2, 2.5) for sign in (-1, 1)])
_OUTCOMES = [*KEY, "path", "cut", *SHAPE, "went_on"]
Numbers = NDArray[np.float64]


def _no_outcomes() -> pd.DataFrame:
    text, number = dict.fromkeys((*KEY, "path"), "str"), dict.fromkeys(_OUTCOMES[3:], "float64")
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in (text | number).items()})


@dataclass(frozen=True)
class Lessons:
    """What past cycles teach.

    Attributes:
        factors: By kind of path; the defaults where it is absent.
        outcomes: Of past paths: ``key_result_id, cycle_id, path, cut`` (share of days gone), their
            :data:`~okr_model.forecast.series_statistics.SHAPE`, and ``went_on``, from the last
            reading to the end, both in steps, that of a counter that went down mirrored.
    """

    factors: Mapping[str, Factors] = field(default_factory=dict)
    outcomes: pd.DataFrame = field(default_factory=_no_outcomes)


def learn(rows: pd.DataFrame, series: pd.DataFrame, as_of: date) -> Lessons:
    """What the cycles that ended before ``as_of`` teach.

    Args:
        rows: ``key_result_id, cycle_id, cycle_end, due_on, kind, path``, one per Key Result.
        series: From :func:`okr_model.progress.value_series.cycle_series`.
        as_of: Cycles that ended before it count.
    """
    past = rows.loc[rows["cycle_end"] < midnight(as_of), [*KEY, "due_on", "kind", "path"]]
    past = past.sort_values(["due_on", *KEY])
    factors, outcomes = {}, [_no_outcomes()]
    for path in PATHS:
        mine = past[past["path"] == path].tail(MOST_PATHS)
        if len(mine) < FEWEST_PATHS:
            continue
        cuts = _cut(mine, series)
        if cuts["of"].nunique() < FEWEST_PATHS:
            continue
        found = _outcomes(cuts)
        factors[path] = _learn_blend(cuts, found, _learn_factors(cuts, path))
        outcomes.append(found)
    return Lessons(factors, pd.concat(outcomes, ignore_index=True))


def with_factors(parts: pd.DataFrame, lessons: Lessons) -> pd.DataFrame:
    """``parts`` with the factors of each row's ``path`` as columns."""
    factors = {path: lessons.factors.get(path, USUAL[path]) for path in PATHS}
    return parts.assign(
        **{
            each.name: parts["path"]
            .map({path: getattr(of, each.name) for path, of in factors.items()})
            .astype("float64")
            for each in fields(Factors)
        }
    )


def _cut(past: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """The terms of each path as known at each cut, with ``end``, ``unit_step``, ``cut``, ``of``.

    A cut needs at least two later readings, and a path that moves.
    """
    points = series.loc[series["value"].notna(), [*KEY, "date", "value"]]
    points = points.merge(past, on=KEY)
    points = points[points["date"] <= points["due_on"]]
    points = points.sort_values([*KEY, "date"], kind="stable")
    points = points.assign(change=points.groupby(KEY)["value"].diff().abs())
    whole = points.groupby(KEY, as_index=False).agg(
        end=("value", "last"), begin=("date", "first"), due_on=("date", "last"),
        total=("value", "size"), step=("change", "mean"), kind=("kind", "first"),
        path=("path", "first"),
    )  # fmt: skip
    whole = whole[whole["step"] > 0].assign(of=lambda found: np.arange(len(found)))
    placed = points[[*KEY, "date", "value"]].merge(whole, on=KEY)
    gone = (placed["date"] - placed["begin"]) / (placed["due_on"] - placed["begin"])
    parts = []
    for cut in CUTS:
        seen = placed[gone <= cut + 1e-9]
        count = seen.groupby("of").size().reindex(whole["of"], fill_value=0).to_numpy()
        long = whole[whole["total"].to_numpy() >= count + 2].reset_index(drop=True)
        found = path_parts(long[[*KEY, "due_on"]], seen.drop(columns="due_on"))
        to_come = (long["total"] - found["readings"]).clip(lower=1)
        parts.append(
            found.assign(
                **{name: long[name] for name in (*KEY, "kind", "path", "end", "of")},
                unit_step=long["step"] * np.sqrt(to_come),
                cut=cut,
            )
        )
    cuts = pd.concat(parts, ignore_index=True)
    return cuts[cuts["kept"].notna() & (cuts["days_left"] > 0)].reset_index(drop=True)


def _learn_factors(cuts: pd.DataFrame, path: str) -> Factors:
    """The factors with the lowest loss, one after the other, twice round."""
    found = USUAL[path]
    for _ in range(2):
        for name, grid in GRIDS[path].items():
            tried = [replace(found, **{name: value}) for value in grid]
            found = tried[int(np.argmin([_loss(cuts, path, each) for each in tried]))]
    return found


def _ended(cuts: pd.DataFrame, factors: Factors) -> pd.DataFrame:
    assumed = {each.name: getattr(factors, each.name) for each in fields(Factors)}
    return with_ends(cuts.assign(**assumed), cuts["kind"].isin(FALLING))


def _loss(cuts: pd.DataFrame, path: str, factors: Factors) -> float:
    """The Brier scores summed over the paths, plus the penalty for leaving the defaults."""
    stated, targets = _stated(_ended(cuts, factors), path)
    brier = ((stated - (cuts["end"].to_numpy("float64")[:, None] >= targets)) ** 2).mean(axis=1)
    by_path = pd.Series(brier).groupby(cuts["of"].to_numpy()).mean()
    return float(by_path.sum() + PRIOR * _distance(factors))


def _stated(parts: pd.DataFrame, path: str) -> tuple[Numbers, Numbers]:
    """The formula's probability of at least each target of the grid, and the targets."""
    centre, spread, doubt, end = (
        parts[name].to_numpy("float64")[:, None]
        for name in ("centre", "spread", "least_doubt", "end")
    )
    targets = end + _DISTANCES * parts["unit_step"].to_numpy("float64")[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        at_least = DISTRIBUTIONS[path]((centre - targets) / spread)
    at_least = np.where(spread > 0, at_least, centre >= targets)
    return np.clip(at_least, doubt, 1.0 - doubt), targets


@dataclass(frozen=True)
class _Trials:
    """What formula and like paths said of past paths, each asked with itself hidden."""

    number: Numbers
    """Of like paths, with a second axis of one."""
    formula: Numbers
    like: Numbers
    met: Numbers
    """By path and target."""
    likely: tuple[tuple[Numbers, Numbers], tuple[Numbers, Numbers]]
    """What :func:`okr_model.forecast.ends.likely_range` takes."""
    end: Numbers


def _learn_blend(cuts: pd.DataFrame, outcomes: pd.DataFrame, factors: Factors) -> Factors:
    """``factors`` with the weight of the formula beside like paths, and the width of the range.

    The weight is the one with the lowest Brier score, and with it 80 % of the ends are in range.
    """
    trials = _trials(cuts, outcomes, factors)
    if trials is None:
        return factors
    number = trials.number
    losses = [
        (((number * trials.like + c * trials.formula) / (number + c) - trials.met) ** 2).mean()
        for c in FORMULA_COUNTS
    ]
    counts = FORMULA_COUNTS[int(np.argmin(losses))]
    middle, half = likely_range(*trials.likely, weight=number[:, 0] / (number[:, 0] + counts))
    off = (np.abs(trials.end - middle) / half)[half > 0]
    width = (
        np.clip(np.quantile(off, RANGE_SHARE), *RANGE_FACTORS) if len(off) else factors.range_factor
    )
    return replace(factors, formula_counts=counts, range_factor=round(float(width), 2))


def _trials(cuts: pd.DataFrame, outcomes: pd.DataFrame, factors: Factors) -> _Trials | None:
    """Cuts asked with their own path hidden, at most 600 a share; None if there are too few."""
    path = str(outcomes["path"].iloc[0])
    found: list[tuple[Numbers, ...]] = []
    for cut, past in outcomes.groupby("cut"):
        most = like_count(len(past) - 1)
        if most < 1:
            continue
        tried = np.unique(np.linspace(0, len(past) - 1, MOST_TRIED).astype("intp"))
        mine = _ended(cuts.loc[past.index[tried]], factors)
        stated, targets = _stated(mine, path)
        near = nearest(past.iloc[tried], past, float(str(cut)), most + 1)
        itself = near == tried[:, None]
        itself[~itself.any(axis=1), -1] = True  # of equal shapes another may stand for it
        near = near[~itself].reshape(len(tried), most)
        centre, spread, last, end, size = (
            mine[name].to_numpy("float64")
            for name in ("centre", "spread", "last_reading", "end", "step_size")
        )
        size = size * directions(mine).to_numpy("float64")
        ends = last[:, None] + past["went_on"].to_numpy("float64")[near] * size[:, None]
        like = (ends[:, :, None] >= targets[:, None, :]).mean(axis=1)
        low, high = np.quantile(ends, [0.1, 0.9], axis=1, method="weibull")
        number = np.full((len(tried), 1), most, dtype="float64")
        met = end[:, None] >= targets
        found.append((number, stated, like, met, centre, spread * TENTHS[path], low, high, end))
    if not found:
        return None
    number, stated, like, met, *ends = (np.concatenate(each) for each in zip(*found, strict=True))
    centre, margin, low, high, end = ends
    return _Trials(number, stated, like, met, ((centre, margin), (low, high)), end)


def _distance(factors: Factors) -> float:
    """Squared distance from the defaults: doublings of factors, tenths of shares ten to one."""
    usual = Factors()
    doublings = [
        np.log2(getattr(factors, name) / getattr(usual, name))
        for name in ("pace_odds", "noise_factor")
    ]
    shares = [
        4 * (getattr(factors, name) - getattr(usual, name))
        for name in ("pull_back", "recent_share")
    ]
    return float(sum(step**2 for step in (*doublings, *shares)))


def _outcomes(cuts: pd.DataFrame) -> pd.DataFrame:
    """What :class:`Lessons` remembers of each cut path."""
    shapes = shapes_in_steps(cuts)
    moved = cuts["step_size"] > 0
    went_on = (cuts["end"] - cuts["last_reading"]) / cuts["step_size"] * directions(cuts)
    return cuts.assign(went_on=went_on, **{name: shapes[name] for name in SHAPE})[moved][_OUTCOMES]
