"""Key Result values that are aggregates of rows: of a sheet, a Notion data source or a file.

What belongs here: filtering rows, converting their values into the Key Result's unit, and
aggregating them by the day they are true for, or by snapshots of the table. What does not: reading
the rows (they arrive as cells), the measure language (``parser``), cells (``cell_measures``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from okr_model.entities.fields import each, unreadable
from okr_model.findings import Finding, findings_frame, join_findings
from okr_model.measures.aggregates import COUNTED_UNITS, QUOTIENTS, aggregate, quotient
from okr_model.measures.evaluation_days import cycles_of, start_of_cycle
from okr_model.measures.parser import MeasureText
from okr_model.measures.row_selection import (
    TABLE,
    members_of,
    never_together,
    selected,
    unknown_values,
)
from okr_model.measures.wording import in_words_of_rows
from okr_model.quantities.cell_quantities import convert_quantities, read_quantities
from okr_model.quantities.cells import EMPTIED, cells_of, places_of, records_of
from okr_model.quantities.days import midnight, read_days
from okr_model.quantities.statement_order import in_statement_order
from okr_model.quantities.units import common_unit, in_words

ROW_COLUMNS = [
    *("key_result_id", "date", "measure", "value", "unit", "n", "text", "conversion", "field"),
    *("problem", "source", "record_id", "url", "seen_at"),
]


@dataclass(frozen=True, slots=True)
class TableSnapshot:
    """The rows of a table from an instant on.

    Attributes:
        day: The local day of that instant.
        seen_at: When they were first read.
        records: Ids of its records among the cells.
        again: Whether nothing changed, and the snapshot is only repeated for a new cycle.
    """

    day: date
    seen_at: datetime
    records: tuple[str, ...]
    again: bool = False


def evaluate_rows(
    what: MeasureText,
    name: str,
    cells: pd.DataFrame,
    key_result: pd.Series,
    key_results: pd.DataFrame,
    timezone: str,
    days: Iterable[date] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The value of one Key Result on every day that a row is true for; of a window also on others.

    Args:
        what: A measure of rows, with ``by``.
        name: The ``measure`` of its values.
        cells: The rows' cells; their fields are the columns that the measure names.
        key_result: The Key Result of the values: ``key_result_id`` and ``unit``.
        key_results: All Key Results, so that relations to one can be filtered by its id.
        timezone: The organization's zone, in which instants become days.
        days: Further days to evaluate a window on, none after the one on which the rows were read.

    Returns:
        :data:`ROW_COLUMNS`, one row per day, and the findings. Without a window, the rows of the
        day are aggregated, else those of that many days up to it. ``seen_at`` is the latest of
        these rows, and missing on ``days`` without a row of their own: these values are computed,
        not read. A window into which no row falls any more has the count and the sum 0, and no
        other value. ``text``, ``record_id`` and ``url`` are those of the last row.
    """
    rows = _dated(what, cells, key_result, key_results, timezone)
    usable = _usable(rows)
    found = []
    cycles = cycles_of(key_results, key_result["key_result_id"])
    for day in usable["date"].unique():
        part = _within(what, usable, day, cycles)
        if part.empty:
            continue  # outside of the cycle
        found.append(_value(what, part) | {"date": day, "seen_at": part["seen_at"].max()})
    found += _between(what, rows, usable, days, cycles)
    key = key_result["key_result_id"]
    unknown = unknown_values(what, key, cells, key_results)
    if rows["blank"].all() and not unknown and len(cells):
        unknown = [never_together(what, key)]
    faults = join_findings([_faulty(rows), findings_frame(unknown)])
    return _converted(what, name, found, key_result), faults


