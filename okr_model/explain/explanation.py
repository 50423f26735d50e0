"""The explanation of a Key Result's row: where every number comes from, in plain lines.

What belongs here: lines about published rows, from which each number can be recomputed by hand.
What does not: formulas of its own; the terms of the forecast are computed by ``forecast`` from the
readings that are printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from okr_model.entities.confidence_words import ConfidenceWords, in_own_words
from okr_model.explain.forecast import forecast_lines
from okr_model.explain.links import link_lines
from okr_model.explain.progress import progress_details, progress_lines, way_lines
from okr_model.explain.summary import summary_lines
from okr_model.explain.terms import Terms
from okr_model.explain.value import source_records, value_details, value_lines
from okr_model.explain.what_would_change import what_would_change
from okr_model.explain.wording import at, plain, target_words, worth
from okr_model.progress.value_series import KEY, all_measurements, cycle_series

DEFAULTS = Terms()


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
    details: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain dicts, lists and texts, for JSON; the details under their names."""
        return {
            "key_result_id": self.key_result_id,
            "cycle_id": self.cycle_id,
            "as_of": self.as_of.isoformat(),
            **self.details,
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
    terms: Terms = DEFAULTS,
    scores: pd.DataFrame | None = None,
) -> Explanation:
    """Explain one row of ``key_results``.

    Args:
        row: The published row, by column name.
        measurements: The published measurements; those of other Key Results are ignored.
        check_ins: The published check-ins, likewise.
        links: The published links, likewise, if possible with the initiative's ``title``.
        findings: The published findings, likewise.
        terms: By which the row was computed, and the words for its levels.
        scores: The published scores, likewise; None if what became of it is not to be told.

    Returns:
        Sections: three sentences in short; then definition, value, progress, forecast, confidence,
        links, findings, what became of it once it is closed, and what would change it. Formulas
        have six significant digits. Details: ``value``, ``progress``, ``records`` and ``changes``,
        with unrounded numbers.
    """
    facts = {name: plain(value) for name, value in row.items()}
    one = _definition_frame(facts)
    readings = all_measurements(one, _mine(measurements, facts), check_ins.iloc[:0])
    series = cycle_series(one, readings, facts["as_of"])
    value = value_details(facts, readings, series)
    today = one.assign(current_value=facts["current_value"], first_value=float("nan"))
    changes = what_would_change(facts, today, value["reading"], terms)
    mine = _mine(check_ins, facts)
    closing = None if scores is None else _closing(_mine(scores, facts))
    parts = {
        "In short": summary_lines(facts, _last_said(mine), terms.confidence, closing),
        "Definition": _definition(facts),
        "Value": value_lines(facts, readings, series),
        "Progress": progress_lines(facts),
        "Forecast": forecast_lines(facts, one, series),
        "Confidence": _confidence(facts, mine, terms.confidence),
        "Links": link_lines(_mine(links, facts)),
        "Findings": _findings(facts, findings),
        "Closing": _closing_lines(closing),
        "What would change it": [*(change.sentence for change in changes), *way_lines(facts)],
    }
    return Explanation(
        facts["key_result_id"],
        facts["cycle_id"],
        facts["as_of"],
        tuple(
            Section(title, tuple(lines))
            for title, lines in parts.items()
            if lines or title != "Closing"
        ),
        {
            "value": value,
            "progress": progress_details(facts, terms.tolerance),
            "records": source_records(facts, one, series),
            "changes": [change.to_dict() for change in changes],
        },
    )


def _mine(rows: pd.DataFrame, facts: Mapping[str, Any]) -> pd.DataFrame:
    mine = rows["key_result_id"] == facts["key_result_id"]
    return rows[mine & (rows["cycle_id"].isna() | (rows["cycle_id"] == facts["cycle_id"]))]


def _closing(scores: pd.DataFrame) -> Mapping[str, Any] | None:
    """How it was closed, nulls as None; None where the score of its cycle is not published yet."""
    if scores.empty:
        return None
    return {name: plain(scores[name].iloc[0]) for name in scores.columns}


def _closing_lines(closing: Mapping[str, Any] | None) -> list[str]:
    if closing is None or closing["closed_as"] is None:
        return []
    whence = f"decision {closing['decision_id']}" if closing["decision_id"] else "its record"
    lines = [f"Closed as {closing['closed_as']} ({whence})"]
    if closing["lesson"]:
        lines.append(f"Lesson: {closing['lesson']}")
    if closing["carried_to"]:
        lines.append(f"It goes on as {closing['carried_to']}")
    return lines


