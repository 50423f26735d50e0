"""Definitions of Key Results as they were, from the change log of their source.

What belongs here: the cells that a record had before some of its logged changes, and what those
changes made of the definitions. What does not: reading the log, and reading definitions
(``key_results``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from okr_model.progress.definition_changes import as_published, changes_between, no_changes
from okr_model.progress.value_series import KEY
from okr_model.quantities.cells import RECORD_KEY, cells_like, clean_text

LOGGED_FIELDS = (
    "target", "target_high", "baseline", "kind", "unit", "start", "due", "phases", "ambition",
    "statement", "owner", "rationale",
)  # fmt: skip
"""The fields whose past values a log tells in the way in which they are written."""

LOG_COLUMNS = {
    "source": "str",
    "record_id": "str",
    "dataset": "str",
    "field": "str",  # the model's name
    "at": "datetime64[us, UTC]",
    "from_id": "str",
    "from_text": "str",
    "to_id": "str",
    "to_text": "str",
}
"""A change log: one row per changed field, in the order of the log."""

_CELL = [*RECORD_KEY, "field"]
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_VALUES = ("kind", "text", "number", "date", "end", "unit", "refs")


def cells_before(cells: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """The cells as they were before the changes in ``log``.

    Args:
        cells: The long cells frame.
        log: :data:`LOG_COLUMNS`; the first change of each record and field tells what was before.
    """
    first = log.drop_duplicates(_CELL)
    mine = cells[cells["holds"] == "key_results"]
    if first.empty or mine.empty:
        return cells
    said = first.to_dict("records")
    wanted = pd.MultiIndex.from_frame(first[_CELL].astype("str"))
    position = wanted.get_indexer(pd.MultiIndex.from_frame(mine[_CELL].astype("str")))
    changed = mine[position >= 0]
    if changed.empty:
        return cells
    entries = (said[at] for at in position if at >= 0)
    past = [
        cell | _past_cell(cell, entry)
        for cell, entry in zip(changed.to_dict("records"), entries, strict=True)
    ]
    rows = cells_like(cells, past, changed.index)
    return pd.concat([cells.drop(changed.index), rows]).loc[cells.index]


def cells_at(cells: pd.DataFrame, log: pd.DataFrame, instant: pd.Timestamp) -> pd.DataFrame:
    """The cells as they were just before an instant, whenever they were read.

    Args:
        cells: The long cells frame, read at some time.
        log: :data:`LOG_COLUMNS`, from the first change to the last.
        instant: With a time zone.
    """
    earlier, later = log[log["at"] < instant], log[log["at"] >= instant]
    # What a log's last earlier entry left is as good as what its first later one found.
    left = earlier.drop_duplicates(_CELL, keep="last")
    left = left.assign(from_id=left["to_id"], from_text=left["to_text"])
    return cells_before(cells, pd.concat([left, later], ignore_index=True))


def logged_changes(
    cells: pd.DataFrame,
    log: pd.DataFrame,
    read: Callable[[pd.DataFrame], pd.DataFrame],
) -> pd.DataFrame:
    """What the changes in ``log`` made of the definitions, each dated by its instant.

    Args:
        cells: The long cells frame, of now.
        log: :data:`LOG_COLUMNS`; entries of one record and instant are one change.
        read: Reads the definitions (:func:`okr_model.entities.read_key_results`) in cells.

    Returns:
        The columns of :func:`okr_model.progress.definition_changes.changes_between` and
        ``changed_at``.
    """
    found: list[pd.DataFrame] = []
    log = log[log["record_id"].isin(cells["record_id"])]
    versions: list[pd.DataFrame] = []
    for cells_then, instants in _versions(cells, log) if len(log) else ():
        versions.append(as_published(read(cells_then)))
        if len(versions) < 2:
            continue
        before = versions[-1]
        after = versions[-2].merge(instants, on="record_id").drop_duplicates(KEY)
        after = after.assign(rationale=_later_rationale(before, [*reversed(versions[:-1])], after))
        before = before[before["record_id"].isin(after["record_id"])]
        changed = changes_between(before, after)
        at = after.set_index(KEY)["at"]
        stamps = at.reindex(pd.MultiIndex.from_frame(changed[KEY])).to_numpy()
        found.append(changed.assign(changed_at=pd.Series(stamps, index=changed.index)))
    filled = [rows for rows in found if len(rows)]
    rows = pd.concat(filled, ignore_index=True) if filled else no_changes().assign(changed_at=None)
    return rows.assign(changed_at=rows["changed_at"].astype("datetime64[us, UTC]"))


def _versions(
    cells: pd.DataFrame, log: pd.DataFrame
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """The cells now, before each record's last change, before its last two, and so on.

    With each come the instants of the changes that were taken back last: ``record_id, at``.
    """
    changed = cells[cells["record_id"].isin(log["record_id"])]
    instants = log[["record_id", "at"]].drop_duplicates().sort_values(["record_id", "at"])
    ago = instants.groupby("record_id").cumcount(ascending=False) + 1
    numbered = log.merge(instants.assign(ago=ago), on=["record_id", "at"])
    for back in range(int(ago.max() if len(ago) else 0) + 1):
        taken_back = instants[ago == back]
        mine = changed if not back else changed[changed["record_id"].isin(taken_back["record_id"])]
        yield cells_before(mine, numbered[numbered["ago"] <= back]), taken_back


def _later_rationale(
    before: pd.DataFrame, later: list[pd.DataFrame], after: pd.DataFrame
) -> pd.Series:
    """For each of ``after`` the first rationale since ``before`` that differs from that."""
    keys = pd.MultiIndex.from_frame(after[KEY])
    said = [frame.drop_duplicates(KEY).set_index(KEY)["rationale"] for frame in (before, *later)]
    was, *since = (each.reindex(keys).astype("object").set_axis(after.index) for each in said)
    found = since[0].copy()
    for texts in reversed(since):
        differs = texts.notna() & (texts.fillna("") != was.fillna(""))
        found = texts.where(differs, found)
    return found.astype("str")


def _past_cell(cell: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """What the cell was, in the kind that its field holds; nothing where that is not certain."""
    known = {name: None if pd.isna(entry[name]) else str(entry[name]) for name in _FROM}
    text = clean_text(known["from_text"] or "") or (known["from_id"] or "")
    past: dict[str, Any] = {**dict.fromkeys(_VALUES), "number": float("nan"), "text": text}
    if not text:
        return {**past, "kind": "empty"}
    number = _NUMBER.fullmatch(text)
    day = next((one for one in (known["from_id"], text) if one and _DAY.match(one)), None)
    if number and cell["kind"] in ("number", "empty"):
        return {**past, "kind": "number", "number": float(text)}
    if day and cell["kind"] in ("date", "empty"):
        return {**past, "kind": "date", "date": day[:10]}
    return {**past, "kind": "text"} if cell["kind"] in ("text", "refs", "empty") else {}


_FROM = ("from_id", "from_text")
