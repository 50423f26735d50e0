"""Shared by all readers: selecting fields, resolving references, reporting faults.

What belongs here: steps that at least two readers use. What does not: anything that only one kind
of record needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import plain_id, same_id, same_ids
from okr_model.languages.words import closing_of
from okr_model.quantities.cells import cells_of, places_of, texts_of

_FAR = pd.Timedelta(days=20 * 365)
"""A day further from every cycle is a slip in the year, or an empty field that became a date."""
_NAMED = 5  # records in the evidence of one finding


def texts(cells: pd.DataFrame, holds: str, records: pd.DataFrame, field: str) -> pd.Series:
    """The text of one field of each record; null where there is none."""
    if not ((cells["holds"] == holds) & (cells["field"] == field)).any():
        return pd.Series(None, records.index, "str", "text")  # most fields nobody keeps
    return texts_of(cells_of(cells, holds, records, field, columns=("kind", "text")))


def ids(cells: pd.DataFrame, holds: str, records: pd.DataFrame, field: str) -> pd.Series:
    """The id in one field of each record, with plain letters and hyphens; null where none is."""
    written = texts(cells, holds, records, field)
    plain = {text: plain_id(text) for text in written.dropna().unique()}
    return written.astype("object").map(plain).astype("str")


def spelled_as(written: pd.Series, known: Iterable[str]) -> pd.Series:
    """Each id as ``known`` spells it; as it is written where it is not among these."""
    spelled = {same_id(name): name for name in known}
    found = {text: spelled.get(same_id(text), text) for text in written.dropna().unique()}
    return written.astype("object").map(found).astype("str")


def resolve(
    cells: pd.DataFrame,
    targets: pd.DataFrame,
    id_column: str,
    aliases: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The id that each cell names, as text or as a relation to the target's own record.

    Args:
        cells: The cells of one field, one per record.
        targets: The possible targets: ``id_column`` and ``record_id``.
        id_column: The column of the organization's own ids.
        aliases: Former id -> the one that it was renamed to or merged into.

    Returns:
        ``id`` (in the target's spelling; as written if unknown; null if the cell is empty),
        ``known``, and ``several`` (a relation to more than one record, of which the first is used).
    """
    by_record = dict(zip(targets["record_id"], targets[id_column], strict=True))
    spelled = {same_id(name): name for name in targets[id_column].dropna()}
    written = texts_of(cells).astype("object")
    now = {same_id(old): new for old, new in (aliases or {}).items()}
    rows = []
    for kind, text, refs in zip(cells["kind"], written, cells["refs"], strict=True):
        ids = list(refs) if kind == "refs" and pd.api.types.is_list_like(refs) else []
        name = by_record.get(ids[0]) if ids else None
        written_id = name if name is not None else text
        if isinstance(written_id, str):
            written_id = _current(written_id, now)
            name = spelled.get(same_id(written_id))
        unknown = written_id if isinstance(written_id, str) else (ids[0] if ids else None)
        rows.append((name if name is not None else unknown, name is not None, len(ids) > 1))
    resolved = pd.DataFrame(rows, columns=["id", "known", "several"], index=cells.index)
    return resolved.astype({"id": "str", "known": "bool", "several": "bool"})


def _current(name: str, now: Mapping[str, str]) -> str:
    """The current id of ``name``, through all its former ids."""
    while same_id(name) in now:  # terminates: nothing leads in a circle
        name = now[same_id(name)]
    return name


def order_columns(records: pd.DataFrame, days: pd.DataFrame) -> dict[str, pd.Series]:
    """What :func:`okr_model.quantities.statement_order.in_statement_order` needs to know.

    Args:
        records: From :func:`okr_model.quantities.cells.records_of`.
        days: From :func:`okr_model.quantities.days.read_days`, of the same records.
    """
    kept = ("source", "place", "dataset", "row", "created_at", "edited_at", "record_id")
    return {"stated_at": days["at"]} | {name: records[name] for name in kept}


def keep_first(
    frame: pd.DataFrame, key: list[str], say: Callable[[pd.Series], Finding]
) -> tuple[pd.DataFrame, list[Finding]]:
    """The first row of each key, index kept, and a finding for every other one.

    Ids that differ only in how they are typed are one; see :mod:`okr_model.languages.folding`.
    """
    texts_in = frame[key].select_dtypes(["str", "object"]).columns
    folded = frame[key].assign(**{name: same_ids(frame[name]) for name in texts_in})
    again = folded.duplicated()
    return frame[~again], each(frame[again], say)


def each(rows: pd.DataFrame, say: Callable[[pd.Series], Finding]) -> list[Finding]:
    """One finding per row; only for the few faulty rows, as it iterates."""
    if rows.empty:
        return []
    return [replace(say(row), day=_day(row)) for _, row in rows.iterrows()]