def _definition_frame(facts: Mapping[str, Any]) -> pd.DataFrame:
    """The row's definition as the frame that the model's functions expect."""
    names = [*KEY, "kind", "unit", "baseline", "target", "target_high"]
    days = ["cycle_start", "cycle_end", "starts_on", "due_on"]
    one = pd.DataFrame({name: [facts.get(name)] for name in [*names, *days, "phases"]})
    one["settle_days"] = pd.array([facts.get("settle_days")], dtype="Int64")
    numbers = dict.fromkeys(["baseline", "target", "target_high"], "float64")
    return one.astype(numbers | dict.fromkeys(days, "datetime64[us]"))


def _definition(facts: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{facts['key_result_id']} of {facts['cycle_id']}: {facts['statement'] or '(no words)'}"
    ]
    title = (
        f": {facts['objective']}" if facts["objective"] not in (None, facts["objective_id"]) else ""
    )
    lines.append(f"Objective: {facts['objective_id'] or 'none'}{title}")
    lines.append(f"Team: {facts['team'] or 'none'}. Owner: {facts['owner'] or 'none'}.")
    lines.append(f"Kind: {facts['kind'] or 'unknown'}. Unit: {facts['unit'] or 'none'}.")
    lines.append(f"Baseline: {worth(facts, 'baseline')}{_how(facts, 'baseline')}")
    lines.append(f"Target: {target_words(facts)}{_how(facts, 'target')}")
    if facts.get("starts_on"):
        lines.append(f"Starts: {facts['starts_on']} (declared)")
    lines.append(f"Due: {facts['due_on']} ({facts['due_source']})")
    if facts.get("phases"):
        lines.append(f"Phases: {facts['phases']}")
    lines.append(f"Record: {facts['source']} {facts['record_id']}{at(facts['url'])}")
    return lines


def _how(facts: Mapping[str, Any], name: str) -> str:
    text = facts.get(f"{name}_text")
    source = facts.get(f"{name}_source")
    notes = [note for note in (source, f"as read: {text}" if text else None) if note]
    return f" ({'; '.join(notes)})" if notes else ""


def _confidence(
    facts: Mapping[str, Any], check_ins: pd.DataFrame, words: ConfidenceWords
) -> list[str]:
    stated, computed = facts["stated_confidence"], facts["computed_confidence"]
    lines = [
        f"The team says: {in_own_words(stated, words)}"
        f" (check-in of {facts['stated_confidence_at']})"
        if stated
        else "The team says: nothing yet"
    ]
    if facts["confidence_change"] is not None:
        lines.append(f"Against the check-in before: {facts['confidence_change']}")
    found = in_own_words(computed, words) if computed else "no level"
    lines.append(f"The evidence says: {found}")
    lines += [f"– {reason}" for reason in facts["confidence_reasons"] or []]
    called = check_ins[check_ins["confidence"].notna()]
    for _, call in _in_order(called).tail(2).iterrows():
        told = {name: plain(call[name]) for name in call.index}
        level = in_own_words(told["confidence"], words)
        means = "" if told["confidence_text"] == level else f" is {level}"
        lines.append(
            f"Check-in of {told['date']}: “{told['confidence_text']}”{means}"
            f" ({told['source']} record {told['record_id']}{at(told['url'])})"
        )
    return lines


def _last_said(check_ins: pd.DataFrame) -> Mapping[str, Any] | None:
    if check_ins.empty:
        return None
    last = _in_order(check_ins).iloc[-1]
    return {name: plain(last[name]) for name in last.index}


def _in_order(check_ins: pd.DataFrame) -> pd.DataFrame:
    """Published check-ins, the latest last; files of earlier versions do not number them."""
    by = [name for name in ("date", "number", "record_id") if name in check_ins.columns]
    return check_ins.sort_values(by)


def _findings(facts: Mapping[str, Any], findings: pd.DataFrame) -> list[str]:
    about = (findings["subject_type"] == "key result") & (
        findings["subject_id"] == facts["key_result_id"]
    )
    lines = [
        f"{finding['severity']}: {finding['sentence']}"
        + (f" ({finding['url']})" if isinstance(finding["url"], str) else "")
        + _acknowledged(finding)
        for _, finding in findings[about].sort_values(["severity", "sentence"]).iterrows()
    ]
    return lines or ["None."]


def _acknowledged(finding: Any) -> str:
    """Who said what of a finding; "" if it is open, or the table is of an earlier version."""
    if not isinstance(finding.get("acknowledgement"), str):
        return ""
    who, why = finding["acknowledged_by"], finding["acknowledged_why"]
    return f" {finding['acknowledgement'].capitalize()} by {who}: {why}"
