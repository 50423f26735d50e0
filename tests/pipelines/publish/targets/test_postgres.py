"""Postgres as a target: a real one, and analysts with views in it."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import psycopg
import pytest

from okr_model.tables import BY_NAME, KEY_RESULTS, Column, Table
from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.postgres import session as sessions
from pipelines.publish.targets.postgres import target as targets
from pipelines.publish.targets.postgres.shape import MARK
from pipelines.publish.targets.postgres.target import PostgresTarget
from pipelines.publish.targets.published_run import PublishedRun, open_run
from pipelines.publish.views import VIEWS
from tests.pipelines.publish.test_views import with_a_past
from tests.support.company import Company
from tests.support.paths import ROOT
from tests.support.published.runs import run_id, seen_while, values_of

Runs = tuple[PublishedRun, PublishedRun]


class Killed(BaseException):
    """The process ends."""


class Database:
    """A database of one test's own, as its owner and as others see it."""

    def __init__(self, url: str, connection: psycopg.Connection[Any]) -> None:
        self.url = url
        self._connection = connection

    def target(self, *readers: str, name: str = "warehouse") -> PostgresTarget:
        return PostgresTarget(name, self.url, "okr", readers)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query.encode()).fetchall()

    def run(self, statement: str) -> None:
        self._connection.execute(statement.encode())


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Database(database_url, connection)


