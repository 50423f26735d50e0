"""An index of the decision log by initiative and Key Result.

What belongs here: looking up all decisions, and those in force, about a pair; which of those in
force agree with another decision or are opposed to it. What does not: replaying the log
(``links.decisions``), and validating answers (``answers``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model.links.claims import current_key
from okr_model.links.decisions import OTHER_WORK, decisions_in_force
from okr_model.links.references import canonical_key

_WHOLE = ""
_EVERY = "*"  # no Key Result's id: these hold letters or digits


class DecisionIndex:
    """The decision log by initiative and Key Result, under current Key Result ids.

    Args:
        log: The columns of :data:`okr_model.links.decisions.LOG_COLUMNS`.
        aliases: Former id of a Key Result -> its current id.

    Attributes:
        by_id: The rows of the log by decision id, oldest first.
        in_force: The decisions in force by initiative and Key Result.
    """

    def __init__(self, log: pd.DataFrame, aliases: Mapping[str, str]) -> None:
        self._aliases = aliases
        ordered = log.sort_values(["decided_at", "decision_id"], kind="stable")
        self.by_id: dict[str, Mapping[Any, Any]] = {
            row["decision_id"]: row for row in ordered.to_dict("records")
        }
        self._ids: dict[tuple[str, str], list[str]] = {}
        about: dict[str, set[str]] = {}
        for decision_id, row in self.by_id.items():
            keys = about.get(row["undoes"]) if row["action"] == "undo" else self._keys(row)
            about[decision_id] = keys or {_WHOLE}
            for key in about[decision_id]:
                self._ids.setdefault((row["initiative_id"], key), []).append(decision_id)
        in_force = decisions_in_force(log).sort_values("decided_at", kind="stable")
        self.in_force: dict[tuple[str, str], Mapping[Any, Any]] = {
            (row["initiative_id"], self.now(row["key_result_id"])): row
            for row in in_force.to_dict("records")
        }

    def now(self, key_result_id: str) -> str:
        """The current id of a Key Result."""
        return current_key(canonical_key(key_result_id), self._aliases)

    def decisions(self, initiative_id: str, key_result_id: str) -> list[str]:
        """Ids of all decisions about a pair, undone ones too; "" means all of the initiative.

        That an initiative is other work is about every pair with it.
        """
        if not key_result_id:
            return self._ids.get((initiative_id, _WHOLE), [])
        keys = (self.now(key_result_id), _EVERY)
        ids = {one for key in keys for one in self._ids.get((initiative_id, key), [])}
        return [one for one in self._ids.get((initiative_id, _WHOLE), []) if one in ids]

    def is_other_work(self, initiative_id: str) -> bool:
        """Whether the decision is in force that it serves no Key Result."""
        return (initiative_id, "") in self.in_force

    def verdicts(self, decision: Mapping[str, Any]) -> dict[str, str]:
        """What a decision says: Key Result ("" for other work) -> its verdict."""
        if decision["action"] == "other":
            return {"": OTHER_WORK}
        verdict = "rejected" if decision["action"] == "reject" else "accepted"
        said = {self.now(decision["key_result_id"]): verdict}
        if decision["wrong_key_result_id"]:
            said[self.now(decision["wrong_key_result_id"])] = "rejected"
        return said

    def agreeing(self, decision: Mapping[str, Any]) -> list[Mapping[Any, Any]]:
        """The decisions in force that say all that ``decision`` says; empty if some is new."""
        of, said = decision["initiative_id"], self.verdicts(decision)
        found = [self.in_force.get((of, key)) for key in said]
        pairs = zip(found, said.values(), strict=True)
        same = [one for one, verdict in pairs if one and one["decision"] == verdict]
        return same if len(same) == len(said) else []

    def opposed(self, decision: Mapping[str, Any]) -> list[Mapping[Any, Any]]:
        """The decisions in force that ``decision`` would overrule."""
        of, said = decision["initiative_id"], self.verdicts(decision)
        if OTHER_WORK in said.values():
            return [
                one
                for (initiative_id, _), one in self.in_force.items()
                if initiative_id == of and one["decision"] == "accepted"
            ]
        found = [(self.in_force.get((of, key)), verdict) for key, verdict in said.items()]
        against = [one for one, verdict in found if one and one["decision"] != verdict]
        other = self.in_force.get((of, "")) if "accepted" in said.values() else None
        return [*against, *([other] if other else [])]

    def _keys(self, row: Mapping[Any, Any]) -> set[str]:
        if row["action"] == "other":
            return {_WHOLE, _EVERY}
        named = (row["key_result_id"], row["wrong_key_result_id"])
        return {_WHOLE, *(self.now(key) for key in named if isinstance(key, str) and key)}
