"""What a user of Postgres may not do is said before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.postgres.target import PostgresTarget
from pipelines.publish.targets.published_run import PublishedRun

Runs = tuple[PublishedRun, PublishedRun]
_LINKS = "SELECT l::text FROM okr.links l ORDER BY 1"


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def few(owner: psycopg.Connection[Any], database_url: str) -> Iterator[PostgresTarget]:
    """A target whose user may read alone, in a schema of somebody else."""
    owner.execute("DROP ROLE IF EXISTS few; CREATE ROLE few LOGIN PASSWORD 'of-few'")
    url = f"postgresql://few:of-few@{database_url.partition('@')[2]}"
    yield PostgresTarget("w", url, "okr", ())
    owner.execute("DROP OWNED BY few; DROP ROLE few")


def test_a_rehearsal_changes_nothing(
    owner: psycopg.Connection[Any], database_url: str, runs: Runs
) -> None:
    target = PostgresTarget("warehouse", database_url, "okr", ())
    target.rehearse(runs[1])
    assert owner.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'okr'").fetchall() == []
    target.write(runs[0].only(["links"]))
    before = owner.execute(_LINKS).fetchall()
    target.rehearse(runs[1])
    assert owner.execute(_LINKS).fetchall() == before
    owner.execute("CREATE VIEW okr.at_risk AS SELECT 1 AS one")
    with pytest.raises(TargetError, match="at_risk is not a view that okr-sync made"):
        target.rehearse(runs[1])


def test_a_rehearsal_names_the_right_that_writing_would_lack(
    owner: psycopg.Connection[Any], few: PostgresTarget, database_url: str, runs: Runs
) -> None:
    run = runs[1].only(["links"])
    PostgresTarget("warehouse", database_url, "okr", ()).write(runs[0].only(["links"]))
    owner.execute("GRANT USAGE ON SCHEMA okr TO few; GRANT SELECT ON okr.links TO few")
    owner.execute("GRANT SELECT ON okr.manifest TO few")
    with pytest.raises(TargetError, match=r'Give it INSERT ON "okr"\."links"'):
        few.rehearse(run)
    owner.execute("GRANT ALL ON ALL TABLES IN SCHEMA okr TO few")
    few.rehearse(run)
    few.write(run)
    with pytest.raises(TargetError, match="Give it CREATE ON SCHEMA okr"):
        few.rehearse(runs[1].only(["links", "kpis"]))
    owner.execute("ALTER TABLE okr.links DROP COLUMN url")
    with pytest.raises(TargetError, match=r'does not own "okr"\."links", whose columns'):
        few.rehearse(run)
