"""The published values as cells of a Google Sheet.

What belongs here: which columns a tab has, and each value's form and number format. What does not:
where in a tab a value stands (``layout``).

A text is always written as text, never as a formula. Dates and times are numbers, as in any sheet:
days since 1899-12-30, times in UTC.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from connectors.sheets.tab_requests import Value, Written
from okr_model.tables import BY_NAME, Column
from pipelines.publish.targets.running import TABLE

COLUMNS = tuple(one for one in BY_NAME[TABLE].columns if one.name not in ("as_of", "run_id"))
"""The columns of the table's tab; what is left out is said once for the whole tab."""
_OF_TEAM = (
    *("key_result_id", "cycle_id", "objective", "statement", "owner", "unit", "baseline", "target"),
    *("current_value", "current_value_at", "progress", "expected_progress", "pace"),
    *("attainment_probability", "stated_confidence", "computed_confidence", "last_check_in_at"),
    "url",
)
TEAM_COLUMNS = tuple(one for name in _OF_TEAM for one in COLUMNS if one.name == name)
"""The columns of a team's tab."""
_FIRST = dt.date(1899, 12, 30)
_EXACT = 2**53  # larger whole numbers are not exact in a cell
_MOST_LETTERS = 50_000
_WHOLE, _BROKEN = "#,##0", "#,##0.0###"


def cell_of(column: Column, row: Mapping[str, Any]) -> Written:
    """The cell of a column in a row of the table.

    An empty text and a number that is not finite are empty cells: a sheet has neither. A day before
    1899-12-30 and a whole number beyond 2^53 are texts.
    """
    value = row.get(column.name)
    if isinstance(value, list):
        value = " | ".join(str(one) for one in value)
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return Written(None)
    if isinstance(value, dt.datetime):
        since = value.replace(tzinfo=None) - dt.datetime.combine(_FIRST, dt.time())
        return Written(since / dt.timedelta(days=1), format=("DATE_TIME", "yyyy-mm-dd hh:mm:ss"))
    if isinstance(value, dt.date):
        if value < _FIRST:
            return Written(value.isoformat())
        return Written(float((value - _FIRST).days), format=("DATE", "yyyy-mm-dd"))
    if isinstance(value, int) and abs(value) > _EXACT:
        return Written(str(value))
    if isinstance(value, int | float):
        return Written(float(value), format=_number_format(column, float(value), row.get("unit")))
    return Written(_text(str(value)))


def same(written: Value, there: Value) -> bool:
    """Whether a cell holds what would be written; a formula with its text is none of ours."""
    return type(written) is type(there) and written == there


def _number_format(column: Column, value: float, unit: Any) -> tuple[str, str]:
    if column.unit == "fraction":
        return "PERCENT", "0.0%"
    digits = _WHOLE if value.is_integer() else _BROKEN
    if (column.unit or "").startswith("unit of the Key Result") and unit:
        # Quoted, a percent sign is a text: 64.5 of the unit % stays 64.5.
        shown = str(unit).replace('"', "").replace("\\", "")[:40]
        gap = "" if shown.startswith("%") else " "
        return "NUMBER", f'{digits}"{gap}{shown}"'
    return "NUMBER", digits


def _text(text: str) -> str | None:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
