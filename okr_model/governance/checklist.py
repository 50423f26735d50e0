"""The checklist of how an organization works with OKRs: its items, and what people attest.

What belongs here: which items there are, how each is told, and replaying attestations. What does
not: computing items (``published.rituals.checklist``), and recording an attestation
(``pipelines.review.attest``).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from okr_model.links.decisions import undone_ids

ATTEST = "attest"
"""The action of the decision log."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    Attributes:
        name: Short, and stays.
        says: What is so when it is done.
        told_by: The tables and columns that it is computed from; empty: a person attests it.
    """

    name: str
    says: str
    told_by: str = ""

    @property
    def is_attested(self) -> bool:
        """Whether a person says so, because no table can."""
        return not self.told_by


ITEMS = (
    # How Objectives and Key Results are defined
    Item("owner", "Every Key Result has an owner", "key_results.owner"),
    Item(
        "figures",
        "Every Key Result has a baseline and a target",
        "key_results.progress_state, target",
    ),
    Item(
        "source",
        "Every Key Result has a data source or a value",
        "key_results.measure, value_state",
    ),
    Item("outcome", "Every Key Result counts an effect, not work", "key_results.quality"),
    Item("few objectives", "No team has too many Objectives", "objectives.team"),
    Item(
        "few key results",
        "Every Objective has enough Key Results, and not too many",
        "objectives.key_results",
    ),
    Item("aligned", "Every Objective says what it contributes to", "objectives.parent_id, level"),
    Item(
        "leading and lagging",
        "No Objective has only leading or only lagging Key Results",
        "objectives.indicators",
    ),
    Item("no competition", "No Key Results are twins or pull apart", "findings.rule"),
    # How work goes on
    Item("initiatives", "Every Key Result has an initiative", "key_results.initiatives"),
    Item("linked work", "All open work is linked, or called other work", "findings.rule"),
    Item("on time", "Of the check-ins that were due, 80 % were on time", "adoption.on_time"),
    Item("content", "Of the check-ins, 80 % say a cause and a next action", "check_ins.lacks"),
    Item("fresh", "No value is old", "key_results.signals"),
    Item(
        "early",
        "Calls of the lowest level come early, in time to act",
        "adoption.called_low_early",
    ),
    Item("reasons", "Every changed term has a written reason", "changes.rationale"),
    Item("freeze", "Nothing was added or changed in the final push", "findings.rule"),
    # How the cycle before was closed, and this one begun
    Item("scored", "Every Key Result of the cycle before has a score", "scores.score"),
    Item(
        "closed",
        "Every Key Result of the cycle before is continued, abandoned or done",
        "scores.closed_as",
    ),
    Item("lessons", "Every team wrote down a lesson", "scores.lesson"),
    Item(
        "kick-off",
        "Every team checked in within the days that preparing takes",
        "check_ins.date, cycles.cycle_end",
    ),
    # What no table can tell
    Item("training", "Everyone who writes or owns Key Results has been trained"),
    Item("own words", "Teams wrote their Key Results themselves"),
    Item("no appraisal", "Results are used for nobody's appraisal or pay"),
    Item("meeting", "Check-ins have a fixed time, and take 30 minutes at most"),
    Item("retrospective", "Each team held its retrospective together"),
)
"""All 26 of them, in their order."""


def attestations_in_force(log: pd.DataFrame) -> pd.DataFrame:
    """The latest attestation of each item and cycle or wave that is not taken back, oldest first.

    Args:
        log: The columns of :data:`okr_model.links.decisions.LOG_COLUMNS`, in any order.
    """
    made = log[log["action"] == ATTEST]
    stands = made[~made["decision_id"].isin(undone_ids(log))]
    ordered = stands.sort_values(["decided_at", "decision_id"], kind="stable", ignore_index=True)
    return ordered.drop_duplicates(["item", "cycle_id", "wave"], keep="last", ignore_index=True)
