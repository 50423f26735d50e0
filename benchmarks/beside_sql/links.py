"""Linking at scale, against the same joins in hand-written DuckDB SQL.

``python -m benchmarks links [ACTIVITIES] [INITIATIVES]``: by default 1,000,000 issues, 20,000 of
them initiatives, in the lake's own files. Both sides read them, decide which claim counts with
which weight, and propagate every link to every issue below; both results must be equal. Ours also
reports every conflict, broken link and orphan, which the SQL does not. Each side runs alone in its
own process on two threads, three times in turn; the best time and the peak memory are printed. The
findings are timed separately, because the SQL has no counterpart.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
from deltalake import write_deltalake

from benchmarks.memory import peak_megabytes
from okr_model.activity.issue_tree import effective_links
from okr_model.links.resolve import LinkInputs, findings_about, link_initiatives, own_links
from pipelines.datasets.claims import read_claims
from pipelines.engines.engine import NUMBER, TEXT
from pipelines.engines.opening import open_engine
from pipelines.lake.duckdb_session import connect
from pipelines.lake.tables import Lake
from pipelines.settings import Settings

_THREADS = 2
_ROUNDS = 3
_KEY_RESULTS = 1_000
_SETTINGS = {
    "organization": {"name": "Acme", "timezone": "UTC"},
    "cycles": [{"id": "2026-Q4", "start": "2026-10-01", "end": "2026-12-31"}],
    "sources": {"jira": {"url": "https://jira.invalid", "token": "x", "jql": "project = A"}},
    "datasets": [
        {"holds": "key_results", "from": "jira", "fields": {"id": "key", "target": "summary"}},
        {
            "holds": "initiatives",
            "from": "jira",
            "where": {"issue_type": "Epic"},
            "fields": {"key_result": "Key Result"},
        },
    ],
}
_RANK = "CASE r.role WHEN 'property' THEN 1 WHEN 'label' THEN 4 ELSE 5 END"
_CLAIMS = """
    CREATE TABLE said AS SELECT id, unnest("references") AS r FROM {issues}
    WHERE NOT deleted AND len("references") > 0;
    CREATE TABLE claim AS SELECT id, r.key AS key, min({rank}) AS rank,
        id IN (SELECT record_id FROM '{folder}/initiatives.parquet') AS is_initiative
    FROM said GROUP BY ALL HAVING is_initiative OR rank < 5;
    CREATE TABLE known AS SELECT c.*, k.key_result_id IS NOT NULL AS known
    FROM claim c LEFT JOIN '{folder}/key_results.parquet' k ON k.key_result_id = c.key;
    CREATE TABLE link AS SELECT *, known AND rank = min(CASE WHEN known THEN rank END)
        OVER (PARTITION BY id) AS active FROM known;
    CREATE TABLE own AS SELECT id, key, 1.0::DOUBLE / count(*) OVER (PARTITION BY id) AS weight
    FROM link WHERE active;
    CREATE TABLE tree AS SELECT id, parent_id FROM {issues} WHERE NOT deleted;
    CREATE TABLE stated AS SELECT DISTINCT id FROM own;
    CREATE TABLE via AS SELECT id, id AS at, 0 AS depth FROM tree SEMI JOIN stated USING (id);
    CREATE TABLE climbing AS SELECT id, parent_id AS at FROM tree ANTI JOIN stated USING (id);
"""
_CLIMB = """
    INSERT INTO via SELECT c.id, c.at, {depth} FROM climbing c SEMI JOIN stated s ON s.id = c.at;
    CREATE OR REPLACE TABLE climbing AS SELECT c.id, t.parent_id AS at
    FROM (SELECT * FROM climbing c ANTI JOIN stated s ON s.id = c.at) c
    JOIN tree t ON t.id = c.at WHERE t.parent_id IS NOT NULL
