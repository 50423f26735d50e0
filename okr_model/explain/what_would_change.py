"""What would change a row: another value, another day, another record.

What belongs here: inverting the rules of pace and level, to find the value or the day at which they
change. What does not: the rules themselves (``progress``, ``confidence``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from okr_model.entities.confidence_words import in_own_words
from okr_model.explain.terms import Terms
from okr_model.explain.wording import Facts, at, field_in_words, for_json, short
from okr_model.progress.expected_path import expected_on
from okr_model.progress.kinds import BAND, DIRECTED, ends, rises
from okr_model.progress.progress import compute_progress
from okr_model.quantities.units import in_words, target_in_words
from okr_model.wording import probability as percent
from okr_model.wording import share


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change a row.

    Attributes:
        what: ``value``, ``definition``, ``progress``, ``pace`` or ``level``.
        sentence: In words.
        to: What it would become, if that is a single value.
        least: The lowest value that does it, in the Key Result's unit; None: no lower bound.
        most: The highest value that does it; None: no upper bound.
        on: The day on which it happens if nothing else changes.
        record: The record that would have to change.
    """

    what: str
    sentence: str
    to: str | None = None
    least: float | None = None
    most: float | None = None
    on: date | None = None
    record: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same with JSON values."""
        names = ("what", "to", "least", "most", "on", "record", "sentence")
        return {
            name: for_json(getattr(self, name)) if name == "on" else getattr(self, name)
            for name in names
        }


def what_would_change(
    facts: Facts,
    one: pd.DataFrame,
    reading: dict[str, Any] | None,
    terms: Terms,
) -> list[Change]:
    """What would change a row, the records first.

    Args:
        facts: The published row.
        one: The same as a frame of one row, as ``compute_progress`` takes it.
        reading: The record that the value was read from, as JSON has it.
        terms: By which the row was computed, and the words for its levels.

    Returns:
        The bounds of a pace are the values where it changes: between ``least`` and ``most`` the
        pace is ``to``; if ``to`` is ahead or behind, the bound itself is excluded.
    """
    found = [_newer(facts, reading), _definition(facts)]
    if facts["as_of"] > facts["cycle_end"] or facts["progress_raw"] is None:
        return found
    found += _progress(facts)
    found += _pace(facts, terms.tolerance)
    found += _later(facts, one, terms.tolerance)
    return found + _level(facts, terms)


def _newer(facts: Facts, reading: dict[str, Any] | None) -> Change:
    """The record whose change would change the value."""
    if facts["as_of"] > facts["cycle_end"]:
        ended = "The cycle has ended: only a correction of its readings changes it."
        return Change("value", ended, record=reading)
    if facts["current_value"] is None or reading is None:
        return Change("value", f"A first reading for a day from {facts['cycle_start']} on.")
    day = facts["current_value_at"]
    if reading["seen_at"] is None and reading["source"] == "jira":
        sentence = (
            f"Any of the {reading['record_id']} that enters or leaves the selection, or changes"
            " within it; the value is recomputed every night."
        )
    elif reading["measure"] == "check-in":
        sentence = f"A check-in with a value for a day after {day}, or another value in that one."
    else:
        field = field_in_words(reading["source"], reading["field"])
        where = f"{field or reading['record_id']}{at(reading['url'])}"
        sentence = f"A reading for a day after {day}, or another value in {where}."
    return Change("value", sentence, record=reading)


def _definition(facts: Facts) -> Change:
    record = {name: facts[name] for name in ("source", "record_id", "url")}
    return Change(
        "definition",
        f"Another target, baseline or day in its record, {facts['source']}"
        f" {facts['record_id']}{at(facts['url'])}.",
        record=record,
    )


def _progress(facts: Facts) -> list[Change]:
    """The value at which progress is 1."""
    if facts["kind"] not in (*DIRECTED, BAND) or facts["progress_raw"] >= 1:
        return []
    low, high = facts["target"], facts["target_high"]
    stated = target_in_words(facts["kind"], facts["unit"], low, high)
    least, most = (
        (low, high) if high is not None else (low, None) if rises(facts["kind"]) else (None, low)
    )
    return [Change("progress", f"A value that meets {stated} makes it 1.", "1", least, most)]


def _pace(facts: Facts, tolerance: float) -> list[Change]:
    """The values at which the pace would be different today."""
    reached = ends(facts)
    if facts["pace"] is None or reached is None:
        return []
    expected, (start, end) = facts["expected_progress"], reached
    lower, upper = (start + (expected + way * tolerance) * (end - start) for way in (-1, 1))
    more, less = ("more", "less") if end > start else ("less", "more")
    changes = {
        "behind": Change("pace", f"A value of {less} than {_in(facts, lower)} would be behind."),
        "on": Change("pace", f"A value of {_in(facts, lower)} or {more} would be on pace."),
        "ahead": Change("pace", f"A value of {more} than {_in(facts, upper)} would be ahead."),
    }
    if facts["pace"] == "ahead":
        on = f"A value of {_in(facts, upper)} or {less} would be on pace."
        changes["on"] = Change("pace", on)
    low, high = sorted((lower, upper))
    bounds = {
        "on": (low, high),
        "behind": (None, lower) if end > start else (lower, None),
        "ahead": (upper, None) if end > start else (None, upper),
    }
    return [
        Change("pace", changes[pace].sentence, pace, *bounds[pace])
        for pace in ("behind", "on", "ahead")
        if pace != facts["pace"]
    ]


def _in(facts: Facts, value: float) -> str:
    return in_words(float(short(value)), facts["unit"])


def _later(facts: Facts, one: pd.DataFrame, tolerance: float) -> Iterator[Change]:
    """The first day on which the pace falls without a newer value."""
    days = pd.date_range(facts["as_of"] + timedelta(days=1), facts["due_on"])
    if facts["pace"] not in ("ahead", "on") or not len(days) or ends(facts) is None:
        return
    position = np.zeros(len(days), "int64")
    for day in days[expected_on(one, pd.Series(days), position) > facts["expected_progress"]]:
        pace = compute_progress(one, day.date(), tolerance)["pace"].iloc[0]
        if pace != facts["pace"]:
            sentence = f"Without a newer value its pace is {pace} from {day:%Y-%m-%d} on."
            yield Change("pace", sentence, pace, on=day.date())
            return


def _level(facts: Facts, terms: Terms) -> list[Change]:
    """What the computed level depends on."""
    probability, level = facts["attainment_probability"], facts["computed_confidence"]
    if probability is None or level is None or facts["as_of"] >= facts["due_on"]:
        return []
    likely, unlikely = share(terms.thresholds.likely), share(terms.thresholds.unlikely)
    sentences = {
        "high": f"a probability of {likely} or more, a pace that is not behind and no signal"
        f" against it would be {in_own_words('high', terms.confidence)}",
        "medium": "a probability between them or a pace that is not behind would be"
        f" {in_own_words('medium', terms.confidence)}",
        "low": f"a probability below {unlikely} and a pace behind would be"
        f" {in_own_words('low', terms.confidence)}",
    }
    others = "; ".join(text for name, text in sentences.items() if name != level)
    says = f"The evidence says {in_own_words(level, terms.confidence)}"
    return [Change("level", f"{says} at {percent(probability)}: {others}.")]
