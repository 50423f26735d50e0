"""``okr mcp``: an assistant's questions over the protocol, answered from what is published."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession, StdioServerParameters, stdio_client

from pipelines.cli.assistant import query as querying
from pipelines.cli.assistant.query import query
from pipelines.cli.assistant.server import library_of
from pipelines.cli.assistant.tools import MOST, UnanswerableError, key_results
from pipelines.project import Project
from published.restricted import Restriction, hidden_from
from published.snapshot import Snapshot, Snapshots
from tests.support.page.published_file import publish
from tests.support.small_company import SETTINGS

DAY, BEFORE = dt.date(2026, 11, 28), dt.date(2026, 11, 21)
URL = "https://notion.example/kr-1"


def row_of(key: str, team: str, day: dt.date = DAY, **more: Any) -> dict[str, Any]:
    return {
        "key_result_id": key,
        "cycle_id": "2026-Q4",
        "cycle_start": dt.date(2026, 10, 1),
        "cycle_end": dt.date(2026, 12, 31),
        "due_on": dt.date(2026, 12, 31),
        "statement": f"Statement of {key}",
        "team": team,
        "teams": [team],
        "url": f"https://notion.example/{key.lower()}",
        "value_url": "https://sheets.example/cell",
        "value_state": "measured",
        "progress_state": "computed",
        "evidence_state": "enough",
        "kind": "increase",
        "unit": "count",
        "baseline": 0.0,
        "target": 100.0,
        "current_value": 40.0,
        "current_value_at": day,
        "progress_raw": 0.4,
        "progress": 0.4,
        "expected_progress": 0.6,
        "pace": "behind",
        "as_of": day,
        **more,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An organization whose team People only some may see, as published on two days."""
    folder = tmp_path_factory.mktemp("assistant")
    page = "page: {restricted: [{teams: [People], groups: [hr]}]}"
    (folder / "okr.yaml").write_text(f"{SETTINGS}\n{page}\n", encoding="utf-8")
    (folder / "data").mkdir()
    now = [row_of("KR-1", "Sales"), row_of("KR-9", "People", statement="Close Leeds")]
    then = [
        row_of("KR-1", "Sales", BEFORE, current_value=30.0, pace="on"),
        row_of("KR-9", "People", BEFORE),
    ]
    link = {"state": "active", "rule": "field", "confidence": "high", "evidence": "KR-1"}
    named = {"initiative_id": "jira:1", "initiative": "SAL-1", "url": "https://jira.example/SAL-1"}
    finding = {"severity": "warning", "rule": "pace gap", "subject_type": "key result"}
    rows = {
        "key_results": now,
        "key_results_daily": [*now, *then],
        "links": [
            {**link, **named, "key_result_id": "KR-1"},
            {**link, **named, "key_result_id": "KR-9", "initiative_id": "jira:2"},
        ],
        "findings": [
            {**finding, "finding_id": key, "subject_id": key, "sentence": f"{key} is behind."}
            for key in ("KR-1", "KR-9")
        ],
        "measurements": [
            {
                "key_result_id": "KR-1",
                "cycle_id": "2026-Q4",
                "date": DAY,
                "measure": "sheets",
                "value": 40.0,
                "url": "https://sheets.example/cell",
                "source": "sheets",
                "record_id": "r",
            }
        ],
        "changes": [
            {
                "key_result_id": "KR-1",
                "cycle_id": "2026-Q4",
                "number": 1,
                "field": "target",
                "old": "90",
                "new": "100",
                "seen_on": dt.date(2026, 11, 25),
                "changed_on": dt.date(2026, 11, 25),
                "url": URL,
            }
        ],
    }
    publish(folder / "data" / "published.duckdb", rows)
    return folder


