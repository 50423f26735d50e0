"""Nights after something of okr-sync's own was lost or damaged."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pandas as pd
import pyarrow as pa
import pytest

from okr_model.finding_rules import Rule
from pipelines.ingest.pull import pull_sources
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.manifest import Manifest, write_manifest
from pipelines.maintenance.examine import (
    LostDecisionsError,
    begin_run,
    ensure_decisions,
    ensure_read_anew,
    record_rewritten,
    record_state,
)
from pipelines.maintenance.streams import LostStreamError
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.past_days import late_entries
from pipelines.project import Project
from pipelines.publish import publish
from pipelines.publish.duckdb_file import update_duckdb
from pipelines.run_status.unchanged_inputs import find_unchanged_run, inputs_digest
from published.tables import PublishedTables
from tests.support.small_company import KEY_RESULTS, WEEKLY, SmallCompany

pytestmark = pytest.mark.night
FRIDAY, SATURDAY = dt.date(2026, 11, 6), dt.date(2026, 11, 7)
DECISION = {
    "decision_id": "D-1",
    "action": "reject",
    "decided_at": dt.datetime(2026, 11, 5, 9, tzinfo=dt.UTC),
    "initiative_id": "files:plan.csv#1",
    "initiative": "A plan",
    "key_result_id": "KR-1",
}


def night(company: SmallCompany, day: dt.date, *, read: bool = True) -> tuple[str, ...]:
    """A night without Dagster; returns what is told of the state."""
    project = company.project(day)
    with project.exclusively():
        told = begin_run(project)
        outcomes = list(pull_sources(project, project.settings.source_names)) if read else []
        assert not any(outcome.error for outcome in outcomes)
        ensure_read_anew(project)
        run_steps(NIGHTLY, project, f"night of {day}")
        late_entries.publish_night(project, f"night of {day}")
        record_state(project)
    return told


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's folder after its first night, with a decision."""
    company = SmallCompany(tmp_path_factory.mktemp("company"))
    DecisionLog(company.project(FRIDAY).paths.decisions).append([DECISION])
    assert night(company, FRIDAY) == ()
    return company.folder


@pytest.fixture
def company(original: Path, tmp_path: Path) -> SmallCompany:
    """The same company, to be damaged."""
    folder = tmp_path / "company"
    again = SmallCompany(folder)
    shutil.rmtree(folder)
    shutil.copytree(original, folder)
    return again


def test_what_an_older_version_left_open_is_tightened_and_said_once(
    company: SmallCompany,
) -> None:
    opened = [data(company), data(company) / "lake", data(company) / "lake/file_rows"]
    for path in opened:
        path.chmod(0o755)
    own = data(company) / "notes.txt"  # somebody else's: the data folder is not for okr-sync alone
    own.write_text("ours", "utf-8")
    own.chmod(0o644)
    project = company.project(SATURDAY)
    with project.exclusively():
        assert begin_run(project) == ()
    assert [stat.S_IMODE(path.stat().st_mode) for path in [*opened, own]] == [
        0o755,
        0o700,
        0o700,
        0o644,
    ]
    (remark,) = project.remarks
    assert "open to other accounts" in remark
    again = company.project(SATURDAY)
    with again.exclusively():
        begin_run(again)
    assert again.remarks == []


def data(company: SmallCompany) -> Path:
    return company.folder / "data"


def values(company: SmallCompany) -> pd.DataFrame:
    return company.table("key_results")[["key_result_id", "current_value", "progress"]]


