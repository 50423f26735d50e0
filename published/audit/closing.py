"""What of an ended cycle is to be closed, as a finding asks for it.

What belongs here: which Key Results and Objectives wait for a decision to continue, abandon or be
done, and which decisions about them are pending. What does not: asking
(``okr_model.governance.phase_findings``), recording (``pipelines.review``), drawing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.governance.closings import closings_in_force
from okr_model.governance.phase_findings import asked_until
from okr_model.links.claims import canonical
from okr_model.links.references import canonical_key
from okr_model.quantities.teams import by_team
from published.audit.decided import Decided
from published.moment import last_day
from published.records import records
from published.snapshot import Snapshot

ASKING = (Rule.CYCLE_NOT_CLOSED, Rule.OBJECTIVE_NOT_CLOSED)
"""The findings that are answered by closing something."""
_KEY_RESULTS = (
    "SELECT k.key_result_id AS id, k.cycle_id, k.statement AS words, k.team, k.teams, s.score,"
    " s.band, c.cycle_start, c.cycle_end FROM scores s"
    " JOIN key_results k USING (key_result_id, cycle_id) JOIN cycles c USING (cycle_id)"
    " WHERE c.state = 'ended' AND s.closed_as IS NULL ORDER BY k.cycle_id, k.key_result_id"
)
_OBJECTIVES = (
    "SELECT o.objective_id AS id, o.cycle_id, o.title AS words, c.cycle_start, c.cycle_end"
    " FROM objectives o JOIN cycles c USING (cycle_id)"
    " WHERE c.state = 'ended' AND o.closed_as IS NULL AND o.objective_id = ? ORDER BY o.cycle_id"
)


@dataclass(frozen=True, slots=True)
class ToClose:
    """A Key Result or an Objective of an ended cycle that the last run left open.

    Attributes:
        kind: Which of both.
        id: Its id.
        cycle_id: The cycle.
        words: Its statement or title.
        score: Of a Key Result; None while it has none.
        band: What the score means; None without one.
        decided: The row of the log that closes it from the next run on; None if there is none.
    """

    kind: Literal["key result", "objective"]
    id: str
    cycle_id: str
    words: str | None
    score: float | None
    band: str | None
    decided: Mapping[str, Any] | None


def to_close(tables: Snapshot, decided: Decided, finding: Mapping[str, Any]) -> list[ToClose]:
    """What a finding of :data:`ASKING` asks to close, by cycle and id; of other findings nothing.

    Args:
        tables: The published tables.
        decided: What people decided, in the last run or later.
        finding: A row of ``findings``.
    """
    if finding["rule"] == Rule.OBJECTIVE_NOT_CLOSED:
        rows = tables.frame(_OBJECTIVES, [finding["subject_id"]])
        return _open(tables, decided, "objective", rows)
    if finding["rule"] == Rule.CYCLE_NOT_CLOSED:
        rows = by_team(tables.frame(_KEY_RESULTS))
        return _open(tables, decided, "key result", rows[rows["team"] == finding["subject_id"]])
    return []


def _open(
    tables: Snapshot, decided: Decided, kind: Literal["key result", "objective"], rows: pd.DataFrame
) -> list[ToClose]:
    day = last_day(tables)
    name = f"{kind.replace(' ', '_')}_id"
    log = closings_in_force(decided.log, decided.aliases)
    log = log[log[name].notna()]
    now = canonical(log[name], decided.aliases)
    made = dict(zip(zip(now, log["cycle_id"], strict=True), records(log), strict=True))
    return [
        ToClose(
            *(kind, row["id"], row["cycle_id"], row["words"], row.get("score"), row.get("band")),
            made.get((canonical_key(row["id"]), row["cycle_id"])),
        )
        for row in records(rows)
        if _still_asked(row, day)
    ]


def _still_asked(row: Mapping[str, Any], day: dt.date) -> bool:
    return bool(day <= asked_until(row["cycle_start"], row["cycle_end"]))
