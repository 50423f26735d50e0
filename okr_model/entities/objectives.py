"""Objectives: the qualitative goals of a cycle.

What belongs here: reading them. What does not: which parents an OKR architecture allows
(``governance.architecture``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from okr_model.entities.fields import (
    each,
    ids,
    no_id,
    or_none,
    resolve,
    set_end,
    spelled_as,
    texts,
)
from okr_model.entities.identity.duplicate_ids import IdHolders, settle_duplicates
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.quantities.cells import cells_of, records_of
from okr_model.quantities.cycles import Cycle

_HOLDS = "objectives"
_SAYS = ("title", "team", "owner", "parent_id", "level")


def read_objectives(
    cells: pd.DataFrame,
    cycles: Sequence[Cycle],
    aliases: Mapping[str, str] | None = None,
    held: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the Objectives.

    ``cycle_id`` is the declared cycle; if the settings have only one, that one. ``level`` is the
    declared one, else ``team`` if a team is named and ``company`` if none is. A parent may be an
    id or a relation. Of several records with one id in one cycle, the one that held it before
    stays; see :mod:`okr_model.entities.identity.duplicate_ids`.

    Args:
        cells: The long cells frame.
        cycles: The cycles of the settings.
        aliases: Former id -> current id.
        held: The Objectives as published before; None before the first run.

    Returns:
        The Objectives (``objective_id, cycle_id, title, level, team, owner, parent_id, source,
        record_id, url, level_source, closed_as, lesson``; an unknown cycle is a finding and gives
        a null ``cycle_id``; ``level_source`` is ``declared`` or ``assumed``) and the findings.
    """
    records = records_of(cells, _HOLDS)
    frame = pd.DataFrame(
        {
            "objective_id": ids(cells, _HOLDS, records, "id"),
            "cycle_id": spelled_as(
                texts(cells, _HOLDS, records, "cycle"), [cycle.id for cycle in cycles]
            ),
            "title": texts(cells, _HOLDS, records, "title"),
            "level": texts(cells, _HOLDS, records, "level").str.casefold(),
            "team": texts(cells, _HOLDS, records, "team"),
            "owner": texts(cells, _HOLDS, records, "owner"),
            "source": records["source"],
            "place": records["place"],
            "record_id": records["record_id"],
            "url": records["record_url"],
        }
    )
    if len(cycles) == 1:
        frame["cycle_id"] = frame["cycle_id"].fillna(cycles[0].id)
    inferred = np.where(frame["team"].isna(), "company", "team")
    frame["level_source"] = np.where(frame["level"].isna(), "assumed", "declared")
    frame["level"] = frame["level"].where(frame["level"].notna(), inferred).astype("str")
    parents = resolve(cells_of(cells, _HOLDS, records, "parent"), frame, "objective_id", aliases)
    frame["parent_id"] = parents["id"]
    unclear = set_end(frame, cells, _HOLDS, records, "objective")
    findings = each(frame[frame["objective_id"].isna()], lambda row: no_id(row, "Objective"))
    findings += each(frame[parents["id"].notna() & ~parents["known"]], _unknown_parent)
    holders = IdHolders("objective", "objective_id", _SAYS, held)
    frame, repeated = settle_duplicates(frame[frame["objective_id"].notna()], holders)
    findings += each(*_circles(frame))
    unplaced = ~frame["cycle_id"].isin([cycle.id for cycle in cycles])
    findings += unclear + repeated + each(frame[unplaced], _unplaced)
    frame["cycle_id"] = frame["cycle_id"].where(~unplaced)
    return frame.drop(columns="place").reset_index(drop=True), findings_frame(findings)


def _unknown_parent(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.UNKNOWN_PARENT,
        severity="warning",
        subject_type="objective",
        subject_id=row["objective_id"] if or_none(row["objective_id"]) else row["record_id"],
        sentence=(
            f"Objective {row['objective_id']} names {row['parent_id']} as its parent, but no"
            " Objective has that id: correct one of them."
        ),
        evidence=row["parent_id"],
        url=or_none(row["url"]),
    )


def _circles(frame: pd.DataFrame) -> tuple[pd.DataFrame, Callable[[pd.Series], Finding]]:
    """The Objectives that stand below themselves, and what is said of each."""
    parents = frame.dropna(subset="parent_id").drop_duplicates("objective_id")
    above = dict(zip(parents["objective_id"], parents["parent_id"], strict=True))
    ways: dict[str, list[str]] = {}
    for start in above:
        way = [start]
        while (up := above.get(way[-1])) is not None and up not in way:
            way.append(up)
        if up == start:
            ways[start] = [*way, start]

    def say(row: pd.Series) -> Finding:
        way = " below ".join(ways[row["objective_id"]])
        return Finding(
            rule=Rule.UNKNOWN_PARENT,
            severity="warning",
            subject_type="objective",
            subject_id=row["objective_id"],
            sentence=(
                f"Objective {row['objective_id']} stands below itself ({way}): correct a parent."
            ),
            evidence=row["parent_id"],
            url=or_none(row["url"]),
        )

    return frame[frame["objective_id"].isin(ways)], say


def _unplaced(row: pd.Series) -> Finding:
    named = or_none(row["cycle_id"])
    trouble = f"names cycle {named}, which the settings do not know" if named else "names no cycle"
    return Finding(
        rule=Rule.NO_CYCLE,
        severity="warning",
        subject_type="objective",
        subject_id=row["objective_id"],
        sentence=(
            f"Objective {row['objective_id']} {trouble}: correct the record, or add the cycle."
        ),
        evidence=named,
        url=or_none(row["url"]),
    )