def as_there(value: Any) -> Any:
    """A published value as Postgres can hold it."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC)
    return [as_there(one) for one in value] if isinstance(value, list) else value


def test_it_reads_back_as_published(database: Database, runs: Runs) -> None:
    target = database.target()
    assert target.manifest() is None
    for run in (runs[1].only(["key_results", "links"]), runs[0]):
        target.write(run)
        for table in run.tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            found = database.rows(f"SELECT {names} FROM okr.{table.name}")  # noqa: S608 - our own names
            wanted = [tuple(map(as_there, row.values())) for row in values_of(run, table.name)]
            found = [tuple(map(as_there, row)) for row in found]
            assert sorted(map(repr, found)) == sorted(map(repr, wanted)), table.name
        held = target.manifest()
        assert held is not None
        assert held.is_of(run)
        assert database.rows("SELECT run_id, as_of FROM okr.manifest") == [(run.run_id, run.as_of)]


def test_a_table_that_somebody_dropped_is_named(database: Database, runs: Runs) -> None:
    target, run = database.target(), runs[1].only(["key_results", "links"])
    assert target.missing(target.write(run)) is None
    database.run("DROP TABLE okr.links")
    held = target.manifest()
    assert held is not None
    assert target.missing(held) == "the table okr.links is missing"
    assert target.missing(target.write(run)) is None


def test_types_keys_and_comments_are_those_of_the_contract(database: Database, runs: Runs) -> None:
    database.target().write(runs[1])
    for table in BY_NAME.values():
        columns = database.rows(
            "SELECT column_name, data_type, is_nullable, col_description(to_regclass('okr.' ||"  # noqa: S608 - our own names
            " table_name), ordinal_position) FROM information_schema.columns"
            f" WHERE table_schema = 'okr' AND table_name = '{table.name}'"
            " ORDER BY ordinal_position"
        )
        keys = {*table.key}
        types = {
            "text": "text",
            "integer": "bigint",
            "number": "double precision",
            "date": "date",
            "timestamp": "timestamp with time zone",
            "boolean": "boolean",
            "text[]": "ARRAY",
        }
        for column, (name, kind, nullable, comment) in zip(table.columns, columns, strict=True):
            assert (name, kind) == (column.name, types[column.type])
            assert (nullable == "NO") == (column.required or column.name in keys)
            assert comment == column.described


def test_views_grants_and_columns_of_other_people_survive(database: Database, runs: Runs) -> None:
    database.run("DROP ROLE IF EXISTS analyst, reader_of_okr")
    database.run("CREATE ROLE analyst; CREATE ROLE reader_of_okr")
    one, other = (run.only(["key_results", "links", "runs"]) for run in runs)
    database.target("reader_of_okr").write(one)
    database.run(
        "CREATE SCHEMA marts; CREATE VIEW marts.lows AS SELECT key_result_id, run_id, progress"
        " FROM okr.key_results; CREATE MATERIALIZED VIEW marts.kept AS SELECT * FROM okr.links;"
        " GRANT SELECT ON okr.key_results TO analyst; ALTER TABLE okr.runs ADD COLUMN note text;"
        " UPDATE okr.runs SET note = 'ours'; CREATE TABLE okr.mine AS SELECT 1 AS one;"
        " CREATE INDEX by_title ON okr.key_results (statement);"
        " CREATE TABLE marts.notes (run_id text REFERENCES okr.runs, note text);"
        " INSERT INTO marts.notes VALUES ('run-1', 'kept')"
    )
    touched = "SELECT run_id, xmin::text FROM okr.runs ORDER BY run_id"
    (before,) = database.rows(touched)
    database.target("reader_of_okr").write(other)
    assert {row[1] for row in database.rows("SELECT * FROM marts.lows")} == {run_id(2)}
    for role, table in (("analyst", "key_results"), ("reader_of_okr", "links")):
        query = f"SELECT has_table_privilege('{role}', 'okr.{table}', 'SELECT')"
        assert database.rows(query) == [(True,)]
    assert database.rows("SELECT has_table_privilege('analyst', 'okr.links', 'SELECT')") == [
        (False,)
    ]
    assert database.rows("SELECT one FROM okr.mine") == [(1,)]
    # A row that is the same in both runs was not touched.
    assert database.rows(touched)[0] == before
    notes = "SELECT run_id, note FROM okr.runs ORDER BY run_id"
    assert database.rows(notes) == [(run_id(1), "ours"), (run_id(2), None)]
    assert database.rows("SELECT to_regclass('okr.by_title') IS NOT NULL") == [(True,)]


def test_who_reads_meanwhile_sees_one_run_and_never_waits(database: Database, runs: Runs) -> None:
    tables = ("key_results", "links", "sources", "manifest")
    query = " UNION ".join(f"SELECT run_id FROM okr.{table}" for table in tables)  # noqa: S608 - our own names
    target, (one, other) = database.target(), (run.only(tables) for run in runs)
    target.write(one)
    with psycopg.connect(database.url, autocommit=True, options="-c lock_timeout=1") as reader:

        def look() -> set[str]:
            return {run for (run,) in reader.execute(query.encode()).fetchall()}

        seen = seen_while(look, [lambda r=run: target.write(r) for run in (other, one, other)])
    assert all(len(found) == 1 for found in seen), seen
    assert {run for found in seen for run in found} == {run_id(1), run_id(2)}


@pytest.mark.parametrize("commit", range(2))
def test_a_kill_between_copying_and_the_commit_leaves_the_run_before(
    database: Database, runs: Runs, commit: int
) -> None:
    target, (one, other) = database.target(), (run.only(["key_results"]) for run in runs)
    target.write(one)
    effects = [*[None] * commit, Killed]
    killed = mock.patch.object(targets, "about_to_commit", side_effect=effects)
    with killed, pytest.raises(Killed):
        target.write(other)
    found = target.manifest()
    assert found is not None
    assert found.is_of(one)
    assert database.rows("SELECT DISTINCT run_id FROM okr.key_results") == [(run_id(1),)]
    target.write(other)
    assert database.rows("SELECT DISTINCT run_id FROM okr.key_results") == [(run_id(2),)]


def changed(run: PublishedRun, table: Table, columns: tuple[Column, ...]) -> PublishedRun:
    """``run`` under another contract of one table."""
    (one,) = (one for one in run.tables if one.name == table.name)
    declared = replace(table, columns=columns)
    tables = (replace(one, declared=declared, columns=columns),)
    return replace(run, tables=tables)


def test_new_columns_are_added_and_removed_ones_dropped(database: Database, runs: Runs) -> None:
    run = runs[0].only([KEY_RESULTS.name])
    statement = next(one for one in KEY_RESULTS.columns if one.name == "statement")
    less = tuple(one for one in KEY_RESULTS.columns if one is not statement)
    database.target().write(changed(run, KEY_RESULTS, less))
    database.run("CREATE VIEW lows AS SELECT * FROM okr.key_results")
    database.target().write(run)
    said = {as_there(row["statement"]) for row in values_of(run, "key_results")}
    assert {one for (one,) in database.rows("SELECT statement FROM okr.key_results")} == said
    database.run("CREATE VIEW said AS SELECT statement FROM okr.key_results")
    refused = r"view public\.said depends on column statement.*Change or drop"
    with pytest.raises(TargetError, match=refused):
        database.target().write(changed(runs[1], KEY_RESULTS, less))
    assert database.rows("SELECT DISTINCT run_id FROM okr.key_results") == [(run_id(1),)]
    database.run("DROP VIEW said")
    database.target().write(changed(runs[1], KEY_RESULTS, less))
    assert database.rows("SELECT DISTINCT run_id FROM okr.key_results") == [(run_id(2),)]
    query = "SELECT 1 FROM information_schema.columns WHERE table_schema = 'okr'"
    assert not database.rows(f"{query} AND column_name = 'statement'")


def test_a_retyped_column_is_changed_unless_a_view_needs_it(database: Database, runs: Runs) -> None:
    run = runs[0].only(["kpis"])
    database.target().write(run)
    database.run("ALTER TABLE okr.kpis ALTER name DROP NOT NULL")
    database.run("ALTER TABLE okr.kpis ALTER name TYPE bigint USING 5")
    database.run("CREATE VIEW names AS SELECT name FROM okr.kpis")
    with pytest.raises(TargetError, match=r"view public\.names depends on column"):
        database.target().write(run)
    database.run("DROP VIEW names")
    database.target().write(run)
    names = {row["name"] for row in values_of(run, "kpis")}
    assert set(database.rows("SELECT name FROM okr.kpis")) == {(as_there(one),) for one in names}


def test_a_table_that_is_no_longer_chosen_goes_unless_a_view_needs_it(
    database: Database, runs: Runs
) -> None:
    database.target().write(runs[1].only(["kpis", "links"]))
    database.run("CREATE VIEW linked AS SELECT * FROM okr.links")
    with pytest.raises(TargetError, match=r"view public\.linked depends on table okr\.links"):
        database.target().write(runs[1].only(["kpis"]))
    database.run("DROP VIEW linked")
    database.target().write(runs[1].only(["kpis"]))
    assert database.rows("SELECT to_regclass('okr.links')") == [(None,)]


def test_a_table_of_somebody_else_is_refused(database: Database, runs: Runs) -> None:
    database.run("CREATE SCHEMA okr; CREATE TABLE okr.kpis AS SELECT 1 AS precious")
    for ask in (database.target().rehearse, database.target().write):
        with pytest.raises(TargetError, match=r"okr\.kpis is not a table that okr-sync made"):
            ask(runs[1])
    assert database.rows("SELECT precious FROM okr.kpis") == [(1,)]
    assert database.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'okr'") == [(1,)]
    # One that is not published to it is nobody's business.
    database.target().write(runs[1].only(["links"]))
    assert database.rows("SELECT precious FROM okr.kpis") == [(1,)]


def test_two_writers_do_not_interleave(database: Database, runs: Runs) -> None:
    target, (one, other) = database.target(), (run.only(["links"]) for run in runs)
    target.write(one)
    inside, go = threading.Event(), threading.Event()

    def wait() -> None:
        inside.set()
        go.wait(30)

    with mock.patch.object(targets, "about_to_commit", side_effect=wait):
        first = threading.Thread(target=target.write, args=[other])
        first.start()
        assert inside.wait(30)
        with pytest.raises(TargetError, match="Another okr-sync is writing there"):
            target.write(one)
        go.set()
        first.join()
    found = target.manifest()
    assert found is not None
    assert found.is_of(other)


def test_a_server_that_hangs_ends_in_a_sentence(database: Database, runs: Runs) -> None:
    target, (one, other) = database.target(), (run.only(["links"]) for run in runs)
    target.write(one)
    stopped = 0

    def hang() -> None:
        nonlocal stopped
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'okr-sync'"
        ((stopped,),) = database.rows(query)
        os.kill(stopped, signal.SIGSTOP)

    try:
        with (
            mock.patch.object(targets, "about_to_commit", side_effect=hang),
            mock.patch.object(sessions, "_SILENT_SECONDS", 1),
            pytest.raises(TargetError, match="did not answer for"),
        ):
            target.write(other)
    finally:
        os.kill(stopped, signal.SIGCONT)
    found = target.manifest()
    assert found is not None
    assert found.is_of(one)


def test_what_is_lacking_is_named(database: Database, runs: Runs) -> None:
    for ask in (database.target("nobody-here").rehearse, database.target("nobody-here").write):
        with pytest.raises(TargetError, match="no role 'nobody-here'"):
            ask(runs[1])
    database.run("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN PASSWORD 'of-a-weak-role'")
    weak = database.url.partition("@")[2]
    target = PostgresTarget("w", f"postgresql://weak:of-a-weak-role@{weak}", "okr", ())
    with pytest.raises(
        TargetError,
        match=r"permission denied for (database \w+)\. Give the user of the url rights on \1,",
    ):
        target.write(runs[1])
    for asked in (target.look, lambda: target.rehearse(runs[1])):
        with pytest.raises(TargetError, match="CREATE ON DATABASE"):
            asked()
    assert database.target().look().startswith("Postgres ")


def test_a_database_that_lacks_characters_is_refused(server: str, runs: Runs) -> None:
    with pytest.raises(TargetError, match="whose encoding is UTF8"):  # made with LC_ALL=C
        PostgresTarget("w", server, "okr", ()).write(runs[1])


def test_views_are_those_of_the_file_and_touched_only_if_they_change(
    database: Database, published: Company, tmp_path: Path
) -> None:
    path = with_a_past(published, tmp_path / "published.duckdb")
    run, target = open_run(path), database.target("pg_monitor")
    target.write(run)
    with duckdb.connect(str(path), read_only=True) as connection:
        for view in VIEWS:
            names = ", ".join(view.columns)
            query = f"SELECT {names} FROM okr.{view.name}"  # noqa: S608 - our own names
            wanted = [tuple(map(as_there, row)) for row in connection.execute(query).fetchall()]
            found = [tuple(map(as_there, row)) for row in database.rows(query)]
            assert wanted
            assert sorted(map(repr, found)) == sorted(map(repr, wanted)), view.name
            may = f"SELECT has_table_privilege('pg_monitor', 'okr.{view.name}', 'SELECT')"
            assert database.rows(may) == [(True,)]
    which = "SELECT oid, relname FROM pg_class WHERE relkind = 'v' AND relname = 'at_risk'"
    before = database.rows(which)
    target.write(run)
    assert database.rows(which) == before
    database.run(f"COMMENT ON VIEW okr.at_risk IS 'Of an older version. {MARK}'")
    target.write(run)
    assert database.rows(which) != before
    target.write(run.only(["key_results"]))
    views = "SELECT table_name FROM information_schema.views WHERE table_schema = 'okr' ORDER BY 1"
    assert database.rows(views) == [("at_risk",), ("freshness",)]


def test_queries_for_other_tools_run_in_postgres(
    database: Database, published: Company, tmp_path: Path
) -> None:
    database.target().write(open_run(with_a_past(published, tmp_path / "published.duckdb")))
    text = (ROOT / "docs/tools.md").read_text("utf-8")
    queries = re.findall(r"^```(?:pg)?sql\n(.*?)^```", text, re.M | re.S)
    assert len(queries) > 4
    for query in queries:
        assert database.rows(re.sub(r"\$__timeFilter\(.*?\)", "true", query)), query


def test_our_views_keep_no_column_and_replace_nothing_of_other_people(
    database: Database, runs: Runs
) -> None:
    run = runs[0].only(["key_results", "kpis"])
    database.run("CREATE SCHEMA okr; CREATE VIEW okr.at_risk AS SELECT 1 AS one")
    with pytest.raises(TargetError, match="at_risk is not a view that okr-sync made"):
        database.target().write(run)
    assert database.rows("SELECT one FROM okr.at_risk") == [(1,)]
    database.run("DROP VIEW okr.at_risk")
    database.target().write(run)
    pace = next(one for one in KEY_RESULTS.columns if one.name == "pace")
    less = tuple(one for one in KEY_RESULTS.columns if one is not pace)
    database.target().write(changed(runs[1], KEY_RESULTS, less))
    views = "SELECT table_name FROM information_schema.views WHERE table_schema = 'okr' ORDER BY 1"
    assert database.rows(views) == [("freshness",)]
    database.target().write(run)
    assert database.rows(views) == [("at_risk",), ("freshness",)]
