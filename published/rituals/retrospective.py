"""What a retrospective needs of a cycle that has ended.

What belongs here: gathering published rows. What does not: any figure, which are the rows' own,
what scores say together (``scores``), and the words (``retrospective_text``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from okr_model.languages.folding import same_id
from okr_model.rituals.low_times import LowTime
from published.records import records
from published.rituals.adoption.team_cycles import CycleOfATeam, adoption_of
from published.rituals.scores import said_of_all, scores_of
from published.tables import PublishedTables

Rows = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Retrospective:
    """The pack of a cycle; rows are those of the published tables, None where a cell is empty.

    Attributes:
        cycle_id: The cycle.
        team: The team that it is of; None: the whole organization.
        scores: See :func:`published.rituals.scores.scores_of`.
        said: What the scores say together.
        changes: Changes of definitions.
        calls: Rows of ``calibration`` with a Brier score: of the team, or of all.
        low: Every time for which a Key Result was low.
        worked: How each team worked.
        objectives: The Objectives of the cycle, of the team's Key Results where it is of one.
    """

    cycle_id: str
    team: str | None
    scores: Rows
    said: tuple[str, ...]
    changes: Rows
    calls: Rows
    low: tuple[LowTime, ...]
    worked: tuple[CycleOfATeam, ...]
    objectives: Rows


def retrospective_of(
    tables: PublishedTables, cycle: str, team: str | None = None, low: Sequence[LowTime] = ()
) -> Retrospective:
    """The pack of a cycle, of one team or of all.

    Args:
        tables: The published tables.
        cycle: The cycle.
        team: Of it alone, in any spelling; None: the whole organization.
        low: Every time for which a Key Result of the cycle was low.

    Raises:
        published.rituals.scores.NoScoresError: There are no scores of this cycle or team.
        published.rituals.adoption.team_cycles.NoAdoptionError: The tables are of an earlier
            version.
    """
    scores = scores_of(tables, cycle, team)
    ids, objectives = set(scores["key_result_id"]), set(scores["objective_id"])
    changes = tables.frame("changes", "cycle_id = ?", [cycle])
    calls = tables.frame("calibration", "cycle_id = ?", [cycle])
    worked = adoption_of(tables, cycle)
    return Retrospective(
        cycle,
        team,
        tuple(records(scores)),
        tuple(said_of_all(scores)),
        tuple(records(changes[changes["key_result_id"].isin(ids)])),
        tuple(records(_scored(calls, team))),
        tuple(one for one in low if one.key_result_id in ids),
        tuple(one for one in worked if team is None or same_id(one.team) == same_id(team)),
        tuple(
            row
            for row in records(tables.frame("objectives", "cycle_id = ?", [cycle]))
            if team is None or row["objective_id"] in objectives
        ),
    )


def retrospective_record(pack: Retrospective) -> dict[str, Any]:
    """The same for programs."""
    return asdict(pack) | {
        "low": [asdict(one) | {"days": one.days} for one in pack.low],
    }


def _scored(calls: pd.DataFrame, team: str | None) -> pd.DataFrame:
    """The rows of each kind of call that have a Brier score, of a team where it is one."""
    mine = calls[calls["part"] == ("all" if team is None else "team")]
    if team is not None:
        mine = mine[mine["value"].map(same_id) == same_id(team)]
    return mine[mine["brier"].notna()]
