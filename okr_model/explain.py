"""Where every number of a Key Result comes from, in plain lines.

What belongs here: words around published rows, so that each number can be worked out again by
hand from what is printed. What does not: any formula of its own; the parts of the forecast are
computed by ``forecast`` from the very readings that are printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from okr_model.days import midnight
from okr_model.explain_forecast import forecast_lines
from okr_model.explain_path import expected_line
from okr_model.units import figure, in_words, target_in_words
from okr_model.values import KEY, all_measurements, cycle_series


@dataclass(frozen=True, slots=True)
class Section:
    """One part of an explanation: a title and its lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one row of ``key_results``, in the order a reader asks."""

    key_result_id: str
    cycle_id: str
    as_of: date
    sections: tuple[Section, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain dicts, lists and texts, for JSON."""
        return {
            "key_result_id": self.key_result_id,
            "cycle_id": self.cycle_id,
            "as_of": self.as_of.isoformat(),
            "sections": [
                {"title": section.title, "lines": list(section.lines)} for section in self.sections
            ],
        }


def explain(
    row: Mapping[str, Any],
    measurements: pd.DataFrame,
    check_ins: pd.DataFrame,
    links: pd.DataFrame,
    findings: pd.DataFrame,
) -> Explanation:
    """Explain one row of ``key_results``.

    Args:
        row: The published row, by column name.
        measurements: The published measurements; those of other Key Results are passed over.
        check_ins: The published check-ins, likewise.
        links: The published links, likewise.
        findings: The published findings, likewise.

    Returns:
        Sections: definition, value, progress, forecast, confidence, links, findings, and what
        would change it. Shares are printed with six significant digits.
    """
    facts = {name: _plain(value) for name, value in row.items()}
    one = _definition_frame(facts)
    readings = all_measurements(one, _mine(measurements, facts), check_ins.iloc[:0])
    series = cycle_series(one, readings, facts["as_of"])
    parts = {
        "Definition": _definition(facts),
        "Value": _value(facts, readings, series),
        "Progress": _progress(facts),
        "Forecast": forecast_lines(facts, one, series),
        "Confidence": _confidence(facts, _mine(check_ins, facts)),
        "Links": _links(_mine(links, facts)),
        "Findings": _findings(facts, findings),
        "What would change it": _changes(facts),
    }
    return Explanation(
        facts["key_result_id"],
        facts["cycle_id"],
        facts["as_of"],
        tuple(Section(title, tuple(lines)) for title, lines in parts.items()),
    )


def _plain(value: Any) -> Any:
    """Nulls as None, instants' midnights as dates, lists as lists."""
    if pd.api.types.is_list_like(value):
        return list(value)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp) and value.tzinfo is None:
        return value.date()
    return value


def _mine(rows: pd.DataFrame, facts: Mapping[str, Any]) -> pd.DataFrame:
    mine = rows["key_result_id"] == facts["key_result_id"]
    return rows[mine & (rows["cycle_id"].isna() | (rows["cycle_id"] == facts["cycle_id"]))]


def _definition_frame(facts: Mapping[str, Any]) -> pd.DataFrame:
    """The row's definition as the frame that the model's functions take."""
    names = [*KEY, "kind", "target", "target_high", "cycle_start", "cycle_end", "due_on"]
    one = pd.DataFrame({name: [facts.get(name)] for name in names})
    days = dict.fromkeys(["cycle_start", "cycle_end", "due_on"], "datetime64[us]")
    return one.astype({"target": "float64", "target_high": "float64", **days})


def _definition(facts: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{facts['key_result_id']} of {facts['cycle_id']}: {facts['statement'] or '(no words)'}"
    ]
    title = f": {facts['objective']}" if facts["objective"] else ""
    lines.append(f"Objective: {facts['objective_id'] or 'none'}{title}")
    lines.append(f"Team: {facts['team'] or 'none'}. Owner: {facts['owner'] or 'none'}.")
    lines.append(f"Kind: {facts['kind'] or 'unknown'}. Unit: {facts['unit'] or 'none'}.")
    lines.append(f"Baseline: {_worth(facts, 'baseline')}{_how(facts, 'baseline')}")
    lines.append(f"Target: {_target(facts)}{_how(facts, 'target')}")
    if facts.get("starts_on"):
        lines.append(f"Starts: {facts['starts_on']} (declared)")
    lines.append(f"Due: {facts['due_on']} ({facts['due_source']})")
    if facts.get("phases"):
        lines.append(f"Phases: {facts['phases']}")
    lines.append(f"Record: {facts['source']} {facts['record_id']}{_at(facts['url'])}")
    return lines


