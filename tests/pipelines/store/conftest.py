from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.store import lease
from pipelines.store.objects import Objects
from tests.pipelines.store.machines import Machine, in_memory


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Objects:
    """An empty store, in which leases are short."""
    monkeypatch.setattr(lease, "SECONDS", 0.4)
    return in_memory()


@pytest.fixture
def one(tmp_path: Path, objects: Objects) -> Machine:
    return Machine(tmp_path / "one", objects)


@pytest.fixture
def two(tmp_path: Path, objects: Objects) -> Machine:
    return Machine(tmp_path / "two", objects)
