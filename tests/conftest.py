"""Fixtures that several rooms share: a company before its first night, and one after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.company import Company, company


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company after its first night; tests must not change it."""
    for one in company(tmp_path_factory.mktemp("published"), issues=1500):
        done = one.okr("sync")
        assert done.returncode == 0, done.stdout + done.stderr
        yield one


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Company]:
    """A company of one's own, before its first night."""
    yield from company(tmp_path)
