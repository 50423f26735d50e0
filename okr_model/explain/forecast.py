"""The forecast of one Key Result, with its numbers put into the formula.

What belongs here: the lines from which a person can recompute the forecast. What does not: the
method (``okr_model.forecast``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.explain.wording import short
from okr_model.forecast.ends import FIRST_GUESS, MET, TENTHS, Factors
from okr_model.forecast.forecast import FEWEST_DAYS, FORECASTABLE, compute_forecast
from okr_model.forecast.past_paths import Lessons
from okr_model.progress.kinds import BAND, COUNTER, DIRECTED, FALLING, MILESTONES
from okr_model.quantities.units import YES_NO, figure
from okr_model.wording import probability


def forecast_lines(facts: Mapping[str, Any], one: pd.DataFrame, series: pd.DataFrame) -> list[str]:
    """The readings, each term of the formula, and the result.

    Args:
        facts: The published row, nulls as None.
        one: The same definition as a frame of one row.
        series: Its readings, from :func:`okr_model.progress.value_series.cycle_series`.
    """
    readable = series[series["value"].notna()]
    if readable.empty:
        return ["No reading in this cycle, so no forecast."]
    listed = zip(readable["date"], readable["value"], strict=True)
    lines = ["Readings: " + "; ".join(f"{day:%Y-%m-%d} {figure(value)}" for day, value in listed)]
    if facts.get("path") is None or facts.get("range_factor") is None:
        return [*lines, "This row was computed by an earlier version, by another formula."]
    path = facts["path"]
    one = one.assign(unit=facts["unit"], path=path)
    lessons = Lessons({path: _factors(facts)})
    reach = _reach(facts, readable)
    rows, tried = _with_tries(one, series, readable, reach)
    found = compute_forecast(rows, tried, facts["as_of"], lessons)
    parts = found.iloc[0].copy()
    lines.append(f"Kind of path: {path}, because {facts['path_reason']}")
    if facts["trend_per_week"] is not None:
        lines.append(f"Trend by least squares: {short(facts['trend_per_week'])} a week")
    if facts["attainment_probability"] is None:
        return [*lines, _why_not(facts, parts)]
    if parts["days_left"] == 0:
        return [
            *lines,
            f"Due on {facts['due_on']}: settled by the last reading up to then,"
            f" {figure(parts['last_reading'])}; probability {facts['attainment_probability']:g}, in"
            f" whole percent {probability(facts['attainment_probability'], settled=True)}",
        ]
    lines += _used_lines(parts)
    lines += _counter_lines(facts, parts) if path == COUNTER else _level_lines(facts, parts)
    lines += [*_end_lines(facts, parts), *_like_lines(facts, parts)]
    lines += [*_width_lines(facts, parts), _result(facts, parts)]
    if parts["formula"] >= LIKELY:
        return [*lines, "By the formula it is likely as it is: 70 % or more"]
    return [*lines, *_likely_value(facts, found.iloc[1:], reach)]


LIKELY = 0.7
_TRIED = 200


def _reach(facts: Mapping[str, Any], readable: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Last readings to try, on both sides of the real one; none where none would tell anything."""
    last, aim = readable["value"].iloc[-1], facts["target"]
    if facts["kind"] not in DIRECTED or aim is None or aim == last:
        return np.empty(0)
    return np.linspace(last - 2 * (aim - last), last + 2 * (aim - last), _TRIED)


