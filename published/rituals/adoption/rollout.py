"""The roll-out as it is published, in the order in which it is read.

What belongs here: its rows for people. What does not: computing them (``okr_model.adoption``),
printing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from okr_model.adoption.rollout_days import STEPS
from okr_model.governance.checklist import attestations_in_force
from okr_model.languages.folding import same_id
from published.errors import UserError
from published.formatting import ENGLISH
from published.records import records
from published.snapshot import Snapshot

TITLES: Mapping[str, str] = {
    "decision": "Nine decisions",
    "wave": "Stage",
    "training": "Training",
    "day": "First days",
    "gate": "Gate",
}
"""What each kind of row is called as a heading."""
_MOST_NAMED = 5
_LOOKING_BACK = [one.name for one in STEPS if one.looks_back]


class NoRolloutError(UserError):
    """No roll-out is published."""


@dataclass(frozen=True, slots=True)
class OfARollout:
    """A row of the table ``rollout``; its columns mean what they mean there."""

    wave: str
    kind: str
    item: str
    state: str
    due_on: dt.date | None
    how: str
    part: int | None
    whole: int | None
    value: float | None
    bound: float | None
    within_days: int | None
    missing: tuple[str, ...]
    sentence: str
    decided_by: str | None

    @property
    def is_for_a_person(self) -> bool:
        """Whether a person attests it, because no table can tell."""
        return self.kind == "day" and self.how == "attested"

    @property
    def may_be_attested(self) -> bool:
        """Whether a person may attest it now: a look back waits for the wave to begin."""
        return self.is_for_a_person and not (
            self.state == "not yet due" and self.item in _LOOKING_BACK
        )

    @property
    def due(self) -> str:
        """Its day, as people read it; empty without one."""
        return ENGLISH.day(self.due_on) if self.due_on else ""

    @property
    def left(self) -> str:
        """What is not as it should be, to follow the sentence; empty if nothing is."""
        some = ", ".join(self.missing[:_MOST_NAMED])
        more = len(self.missing) - _MOST_NAMED
        return f"; not {some}{f' and {more} more' if more > 0 else ''}" if some else ""


def rollout_of(tables: Snapshot) -> Sequence[OfARollout]:
    """Every row that the reader may see.

    Raises:
        NoRolloutError: There is none: none is declared, none may be seen, or the tables are older.
    """
    there = tables.rows("SELECT 1 FROM information_schema.tables WHERE table_name = 'rollout'")
    rows = tables.rows("SELECT * FROM rollout ORDER BY number") if there else []
    if not rows:
        raise NoRolloutError(
            "no roll-out is published. Declare one in okr.yaml under organization: rollout:, and"
            " run: okr sync"
        )
    names = [name for name in OfARollout.__slots__ if name != "missing"]
    return [
        OfARollout(**{name: row[name] for name in names}, missing=tuple(row["missing"] or ()))
        for row in rows
    ]


def by_part(rows: Sequence[OfARollout]) -> Mapping[tuple[str, str], Sequence[OfARollout]]:
    """The rows by wave and kind, in their order."""
    found: dict[tuple[str, str], list[OfARollout]] = {}
    for one in rows:
        found.setdefault((one.wave, one.kind), []).append(one)
    return found


def attested_steps(log: pd.DataFrame) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """The newest attestation in force by wave, spelt alike, and step; some count from the next run.

    Args:
        log: All decisions, the newest among them.
    """
    made = attestations_in_force(log)
    return {(same_id(row["wave"]), row["item"]): row for row in records(made[made["wave"].notna()])}
