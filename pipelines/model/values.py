"""The step ``values``: each Key Result's values, read and measured, by the day they are true for.

What belongs here: bringing read, measured and stated values together. What does not: evaluating a
measure (``measures``) and choosing between values (``okr_model.progress``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from okr_model.findings import join_findings
from okr_model.measures.evaluation_days import measuring_days
from okr_model.measures.shared_metrics import shared_metrics
from okr_model.progress.assumed_directions import unclear_directions
from okr_model.progress.value_series import all_measurements
from pipelines.lake.duckdb_session import connect
from pipelines.model.content.aliases import aliases_in
from pipelines.model.content.records import declared_cycles
from pipelines.model.measures.key_results import measured_on
from pipelines.model.steps import Frames, StepInputs
from pipelines.run_status.unread import unread_frame


def compute_values(inputs: StepInputs, more_days: Sequence[dt.date] = ()) -> Frames:
    """Evaluate every declared measure and join its values with those that were read.

    Windows are evaluated on each measuring day and on ``more_days``.
    """
    project, frames = inputs.project, inputs.frames
    key_results, check_ins = frames["content.key_results"], frames["content.check_ins"]
    cycles, aliases = declared_cycles(project), aliases_in(frames["content.aliases"])
    days = sorted({*measuring_days(cycles, project.clock.as_of), *more_days})
    measured = measured_on(project, connect(), key_results, aliases, days, more_days)
    parts = [part for part in (frames["content.measurements"], measured.values) if len(part)]
    both = pd.concat(parts, ignore_index=True) if parts else frames["content.measurements"]
    measurements = all_measurements(key_results, both, check_ins, measured.check_ins)
    return {
        "measurements": measurements,
        "depends": measured.sources,
        "unread": unread_frame(measured.unread, project.settings.organization.zone),
        "findings": join_findings(
            [
                measured.findings,
                shared_metrics(measured.declared, key_results),
                unclear_directions(key_results, measurements),
            ]
        ),
    }
