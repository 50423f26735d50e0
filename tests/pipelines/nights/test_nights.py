"""Night after night: what is read again, stale or refused, and what a kill leaves."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from okr_model.tables import TABLES
from pipelines.cli.app import main
from pipelines.lake.delta import LAKE_DAYS, tidy
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.tables import Lake
from pipelines.nightly_run import NightlyResult
from pipelines.project import Project
from pipelines.publish import history
from pipelines.run_status.unchanged_inputs import find_unchanged_run, inputs_digest
from sandbox.company import ids
from tests.support.company import Company, FirstNight, comparable, copy_of, everything, good_night


def asked(company: Company) -> list[str]:
    return [f"{seen.service} {seen.path}" for seen in company.box.requests]


def changed(done: NightlyResult) -> dict[str, int]:
    return {name: attempt["changed"] for name, attempt in done.attempts.items()}


def last_cell(company: Company, key_result_id: str) -> str:
    """Where the latest value of a Key Result stands: the lineage that the table itself gives."""
    rows = company.table("measurements").sort_values("date")
    field = rows.loc[rows["key_result_id"] == key_result_id, "field"].iloc[-1]
    return address_in(field)


def address_in(field: object) -> str:
    """The cell's address in a published measurement's field."""
    return str(field).split("(")[1].strip(")")


def test_a_quiet_night_fetches_no_issue_again(after_first_night: Company) -> None:
    company = after_first_night
    before = everything(company)
    said = good_night(company)
    paths = asked(company)
    assert not [path for path in paths if "bulkfetch" in path or "remotelink" in path]
    assert sum(path.startswith("jira") for path in paths) == 3  # one for the fields
    assert changed(said) == {"jira": 0, "notion": 0, "sheets": 0}
    assert (said.attempts["jira"]["rows"], said.attempts["sheets"]["rows"]) == (0, 0)
    for name, frame in before.items():
        if name != "sources":
            pd.testing.assert_frame_equal(comparable(company, name), frame)


def test_where_nothing_changed_the_tables_stand_and_only_freshness_is_published(
    after_first_night: Company,
) -> None:
    company, first = after_first_night, after_first_night.published_run()
    read = company.table("sources").set_index("source")["last_complete_at"]
    company.box.clock.advance(60)
    with_targets(company, "{name: files, kind: parquet, folder: exports}")
    second = good_night(company)
    assert second.unchanged is not None
    assert second.run_id == second.unchanged.run_id == first
    assert second.exit_code == 0
    assert set(company.table("key_results")["run_id"]) == {first}
    later = company.table("sources").set_index("source")
    assert (later["last_complete_at"] > read).all()
    runs = company.table("runs").sort_values("published_at")
    assert len(runs) == 2
    assert runs["inputs"].nunique() == 1
    assert runs["key_results"].nunique() == 1
    assert set(later["run_id"]) == {runs["run_id"].iloc[-1]} != {first}
    assert [(one.name, one.error) for one in second.targets] == [("files", None)]
    assert held_by(company.folder / "exports") == (later["run_id"].iloc[0], 2)


def test_nothing_stands_on_other_settings(after_first_night: Company) -> None:
    company, settings = after_first_night, after_first_night.settings
    with mock.patch.dict("os.environ", company.environment):
        assert find_unchanged_run(Project(settings)) is not None
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text + "thresholds: {pace_tolerance: 0.3}\n", encoding="utf-8")
        assert find_unchanged_run(Project(settings)) is None


def test_the_digest_of_the_inputs_tells_days_and_lakes_apart(after_first_night: Company) -> None:
    company = after_first_night
    with mock.patch.dict("os.environ", company.environment):
        project = Project(company.settings)
        today = inputs_digest(project)
        assert today == inputs_digest(Project(company.settings))
        assert today != inputs_digest(Project(company.settings, dt.date(2026, 11, 29)))
        path = project.lake.path("sheet_rows", "current")
        tidy(path, LAKE_DAYS)
        assert today == inputs_digest(Project(company.settings))
        table, folded = DeltaTable(str(path)), Transaction("landing", 99)
        none, number = table.to_pyarrow_table().slice(0, 0), CommitProperties(None, None, [folded])
        write_deltalake(table, none, mode="append", commit_properties=number)
        assert today != inputs_digest(Project(company.settings))


@dataclass
class SecondNight:
    """A night after one issue, one page and two cells were edited and an issue was deleted."""

    company: Company
    done: NightlyResult
    asked: list[str]
    older: pd.Series  # the measurement whose cell was corrected
    latest_before: float


@pytest.fixture(scope="module")
def second_night(first_night: FirstNight, tmp_path_factory: pytest.TempPathFactory) -> SecondNight:
    """Tests must not change it, nor ask its services."""
    with first_night.restored() as company:
        box, metrics = company.box, ids.spreadsheet_id("metrics")
        rows = company.table("measurements")
        older = rows[rows["key_result_id"] == "KR-26"].sort_values("date").iloc[-3]
        assert "SAL-3" in set(company.table("initiatives")["initiative"])
        box.clock.advance(3600)
        box.jira.edit_issue("SUP-6", labels=["KR-18"])
        box.jira.delete_issue("SAL-3")
        box.notion.edit_page(ids.page_id("key_results", "KR-16"), Target="70 %")
        box.sheets.set_cell(metrics, last_cell(company, "KR-25"), 2.8)
        box.sheets.set_cell(metrics, address_in(older["field"]), 0.11)
        latest = company.key_result("KR-26")["current_value"]
        done = good_night(company)
        kept = copy_of(company, tmp_path_factory.mktemp("second-night"))
        return SecondNight(kept, done, asked(company), older, latest)


def test_one_issue_one_page_and_two_cells_are_read_again_and_no_more(
    second_night: SecondNight,
) -> None:
    company, paths = second_night.company, second_night.asked
    # The issue and its log entry; the rows of the two cells.
    assert changed(second_night.done) == {"jira": 2, "notion": 1, "sheets": 2}
    assert len([path for path in paths if "/v4/spreadsheets/" in path]) == 1
    assert len([path for path in paths if "remotelink" in path]) == 1
    assert company.key_result("KR-18")["initiatives"] == 1
    assert company.key_result("KR-16")["target"] == 70
    assert company.key_result("KR-25")["current_value"] == pytest.approx(2.8)


def test_a_late_value_restates_the_days_it_is_true_for(second_night: SecondNight) -> None:
    company, older = second_night.company, second_night.older
    assert company.key_result("KR-26")["current_value"] == second_night.latest_before
    rows = company.table("measurements")
    restated = rows[(rows["key_result_id"] == "KR-26") & (rows["date"] == older["date"])]
    assert list(restated["value"]) == [pytest.approx(11.0)]
    assert restated["seen_at"].iloc[0] > older["seen_at"]


def test_a_deleted_issue_leaves_the_tables(second_night: SecondNight) -> None:
    assert second_night.done.attempts["jira"]["deleted"] == 1
    assert "SAL-3" not in set(second_night.company.table("initiatives")["initiative"])


@dataclass(frozen=True)
class TroubledNight:
    """What a night in trouble did, and what was published after it."""

    done: Any  # the result, or what the command answered
    key_results: pd.DataFrame
    measurements: pd.DataFrame
    sources: pd.DataFrame
    run: pd.Series

    @property
    def stale(self) -> set[str]:
        """The Key Results with a value that could not be read anew."""
        return set(self.key_results.index[self.key_results["stale_since"].notna()])


def after(company: Company, done: Any) -> TroubledNight:
    runs = company.table("runs").sort_values("published_at")
    return TroubledNight(
        done,
        company.table("key_results").set_index("key_result_id"),
        comparable(company, "measurements"),
        company.table("sources").set_index("source"),
        runs.iloc[-1],
    )


@dataclass(frozen=True)
class Trouble:
    """Nights of one company, each of whose troubles is over when the next one comes."""

    down: TroubledNight  # Jira cannot be reached; a cell of a sheet was edited
    shown: str  # by ``okr show`` after it
    unreached: TroubledNight  # a spreadsheet is not shared any more
    renamed: list[TroubledNight]  # a column is; the second night has nothing new
    offline: NightlyResult  # and from the lake alone
    well: list[TroubledNight]


@pytest.fixture(scope="module")
def trouble(first_night: FirstNight) -> Trouble:
    metrics, german = ids.spreadsheet_id("metrics"), ids.spreadsheet_id("german")
    with first_night.restored() as company:
        box, sheets = company.box, company.box.sheets
        sheets.set_cell(metrics, last_cell(company, "KR-26"), 0.2)
        box.switch_off("jira")
        down = after(company, company.okr_here("sync"))
        shown = company.okr_here("show").stdout

        box.switch_on("jira")
        sheets.revoke(german)
        unreached = after(company, company.night())

        sheets.share(german, _reader(company))
        header = next(row for row in range(1, 6) if _holds(company, metrics, row))
        sheets.set_cell(metrics, last_cell(company, "KR-26"), 0.5)
        sheets.set_cell(metrics, f"Weekly!C{header}", "Amount")
        sheets.set_cell(german, last_cell(company, "KR-19"), 9999)
        renamed = [after(company, company.okr_here("sync")) for _ in range(2)]
        offline = company.night(read=False)

        sheets.set_cell(metrics, f"Weekly!C{header}", "Value")
        well = [after(company, good_night(company)) for _ in range(2)]
    return Trouble(down, shown, unreached, renamed, offline, well)


def test_a_source_that_is_down_stops_nobody_and_is_named(trouble: Trouble) -> None:
    down, rows = trouble.down, trouble.down.key_results
    assert down.done.returncode == 3, down.done.stdout + down.done.stderr
    assert "jira    FAILED" in down.done.stdout
    assert rows.loc["KR-26", "current_value"] == pytest.approx(20.0)
    assert pd.notna(rows.loc["KR-17", "stale_since"])
    assert "jira could not be read" in rows.loc["KR-17", "stale_reason"]
    assert pd.isna(rows.loc["KR-30", "stale_since"])  # a sheet's, and no initiative in Jira
    assert rows.loc["KR-17", "current_value"] == pytest.approx(29.25)
    states = dict(down.sources["state"])
    assert states == {"jira": "failed", "notion": "complete", "sheets": "complete"}
    assert rows.loc["KR-17", "stale_since"] == down.sources.loc["jira", "last_complete_at"]
    assert (down.run["outcome"], list(down.run["failed_sources"])) == ("sources missing", ["jira"])
    assert "stale since" in trouble.shown


def test_a_place_that_is_out_of_reach_makes_stale_what_depends_on_it(trouble: Trouble) -> None:
    done, rows = trouble.unreached.done, trouble.unreached.key_results
    assert done.unchanged is None
    assert done.published
    assert done.exit_code == 3
    assert len(done.unreached) == 1
    # And none that Jira made stale the night before.
    assert trouble.unreached.stale == {f"KR-{n}" for n in (4, 5, 6, 19, 20, 21)}
    assert (rows["value_state"] == "measured").all()


def _reader(company: Company) -> str:
    key = json.loads((company.folder / "service-account.json").read_text("utf-8"))
    return str(key["client_email"])


def test_a_renamed_column_stops_only_its_own_dataset(trouble: Trouble) -> None:
    before = trouble.unreached.measurements
    for one in trouble.renamed:
        assert one.done.returncode == 3, one.done.stdout
        assert "NOT READ: The measurements from tab “" in one.done.stdout
        rows = one.key_results
        assert rows.loc["KR-19", "current_value"] == 9999
        assert not one.stale & trouble.unreached.stale  # its spreadsheet is in reach again
        assert "They stand as last read on" in rows.loc["KR-26", "stale_reason"]
        mine = ~one.measurements["key_result_id"].isin(["KR-19"])
        others = ~before["key_result_id"].isin(["KR-19"])
        pd.testing.assert_frame_equal(
            one.measurements[mine].reset_index(drop=True), before[others].reset_index(drop=True)
        )
        assert (one.run["outcome"], len(one.run["failed_sources"])) == ("sources missing", 1)
    assert trouble.offline.exit_code == 3


def test_when_all_can_be_read_again_nothing_is_stale(trouble: Trouble) -> None:
    first, second = trouble.well
    assert first.done.unchanged is None
    assert second.done.unchanged is not None
    assert first.stale == second.stale == set()
    assert first.key_results.loc["KR-26", "current_value"] == 50.0


def _holds(company: Company, sheet: str, row: int) -> bool:
    query = (
        f"SELECT count(*) AS n FROM {Lake(company.folder / 'data/lake').scan('sheet_rows')} "  # noqa: S608 - our own files
        "WHERE spreadsheet = ? AND tab = 'Weekly' AND row = ? AND cells LIKE '%\"Value\"%'"
    )
    return bool(arrow(connect(), query, [sheet, row]).to_pylist()[0]["n"])


def with_targets(company: Company, *targets: str) -> None:
    told = f"publish:\n  targets: [{', '.join(targets)}]\n"
    text = company.settings.read_text("utf-8").replace("publish:\n", told)
    company.settings.write_text(text, "utf-8")


def held_by(folder: Path) -> tuple[str, int]:
    """The run that a folder of Parquet files says it holds, and how many rows of runs."""
    told = json.loads((folder / "manifest.json").read_bytes())
    return told["run_id"], told["tables"]["runs"]["rows"]


def test_the_lake_alone_gives_the_same_tables_computed_anew(after_first_night: Company) -> None:
    company = after_first_night
    before = everything(company)
    with_targets(
        company,
        "{name: files, kind: parquet, folder: exports}",
        "{name: gone, kind: postgres, url: '${OKR_NOT_SET}'}",
    )
    for service in ("jira", "notion", "google"):
        company.box.switch_off(service)
    again = good_night(company, read=False)
    assert again.unchanged is None
    assert (again.published, again.exit_code) == (True, 3)
    assert again.unwritten == (
        "gone: The environment variable OKR_NOT_SET is not set. Set it where runs are started.",
    )
    assert held_by(company.folder / "exports") == (again.run_id, 2)
    assert asked(company) == []
    assert set(company.table("key_results")["run_id"]) == {again.run_id}
    for name, frame in before.items():
        pd.testing.assert_frame_equal(comparable(company, name), frame)


def sync_and_die(folder: Path, environment: Mapping[str, str], commits: int) -> None:
    """``okr sync`` in a process that is killed when about to make one more than ``commits``."""
    left = commits

    def about_to_commit(*_: object) -> None:
        nonlocal left
        if left == 0:
            os._exit(137)
        left -= 1

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["okr", "sync"]
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        mock.patch.object(Lake, "_about_to_commit", about_to_commit),
        mock.patch.object(history, "about_to_commit", about_to_commit),
    ):
        main()


@pytest.mark.parametrize("step", [42, pytest.param(7, marks=pytest.mark.matrix)])
def test_killed_between_any_two_commits_the_next_run_publishes_the_same(
    after_first_night: Company, tmp_path: Path, step: int
) -> None:
    box = after_first_night.box
    names = [table.name for table in TABLES if table.name not in ("runs", "sources")]
    quiet = {name: comparable(after_first_night, name) for name in names}
    forks = multiprocessing.get_context("forkserver")  # imports everything once, not every time
    forks.set_forkserver_preload([__name__, "pipelines.model.steps", "pipelines.past_days"])
    survived = 0
    # One killed before its first commit leaves nothing, and the next is like any first night.
    for commits in range(step, 98, step):
        folder = tmp_path / f"killed-{commits}"
        box.write_settings(folder)
        victim = Company(box, folder)
        environment = {**victim.environment, "OKR_CONFIG": str(victim.settings)}
        killed = forks.Process(target=sync_and_die, args=(folder, environment, commits))
        killed.start()
        killed.join()
        survived += killed.exitcode == 0
        assert killed.exitcode in (0, 137)
        good_night(victim)
        for name, frame in quiet.items():
            pd.testing.assert_frame_equal(comparable(victim, name), frame, obj=f"{name}@{commits}")
        if survived:
            break
    assert survived == 1, "the last round must outlive its commits, or not all were tried"