def _between(
    what: MeasureText,
    rows: pd.DataFrame,
    usable: pd.DataFrame,
    days: Iterable[date],
    cycles: Sequence[tuple[date, date]],
) -> list[dict[str, Any]]:
    """The values of a window on days without a row of their own, after the first that has one.

    The last row of a window is not newer for being looked at, so ``last`` has none. Where all rows
    of a window are without a value, nothing is known of their sum.
    """
    if usable.empty or what.aggregate == "last" or not (what.window_days or what.in_cycle):
        return []
    found, own = list[dict[str, Any]](), usable["date"]
    dated = rows[rows["date"].notna() & ~(rows["blank"] & (what.aggregate == "count"))]
    dated = dated.sort_values("date", kind="stable")
    for day in (midnight(one) for one in sorted(set(days))):
        inside = not what.in_cycle or start_of_cycle(cycles, day.date()) is not None
        if not inside or day < own.iloc[0] or (own == day).any():
            continue
        part = _within(what, usable, day, cycles)
        if len(part):
            value = _value(what, part)
        elif what.aggregate in ("count", "sum") and _within(what, dated, day, cycles).empty:
            value = usable[own < day].iloc[-1].to_dict() | _none_left(what)
        else:
            continue
        found.append(value | {"date": day, "seen_at": pd.NaT})
    return found


def _none_left(what: MeasureText) -> dict[str, Any]:
    words = in_words_of_rows(what, 0, None)
    return {"value": 0.0, "n": 0, "text": None, "conversion": None, "field": words}


def rows_of_day(
    what: MeasureText,
    cells: pd.DataFrame,
    key_result: pd.Series,
    key_results: pd.DataFrame,
    timezone: str,
    day: date,
) -> pd.DataFrame:
    """The rows behind the value of :func:`evaluate_rows` for a day, for checking it by hand.

    Returns:
        ``record_id, url, field, text, value, part, whole, seen_at, date``, and ``counts_in``: of a
        share or ratio, whether a row is in its ``part``, its ``whole`` or both. ``field`` and
        ``text`` of rows that are only counted are those of a cell that selects or dates them.
    """
    usable = _usable(_dated(what, cells, key_result, key_results, timezone))
    cycles = cycles_of(key_results, key_result["key_result_id"])
    return members_of(what, _within(what, usable, midnight(day), cycles))


def rows_standing(
    what: MeasureText,
    cells: pd.DataFrame,
    snapshots: Sequence[TableSnapshot],
    key_result: pd.Series,
    key_results: pd.DataFrame,
    day: date,
) -> pd.DataFrame:
    """The rows behind the value of :func:`evaluate_standing` for a day; as :func:`rows_of_day`."""
    rows = _read(what, cells, key_result, key_results)
    rows = rows[~rows["blank"]]
    known = [snapshot for snapshot in snapshots if snapshot.day <= day]
    mine = rows["record_id"].isin(known[-1].records if known else ()) & rows["problem"].isna()
    return members_of(what, _plain_ids(rows[mine]).assign(date=pd.NaT))


def _dated(
    what: MeasureText,
    cells: pd.DataFrame,
    key_result: pd.Series,
    key_results: pd.DataFrame,
    timezone: str,
) -> pd.DataFrame:
    rows = _read(what, cells, key_result, key_results)
    by = cells_of(cells, TABLE, rows, str(what.by))
    days = read_days(by, timezone)
    problem = days["problem"].where(days["problem"].notna(), rows["problem"]).mask(rows["blank"])
    undated = days["problem"].notna()
    return rows.assign(
        date=days["day"],
        stated_at=days["at"],
        problem=problem,
        undated=undated,
        field=rows["field"].mask(undated, places_of(by)),
        text=rows["text"].mask(undated, by["text"]),
    )


def _usable(rows: pd.DataFrame) -> pd.DataFrame:
    usable = rows[rows["problem"].isna() & rows["date"].notna() & ~rows["blank"]]
    return in_statement_order(usable, ["date"]).reset_index(drop=True)


def _within(
    what: MeasureText,
    usable: pd.DataFrame,
    day: pd.Timestamp,
    cycles: Sequence[tuple[date, date]],
) -> pd.DataFrame:
    """The rows of the window that ends on a day; none if that is the cycle, and it has none."""
    first = day - timedelta(days=(what.window_days or 1) - 1)
    if what.in_cycle:
        begun = start_of_cycle(cycles, day.date())
        if begun is None:
            return usable.iloc[:0]
        first = midnight(begun)
    at = usable["date"].to_numpy()
    return usable.iloc[np.searchsorted(at, first) : np.searchsorted(at, day, side="right")]


