"""Back-ups: made while nights run, altered on the way, and put back elsewhere."""

from __future__ import annotations

import errno
import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from filelock import Timeout

from pipelines.backup import restore as restoring
from pipelines.backup.archive import BackupExistsError, DamagedBackupError
from pipelines.backup.contents import CONTENTS, UnfitBackupError
from pipelines.backup.make import back_up
from pipelines.backup.restore import Restored, StateExistsError, restore
from pipelines.backup.snapshot import (
    DamagedStateError,
)
from pipelines.errors import DiskFullError
from pipelines.ingest.pull import pull_sources
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.manifest import STATE_VERSION
from pipelines.lake.run_lock import AlreadyRunningError
from pipelines.maintenance.examine import begin_run
from pipelines.publish import history
from pipelines.publish.scrub import scrub
from pipelines.run_status.unchanged_inputs import find_unchanged_run
from published.tables import PublishedTables
from tests.pipelines.backup.conftest import SECRET, moved
from tests.pipelines.maintenance.test_examine import DECISION, FRIDAY, SATURDAY, night
from tests.support.small_company import SETTINGS, WEEKLY, SmallCompany

pytestmark = pytest.mark.night
PUBLISHED = ("key_results", "key_results_daily", "objectives", "measurements", "findings", "links")


def silent(_: str, __: str) -> None:
    """Hear nothing of the progress."""


def put_back(
    company: SmallCompany, backup: Path, *, replace: bool = False, write: bool = True
) -> Restored:
    return restore(backup, company.folder / "okr.yaml", silent, replace=replace, write=write)


def examined(company: SmallCompany) -> tuple[str, ...]:
    """What the next run tells of the state before it reads anything."""
    project = company.project(SATURDAY)
    with project.exclusively():
        return begin_run(project)


def rows(company: SmallCompany, name: str) -> pd.DataFrame:
    """A published table without what every run writes anew."""
    return company.table(name).drop(columns=["run_id"], errors="ignore")


