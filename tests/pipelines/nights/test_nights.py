"""Night after night: what is read again, stale or refused, and what a kill leaves."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from okr_model.tables import TABLES
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.tables import Lake
from pipelines.nightly_run import NightlyResult
from pipelines.project import Project
from pipelines.run_status.unchanged_inputs import inputs_digest
from sandbox.company import ids
from tests.support.company import OKR, Company

# What differs between two runs that published the same: who ran, and when something was read.
_OF_THE_RUN = ("run_id", "seen_at", "started_at", "published_at", "stale_since")


def night(company: Company, *, read: bool = True, publish: bool = True) -> NightlyResult:
    """A night that must go well."""
    done = company.night(read=read, publish=publish)
    assert not done.crash
    assert not done.violations
    assert not done.failed_sources
    return done


def asked(company: Company, since: int) -> list[str]:
    return [f"{seen.service} {seen.path}" for seen in company.box.requests[since:]]


def changed(done: NightlyResult) -> dict[str, int]:
    return {name: attempt["changed"] for name, attempt in done.attempts.items()}


def last_cell(company: Company, key_result_id: str) -> str:
    """Where the latest value of a Key Result stands: the lineage that the table itself gives."""
    rows = company.table("measurements").sort_values("date")
    field = rows.loc[rows["key_result_id"] == key_result_id, "field"].iloc[-1]
    return str(field).split("(")[1].strip(")")


def comparable(company: Company, table: str) -> pd.DataFrame:
    frame = company.table(table)
    kept = [name for name in frame.columns if not name.endswith(_OF_THE_RUN)]
    rows = frame[kept].sort_values(kept[:3]).reset_index(drop=True)
    return rows.astype("str")


def test_a_quiet_night_fetches_no_issue_again(fresh: Company) -> None:
    night(fresh)
    before = {table.name: comparable(fresh, table.name) for table in TABLES if table.name != "runs"}
    mark = len(fresh.box.requests)
    said = night(fresh)
    paths = asked(fresh, mark)
    assert not [path for path in paths if "bulkfetch" in path or "remotelink" in path]
    assert sum(path.startswith("jira") for path in paths) == 2
    assert changed(said) == {"jira": 0, "notion": 0, "sheets": 0}
    assert (said.attempts["jira"]["rows"], said.attempts["sheets"]["rows"]) == (0, 0)
    for name, frame in before.items():
        if name != "sources":
            pd.testing.assert_frame_equal(comparable(fresh, name), frame)


def test_where_nothing_changed_the_tables_stand_and_only_freshness_is_published(
    fresh: Company,
) -> None:
    first = night(fresh)
    read = fresh.table("sources").set_index("source")["last_complete_at"]
    fresh.box.clock.advance(60)
    second = night(fresh)
    assert second.unchanged is not None
    assert second.run_id == second.unchanged.run_id == first.run_id
    assert second.exit_code == 0
    assert set(fresh.table("key_results")["run_id"]) == {first.run_id}
    later = fresh.table("sources").set_index("source")
    assert (later["last_complete_at"] > read).all()
    runs = fresh.table("runs").sort_values("published_at")
    assert len(runs) == 2
    assert runs["inputs"].nunique() == 1
    assert runs["key_results"].nunique() == 1
    assert set(later["run_id"]) == {runs["run_id"].iloc[-1]} != {first.run_id}


def test_a_run_without_reading_computes_everything_anew_and_the_same(fresh: Company) -> None:
    night(fresh)
    before = {table.name: comparable(fresh, table.name) for table in TABLES if table.name != "runs"}
    again = night(fresh, read=False)
    assert again.unchanged is None
    assert set(fresh.table("key_results")["run_id"]) == {again.run_id}
    for name, frame in before.items():
        pd.testing.assert_frame_equal(comparable(fresh, name), frame)


def test_nothing_stands_on_other_settings_or_on_a_source_that_failed(fresh: Company) -> None:
    night(fresh)
    text = fresh.settings.read_text(encoding="utf-8")
    fresh.settings.write_text(text + "thresholds: {pace_tolerance: 0.3}\n", encoding="utf-8")
    assert night(fresh).unchanged is None
    fresh.box.switch_off("notion")
    assert fresh.night().unchanged is None
    assert fresh.table("key_results")["stale_since"].notna().any()
    fresh.box.switch_on("notion")
    assert night(fresh).unchanged is None
    assert fresh.table("key_results")["stale_since"].isna().all()
    assert night(fresh).unchanged is not None


def test_the_digest_of_the_inputs_tells_days_and_lakes_apart(fresh: Company) -> None:
    night(fresh)
    with mock.patch.dict("os.environ", fresh.environment):
        project = Project(fresh.settings)
        today = inputs_digest(project)
        assert today == inputs_digest(Project(fresh.settings))
        assert today != inputs_digest(Project(fresh.settings, dt.date(2026, 11, 29)))
        fold = fresh.folder / "data/lake/sheet_rows/current/_delta_log"
        (fold / f"{len(list(fold.glob('*.json'))):020}.json").write_text("{}", encoding="utf-8")
        assert today != inputs_digest(Project(fresh.settings))


def test_one_issue_one_page_and_one_cell_are_read_again_and_no_more(fresh: Company) -> None:
    night(fresh)
    fresh.box.clock.advance(3600)
    fresh.box.jira.edit_issue("SUP-6", labels=["KR-18"])
    page = ids.page_id("key_results", "KR-16")
    fresh.box.notion.edit_page(page, Target="70 %")
    metrics = ids.spreadsheet_id("metrics")
    fresh.box.sheets.set_cell(metrics, last_cell(fresh, "KR-25"), 2.8)
    mark = len(fresh.box.requests)
    said = night(fresh)
    paths = asked(fresh, mark)
    assert changed(said) == {"jira": 2, "notion": 1, "sheets": 1}  # the issue and its log entry
    assert len([path for path in paths if "/v4/spreadsheets/" in path]) == 1
    assert len([path for path in paths if "remotelink" in path]) == 1
    assert fresh.key_result("KR-18")["initiatives"] == 1
    assert fresh.key_result("KR-16")["target"] == 70
    assert fresh.key_result("KR-25")["current_value"] == pytest.approx(2.8)


def test_a_late_value_restates_the_days_it_is_true_for(fresh: Company) -> None:
    night(fresh)
    metrics = ids.spreadsheet_id("metrics")
    before = fresh.key_result("KR-26")
    rows = fresh.table("measurements")
    mine = rows[rows["key_result_id"] == "KR-26"].sort_values("date")
    older = mine.iloc[-3]
    address = str(older["field"]).split("(")[1].strip(")")
    fresh.box.sheets.set_cell(metrics, address, 0.11)
    night(fresh)
    after = fresh.key_result("KR-26")
    assert after["current_value"] == before["current_value"]
    rows = fresh.table("measurements")
    restated = rows[(rows["key_result_id"] == "KR-26") & (rows["date"] == older["date"])]
    assert list(restated["value"]) == [pytest.approx(11.0)]
    assert restated["seen_at"].iloc[0] > older["seen_at"]


def test_a_deleted_issue_leaves_the_tables(fresh: Company) -> None:
    night(fresh)
    assert "SUP-6" in set(fresh.table("initiatives")["initiative"])
    fresh.box.jira.delete_issue("SUP-6")
    said = night(fresh)
    assert said.attempts["jira"]["deleted"] == 1
    assert "SUP-6" not in set(fresh.table("initiatives")["initiative"])


def test_a_source_that_is_down_stops_nobody_and_is_named(fresh: Company) -> None:
    night(fresh)
    metrics = ids.spreadsheet_id("metrics")
    fresh.box.sheets.set_cell(metrics, last_cell(fresh, "KR-26"), 0.2)
    fresh.box.switch_off("jira")
    done = fresh.okr("sync")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "jira    FAILED" in done.stdout
    rows = fresh.table("key_results").set_index("key_result_id")
    assert rows.loc["KR-26", "current_value"] == pytest.approx(20.0)
    assert pd.notna(rows.loc["KR-17", "stale_since"])
    assert "jira could not be read" in rows.loc["KR-17", "stale_reason"]
    assert pd.isna(rows.loc["KR-30", "stale_since"])  # a sheet's, and no initiative in Jira
    assert rows.loc["KR-17", "current_value"] == pytest.approx(29.25)
    sources = fresh.table("sources").set_index("source")
    assert dict(sources["state"]) == {"jira": "failed", "notion": "complete", "sheets": "complete"}
    assert rows.loc["KR-17", "stale_since"] == sources.loc["jira", "last_complete_at"]
    run = fresh.table("runs").sort_values("published_at").iloc[-1]
    assert (run["outcome"], list(run["failed_sources"])) == ("sources missing", ["jira"])
    assert "stale since" in fresh.okr("show").stdout
    fresh.box.switch_on("jira")
    night(fresh)
    assert fresh.table("key_results")["stale_since"].isna().all()


def test_a_place_that_is_out_of_reach_makes_stale_what_depends_on_it(fresh: Company) -> None:
    night(fresh)
    fresh.box.sheets.revoke(ids.spreadsheet_id("german"))
    done = fresh.night()
    assert done.published
    assert done.exit_code == 3
    assert len(done.unreached) == 1
    rows = fresh.table("key_results").set_index("key_result_id")
    stale = set(rows.index[rows["stale_since"].notna()])
    assert stale == {f"KR-{n}" for n in (4, 5, 6, 19, 20, 21)}
    assert (rows["value_state"] == "measured").all()
    fresh.box.sheets.share(ids.spreadsheet_id("german"), _reader(fresh))
    night(fresh)
    assert fresh.table("key_results")["stale_since"].isna().all()


def _reader(company: Company) -> str:
    key = json.loads((company.folder / "service-account.json").read_text("utf-8"))
    return str(key["client_email"])


def test_a_renamed_column_stops_only_its_own_dataset(fresh: Company) -> None:
    night(fresh)
    before = comparable(fresh, "measurements")
    sheet = ids.spreadsheet_id("metrics")
    header = next(row for row in range(1, 6) if _holds(fresh, sheet, row))
    for column, row in ((last_cell(fresh, "KR-26"), None), (f"Weekly!C{header}", header)):
        fresh.box.sheets.set_cell(sheet, column, "Amount" if row else 0.5)
    german = ids.spreadsheet_id("german")
    fresh.box.sheets.set_cell(german, last_cell(fresh, "KR-19"), 9999)
    for _ in range(2):  # the second night has nothing new, and still says so
        done = fresh.okr("sync")
        assert done.returncode == 3, done.stdout
        assert "NOT READ: The measurements from sheets cannot be read" in done.stdout
        rows = fresh.table("key_results").set_index("key_result_id")
        assert rows.loc["KR-19", "current_value"] == 9999
        assert pd.isna(rows.loc["KR-19", "stale_since"])
        assert "They stand as last read on" in rows.loc["KR-26", "stale_reason"]
        now = comparable(fresh, "measurements")
        mine = ~now["key_result_id"].isin(["KR-19"])
        others = ~before["key_result_id"].isin(["KR-19"])
        pd.testing.assert_frame_equal(
            now[mine].reset_index(drop=True), before[others].reset_index(drop=True)
        )
    assert fresh.night(read=False).exit_code == 3  # the lake alone says the same
    run = fresh.table("runs").sort_values("published_at").iloc[-1]
    assert (run["outcome"], len(run["failed_sources"])) == ("sources missing", 1)
    fresh.box.sheets.set_cell(sheet, f"Weekly!C{header}", "Value")
    night(fresh)
    rows = fresh.table("key_results").set_index("key_result_id")
    assert rows["stale_since"].isna().all()
    assert rows.loc["KR-26", "current_value"] == 50.0


def test_a_blocked_night_is_explained_until_one_is_published(fresh: Company) -> None:
    text = fresh.settings.read_text("utf-8")
    fresh.settings.write_text(text.replace("id: 2026-Q4", "id: 2026-Q5"), "utf-8")
    done = fresh.okr("sync")
    said = "15 Key Results name a cycle that settings do not have: 2026-Q4"
    assert done.returncode == 1
    assert said in done.stdout
    found = fresh.okr("findings")
    assert found.returncode == 0
    assert "NOT PUBLISHED" in found.stdout
    assert said in found.stdout
    rows = json.loads(fresh.okr("findings", "--json").stdout)
    assert {row["published"] for row in rows} == {False}
    assert any(row["rule"] == "no cycle" and row["evidence"] == "2026-Q4" for row in rows)
    fresh.settings.write_text(text, "utf-8")
    night(fresh)
    assert "NOT PUBLISHED" not in fresh.okr("findings").stdout


def test_without_one_key_result_the_reasons_are_told(fresh: Company) -> None:
    text = fresh.settings.read_text("utf-8")
    for cycle in ("Q3", "Q4"):
        text = text.replace(f"id: 2026-{cycle}", f"id: 2025-{cycle}")
    fresh.settings.write_text(text, "utf-8")
    done = fresh.night()
    assert done.exit_code == 1
    assert "no cycle (" in done.violations["key_results_found"]
    assert "names cycle 2026-Q" in done.violations["key_results_found"]


def test_an_empty_lake_and_a_folder_that_cannot_be_written_are_told_in_a_sentence(
    fresh: Company,
) -> None:
    offline = fresh.okr("sync", "--offline")
    assert offline.returncode == 2
    assert offline.stderr.strip().endswith("the lake is empty. Run: okr sync")
    (fresh.folder / "file").write_text("in the way", "utf-8")
    text = fresh.settings.read_text("utf-8")
    fresh.settings.write_text(text.replace("data: data ", "data: file/data "), "utf-8")
    done = fresh.okr("sync")
    assert done.returncode == 2
    assert "cannot be written (Not a directory)" in done.stderr
    assert "Traceback" not in done.stderr


def _holds(company: Company, sheet: str, row: int) -> bool:
    query = (
        f"SELECT count(*) AS n FROM {Lake(company.folder / 'data/lake').scan('sheet_rows')} "  # noqa: S608 - our own files
        "WHERE spreadsheet = ? AND tab = 'Weekly' AND row = ? AND cells LIKE '%\"Value\"%'"
    )
    return bool(arrow(connect(), query, [sheet, row]).to_pylist()[0]["n"])


def test_the_lake_alone_gives_the_same_tables(fresh: Company) -> None:
    night(fresh)
    before = comparable(fresh, "key_results")
    for service in ("jira", "notion", "google"):
        fresh.box.switch_off(service)
    night(fresh, read=False)
    pd.testing.assert_frame_equal(comparable(fresh, "key_results"), before)


def test_a_dry_run_publishes_nothing(fresh: Company) -> None:
    assert not night(fresh, publish=False).published
    assert "nothing is published yet" in fresh.okr("show").stderr


def test_two_runs_at_once_are_refused(fresh: Company) -> None:
    fresh.box.latency = 0.5
    first = subprocess.Popen(
        [str(OKR), "sync"],
        env={**fresh.environment, "OKR_CONFIG": str(fresh.settings)},
        stdout=subprocess.DEVNULL,
    )
    while not fresh.box.requests:
        assert first.poll() is None
    second = fresh.okr("sync")
    fresh.box.latency = 0
    assert first.wait(60) == 0
    assert second.returncode == 2
    assert "another run" in second.stderr


_KILLER = """
import os, sys
from deltalake import DeltaTable
from pipelines.lake.tables import Lake
from pipelines.publish import history
left = int(sys.argv[1])
def about_to_commit(*_):
    global left
    if left == 0:
        os._exit(137)
    left -= 1
Lake._about_to_commit = about_to_commit
history.about_to_commit = about_to_commit
sys.argv = ["okr", "sync"]
from pipelines.cli.app import main
main()
"""


def test_killed_between_any_two_commits_the_next_run_publishes_the_same(
    fresh: Company, tmp_path: Path
) -> None:
    night(fresh)
    names = [table.name for table in TABLES if table.name not in ("runs", "sources")]
    quiet = {name: comparable(fresh, name) for name in names}
    survived = 0
    for commits in range(0, 98, 14):
        folder = tmp_path / f"killed-{commits}"
        fresh.box.write_settings(folder)
        victim = Company(fresh.box, folder)
        killed = subprocess.run(
            [sys.executable, "-c", _KILLER, str(commits)],
            env={**victim.environment, "OKR_CONFIG": str(victim.settings)},
            capture_output=True,
            check=False,
        )
        survived += killed.returncode == 0
        assert killed.returncode in (0, 137), killed.stderr.decode()
        night(victim)
        for name, frame in quiet.items():
            pd.testing.assert_frame_equal(comparable(victim, name), frame, obj=f"{name}@{commits}")
        if survived:
            break
    assert survived == 1, "the last round must outlive its commits, or not all were tried"