def _worth(facts: Mapping[str, Any], name: str) -> str:
    value = facts[name]
    return "none" if value is None else in_words(value, facts["unit"])


def _target(facts: Mapping[str, Any]) -> str:
    if facts["target"] is None or (facts["kind"] == "band" and facts["target_high"] is None):
        return "none"
    return target_in_words(facts["kind"], facts["unit"], facts["target"], facts["target_high"])


def _how(facts: Mapping[str, Any], name: str) -> str:
    text = facts.get(f"{name}_text")
    source = facts.get(f"{name}_source")
    notes = [note for note in (source, f"as read: {text}" if text else None) if note]
    return f" ({'; '.join(notes)})" if notes else ""


def _at(url: Any) -> str:
    return f", {url}" if isinstance(url, str) else ""


def _value(facts: Mapping[str, Any], readings: pd.DataFrame, series: pd.DataFrame) -> list[str]:
    if facts["current_value"] is None:
        return [f"There is none: {facts['value_state']}."]
    seen = facts["current_value_seen_at"]
    how = "computed from activity" if seen is None else f"first read {seen:%Y-%m-%d %H:%M} UTC"
    lines = [f"{_worth(facts, 'current_value')}, true for {facts['current_value_at']}, {how}"]
    last = series[series["value"].notna()].tail(1)
    for _, reading in last.iterrows():
        lines += _reading_lines(facts, reading)
        same_day = readings[readings["date"] == reading["date"]]
        others = same_day[
            (same_day["measure"] != reading["measure"])
            | (same_day["record_id"] != reading["record_id"])
        ]
        lines += [
            f"Also stated for that day, but not taken: {in_words(other['value'], facts['unit'])}"
            f" ({other['measure']}{_at(other['url'])})"
            for _, other in others.iterrows()
        ]
    if facts.get("other_value") is not None:
        lines.append(_disagreement(facts))
    if facts["stale_since"] is not None:
        lines.append(f"Stale since {facts['stale_since']}: {facts['stale_reason']}")
    return lines


def _disagreement(facts: Mapping[str, Any]) -> str:
    other, unit = facts["other_value"], facts["unit"]
    taken = other - facts["other_value_difference"]
    one, two = figure(other), figure(taken)
    return (
        f"Sources disagree for {facts['other_value_at']}: {facts['other_value_source']} says"
        f" {in_words(other, unit)}{_at(facts['other_value_url'])}, not {in_words(taken, unit)};"
        f" |{one} − {two}| / max(|{one}|, |{two}|) = {short(facts['other_value_apart'])}."
        f" {facts['precedence']}."
    )


def _reading_lines(facts: Mapping[str, Any], reading: pd.Series) -> list[str]:
    words = {name: _plain(reading[name]) for name in reading.index}
    lines = [
        f"Read from: {words['measure']}, {words['field'] or 'no field named'}; {words['source']}"
        f" record {words['record_id']}{_at(words['url'])}"
    ]
    if words["text"] is not None:
        lines.append(f"As it stands there: “{words['text']}”")
    if words["conversion"] is not None:
        lines.append(f"Conversion: {words['conversion']}")
    moved = words["value"] != facts["current_value"]
    if moved or words["date"] != facts["current_value_at"]:
        lines.append(
            f"The measurements have been restated since: they now say"
            f" {in_words(words['value'], facts['unit'])} for {words['date']}."
        )
    return lines


def _progress(facts: Mapping[str, Any]) -> list[str]:
    lines = [f"State: {facts['progress_state']}"]
    if facts["progress_raw"] is not None:
        lines.append(_progress_formula(facts))
        lines.append(f"Kept within 0 and 1: {short(facts['progress'])}")
    if facts["expected_progress"] is not None and facts["due_on"] is not None:
        lines.append(expected_line(facts))
    if facts["pace"] is not None:
        ahead = facts["progress_raw"] - facts["expected_progress"]
        lines.append(
            f"Pace: {facts['pace']}; {short(facts['progress_raw'])} −"
            f" {short(facts['expected_progress'])} = {short(ahead)}"
        )
    return lines


