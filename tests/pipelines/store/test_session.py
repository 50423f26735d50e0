"""What changes the state fetches it before and puts it in place after; without a store, nothing."""

from __future__ import annotations

import time
from pathlib import Path
from unittest import mock

import pytest

from pipelines.backup.restore import StateExistsError
from pipelines.cli.backup import run as backing_up
from pipelines.lake.run_lock import AlreadyRunningError
from pipelines.project import Project, UnfinishedRestoreError
from pipelines.setup import store_checks
from pipelines.store import follow, session
from pipelines.store.fetch import OtherStateError
from pipelines.store.lease import LostLeaseError, release, take_lease
from pipelines.store.objects import Objects, StoreAwayError, StoreError
from pipelines.store.session import (
    is_in_place,
    kept,
    kept_if_possible,
    put_now,
    record,
    refresh,
)
from published.errors import UserError
from tests.pipelines.store.machines import decision, end, head_of, of, project_in, silent

pytestmark = pytest.mark.usefixtures("opened")


def test_work_begins_with_the_newest_state_and_is_put_in_place(
    tmp_path: Path, objects: Objects
) -> None:
    one, two = project_in(tmp_path / "one"), project_in(tmp_path / "two")
    with kept(one), one.exclusively():
        of(one, objects).work(1)
        with kept(one):  # as steps of Dagster within a run
            assert is_in_place(one)
        put_now(one)
        assert head_of(objects).generation == 1
    assert head_of(objects).generation == 1, "nothing new since"
    assert head_of(objects).lease is None
    with kept(two):
        assert of(two, objects).state()["lake/issues"] == [1]
        of(two, objects).work(2)
    assert head_of(objects).generation == 2


def test_what_an_error_leaves_is_put_in_place_and_the_error_is_told(
    tmp_path: Path, objects: Objects
) -> None:
    one = project_in(tmp_path)
    with pytest.raises(UserError, match="blocked"), kept(one):
        end(of(one, objects), 1, UserError("blocked"))
    assert head_of(objects).generation == 1
    with (
        pytest.raises(UserError, match="blocked"),
        mock.patch.object(Objects, "upload", side_effect=StoreAwayError("away")),
        kept(one),
    ):
        end(of(one, objects), 2, UserError("blocked"))
    assert head_of(objects).generation == 1
    assert head_of(objects).lease is None


def test_what_is_left_of_a_restore_is_never_put_in_place(tmp_path: Path, objects: Objects) -> None:
    one = project_in(tmp_path)
    with kept(one):
        of(one, objects).work(1)
    of(one, objects).work(2)
    (one.paths.data / "restoring").mkdir()
    with pytest.raises(UnfinishedRestoreError), kept(one):
        pytest.fail("it was let in")
    assert head_of(objects).generation == 1
    assert head_of(objects).lease is None


def test_a_run_that_is_ended_gives_the_lease_back(tmp_path: Path, objects: Objects) -> None:
    one = project_in(tmp_path)
    with pytest.raises(SystemExit), kept(one):
        end(of(one, objects), 1, SystemExit(143))
    assert head_of(objects).generation == 0
    assert head_of(objects).lease is None


def test_work_that_was_overtaken_is_not_in_place(tmp_path: Path, objects: Objects) -> None:
    one = project_in(tmp_path)
    with kept(one):
        of(one, objects).work(1)
        release(objects)
        with pytest.raises(LostLeaseError):
            put_now(one)
        assert not is_in_place(one)
    assert head_of(objects).generation == 0
    of(one, objects).work(2)
    with pytest.raises(LostLeaseError), kept(one):
        release(objects)