def test_what_can_be_made_anew_is_and_is_told_once(company: SmallCompany) -> None:
    before = values(company)
    folder = data(company)
    (folder / "published.duckdb").write_bytes(b"\x00garbage" * 5_000)
    (folder / "lake" / "files.attempt.json").write_bytes(b'{"state": "comp')
    (folder / "not-published.json").write_bytes(b"\xff\xfe")
    shutil.rmtree(folder / "lake" / "file_rows" / "current")
    for file in (folder / "published" / "findings").glob("*.parquet"):
        file.unlink()
    (folder / "published.duckdb.99.tmp").write_bytes(b"half a file")
    told = night(company, SATURDAY)
    pd.testing.assert_frame_equal(values(company), before)
    assert len(told) == 5
    findings = company.table("findings")
    found = findings[findings["rule"] == Rule.STATE_MADE_ANEW]
    assert sorted(found["sentence"]) == sorted(told)
    assert set(found["severity"]) == {"warning"}
    assert company.table("key_results_daily")["as_of"].nunique() == 2  # none of it was lost
    aside = folder / "set-aside" / f"{SATURDAY}"
    assert (aside / "published.duckdb").read_bytes().startswith(b"\x00garbage")
    assert not (folder / "published.duckdb.99.tmp").exists()
    project = company.project(SATURDAY)
    assert begin_run(project) == ()
    assert inputs_digest(project) is not None


def test_a_lost_stream_is_read_anew_and_nothing_is_published_before(company: SmallCompany) -> None:
    before, published = values(company), data(company) / "published.duckdb"
    was = published.read_bytes()
    newest = max((data(company) / "lake" / "file_rows" / "log" / "_delta_log").glob("*.json"))
    newest.unlink()
    with pytest.raises(LostStreamError, match="files is lost in part and has not been read again"):
        night(company, SATURDAY, read=False)
    assert published.read_bytes() == was
    (told,) = night(company, SATURDAY)
    assert "lake/file_rows is damaged or gone: files is read anew from its beginning" in told
    pd.testing.assert_frame_equal(values(company), before)


def test_published_days_before_a_loss_are_left_alone(company: SmallCompany) -> None:
    daily = company.table("key_results_daily")
    shutil.rmtree(data(company) / "lake" / "file_rows" / "log")
    company.write("key-results.csv", KEY_RESULTS.replace("10 %,20 %", "10 %,30 %"))
    (told,) = night(company, SATURDAY)
    assert f"days before {SATURDAY} are not computed any more, and stand as published" in told
    company.write("weekly.csv", WEEKLY + f"KR-3,{FRIDAY},18 %\n")
    night(company, SATURDAY + dt.timedelta(days=1))
    rows = company.table("key_results_daily")
    was = rows[rows["as_of"] == FRIDAY].reset_index(drop=True)
    pd.testing.assert_frame_equal(was, daily)
    late = rows[(rows["as_of"] == SATURDAY) & (rows["key_result_id"] == "KR-3")]
    assert list(late["current_value"]) == [18]  # of days since then all is known
    because = f"{SATURDAY} are not computed any more (part of the lake was lost)"
    assert any(because in one for one in company.told)
    answer = company.okr("rebuild", "--from", f"{FRIDAY}", "--to", f"{FRIDAY}")
    assert answer.returncode == 2
    assert f"since {SATURDAY} (part of the lake was lost)" in answer.stderr
    shutil.rmtree(data(company) / "lake" / "pulls")  # which said so
    project = company.project(SATURDAY + dt.timedelta(days=2))
    with project.exclusively():
        begin_run(project)
    assert project.first_kept_day == SATURDAY


def test_a_run_of_a_day_to_come_lets_no_later_one_pass_for_unchanged(
    company: SmallCompany,
) -> None:
    project = company.project(FRIDAY)
    duckdb, digest = project.paths.duckdb, inputs_digest(project)
    runs = PublishedTables(duckdb).rows("runs")
    row = runs.to_pylist()[0] | {"inputs": digest}
    update_duckdb({"runs": pa.Table.from_pylist([row], schema=runs.schema)}, duckdb)
    assert find_unchanged_run(project)
    ahead = row | {"run_id": "ahead", "published_at": row["published_at"] + dt.timedelta(days=99)}
    both = [row | {"inputs": "those of another day"}, ahead]
    update_duckdb({"runs": pa.Table.from_pylist(both, schema=runs.schema)}, duckdb)
    assert find_unchanged_run(project) is None  # the tables are those of the other run


