"""Counting the activity of a day at scale, against the same computations in hand-written SQL.

``python -m benchmarks activity [--changes 1000000 3000000 10000000] [--memory 1GB]`` makes a
lake up for each size, with twenty changes an issue, and a Key Result and two initiatives for each
two hundred changes. Both sides read it, find the initiative and the Key Result that each issue
counts for, and count: by Key Result and initiative as of the day, and week by week by initiative,
Key Result and team, with who took part and what programs and bulk edits did. Ours also finds the
days that work was blocked and its cycle time, which the SQL does not. Every number of both must be
equal. Each side runs in a process of its own, in turn.
What does not belong here: other engines than DuckDB (``engines``), linking (``links``).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import engines
from benchmarks.memory import peak_megabytes
from okr_model.activity.events_by_week import Weeks
from okr_model.quantities.day_bounds import window
from pipelines.engines.opening import open_engine
from pipelines.lake.duckdb_session import connect
from pipelines.model.linked_work import load_linked_work
from pipelines.project import Project
from pipelines.text_storage import hold_texts_as_strings
from tests.support.engine_rows import project_on

_ROUNDS, _CHANGES_OF_KEY_RESULT = 2, 200
_FIRST = dt.date(2026, 10, 1)
_COUNTS = [
    *("activity_28d", "activity_before_28d", "open_issues", "done_issues"),
    *("added_28d", "finished_28d"),
]
_COUNTED_IN = {
    "key_results": _COUNTS,
    "initiatives": _COUNTS,
    "initiative_weeks": ["activity", "automatic", "created", "done", "reopened", "people"],
    "key_result_weeks": ["activity", "automatic", "done", "people"],
    "team_weeks": ["work", "new_issues"],
}
_COUNTED = """
    CREATE TEMP TABLE issue AS SELECT id, parent_id, status_category AS category, created_at,
        resolved_at, creator_id, creator_type FROM {issues} WHERE NOT deleted;
    CREATE TEMP TABLE root AS WITH RECURSIVE up AS (
        SELECT id, id AS top, parent_id FROM issue
        UNION ALL SELECT up.id, issue.id, issue.parent_id
        FROM up JOIN issue ON issue.id = up.parent_id
    ) SELECT id, top AS root FROM up WHERE parent_id IS NULL;
    CREATE TEMP TABLE member AS SELECT root.id, root AS initiative, key_result
        FROM root JOIN initiative ON initiative.id = root;
    CREATE TEMP TABLE counted AS WITH log AS (
        SELECT issue_id, count(*) FILTER (changed_at >= $start AND changed_at < $end) AS now,
            count(*) FILTER (changed_at >= $before AND changed_at < $start) AS earlier,
            max(changed_at) AS last
        FROM {changes} WHERE changed_at < $end GROUP BY ALL
    ), state AS (
        SELECT *, created_at < $end AS there,
            category = 'done' AND (resolved_at IS NULL OR resolved_at < $end) AS is_done
        FROM issue
    ) SELECT state.id, coalesce(now, 0) + (created_at >= $start AND there)::INT AS activity_28d,
        coalesce(earlier, 0) + (created_at >= $before AND created_at < $start)::INT
            AS activity_before_28d,
        (there AND NOT is_done)::INT AS open_issues, (there AND is_done)::INT AS done_issues,
        (created_at >= $start AND there)::INT AS added_28d,
        coalesce(is_done AND resolved_at >= $start AND resolved_at < $end, false)::INT
            AS finished_28d
    FROM state LEFT JOIN log ON log.issue_id = state.id
"""
_WEEKS = """
    CREATE TEMP TABLE event AS SELECT issue_id AS id, changed_at AS moment, author_id AS author,
        author_type AS account, 0 AS created,
        (coalesce(field_id, field) = 'status' AND to_id = '9' AND from_id <> '9')::INT AS done,
        (coalesce(field_id, field) = 'status' AND from_id = '9' AND to_id <> '9')::INT AS reopened
    FROM {changes} WHERE changed_at >= $first AND changed_at < $end
    UNION ALL SELECT id, created_at, creator_id, creator_type, 1, 0, 0
    FROM issue WHERE created_at >= $first AND created_at < $end;
    CREATE TEMP TABLE weekly AS WITH bulk AS (
        SELECT author, date_trunc('minute', moment) AS minute FROM event WHERE author IS NOT NULL
        GROUP BY ALL HAVING count(*) >= 10 AND count(DISTINCT id) >= 10
    ), marked AS (
        SELECT event.*, coalesce(account = 'app', false) OR bulk.author IS NOT NULL AS automatic,
            ((moment AT TIME ZONE '{zone}')::DATE - DATE '{monday}') // 7 AS week
        FROM event LEFT JOIN bulk
        ON bulk.author = event.author AND bulk.minute = date_trunc('minute', event.moment)
    ) SELECT id, week, author, automatic, count(*) AS events, max(created) AS created,
        max(done) AS done, max(reopened) AS reopened
    FROM marked GROUP BY ALL
"""
_BY_WEEK = """
    SELECT {by} AS subject, week, sum(events) FILTER (NOT automatic) AS activity,
        coalesce(sum(events) FILTER (automatic), 0) AS automatic,
        coalesce(sum(created) FILTER (NOT automatic), 0) AS created,
        count(DISTINCT weekly.id) FILTER (NOT automatic AND done = 1) AS done,
        count(DISTINCT weekly.id) FILTER (NOT automatic AND reopened = 1) AS reopened,
        count(DISTINCT author) FILTER (NOT automatic) AS people
    FROM weekly JOIN member USING (id) WHERE {by} IS NOT NULL GROUP BY ALL
