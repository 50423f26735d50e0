"""State of other versions: older state is gone on from, newer state is refused.

``state-of-<version>.tar.xz`` is what that version left of a small company: settings, sources and
data folder. Each release adds its own, so that every later version is tried on it.

0.1.0 ran two nights. KR-1 was at 30, then at 40; work P-1 and P-2 serve it, and Ada rejected P-2.
"""

from __future__ import annotations

import datetime as dt
import json
import tarfile
from pathlib import Path

import pytest

from pipelines.backup.make import back_up
from pipelines.backup.restore import restore
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.manifest import (
    STATE_VERSION,
    Manifest,
    NewerStateError,
    ensure_known_state,
    read_manifest,
    write_manifest,
)
from pipelines.maintenance.examine import begin_run
from pipelines.project import Project
from pipelines.setup.doctor import examine_project
from tests.pipelines.maintenance.test_examine import night
from tests.support.small_company import SETTINGS, SmallCompany
from tests.test_docs import known_commands

THURSDAY, FRIDAY, SATURDAY = (dt.date(2026, 11, day) for day in (5, 6, 7))
RELEASED = [path.name for path in Path(__file__).parent.glob("state-of-*.tar.xz")]
# They need no state; the review needs a tab, and the store an address, before it looks at any.
_WITHOUT_STATE = (
    "alerts test",
    "contract",
    "demo",
    "dictionary",
    "init",
    "links review",
    "restore",
    "schema",
    "serve token",
    "store",
)
_GIVEN = {
    "serve": ["--port", "0"],
    "agenda": ["Sales"],
    "changes": ["--since", "2026-11-05"],
    "checklist attest": ["training", "--by", "Ada", "--why", "so"],
    "close": ["KR-1", "--as", "done", "--by", "Ada", "--why", "so"],
    "diff": ["night-1", "night-2"],
    "explain": ["KR-1"],
    "measure": ["last of amount from other", "--key-result", "KR-1"],
    "links accept": ["P-1", "KR-1", "--by", "Ada", "--why", "so"],
    "links reject": ["P-1", "KR-1", "--by", "Ada", "--why", "so"],
    "links correct": ["P-1", "--from", "KR-1", "--to", "KR-2", "--by", "Ada", "--why", "so"],
    "links other": ["P-1", "--by", "Ada", "--why", "so"],
    "links undo": ["D-1", "--by", "Ada", "--why", "so"],
    "findings acknowledge": ["no target", "KR-1", "--by", "Ada", "--why", "so"],
    "findings dismiss": ["no target", "KR-1", "--by", "Ada", "--why", "so"],
    "findings undo": ["D-1", "--by", "Ada", "--why", "so"],
    "rollout attest": ["announcement", "--wave", "Pilot", "--by", "Ada", "--why", "so"],
}


def reading_state() -> list[str]:
    return [name for name in known_commands() if not name.startswith(_WITHOUT_STATE)]


def left_by(release: str, folder: Path) -> SmallCompany:
    """The company as a released version left it."""
    company = SmallCompany(folder)
    with tarfile.open(Path(__file__).with_name(release)) as packed:
        # As an attribute, because Python 3.11.3 and older know no argument for it.
        packed.extraction_filter = getattr(tarfile, "data_filter", None)
        packed.extractall(folder)  # noqa: S202 - an archive of our own
    return company