def test_a_lost_pull_log_is_made_of_when_rows_were_read(company: SmallCompany) -> None:
    pulls = company.project(SATURDAY).lake.pulls.complete("files")
    shutil.rmtree(data(company) / "lake" / "pulls")
    project = company.project(SATURDAY)
    with project.exclusively():
        (told,) = begin_run(project)
    assert "lake/pulls is gone: every source is read anew from its beginning" in told
    assert project.lake.pulls.state("files").cursor == {}
    (again,) = project.lake.pulls.complete("files")
    assert (again.at, again.upto) == (pulls[0].at, pulls[0].upto)


def test_a_pull_log_lost_with_the_manifest_is_no_first_night(company: SmallCompany) -> None:
    before, pulls = values(company), company.project(SATURDAY).lake.pulls.complete("files")
    shutil.rmtree(data(company) / "lake" / "pulls")
    shutil.rmtree(data(company) / "backup")
    (data(company) / "state.json").unlink()
    told = night(company, SATURDAY)
    assert [one.partition(":")[0] for one in told] == ["state.json is gone", "lake/pulls is gone"]
    assert [one.at for one in company.project(SATURDAY).lake.pulls.complete("files")][1:] == [
        one.at for one in pulls
    ]
    pd.testing.assert_frame_equal(values(company), before)
    assert company.table("key_results_daily")["as_of"].nunique() == 2


def test_a_first_night_that_was_killed_has_lost_no_pull_log(company: SmallCompany) -> None:
    for lost in ("lake/pulls", "lake/file_rows/current", "published", "lake/decisions", "backup"):
        shutil.rmtree(data(company) / lost)
    for lost in ("published.duckdb", "state.json"):
        (data(company) / lost).unlink()
    project = company.project(FRIDAY)
    write_manifest(project.paths.manifest, Manifest())  # as the night wrote it before it read
    with project.exclusively():
        assert begin_run(project) == ()


class Killed(BaseException):
    """What ends a night as a kill does: nothing is tidied up."""


@pytest.mark.parametrize("day", [FRIDAY, SATURDAY], ids=["first night", "later night"])
def test_tables_of_a_run_that_was_killed_before_readers_saw_them_are_shown_and_not_computed_again(
    company: SmallCompany, day: dt.date
) -> None:
    if day == FRIDAY:
        shutil.rmtree(data(company))
    with (
        mock.patch.object(publish, "write_duckdb", side_effect=Killed),
        pytest.raises(Killed),
    ):
        night(company, day)
    project = company.project(day)
    with project.exclusively():
        assert begin_run(project) == ()
        unchanged = find_unchanged_run(project)
    assert unchanged is not None
    assert unchanged.run_id == f"night of {day}"
    tables = PublishedTables(project.paths.duckdb)
    assert set(tables.frame("key_results")["as_of"]) == {day}
    written = project.paths.duckdb.stat().st_mtime_ns
    again = company.project(day)
    with again.exclusively():
        begin_run(again)
    assert project.paths.duckdb.stat().st_mtime_ns == written, "nothing is left to be done"


BEGUN = (
    "part-00000-1.snappy.parquet",
    "part-00000-1.snappy.parquet#1",
    "_delta_log/_commit_1.tmp",
    None,
)


def killed_at_once(company: SmallCompany) -> tuple[Project, tuple[Path, ...]]:
    """The company as a first night leaves it that was killed before any commit; its folders."""
    shutil.rmtree(data(company))
    project = company.project(FRIDAY)
    write_manifest(project.paths.manifest, Manifest())  # as the night wrote it before it read
    lake, history = project.lake, project.paths.history / "key_results"
    tables = lake.path("file_rows", "log"), lake.path("file_rows", "current"), lake.pulls.path
    for folder in (*tables, history):
        folder.mkdir(parents=True)
    return project, (*tables, history)


def begin(folder: Path, begun: str) -> Path:
    left = folder / begun
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"PAR1")
    return left


@pytest.mark.parametrize("begun", BEGUN)
def test_tables_that_a_killed_first_night_had_only_begun_are_no_damage(
    company: SmallCompany, begun: str | None
) -> None:
    project, folders = killed_at_once(company)
    left = [begin(folder, begun) for folder in folders] if begun else []
    with project.exclusively():
        assert begin_run(project) == ()
    assert not [file for file in left if file.exists()]


