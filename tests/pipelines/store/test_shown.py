"""Published tables are shown only if the state that they belong to is in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from pipelines.project import Project
from pipelines.store import session, shown
from pipelines.store.lease import LostLeaseError, release
from pipelines.store.objects import Objects, StoreAwayError
from pipelines.store.session import kept, put_now
from published.errors import UserError
from tests.pipelines.store.machines import end, head_of, of, project_in

pytestmark = pytest.mark.usefixtures("opened")


def test_what_is_restored_keeps_its_tables_though_it_cannot_be_uploaded(
    tmp_path: Path, objects: Objects
) -> None:
    one = project_in(tmp_path)
    with kept(one):
        of(one, objects).work(1)
    away = mock.patch.object(Objects, "upload", side_effect=StoreAwayError("away"))
    with away, pytest.raises(StoreAwayError), kept(one, instead=True):
        of(one, objects).work(2)
    assert of(one, objects).state()["duckdb"] == [(2,)]
    with kept(one):
        pass
    assert head_of(objects).generation == 2, "it goes with the next work"


def work_twice(project: Project, objects: Objects, away: Any) -> None:
    """Put a state in place, and another that cannot be."""
    of(project, objects).work(4)
    put_now(project)
    with away:
        of(project, objects).work(5)
        put_now(project)


def test_tables_whose_state_is_not_in_place_are_not_shown(tmp_path: Path, objects: Objects) -> None:
    one = project_in(tmp_path)
    away = mock.patch.object(Objects, "upload", side_effect=StoreAwayError("away"))
    with away, pytest.raises(StoreAwayError), kept(one):
        of(one, objects).work(1)
    with kept(one):
        of(one, objects).work(2)
    with away, pytest.raises(StoreAwayError), kept(one):
        of(one, objects).work(3)
    assert of(one, objects).state()["duckdb"] == [(2,)]
    with pytest.raises(StoreAwayError), kept(one):
        work_twice(one, objects, away)
    assert of(one, objects).state()["duckdb"] == [(4,)], "that state was put in place"
    with kept(one):
        of(one, objects).work(6)
        release(objects)
        with pytest.raises(LostLeaseError):
            put_now(one)
    assert of(one, objects).state()["duckdb"] == [(4,)]
    with mock.patch.object(session, "put_in_place", side_effect=OSError("defect")):
        with pytest.raises(OSError, match="defect"), kept(one):
            of(one, objects).work(7)
        with pytest.raises(UserError, match="blocked"), kept(one):
            end(of(one, objects), 8, UserError("blocked"))
    with pytest.raises(SystemExit), kept(one):
        end(of(one, objects), 9, SystemExit(143))
    assert of(one, objects).state()["duckdb"] == [(4,)]
    shown.remember_published(one.paths)  # as a run that was killed then leaves it
    of(one, objects).work(10)
    with kept(one):
        assert of(one, objects).state()["duckdb"] == [(4,)]
    assert [path.name for path in one.paths.data.glob(".published*")] == []
