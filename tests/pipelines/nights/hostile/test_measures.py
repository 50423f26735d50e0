"""A night with measures in SQL that go too far: each is a finding, and all else is published."""

from __future__ import annotations

import json
from unittest import mock

import pandas as pd
import pytest

from pipelines.lake.confined_sql.process import QueryProcess
from tests.support.company import Company

pytestmark = pytest.mark.night
_DAY = "DATE '2026-11-27' AS day"
_HOSTILE = {
    "KR-16": (f"levenshtein(repeat('ab', 60000), repeat('ba', 60000)) AS value, {_DAY}", "longer"),
    "KR-17": (f"len(range(1000000000)) AS value, {_DAY}", "more than 1 GB of memory"),
    "KR-22": (f"'inf'::DOUBLE AS value, {_DAY}", "not finite"),
    "KR-25": (f"count(*) AS value, {_DAY} FROM read_text('/etc/passwd')", "the streams only"),
}


@pytest.mark.matrix
def test_hostile_queries_cost_no_key_result_but_their_own(after_first_night: Company) -> None:
    company, before = after_first_night, after_first_night.table("key_results")
    queries = {key: sql for key, (sql, _) in _HOSTILE.items()} | {"KR-30": f"7 AS value, {_DAY}"}
    lines = "".join(
        f"  - {{key_result: {key}, measure: {json.dumps(f'sql SELECT {sql}')}}}\n"
        for key, sql in queries.items()
    )
    text = company.settings.read_text("utf-8").replace("measures:\n", f"measures:\n{lines}", 1)
    company.settings.write_text(text, "utf-8")
    with mock.patch.object(QueryProcess, "seconds", 1.0):
        done = company.night(read=False)
    assert (done.exit_code, done.violations, done.crash) == (0, {}, None)
    findings = company.table("findings").query("rule == 'unreadable measure'")
    said = findings.set_index("subject_id")
    assert set(said.index) == set(_HOSTILE)
    for key, (sql, why) in _HOSTILE.items():
        assert why in said.loc[key, "sentence"]
        assert said.loc[key, "evidence"] == f"sql SELECT {sql}"
    measured = company.table("measurements").query("measure == 'sql'")
    assert measured[["key_result_id", "value"]].to_numpy().tolist() == [["KR-30", 7.0]]
    pd.testing.assert_frame_equal(_values(company.table("key_results")), _values(before))


def _values(key_results: pd.DataFrame) -> pd.DataFrame:
    """What is published of all but the one that has a new measure."""
    others = key_results[key_results["key_result_id"] != "KR-30"]
    columns = ["current_value", "current_value_at", "progress", "computed_confidence"]
    return others.set_index(["key_result_id", "cycle_id"])[columns].sort_index()
