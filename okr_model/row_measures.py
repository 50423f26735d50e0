"""Key Result values that are aggregates of rows: of a sheet, a Notion data source or a file.

What belongs here: filtering rows, bringing their values into the Key Result's unit, and aggregating
them by the day they are true for. What does not: reading the rows (they come as cells), or how a
measure is written (``measure_text``).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from okr_model.cells import cells_of, places_of, records_of
from okr_model.days import read_days
from okr_model.entities.fields import each, resolve, texts, unreadable
from okr_model.findings import findings_frame
from okr_model.measure_text import MeasureText
from okr_model.readings import convert_quantities, read_quantities

TABLE = "table"
"""What the cells of a table that only measures read are said to hold."""

ROW_COLUMNS = [
    *("key_result_id", "date", "measure", "value", "unit", "n", "text", "conversion", "field"),
    *("problem", "source", "record_id", "url", "seen_at"),
]
_PERCENTILE = re.compile(r"p(\d{1,2}|100)")


def evaluate_rows(
    what: MeasureText,
    name: str,
    cells: pd.DataFrame,
    key_result: pd.Series,
    key_results: pd.DataFrame,
    timezone: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The value of one Key Result on every day that a row is true for.

    Args:
        what: A measure of rows.
        name: The ``measure`` of its values.
        cells: The rows' cells, the fields being the columns that the measure names.
        key_result: Whose value it is: ``key_result_id`` and ``unit``.
        key_results: All of them, so that a relation to one may be selected by its id.
        timezone: The organization's zone: instants are true for their local day.

    Returns:
        :data:`ROW_COLUMNS`, a row a day, and the findings. Without a window the rows of the day
        itself are aggregated, else those of that many days up to it. ``seen_at`` is the newest of
        the rows that count; ``text``, ``record_id`` and ``url`` are those of the last of them.
    """
    records = records_of(cells, TABLE)
    kept = pd.Series(True, index=records.index)
    for column, wanted in what.where.items():
        said = cells_of(cells, TABLE, records, column)
        named = resolve(said, key_results.drop_duplicates("key_result_id"), "key_result_id")["id"]
        plain = texts(cells, TABLE, records, column)
        folded = named.where(said["kind"] == "refs", plain).str.casefold()
        kept &= folded.isin([text.casefold() for text in wanted])
    records = records[kept]
    date_cells = cells_of(cells, TABLE, records, str(what.by))
    value_cells = cells_of(cells, TABLE, records, what.of)
    days = read_days(date_cells, timezone)
    unit = pd.Series(key_result["unit"], index=records.index, dtype="object")
    figures = convert_quantities(read_quantities(value_cells, unit), unit)
    rows = pd.DataFrame(
        {
            "key_result_id": key_result["key_result_id"],
            "date": days["day"],
            "value": figures["value"],
            "text": value_cells["text"],
            "conversion": figures["conversion"].astype("str"),
            "field": places_of(value_cells),
            "problem": days["problem"].where(days["problem"].notna(), figures["problem"]),
            "source": records["source"],
            "record_id": records["record_id"],
            "url": records["record_url"],
            "seen_at": records["seen_at"],
        }
    )
    stated = rows[value_cells["kind"] != "empty"]
    faulty = each(
        stated[stated["problem"].notna()],
        lambda row: unreadable(row, "key result", row["key_result_id"], "value it is measured by"),
    )
    usable = stated[stated["problem"].isna() & stated["date"].notna()]
    return _aggregated(what, name, usable, key_result), findings_frame(faulty)


