"""Deciding what becomes of a Key Result or an Objective when its cycle ends.

What belongs here: validating and recording, for the command and the page. What does not: what such
a decision does (:mod:`okr_model.governance.closings`), taking it back (``decide``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model.governance.closings import CLOSE, WAYS, closings_in_force
from okr_model.languages.folding import same_id, same_ids
from okr_model.links.claims import canonical
from okr_model.links.references import canonical_key
from okr_model.review.requests import ClosingRequest, Refusal
from pipelines.datasets.former_ids import known_aliases
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.decide import (
    RECORDING,
    DecisionError,
    day_of,
    ensure_short,
    record,
    signed_row,
)
from pipelines.store import session
from published.selection import find_key_result
from published.tables import PublishedTables


def draft_closing(project: Project, request: ClosingRequest) -> Mapping[str, Any]:
    """The row of the log for a decision about the end of a cycle; nothing is recorded.

    Raises:
        DecisionError: It cannot be closed so, the same is decided already, or something is missing;
            no such Objective is published.
        published.tables.UnknownKeyResultError: No such Key Result is published.
        pipelines.maintenance.examine.LostDecisionsError: Earlier decisions are not there any more.
    """
    session.ensure_newest(project)
    if request.closed_as not in WAYS:
        raise DecisionError(
            Refusal.INCOMPLETE, f"{request.closed_as[:40]!r} is none of {', '.join(WAYS)}."
        )
    subject, cycle = _meant(project, request)
    name = "objective_id" if request.kind == "objective" else "key_result_id"
    ensure_short("lesson", request.lesson or "")
    row = signed_row(project, CLOSE, request.by, request.why) | {
        name: subject,
        "cycle_id": cycle,
        "closed_as": request.closed_as,
    }
    standing = standing_closing(project, row)
    kept = standing["lesson"] if standing is not None else None
    row["lesson"] = (request.lesson or "").strip() or (kept if isinstance(kept, str) else None)
    if request.once is not None:
        row["decision_id"] = f"D-{hashlib.sha256(request.once.encode()).hexdigest()[:8]}"
    _require_new(project, row, standing)
    return row


def standing_closing(project: Project, row: Mapping[str, Any]) -> Mapping[Any, Any] | None:
    """The decision in force about the same end; None if nobody has decided it."""
    aliases = known_aliases(project)
    now = closings_in_force(DecisionLog(project.paths.decisions).frame(), aliases)
    for name in ("key_result_id", "objective_id"):
        if row.get(name) is not None:
            now = now[now[name].notna()]
            now = now[canonical(now[name], aliases) == canonical_key(row[name])]
    found = now[now["cycle_id"] == row["cycle_id"]].to_dict("records")
    return found[0] if found else None


def close(project: Project, request: ClosingRequest) -> Mapping[str, Any]:
    """Validate and record a decision about the end of a cycle; returns the row of the log.

    Raises:
        DecisionError: See :func:`draft_closing`.
        published.errors.UserError: Likewise.
    """
    with RECORDING:
        row = draft_closing(project, request)
        record(project, row)
    return row


def _meant(project: Project, request: ClosingRequest) -> tuple[str, str]:
    """The subject in its published spelling, and the cycle, which must have begun."""
    subject, rows = _found(PublishedTables(project.paths.duckdb), request)
    begun = rows[pd.to_datetime(rows["cycle_start"]).dt.date <= project.clock.as_of]
    cycles = list(dict.fromkeys(begun.sort_values("cycle_start")["cycle_id"].astype("str")))
    if not cycles:
        raise DecisionError(
            Refusal.INCOMPLETE, f"no cycle of {subject} has begun; there is nothing to close."
        )
    if request.cycle is None:
        if len(cycles) > 1:
            raise DecisionError(
                Refusal.INCOMPLETE,
                f"{subject} stands in {' and '.join(cycles)}: say which, such as"
                f" --cycle {cycles[0]}.",
            )
        return subject, cycles[0]
    wanted = [one for one in cycles if same_id(one) == same_id(request.cycle)]
    if not wanted:
        raise DecisionError(
            Refusal.UNKNOWN,
            f"{subject} stands in no begun cycle {request.cycle[:40]!r}; there is"
            f" {' and '.join(cycles)}.",
        )
    return subject, wanted[0]


def _found(tables: PublishedTables, request: ClosingRequest) -> tuple[str, pd.DataFrame]:
    """The id as it is published, and ``cycle_id, cycle_start`` of each cycle that it stands in."""
    if request.kind == "key result":
        rows = find_key_result(tables.frame("key_results"), request.subject)
        return str(rows["key_result_id"].iloc[0]), rows
    objectives = tables.frame("objectives")
    rows = objectives[same_ids(objectives["objective_id"]) == same_id(request.subject)]
    if rows.empty:
        known = ", ".join(sorted(objectives["objective_id"].unique())) or "none"
        raise DecisionError(
            Refusal.UNKNOWN,
            f"no Objective {request.subject[:80]!r} is published. There are: {known}",
        )
    cycles = tables.frame("cycles")[["cycle_id", "cycle_start"]]
    return str(rows["objective_id"].iloc[0]), rows[["cycle_id"]].merge(cycles, on="cycle_id")


def _require_new(
    project: Project, row: Mapping[str, Any], standing: Mapping[Any, Any] | None
) -> None:
    log = DecisionLog(project.paths.decisions).frame()
    if row["decision_id"] in set(log["decision_id"]):
        raise DecisionError(
            Refusal.SAME, f"this has been recorded already ({row['decision_id']}); once is enough."
        )
    if standing is None:
        return
    lesson = standing["lesson"] if isinstance(standing["lesson"], str) else None
    if (standing["closed_as"], lesson) == (row["closed_as"], row["lesson"]):
        raise DecisionError(
            Refusal.SAME,
            f"{standing['decided_by']} closed it as {standing['closed_as']} already on"
            f" {day_of(project, standing['decided_at'])} ({standing['decision_id']}); there is"
            " nothing to do.",
        )
