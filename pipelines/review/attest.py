"""Attesting an item of the checklist, or a step of a wave of the roll-out: validating, recording.

What belongs here: from what somebody says to a row of the decision log. What does not: which items
and steps there are (:mod:`okr_model.governance.checklist`,
:mod:`okr_model.adoption.rollout_days`), taking it back (``decide``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okr_model.adoption.rollout_days import STEPS
from okr_model.governance.checklist import ATTEST, ITEMS, attestations_in_force
from okr_model.languages.folding import same_id
from okr_model.review.requests import Refusal, Signature
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.decide import RECORDING, DecisionError, day_of, record, signed_row
from pipelines.store import session


def draft_attestation(
    project: Project, item: str, cycle: str, by: Signature, why: str
) -> Mapping[str, Any]:
    """The row of the log that attests an item for a cycle; nothing is recorded.

    Raises:
        DecisionError: There is no such item or cycle, the item is computed, or the same person has
            attested it already.
        pipelines.maintenance.examine.LostDecisionsError: Earlier decisions are not there any more.
    """
    session.ensure_newest(project)
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
    _ensure_new(project, row, "cycle_id")
    return row


def draft_step(
    project: Project, step: str, wave: str, by: Signature, why: str
) -> Mapping[str, Any]:
    """The row of the log that attests a step of a wave's first days; nothing is recorded.

    Raises:
        DecisionError: There is no such step or wave, the step is computed, the wave has not begun
            at which it looks back, or the same person has attested it already.
        pipelines.maintenance.examine.LostDecisionsError: Earlier decisions are not there any more.
    """
    session.ensure_newest(project)
    told = project.settings.organization.rollout
    waves = {same_id(one.name): one for one in told.waves} if told else {}
    if not waves:
        raise DecisionError(
            Refusal.UNKNOWN,
            "no roll-out is declared, so there is no wave. Declare one in okr.yaml under"
            " organization: rollout:",
        )
    if same_id(wave) not in waves:
        there = ", ".join(one.name for one in waves.values())
        raise DecisionError(Refusal.UNKNOWN, f"there is no wave {wave[:60]!r}; there is {there}.")
    steps = {same_id(one.name): one for one in STEPS if one.is_attested}
    if same_id(step) not in steps:
        raise DecisionError(
            Refusal.UNKNOWN,
            f"{step[:60]!r} is no step that a person attests. To be attested are:"
            f" {', '.join(one.name for one in steps.values())}.",
        )
    said, of = steps[same_id(step)], waves[same_id(wave)]
    if said.looks_back and of.starts > project.clock.as_of:
        raise DecisionError(
            Refusal.UNKNOWN,
            f"the wave {of.name} begins on {of.starts}: until then {said.name!r} cannot be"
            " attested.",
        )
    about = {"item": said.name, "wave": of.name}
    row = signed_row(project, ATTEST, by, why) | about
    _ensure_new(project, row, "wave")
    return row


def _ensure_new(project: Project, row: Mapping[str, Any], of: str) -> None:
    """Reject what the same person has attested already of the same cycle or wave."""
    log = attestations_in_force(DecisionLog(project.paths.decisions).frame())
    same = log[(log["item"] == row["item"]) & (log[of] == row[of])]
    for one in same.to_dict("records"):
        if same_id(one["decided_by"]) == same_id(row["decided_by"]):
            raise DecisionError(
                Refusal.SAME,
                f"{one['decided_by']} attested it already on {day_of(project, one['decided_at'])}"
                f" ({one['decision_id']}); there is nothing to do.",
            )


def attest(project: Project, item: str, cycle: str, by: Signature, why: str) -> Mapping[str, Any]:
    """Validate and record it; returns the row of the log.

    Raises:
        DecisionError: See :func:`draft_attestation`.
    """
    with RECORDING:
        row = draft_attestation(project, item, cycle, by, why)
        record(project, row)
    return row


def attest_step(
    project: Project, step: str, wave: str, by: Signature, why: str
) -> Mapping[str, Any]:
    """Validate and record it; returns the row of the log.

    Raises:
        DecisionError: See :func:`draft_step`.
    """
    with RECORDING:
        row = draft_step(project, step, wave, by, why)
        record(project, row)
    return row