def cell_values(
    what: MeasureText, name: str, versions: pd.DataFrame, key_result: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The values that one cell or named range has held, each true for the day it was first read.

    Args:
        what: A measure of a cell or of a named range.
        name: The ``measure`` of the values.
        versions: Its cells as they were read, oldest version first: ``version``, ``day``,
            ``where`` (the whole range), ``record_id, record_url, seen_at`` and those of a cell.
        key_result: Whose values they are: ``key_result_id`` and ``unit``.

    Returns:
        :data:`ROW_COLUMNS`, a row a day, and the findings: one for each cell that cannot be read
        as it is now. Such a cell does not count; where none does, the row has no value but the
        problem.
    """
    newest = versions.groupby("day")["version"].transform("max")
    cells = versions[versions["version"] == newest].reset_index(drop=True)
    unit = pd.Series(key_result["unit"], index=cells.index, dtype="object")
    figures = convert_quantities(read_quantities(cells, unit), unit)
    rows = pd.DataFrame(
        {
            "key_result_id": key_result["key_result_id"],
            "version": cells["version"],
            "date": pd.to_datetime(cells["day"]).astype("datetime64[us]"),
            "where": cells["where"],
            "value": figures["value"],
            "text": cells["text"],
            "conversion": figures["conversion"].astype("str"),
            "field": cells["address"],
            "problem": figures["problem"].astype("str"),
            "source": "sheets",
            "record_id": cells["record_id"],
            "url": cells["record_url"],
            "seen_at": cells["seen_at"],
        }
    )
    now = rows[rows["version"] == rows["version"].max()]
    faulty = each(
        now[now["problem"].notna()],
        lambda row: unreadable(row, "key result", row["key_result_id"], "cell it is measured by"),
    )
    found = [_range_value(what, part) for _, part in rows.groupby("version", sort=True)]
    frame = pd.DataFrame(found, columns=ROW_COLUMNS)
    unit_ = key_result["unit"] if isinstance(key_result["unit"], str) else None
    return frame.assign(measure=name, unit=unit_), findings_frame(faulty)


def _range_value(what: MeasureText, cells: pd.DataFrame) -> dict[str, Any]:
    """The value of one version of a range, of the cells in it that can be read."""
    readable = cells[cells["problem"].isna()]
    if readable.empty:
        return {str(name): value for name, value in cells.iloc[-1].to_dict().items()} | {"n": 0}
    cells = readable
    last: dict[str, Any] = cells.iloc[-1].to_dict()
    aggregate = "last" if what.aggregate == "only" else what.aggregate
    last["value"] = _figure(aggregate, cells["value"].to_numpy("float64"))
    last["n"] = len(cells)
    if len(cells) > 1 or aggregate != "last":
        count = f"{len(cells)} cell{'s' if len(cells) > 1 else ''}"
        last |= {"text": None, "conversion": None}
        last["field"] = f"{aggregate} of {count}, {last['where']}"
    if what.named:
        last["field"] += f", named {what.named}"
    return last


def _aggregated(
    what: MeasureText, name: str, rows: pd.DataFrame, key_result: pd.Series
) -> pd.DataFrame:
    rows = rows.sort_values(["date", "record_id"], kind="stable").reset_index(drop=True)
    found = []
    at = rows["date"].to_numpy()
    for day in rows["date"].unique():
        first = day - timedelta(days=(what.window_days or 1) - 1)
        part = rows.iloc[np.searchsorted(at, first) : np.searchsorted(at, day, side="right")]
        last = part.iloc[-1].to_dict()
        if len(part) > 1 or what.aggregate != "last":
            last |= {"text": None, "conversion": None}
            last["field"] = (
                f"{what.aggregate} of {what.of} of {len(part)} rows, up to {last['field']}"
            )
        value = _figure(what.aggregate, part["value"].to_numpy("float64"))
        found.append(
            last
            | {"date": day, "value": value, "n": len(part)}
            | {"seen_at": part["seen_at"].max()}
        )
    frame = pd.DataFrame(found, columns=ROW_COLUMNS)
    unit = key_result["unit"] if isinstance(key_result["unit"], str) else None
    return frame.assign(measure=name, unit=unit)


def _figure(aggregate: str, values: np.ndarray) -> float:
    percentile = _PERCENTILE.fullmatch(aggregate)
    if percentile:
        return float(np.percentile(values, int(percentile[1])))
    if aggregate == "count":
        return float(len(values))
    if aggregate == "last":
        return float(values[-1])
    if aggregate == "sum":
        return float(values.sum())
    return float(values.mean() if aggregate == "mean" else np.median(values))