def _plain_ids(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with record ids without the version suffix."""
    ids = rows["record_id"].astype("str").str.replace(r"@\d+$", "", regex=True)
    return rows.assign(record_id=ids)


def evaluate_standing(
    what: MeasureText,
    name: str,
    cells: pd.DataFrame,
    snapshots: Sequence[TableSnapshot],
    key_result: pd.Series,
    key_results: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, str | None]:
    """The value of one Key Result at each snapshot of the table that changed it.

    Args:
        what: A measure of rows or of a property, without ``by``.
        name: The ``measure`` of its values.
        cells: As for :func:`evaluate_rows`; every version of a row is a separate record, with the
            row's id, ``@`` and a number as its id.
        snapshots: The snapshots of the table, oldest first, at most one per day.
        key_result: As for :func:`evaluate_rows`.
        key_results: As for :func:`evaluate_rows`.

    Returns:
        :data:`ROW_COLUMNS`, one row per day on which the value changed; the findings about the
        latest snapshot; and why that has no value, as the end of a sentence, or None if a finding
        gives the reason. A count is 0
        where no row matches, unless none ever did, which is more likely a typo.
    """
    rows = _read(what, cells, key_result, key_results).set_index("record_id", drop=False)
    rows = rows[~rows["blank"]]
    usable, found = rows[rows["problem"].isna()], list[dict[str, Any]]()
    before, complaint = None, None
    for snapshot in snapshots:
        part = usable.loc[usable.index.intersection(list(snapshot.records), sort=False)]
        complaint = _odd(what, part, ever=bool(found))
        value = {"value": np.nan} if complaint else _value(what, part)
        if complaint is None and (value["value"] != before or snapshot.again):
            found.append(value | {"date": pd.Timestamp(snapshot.day), "seen_at": snapshot.seen_at})
        before = value["value"]
    now = rows[rows.index.isin(snapshots[-1].records)] if snapshots else rows.iloc[:0]
    frame = _converted(what, name, found, key_result)
    unknown = unknown_values(what, key_result["key_result_id"], cells, key_results)
    if unknown and not found:
        complaint = None  # the unknown word is why, and a finding of its own
    faults = join_findings([_faulty(now), findings_frame(unknown)])
    return _plain_ids(frame), faults, complaint


def emptied_rows(
    name: str,
    key_result: pd.Series,
    days: Sequence[tuple[date, datetime]],
    where: Mapping[str, str | None],
) -> pd.DataFrame:
    """:data:`ROW_COLUMNS` of days on which a field was emptied: the value is unknown from then on.

    Args:
        name: The ``measure`` of the values.
        key_result: ``key_result_id`` and ``unit``.
        days: Each day, and when the field was emptied.
        where: ``source, record_id, url, field``.
    """
    unit = key_result["unit"] if isinstance(key_result["unit"], str) else None
    known = {"key_result_id": key_result["key_result_id"], "measure": name, "unit": unit}
    rows = [
        {"date": pd.Timestamp(day), "value": np.nan, "n": 0, "problem": EMPTIED, "seen_at": at}
        for day, at in days
    ]
    return pd.DataFrame(rows, columns=ROW_COLUMNS).assign(**known, **where)


def _odd(what: MeasureText, part: pd.DataFrame, *, ever: bool) -> str | None:
    """Why the rows of one snapshot give no value."""
    named = "the record" if what.kind == "property" else f"{what.source}"
    if part.empty and not (what.aggregate == "count" and ever):
        return f"no selected row of {named} holds a value"
    if what.aggregate == "last" and len(part) > 1:
        return (
            f"{len(part)} rows of {named} are selected, and without a day none of them is the last:"
            " write by and the column of the day, or another aggregate such as sum or mean"
        )
    return None


def _read(
    what: MeasureText, cells: pd.DataFrame, key_result: pd.Series, key_results: pd.DataFrame
) -> pd.DataFrame:
    """Each selected row: its value, or why it has none, or that its cell is ``blank``."""
    records = records_of(cells, TABLE)
    records = records[selected(what.where, cells, records, key_results)]
    value_cells = cells_of(cells, TABLE, records, what.of)
    telling = [*what.where, *what.part, *what.whole, *([what.by] if what.by else [])]
    of_row = cells_of(cells, TABLE, records, telling[0] if telling else "")
    figures = _figures(what, value_cells, key_result)
    return pd.DataFrame(
        {
            "key_result_id": key_result["key_result_id"],
            "value": figures["value"],
            "text": value_cells["text"],
            "conversion": figures["conversion"].astype("str"),
            "field": places_of(value_cells),
            "problem": figures["problem"],
            "part": selected(what.part, cells, records, key_results),
            "whole": selected(what.whole, cells, records, key_results),
            "place_of_row": places_of(of_row),
            "text_of_row": of_row["text"],
            "blank": (value_cells["kind"] == "empty") & bool(what.of),
            "url": records["record_url"],
            **records.drop(columns="record_url"),
        }
    )


def _figures(what: MeasureText, cells: pd.DataFrame, key_result: pd.Series) -> pd.DataFrame:
    """``value, conversion, problem``; the value is 1 for rows that are only counted."""
    if not what.of or what.aggregate == "count":
        broken = cells["kind"] == "error"
        shown = "the source shows " + cells["text"].astype("object").fillna("an error")
        why = shown.where(broken).astype("object")
        return pd.DataFrame({"value": 1.0, "conversion": None, "problem": why}, index=cells.index)
    unit = key_result["unit"]
    if what.aggregate in QUOTIENTS:  # their values are divided, in whatever unit they have
        unit = common_unit(read_quantities(cells)["unit"])
    into = pd.Series(unit, index=cells.index, dtype="object")
    return convert_quantities(read_quantities(cells, into), into)


def _value(what: MeasureText, part: pd.DataFrame) -> dict[str, Any]:
    """The aggregate of some rows, possibly none, with the details to publish beside it."""
    values = part["value"].to_numpy("float64")
    last: dict[str, Any] = part.iloc[-1].to_dict() if len(part) else {}
    whole = part["whole"].to_numpy("bool")
    if what.aggregate in QUOTIENTS:
        over = values[part["part"].to_numpy("bool")].sum()
        last["value"], n = quotient(what.aggregate, over, values[whole].sum()), int(whole.sum())
    else:
        last["value"], n = aggregate(what.aggregate, values), len(part)
    if n != 1 or what.aggregate != "last":
        last |= {"text": None, "conversion": None}
        last["field"] = in_words_of_rows(what, n, last.get("field"))
    return last | {"n": n}


def _converted(
    what: MeasureText, name: str, found: list[dict[str, Any]], key_result: pd.Series
) -> pd.DataFrame:
    """The values in the Key Result's unit; aggregates with a unit of their own are converted."""
    unit = key_result["unit"] if isinstance(key_result["unit"], str) else None
    known = {"measure": name, "key_result_id": key_result["key_result_id"]}
    frame = pd.DataFrame(found, columns=ROW_COLUMNS).astype({"value": "float64"})
    frame = frame.assign(unit=unit, **known)
    own = COUNTED_UNITS.get(what.aggregate)
    if own is None or own == unit:
        return frame
    stated = pd.Series(own, index=frame.index, dtype="object")
    text = pd.Series([in_words(value, own) for value in frame["value"]], frame.index, "object")
    read = frame[["value"]].assign(unit=stated, problem=None, kind="number", text=text)
    into = pd.Series(unit, index=frame.index, dtype="object")
    return frame.assign(text=text.astype("str"), **convert_quantities(read, into))


def _faulty(rows: pd.DataFrame) -> pd.DataFrame:
    def said(row: pd.Series) -> Finding:
        what = "date of a row" if row.get("undated") else "value it is measured by"
        return unreadable(row, "key result", row["key_result_id"], what)

    return findings_frame(each(rows[rows["problem"].notna()], said))