async def asked(folder: Path, *questions: tuple[str, dict[str, Any]]) -> list[Any]:
    """Asks several questions in one conversation with ``okr mcp``."""
    server = StdioServerParameters(
        command=str(Path(sys.executable).with_name("okr")),
        args=["mcp", "--config", str(folder / "okr.yaml")],
        env={**os.environ, "COLUMNS": "80"},
    )
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        found: list[Any] = [await session.list_tools()]
        found += [await session.call_tool(name, given) for name, given in questions]
        return found


def told(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content[0].text
    return json.loads(result.content[0].text)


@pytest.mark.thorough
def test_an_assistant_asks_over_stdio_and_gets_rows_days_and_addresses(folder: Path) -> None:
    questions = (
        ("key_results", {}),
        ("explain", {"key_result": "kr-1"}),
        ("links", {"initiative": "sal-1"}),
        ("findings", {"rule": "pace gap"}),
        ("changes_since", {"day": BEFORE.isoformat()}),
        ("query", {"sql": "SELECT key_result_id, url FROM key_results ORDER BY 1"}),
        ("explain", {"key_result": "KR-9"}),
        ("query", {"sql": "SELECT * FROM okr.key_results"}),
        ("changes_since", {"day": "2026-01-01"}),
    )
    listed, *answers = asyncio.run(asked(folder, *questions))
    tools = {tool.name: tool for tool in listed.tools}
    assert list(tools) == [
        "key_results",
        "explain",
        "links",
        "findings",
        "changes_since",
        "query",
    ]
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert all(tool.description for tool in tools.values())
    for result in answers[:6]:
        answer = told(result)
        assert answer["as_of"] == DAY.isoformat()
        assert answer["run_id"] == "run-1"
        assert answer["rows"]
        for row in answer["rows"]:
            assert row["source"] or result is answers[3]
        assert "KR-9" not in json.dumps(answer)
        assert "Leeds" not in json.dumps(answer)
    lines, why, work, found, changed, free = (told(one)["rows"] for one in answers[:6])
    assert lines[0]["row"] == {
        "table": "key_results",
        "key_result_id": "KR-1",
        "cycle_id": "2026-Q4",
    }
    assert (lines[0]["current_value"], lines[0]["as_of"]) == (40.0, DAY.isoformat())
    assert lines[0]["source"] == URL
    assert {"Value", "Progress"} <= {one["title"] for one in why[0]["sections"]}
    assert why[0]["readings"][0]["source"] == "https://sheets.example/cell"
    assert work[0]["evidence"] == "KR-1"
    assert found[0]["sentence"] == "KR-1 is behind."
    assert {one["what"] for one in changed} == {"definition", "figures"}
    moved = next(one for one in changed if one["what"] == "figures")["changed"]
    assert moved["current_value"] == {"then": 30.0, "now": 40.0}
    assert free == [{"key_result_id": "KR-1", "url": URL, "source": URL}]
    for result, words in zip(
        answers[6:], ("is published, but: KR-1", "okr.key_results", "nearest"), strict=True
    ):
        assert result.is_error
        assert words in result.content[0].text


def test_it_speaks_for_the_groups_that_it_is_told(folder: Path) -> None:
    project = Project(folder / "okr.yaml", with_secrets=False)
    for groups, seen in (([], []), (["hr"], ["KR-9"])):
        answer = key_results(library_of(project, groups), None, "people", None)
        assert [row["key_result_id"] for row in answer["rows"]] == seen


@pytest.fixture(scope="module")
def tables(folder: Path) -> Snapshot:
    whole = Snapshots(folder / "data" / "published.duckdb").current()
    return whole.seen_by(hidden_from([], [Restriction((), ("People",), ())]))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM published.okr.key_results",
        "SELECT * FROM okr.key_results",
        "FROM published.okr.key_results",
        "SELECT * FROM query_table('published.okr.key_results')",
        "SELECT * FROM query('FROM published.okr.key_results')",
        "SELECT * FROM duckdb_views()",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT content FROM read_text('/etc/passwd')",
        "SELECT getenv('HOME')",
        "SELECT current_setting('temp_directory')",
        "COPY key_results TO '/tmp/x.csv'",
        "ATTACH '/tmp/x.db'",
        "SET enable_external_access = true",
        "DROP VIEW key_results",
        "CREATE TABLE x AS SELECT 1",
        "SELECT 1; SELECT 2",
        "USE published.okr",
        "DESCRIBE key_results",
        "SHOW TABLES",
        "SELECT * FROM (DESCRIBE key_results)",
        "PRAGMA database_list",
        "EXPLAIN SELECT * FROM key_results",
        "WITH x AS (SELECT * FROM published.okr.links) SELECT * FROM x",
        "SELECT (SELECT count(*) FROM published.okr.key_results)",
        "SELECT * FROM key_results WHERE key_result_id IN (SELECT key_result_id FROM okr.links)",
        "",
        "SELECT '\0'",
        "SELECT 'x" + "x" * 60_000 + "'",
        "SELECT nothing FROM key_results",
        "nonsense",
    ],
    ids=lambda sql: sql[:60],
)
def test_a_query_reaches_the_tables_as_they_are_seen_and_nothing_else(
    tables: Snapshot, sql: str
) -> None:
    with pytest.raises(UnanswerableError, match="The query"):
        query(tables, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT key_result_id FROM key_results",
        "WITH mine AS (FROM key_results) SELECT key_result_id FROM mine",
        "SELECT k.key_result_id FROM key_results k JOIN links USING (key_result_id)",
        "SELECT DISTINCT key_result_id FROM key_results_daily",
        "SELECT key_result_id FROM links UNION SELECT key_result_id FROM measurements",
    ],
)
def test_a_query_sees_no_hidden_row(tables: Snapshot, sql: str) -> None:
    assert [row["key_result_id"] for row in query(tables, sql)["rows"]] == ["KR-1"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM key_results WHERE CAST(current_value::VARCHAR || team AS INTEGER) = 1",
        "SELECT 1 FROM key_results WHERE error(team || current_value) = 1",
        "SELECT 1 FROM links WHERE CAST(key_result_id AS DATE) IS NULL AND initiative_id <> 'x'",
        "SELECT CAST(team AS INTEGER) FROM key_results_daily WHERE as_of > DATE '2020-01-01'",
    ],
)
def test_no_error_tells_what_is_in_a_hidden_row(tables: Snapshot, sql: str) -> None:
    with pytest.raises(UnanswerableError) as told:
        query(tables, sql)
    for hidden in ("People", "KR-9", "Leeds"):
        assert hidden not in str(told.value)


def test_a_query_has_limits(tables: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    many = query(tables, "SELECT range AS n FROM range(1000)")
    assert (len(many["rows"]), many["more"]) == (MOST, True)
    with pytest.raises(UnanswerableError, match="more than 200,000 letters"):
        query(tables, "SELECT repeat('x', 3000) AS t FROM range(100)")
    monkeypatch.setattr(querying, "SECONDS", 0.2)
    endless = (
        "SELECT count(*) FROM range(100000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
    )
    with pytest.raises(UnanswerableError, match="took longer than"):
        query(tables, endless)
    assert query(tables, "SELECT 1 AS one")["rows"] == [{"one": 1, "source": None}]


def test_values_of_any_type_are_told_as_json(tables: Snapshot) -> None:
    sql = "SELECT DATE '2026-01-01' d, {'a': 1} s, MAP {'k': DATE '2026-01-01'} m, 'NaN'::DOUBLE n,"
    rows = query(tables, f"{sql} 1.50::DECIMAL(4,2) c, INTERVAL 1 DAY i, '\\x00'::BLOB b, [1] l")
    assert json.loads(json.dumps(rows["rows"]))[0]["d"] == "2026-01-01"
    assert rows["rows"][0]["n"] is None
