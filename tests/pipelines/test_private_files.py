"""Whose files a run writes, and what stands in the way of writing them."""

import grp
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import dagster_home
from pipelines.dagster_home import DagsterStorageError, open_dagster
from pipelines.errors import UnwritableError
from pipelines.lake.private_files import open_to_others, private_files, tighten
from pipelines.lake.run_lock import exclusive_run
from pipelines.project import Project


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def make(folder: Path) -> list[Path]:
    (folder / "below").mkdir(parents=True, exist_ok=True)
    (folder / "below/file").write_text("x", "utf-8")
    return [folder / "below", folder / "below/file"]


def test_files_are_their_owners_only_and_the_process_gets_its_rights_back(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with private_files([tmp_path], None):
            made = make(tmp_path / "data")
        assert [mode(path) for path in [tmp_path / "data", *made]] == [0o700, 0o700, 0o600]
        (tmp_path / "later").write_text("x", "utf-8")
        assert mode(tmp_path / "later") == 0o644
    finally:
        os.umask(before)
    assert open_to_others(tmp_path / "data", None) == []


def test_a_group_may_read_and_what_is_made_later_is_its_too(tmp_path: Path) -> None:
    group = grp.getgrgid((os.getgroups() or [os.getgid()])[-1])
    data = tmp_path / "data"
    with private_files([data], group.gr_name):
        made = make(data)
    assert [mode(path) & 0o777 for path in [data, *made]] == [0o750, 0o750, 0o640]
    assert {path.stat().st_gid for path in [data, *made]} == {group.gr_gid}
    assert open_to_others(data, group.gr_name) == []
    assert data in open_to_others(data, None)


def test_what_others_may_read_is_told(tmp_path: Path) -> None:
    with private_files([tmp_path], None):
        folder, file = make(tmp_path / "data")
    file.chmod(0o644)
    assert open_to_others(tmp_path / "data", None) == []  # nobody gets as far
    (tmp_path / "data").chmod(0o755)
    folder.chmod(0o755)
    assert open_to_others(tmp_path / "data", None) == [tmp_path / "data", folder, file]


def test_what_an_older_version_left_open_is_taken_away_once(tmp_path: Path) -> None:
    data, beside = tmp_path / "data", tmp_path / "beside"
    make(data)
    make(beside)
    (data / "link").symlink_to(beside / "below/file")
    (data / "tool.sh").write_text("x", "utf-8")
    modes = {
        data: 0o755,
        data / "below": 0o777,
        data / "below/file": 0o664,
        data / "tool.sh": 0o755,
    }
    for path, each in {**modes, beside / "below/file": 0o644}.items():
        path.chmod(each)
    assert tighten([data, tmp_path / "nothing"], None) == 4
    assert [mode(path) for path in modes] == [0o700, 0o700, 0o600, 0o700]
    assert mode(beside / "below/file") == 0o644
    assert open_to_others(data, None) == []
    assert tighten([data], None) == 0
    (data / "below").chmod(0o755)
    assert tighten([data], None) == 0  # nobody gets as far


def test_what_an_older_version_made_is_given_to_the_group(tmp_path: Path) -> None:
    group = grp.getgrgid((os.getgroups() or [os.getgid()])[-1])
    data = tmp_path / "data"
    make(data)
    for path, each in ((data, 0o2755), (data / "below", 0o700), (data / "below/file", 0o644)):
        path.chmod(each)
    assert tighten([data], group.gr_name) >= 2
    assert [mode(path) & 0o777 for path in (data, data / "below/file")] == [0o750, 0o640]
    assert {path.stat().st_gid for path in (data, data / "below/file")} == {group.gr_gid}
    assert open_to_others(data, group.gr_name) == []
    assert tighten([data], group.gr_name) == 0


def test_a_group_that_there_is_not_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(UnwritableError, match="there is no group 'no-such-group'"),
        private_files([tmp_path / "data"], "no-such-group"),
    ):
        pass


def test_a_lock_that_is_a_folder_is_told_and_a_holder_that_is_one_does_no_harm(
    tmp_path: Path,
) -> None:
    (tmp_path / "run.pid").mkdir()
    with exclusive_run(tmp_path / "run.lock"):
        pass
    (tmp_path / "other.lock").mkdir()
    with (
        pytest.raises(UnwritableError, match="is a folder where the lock file belongs"),
        exclusive_run(tmp_path / "other.lock"),
    ):
        pass


def _garbage(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\0garbage" * 2_000)


STORAGE: dict[str, Callable[[Path], None]] = {
    "runs": lambda home: _garbage(home / "history/runs.db"),
    "events": lambda home: _garbage(home / "history/runs/index.db"),
    "schedules": lambda home: _garbage(home / "schedules/schedules.db"),
    "settings": lambda home: _garbage(home / "dagster.yaml"),
    "a file for a folder": lambda home: _garbage(home / "history"),
}


@pytest.mark.parametrize("damage", STORAGE.values(), ids=STORAGE)
def test_a_damaged_dagster_storage_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    damage(home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with pytest.raises(DagsterStorageError, match="Move the folder away") as caught:
        open_dagster(Project())
    assert str(home) in str(caught.value)


@pytest.mark.parametrize(
    "name", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"]
)
def test_a_dagster_storage_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home, may = tmp_path / "dagster", os.access
    closed = home / name
    _garbage(closed)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    # The superuser may write whatever is read-only.
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed and may(path, mode))
    with pytest.raises(DagsterStorageError, match="cannot be written") as caught:
        open_dagster(Project())
    assert str(closed) in str(caught.value)


_ELSEWHERE = "storage: {postgres: {postgres_url: {env: OKR_TEST_POSTGRES}}}"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (ConnectionError("password of ada"), "Check that the database runs, and the environment"),
        (ModuleNotFoundError("No module named 'x'"), "install okr-sync[postgres]"),
    ],
)
def test_a_storage_elsewhere_that_is_out_of_reach_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: str
) -> None:
    (tmp_path / "dagster.yaml").write_text(_ELSEWHERE)
    tmp_path.chmod(0o500)  # nothing has to be written there
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setattr(dagster_home, "ensure_writable", lambda *_: pytest.fail("it need not be"))

    def unreachable(_: str) -> None:
        raise fault

    monkeypatch.setattr("dagster.DagsterInstance.from_config", unreachable)
    with pytest.raises(DagsterStorageError, match=re.escape(told)) as caught:
        open_dagster(Project())
    assert "Move the folder away" not in str(caught.value)
    assert "ada" not in str(caught.value)
