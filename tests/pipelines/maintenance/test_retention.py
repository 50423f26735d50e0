"""How far back is kept: versions of records, Dagster's runs; and what is asked beyond."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import dagster as dg
import pyarrow as pa
import pytest

from pipelines.datasets.issue_names import issue_names
from pipelines.ingest.pull import pull_sources
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.pull_log import PullState
from pipelines.maintenance.dagster_runs import prune_runs
from pipelines.maintenance.raw_versions import drop_old_versions
from pipelines.project import NotKeptError
from pipelines.settings import SettingsError
from tests.support.small_company import KEY_RESULTS, OTHER, SETTINGS, WEEKLY, SmallCompany

FIRST = dt.date(2026, 10, 5)
KEPT = 100
CYCLES = "end: 2026-12-31}, {id: 2027-Q2, start: 2027-04-01, end: 2027-06-30}"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    """A company that was read every twentieth day until April; each time, one amount was another.

    A target and a value changed twice in the autumn.
    """
    one = SmallCompany(tmp_path_factory.mktemp("company"))
    text = SETTINGS.replace("end: 2026-12-31}", CYCLES)
    (one.folder / "okr.yaml").write_text(text + f"retention: {{raw_days: {KEPT}}}\n", "utf-8")
    for number, day in enumerate(days()):
        one.write("other.csv", OTHER.replace("1500", f"{1500 + number}"))
        if number in (1, 2):
            one.write("key-results.csv", KEY_RESULTS.replace(",0,100,", f",0,{100 + number},"))
            one.write("weekly.csv", WEEKLY.replace(",30\n", f",{30 + number}\n"))
        read(one, day)
    return one


def days() -> list[dt.date]:
    return [FIRST + dt.timedelta(days=20 * number) for number in range(11)]


def read(company: SmallCompany, day: dt.date) -> None:
    project = company.project(day)
    assert not any(one.error for one in pull_sources(project, project.settings.source_names))


def cells(company: SmallCompany, day: dt.date, today: dt.date) -> list[tuple[str, str, object]]:
    """What the lake says on ``today`` of the end of a day."""
    scan = company.project(today).on(day).lake_as_of.scan("file_rows")
    query = f"SELECT id, cells, first_seen_at FROM {scan} WHERE NOT deleted ORDER BY id"  # noqa: S608 - our files
    return [tuple(row.values()) for row in arrow(connect(), query).to_pylist()]


def versions(company: SmallCompany, place: str) -> int:
    scan = company.project(FIRST).lake.scan("file_rows", "log")
    query = f"SELECT count(*) AS n FROM {scan} WHERE place = '{place}'"  # noqa: S608 - our files
    return int(arrow(connect(), query)["n"][0].as_py())


@pytest.mark.thorough
def test_old_versions_go_and_no_day_that_is_kept_changes(company: SmallCompany) -> None:
    today = days()[-1]
    project = company.project(today)
    horizon = next(day for day in reversed(days()) if day <= today - dt.timedelta(days=KEPT))
    kept = [day for day in days()[:-1] if day >= horizon]
    before = {day: cells(company, day, today) for day in kept}
    definitions, others = versions(company, "key-results.csv"), versions(company, "other.csv")
    assert (definitions, others) == (6, len(days()))

    drop_old_versions(project, "files")

    assert {day: cells(company, day, today) for day in kept} == before
    assert versions(company, "key-results.csv") == definitions
    assert versions(company, "other.csv") == len(kept) + 1
    assert versions(company, "weekly.csv") == 4  # of the earlier two of one row, none is needed
    assert [pull.at.date() for pull in project.lake.pulls.complete("files")] == [
        *reversed([*kept, today])
    ]

    with pytest.raises(NotKeptError, match=rf"since {horizon} \(retention: raw_days: {KEPT}\)"):
        cells(company, horizon - dt.timedelta(days=1), today)
    log = project.lake.path("file_rows", "log")
    written = sorted(log.rglob("*"))
    drop_old_versions(company.project(today), "files")
    assert sorted(log.rglob("*")) == written


def test_a_running_cycle_keeps_its_whole_course(company: SmallCompany) -> None:
    text = (company.folder / "okr.yaml").read_text("utf-8")
    long = text.replace("2027-04-01, end: 2027-06-30", "2026-10-01, end: 2029-06-30")
    (company.folder / "okr.yaml").write_text(long, "utf-8")
    far = days()[-1] + dt.timedelta(days=400)
    read(company, far)
    before = versions(company, "other.csv")
    drop_old_versions(company.project(far), "files")
    assert versions(company, "other.csv") == before
    (company.folder / "okr.yaml").write_text(text, "utf-8")


def test_less_than_a_night_restates_is_an_error(company: SmallCompany) -> None:
    path = company.folder / "okr.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace(f"raw_days: {KEPT}", "raw_days: 50"), "utf-8")
    with pytest.raises(SettingsError, match="raw_days: 50 is less than publish: restate_days: 92"):
        assert company.project(FIRST).settings
    path.write_text(text, "utf-8")


@dg.job
def nothing() -> None:
    """A job whose runs have a few events each."""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as opened:
        yield opened


def test_dagster_forgets_all_but_the_latest_runs(instance: dg.DagsterInstance) -> None:
    ran = [nothing.execute_in_process(instance=instance).run_id for _ in range(4)]
    assert prune_runs(instance, 6) is None
    assert len(instance.get_run_ids()) == 4
    assert prune_runs(instance, 2) is None
    assert instance.get_run_ids() == ran[:1:-1]
    assert instance.all_logs(ran[-1])
    home = Path(instance.root_directory)
    files = {path.name.partition(".")[0] for path in (home / "history/runs").glob("*.db*")}
    assert files == {"index", *ran[2:]}
    assert prune_runs(instance, 2) is None


def test_a_damaged_storage_is_told_and_stops_nobody(instance: dg.DagsterInstance) -> None:
    for _ in range(2):
        nothing.execute_in_process(instance=instance)
    index = Path(instance.root_directory) / "history/runs/index.db"
    index.write_bytes(b"no database" * 100)
    told = prune_runs(instance, 1)
    assert told is not None
    assert told.startswith("old runs could not be deleted from Dagster's storage: ")


def test_the_names_that_things_had_outlive_the_versions_that_told_them(tmp_path: Path) -> None:
    project = SmallCompany(tmp_path).project(days()[-1])
    lake, connection = project.lake, connect()
    told = ["To check", "Review", "Review", "Checked"]
    for number, name in enumerate(told):
        seen_at = dt.datetime(2026, 10, 5 + number, tzinfo=dt.UTC)
        one = {"place": "WEB", "status_id": "7", "status": name, "seen_at": seen_at}
        rows = pa.Table.from_pylist(
            [one | {"id": id_, "deleted": False} for id_ in ("1", "2")],
            schema=lake.log_schema("jira_issues"),
        )
        lake.append("jira_issues", rows.drop_columns(["landed"]))
    lake.fold("jira_issues", lake.landed("jira_issues"), connection)
    lake.pulls.record("jira", PullState(at=dt.datetime(2026, 10, 5, tzinfo=dt.UTC)))
    lake.pulls.record("jira", PullState(at=dt.datetime(2026, 12, 5, tzinfo=dt.UTC)))

    horizon = dt.datetime(2026, 12, 5, tzinfo=dt.UTC)
    with mock.patch("pipelines.maintenance.raw_versions._horizon", return_value=horizon):
        drop_old_versions(project, "jira")

    log = lake.scan("jira_issues", "log")
    query = f"SELECT status, count(*) AS n FROM {log} GROUP BY ALL ORDER BY min(landed)"  # noqa: S608 - our files
    assert arrow(connect(), query).to_pylist() == [
        {"status": "To check", "n": 1},
        {"status": "Review", "n": 1},
        {"status": "Checked", "n": 2},
    ]
    names = issue_names(lake, ["status"])
    assert names.ids("status", ["to check", "Review", "checked"]) == ["7", "7", "7"]
