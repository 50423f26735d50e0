"""How a Key Result's figures came about, for the command and the page alike.

What belongs here: choosing the rows that an explanation needs. What does not: the explanation
(``okr_model.explain``), printing it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from okr_model.explain.explanation import Explanation, Section, explain
from okr_model.explain.links import suggestion_lines
from okr_model.explain.terms import Terms
from published.organization import Organization
from published.snapshot import Snapshot

_PARTS = ("measurements", "check_ins", "links", "findings", "scores")
_CURRENT_ONLY = (
    "Links",
    "Findings",
    "Closing",
)  # only published for now, so left out for a past day


def parts_of(tables: Snapshot, key_result_id: str) -> dict[str, pd.DataFrame]:
    """The measurements, check-ins, scores, findings, links and suggestions of a Key Result.

    Links and suggestions have the titles of initiatives.
    """
    mine = "key_result_id = ?", [key_result_id]
    parts = {name: tables.table(name, *mine) for name in ("measurements", "check_ins", "scores")}
    query = (
        "SELECT l.*, i.title, i.status, i.open_issues, i.done_issues, i.last_activity_on"
        " FROM links l LEFT JOIN initiatives i USING (initiative_id) WHERE l.key_result_id = ?"
    )
    parts["links"] = tables.frame(query, [key_result_id])
    query = (
        "SELECT s.*, i.title FROM suggestions s LEFT JOIN initiatives i USING (initiative_id)"
        " WHERE s.key_result_id = ?"
    )
    parts["suggestions"] = tables.frame(query, [key_result_id])
    about = "subject_type = 'key result' AND subject_id = ?"
    parts["findings"] = tables.table("findings", about, [key_result_id])
    return parts


def explained(
    row: Mapping[str, Any],
    parts: Mapping[str, pd.DataFrame],
    organization: Organization,
    day: dt.date | None = None,
) -> Explanation:
    """The explanation of a row of ``key_results`` or, for a past ``day``, ``key_results_daily``.

    Args:
        row: The row.
        parts: See :func:`parts_of`.
        organization: With the thresholds by which the row was computed, and its words.
        day: The past day that the row is about; what is published for today alone is left out.
    """
    given = {name: _until(parts[name], day) for name in _PARTS}
    if day is not None:
        del given["scores"]
    terms = Terms(organization.pace_tolerance, organization.signals, organization.confidence)
    found = explain(row, **given, terms=terms)
    if day is None:
        return _with_suggestions(found, row, parts["suggestions"])
    sections = tuple(one for one in found.sections if one.title not in _CURRENT_ONLY)
    return Explanation(found.key_result_id, found.cycle_id, found.as_of, sections, found.details)


def _with_suggestions(
    found: Explanation, row: Mapping[str, Any], suggestions: pd.DataFrame
) -> Explanation:
    """What is suggested for a Key Result of the current cycle, after its links."""
    if not row["cycle_start"] <= row["as_of"] <= row["cycle_end"]:
        return found
    mine = suggestions[suggestions["key_result_id"] == row["key_result_id"]]
    sections = (
        Section(one.title, (*one.lines, *suggestion_lines(mine))) if one.title == "Links" else one
        for one in found.sections
    )
    return replace(found, sections=tuple(sections))


def _until(rows: pd.DataFrame, day: dt.date | None) -> pd.DataFrame:
    return rows[rows["date"] <= day] if day is not None and "date" in rows else rows