"""


def main() -> int:
    """Make the lakes up, run both sides, and print them side by side."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks activity")
    sizes = [1_000_000, 3_000_000, 10_000_000]
    parser.add_argument("--changes", type=int, nargs="+", default=sizes)
    parser.add_argument("--memory", default="1GB", help="DuckDB's limit, on both sides")
    asked = parser.parse_args()
    wrong = False
    for changes in asked.changes:
        count = changes // _CHANGES_OF_KEY_RESULT
        with tempfile.TemporaryDirectory() as folder:
            engines.make(Path(folder), changes, 2 * count)
            told = {"ours": [], "sql": []}
            for _ in range(_ROUNDS):
                for side, found in told.items():
                    found.append(_alone(side, folder, str(count), asked.memory))
        print(f"{changes:,} changes of {changes // 20:,} issues, {count:,} Key Results")
        answers = {
            json.dumps(run["sums"], sort_keys=True) for runs in told.values() for run in runs
        }
        wrong |= len(answers) > 1
        print("  equal numbers" if len(answers) == 1 else f"  DIFFERENT: {answers}")
        best = {side: min(run["seconds"] for run in runs) for side, runs in told.items()}
        for side, runs in told.items():
            peak, times = max(run["megabytes"] for run in runs), best[side] / best["sql"]
            print(f"  {side:4} {best[side]:7.2f} s  {peak:6,.0f} MB  {times:.2f} times the SQL")
    return int(wrong)


def _alone(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.beside_sql.activity", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(side: str, folder: Path, key_results: int, memory: str) -> None:
    """Count on one side and print seconds, memory and the sums of all numbers."""
    hold_texts_as_strings()
    connect().execute(f"SET memory_limit = '{memory}'")
    initiatives = pd.DataFrame({"record_id": [str(n) for n in range(2 * key_results)]})
    linked = initiatives["record_id"][::2]
    own = pd.DataFrame({"issue_id": linked, "weight": 1.0})
    own["key_result_id"] = [f"KR-{number}" for number in range(key_results)]
    began = time.perf_counter()
    sums = {"ours": ours, "sql": sql}[side](folder, initiatives, own)
    seconds = time.perf_counter() - began
    found = {"seconds": seconds, "megabytes": peak_megabytes(), "sums": sums}
    print(json.dumps(found))


def ours(folder: Path, initiatives: pd.DataFrame, own: pd.DataFrame) -> dict[str, int]:
    """As the pipeline does."""
    project = project_on(folder / "okr.yaml", "duckdb", "")
    rows = initiatives.assign(source="jira", initiative_id="jira:" + initiatives["record_id"])
    with open_engine(project.settings) as engine:
        work = load_linked_work(project, engine, rows, own)
        found = work.counted_on(engines.TODAY)
        found |= work.by_week(_weeks(project), rows.assign(team="Sales"))
    return _sums(found)


def _sums(found: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """The sum of every number that both sides count, and how many rows there are."""
    return {
        f"{name} {column}": int(frame[column].sum())
        for name, frame in found.items()
        for column in _COUNTED_IN[name]
    } | {f"{name} rows": len(frame) for name, frame in found.items()}


def _weeks(project: Project) -> Weeks:
    return Weeks.of_cycles([_FIRST], engines.TODAY, project.settings.organization.timezone)


def sql(folder: Path, initiatives: pd.DataFrame, own: pd.DataFrame) -> dict[str, int]:
    """The same by hand."""
    project, connection = project_on(folder / "okr.yaml", "duckdb", ""), connect()
    zone = project.settings.organization.timezone
    weeks = _weeks(project)
    start, end = window(engines.TODAY, 28, zone)
    before, _ = window(engines.TODAY, 56, zone)
    names = {
        "issues": project.lake.scan("jira_issues"),
        "changes": project.lake.scan("jira_changes"),
        "zone": zone,
        "monday": weeks.mondays[0],
    }
    linked = initiatives.merge(own, left_on="record_id", right_on="issue_id", how="left")
    connection.register("initiative", linked[["record_id", "key_result_id"]].rename(
        columns={"record_id": "id", "key_result_id": "key_result"}
    ))  # fmt: skip
    instants = {"start": start, "end": end, "before": before, "first": weeks.starts[0]}
    for statement in (_COUNTED + ";" + _WEEKS).format_map(names).split(";"):
        asked = {name: at for name, at in instants.items() if f"${name}" in statement}
        connection.execute(statement, asked)
    found = {}
    for name, by, but in (
        ("key_results", "key_result", "key_result IS NOT NULL"),
        ("initiatives", "initiative", "id <> initiative"),
    ):
        sums = ", ".join(f"coalesce(sum({one}) FILTER ({but}), 0) AS {one}" for one in _COUNTS)
        query = f"SELECT {by}, {sums} FROM counted JOIN member USING (id) WHERE {by} IS NOT NULL"  # noqa: S608 - constants of this module
        found[name] = connection.execute(f"{query} GROUP BY ALL").df()
    for name, by in (
        ("initiative_weeks", "initiative"),
        ("key_result_weeks", "key_result"),
        ("team_weeks", "'Sales'"),
    ):
        found[name] = connection.execute(_BY_WEEK.format(by=by)).df()
    team = {"activity": "work", "created": "new_issues"}
    found["team_weeks"] = found["team_weeks"].rename(columns=team)
    return _sums(found)


if __name__ == "__main__":
    measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
