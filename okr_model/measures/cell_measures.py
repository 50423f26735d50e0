"""Key Result values from one cell of a spreadsheet, or an aggregate of a named range.

What belongs here: the value of each version of such cells. What does not: finding them (they arrive
as cells), and rows of a table (``row_measures``).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from okr_model.entities.fields import each, unreadable
from okr_model.findings import findings_frame
from okr_model.measures.aggregates import aggregate
from okr_model.measures.parser import MeasureText
from okr_model.measures.row_measures import ROW_COLUMNS
from okr_model.quantities.cell_quantities import convert_quantities, read_quantities


def cell_values(
    what: MeasureText, name: str, versions: pd.DataFrame, key_result: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The values of one cell or named range over time, each true for the day it was first read.

    Args:
        what: A measure of a cell or of a named range.
        name: The ``measure`` of the values.
        versions: Its cells as they were read, oldest version first: ``version``, ``day``,
            ``where`` (the whole range), ``record_id, record_url, seen_at`` and the columns of a
            cell.
        key_result: The Key Result of the values: ``key_result_id`` and ``unit``.

    Returns:
        :data:`ROW_COLUMNS`, one row per day, and the findings: one for each cell whose latest
        version is unreadable. Unreadable cells are skipped; if all are, the row has a null value
        and the problem.
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
    """The value of one version of a range, from its readable cells."""
    readable = cells[cells["problem"].isna()]
    if readable.empty:
        return {str(name): value for name, value in cells.iloc[-1].to_dict().items()} | {"n": 0}
    cells = readable
    last: dict[str, Any] = cells.iloc[-1].to_dict()
    figure = "last" if what.aggregate == "only" else what.aggregate
    last["value"] = aggregate(figure, cells["value"].to_numpy("float64"))
    last["n"] = len(cells)
    if len(cells) > 1 or figure != "last":
        count = f"{len(cells)} cell{'s' if len(cells) > 1 else ''}"
        last |= {"text": None, "conversion": None}
        last["field"] = f"{figure} of {count}, {last['where']}"
    if what.named:
        last["field"] += f", named {what.named}"
    return last
