"""Relations of a Notion place that are empty on all its pages at once.

What belongs here: finding them. What does not: what stands in for the pages (``last_reading``), and
relations into a place that is read itself (``kept_relations``).

Notion shows a relation as empty where the database that it points to is not shared, and so do the
rollups over it; that database need not be one that is read. No page tells this from a relation that
somebody emptied, but all pages at once do.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import msgspec

from connectors.cells import Cell, decode_cells
from pipelines.datasets.records import page_with_refs, place_rows
from pipelines.lake.tables import Lake
from pipelines.settings import Dataset

_TELLING = 3
_USUAL_SHARE = 0.5


def emptied_relations(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset
) -> dict[str, str]:
    """The relations that are empty on every page and were not always: property id to name."""
    cells = [decode_cells(row["cells"]) for row in place_rows(lake, connection, dataset)]
    if len(cells) < _TELLING:
        return {}
    empty = {key: cell.name for key, cell in cells[0].items() if not _filled(cells, key)}
    if not empty:
        return {}
    held = (page_with_refs(lake, connection, dataset, key) for key in empty)
    return {
        key: name
        for (key, name), raw in zip(empty.items(), held, strict=True)
        if raw is not None and key in _relations(raw)
    }


def are_usual(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset, relations: Iterable[str]
) -> bool:
    """Whether one of the relations held something on most pages."""
    cells = [decode_cells(row["cells"]) for row in place_rows(lake, connection, dataset)]
    return any(_filled(cells, key) >= _USUAL_SHARE * len(cells) > 0 for key in relations)


def _filled(cells: list[dict[str, Cell]], key: str) -> int:
    return sum(one[key].kind != "empty" for one in cells if key in one)


def _relations(raw: str) -> set[str]:
    """Ids of the relations of a page."""
    served = msgspec.json.decode(raw).get("properties", {})
    return {str(one.get("id")) for one in served.values() if one.get("type") == "relation"}
