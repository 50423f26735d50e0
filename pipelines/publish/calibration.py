"""The ``calibration`` table: scoring the calls of past cycles from the published history.

What belongs here: selecting the rows of ``key_results_daily`` that count; done whenever that table
is published. What does not: which calls count and how they are scored
(:mod:`okr_model.forecast.calibration`).
"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc

from okr_model.forecast.calibration import DAILY_COLUMNS, calibration, past_calls
from okr_model.tables import CALIBRATION
from okr_model.tables.contract import arrow_schema, conform
from pipelines.publish.history import to_arrow
from pipelines.publish.present_ids import under_present_ids
from pipelines.settings import Settings


def calibration_table(settings: Settings, daily: pa.Table) -> pa.Table:
    """The table ``calibration``, computed from ``key_results_daily``."""
    rows = of_ended_cycles(daily) if daily.num_rows else daily
    if not rows.num_rows:
        return arrow_schema(CALIBRATION).empty_table()
    rows = under_present_ids(rows.select([*DAILY_COLUMNS, "former_ids"]))
    frame = rows.select(DAILY_COLUMNS).to_pandas(date_as_object=False)
    calls = past_calls(frame, settings.calibration.levels)
    scored = calibration(calls, settings.calibration.fewest_key_results)
    return to_arrow(conform(scored, CALIBRATION), CALIBRATION)


def of_ended_cycles(daily: pa.Table) -> pa.Table:
    """The rows of ended cycles: the days of the cycle, the month after it, and the latest day.

    A Key Result that is no longer defined gets its outcome from that month. Later rows say the same
    and are left out, so the work does not grow with the number of runs.
    """
    last = pc.max(daily["as_of"])
    ended = pc.less(daily["cycle_end"], last)
    month = pa.scalar(dt.timedelta(days=31), pa.duration("s"))
    until = pc.add(pc.cast(daily["cycle_end"], pa.timestamp("s")), month)
    near = pc.less_equal(pc.cast(daily["as_of"], pa.timestamp("s")), until)
    newest = pc.equal(daily["as_of"], last)
    return daily.filter(pc.and_(ended, pc.or_(near, newest)))