def _progress_formula(facts: Mapping[str, Any]) -> str:
    kind, raw = facts["kind"], short(facts["progress_raw"])
    if kind == "yes/no":
        return f"Progress: 1 for yes, 0 for no = {raw}"
    if kind == "milestones":
        return f"Progress: the stated share, {_worth(facts, 'current_value')} = {raw}"
    current, target = figure(facts["current_value"]), figure(facts["target"])
    if kind == "band":
        high = figure(facts["target_high"])
        return (
            f"Progress: 1 − distance of {current} from {target} … {high} / ({high} − {target})"
            f" = {raw}"
        )
    baseline = facts["baseline"]
    if _is_past(facts):
        return (
            f"Progress: the baseline {figure(baseline)} already meets the target {target}, so 1"
            f" while it is met and 0 while not: {current} gives {raw}"
        )
    start = figure(baseline)
    over, under = facts["current_value"] - baseline, facts["target"] - baseline
    return (
        f"Progress: ({current} − {start}) / ({target} − {start}) ="
        f" {figure(over)} / {figure(under)} = {raw}"
    )


def _is_past(facts: Mapping[str, Any]) -> bool:
    """Whether the baseline already meets the target, so that progress is a state."""
    way = facts["target"] - facts["baseline"]
    if facts["kind"] in ("increase", "at least"):
        return bool(way < 0 or (way == 0 and facts["kind"] == "at least"))
    return bool(way > 0 or (way == 0 and facts["kind"] == "at most"))


def _confidence(facts: Mapping[str, Any], check_ins: pd.DataFrame) -> list[str]:
    stated = facts["stated_confidence"]
    lines = [
        f"The team says: {stated} (check-in of {facts['stated_confidence_at']})"
        if stated
        else "The team says: nothing yet"
    ]
    if facts["confidence_change"] is not None:
        lines.append(f"Against the check-in before: {facts['confidence_change']}")
    lines.append(f"The evidence says: {facts['computed_confidence'] or 'no level'}")
    lines += [f"– {reason}" for reason in facts["confidence_reasons"] or []]
    called = check_ins[check_ins["confidence"].notna()]
    for _, call in called.sort_values(["date", "record_id"]).tail(2).iterrows():
        words = {name: _plain(call[name]) for name in call.index}
        lines.append(
            f"Check-in of {words['date']}: “{words['confidence_text']}” is {words['confidence']}"
            f" ({words['source']} record {words['record_id']}{_at(words['url'])})"
        )
    return lines


def _links(links: pd.DataFrame) -> list[str]:
    lines = [
        f"{link['initiative']}: {link['state']}, by {link['rule']}"
        f" in {_plain(link['field']) or 'no field named'}: “{_plain(link['evidence']) or ''}”"
        f" ({link['source']} record {link['record_id']}{_at(link['url'])})"
        for _, link in links.sort_values(["state", "initiative_id"]).iterrows()
    ]
    return lines or ["No initiative names it."]


def _findings(facts: Mapping[str, Any], findings: pd.DataFrame) -> list[str]:
    about = (findings["subject_type"] == "key result") & (
        findings["subject_id"] == facts["key_result_id"]
    )
    lines = [
        f"{finding['severity']}: {finding['sentence']}"
        + (f" ({finding['url']})" if isinstance(finding["url"], str) else "")
        for _, finding in findings[about].sort_values(["severity", "sentence"]).iterrows()
    ]
    return lines or ["None."]


def _changes(facts: Mapping[str, Any]) -> list[str]:
    lines = []
    if facts["as_of"] > facts["cycle_end"]:
        lines.append("The cycle has ended: only a correction of its readings changes it.")
    elif facts["current_value"] is None:
        lines.append(f"A first reading for a day from {facts['cycle_start']} on.")
    else:
        lines.append(f"A reading for a day after {facts['current_value_at']}.")
    if facts["progress_state"] in ("computed", "from first measurement") and _has_a_way(facts):
        path = facts["baseline"] + facts["expected_progress"] * (
            facts["target"] - facts["baseline"]
        )
        left = facts["target"] - facts["current_value"]
        days = (midnight(facts["due_on"]) - midnight(facts["as_of"])).days
        lines.append(
            f"{'Its phased' if facts.get('phases') else 'A straight'} path would be at"
            f" {figure(facts['baseline'])} +"
            f" {short(facts['expected_progress'])} × ({figure(facts['target'])} −"
            f" {figure(facts['baseline'])}) = {short(path)}."
        )
        lines.append(f"The target is {short(left)} away, with {max(days, 0)} days left.")
    return lines


def _has_a_way(facts: Mapping[str, Any]) -> bool:
    directional = facts["kind"] in ("increase", "decrease", "at least", "at most")
    return directional and facts["expected_progress"] is not None and not _is_past(facts)


def short(value: float) -> str:
    """A computed number, with six significant digits."""
    return f"{value:.6g}"