"""


def main() -> int:
    """Generate the data, run both sides, print them side by side."""
    if len(sys.argv) > 2 and sys.argv[1] in _SIDES:
        _measure(sys.argv[1], Path(sys.argv[2]))
        return 0
    activities = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    initiatives = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), activities, initiatives)
        runs: dict[str, list[dict[str, Any]]] = {side: [] for side in _SIDES}
        for _ in range(_ROUNDS):
            for side, told in runs.items():
                command = [sys.executable, "-m", "benchmarks.beside_sql.links", side, folder]
                done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - no word from outside
                told.append(json.loads(done.stdout.splitlines()[-1]))
    answers = {json.dumps(run["answer"], sort_keys=True) for told in runs.values() for run in told}
    assert len(answers) == 1, answers
    print(f"{activities:,} activities, {initiatives:,} initiatives, {_KEY_RESULTS:,} Key Results")
    print(f"Both answer: {json.loads(answers.pop())}")
    best = {side: min(run["seconds"] for run in told) for side, told in runs.items()}
    for side, told in runs.items():
        peak = max(run["megabytes"] for run in told)
        times = best[side] / best["sql"]
        print(f"  {side:4} {best[side]:6.2f} s  {peak:6.0f} MB  {times:.2f} times the SQL")
    said = min(runs["ours"], key=lambda run: float(run["saying"]))
    print(f"  and {said['findings']:,} findings put into words in {said['saying']:.2f} s")
    return 0


def make(folder: Path, activities: int, initiatives: int) -> None:
    """Generate a lake of issues, with Key Results and initiatives as staged by the content step."""
    lake, connection = Lake(folder / "lake"), connect()
    known = _issue_columns(activities, initiatives)
    schema = lake.current_schema("jira_issues")
    columns = ", ".join(
        f'{known.get(f.name, known.get(chr(34) + f.name + chr(34), "NULL"))} AS "{f.name}"'
        for f in schema
    )
    rows = connection.sql(f"SELECT {columns} FROM range({activities}) t(i)")  # noqa: S608 - made up here
    path = folder / "lake" / "jira_issues" / "current"
    write_deltalake(str(path), rows.to_arrow_table().cast(schema))
    ids = [f"KR-{number}" for number in range(_KEY_RESULTS)]
    pd.DataFrame(
        {"key_result_id": ids, "cycle_id": "2026-Q4", "source": "jira", "record_id": ids}
    ).to_parquet(folder / "key_results.parquet")
    connection.sql(
        f"""COPY (SELECT 'jira:' || i AS initiative_id, 'A-' || i AS initiative,
        'https://jira.invalid/browse/A-' || i AS url, 'jira' AS source, i::VARCHAR AS record_id,
        'new' AS status_category FROM range({initiatives}) t(i))
        TO '{folder / "initiatives.parquet"}'"""  # noqa: S608 - made up here
    )


def _issue_columns(activities: int, initiatives: int) -> dict[str, str]:
    """SQL for the columns of issue number ``i``; the others are null."""
    return {
        "id": "i::VARCHAR",
        "place": "'A'",
        "url": "'https://jira.invalid/browse/A-' || i",
        "key": "'A-' || i",
        "project": "'A'",
        "summary": "'Work ' || i",
        "issue_type": f"CASE WHEN i < {initiatives} THEN 'Epic' ELSE 'Task' END",
        "status_category": "'new'",
        # A quarter are children of initiatives, all others are grandchildren.
        "parent_id": f"""CASE WHEN i >= {initiatives} THEN
            CASE WHEN i < {activities // 4} THEN (i % {initiatives})::VARCHAR
            ELSE ({initiatives} + i % ({activities // 4 - initiatives}))::VARCHAR END END""",
        "cells": f"""CASE WHEN i < {initiatives} THEN
            '{{"customfield_1":{{"kind":"text","text":"KR-1","name":"Key Result"}}}}' END""",
        '"references"': f"""CASE
            WHEN i < {initiatives} AND i % 10 < 6 THEN [{_reference("property", "customfield_1")}]
            WHEN i < {initiatives} AND i % 10 < 8 THEN [{_reference("label", "labels")},
                {_reference("text", "description", 7)}]
            WHEN i < {initiatives} AND i % 10 < 9 THEN [{_reference("text", "description")}]
            WHEN i >= {initiatives} AND i % 50 = 0 THEN [{_reference("label", "labels")}]
            ELSE [] END""",
        "seen_at": "TIMESTAMPTZ '2026-11-01 00:00:00+00'",
        "deleted": "false",
    }


def _reference(role: str, field: str, shift: int = 0) -> str:
    """A reference to a Key Result; about one in fifty-one is broken."""
    key = f"'KR-' || ((i + {shift}) % {_KEY_RESULTS + 20})"
    return f"{{role: '{role}', field: '{field}', text: {key}, key: {key}, suspect: false}}"


def ours(folder: Path) -> tuple[dict[str, Any], Callable[[], int]]:
    """Link as the pipeline does; the findings are returned as a function."""
    lake, connection = Lake(folder / "lake"), connect()
    connection.execute(f"SET threads = {_THREADS}")
    key_results = pd.read_parquet(folder / "key_results.parquet")
    initiatives = pd.read_parquet(folder / "initiatives.parquet")
    settings = Settings.model_validate(_SETTINGS)
    claims = read_claims(lake, connection, settings, key_results)
    inputs = LinkInputs(claims, key_results, initiatives)
    resolved = link_initiatives(inputs)
    links = resolved.links
    own = own_links(links, claims, key_results, "jira")
    with open_engine(settings) as engine:
        every = engine.scan(lake, "jira_issues", ["id", "parent_id", "deleted"])
        tree = engine.keep("tree", every.filter(~nw.col("deleted")).select("id", "parent_id"))
        stated = engine.given(own, {"issue_id": TEXT, "key_result_id": TEXT, "weight": NUMBER})
        below = effective_links(tree, stated, engine.keep)
        counted = below.select(
            nw.len().alias("rows"), nw.col("weight").sum(), nw.col("depth").sum()
        ).collect()
        rows = counted.to_native().to_pylist()[0]

    def say() -> int:
        return len(findings_about(resolved, inputs))

    return _answer(links["state"].value_counts().to_dict(), rows), say


def sql(folder: Path) -> tuple[dict[str, Any], Callable[[], int]]:
    """The same joins by hand."""
    lake, connection = Lake(folder / "lake"), connect()
    connection.execute(f"SET threads = {_THREADS}")
    names = {"issues": lake.scan("jira_issues"), "folder": folder, "rank": _RANK}
    connection.execute(_CLAIMS.format_map(names))
    for depth in range(1, 7):
        connection.execute(_CLIMB.format(depth=depth))
    states = dict(
        connection.sql(
            "SELECT CASE WHEN NOT known THEN 'broken' WHEN active THEN 'active' ELSE 'overruled' "
            "END, count(*) FROM link WHERE is_initiative GROUP BY ALL"
        ).fetchall()
    )
    counted = connection.sql(
        "SELECT count(*) AS rows, sum(weight) AS weight, sum(depth) AS depth "
        "FROM via JOIN own ON own.id = via.at"
    )
    return _answer(states, counted.to_arrow_table().to_pylist()[0]), lambda: 0


def _answer(states: dict[str, int], counted: dict[str, Any]) -> dict[str, Any]:
    return {
        **{state: int(states.get(state, 0)) for state in ("active", "overruled", "broken")},
        "effective": int(counted["rows"]),
        "weight": round(float(counted["weight"]), 3),
        "levels": int(counted["depth"]),
    }


_SIDES: dict[str, Callable[[Path], tuple[dict[str, Any], Callable[[], int]]]] = {
    "ours": ours,
    "sql": sql,
}


def _measure(side: str, folder: Path) -> None:
    started = time.perf_counter()
    answer, say = _SIDES[side](folder)
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    findings = say()
    saying = time.perf_counter() - started
    peak = peak_megabytes()
    told = {"answer": answer, "seconds": seconds, "megabytes": peak}
    print(json.dumps({**told, "findings": findings, "saying": saying}))


if __name__ == "__main__":
    sys.exit(main())
