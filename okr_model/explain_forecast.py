"""The forecast of one Key Result with its numbers put in.

What belongs here: the lines that let a person work the forecast out again. What does not: the
method, which ``forecast`` states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model.forecast import FEWEST_DAYS, FORECASTABLE, compute_forecast
from okr_model.units import figure


def forecast_lines(facts: Mapping[str, Any], one: pd.DataFrame, series: pd.DataFrame) -> list[str]:
    """The readings, each part of the formula, and what comes out.

    Args:
        facts: The published row, nulls as None.
        one: The same definition as a frame of one row.
        series: Its readings, from :func:`okr_model.values.cycle_series`.
    """
    readable = series[series["value"].notna()]
    if readable.empty:
        return ["No reading in this cycle, so no forecast."]
    listed = zip(readable["date"], readable["value"], strict=True)
    lines = ["Readings: " + "; ".join(f"{day:%Y-%m-%d} {figure(value)}" for day, value in listed)]
    parts = compute_forecast(one, series, facts["as_of"]).iloc[0]
    if facts["trend_per_week"] is not None:
        lines.append(f"Trend by least squares: {facts['trend_per_week']:.6g} a week")
    if facts["attainment_probability"] is None:
        return [*lines, _why_not(facts, parts)]
    if parts["days_left"] == 0:
        return [
            *lines,
            f"Due on {facts['due_on']}: settled by the last reading up to then,"
            f" {figure(parts['last_reading'])}; probability {facts['attainment_probability']:g}",
        ]
    return lines + _formula_lines(facts, parts)


def _why_not(facts: Mapping[str, Any], parts: pd.Series) -> str:
    if facts["kind"] not in FORECASTABLE:
        return "A Key Result of this kind has no probability."
    if parts["readings"] >= FEWEST_DAYS:
        return "There is no target to set a probability against."
    return (
        f"Not enough evidence for a probability: {parts['readings']} days with a reading, of at"
        f" least {FEWEST_DAYS}."
    )


def _formula_lines(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    drift, left, noise = parts["drift_per_day"], parts["days_left"], parts["noise_per_day"]
    freedom = int(parts["readings"]) - 2
    return [
        f"Drift a day: m = (last − first) / days between = {drift:.6g}",
        f"Days left: h = {facts['due_on']} − {parts['last_reading_at']:%Y-%m-%d} = {left:.0f}",
        f"Centre: {figure(parts['last_reading'])} + m·h/2 = {parts['forecast_value']:.6g}",
        f"Noise of a day's step: s = √(Σ (Δv − m·Δd)²/Δd / {freedom}) = {noise:.6g}",
        f"Spread: √(s²·h + (m·h/2)²) = {parts['spread']:.6g}",
        f"10th to 90th percentile, Student t with {freedom} degrees of freedom:"
        f" {parts['forecast_low']:.6g} … {parts['forecast_high']:.6g}",
        *_distances(facts, parts),
        f"Probability that the target is met: {facts['attainment_probability']:g}",
    ]


def _distances(facts: Mapping[str, Any], parts: pd.Series) -> list[str]:
    """How many spreads the edges of the target lie from the centre."""
    if not parts["spread"] > 0:
        return [
            "No reading ever moved: the probability is 1 if the centre meets the target, else 0"
        ]
    edges = (
        [facts["target"], facts["target_high"]] if facts["kind"] == "band" else [facts["target"]]
    )
    return [
        f"Distance: t = ({figure(edge)} − {parts['forecast_value']:.6g}) / {parts['spread']:.6g} ="
        f" {(edge - parts['forecast_value']) / parts['spread']:.6g}"
        for edge in edges
    ]
