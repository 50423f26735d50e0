"""Queries in their own process: what they may do, what they may return, and what ends them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from benchmarks.beside_sql import links
from benchmarks.hostile_sql.run import every_text
from benchmarks.hostile_sql.texts import DAY, NOTHING, VALUE, HostileSql
from pipelines.lake.confined_sql import process as running
from pipelines.lake.confined_sql.process import QueryError, QueryProcess
from pipelines.lake.confined_sql.results import projection, readings
from pipelines.lake.confined_sql.statement import RefusedError
from pipelines.lake.confined_sql.views import named_streams
from pipelines.lake.tables import Lake

_EVERY = every_text("/nowhere", "127.0.0.1:9")
_SLOW = ("time: levenshtein", "time: sleep", "memory: a list", "memory: string_agg")
_SOME = [
    one
    for number, one in enumerate(one for one in _EVERY if not one.slow)
    if number % 4 == 0 or one.name.startswith("harmless")
]
_PLAIN = "SELECT DATE '2026-11-27' AS day, count(*) AS value FROM jira_issues"
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("lake")
    links.make(folder, 300, 20)
    return Lake(folder / "lake")


@pytest.fixture(scope="module")
def queries(lake: Lake) -> Iterator[QueryProcess]:
    """One process for many queries, as in a night."""
    with QueryProcess(lake, [_PLAIN, *(one.sql for one in _EVERY)]) as queries:
        yield queries


@pytest.mark.parametrize("text", _SOME, ids=lambda text: text.name)
def test_a_hostile_text_ends_in_a_sentence_and_the_next_query_has_its_value(
    queries: QueryProcess, text: HostileSql
) -> None:
    _becomes_what_it_should(queries, text)


@pytest.mark.thorough
def test_what_goes_too_far_is_ended_and_the_next_query_has_its_value(lake: Lake) -> None:
    slow = [one for one in _EVERY if one.name in _SLOW]
    assert len(slow) == len(_SLOW)
    with mock.patch.object(QueryProcess, "seconds", 1.0), QueryProcess(lake, [_PLAIN]) as queries:
        for text in slow:
            _becomes_what_it_should(queries, text)


def test_queries_that_take_too_long_together_leave_out_those_that_come_after(lake: Lake) -> None:
    with QueryProcess(lake, [_PLAIN]) as queries:
        assert queries.run(_PLAIN).problem is None
        with (
            mock.patch.object(QueryProcess, "seconds_in_all", 1e-6),
            pytest.raises(QueryError, match="it was not run: the queries before it took"),
        ):
            queries.run(_PLAIN)
        assert queries.run(_PLAIN).problem is None  # the time of a run is its own
    assert QueryProcess.seconds_in_all >= 10 * QueryProcess.seconds


def _becomes_what_it_should(queries: QueryProcess, text: HostileSql) -> None:
    try:
        result = queries.run(text.sql)
        said = result.problem or (VALUE if len(result.rows) else NOTHING)
    except QueryError as error:
        said = str(error)
    assert re.search(text.becomes, said), said
    assert said.isprintable()
    assert queries.run(_PLAIN).rows["value"].tolist() == [300.0]


def test_there_are_many_hostile_texts_and_their_names_tell_them_apart() -> None:
    assert len({one.name for one in _EVERY}) == len(_EVERY) >= 120


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_what_is_no_text_is_not_even_sent(queries: QueryProcess, sign: str) -> None:
    with pytest.raises(QueryError, match="a character that is no text"):
        queries.run(f"SELECT {DAY}, '{sign}' AS value")


def test_without_a_query_nothing_is_started_or_copied(lake: Lake) -> None:
    with mock.patch.object(running.subprocess, "Popen") as started, QueryProcess(lake, []):
        pass
    started.assert_not_called()


def test_only_the_streams_that_a_query_names_are_copied(lake: Lake) -> None:
    assert named_streams(['SELECT * FROM "JIRA_Issues"', "FROM jira_changes"]) == [
        "jira_issues",
        "jira_changes",
    ]
    with QueryProcess(lake, [_PLAIN]) as queries:
        queries.run(_PLAIN)
        with pytest.raises(QueryError, match="it reads notion_pages"):
            queries.run(_PLAIN.replace("jira_issues", "notion_pages"))


def test_a_process_that_somebody_else_ended_is_replaced(queries: QueryProcess) -> None:
    queries.run(_PLAIN)
    assert queries._worker is not None
    queries._worker._process.kill()
    queries._worker._process.wait()
    assert queries.run(_PLAIN).rows["value"].tolist() == [300.0]


@linux
def test_the_process_can_open_nothing_and_write_nothing(queries: QueryProcess) -> None:
    queries.run(_PLAIN)
    assert queries._worker is not None
    folder = Path(f"/proc/{queries._worker._process.pid}")
    limits = {
        line[:25].strip(): line[25:].split()[:2]
        for line in (folder / "limits").read_text("utf-8").splitlines()
    }
    for name in ("Max open files", "Max file size", "Max core file size"):
        assert limits[name] == ["0", "0"]
    assert int(limits["Max address space"][1]) < 2_500_000_000
    assert limits["Max cpu time"][0] != "unlimited"
    assert (folder / "oom_score_adj").read_text("utf-8") == "1000\n"
    names = {part.partition(b"=")[0] for part in (folder / "environ").read_bytes().split(b"\0")}
    assert names - {b""} <= {b"PYTHONPATH", b"TZ", *map(str.encode, running._KEPT)}
    loaded = (folder / "maps").read_text("utf-8")
    assert "duckdb" in loaded
    assert not re.search("pandas|pyarrow|numpy", loaded)
    opened = [str(one.readlink()) for one in (folder / "fd").iterdir()]
    files = {one for one in opened if not one.startswith(("pipe:", "/dev/null", "/proc/"))}
    assert [one.rpartition("/")[2] for one in files] == ["views.duckdb (deleted)"]


def test_the_process_ends_with_whoever_started_it(lake: Lake) -> None:
    with QueryProcess(lake, [_PLAIN]) as queries:
        worker = queries._start()
        endless = {"sql": f"SELECT {DAY}, sleep_ms(60000) AS value"}
        worker._requests.write(json.dumps(endless).encode() + b"\n")
        worker._requests.close()
        assert worker._process.wait(30) == 0
        worker._answers.close()


@pytest.mark.parametrize(
    ("failing", "error", "why"),
    [
        ("copy_views", duckdb.IOException('IO Error: "x": No space left\nmore'), "No space left"),
        ("_Worker", OSError(11, "Resource temporarily unavailable"), "Resource temporarily"),
        ("create_database", PermissionError(13, "Permission denied", "/a"), "Permission denied"),
    ],
)
def test_what_cannot_be_started_is_told_of_each_query_and_leaves_nothing(
    lake: Lake, tmp_path: Path, failing: str, error: Exception, why: str
) -> None:
    with (
        mock.patch.object(running.tempfile, "tempdir", str(tmp_path)),
        mock.patch.object(running, failing, side_effect=error) as failed,
        QueryProcess(lake, [_PLAIN]) as queries,
    ):
        for _ in range(2):
            with pytest.raises(QueryError, match=f"queries cannot be started: {why}"):
                queries.run(_PLAIN)
    assert failed.call_count == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "line",
    [b"nonsense\n", b'{"rows": [["2026-11-27", Infinity, null]], "problem": null}\n'],
)
def test_an_answer_that_cannot_be_right_is_not_believed(lake: Lake, line: bytes) -> None:
    with QueryProcess(lake, [_PLAIN]) as queries:
        queries.run(_PLAIN)
        with (
            mock.patch.object(running._Worker, "_line", return_value=line),
            pytest.raises(QueryError, match=r"nonsense|not finite"),
        ):
            queries.run(_PLAIN)


def test_a_row_that_cannot_be_used_is_told_and_the_others_count() -> None:
    good, problem = readings(
        [
            ("2026-11-25", 1, None),
            ("2026-11-26", float("nan"), "h"),
            ("2026-11-27", float("inf"), "h"),
            ("2026-11-28T10:00:00+00:00", Decimal("0.5"), "h"),
            ("2026-11-28T01:00:00+02:00", True, None),
            (None, 5, None),
            ("2026-11-30", None, None),
        ]
    )
    assert good == [("2026-11-25", 1.0, None), ("2026-11-28", 0.5, "h"), ("2026-11-27", 1.0, None)]
    assert problem == "its value for 2026-11-26 is a figure that is not finite, and 1 more like it"


@pytest.mark.parametrize(
    ("names", "types", "why"),
    [
        (["day"], ["DATE"], "no column value"),
        (["day", "value", "Value"], ["DATE", "DOUBLE", "DOUBLE"], "two columns value"),
        (["day", "value", "note"], ["DATE", "DOUBLE", "VARCHAR"], "a column note"),
        (["day", "value"], ["DATE[]", "DOUBLE"], "day must be a date"),
        (["day", "value"], ["TIME WITH TIME ZONE", "DOUBLE"], "day must be a date"),
        (["day", "value"], ["DATE", "DECIMAL(18,3)[]"], "value must be a number"),
        (["day", "value", "unit"], ["DATE", "DOUBLE", "INTEGER"], "unit must be text"),
    ],
)
def test_columns_that_no_measure_has(names: list[str], types: list[str], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        projection(names, types)
    kinds = ["TIMESTAMP WITH TIME ZONE", "DECIMAL(18,3)", '"NULL"']
    assert projection(["Day", "VALUE", "unit"], kinds).startswith('CAST(CAST("Day" AS DATE)')