def test_another_machine_is_refused_and_what_must_be_done_is_done(
    tmp_path: Path, objects: Objects
) -> None:
    one = project_in(tmp_path)
    held = take_lease(objects, patience=0, own=None, report=silent)
    try:
        with pytest.raises(AlreadyRunningError), kept(one):
            pytest.fail("it was let in")
        with kept_if_possible(one):
            of(one, objects).work(1)
    finally:
        held.give_back()
    assert head_of(objects).generation == 0
    with (
        mock.patch.object(Objects, "upload", side_effect=StoreAwayError("away")),
        kept_if_possible(one),
    ):
        pass
    assert head_of(objects).generation == 0
    with kept_if_possible(one):
        pass
    assert head_of(objects).generation == 1, "it goes with the next work"


def test_a_decision_is_told_as_recorded_only_if_it_is_kept(
    tmp_path: Path, objects: Objects
) -> None:
    one, two = project_in(tmp_path / "one"), project_in(tmp_path / "two")
    with kept(one):
        of(one, objects).work(1)
    refresh(two)
    record(two, [decision("D-1")])
    refresh(one)
    assert of(one, objects).decided() == ["D-1"]
    with (
        mock.patch.object(Objects, "create", side_effect=StoreAwayError("away")),
        pytest.raises(StoreError, match="the decision is not recorded"),
    ):
        record(two, [decision("D-2")])
    assert of(two, objects).decided() == ["D-1"]


def test_while_a_run_is_at_work_here_only_decisions_are_added(
    tmp_path: Path, objects: Objects
) -> None:
    one, two = project_in(tmp_path / "one"), project_in(tmp_path / "two")
    with kept(one):
        of(one, objects).work(1)
    refresh(two)
    with kept(one):
        of(one, objects).work(2)
    record(one, [decision("D-1")])
    with mock.patch.object(session, "exclusive_run", side_effect=AlreadyRunningError("busy")):
        done = refresh(two)
    assert done is not None
    assert done.generation is None
    assert of(two, objects).decided() == ["D-1"]
    assert of(two, objects).state()["lake/issues"] == [1]


def test_a_page_follows_the_store(tmp_path: Path, objects: Objects) -> None:
    one, two = project_in(tmp_path / "one"), project_in(tmp_path / "two")
    with kept(one):
        of(one, objects).work(1)
    with mock.patch.object(follow, "refresh", side_effect=StoreAwayError("away")):
        with pytest.raises(StoreAwayError), follow.following(two):
            pytest.fail("there is nothing to show")
        with follow.following(one):
            pass
    end = time.monotonic() + 60
    with follow.following(two, every=0.05) as followed:
        assert of(two, objects).state()["lake/issues"] == [1]
        with mock.patch.object(follow, "refresh", side_effect=StoreAwayError("away")):
            while followed.trouble != "away" and time.monotonic() < end:
                time.sleep(0.05)
        while followed.trouble and time.monotonic() < end:
            time.sleep(0.05)
        assert followed.trouble == ""
        with kept(one):
            of(one, objects).work(2)
        while of(two, objects).state()["duckdb"] != [(2,)] and time.monotonic() < end:
            time.sleep(0.05)
    assert of(two, objects).state() == of(one, objects).state()


def test_what_is_restored_takes_the_place_of_the_state(tmp_path: Path, objects: Objects) -> None:
    one, two = project_in(tmp_path / "one"), project_in(tmp_path / "two")
    with kept(one):
        of(one, objects).work(1)
    before = {name for name in objects.names("files") if not name.endswith(".json")}
    progress = mock.Mock(report=silent)
    settings = two.settings_path
    assert settings is not None
    with (
        pytest.raises(StateExistsError, match="--replace"),
        backing_up._instead(settings, progress, replace=False),
    ):
        pytest.fail("it was let in")
    with (
        pytest.raises(UserError, match="damaged"),
        backing_up._instead(settings, progress, replace=True),
    ):
        end(of(two, objects), 6, UserError("damaged"))
    assert head_of(objects).generation == 1, "only what was restored as a whole"
    with backing_up._instead(settings, progress, replace=True):
        of(two, objects).work(7)
    refresh(one)
    assert of(one, objects).state() == of(two, objects).state()
    after = {name for name in objects.names("files") if not name.endswith(".json")}
    assert len(after - before) > len(before), "all of it was uploaded, whatever was there"
    with backing_up._instead(tmp_path / "none.yaml", progress, replace=False):
        pass


