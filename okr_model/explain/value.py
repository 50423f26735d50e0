"""The value of one Key Result: where it was read, in lines and record by record.

What belongs here: the reading used, those not used, and every source record behind the row. What
does not: what the value means for the target (``progress``).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import pandas as pd

from okr_model.explain.wording import (
    Facts,
    at,
    field_in_words,
    for_json,
    plain,
    short,
    value_words,
    worth,
)
from okr_model.progress.expected_path import first_days
from okr_model.quantities.days import midnight
from okr_model.quantities.units import figure, in_words
from okr_model.wording import measured, share

_READ = ("measure", "value", "text", "conversion", "field", "source", "record_id", "url")


def value_lines(facts: Facts, readings: pd.DataFrame, series: pd.DataFrame) -> list[str]:
    """The value, where it was read, how it was converted, and the values not used.

    Args:
        facts: The published row.
        readings: All its readings.
        series: The reading used for each day, up to ``as_of``.
    """
    waiting = [_provisional_line(facts, reading) for _, reading in provisional_of(facts, readings)]
    if facts["current_value"] is None:
        return [f"There is none: {facts['value_state']}.", *waiting]
    seen = facts["current_value_seen_at"]
    how = "computed from activity" if seen is None else f"first read {seen:%Y-%m-%d %H:%M} UTC"
    lines = [f"{value_words(facts)}, true for {facts['current_value_at']}, {how}"]
    exactly = worth(facts, "current_value")
    if exactly != value_words(facts):
        lines.append(f"To all digits: {exactly}")
    last = series[series["value"].notna()].tail(1)
    for _, reading in last.iterrows():
        lines += _reading_lines(facts, reading)
        same_day = readings[readings["date"] == reading["date"]]
        others = same_day[
            (same_day["measure"] != reading["measure"])
            | (same_day["record_id"] != reading["record_id"])
        ]
        lines += [
            f"Also stated for that day, but not taken: {measured(other['value'], facts['unit'])}"
            f" ({other['measure']}{at(other['url'])})"
            for _, other in others.iterrows()
        ]
    if facts.get("other_value") is not None:
        lines.append(_disagreement(facts))
    lines += waiting
    if facts["stale_since"] is not None:
        lines.append(f"Stale since {facts['stale_since']}: {facts['stale_reason']}")
    return lines


def provisional_of(facts: Facts, readings: pd.DataFrame) -> Iterable[tuple[Hashable, pd.Series]]:
    """The readings of the cycle that are known, but not yet settled."""
    day, end = midnight(facts["as_of"]), midnight(facts["cycle_end"])
    open_ = (readings["settles_on"] > day) & (readings["date"] <= min(day, end))
    return [*readings[open_ & readings["value"].notna()].sort_values("date").iterrows()]


def _provisional_line(facts: Facts, reading: pd.Series) -> str:
    return (
        f"Provisional until {reading['settles_on']:%Y-%m-%d}, and not judged before:"
        f" {measured(reading['value'], facts['unit'])}, true for {reading['date']:%Y-%m-%d}"
        f" ({reading['measure']})"
    )


def _disagreement(facts: Facts) -> str:
    other, unit = facts["other_value"], facts["unit"]
    taken = other - facts["other_value_difference"]
    one, two = figure(other), figure(taken)
    return (
        f"Sources disagree for {facts['other_value_at']}: {facts['other_value_source']} says"
        f" {measured(other, unit)}{at(facts['other_value_url'])}, not {measured(taken, unit)};"
        f" |{one} − {two}| / max(|{one}|, |{two}|) = {short(facts['other_value_apart'])}, so they"
        f" are {share(facts['other_value_apart'])} apart."
        f" {facts['precedence']}."
    )


def _reading_lines(facts: Facts, reading: pd.Series) -> list[str]:
    words = {name: plain(reading[name]) for name in reading.index}
    where = field_in_words(words["source"], words["field"])
    lines = [
        f"Read from: {words['measure']}, {where or 'no field named'}; {words['source']}"
        f" record {words['record_id']}{at(words['url'])}"
    ]
    if words["text"] is not None:
        lines.append(f"As written there: “{words['text']}”")
    if words["conversion"] is not None:
        lines.append(f"Conversion: {words['conversion']}")
    elif words["text"] is not None and words["value"] is not None:
        held = in_words(words["value"], facts["unit"])
        if held.replace(" ", "") != words["text"].replace(" ", ""):
            lines.append(f"The underlying number: {held}")
    moved = words["value"] != facts["current_value"]
    if moved or words["date"] != facts["current_value_at"]:
        lines.append(
            f"The measurements have been restated since: they now say"
            f" {measured(words['value'], facts['unit'])} for {words['date']}."
        )
    return lines


def value_details(facts: Facts, readings: pd.DataFrame, series: pd.DataFrame) -> dict[str, Any]:
    """The same by name: the published value, its reading, and the readings not used."""
    last = series[series["value"].notna()].tail(0 if facts["current_value"] is None else 1)
    reading = _record("value", last.iloc[0]) if len(last) else None
    same_day = readings[readings["date"].isin(last["date"]) & readings["value"].notna()]
    taken = last.iloc[0] if len(last) else None
    return {
        "value": facts["current_value"],
        "unit": facts["unit"],
        "state": facts["value_state"],
        "true_for": for_json(facts["current_value_at"]),
        "seen_at": for_json(facts["current_value_seen_at"]),
        "reading": reading,
        "restated": reading is not None and bool(reading["value"] != facts["current_value"]),
        "provisional": [_record("provisional", row) for _, row in provisional_of(facts, readings)],
        "not_taken": [
            _record("not taken", row) for _, row in same_day.iterrows() if not _is(row, taken)
        ],
    }


def source_records(facts: Facts, one: pd.DataFrame, series: pd.DataFrame) -> list[dict[str, Any]]:
    """The records that the row comes from: its definition, its value, its first measurement."""
    definition = {
        "role": "definition",
        "true_for": None,
        "seen_at": None,
        "field": None,
        "text": facts["target_text"],
        **{name: facts[name] for name in ("source", "record_id", "url")},
    }
    records = [definition]
    readable = series[series["value"].notna()]
    if facts["baseline_source"] not in (None, "declared"):
        first = readable[readable["date"] >= first_days(one).iloc[0]].head(1)
        records += [_record("baseline", row) for _, row in first.iterrows()]
    return records + [_record("value", row) for _, row in readable.tail(1).iterrows()]


def _record(role: str, reading: pd.Series) -> dict[str, Any]:
    words = {name: plain(reading[name]) for name in _READ}
    dates = {"true_for": for_json(reading["date"]), "seen_at": for_json(reading["seen_at"])}
    return {"role": role} | words | dates


def _is(row: pd.Series, taken: pd.Series | None) -> bool:
    return taken is not None and bool(
        row["measure"] == taken["measure"] and row["record_id"] == taken["record_id"]
    )
