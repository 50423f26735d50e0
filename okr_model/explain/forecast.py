"""The forecast of one Key Result, with its numbers put into the formula.

What belongs here: the lines from which a person can recompute the forecast. What does not: the
method (``forecast.forecast``, ``forecast.series_statistics``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model.explain.wording import short
from okr_model.forecast.forecast import FEWEST_DAYS, FORECASTABLE, TENTH, compute_forecast
from okr_model.progress.kinds import BAND, MILESTONES
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
    odds = facts.get("pace_odds") or 1.0  # rows of earlier versions lack the column
    computed = compute_forecast(one.assign(unit=facts["unit"]), series, facts["as_of"], odds)
    parts = computed.iloc[0].copy()
    parts["odds"] = odds
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
    return [*lines, *_pace_lines(facts, parts), *_end_lines(facts, parts)]


def _why_not(facts: Mapping[str, Any], parts: pd.Series) -> str:
    if facts["kind"] == YES_NO:
        return "A yes/no has no path to read: it has a probability only once it is due."
    if facts["kind"] not in FORECASTABLE:
        return "A Key Result of this kind has no probability."
    if parts["readings"] >= FEWEST_DAYS:
        return "There is no target to set a probability against."
    return (
        f"Not enough evidence for a probability: {parts['readings']} days with a reading, of at"
        f" least {FEWEST_DAYS}."
    )


def _pace_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """What the readings before the last one show, and the share of the pace that is kept."""
    number, left = int(parts["readings"]), parts["days_left"]
    days, earlier, noise = (
        parts[name] for name in ("earlier_days", "earlier_drift_per_day", "noise_per_day")
    )
    few = f"(1 + 4/{number - 3}²)"
    steady = f"Steadiness: m′²·D′ / (m′²·D′ + s²·{few}) = {short(parts['steadiness'])}"
    if earlier == 0:
        steady = "Steadiness: 0, as the readings before the last one did not move"
    odds = parts["odds"]
    alone = parts["kept"] / (odds - (odds - 1) * parts["kept"])  # as it was before the odds
    taught = [
        f"Past cycles multiply its odds by {short(odds)}:"
        f" w = {short(odds)}·w / (1 + {short(odds - 1)}·w) = {short(parts['kept'])}"
    ]
    return [
        f"Drift a day: m = (last − first) / days between = {short(parts['drift_per_day'])}",
        f"Days left: h = {facts['due_on']} − {parts['last_reading_at']:%Y-%m-%d} = {left:.0f}",
        f"Before the last reading: D′ = {days:.0f} days, m′ = (last but one − first) / D′ ="
        f" {short(earlier)} a day",
        f"Noise of a day's step: s = √(Σ (Δv − m′·Δd)²/Δd / {number - 3}), without the last step,"
        f" = {short(noise)}",
        steady,
        f"Share of the pace that is kept: w = {short(parts['steadiness'])} × {days:.0f} /"
        f" ({days:.0f} + {left:.0f}/7) = {short(alone)}",
        *(taught if odds != 1.0 else []),
    ]


def _end_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """Centre, spread, range and probability."""
    left, doubt = parts["days_left"], parts["least_doubt"]
    return [
        f"Centre: {figure(parts['last_reading'])} + w·m·h = {short(parts['centre'])}",
        f"Spread: √(s²·h/16 + w·(1 − w)·(m′·h)²) = {short(parts['spread'])}",
        f"10th to 90th percentile, centre ∓ {TENTH:.4g} × spread:"
        f" {short(parts['centre'] - TENTH * parts['spread'])} …"
        f" {short(parts['centre'] + TENTH * parts['spread'])}{_kept_within(parts)}",
        *_shares(facts, parts),
        f"Least doubt: h / (2·({parts['readings']} + 1)·(h + D)) = {left:.0f} /"
        f" ({2 * (parts['readings'] + 1)} × {left + parts['days_seen']:.0f}) = {short(doubt)};"
        f" so the probability lies within {short(doubt)} … {short(1 - doubt)}",
        f"Probability that the target is met: {facts['attainment_probability']:g}, in whole percent"
        f" {probability(facts['attainment_probability'])}",
    ]


def _kept_within(parts: pd.Series) -> str:
    if pd.isna(parts["floor"]):
        return ""
    if pd.isna(parts["ceiling"]):
        return "; shown no lower than 0, which the unit does not allow"
    return "; shown within 0 and 100, as all readings and the target are"


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
    share = {
        BAND: "(arctan(second t) − arctan(first t)) / π",
        "decrease": "½ + arctan(t) / π",
        "at most": "½ + arctan(t) / π",
    }.get(facts["kind"], "½ − arctan(t) / π")
    return [*lines, f"Part of the ends that meets it: {share}"]
