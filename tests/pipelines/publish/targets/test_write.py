"""Writing to all targets of a project, and what is told of them."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from pipelines.alerts.facts import Ended, of_run
from pipelines.alerts.state import AlertState
from pipelines.datasets.former_ids import known_aliases
from pipelines.project import Project
from pipelines.publish.targets.folders import FolderTarget
from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.write import UnknownTargetError, outcomes_of_run, write_targets
from pipelines.setup.service_checks import check_publish_target
from tests.support.commands import Answer, call_okr
from tests.support.published.runs import day, publish_run, run_id
from tests.support.small_company import SETTINGS

_URL = "postgresql://ada:Tr0ub4dor-and-3@127.0.0.1:1/x"


class Writer:
    """A project with three targets, one of which is never there, and its nights."""

    def __init__(
        self, folder: Path, files: Mapping[int, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.folder, self._files = folder, files
        (folder / "okr.yaml").write_text(
            f"{SETTINGS}\npublish: {{targets: ["
            "{name: files, kind: parquet, folder: exports/parquet, tables: [links, runs]},"
            "{name: gone, kind: postgres, url: '${OKR_GONE}'},"
            "{name: some, kind: csv, folder: exports/csv, tables: [links]}]}",
            encoding="utf-8",
        )
        monkeypatch.setenv("OKR_GONE", _URL)
        monkeypatch.setenv("OKR_CONFIG", str(folder / "okr.yaml"))

    def night(self, number: int) -> Project:
        """Publish a run; the project of that night."""
        (self.folder / "data").mkdir(exist_ok=True)
        published = self.folder / "data" / "published.duckdb"
        shutil.copy(self._files[number], published.with_suffix(".new"))
        published.with_suffix(".new").replace(published)
        return self.project(number)

    def project(self, number: int) -> Project:
        now = dt.datetime.combine(day(number), dt.time(2), dt.UTC)
        return Project(self.folder / "okr.yaml", now=now, with_secrets=False)

    def okr(self, *words: str) -> Answer:
        return call_okr(self.folder, dict(os.environ), *words)

    def held(self) -> dict[str, dict[str, Any]]:
        rows = json.loads(self.okr("targets", "--json").stdout)
        return {row["name"]: row for row in rows}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Path]:
    """The published files of three nights."""
    folder = tmp_path_factory.mktemp("nights")
    for number in (1, 2, 3):
        publish_run(folder / f"{number}.duckdb", number, rows=2)
    return {number: folder / f"{number}.duckdb" for number in (1, 2, 3)}


@pytest.fixture
def writer(tmp_path: Path, files: Mapping[int, Path], monkeypatch: pytest.MonkeyPatch) -> Writer:
    return Writer(tmp_path, files, monkeypatch)


def test_one_that_fails_keeps_no_other_from_being_written(writer: Writer) -> None:
    project = writer.night(1)
    found = {one.name: one for one in write_targets(project, known_aliases)}
    assert {name: one.state for name, one in found.items()} == {
        "files": "written",
        "gone": "failed",
        "some": "written",
    }
    assert found["some"].rows == {"links": 2}
    assert (found["files"].run_id, found["files"].as_of) == (run_id(1), day(1))
    assert str(found["gone"].error).startswith("Postgres cannot be reached: ")
    assert {one.name: one.error for one in outcomes_of_run(project)} == {
        name: one.error for name, one in found.items()
    }
    assert outcomes_of_run(writer.project(2)) == []
    assert "Tr0ub4dor" not in project.paths.targets.read_text("utf-8")
    # What is up to date is not written again, and what failed is tried again.
    assert [one.state for one in write_targets(project, known_aliases)] == [
        "up to date",
        "failed",
        "up to date",
    ]


def test_it_is_told_what_each_holds_and_how_far_it_is_behind(writer: Writer) -> None:
    assert {row["run_id"] for row in writer.held().values()} == {None}
    write_targets(writer.night(1), known_aliases)
    held = writer.held()
    assert [held[name]["lag"] for name in ("files", "some", "gone")] == [0, 0, None]
    assert [held[name]["current"] for name in ("files", "some", "gone")] == [True, True, False]
    assert str(held["gone"]["since"]).startswith("2026-11-02T02:00")
    assert held["files"]["rows"]["runs"] == 1
    with mock.patch.object(FolderTarget, "write", side_effect=OSError(28, "full")):
        write_targets(writer.night(3), known_aliases)
    held = writer.held()
    assert (held["files"]["run_id"], held["files"]["lag"]) == (run_id(1), 2)
    text = writer.okr("targets").stdout
    assert f"files (parquet, {writer.folder.resolve()}/exports/parquet): run run-1" in text
    assert "2 nights behind" in text
    assert "gone (postgres, 127.0.0.1:1/x.okr): cannot be asked. Postgres cannot be" in text
    assert "Tr0ub4dor" not in text
    write_targets(writer.project(3), known_aliases)
    assert writer.held()["files"]["current"]
    # A published file of before is what counts, not that the target was written later.
    writer.night(2)
    assert not writer.held()["files"]["current"]


def test_since_when_it_fails_is_kept_until_it_does_no_more(writer: Writer) -> None:
    broken = mock.patch.object(FolderTarget, "write", side_effect=ZeroDivisionError("a secret"))
    for number in (1, 2):
        with broken:
            outcomes = write_targets(writer.night(number), known_aliases)
        assert "ZeroDivisionError at" in str(outcomes[0].error)
        assert "a secret" not in str(outcomes[0].error)
    project = writer.project(2)
    causes, _ = of_run(project, AlertState(project.paths.alerts), Ended(published=True, read=False))
    told = {one.subject: one for one in causes if one.kind == "target not published"}
    assert set(told) == {"files", "gone", "some"}
    assert str(told["files"].since).startswith("2026-11-02T02:00")
    assert told["files"].remedy.endswith("okr publish --to files")
    write_targets(project, known_aliases)
    causes, _ = of_run(project, AlertState(project.paths.alerts), Ended(published=True, read=False))
    assert [one.subject for one in causes if one.kind == "target not published"] == ["gone"]


def test_the_subject_of_an_alert_says_which_target_and_why(writer: Writer) -> None:
    (writer.folder / "exports").write_text("a file in the way", "utf-8")
    project = writer.night(1)
    write_targets(project, known_aliases)
    causes, _ = of_run(project, AlertState(project.paths.alerts), Ended(published=True, read=False))
    told = {one.subject: one for one in causes if one.kind == "target not published"}
    assert told["some"].title.startswith("Not published to some: …/manifest.json: Not a directory")
    assert f" {writer.folder.resolve()}/exports/csv/manifest.json: " in told["some"].happened
    assert told["some"].remedy == (
        "some: Give this account the right to write there, or name another folder in okr.yaml."
        " Then run: okr publish --to some"
    )
    assert told["gone"].title.startswith("Not published to gone: Postgres cannot be reached: ")
    assert told["gone"].remedy.startswith("gone: See that it runs and the url fits, then run: okr")


@pytest.mark.parametrize(
    ("error", "title", "remedy"),
    [
        (
            "Postgres: permission denied for schema okr. Give the user of the url rights on schema"
            " okr, then run: okr publish --to some",
            "Not published to some: Postgres: permission denied for schema okr. Give the user of",
            "some: Give the user of the url rights on schema okr, then run: okr publish --to some",
        ),
        (
            "okr.kpis is not a table that okr-sync made: its comment does not end with “Written by"
            " okr-sync.” Rename it.",
            "Not published to some: okr.kpis is not a table that okr-sync made: its comment",
            "some: Rename it. Then run: okr publish --to some",
        ),
        ("It broke.", "Not published to some: It broke", "Remove the cause, then run: okr publish"),
    ],
)
def test_what_a_target_said_is_split_into_cause_and_remedy(
    writer: Writer, error: str, title: str, remedy: str
) -> None:
    project = writer.night(1)
    with mock.patch.object(FolderTarget, "write", side_effect=TargetError(error)):
        write_targets(project, known_aliases)
    causes, _ = of_run(project, AlertState(project.paths.alerts), Ended(published=True, read=False))
    (told,) = (one for one in causes if one.subject == "some")
    assert told.title.startswith(title)
    assert told.remedy.startswith(remedy)


def test_the_command_writes_one_or_all(writer: Writer) -> None:
    assert writer.okr("publish").returncode == 2  # nothing is published
    writer.night(1)
    dry = writer.okr("publish", "--to", "some", "--dry-run")
    assert (dry.returncode, dry.stdout) == (
        0,
        f"some (csv): would be written: 2 rows of 1 tables as of {day(1)}, run run-1\n",
    )
    assert not (writer.folder / "exports").exists()
    gone = writer.okr("publish", "--to", "gone", "--dry-run")
    assert gone.returncode == 1
    assert gone.stdout.startswith("gone (postgres): WOULD NOT BE WRITTEN: Postgres cannot be reach")
    (writer.folder / "exports").write_text("a file in the way", "utf-8")
    refused = writer.okr("publish", "--to", "some", "--dry-run")
    assert (refused.returncode, "exports/csv" in refused.stdout) == (1, True)
    assert "WOULD NOT BE WRITTEN" in refused.stdout
    assert "Give this account the right to write there" in refused.stdout
    (writer.folder / "exports").unlink()
    assert writer.okr("publish", "--to", "some").returncode == 0
    assert [path.name for path in (writer.folder / "exports").iterdir()] == ["csv"]
    every = writer.okr("publish", "--json")
    assert every.returncode == 1
    states = {one["name"]: one["state"] for one in json.loads(every.stdout)}
    assert states == {"files": "written", "gone": "failed", "some": "written"}
    unknown = writer.okr("publish", "--to", "filse")
    assert unknown.returncode == 2
    assert "No target is named 'filse'; known: files, gone, some." in unknown.stderr
    assert "Tr0ub4dor" not in every.stdout + every.stderr


def test_without_targets_the_commands_say_so(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (writer.folder / "okr.yaml").write_text(SETTINGS, encoding="utf-8")
    writer.night(1)
    for command in ("publish", "targets"):
        assert "okr.yaml names no target." in writer.okr(command).stdout


def test_several_targets_can_be_named(writer: Writer) -> None:
    project = writer.night(1)
    chosen = write_targets(project, known_aliases, ["some", "files"])
    assert [(one.name, one.state) for one in chosen] == [("files", "written"), ("some", "written")]
    with pytest.raises(UnknownTargetError, match="No target is named 'sum'; known: files, gone"):
        write_targets(project, known_aliases, ["some", "sum"])
    told = writer.okr("publish", "--to", "some", "--to", "files", "--dry-run", "--json")
    assert [one["name"] for one in json.loads(told.stdout)] == ["files", "some"]


def test_what_is_missing_at_a_target_is_named_and_written_again(writer: Writer) -> None:
    project = writer.night(1)
    write_targets(project, known_aliases)
    exports = writer.folder / "exports"
    (file,) = exports.glob("parquet/*/links.parquet")
    file.unlink()
    (exports / "csv" / "manifest.json").write_text('{"run_id": "')
    held = writer.held()
    assert (held["files"]["whole"], held["files"]["current"]) == (False, False)
    assert held["files"]["missing"] == f"{file} is missing"
    text = writer.okr("targets").stdout
    run = f"run {run_id(1)} as of {day(1)}"
    assert f"{run}, not whole: {file} is missing. Run: okr publish --to files" in text
    assert f"cannot be asked; last written was {run}. {exports}/csv/manifest.json is no" in text
    write_targets(project, known_aliases)
    assert writer.held()["files"]["current"]


def test_the_doctor_looks_at_each(writer: Writer) -> None:
    project = writer.night(1)
    write_targets(project, known_aliases)
    files, _, some = project.settings.publish.targets
    (fine,) = check_publish_target(project, files)
    assert (fine.state, fine.sentence.endswith("exports/parquet can be written.")) == ("ok", True)
    (writer.folder / "exports" / "csv" / "manifest.json").write_text("{}")
    write_targets(project, known_aliases, ["some"])
    with pytest.raises(Exception, match="is no manifest of okr-sync"):
        list(check_publish_target(project, some))
