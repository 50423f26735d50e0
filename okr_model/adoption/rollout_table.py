"""The published rows of a roll-out, in the order in which they are read.

What belongs here: putting the parts together. What does not: each part (``rollout``,
``rollout_days``, ``rollout_gate``).
"""

from __future__ import annotations

from okr_model.adoption.rollout import (
    Rollout,
    RolloutFacts,
    Row,
    decision_rows,
    members_of,
    stage_row,
    training_rows,
)
from okr_model.adoption.rollout_days import day_rows
from okr_model.adoption.rollout_gate import gate_rows


def build_rollout(rollout: Rollout, facts: RolloutFacts) -> list[Row]:
    """One row for each decision and, of each wave, stage, training, step and condition.

    Args:
        rollout: The roll-out as it is declared.
        facts: What is known on the day.

    Returns:
        The columns of :data:`okr_model.tables.organization.rollout.ROLLOUT` but for those of the
        run; ``number`` counts them in their order.
    """
    decisions = list(decision_rows(rollout, facts.as_of))
    found = [one | {"wave": ""} for one in decisions]
    for wave in rollout.waves:
        members = members_of(wave, facts)
        training = list(training_rows(wave, facts.as_of))
        days = list(day_rows(rollout, wave, members, facts, [*decisions, *training]))
        gate = gate_rows(rollout, wave, members, facts)
        passed = bool(gate) and all(one["state"] == "passed" for one in gate)
        stage = stage_row(rollout, wave, members, passed, facts.as_of)
        mine = {"wave": wave.name, "teams": list(members.names)}
        found += [one | mine for one in (stage, *training, *days, *gate)]
    return [one | {"number": number} for number, one in enumerate(found, 1)]
