"""Attesting an item of the checklist: validating, recording.

What belongs here: from what somebody says to a row of the decision log. What does not: which items
there are (:mod:`okr_model.governance.checklist`), taking it back (``decide``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okr_model.governance.checklist import ATTEST, ITEMS, attestations_in_force
from okr_model.languages.folding import same_id
from okr_model.review.requests import Refusal, Signature
from pipelines.lake.decision_log import DecisionLog
from pipelines.maintenance.examine import ensure_decisions
from pipelines.project import Project
from pipelines.review.decide import RECORDING, DecisionError, day_of, record, signed_row


def draft_attestation(
    project: Project, item: str, cycle: str, by: Signature, why: str
) -> Mapping[str, Any]:
    """The row of the log that attests an item for a cycle; nothing is recorded.

    Raises:
        DecisionError: There is no such item or cycle, the item is computed, or the same person has
            attested it already.
        pipelines.maintenance.examine.LostDecisionsError: Earlier decisions are not there any more.
    """
    ensure_decisions(project)
    found = next((one for one in ITEMS if same_id(one.name) == same_id(item)), None)
    if found is None or not found.is_attested:
        names = ", ".join(one.name for one in ITEMS if one.is_attested)
        why_not = f"{item[:60]!r} is no item of the checklist"
        if found is not None:
            why_not = f"{found.name!r} is computed from {found.told_by}"
        raise DecisionError(Refusal.UNKNOWN, f"{why_not}. To be attested are: {names}.")
    cycles = {same_id(one.id): one.id for one in project.settings.cycles}
    if same_id(cycle) not in cycles:
        there = ", ".join(cycles.values())
        raise DecisionError(Refusal.UNKNOWN, f"there is no cycle {cycle[:60]!r}; there is {there}.")
    row = signed_row(project, ATTEST, by, why) | {
        "item": found.name,
        "cycle_id": cycles[same_id(cycle)],
    }
    log = attestations_in_force(DecisionLog(project.paths.decisions).frame())
    same = log[(log["item"] == row["item"]) & (log["cycle_id"] == row["cycle_id"])]
    for one in same.to_dict("records"):
        if same_id(one["decided_by"]) == same_id(row["decided_by"]):
            raise DecisionError(
                Refusal.SAME,
                f"{one['decided_by']} attested it already on {day_of(project, one['decided_at'])}"
                f" ({one['decision_id']}); there is nothing to do.",
            )
    return row


def attest(project: Project, item: str, cycle: str, by: Signature, why: str) -> Mapping[str, Any]:
    """Validate and record it; returns the row of the log.

    Raises:
        DecisionError: See :func:`draft_attestation`.
    """
    with RECORDING:
        row = draft_attestation(project, item, cycle, by, why)
        record(project, row)
    return row
