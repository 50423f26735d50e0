"""How sure one may be of a Key Result: the team's stated level, and the level from the evidence.

What belongs here: the latest stated level and its change, and the computed level with its reasons.
What does not: the words for levels (``entities.confidence_words``), and the probability
(``forecast``).

The computed level follows by a table (``level_table``). Signals about the team's calls (declining
confidence, watermelon) never weigh: the computed level is published beside the stated one and does
not follow it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from okr_model.confidence.chance_words import why_likely
from okr_model.confidence.level_table import level_by_table
from okr_model.confidence.signals import BY_NAME as SIGNAL_BY_NAME
from okr_model.confidence.signals import SIGNALS, in_words_of, progress_in_words
from okr_model.confidence.thresholds import SignalThresholds
from okr_model.entities.confidence_words import USUAL, ConfidenceWords
from okr_model.forecast.forecast import FEWEST_DAYS, FORECASTABLE
from okr_model.progress.end_state import since_due
from okr_model.progress.expected_path import first_days
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.units import target_in_words
from okr_model.tables import LEVELS
from okr_model.wording import measured, probability

DEFAULTS = SignalThresholds()
MET = 0.5
"""A settled probability is 1 or 0: the target is met, or not."""


def stated_confidence(
    key_results: pd.DataFrame, check_ins: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """The team's latest call as of ``as_of``, and how it changed from the one before.

    Check-ins without a level do not count. ``check_ins`` has the later of a day last, as
    :func:`okr_model.entities.read_check_ins` returns them.

    Returns:
        With the index of ``key_results``: ``stated_confidence, stated_confidence_at,
        confidence_change`` (up, same, down; null before the second call).
    """
    calls = check_ins[check_ins["confidence"].notna()]
    calls = calls.assign(date=to_days(calls["date"]))
    calls = calls[calls["date"] <= midnight(as_of)]
    calls = calls.sort_values("date", kind="stable")  # the later of a day is last
    height = calls["confidence"].map({level: -n for n, level in enumerate(LEVELS)})
    calls = calls.assign(
        rise=height.astype("float64").groupby([calls[name] for name in KEY]).diff()
    )
    last = calls.drop_duplicates(KEY, keep="last")[[*KEY, "confidence", "date", "rise"]]
    last = last.astype(dict.fromkeys(KEY, "str"))
    found = key_results[KEY].astype("str").merge(last, on=KEY, how="left")
    found = found.set_axis(key_results.index)
    change = np.sign(found["rise"]).map({1.0: "up", 0.0: "same", -1.0: "down"})
    return pd.DataFrame(
        {
            "stated_confidence": found["confidence"].astype("str"),
            "stated_confidence_at": found["date"],
            "confidence_change": change.astype("str"),
        },
        index=key_results.index,
    )


def computed_confidence(
    rows: pd.DataFrame,
    as_of: date,
    found: pd.DataFrame,
    thresholds: SignalThresholds = DEFAULTS,
) -> pd.Series:
    """The level from the evidence alone.

    Args:
        rows: ``kind, current_value, progress_state, pace, attainment_probability, cycle_start,
            due_on`` and, where declared, ``starts_on``, as computed for ``as_of``.
        as_of: The day the rows are about.
        found: From :func:`okr_model.confidence.firing.firing_signals`; one that weighs prevents
            the level high.
        thresholds: ``likely, unlikely``.

    Returns:
        ``high``, ``medium``, ``low`` or null, with the index of ``rows``.
    """
    judged, probability, pace = _judged(rows, as_of), rows["attainment_probability"], rows["pace"]
    weighing = [signal.name for signal in SIGNALS if signal.weighs]
    facts = {
        "begun": ~judged["future"] & ~judged["waits"],
        "valued": rows["current_value"].notna(),
        "judged": ~judged["unjudged"],
        "settled": judged["settled"],
        "met": probability >= MET,
        "evident": probability.notna(),
        "likely": probability >= thresholds.likely,
        "unlikely": probability < thresholds.unlikely,
        "behind": pace == "behind",
        "on or ahead": pace.isin(["on", "ahead"]),
        "held": found[weighing].any(axis="columns"),
    }
    return level_by_table(pd.DataFrame(facts).astype("bool"))


def confidence_reasons(
    rows: pd.DataFrame, as_of: date, words: ConfidenceWords = USUAL
) -> pd.Series:
    """The reasons for the computed level, and the firing signals: lists of sentences.

    Args:
        rows: As for :func:`computed_confidence`, with ``signals`` and the columns used in the
            sentences.
        as_of: The day the rows are about.
        words: What the organization calls the three confidence levels.
    """
    facts = in_words_of(rows, words).assign(**_judged(rows, as_of))
    return pd.Series(
        [_reasons(row) for row in facts.itertuples(index=False, name="Facts")],
        index=rows.index,
        dtype="object",
    )


def _judged(rows: pd.DataFrame, as_of: date) -> dict[str, pd.Series]:
    now = midnight(as_of)
    unjudged = rows["progress_state"].isin(["no target", "not supported", "zero-width band"])
    return {
        "settled": (rows["due_on"] <= now) & rows["attainment_probability"].notna(),
        "unjudged": unjudged | rows["kind"].isna(),
        "future": rows["cycle_start"] > now,
        # What is read before a declared start is judged; silence before it says nothing.
        "waits": (first_days(rows) > now) & rows["current_value"].isna(),
    }


def _reasons(row: Any) -> list[str]:
    """The sentences; every number in them is a column of the row, shares in percent."""
    if row.future:
        return [f"The cycle begins on {row.cycle_start:%Y-%m-%d}."]
    signals = [SIGNAL_BY_NAME[name].sentence(row) for name in row.signals]
    if row.waits:
        return [f"It begins on {row.starts_on:%Y-%m-%d}.", *signals]
    if np.isnan(row.current_value):
        if row.value_state == "unreadable":
            return ["No value of this cycle could be read: silence is never green.", *signals]
        return ["There is no value in this cycle: silence is never green.", *signals]
    if row.unjudged:
        return [f"There is nothing to judge it by: {row.progress_state}.", *signals]
    if row.settled:
        return [_settled(row)]
    reasons = [_likelihood(row), *why_likely(row)]
    if isinstance(row.pace, str):
        pace = "ahead of" if row.pace == "ahead" else row.pace
        said = progress_in_words(row)
        reasons.append(f"{said[0].upper()}{said[1:]}: {pace} its pace.")
    return reasons + signals


def _settled(row: Any) -> str:
    met = "meets" if row.attainment_probability >= MET else "does not meet"
    target = target_in_words(row.kind, row.unit, row.target, row.target_high)
    since = since_due(row._asdict())
    return (
        f"It was due on {row.due_on:%Y-%m-%d}; its last value by then,"
        f" {measured(row.last_reading, row.unit, row.target, row.target_high)}, {met} the target:"
        f" {target}{f', {since}' if since else ''}."
    )


def _likelihood(row: Any) -> str:
    if not np.isnan(row.attainment_probability):
        return (
            f"The probability of meeting the target is {probability(row.attainment_probability)}."
        )
    if row.kind in FORECASTABLE:
        days = "1 day" if row.readings == 1 else f"{row.readings:.0f} days"
        return (
            f"There is not enough evidence for a probability: {days} with a reading, of at least"
            f" {FEWEST_DAYS}."
        )
    return f"A Key Result of kind {row.kind} has no probability."
