"""``okr_sync.table``: a published table in one line, of today or of a past day."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

import okr_sync
from okr_model.tables import BY_NAME, KEY_RESULTS
from okr_model.tables.contract import arrow_schema, violations
from okr_sync.frames import framed
from tests.support.published.nights import PublishedNights

THURSDAY, FRIDAY, SATURDAY = (dt.date(2026, 11, day) for day in (5, 6, 7))
SEEN = dt.datetime(2026, 11, 5, 0, 30, 0, 123456, tzinfo=dt.UTC)


def key_result(key: str, value: float | None, **more: Any) -> dict[str, Any]:
    state = "no value" if value is None else "measured"
    told = {"key_result_id": key, "current_value": value, "value_state": state, "record_id": key}
    return {**told, "progress_state": "computed", "evidence_state": "enough", **more}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> PublishedNights:
    """Thursday twice, the second time corrected; on Friday another Objective is there."""
    one = PublishedNights(tmp_path_factory.mktemp("nights"))
    objective = {"objective_id": "O-1", "record_id": "1", "progress": 0.25}
    full = key_result(
        "KR-1",
        30.0,
        teams=["Sales", "Ops"],
        value_age_days=2,
        current_value_seen_at=SEEN,
        due_on=FRIDAY,
        statement="=1+1; “é”",
    )
    one.night(THURSDAY, key_results=[full, key_result("KR-2", None)], objectives=[objective])
    late = full | {"current_value": 40.0}
    one.night(THURSDAY, key_results=[late, key_result("KR-2", None)])
    one.night(FRIDAY, key_results=[late], objectives=[objective | {"progress": 0.5}])
    return one


def table(nights: PublishedNights, *asked: Any, **more: Any) -> Any:
    return okr_sync.table(*asked, **more, config=nights.settings)


def test_every_table_has_the_types_of_the_contract_in_every_frame(nights: PublishedNights) -> None:
    for name, declared in BY_NAME.items():
        rows = table(nights, name, frame="arrow")
        assert rows.schema == arrow_schema(declared)
        assert violations(framed(rows, "pandas"), declared) == []
        assert framed(rows, "polars").columns == declared.column_names


def test_values_are_the_same_in_every_frame(nights: PublishedNights) -> None:
    rows = table(nights, "key_results", frame="arrow").to_pylist()
    (row,) = table(nights, "key_results", frame="polars").to_dicts()
    assert row == {**rows[0], "current_value_seen_at": row["current_value_seen_at"]}
    assert row["current_value_seen_at"] == SEEN
    (one,) = table(nights, "key_results").to_dict("records")
    assert (one["current_value"], one["value_age_days"], one["due_on"]) == (40.0, 2, FRIDAY)
    assert list(one["teams"]) == row["teams"] == ["Sales", "Ops"]
    assert one["current_value_seen_at"] == pd.Timestamp(SEEN)
    assert one["statement"] == row["statement"] == "=1+1; “é”"
    assert pd.isna(one["settle_days"])


@pytest.mark.parametrize("day", ["2026-11-05", THURSDAY, pd.Timestamp(THURSDAY)])
def test_a_past_day_is_as_its_night_published_it(nights: PublishedNights, day: Any) -> None:
    rows = table(nights, "key_results", day).set_index("key_result_id")
    assert rows["current_value"].to_dict()["KR-1"] == 30.0  # not as it was corrected since
    assert pd.isna(rows.loc["KR-2", "current_value"])
    assert rows["value_state"].to_dict() == {"KR-1": "measured", "KR-2": "no value"}
    assert violations(rows.reset_index(), KEY_RESULTS) == []
    (objective,) = table(nights, "objectives", day, frame="arrow").to_pylist()
    assert (objective["progress"], objective["run_id"]) == (0.25, "run-1")


def test_the_key_results_of_a_day_outlast_their_versions(
    nights: PublishedNights, tmp_path: Path
) -> None:
    later = PublishedNights(tmp_path)
    shutil.copytree(nights.folder / "data", tmp_path / "data")
    for folder in later.history.iterdir():
        shutil.rmtree(folder)
    assert len(table(later, "key_results", THURSDAY)) == 2
    with pytest.raises(okr_sync.UserError, match="objectives of 2026-11-05 is no longer kept"):
        table(later, "objectives", THURSDAY)


def test_files_of_a_version_that_were_dropped_are_told(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    one.night(THURSDAY, objectives=[{"objective_id": "O-1", "record_id": "1"}])
    one.night(FRIDAY)
    for file in (one.history / "objectives").glob("*.parquet"):
        file.unlink()
    with pytest.raises(okr_sync.UserError, match=r"for 30 days \(retention: published_versions_da"):
        table(one, "objectives", THURSDAY)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("goals",), "no table 'goals'. There are: key_results, key_results_daily,"),
        (("key_results", SATURDAY), "The nearest published day is 2026-11-06."),
        (("objectives", SATURDAY), "The nearest day that a run published is 2026-11-06."),
        (("runs", THURSDAY), "runs has the rows of all days at once: leave out the day"),
        (("link_history", THURSDAY), "link_history has the rows of all days at once"),
    ],
)
def test_what_cannot_be_had_is_told_in_a_sentence(
    nights: PublishedNights, asked: tuple[Any, ...], told: str
) -> None:
    with pytest.raises(okr_sync.UserError) as refused:
        table(nights, *asked)
    assert told in str(refused.value)


def test_a_frame_that_is_not_there_is_told(
    nights: PublishedNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(okr_sync.UserError, match=r"no frame 'dask'\. There are: pandas, polars"):
        table(nights, "runs", frame="dask")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(okr_sync.UserError, match=r"pip install \"okr-sync\[polars\]\""):
        table(nights, "runs", frame="polars")


def test_before_the_first_night_nothing_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(okr_sync.UserError, match=r"nothing is published yet\. Run: okr sync"):
        table(PublishedNights(tmp_path), "key_results")


def test_a_file_of_an_earlier_version_lacks_tables_and_columns(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    one.night(THURSDAY, key_results=[key_result("KR-1", 1.0)])
    with duckdb.connect(str(one.duckdb)) as connection:
        connection.execute("DROP TABLE okr.kpis; ALTER TABLE okr.key_results DROP COLUMN findings")
        connection.execute("ALTER TABLE okr.key_results ADD COLUMN gone INTEGER")
    with pytest.raises(okr_sync.UserError, match="kpis has not been published yet"):
        table(one, "kpis")
    rows = table(one, "key_results")
    assert list(rows.columns) == KEY_RESULTS.column_names
    assert rows["findings"].isna().all()
    assert rows["findings"].dtype == pd.Int64Dtype()
    arrow: pa.Table = table(one, "key_results", frame="arrow")
    assert arrow.schema.field("findings").nullable


@pytest.mark.parametrize(
    "day", ["yesterday", "20261128", 20261128, "", "2026-02-30", 1.5, "2026-W48-1"]
)
def test_what_is_no_day_is_told_in_a_sentence(nights: PublishedNights, day: Any) -> None:
    with pytest.raises(okr_sync.UserError, match=r"is no day\. Write it as 2026-11-20"):
        table(nights, "key_results", day)
