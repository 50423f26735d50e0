"""Every value on every day of the sample company's quarters is the one its definition states."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from okr_model.progress.value_series import current_values
from pipelines.lake.duckdb_session import connect
from pipelines.lake.step_files import StepFiles
from pipelines.model.measures.key_results import measured_on
from pipelines.project import Project
from sandbox.company.truth import load
from tests.support.company import Company

pytestmark = pytest.mark.night


@pytest.fixture(scope="module")
def staged(published: Company) -> StepFiles:
    return published.step_files()


def test_every_value_on_every_day_is_the_true_one(published: Company, staged: StepFiles) -> None:
    truth = load()
    first = min(cycle.start for cycle in truth.cycles)
    days = [first + dt.timedelta(days=n) for n in range((truth.as_of - first).days + 1)]
    key_results = staged.read("content.key_results")
    read = staged.read("values.measurements")
    read = read[read["measure"] != "jira median"]
    project = Project(published.settings, with_secrets=False)
    measured = measured_on(project, connect(), key_results, {}, days).values
    check_ins = staged.read("content.check_ins")
    wrong, checked = [], 0
    for day in days:
        known = pd.concat([read, measured[measured["date"] <= pd.Timestamp(day)]])
        found = current_values(key_results, known, check_ins, day).set_index("key_result_id")
        for key_result_id, definition in truth.key_results.items():
            if day < truth.cycle(definition.cycle).start:
                continue
            true = truth.value(key_result_id, day)
            value = found.loc[key_result_id, "current_value"]
            expected = None if true is None else pytest.approx(true.value, rel=1e-9)
            if (None if pd.isna(value) else value) != expected:
                wrong.append((key_result_id, day, value, true))
            checked += 1
    assert not wrong, f"{len(wrong)} of {checked}: {wrong[:10]}"
    assert checked > 3000
