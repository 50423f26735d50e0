"""What people say of findings, replayed from the decision log: acknowledged, dismissed.

What belongs here: which findings a decision is about, how long it holds, and the columns that tell
of it. What does not: recording (``pipelines.review.decide_finding``), links
(:mod:`okr_model.links.decisions`).

A decision is bound to a finding's rule, its subject and what its sentence says. Of the rules in
:data:`MOVING`, whose figures move from night to night while the matter stays, the figures, and the
names of those that are counted, are left out; the day on which the matter began is not. Of all
other rules the figures are the matter: when they change, the finding is another one, and open.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.links.decisions import undone_ids

VERDICTS = {"acknowledge": "acknowledged", "dismiss": "dismissed"}
"""Action of the log -> how the table ``findings`` calls it."""
MOVING = frozenset(
    map(
        str,
        (
            Rule.SOURCES_DISAGREE,
            Rule.PACE_GAP,
            Rule.LAST_MINUTE_RECOVERY,
            Rule.TOO_SAFE,
            Rule.STALE_VALUE,
            Rule.VOLATILE_VALUE,
            Rule.TREADMILL,
            Rule.SCOPE_GROWING,
            Rule.INITIATIVES_BLOCKED,
            Rule.INITIATIVES_SILENT,
            Rule.INITIATIVES_OVERDUE,
            Rule.WORK_MOVED_ELSEWHERE,
            Rule.MISSED_CHECK_INS,
            Rule.DECLINING_CONFIDENCE,
            Rule.WATERMELON,
            Rule.RED_OVER_GREEN,
            Rule.MID_CYCLE_REVIEW,
            Rule.GATE_NOT_PASSED,
            Rule.AGAINST_THE_ARCHITECTURE,
        ),
    )
)
"""The rules whose sentences hold figures of the day."""
COLUMNS = {
    "acknowledgement": "str",
    "acknowledgement_id": "str",
    "acknowledged_by": "str",
    "acknowledged_at": "datetime64[us, UTC]",
    "acknowledged_until": "object",
    "acknowledged_why": "str",
}
"""The columns of the table ``findings`` that tell of decisions."""

Key = tuple[str, str, str, str]
"""Rule, kind of subject, subject, and what the sentence says."""

_SEEN_ON = re.compile(  # the day of the value, not that of a beginning
    r"\bOn \d{4}-\d\d-\d\d\b|\bon \d{4}-\d\d-\d\d(?= is\b)"
)
_FIGURE = re.compile(r"(?<![\w.,#-])[+\-−]?(?!\d{4}-\d\d-\d\d)\d[\d.,   ]*(?<=\d)(?![\w-])")
_NAMED = re.compile(r" \((?:missing:|such as) [^)]*\)")  # which ones, that day
_SEVERAL = re.compile(r"(?<=# )([a-z-]+?)s\b")
_WERE = re.compile(r"\bwere\b")


def saying(rule: str, sentence: str) -> str:
    """What a finding says, apart from figures that move while the matter stays.

    >>> saying("stale value", "KR-17: The value of 2026-11-02 is 26 days old.")
    'KR-17: The value of 2026-11-02 is # day old.'
    >>> saying("target moved", "KR-17: The target was moved from 10 to 8 on 2026-11-02.")
    'KR-17: The target was moved from 10 to 8 on 2026-11-02.'
    """
    if rule not in MOVING:
        return sentence
    told = _FIGURE.sub("#", _SEEN_ON.sub("on that day", _NAMED.sub("", sentence)))
    return _WERE.sub("was", _SEVERAL.sub(r"\1", told))


def key_of(finding: Mapping[Any, Any]) -> Key:
    """By what a row of ``findings`` is known to decisions."""
    rule, sentence = str(finding["rule"]), str(finding["sentence"])
    return rule, str(finding["subject_type"]), str(finding["subject_id"]), saying(rule, sentence)


def is_about_findings(log: pd.DataFrame) -> pd.Series[bool]:
    """Which rows of the decision log are about a finding: verdicts, and what takes them back."""
    return log["finding_rule"].notna()


def verdicts_in_force(log: pd.DataFrame, day: dt.date) -> dict[Key, dict[Any, Any]]:
    """The latest decision about each finding that holds on a day.

    Args:
        log: The columns of :data:`okr_model.links.decisions.LOG_COLUMNS`.
        day: The day; a decision holds up to and with its ``until``.
    """
    made = log[log["action"].isin([*VERDICTS])]
    if made.empty:
        return {}
    stands = made[~made["decision_id"].isin(undone_ids(log))]
    holds = stands["until"].isna() | (stands["until"] >= day.isoformat())
    ordered = stands[holds].sort_values(["decided_at", "decision_id"], kind="stable")
    return {key_decided(row): row for row in ordered.to_dict("records")}


def acknowledgement_of(verdict: Mapping[Any, Any] | None) -> dict[str, Any]:
    """The values of :data:`COLUMNS` of a finding with this decision; all None if it is open."""
    if verdict is None:
        return dict.fromkeys(COLUMNS)
    until = verdict["until"]
    return {
        "acknowledgement": VERDICTS[verdict["action"]],
        "acknowledgement_id": verdict["decision_id"],
        "acknowledged_by": verdict["decided_by"],
        "acknowledged_at": verdict["decided_at"],
        "acknowledged_until": dt.date.fromisoformat(until) if isinstance(until, str) else None,
        "acknowledged_why": verdict["why"],
    }


def with_acknowledgements(findings: pd.DataFrame, log: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The findings with the columns of :data:`COLUMNS`, as decisions stand on a day."""
    in_force = verdicts_in_force(log, day)
    names = ["rule", "subject_type", "subject_id", "sentence"]
    rows = findings[names].to_dict("records") if in_force else []
    told = [acknowledgement_of(in_force.get(key_of(row))) for row in rows]
    values = pd.DataFrame(told, index=findings.index if rows else None, columns=[*COLUMNS])
    values = values.reindex(findings.index).astype(COLUMNS)
    return findings.assign(**{name: values[name] for name in COLUMNS})


def key_decided(row: Mapping[Any, Any]) -> Key:
    """By what a row of the decision log is known to findings."""
    rule = row["finding_rule"]
    subject = row["finding_subject_type"], row["finding_subject"]
    return rule, *subject, saying(rule, row["finding_said"])