def test_another_organization_does_not_begin_to_work_on_a_state(
    tmp_path: Path, objects: Objects
) -> None:
    one, two = project_in(tmp_path / "one"), project_in(tmp_path / "two")
    with kept(one):
        of(one, objects).work(1)
    settings = tmp_path / "two" / "okr.yaml"
    settings.write_text(settings.read_text("utf-8").replace("name: Acme", "name: Zeta"), "utf-8")
    two = Project(settings, with_secrets=False)
    assert two.settings.organization.name == "Zeta"
    with pytest.raises(OtherStateError, match="state of Acme, and"), kept(two):
        pytest.fail("it was let in")
    assert head_of(objects).lease is None
    with pytest.raises(OtherStateError):
        refresh(two)
    assert not two.paths.duckdb.exists()
    refresh(two, instead=True)  # a new name only
    with kept(two):
        of(two, objects).work(2)
    assert head_of(objects).organization == "Zeta"
    with kept(one):  # it has a copy, and its settings are told next
        pass


def test_a_restore_sets_aside_what_other_machines_decided(tmp_path: Path, objects: Objects) -> None:
    one, two = project_in(tmp_path / "one"), project_in(tmp_path / "two")
    with kept(one):
        of(one, objects).work(1)
    refresh(two)
    record(one, [decision("D-1")])
    with kept(one):
        of(one, objects).work(2)
    settings = two.settings_path
    assert settings is not None
    with backing_up._instead(settings, mock.Mock(report=silent), replace=True):
        there = of(two, objects)
        assert there.decided() == ["D-1"]
        assert there.state()["lake/issues"] == [1, 2]


@pytest.mark.parametrize("damage", ["another state", "an object is gone"])
def test_a_restore_works_whatever_is_there(tmp_path: Path, objects: Objects, damage: str) -> None:
    one, two = project_in(tmp_path / "one"), project_in(tmp_path / "two")
    with kept(one):
        of(one, objects).work(1)
    if damage == "another state":
        of(two, objects).work(5)
    else:
        objects.delete([name for name in objects.names("files") if name.endswith("/0")])
    settings = two.settings_path
    assert settings is not None
    with backing_up._instead(settings, mock.Mock(report=silent), replace=True):
        of(two, objects).work(7)
    refresh(one)
    assert of(one, objects).state() == of(two, objects).state()


def test_the_doctor_says_what_the_folder_holds_instead_of_the_newest_state(
    tmp_path: Path, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_checks, "open_objects", lambda _: objects)
    one, two, other = (project_in(tmp_path / name) for name in ("one", "two", "other"))
    for number in (1, 2):
        with kept(one):
            of(one, objects).work(number)
        if number == 1:
            refresh(two)

    def told(project: Project) -> list[tuple[str, str]]:
        return [(line.state, line.sentence) for line in store_checks.check_store(project)][1:]

    assert told(one) == []
    assert told(other) == []  # an empty folder
    of(other, objects).work(7)
    ((behind, said),), ((foreign, whose),) = told(two), told(other)
    assert (behind, foreign) == ("warn", "fail")
    assert "is of state 1" in said
    assert "state that is not of s3" in whose
    objects.delete([name for name in objects.names("files") if name.endswith("/0")])
    ((gone, which),) = told(one)
    assert gone == "fail"
    assert "1 of its" in which


def test_without_a_store_nothing_is_done(tmp_path: Path, objects: Objects) -> None:
    one = project_in(tmp_path, store=False)
    with (
        mock.patch.object(session, "open_objects", side_effect=AssertionError),
        kept(one),
        kept_if_possible(one),
        follow.following(one),
    ):
        assert refresh(one) is None
        put_now(one)
        assert is_in_place(one)
        record(one, [decision("D-1")])
    assert of(one, objects).decided() == ["D-1"]
    assert {path.name for path in one.paths.data.iterdir()} == {"lake"}
