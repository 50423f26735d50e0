"""The state travels whole between machines, or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import obstore
import pytest

from pipelines.errors import DiskFullError
from pipelines.lake.manifest import STATE_VERSION
from pipelines.project import Project, UnfinishedFetchError
from pipelines.store import fetch as fetching
from pipelines.store import put as putting
from pipelines.store.fetch import OtherStateError
from pipelines.store.head import NAME, LostHeadError, NewerStoreError, read_head
from pipelines.store.lease import LostLeaseError, release
from pipelines.store.listing import read_copy
from pipelines.store.objects import (
    DamagedObjectError,
    NoObjectError,
    Objects,
    StoreAwayError,
    StoreError,
)
from pipelines.store.status import status_of
from tests.pipelines.store.machines import Machine, in_memory
from tests.support.small_company import SmallCompany


def folders(objects: Objects) -> set[str]:
    return {name.split("/")[1] for name in objects.names("files")}


def test_another_machine_has_the_state_and_goes_on_from_it(one: Machine, two: Machine) -> None:
    one.night(1)
    done = two.fetch()
    assert two.state() == one.state()
    assert done.generation == 1
    assert done.files > 6
    two.night(2)
    assert two.state()["lake/issues"] == [1, 2]
    again = one.fetch()
    assert one.state() == two.state()
    copy = read_copy(one.paths.copy)
    assert copy is not None
    assert (again.files, len(copy.files)) == (9, 16), "what is here does not travel again"
    assert one.fetch().files == 0


def test_what_is_gone_from_the_state_is_gone_from_every_copy(one: Machine, two: Machine) -> None:
    one.night(1)
    two.fetch()
    with one.holding() as held:
        one.work(2)
        (one.paths.alerts / "open.json").unlink()
        one.paths.targets.unlink()
        one.put(held)
    two.fetch()
    assert two.state() == one.state()
    assert two.state()["open.json"] is None


def test_without_anything_new_no_state_is_put_in_place(one: Machine) -> None:
    one.night(1)
    with one.holding() as held:
        assert not one.put(held)
        assert held.head.generation == 1


def test_objects_are_kept_for_this_state_and_the_one_before(one: Machine) -> None:
    for number in (1, 2, 3, 4):
        one.night(number)
        head, _ = read_head(one.objects) or pytest.fail("no head")
        for listing in filter(None, (head.listing, head.before)):
            files = json.loads(one.objects.read(listing)[0])
            there = set(one.objects.names("files"))
            assert {file["object"] for file in files.values()} <= there
    first = [name for name in one.objects.names("files") if name.startswith("files/0000000001-")]
    duckdb_of_one = json.loads(one.objects.read(head.before or "")[0])["published.duckdb"]
    assert duckdb_of_one["object"] not in first, "each night writes it anew"
    assert "files/0000000001-" in "".join(first), "the lake's first files are in use"
    assert not [name for name in first if name.endswith("listing.json")]


def test_what_a_killed_machine_had_uploaded_is_deleted_later(one: Machine, two: Machine) -> None:
    one.night(1)
    with two.holding() as held:
        two.work(2)
        with (
            mock.patch.object(putting, "encode_listing", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            two.put(held)
    left = folders(one.objects)
    one.night(3)
    assert one.state()["lake/issues"] == [1, 3], "the killed night is no part of it"
    one.night(4)
    assert len(left) == 2
    assert len(left & folders(one.objects)) == 1


def test_a_machine_that_was_overtaken_puts_nothing_in_place(one: Machine, two: Machine) -> None:
    one.night(1)
    with one.holding() as held:
        one.work(2)
        release(one.objects)  # as when its lease has run out
        two.night(3)
        with pytest.raises(LostLeaseError, match="not put in place"):
            one.put(held)
    two.fetch()
    assert two.state()["lake/issues"] == [1, 3]
    one.fetch()
    assert one.state() == two.state(), "what it computed in vain is replaced"


def test_what_was_not_put_in_place_is_gone_on_from(one: Machine) -> None:
    one.night(1)
    with one.holding():
        one.work(2)  # and the store is away at the end
    one.fetch()
    assert one.state()["lake/issues"] == [1, 2], "nobody has put a state in place since"
    one.night(3)
    assert one.state()["lake/issues"] == [1, 2, 3]


def test_a_head_that_was_deleted_begins_no_second_history(one: Machine, two: Machine) -> None:
    one.night(1)
    content, _ = one.objects.read("head.json")
    one.objects.delete(["head.json"])
    for machine in (one, two):
        with pytest.raises(LostHeadError, match="Put it back"):
            machine.fetch()
        with pytest.raises(LostHeadError):
            machine.night(2)
        with pytest.raises(LostHeadError):
            status_of(one.objects, machine.paths)
    one.objects.create("head.json", content)
    two.night(3)
    assert two.state()["lake/issues"] == [1, 3]


def test_an_object_that_was_deleted_is_uploaded_again(one: Machine, two: Machine) -> None:
    one.night(1)
    found = status_of(one.objects, one.paths)
    assert (found.missing, found.lost) == (0, None)
    gone = [name for name in one.objects.names("files") if name.endswith("/0")]
    one.objects.delete(gone)
    found = status_of(one.objects, one.paths)
    assert found.missing == len(gone) == 1
    copy = read_copy(one.paths.copy)
    assert copy is not None
    assert copy.files[str(found.lost)].object == gone[0]
    with pytest.raises(NoObjectError, match="okr sync on a machine that has the newest state"):
        two.fetch()
    with one.holding() as held:
        assert one.put(held), "though nothing is new here"
    assert status_of(one.objects, one.paths).missing == 0
    two.fetch()
    assert two.state() == one.state()


@pytest.mark.parametrize("damage", [lambda found: found[:-1], lambda found: b"x" + found[1:]])
def test_a_damaged_object_is_noticed_and_nothing_is_replaced(
    one: Machine, two: Machine, damage: Callable[[bytes], bytes]
) -> None:
    one.night(1)
    two.fetch()
    one.night(2)
    head, _ = read_head(one.objects) or pytest.fail("no head")
    files = json.loads(one.objects.read(head.listing or "")[0])
    name = files["published.duckdb"]["object"]
    obstore.put(one.objects._store, name, damage(one.objects.read(name)[0]))
    before = two.state()
    with pytest.raises(DamagedObjectError, match="not as it was uploaded"):
        two.fetch()
    assert two.state() == before
    assert not two.paths.fetching.exists()
    obstore.put(one.objects._store, head.listing or "", b"{}")
    with pytest.raises(DamagedObjectError, match="list of the state's files"):
        two.fetch()
    assert two.state() == before


def test_a_full_disk_is_said_before_anything_is_replaced(one: Machine, two: Machine) -> None:
    one.night(1)
    with (
        mock.patch("shutil.disk_usage", return_value=mock.Mock(free=1000)),
        pytest.raises(DiskFullError, match="may be needed"),
    ):
        two.fetch()
    assert two.state() == {"open.json": None, "targets.json": None}
    full = OSError(28, "No space left on device")
    with (
        mock.patch.object(fetching, "write_copy", side_effect=full),
        pytest.raises(OSError, match="No space"),
    ):
        two.fetch()
    assert not two.paths.fetching.exists()


def test_a_fetch_that_is_killed_while_it_replaces_is_ended_by_the_next(
    one: Machine, two: Machine, tmp_path: Path
) -> None:
    one.night(1)
    two.fetch()
    one.night(2)
    kept = one.state()
    moved, killed = 0, 0
    for step in range(40):
        victim = Machine(tmp_path / f"victim {step}", one.objects)
        shutil.copytree(two.paths.data, victim.paths.data)
        before = victim.state()
        if _is_killed_at(step, victim):
            killed += 1
            if victim.paths.fetched.exists():
                moved += 1
                fetching.finish(victim.paths)
                assert victim.state() == kept
            else:
                assert victim.state() == before
            victim.fetch()
        assert victim.state() == kept
        assert not victim.paths.fetched.exists()
        if killed <= step:
            break
    assert moved >= 5


def _is_killed_at(step: int, machine: Machine) -> bool:
    """Fetch, and be ended before the rename of this number; whether there were so many."""
    left, rename, replace = step, Path.rename, Path.replace

    def counted(do: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def done(path: Path, to: Path) -> Path:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            return do(path, to)

        return done

    with (
        mock.patch.object(Path, "rename", counted(rename)),
        mock.patch.object(Path, "replace", counted(replace)),
    ):
        try:
            machine.fetch()
        except KeyboardInterrupt:
            return True
    return False


def test_state_of_another_origin_is_never_replaced_unasked(one: Machine, two: Machine) -> None:
    one.night(1)
    two.paths.data.mkdir()
    two.work(7)
    before = two.state()
    with pytest.raises(OtherStateError, match="okr store fetch --replace"):
        two.fetch()
    assert two.state() == before
    done = two.fetch(instead=True)
    assert two.state() == one.state()
    assert {path.name for path in done.set_aside} >= {"lake", "published", "published.duckdb"}
    assert all(path.exists() for path in done.set_aside)


def test_a_copy_that_was_damaged_is_fetched_anew(one: Machine) -> None:
    one.night(1)
    kept = one.state()
    shutil.rmtree(one.paths.lake)
    assert one.fetch().files == 0, "nobody knows that this was no run"
    done = one.fetch(instead=True)
    assert one.state() == kept
    assert 0 < done.files < 9


def test_a_damaged_copy_is_not_put_in_place(one: Machine, two: Machine) -> None:
    one.night(1)
    with one.holding() as held:
        one.work(2)
        next((one.paths.lake / "issues").glob("*.parquet")).unlink()
        with pytest.raises(StoreError, match="stays as it was"):
            one.put(held)
    two.fetch()
    assert two.state()["lake/issues"] == [1]


def test_state_that_was_there_before_the_store_is_the_first_in_it(one: Machine) -> None:
    one.paths.data.mkdir()
    one.work(1)
    one.fetch()
    with one.holding() as held:
        assert one.put(held)
    assert one.state()["lake/issues"] == [1]


def test_a_copy_of_another_store_is_no_beginning_of_an_empty_one(one: Machine) -> None:
    one.night(1)
    one.objects = in_memory()
    with pytest.raises(OtherStateError, match="delete"):
        one.fetch()
    one.paths.copy.unlink()
    one.fetch()
    with one.holding() as held:
        assert one.put(held)


def test_a_store_that_was_put_back_to_an_older_state_replaces_nothing_unasked(
    one: Machine,
) -> None:
    one.night(1)
    older = one.objects.read(NAME)[0]
    one.night(2)
    obstore.put(one.objects._store, NAME, older)
    with pytest.raises(OtherStateError, match="newer than"):
        one.fetch()
    assert one.fetch(instead=True).set_aside
    assert one.state()["lake/issues"] == [1]


@pytest.mark.parametrize("newer", [{"format": 2}, {"state": STATE_VERSION + 1}])
def test_what_a_newer_version_wrote_is_refused(
    one: Machine, two: Machine, newer: dict[str, int]
) -> None:
    one.night(1)
    told = json.loads(one.objects.read(NAME)[0]) | newer | {"okr_sync": "9.1.0", "files": []}
    obstore.put(one.objects._store, NAME, json.dumps(told).encode())
    with pytest.raises(NewerStoreError, match=r"Install okr-sync 9\.1\.0 or newer"):
        two.fetch()
    obstore.put(one.objects._store, NAME, b"no head")
    with pytest.raises(StoreError, match="is no head of okr-sync"):
        two.fetch()


def test_a_listing_never_names_a_file_outside_of_the_state(one: Machine, two: Machine) -> None:
    one.night(1)
    head = json.loads(one.objects.read(NAME)[0])
    files = json.loads(one.objects.read(head["listing"])[0])
    files["data/../../escaped"] = next(iter(files.values()))
    content = json.dumps(files).encode()
    obstore.put(one.objects._store, head["listing"], content)
    head["sha256"] = hashlib.sha256(content).hexdigest()
    obstore.put(one.objects._store, NAME, json.dumps(head).encode())
    with pytest.raises(DamagedObjectError):
        two.fetch()
    assert not (two.paths.data.parent / "escaped").exists()


def test_an_upload_that_fails_leaves_the_state_as_it_was(one: Machine, two: Machine) -> None:
    one.night(1)
    away = StoreAwayError("s3://okr/state: it cannot be written.")
    with one.holding() as held:
        one.work(2)
        with mock.patch.object(Objects, "upload", side_effect=away), pytest.raises(StoreAwayError):
            one.put(held)
        two.fetch()
        assert two.state()["lake/issues"] == [1]
        assert one.put(held)
    two.fetch()
    assert two.state()["lake/issues"] == [1, 2]


def test_who_fetches_while_two_states_are_put_in_place_gets_the_newest(
    one: Machine, two: Machine
) -> None:
    one.night(1)
    download, nights = Objects.download, iter((2, 3))

    def late(self: Objects, name: str, *rest: object) -> None:
        for number in nights:  # both while the first file travels
            one.night(number)
        download(self, name, *rest)  # type: ignore[arg-type]

    with mock.patch.object(Objects, "download", late), mock.patch.object(fetching, "AT_ONCE", 1):
        assert two.fetch().generation == 3
    assert two.state() == one.state()


def test_commands_refuse_a_copy_that_is_half_replaced(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path / "company")
    (company.folder / "data" / "fetched").mkdir(parents=True)
    with pytest.raises(UnfinishedFetchError, match="okr store fetch"):
        _ = Project(company.folder / "okr.yaml").paths