@pytest.mark.night
@pytest.mark.parametrize("release", RELEASED)
def test_the_state_of_every_release_is_gone_on_from(release: str, tmp_path: Path) -> None:
    company = left_by(release, tmp_path / "company")
    assert company.okr("show").returncode == 0
    daily = len(company.table("key_results_daily"))
    backup = back_up(company.project(FRIDAY), tmp_path / "before.zip", write=True)
    assert backup.contents.decisions == 1
    company.write("weekly.csv", "kr,day,value\nKR-1,2026-11-05,30\nKR-1,2026-11-06,50\n")
    assert night(company, SATURDAY) == ()
    manifest = read_manifest(company.project(SATURDAY).paths.manifest)
    assert manifest is not None
    assert manifest.version == STATE_VERSION
    assert company.key_result("KR-1")["current_value"] == 50
    links = company.table("links").set_index("initiative_id")
    assert links.loc["files:P-2", "decision"] == "rejected"
    assert len(company.table("key_results_daily")) == daily + 4
    days = company.table("key_results_daily").query("key_result_id == 'KR-1'")
    assert days.set_index("as_of")["current_value"].to_dict()[THURSDAY] == 30
    (tmp_path / "b").mkdir()
    other = restore(
        backup.path, tmp_path / "b" / "okr.yaml", lambda *_: None, replace=False, write=True
    )
    assert DecisionLog(other.data / "lake" / "decisions").count() == 1


@pytest.mark.night
@pytest.mark.parametrize("release", RELEASED)
def test_what_readers_open_is_made_anew_from_an_older_history(release: str, tmp_path: Path) -> None:
    company = left_by(release, tmp_path / "company")
    before = company.table("key_results")
    lines = examine_project(company.folder / "okr.yaml", offline=True)
    assert [line.state for line in lines if line.check == "state"] == ["ok"]
    assert "KR-4" in [line.subject for line in lines if line.check == "target"]
    assert not [line for line in lines if line.check == "doctor"]
    project = company.project(SATURDAY)
    project.paths.duckdb.unlink()
    with project.exclusively():
        (told,) = [one for one in begin_run(project) if "published.duckdb" in one]
    assert "made anew from the history" in told
    assert company.table("key_results")["current_value"].equals(before["current_value"])
    assert company.okr("links", "--json").returncode == 0


@pytest.fixture(scope="module")
def of_the_future(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    """A company whose data folder a newer version wrote."""
    company = SmallCompany(tmp_path_factory.mktemp("future"))
    manifest = company.project(FRIDAY).paths.manifest
    write_manifest(manifest, Manifest())
    told = json.loads(manifest.read_bytes())
    # Whatever it may have made of the rest.
    told |= {"version": STATE_VERSION + 1, "written_by": "9.1.0", "tables": ["elsewhere"]}
    manifest.write_text(json.dumps(told), "utf-8")
    return company


@pytest.mark.parametrize("command", reading_state())
def test_every_command_refuses_newer_state(of_the_future: SmallCompany, command: str) -> None:
    before = sorted(of_the_future.folder.rglob("*"))
    done = of_the_future.okr(*command.split(), *_GIVEN.get(command, []))
    told = done.stderr + done.stdout
    assert "okr-sync 9.1.0 wrote this data folder" in told
    assert "Install okr-sync 9.1.0 or newer again, or put back a back-up" in told.replace("\n", " ")
    assert done.returncode == (1 if command == "doctor" else 2)
    made = {one.name for one in set(of_the_future.folder.rglob("*")) - set(before)}
    assert made <= {"alerts", "alerts.lock", "open.json"}  # somebody is told of the night


def test_the_doctor_says_it_once(of_the_future: SmallCompany) -> None:
    lines = examine_project(of_the_future.folder / "okr.yaml", offline=True)
    assert [(line.check, line.state) for line in lines] == [("settings", "ok"), ("state", "fail")]


def test_a_manifest_without_a_version_is_of_the_first_that_had_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for text in ("{}", "no JSON", '{"version": 2}', "[]"):
        path.write_text(text, "utf-8")
        ensure_known_state(path)
    path.write_text('{"version": 99}', "utf-8")
    with pytest.raises(NewerStateError, match="A newer okr-sync wrote"):
        ensure_known_state(path)
    (tmp_path / "okr.yaml").write_text(SETTINGS, "utf-8")
    assert Project(tmp_path / "okr.yaml").paths.data == tmp_path / "data"
