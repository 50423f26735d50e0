"""Writing the published tables, all or nothing.

What belongs here: turning checked frames into the DuckDB file and the Delta history. What does
not: computing or judging them.

Readers open the DuckDB file at any moment: a new one is written beside it and swapped in by one
rename, so they see yesterday's tables or today's, never a mixture. DuckDB lets one process write or
many read; nobody ever writes to the published file, so readers never lock each other out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, write_deltalake

from okr_model.links.history import with_day
from okr_model.tables import LINK_HISTORY, RUNS, Table
from okr_model.tables.contract import arrow_schema, conform
from okr_model.tables.key_results import KEY_RESULTS, KEY_RESULTS_DAILY, KEY_RESULTS_RESTATED
from pipelines.publish.restatement import restate


def to_arrow(frame: pd.DataFrame, table: Table) -> pa.Table:
    """A frame that conforms to ``table`` (see :mod:`okr_model.tables.contract`), as Arrow.

    Raises:
        pyarrow.ArrowInvalid: A required value is missing, or one does not fit its column's type.
    """
    return pa.Table.from_pandas(frame, schema=arrow_schema(table), preserve_index=False)


def history(folder: Path, table: Table) -> pa.Table:
    """What earlier runs published of an accumulating table; empty before the first."""
    path = str(folder / table.name)
    if not DeltaTable.is_deltatable(path):
        return arrow_schema(table).empty_table()
    return DeltaTable(path).to_pyarrow_table()


def with_history(tables: Mapping[str, pa.Table], folder: Path, run_id: str) -> dict[str, pa.Table]:
    """Add the accumulating tables: earlier days and runs, and this one in place of its like.

    Of ``key_results`` and ``runs``, whichever is among ``tables`` is added to its history.

    Publishing the same day twice replaces that day's rows; those that said something else are kept
    in ``key_results_restated``.
    """
    whole = dict(tables)
    if KEY_RESULTS.name in tables:
        today, earlier = tables[KEY_RESULTS.name], history(folder, KEY_RESULTS_DAILY)
        replaced = restate(earlier, today, run_id).restated
        whole[KEY_RESULTS_DAILY.name] = _replace(earlier, today, "as_of")
        whole[KEY_RESULTS_RESTATED.name] = joined(history(folder, KEY_RESULTS_RESTATED), replaced)
        whole[LINK_HISTORY.name] = _link_history(tables, folder)
    whole[RUNS.name] = _replace(history(folder, RUNS), tables[RUNS.name], "run_id")
    return whole


def write_delta(tables: Mapping[str, pa.Table], folder: Path, run_id: str) -> None:
    """Write every table as a new Delta version, which time travel can ask for."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        about_to_commit()
        write_deltalake(
            str(folder / name),
            rows,
            mode="overwrite",
            schema_mode="overwrite",
            commit_properties=CommitProperties(custom_metadata={"run_id": json.dumps(run_id)}),
        )


def about_to_commit() -> None:
    """Called before every commit; tests end the process here."""


def joined(earlier: pa.Table, now: pa.Table) -> pa.Table:
    """Both tables' rows, with the columns of ``now``; one newer than a row is null in it."""
    if not now.num_rows:
        return earlier
    kept = earlier.select([name for name in now.column_names if name in earlier.column_names])
    return pa.concat_tables([kept, now], promote_options="default").select(now.column_names)


def _replace(earlier: pa.Table, now: pa.Table, column: str) -> pa.Table:
    """``earlier`` without the rows whose ``column`` occurs in ``now``, then ``now``."""
    gone = pc.is_in(earlier[column], value_set=now[column].combine_chunks())
    return joined(earlier.filter(pc.invert(gone)), now)


def _link_history(tables: Mapping[str, pa.Table], folder: Path) -> pa.Table:
    """The spans of links, with this day's."""
    days = set(history(folder, RUNS)["as_of"].to_pylist())
    (day,) = tables[RUNS.name]["as_of"].to_pylist()
    spans, links, initiatives = (
        # Without pandas' own notes: it cannot read its Arrow types back from them.
        rows.replace_schema_metadata(None).to_pandas()
        for rows in (history(folder, LINK_HISTORY), tables["links"], tables["initiatives"])
    )
    spans = with_day(spans, links, initiatives, day, days - {day})
    return to_arrow(conform(spans, LINK_HISTORY), LINK_HISTORY)
