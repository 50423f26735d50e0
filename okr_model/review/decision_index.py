"""An index of the decision log by initiative and Key Result.

What belongs here: looking up all decisions, and those in force, about a pair. What does not:
replaying the log (``links.decisions``), and validating answers (``answers``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model.links.claims import current_key
from okr_model.links.decisions import decisions_in_force
from okr_model.links.references import canonical_key


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
            about[decision_id] = keys or {""}
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
        """Ids of all decisions about a pair, undone ones too; "" means all of the initiative."""
        key = self.now(key_result_id) if key_result_id else ""
        return self._ids.get((initiative_id, key), [])

    def _keys(self, row: Mapping[Any, Any]) -> set[str]:
        named = (row["key_result_id"], row["wrong_key_result_id"])
        return {"", *(self.now(key) for key in named if isinstance(key, str) and key)}
