"""Fixtures of targets: a Postgres, and two runs to write to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines.publish.targets.published_run import PublishedRun
from tests.support.postgres import PASSWORD, postgres
from tests.support.published_runs import publish_run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[PublishedRun, PublishedRun]:
    """Two runs, each in a file of its own that is held open."""
    folder = tmp_path_factory.mktemp("runs")
    return publish_run(folder / "one.duckdb", 1), publish_run(folder / "two.duckdb", 2, rows=3)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a running Postgres, as its superuser."""
    with postgres() as port:
        yield f"postgresql://dagster:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/dagster"