def test_the_next_night_takes_no_notice_of_tables_that_were_only_begun(
    company: SmallCompany,
) -> None:
    _, folders = killed_at_once(company)
    left = [begin(*one) for one in zip(folders, BEGUN, strict=True) if one[1]]
    assert night(company, FRIDAY) == ()
    tables = PublishedTables(company.project(FRIDAY).paths.duckdb)
    assert Rule.STATE_MADE_ANEW not in set(tables.frame("findings")["rule"])
    assert not [file for file in left if file.exists()]


def test_a_decision_log_without_its_commits_is_lost_although_no_run_has_recorded_it(
    company: SmallCompany,
) -> None:
    project = company.project(FRIDAY)
    shutil.rmtree(project.paths.decisions, ignore_errors=True)
    shutil.rmtree(project.paths.decisions_backup, ignore_errors=True)
    write_manifest(project.paths.manifest, Manifest())
    DecisionLog(project.paths.decisions).append([DECISION])
    shutil.rmtree(project.paths.decisions / "_delta_log")
    with pytest.raises(LostDecisionsError, match="cannot be read"):
        begin_run(company.project(SATURDAY))


def test_a_day_further_back_than_what_is_kept_is_refused_in_a_sentence(
    company: SmallCompany,
) -> None:
    pulls = company.project(SATURDAY).lake.pulls
    pulls.record("files", replace(pulls.state("files"), at=company.project(SATURDAY).now))
    pulls.forget_before("files", pulls.state("files").at)
    day = "2026-11-02"
    for words in (("rebuild", "--from", day), ("sync", "--offline", "--as-of", day)):
        answer = company.okr(*words)
        assert answer.returncode == 2
        assert f"{day} cannot be computed any more: what was read is kept" in answer.stderr
        assert f"since {SATURDAY} (retention: raw_days: 400)" in answer.stderr


def test_files_written_again_on_purpose_are_no_damage_and_hide_none(company: SmallCompany) -> None:
    commit = max((data(company) / "published" / "findings" / "_delta_log").glob("*.json"))
    commit.write_text(f"{commit.read_text('utf-8')}\n", "utf-8")
    shutil.rmtree(data(company) / "lake" / "file_rows")
    record_rewritten(company.project(SATURDAY))
    (told,) = begin_run(company.project(SATURDAY))
    assert told.startswith("lake/file_rows is damaged or gone")


def restored(company: SmallCompany) -> None:
    folder = data(company)
    shutil.rmtree(folder / "lake" / "decisions", ignore_errors=True)
    shutil.copytree(folder / "backup" / "decisions", folder / "lake" / "decisions")


def forgotten(company: SmallCompany) -> None:
    settings = company.folder / "okr.yaml"
    settings.write_text(f"{settings.read_text('utf-8')}thresholds: {{lost_share: 1}}\n", "utf-8")


@pytest.mark.parametrize(("done", "left"), [(restored, 1), (forgotten, 0)])
@pytest.mark.parametrize("also", ["state.json", "backup", None])
def test_lost_decisions_block_until_they_are_restored_or_given_up(
    company: SmallCompany, done: Callable[[SmallCompany], None], left: int, also: str | None
) -> None:
    project, folder = company.project(SATURDAY), data(company)
    shutil.rmtree(folder / "lake" / "decisions")
    if also == "state.json":
        (folder / also).unlink()
    elif also:
        (folder / also).rename(folder / "elsewhere")
    with pytest.raises(LostDecisionsError, match="in its place, or" if also != "backup" else "own"):
        begin_run(project)
    with pytest.raises(LostDecisionsError):
        ensure_decisions(project)
    if also == "backup":
        (folder / "elsewhere").rename(folder / also)
    done(company)
    begin_run(company.project(SATURDAY))
    assert len(DecisionLog(project.paths.decisions).frame()) == left
    begin_run(company.project(SATURDAY))