def _with_tries(
    one: pd.DataFrame,
    series: pd.DataFrame,
    readable: pd.DataFrame,
    reach: npt.NDArray[np.float64],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The Key Result, and once more for each last reading to try: computed at once, not in turn."""
    number, key = len(reach), one["key_result_id"].iloc[0]
    rows = one.loc[one.index.repeat(number)]
    ids = [f"{key} {n}" for n in range(number)]
    rows = rows.assign(key_result_id=ids)
    tried = readable.loc[readable.index.repeat(number)].assign(
        key_result_id=np.tile(np.array(ids, dtype="object"), len(readable))
    )
    tried.loc[tried["date"] == readable["date"].iloc[-1], "value"] = reach
    return pd.concat([one, rows], ignore_index=True), pd.concat([series, tried], ignore_index=True)


def _likely_value(
    facts: Mapping[str, Any], found: pd.DataFrame, reach: npt.NDArray[np.float64]
) -> list[str]:
    """The last reading that would make it 70 % by the formula, of those that were tried."""
    if not len(reach):
        return []
    likely = reach[(found["formula"] >= LIKELY).to_numpy() & ~found["doubted"].to_numpy()]
    if not len(likely):
        return ["No last reading near the target would make it 70 % by the formula"]
    edge = likely.max() if facts["kind"] in FALLING else likely.min()
    which = "or less" if facts["kind"] in FALLING else "or more"
    return [
        f"What would make it 70 % by the formula: a last reading of about {short(edge)} {which}"
    ]


def _factors(facts: Mapping[str, Any]) -> Factors:
    """The factors that were published with the row; defaults where there are none."""
    stated = {each.name: facts.get(each.name) for each in fields(Factors)}
    return Factors(**{name: value for name, value in stated.items() if value is not None})


def _why_not(facts: Mapping[str, Any], parts: pd.Series) -> str:
    if facts["kind"] == YES_NO:
        return "A yes/no has no path to read: it has a probability only once it is due."
    if facts["kind"] not in FORECASTABLE:
        return "A Key Result of this kind has no probability."
    if parts["used"] >= FEWEST_DAYS:
        return "There is no target to set a probability against."
    days = "1 day" if parts["used"] == 1 else f"{parts['used']} days"
    return (
        f"Not enough evidence for a probability: {days} with a reading, of at least {FEWEST_DAYS}."
    )


def _used_lines(parts: pd.Series) -> list[str]:
    """Which readings are left out, if any are."""
    errors = int(parts["set_aside"])
    close = int(parts["readings"] - parts["used"]) - errors
    told = [f"{close} on days close to others"] if close else []
    told += [f"{errors} as a likely error"] if errors else []
    if not told:
        return []
    return [f"Readings used: {parts['used']} of {parts['readings']}; left out: {', '.join(told)}"]


def _common_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    number, days = int(parts["used"]), parts["earlier_days"]
    return [
        f"Drift a day: m = (last − first) / days between = {short(parts['drift_per_day'])}",
        f"Days left: h = {facts['due_on']} − {parts['last_reading_at']:%Y-%m-%d} ="
        f" {parts['days_left']:.0f}; days seen: D = {parts['days_seen']:.0f}",
        f"Before the last reading: D′ = {days:.0f} days, m′ = (last but one − first) / D′ ="
        f" {short(parts['earlier_drift_per_day'])} a day",
        f"Noise of a day's step: s = √(Σ (Δv − m′·Δd)²/Δd / {number - 3}), without the last step,"
        f" = {short(parts['noise_per_day'])}",
    ]


def _level_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """What the readings before the last one show, and the share of the pace that is kept."""
    number, left, days = int(parts["used"]), parts["days_left"], parts["earlier_days"]
    steady = (
        f"Steadiness: m′²·D′ / (m′²·D′ + s²·(1 + 4/{number - 3}²)) = {short(parts['steadiness'])}"
    )
    if parts["earlier_drift_per_day"] == 0:
        steady = "Steadiness: 0, as the readings before the last one did not move"
    odds, kept, factor = parts["pace_odds"], parts["kept"], parts["noise_factor"]
    alone = kept / (odds - (odds - 1) * kept)  # as it was before the odds
    taught = [
        f"Past cycles multiply its odds by {short(odds)}:"
        f" w = {short(odds)}·w / (1 + {short(odds - 1)}·w) = {short(kept)}"
    ]
    return [
        *_common_lines(facts, parts),
        steady,
        f"Share of the pace that is kept: w = {short(parts['steadiness'])} × {days:.0f} /"
        f" ({days:.0f} + {left:.0f}/7) = {short(alone)}",
        *(taught if odds != 1.0 else []),
        f"Way back to the usual value: b = {short(parts['back'])}, of {short(parts['pull_back'])}·"
        f"(1 − w); usual = {figure(parts['usual'])}, the median before the last reading",
        f"Centre: {figure(parts['last_reading'])} + w·m·h − b·(last − usual) ="
        f" {short(parts['centre'])}",
        f"Spread: √({short(factor)}²·s²·h/16 + w·(1 − w)·(m′·h)²) = {short(parts['spread'])}",
    ]


def _counter_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """The pace of a counter and its noise."""
    number, share = int(parts["used"]), parts["recent_share"]
    return [
        *_common_lines(facts, parts),
        f"Recent drift a day, from the last reading in the first half of these days:"
        f" {short(parts['recent_drift_per_day'])}",
        f"Pace: p = {short(1 - share)}·m + {short(share)}·recent ="
        f" {short(parts['pace_per_day'])} a day; a counter never turns round",
        f"Noise with one more step, off by {FIRST_GUESS * 100:g} %: s′ = √((s²·{number - 3} +"
        f" 7·({FIRST_GUESS:g}·m)²) /"
        f" {number - 2}) = {short(parts['noise_used'])}",
        f"Centre: {figure(parts['last_reading'])} + p·h = {short(parts['centre'])}",
        f"Spread: {short(parts['noise_factor'])}·√(s′²·h·(1 + h/D)) = {short(parts['spread'])}",
    ]


def _end_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """Range and share of the ends by the formula."""
    left, doubt, tenth = parts["days_left"], parts["least_doubt"], TENTHS[parts["path"]]
    counter = parts["path"] == COUNTER
    times = 4 if counter else 2
    met = f"; a counter that has met its target counts as {MET:g}" if counter else ""
    return [
        f"10th to 90th percentile, centre ∓ {tenth:.4g} × spread:"
        f" {short(parts['centre'] - tenth * parts['spread'])} …"
        f" {short(parts['centre'] + tenth * parts['spread'])}",
        *_shares(facts, parts),
        f"Least doubt: h / ({times}·({parts['used']} + 1)·(h + D)) = {left:.0f} /"
        f" ({times * (parts['used'] + 1)} × {left + parts['days_seen']:.0f}) = {short(doubt)};"
        f" so the probability lies within {short(doubt)} … {short(1 - doubt)}{met}",
        f"Probability by the formula: {short(parts['formula'])}",
    ]


def _like_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """The past paths like this one, and how they count."""
    number, met = facts.get("like_paths") or 0, facts.get("like_met")
    if not number or met is None:
        return ["Past paths: too few ended Key Results with a path of this kind to compare with"]
    named = ", ".join(facts.get("like_examples") or [])
    counts = parts["formula_counts"]
    blended = (number * met + counts * parts["formula"]) / (number + counts)
    return [
        f"Past paths like this one at this point: {number}, of which a share of {short(met)} went"
        f" on as far as it takes; the nearest: {named}",
        f"Their 10th to 90th percentile would end here at {short(facts['like_low'])} …"
        f" {short(facts['like_high'])}",
        f"Together: ({number} × {short(met)} + {counts:g} × {short(parts['formula'])}) /"
        f" {number + counts:g} = {short(blended)}, no nearer to 0 or 1 than the least doubt;"
        " the ends of the range in the same way",
    ]


def _width_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """The factor on the width of the range, and the range."""
    moved = (
        f" both ends {short(parts['range_factor'])} times as far from their middle, or at the"
        " centre if that is farther;"
    )
    wider = ", as far as they go with or without the last reading" if parts["doubted"] else ""
    return [
        f"Range:{moved if parts['range_factor'] != 1.0 else ''} {short(facts['forecast_low'])} …"
        f" {short(facts['forecast_high'])}{wider}{_kept_within(parts)}",
    ]


def _result(facts: Mapping[str, Any], parts: pd.Series) -> str:
    doubted = ""
    if parts["doubted"]:
        doubted = (
            "The last reading may be an error; without it the probability is"
            f" {short(parts['probability_without'])}, and the mean of both is stated. "
        )
    return (
        f"{doubted}Probability that the target is met: {facts['attainment_probability']:g}, in"
        f" whole percent, rounded down, {probability(facts['attainment_probability'])}"
    )


def _kept_within(parts: pd.Series) -> str:
    low, high = (
        None if pd.isna(parts[name]) else figure(parts[name]) for name in ("floor", "ceiling")
    )
    if low is None:
        return "" if high is None else f"; shown no higher than {high}"
    return f"; shown no lower than {low}" if high is None else f"; shown within {low} and {high}"


def _shares(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """The share of ends that meets the target, with each edge put into the formula."""
    if not parts["spread"] > 0:
        return ["No spread: the probability is 1 if the centre meets the target, else 0"]
    edges = [parts["aim"], parts["aim_high"]] if facts["kind"] == BAND else [parts["aim"]]
    lines = [
        f"Distance: t = ({figure(edge)} − {short(parts['centre'])}) / {short(parts['spread'])} ="
        f" {short((edge - parts['centre']) / parts['spread'])}"
        for edge in edges
    ]
    if facts["kind"] == MILESTONES:
        lines.append(f"Milestones are met at the whole, {figure(parts['aim'])}")
    counter = parts["path"] == COUNTER
    below = "½ + (u/(1 + u²) + arctan(u)) / π with u = t/√3" if counter else "½ + arctan(t) / π"
    share = {
        BAND: f"F(second t) − F(first t) with F = {below}",
        "decrease": below,
        "at most": below,
    }.get(facts["kind"], below.replace("½ + ", "½ − "))
    return [*lines, f"Part of the ends that meets it: {share}"]
