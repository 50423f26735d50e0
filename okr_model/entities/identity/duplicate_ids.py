"""Records with the same id: which of them keeps it.

What belongs here: telling the record that held an id from those that were given it since. What does
not: several statements about one day (:mod:`okr_model.quantities.statement_order`).

The record that held the id before keeps it. In a sheet or file, where lines move, that is the row
of the same place that still says most of what the holder said. If no record held the id before,
nothing tells to which it belongs, so none is taken.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import pandas as pd

from okr_model.entities.fields import or_none
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import same_id, same_ids
from okr_model.quantities.cells import KNOWN_BY_ROW


@dataclass(frozen=True, slots=True)
class IdHolders:
    """Who held each id when it was last published.

    Attributes:
        what: What the records are: ``key result`` or ``objective``.
        id_column: The organization's own id.
        says: The columns by which a row is recognized; the first is shown.
        held: ``id_column``, ``cycle_id``, ``source``, ``record_id`` and ``says``; None before the
            first run.
    """

    what: str
    id_column: str
    says: tuple[str, ...]
    held: pd.DataFrame | None


def settle_duplicates(
    frame: pd.DataFrame, holders: IdHolders
) -> tuple[pd.DataFrame, list[Finding]]:
    """The records that keep their ids, and a finding for each record that is withheld.

    Args:
        frame: Records, with the same columns and ``url``. Of rows that say the same, the first
            keeps the id.
        holders: Who held the ids before.
    """
    ids = same_ids(frame[holders.id_column])
    groups = [ids, frame["cycle_id"]]
    twice = pd.concat(groups, axis=1).duplicated(keep=False)
    if not twice.any():
        return frame, []
    withheld = list[Hashable]()
    findings = list[Finding]()
    for _, records in frame[twice].groupby([part[twice] for part in groups], dropna=False):
        keeper = _keeper(records, holders)
        others = records.drop(index=[] if keeper is None else [keeper])
        withheld += others.index.tolist()
        findings += _withheld(others, records, keeper, holders)
    return frame.drop(index=withheld), findings


def _keeper(records: pd.DataFrame, holders: IdHolders) -> Hashable | None:
    """The index of the record that held the id; None if none of them did."""
    held, first = holders.held, records.iloc[0]
    if held is None or held.empty:
        return None
    mine = held[same_ids(held[holders.id_column]) == same_id(first[holders.id_column])]
    mine = mine[mine["cycle_id"] == first["cycle_id"]]
    if mine.empty:
        return None
    holder = mine.iloc[-1]
    same = records[records["source"] == holder["source"]]
    if holder["source"] not in KNOWN_BY_ROW:
        same = same[same["record_id"] == holder["record_id"]]
        return None if same.empty else same.index[0]
    return _most_alike(same, holder, holders.says)


def _most_alike(rows: pd.DataFrame, holder: pd.Series, says: Sequence[str]) -> Hashable | None:
    """The row that says most of what ``holder`` said; None if several do so in different words."""
    place = str(holder["record_id"]).partition(":")[0]  # the spreadsheet, or the file
    rows = rows[rows["record_id"].str.partition(":")[0] == place]
    if rows.empty:
        return None
    alike = pd.Series(0, index=rows.index)
    for name in says:
        alike += (rows[name].astype("str") == str(holder[name])).astype("int64")
    best = rows[alike == alike.max()]
    if len(best.drop_duplicates(list(says))) > 1:
        best = best[best["record_id"] == holder["record_id"]]
    return None if best.empty else best.index[0]


def _withheld(
    others: pd.DataFrame, records: pd.DataFrame, keeper: Hashable | None, holders: IdHolders
) -> list[Finding]:
    shown = {at: _shown(row, holders.says[0]) for at, row in records.iterrows()}
    if keeper is None:
        told = (
            f"is the id of {len(records)} records, and none of them held it before:"
            f" {'; '.join(sorted(shown.values()))}. All are left out until one alone has it."
        )
    findings = []
    for at, row in others.iterrows():
        if keeper is not None:
            told = (
                f"is the id of two records. {shown[keeper]} held it before and keeps it;"
                f" {shown[at]} is left out: give it an id of its own."
            )
        findings.append(
            Finding(
                rule=Rule.DUPLICATE_ID,
                severity="error",
                subject_type=holders.what,
                subject_id=row[holders.id_column],
                sentence=f"{row[holders.id_column]} of cycle {row['cycle_id']} {told}",
                evidence=or_none(row[holders.says[0]]),
                url=or_none(row["url"]),
            )
        )
    return findings


def _shown(row: pd.Series, name: str) -> str:
    words = or_none(row[name])
    where = f"record {row['record_id']} of {row['source']}"
    return f"“{words}” ({where})" if words else where