def altered(backup: Path, to: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same back-up with some of its files changed."""
    with zipfile.ZipFile(backup) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(to, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return to


def contents_altered(**changes: object) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files[CONTENTS] = json.dumps(json.loads(files[CONTENTS]) | changes).encode()

    return change


def test_a_sync_goes_on_elsewhere_as_if_nothing_had_happened(
    original: SmallCompany, made: Path, elsewhere: SmallCompany
) -> None:
    restored = put_back(elsewhere, made)
    assert restored.settings_restored
    assert (elsewhere.folder / "okr.yaml").stat().st_mode & 0o777 == 0o600
    for name in PUBLISHED:
        pd.testing.assert_frame_equal(original.table(name), elsewhere.table(name))
    project = elsewhere.project(FRIDAY)
    assert list(DecisionLog(project.paths.decisions).frame()["decision_id"]) == ["D-1"]
    assert [one.error for one in pull_sources(project, ["files"])] == [None]
    assert find_unchanged_run(project)
    elsewhere.write("weekly.csv", f"{WEEKLY}KR-1,2026-11-07,55\n")
    assert night(elsewhere, SATURDAY) == ()
    assert elsewhere.key_result("KR-1")["current_value"] == 55
    assert len(elsewhere.table("key_results_daily")) == 2 * len(original.table("key_results"))


def test_no_secret_is_in_it(made: Path, tmp_path: Path) -> None:
    assert SECRET.encode() not in made.read_bytes()
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path)
        for name in archive.namelist():
            assert SECRET.encode() not in archive.read(name), name
            assert "page-secret" not in name
    assert b"# The token is <secret>" in (tmp_path / "okr.yaml").read_bytes()
    assert scrub([tmp_path], tmp_path / "published.duckdb", write=False).holding == []


def test_ordinary_tools_open_it_and_it_is_private(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        assert archive.testzip() is None
        told = json.loads(archive.read(CONTENTS))
        assert set(archive.namelist()) == {*told["files"], CONTENTS}
    assert told["tables"]["lake/decisions"] == {"version": 0, "rows": 1}
    assert told["state"] == STATE_VERSION
    assert told["published"]["key_results"] == 4
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert [one.name for one in made.parent.iterdir()] == [made.name]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "at_commit", [9, *(pytest.param(one, marks=pytest.mark.matrix) for one in (1, 18))]
)
def test_one_made_amid_a_night_leads_to_the_same_tables(
    original: SmallCompany, tmp_path: Path, at_commit: int
) -> None:
    """A back-up between two commits of the publication; the next night ends it."""
    company = moved(original, tmp_path / "company")
    shutil.copytree(original.folder, company.folder, dirs_exist_ok=True)
    weekly = f"{WEEKLY}KR-1,2026-11-07,41\n"  # of that night alone: no past day is restated
    company.write("weekly.csv", weekly)
    kept: list[Path] = []
    count = 0

    def amid() -> None:
        nonlocal count
        count += 1
        if count == at_commit:
            done = back_up(company.project(SATURDAY), tmp_path / "amid.zip", write=True)
            kept.append(done.path)

    with mock.patch.object(history, "about_to_commit", amid):
        night(company, SATURDAY)
    other = moved(company, tmp_path / "other")
    put_back(other, *kept)
    night(other, SATURDAY)
    for name in PUBLISHED:
        pd.testing.assert_frame_equal(rows(company, name), rows(other, name))
    assert other.key_result("KR-1")["current_value"] == 41


def test_damaged_state_is_not_backed_up(
    original: SmallCompany, made: Path, elsewhere: SmallCompany, tmp_path: Path
) -> None:
    put_back(elsewhere, made)
    project = elsewhere.project(SATURDAY)
    gone = next(project.paths.decisions.glob("*.parquet"))
    gone.unlink()
    with pytest.raises(DamagedStateError, match=rf"lake/decisions .*{gone.name} is gone"):
        back_up(project, tmp_path / "b.zip", write=True)
    shutil.rmtree(project.paths.decisions)
    with pytest.raises(DamagedStateError, match="lake/decisions is gone"):
        back_up(project, tmp_path / "b.zip", write=True)
    assert not (tmp_path / "b.zip").exists()


def test_there_has_to_be_something(tmp_path: Path) -> None:
    with pytest.raises(DamagedStateError, match="nothing to back up yet"):
        back_up(SmallCompany(tmp_path).project(FRIDAY), None, write=True)


def test_nothing_is_overwritten(original: SmallCompany, made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(BackupExistsError, match="replaces no file"):
        back_up(original.project(FRIDAY), made, write=True)
    assert made.read_bytes() == before


def test_in_a_folder_every_backup_gets_a_name_of_its_own(
    original: SmallCompany, tmp_path: Path
) -> None:
    """Also within one second, as a schedule and a person may ask for it."""
    project = original.project(FRIDAY)
    made = [back_up(project, tmp_path, write=True).path for _ in range(3)]
    stem = made[0].stem
    assert [path.stem for path in made] == [stem, f"{stem}-2", f"{stem}-3"]
    assert sorted(tmp_path.iterdir()) == sorted(made)


def test_a_full_disk_leaves_nothing_behind(original: SmallCompany, tmp_path: Path) -> None:
    project, free = original.project(FRIDAY), shutil.disk_usage(tmp_path)._replace(free=20_000_000)
    for small in (free._replace(free=1_000), free):
        sizes = iter([small, free._replace(free=1_000)])
        full = mock.patch.object(shutil, "disk_usage", lambda _, sizes=sizes: next(sizes))
        with full, pytest.raises(DiskFullError, match="MB may be needed"):
            back_up(project, tmp_path / "b.zip", write=True)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_one_is_refused_by_name(
    made: Path, elsewhere: SmallCompany, tmp_path: Path, share: float
) -> None:
    short = tmp_path / "short.zip"
    short.write_bytes(made.read_bytes()[: int(made.stat().st_size * share)])
    with pytest.raises(DamagedBackupError, match=r"short\.zip: is no whole back-up"):
        put_back(elsewhere, short)
    assert [one.name for one in elsewhere.folder.iterdir()] == ["okrs"]


def test_any_altered_file_is_refused_by_name(
    made: Path, elsewhere: SmallCompany, tmp_path: Path
) -> None:
    with zipfile.ZipFile(made) as archive:
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
        names = ["okr.yaml", "data/state.json", "published.duckdb"]
        names += [next(one for one in archive.namelist() if one.endswith(".parquet"))]
    bytes_ = bytearray(made.read_bytes())
    bytes_[largest.header_offset + largest.compress_size // 2] ^= 0xFF  # whose CRC tells
    (tmp_path / "flipped.zip").write_bytes(bytes_)
    cases = [(tmp_path / "flipped.zip", largest.filename)]
    for number, name in enumerate(names):  # whose CRC is right, because it was packed again

        def change(files: dict[str, bytes], name: str = name) -> None:
            files[name] = files[name][:-1] + bytes([files[name][-1] ^ 1])

        cases.append((altered(made, tmp_path / f"{number}.zip", change), name))
    for backup, name in cases:
        with pytest.raises(DamagedBackupError, match=f"its file {name} is not as it was backed up"):
            put_back(elsewhere, backup)
        assert not (elsewhere.folder / "okr.yaml").exists()
        assert not (elsewhere.folder / "data" / "lake").exists()


def test_a_missing_or_an_additional_file_is_refused(
    made: Path, elsewhere: SmallCompany, tmp_path: Path
) -> None:
    less = altered(made, tmp_path / "less.zip", lambda files: files.pop("data/state.json"))
    more = altered(made, tmp_path / "more.zip", lambda files: files.update({"../evil": b"x"}))
    bare = altered(made, tmp_path / "bare.zip", lambda files: files.pop(CONTENTS))
    for backup, told in ((less, "data/state.json"), (more, r"\.\./evil"), (bare, CONTENTS)):
        with pytest.raises(DamagedBackupError, match=told):
            put_back(elsewhere, backup)
    assert not list(tmp_path.glob("**/evil"))


def test_rows_are_counted_again(made: Path, elsewhere: SmallCompany, tmp_path: Path) -> None:
    tables = json.loads(zipfile.ZipFile(made).read(CONTENTS))["tables"]
    tables["lake/decisions"]["rows"] = 2
    wrong = altered(made, tmp_path / "wrong.zip", contents_altered(tables=tables))
    with pytest.raises(DamagedBackupError, match="lake/decisions has not the rows"):
        put_back(elsewhere, wrong)
    published = {"key_results": 5}
    wrong = altered(made, tmp_path / "again.zip", contents_altered(published=published))
    with pytest.raises(DamagedBackupError, match="has not the rows"):
        put_back(elsewhere, wrong)


def test_one_of_a_newer_version_is_refused(
    made: Path, elsewhere: SmallCompany, tmp_path: Path
) -> None:
    for changes in ({"state": STATE_VERSION + 1}, {"format": 2}):
        newer = contents_altered(okr_sync="9.1.0", **changes)
        backup = altered(made, tmp_path / f"{next(iter(changes))}.zip", newer)
        with pytest.raises(UnfitBackupError, match=r"Install okr-sync 9\.1\.0 or newer"):
            put_back(elsewhere, backup)


def test_state_is_replaced_only_if_asked_and_set_aside_then(
    made: Path, elsewhere: SmallCompany
) -> None:
    put_back(elsewhere, made)
    paths = elsewhere.project(FRIDAY).paths
    DecisionLog(paths.decisions).append([DECISION | {"decision_id": "D-2"}])
    with pytest.raises(StateExistsError, match="--replace"):
        put_back(elsewhere, made)
    assert DecisionLog(paths.decisions).count() == 2
    dry = put_back(elsewhere, made, replace=True, write=False)
    assert paths.lake in dry.set_aside
    assert dry.in_the_way == ()
    assert dry.decisions_before == 2
    assert DecisionLog(paths.decisions).count() == 2
    done = put_back(elsewhere, made, replace=True)
    assert not done.settings_restored
    assert DecisionLog(paths.decisions).count() == 1
    (aside,) = [path for path in done.set_aside if path.name == "lake"]
    assert DecisionLog(aside / "decisions").count() == 2
    assert examined(elsewhere) == ()


def test_it_goes_where_the_settings_there_say(
    made: Path, elsewhere: SmallCompany, tmp_path: Path
) -> None:
    own = elsewhere.folder / "okr.yaml"
    own.write_text(f"{SETTINGS}\ndata: state\npublish: {{duckdb: {tmp_path}/t/tables.duckdb}}\n")
    before = own.read_bytes()
    outside = tmp_path / "t" / "tables.duckdb"
    other_disk = OSError(errno.EXDEV, "Invalid cross-device link")
    rename = Path.rename

    def renamed(path: Path, to: Path) -> Path:
        if to == outside:
            raise other_disk
        return rename(path, to)

    with mock.patch.object(Path, "rename", renamed):
        done = put_back(elsewhere, made)
    assert done.data == elsewhere.folder / "state"
    assert own.read_bytes() == before
    assert len(PublishedTables(outside).frame("key_results")) == 4
    assert examined(elsewhere) == ()
    again = put_back(elsewhere, made, replace=True)
    (aside,) = [one for one in again.set_aside if one.name.startswith("tables.duckdb")]
    assert aside.parent == outside.parent
    assert sorted(one.name for one in outside.parent.iterdir()) == sorted(
        [aside.name, outside.name]
    )


def test_nothing_is_restored_under_a_run(made: Path, elsewhere: SmallCompany) -> None:
    put_back(elsewhere, made)
    paths = elsewhere.project(FRIDAY).paths
    before = sorted(paths.data.rglob("*"))
    with (
        mock.patch("pipelines.lake.run_lock.FileLock.acquire", side_effect=_held),
        pytest.raises(AlreadyRunningError, match="is at work here"),
    ):
        put_back(elsewhere, made, replace=True)
    assert sorted(paths.data.rglob("*")) == before


def _held(*_: object, **__: object) -> None:
    raise Timeout("run.lock")


def test_a_restore_that_was_ended_is_noticed_and_begun_again(
    made: Path, elsewhere: SmallCompany
) -> None:
    """Ended between two renames: no command takes what is there for the state."""
    moves: list[Path] = []
    move = restoring.move

    def ends(path: Path, to: Path) -> None:
        moves.append(to)
        if len(moves) == 2:
            raise KeyboardInterrupt
        move(path, to)

    with mock.patch.object(restoring, "move", ends), pytest.raises(KeyboardInterrupt):
        put_back(elsewhere, made)
    elsewhere.folder.joinpath("okr.yaml").write_bytes(
        zipfile.ZipFile(made).read("okr.yaml")  # which is put in its place at the end
    )
    for words in (["sync"], ["show"], ["links", "decisions"]):
        done = elsewhere.okr(*words)
        assert done.returncode == 2
        assert "okr restore was ended before it was done" in done.stderr
    put_back(elsewhere, made, replace=True)
    assert examined(elsewhere) == ()


def test_the_commands_tell_what_they_did(original: SmallCompany, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    dry = original.okr("backup", str(target), "--dry-run")
    assert dry.returncode == 0
    assert "1 decision, published up to 2026-11-06" in dry.stdout
    assert not target.exists()
    told = json.loads(original.okr("backup", str(target), "--json").stdout)
    assert told["backup"] == str(target)
    assert told["archive_bytes"] == target.stat().st_size
    assert told["decisions"] == 1
    assert told["tables"]["lake/decisions"] == 1
    refused = original.okr("restore", str(target))
    assert refused.returncode == 2
    assert "holds state already" in refused.stderr
    dry = original.okr("restore", str(target), "--dry-run", "--replace", "--json")
    assert json.loads(dry.stdout)["outcome"] == "dry run"
    DecisionLog(original.project(FRIDAY).paths.decisions).append(
        [DECISION | {"decision_id": "D-9"}]
    )
    more = original.okr("restore", str(target), "--dry-run", "--replace")
    assert "The state there had 2 decisions, 1 more than the back-up." in more.stdout
    elsewhere = tmp_path / "none" / "okr.yaml"
    lost = original.okr("restore", str(target), "--config", str(elsewhere))
    assert "there is no such folder for okr.yaml" in lost.stderr
    none = original.okr("restore", str(tmp_path / "none.zip"))
    assert (none.returncode, none.stdout) == (2, "")
    assert "none.zip: cannot be read (No such file or directory)" in none.stderr
