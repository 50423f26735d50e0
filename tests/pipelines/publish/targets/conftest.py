"""Fixtures of targets: a Postgres, and two runs to write to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg
import pytest

from pipelines.publish.targets.published_run import PublishedRun
from tests.support.published.runs import publish_run

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[PublishedRun, PublishedRun]:
    """Two runs, each in a file of its own that is held open."""
    folder = tmp_path_factory.mktemp("runs")
    return publish_run(folder / "one.duckdb", 1), publish_run(folder / "two.duckdb", 2, rows=3)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a running Postgres, as its superuser."""
    from tests.support.services.postgres import PASSWORD, postgres  # which Windows cannot import

    with postgres() as port:
        yield f"postgresql://dagster:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/dagster"


@pytest.fixture
def database_url(server: str) -> Iterator[str]:
    """The address of a database of one test's own."""
    name = f"of_test_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0".encode())
        yield server.rpartition("/")[0] + f"/{name}"
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
