"""What happens to a published day when it is computed anew.

What belongs here: which rows of ``key_results_daily`` are replaced, and keeping those that are.
What does not: computing the days (``rebuilding``), writing the tables (``publishing``).

``key_results_daily`` says what was true on a day as far as is known; ``key_results_restated`` keeps
every row that said something else before, with the run that replaced it. A row that comes out the
same is left as it is, so that rebuilding twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from okr_model.tables.key_results import KEY_RESULTS_DAILY, KEY_RESULTS_RESTATED
from pipelines.lake.duckdb_session import arrow, connect

_KEY = KEY_RESULTS_DAILY.key
_SAID = [name for name in KEY_RESULTS_DAILY.column_names if name not in (*_KEY, "run_id")]


@dataclass(frozen=True, slots=True)
class Restated:
    """Days after they were computed anew.

    Attributes:
        daily: ``key_results_daily`` as it is now.
        restated: The rows that ``key_results_restated`` gains.
        new: How many rows are for days or Key Results that had none.
        unchanged: How many came out as they were.
    """

    daily: pa.Table
    restated: pa.Table
    new: int
    unchanged: int


def restate(published: pa.Table, computed: pa.Table, run_id: str) -> Restated:
    """Put ``computed`` rows in place of the published ones of the same days.

    Args:
        published: ``key_results_daily`` so far.
        computed: Rows of the same columns: every Key Result of each day in it.
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
    """The published rows that stand, those that do not, and the computed ones that are new."""
    missing = [name for name in computed.column_names if name not in before.column_names]
    for name in missing:  # a column that is newer than the row
        before = before.append_column(name, pa.nulls(before.num_rows, computed[name].type))
    connection = connect()
    connection.register("earlier", before.select(computed.column_names))
    connection.register("computed", computed)
    key = " AND ".join(f'e."{name}" = c."{name}"' for name in _KEY)
    same = " AND ".join(f'e."{name}" IS NOT DISTINCT FROM c."{name}"' for name in _SAID)
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
    """How many of the new rows take the place of an earlier one."""
    keys = [
        set(zip(*(table[name].to_pylist() for name in _KEY), strict=True))
        for table in (before, new)
    ]
    return len(keys[0] & keys[1])
