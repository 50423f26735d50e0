from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli.backup import run as backing_up
from pipelines.store import lease, session
from pipelines.store.objects import Objects
from tests.pipelines.store.machines import Machine, in_memory


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Objects:
    """An empty store, in which leases are short."""
    monkeypatch.setattr(lease, "SECONDS", 0.4)
    return in_memory()


@pytest.fixture
def opened(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every project that names a store opens the one in memory, and waits for it only shortly."""
    monkeypatch.setattr(session, "open_objects", lambda _: objects)
    monkeypatch.setattr(backing_up, "open_objects", lambda _: objects)
    monkeypatch.setattr(session, "_PATIENCE", 0.1)


@pytest.fixture
def one(tmp_path: Path, objects: Objects) -> Machine:
    return Machine(tmp_path / "one", objects)


@pytest.fixture
def two(tmp_path: Path, objects: Objects) -> Machine:
    return Machine(tmp_path / "two", objects)
