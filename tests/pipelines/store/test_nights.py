"""Nights and commands on an object store of the kind of S3, in a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from pipelines.past_days import late_entries
from pipelines.setup.store_checks import check_store
from pipelines.store import lease, status
from pipelines.store.objects import (
    LostRaceError,
    NoObjectError,
    Objects,
    StoreAwayError,
    StoreError,
    open_objects,
)
from tests.pipelines.maintenance.test_examine import FRIDAY
from tests.pipelines.store.machines import in_memory
from tests.support.commands import Answer
from tests.support.services.object_store import object_store
from tests.support.small_company import SETTINGS, SmallCompany

URL = "s3://okr/nights"


@pytest.fixture(scope="module", autouse=True)
def _s3() -> Iterator[None]:
    with object_store() as environment, mock.patch.dict(os.environ, environment):
        yield


def machine(folder: Path, url: str = URL) -> SmallCompany:
    company = SmallCompany(folder)
    told = f"{SETTINGS}store: {url}\nas_of: {FRIDAY}\n"
    (company.folder / "okr.yaml").write_text(told, "utf-8")
    return company


def answered(done: Answer, code: int = 0) -> str:
    told = done.stdout + done.stderr
    assert done.returncode == code, told
    return told.replace("\n", " ")


def test_objects_are_switched_by_one_only() -> None:
    objects = open_objects("s3://okr/objects")
    with pytest.raises(NoObjectError):
        objects.read("a")
    first = objects.create("a", b"1")
    with pytest.raises(LostRaceError):
        objects.create("a", b"2")
    second = objects.replace("a", b"2", first)
    with pytest.raises(LostRaceError):
        objects.replace("a", b"3", first)
    assert objects.read("a") == (b"2", second)
    assert objects.names("") == ["a"]
    objects.delete(["a", "b"])
    assert objects.names("") == []


def test_the_doctor_tries_what_a_night_needs(tmp_path: Path) -> None:
    company = machine(tmp_path, "s3://okr/tried")
    (line,) = check_store(company.project(FRIDAY))
    assert line.state == "ok"
    assert "holds no state yet" in line.sentence
    assert open_objects("s3://okr/tried").names("") == []
    create = Objects.create

    def careless(self: Objects, name: str, content: bytes) -> str:
        self.delete([name])
        return create(self, name, content)

    with (
        mock.patch.object(Objects, "create", careless),
        pytest.raises(StoreError, match="ignores the conditions"),
    ):
        status.try_out(in_memory())


def test_each_trouble_with_a_store_is_said_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreAwayError, match="no such bucket"):
        status.try_out(open_objects("s3://not-there/okr"))
    with pytest.raises(StoreError, match="Correct it in okr"):
        open_objects("ftp://okr/x")
    monkeypatch.setattr("pipelines.store.objects._AGAIN", {"max_retries": 0})
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    company = machine(tmp_path)
    told = answered(company.okr("store"), 2)
    assert "cannot be" in told
    assert "Is the store reachable" in told
    told = answered(company.okr("links", "undo", "D-1", "--by", "Ada", "--why", "so"), 2)
    assert "Is the store reachable" in told
    told = answered(company.okr("sync"), 2)
    assert "Is the store reachable" in told
    opened = (company.folder / "data" / "alerts" / "open.json").read_text("utf-8")
    assert "Is the store reachable" in opened, "somebody is told that the night did not begin"
    with mock.patch("pipelines.store.objects.find_spec", return_value=None):
        assert 'pip install "okr-sync[store]"' in answered(company.okr("store"), 2)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("PermissionDeniedError", "403 AccessDenied\nmore"),
        ("GenericError", "Server returned non-2xx status code: 403 Forbidden: \nmore"),
        ("GenericError", "<Code>InvalidAccessKeyId</Code>\nmore"),
    ],
)
def test_rights_that_are_missing_are_said(kind: str, said: str) -> None:
    from obstore import exceptions

    with (
        mock.patch("obstore.get", side_effect=getattr(exceptions, kind)(said)),
        pytest.raises(StoreAwayError, match="right to list, read, write and delete") as caught,
    ):
        open_objects(URL).read("head.json")
    assert "more" not in str(caught.value)


def test_a_target_and_the_state_stay_apart(tmp_path: Path) -> None:
    company = machine(tmp_path)
    path = company.folder / "okr.yaml"
    target = "publish: {targets: [{name: lake, kind: delta, folder: s3://okr/nights/tables}]}\n"
    path.write_text(path.read_text("utf-8") + target, "utf-8")
    assert "where the state would be" in answered(company.okr("show"), 2)


@pytest.mark.night
def test_a_night_goes_on_on_another_machine(tmp_path: Path) -> None:
    """A night on one, a decision on another; then the first is overtaken while it publishes."""
    one, two = machine(tmp_path / "one"), machine(tmp_path / "two")
    assert "holds no state yet" in answered(one.okr("store"))
    answered(one.okr("sync"))
    assert "is of state 2" in answered(two.okr("store", "fetch"))
    assert two.table("key_results").equals(one.table("key_results"))
    told = json.loads(answered(two.okr("store", "--json")))
    assert told["is_current"]
    assert told["lease"] is None
    words = ("findings", "dismiss", "sources disagree", "KR-2", "--by", "Ada", "--why", "so")
    answered(two.okr(*words))
    assert "already" in answered(one.okr(*words), 2), "known here, too"
    assert "Decisions that wait for the next night: 1" in answered(one.okr("store"))

    publish = late_entries.publish_night

    def overtaken(*given: object) -> object:
        done = publish(*given)  # type: ignore[arg-type]
        lease.release(open_objects(URL))
        return done

    with mock.patch.object(late_entries, "publish_night", overtaken):
        told = answered(one.okr("sync", "--offline"), 1)
    assert "another machine has taken over" in told
    assert json.loads(answered(two.okr("store", "--json")))["generation"] == 2
    assert len(open_objects(URL).names("decisions")) == 1, "the state that has it was not put"
