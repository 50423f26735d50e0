"""How Objectives contribute to each other, with what is rolled up for each.

What belongs here: the tree of a cycle's Objectives, and the roll-ups of teams and the company. What
does not: computing roll-ups (``okr_model.progress.rollup``); a Key Result is counted as often as
the table ``rollups`` says, which is once per subject.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from published.formatting import absent
from published.key_results.lines import Line
from published.records import records
from published.snapshot import Snapshot

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Branch:
    """An Objective and what contributes to it.

    Attributes:
        objective: Its row of ``objectives``; only its id and title, where the table has none.
        rollup: Its row of ``rollups``; None where there is none.
        lines: Its own Key Results, worst first.
        below: The Objectives that contribute to it.
        parent: The id of its parent, where that is no Objective of the cycle.
        parent_cycle: The cycle of that parent; None where it is an Objective of none.
    """

    objective: Row
    rollup: Row | None
    lines: list[Line]
    below: list[Branch]
    parent: str | None
    parent_cycle: str | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """The Objectives of a cycle.

    Attributes:
        company: The company's roll-up; None where there is none.
        teams: Those of its teams, by name.
        roots: The Objectives that contribute to no other one of the cycle.
        without: Key Results that name no Objective.
    """

    company: Row | None
    teams: list[Row]
    roots: list[Branch]
    without: list[Line]


def alignment(tables: Snapshot, lines: Sequence[Line], cycle: str, *, latest: bool) -> Alignment:
    """The Objectives of a cycle as a tree.

    Args:
        tables: The published tables.
        lines: The cycle's Key Results, worst first.
        cycle: Its id.
        latest: Whether the lines are those of the last run, of which alone there are roll-ups.
    """
    rolled = records(tables.table("rollups", "cycle_id = ?", [cycle])) if latest else []
    of = {(row["level"], row["subject"]): row for row in rolled}
    ordered = "cycle_id = ? ORDER BY length(objective_id), objective_id"
    objectives: dict[str, Row] = {
        row["objective_id"]: row for row in records(tables.table("objectives", ordered, [cycle]))
    }
    by_objective: dict[str, list[Line]] = {}
    for line in lines:
        if not absent(key := line.row["objective_id"]):
            by_objective.setdefault(key, []).append(line)
    for key, own in by_objective.items():
        objectives.setdefault(key, _unlisted(key, own[0].row))
    parents = {str(row["parent_id"]) for row in objectives.values() if not absent(row["parent_id"])}
    elsewhere = _cycles_of(tables, parents - objectives.keys())
    return Alignment(
        next((row for row in rolled if row["level"] == "company"), None),
        sorted((row for row in rolled if row["level"] == "team"), key=lambda row: row["subject"]),
        _tree(objectives, of, by_objective, elsewhere),
        [line for line in lines if absent(line.row["objective_id"])],
    )


def _tree(
    objectives: Mapping[str, Row],
    rolled: Mapping[tuple[str, str], Row],
    lines: Mapping[str, list[Line]],
    cycles: Mapping[str, str],
) -> list[Branch]:
    children: dict[str | None, list[str]] = {}
    for key, row in objectives.items():
        parent = row["parent_id"] if row["parent_id"] in objectives else None
        children.setdefault(parent, []).append(key)
    reached: set[str] = set()

    def grown(key: str) -> Branch:
        reached.add(key)
        below = [grown(child) for child in children.get(key, []) if child not in reached]
        parent = objectives[key]["parent_id"]
        elsewhere = None if absent(parent) or parent in objectives else str(parent)
        rollup = rolled.get(("objective", key))
        of = cycles.get(elsewhere or "")
        return Branch(objectives[key], rollup, lines.get(key, []), below, elsewhere, of)

    roots = [grown(key) for key in children.get(None, [])]
    # Those that contribute to each other in a circle hang from no root; the first one is taken.
    return roots + [grown(key) for key in objectives if key not in reached]


def _cycles_of(tables: Snapshot, ids: Collection[str]) -> dict[str, str]:
    """The cycle of each Objective of another one; of several, the latest."""
    if not ids:
        return {}
    query = (
        "SELECT objective_id, cycle_id FROM objectives WHERE list_contains(?::VARCHAR[],"
        " objective_id) ORDER BY cycle_id"
    )
    return {row["objective_id"]: row["cycle_id"] for row in tables.rows(query, [sorted(ids)])}


def _unlisted(key: str, row: Row) -> Row:
    """An Objective that only its Key Results name."""
    title = None if absent(row["objective"]) else row["objective"]
    return {"objective_id": key, "title": title, "team": None, "level": None, "parent_id": None}
