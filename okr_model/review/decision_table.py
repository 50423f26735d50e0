"""The decision log as a published table.

What belongs here: its rows, and which decisions count. What does not: the log itself, and what a
decision does.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from okr_model.governance.checklist import attestations_in_force
from okr_model.governance.closings import closings_in_force
from okr_model.links.decisions import decisions_in_force, undone_ids
from okr_model.review.finding_verdicts import verdicts_in_force


def build_decisions(log: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Every decision, with the columns of the table ``decisions`` but those of the run.

    Args:
        log: The columns of :data:`okr_model.links.decisions.LOG_COLUMNS`.
        day: The day on which a decision counts or not.
    """
    about_links = set(decisions_in_force(log)["decision_id"])
    about_findings = {row["decision_id"] for row in verdicts_in_force(log, day).values()}
    undoing = set(log.loc[log["action"] == "undo", "decision_id"]) - undone_ids(log)
    closing = set(closings_in_force(log)["decision_id"])
    attested = set(attestations_in_force(log)["decision_id"])
    counting = about_links | about_findings | closing | attested | undoing
    return log.assign(
        in_force=log["decision_id"].isin(counting),
        until=pd.to_datetime(log["until"], errors="coerce").dt.date,
    )
