"""Builds long cells frames for the tests of the Key-Result grain, one record at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from okr_model.quantities.cells import CELL_COLUMNS, empty_cells
from okr_model.quantities.cycles import Cycle

Q3 = Cycle("2026-Q3", date(2026, 7, 1), date(2026, 9, 30))
Q4 = Cycle("2026-Q4", date(2026, 10, 1), date(2026, 12, 31))
ZONE = "Asia/Kuala_Lumpur"
SEEN = pd.Timestamp("2026-11-27T18:00:00Z")


def record(
    holds: str, record_id: str, source: str = "sheets", **fields: Any
) -> list[dict[str, Any]]:
    """The cells of one record: texts as they are, numbers, dates, or a dict of cell columns."""
    return [
        {
            "holds": holds,
            "source": source,
            "place": "book/1",
            "record_id": record_id,
            "record_url": f"https://example.test/{record_id}",
            "field": name,
            "name": name,
            "address": f"Tab!{name}",
            "seen_at": SEEN,
            **_cell(value),
        }
        for name, value in fields.items()
    ]


def frame(*records: list[dict[str, Any]]) -> pd.DataFrame:
    """The records as one long cells frame."""
    rows = [row for cells in records for row in cells]
    if not rows:
        return empty_cells()
    return pd.DataFrame(rows).reindex(columns=list(CELL_COLUMNS))


def _cell(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return {"kind": "text", "text": value}
    if isinstance(value, date):
        return {"kind": "date", "date": value.isoformat(), "text": value.isoformat()}
    return {"kind": "number", "number": float(value), "text": str(value)}
