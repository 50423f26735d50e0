"""Restatement: replacing published rows of a day that is recomputed.

What belongs here: which rows of ``key_results_daily`` are replaced, and keeping the replaced ones.
What does not: computing the days (``past_days.rebuild``) and writing the tables (``history``).

``key_results_daily`` has the latest knowledge about each day; ``key_results_restated`` keeps every
row that was replaced by a different one, with the run that replaced it. A row that is recomputed
with the same values is left unchanged, so restatement is idempotent. Where something stands is no
value: a row that was inserted in a sheet changes nothing that was believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from okr_model.quantities.cells import KNOWN_BY_ROW
from okr_model.tables.key_results import KEY_RESULTS_DAILY, KEY_RESULTS_RESTATED
from pipelines.lake.duckdb_session import arrow, connect

_KEY = KEY_RESULTS_DAILY.key
_PLACES = ("url", "value_url", "other_value_url", "former_ids")
"""Columns that say only where something stands, or what it was called."""
_VALUES = [
    name for name in KEY_RESULTS_DAILY.column_names if name not in (*_KEY, "run_id", *_PLACES)
]
_COMPARED = {
    "value_source": "split_part({0}.value_source, ',', 1)",  # the measure, without field and place
    "record_id": f"CASE WHEN {{0}}.source NOT IN {KNOWN_BY_ROW} THEN {{0}}.record_id END",
}
"""SQL of what is compared of columns that say also where something stands."""


@dataclass(frozen=True, slots=True)
class Restated:
    """The result of recomputing published days.

    Attributes:
        daily: ``key_results_daily`` with the recomputed rows.
        restated: The replaced rows, to be added to ``key_results_restated``.
        new: The number of rows for a day and Key Result that had none.
        unchanged: The number of rows with the same values as before.
    """

    daily: pa.Table
    restated: pa.Table
    new: int
    unchanged: int


def restate(published: pa.Table, computed: pa.Table, run_id: str) -> Restated:
    """Replace the published rows of the days in ``computed``.

    Args:
        published: The present ``key_results_daily``.
        computed: Rows with the same columns, complete for each day that they contain.
        run_id: The run that computed them.
    """
    days = computed["as_of"].combine_chunks().unique()
    of_days = pc.is_in(published["as_of"], value_set=days)
    before = published.filter(of_days)
    if not before.num_rows:
        daily = pa.concat_tables([published, computed], promote_options="default")
        return Restated(daily, before.slice(0, 0), computed.num_rows, 0)
    kept, replaced, new = _compared(before, computed)
    daily = [published.filter(pc.invert(of_days)), kept, new]
    gone = replaced.append_column("restated_by", pa.array([run_id] * replaced.num_rows))
    fresh = computed.num_rows - kept.num_rows - _common(before, new)
    return Restated(
        pa.concat_tables(daily, promote_options="default").select(KEY_RESULTS_DAILY.column_names),
        gone.select(KEY_RESULTS_RESTATED.column_names),
        fresh,
        kept.num_rows,
    )


def _compared(before: pa.Table, computed: pa.Table) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The published rows to keep, those to replace, and the computed rows to add."""
    missing = [name for name in computed.column_names if name not in before.column_names]
    for name in missing:  # a column that is newer than the row
        before = before.append_column(name, pa.nulls(before.num_rows, computed[name].type))
    connection = connect()
    connection.register("earlier", before.select(computed.column_names))
    connection.register("computed", computed)
    key = " AND ".join(f'e."{name}" = c."{name}"' for name in _KEY)
    said = [_COMPARED.get(name, f'{{0}}."{name}"') for name in _VALUES]
    same = " AND ".join(f"{one.format('e')} IS NOT DISTINCT FROM {one.format('c')}" for one in said)
    order = ", ".join(f'"{name}"' for name in ("as_of", "cycle_id", "key_result_id"))
    query = "SELECT {0}.* FROM {1} {0} {2} JOIN {3} ON {4} AND {5} ORDER BY {6}"
    kept = arrow(connection, query.format("e", "earlier", "SEMI", "computed c", key, same, order))
    replaced = arrow(
        connection, query.format("e", "earlier", "ANTI", "computed c", key, same, order)
    )
    new = arrow(connection, query.format("c", "computed", "ANTI", "earlier e", key, same, order))
    schema = computed.schema
    return kept.cast(schema), replaced.cast(schema), new.cast(schema)


def _common(before: pa.Table, new: pa.Table) -> int:
    """How many of the new rows replace an earlier one."""
    keys = [
        set(zip(*(table[name].to_pylist() for name in _KEY), strict=True))
        for table in (before, new)
    ]
    return len(keys[0] & keys[1])