def _day(row: pd.Series) -> date | None:
    """The date of a row, if it has one."""
    day = row.get("date")
    return None if day is None or pd.isna(day) else pd.Timestamp(day).date()


def no_id(row: pd.Series, what: str) -> Finding:
    """The finding for a record without an id."""
    return Finding(
        rule=Rule.MISSING_ID,
        severity="error",
        subject_type="record",
        subject_id=row["record_id"],
        sentence=(
            f"A record of {row['source']}{_at(row)} that holds a {what} has no id and is left out:"
            " give it one."
        ),
        evidence=or_none(row.get("place")),
        url=or_none(row.get("url")),
    )


def _at(row: pd.Series) -> str:
    """Where a record stands that has no id, unless its address opens it."""
    return "" if or_none(row.get("url")) else f" ({row['record_id']})"


def without_key_result(rows: pd.DataFrame, what: str) -> list[Finding]:
    """One finding for each place with records that state something of no Key Result.

    Args:
        rows: ``source, place, record_id, url`` of such records; ``field``: the cell that states it.
        what: One of them.
    """
    found = []
    for _, group in rows.groupby(["source", "place"], dropna=False, sort=True):
        first, count = group.iloc[0], len(group)
        where = or_none(first.get("field")) or f"{first['source']}{_at(first)}"
        said = f"A {what} in {where} names no Key Result, so it counts"
        if count > 1:
            said = f"{count} {what}s from {where} on name no Key Result, so they count"
        found.append(
            Finding(
                rule=Rule.UNKNOWN_KEY_RESULT,
                severity="warning",
                subject_type="record",
                subject_id=first["record_id"],
                sentence=f"{said} for nothing: write the Key Result there.",
                evidence=", ".join(group["record_id"].head(_NAMED)),
                url=or_none(first["url"]),
            )
        )
    return found


def without_far_days(days: pd.DataFrame, key_results: pd.DataFrame) -> pd.DataFrame:
    """The days without those many years from every cycle, such as 2126-10-05 or 1970-01-01.

    Args:
        days: From :func:`okr_model.quantities.days.read_days`.
        key_results: ``cycle_start, cycle_end``.
    """
    early = days["day"] < key_results["cycle_start"].min() - _FAR
    far = early | (days["day"] > key_results["cycle_end"].max() + _FAR)
    if not far.any():
        return days
    years = days["day"].astype("object").map(str, na_action="ignore").str[:10]
    why = "it is " + years.astype("str") + ", many years from every cycle"
    return days.assign(
        day=days["day"].mask(far), at=days["at"].mask(far), problem=days["problem"].mask(far, why)
    )


def unreadable(
    row: pd.Series, subject_type: str, subject_id: str, what: str, named: str | None = None
) -> Finding:
    """The finding for a cell that cannot be read.

    Args:
        row: ``problem, text, field``.
        subject_type: Of the finding.
        subject_id: Of the finding.
        what: The meaning of the cell.
        named: How people call the subject, if not by its id.
    """
    where = f" in {row['field']}" if or_none(row["field"]) else ""
    return Finding(
        rule=Rule.UNREADABLE_VALUE,
        severity="warning",
        subject_type=subject_type,
        subject_id=subject_id,
        sentence=(
            f"The {what} of {named or subject_id}{where} cannot be read: {row['problem']}. Correct"
            " it there."
        ),
        evidence=or_none(row["text"]),
        url=or_none(row.get("url")),
    )


def set_end(
    frame: pd.DataFrame, cells: pd.DataFrame, holds: str, records: pd.DataFrame, subject_type: str
) -> list[Finding]:
    """Set what a record says of the end of its cycle: ``closed_as`` and ``lesson``.

    Args:
        frame: Of the records, with ``url`` and the id of ``subject_type`` in ``<kind>_id``.
        cells: The long cells frame.
        holds: What the records are.
        records: From :func:`okr_model.quantities.cells.records_of`.
        subject_type: What the findings are about: ``key result`` or ``objective``.
    """
    stated = cells_of(cells, holds, records, "closed_as")
    written = texts(cells, holds, records, "closed_as")
    known = {text: closing_of(text) for text in written.dropna().unique()}
    frame["closed_as"] = written.astype("object").map(known).astype("str")
    frame["lesson"] = texts(cells, holds, records, "lesson")
    faulty = frame.assign(
        problem="it is none of continue, abandon and done", text=written, field=places_of(stated)
    )
    of = f"{subject_type.replace(' ', '_')}_id"
    return each(
        faulty[written.notna() & frame["closed_as"].isna() & frame[of].notna()],
        lambda row: unreadable(row, subject_type, row[of], "closed as"),
    )


def or_none(value: object) -> str | None:
    """``value`` as text, or None where it is null."""
    return None if value is None or pd.isna(value) else str(value)
