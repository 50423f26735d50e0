"""The same work by DuckDB and by Spark: equal rows, and what each takes.

``python -m benchmarks engines [--changes 1000000] [--on duckdb "local[2]" cluster connect]`` makes
a lake up and computes the activity of a day, of a past day, and the claims of all issues, each
engine in a process of its own. With ``--project okr.yaml`` it computes all that an engine computes
for that project instead, on the day of its last run and two weeks before. ``--memory 1GB`` holds
DuckDB to what it takes in a container of 2 GB. ``cluster`` is a master
with two workers, ``connect`` a server of Spark Connect, both started here on loopback as
docs/scaling-out.md tells, and ended by their process ids.
What does not belong here: small cases (``tests/pipelines/engines``).
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from benchmarks.memory import peak_megabytes
from okr_model.activity.events_by_week import Weeks
from pipelines.datasets.claims import read_claims
from pipelines.engines.engine import Engine
from pipelines.engines.opening import open_engine
from pipelines.lake.delta import write_rows
from pipelines.lake.duckdb_session import connect
from pipelines.lake.tables import Lake
from pipelines.model.linked_work import load_linked_work
from pipelines.project import Project
from pipelines.text_storage import hold_texts_as_strings
from tests.support.engine_rows import TAKEN, computed, differing, project_on

TODAY, PAST = dt.date(2026, 11, 28), dt.date(2026, 11, 1)
_SETTINGS = """
organization: {name: Acme, timezone: Europe/Lisbon}
cycles: [{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}]
as_of: 2026-11-28
sources: {jira: {url: "https://jira.invalid", token: "${TOKEN}", jql: "project = A"}}
datasets:
  - {holds: key_results, from: jira, fields: {id: key, target: summary}}
  - {holds: initiatives, from: jira, where: {issue_type: Epic}, fields: {key_result: Key Result}}
"""
_CHANGES_OF_ISSUE, _INITIATIVES, _KEY_RESULTS = 20, 2_000, 500
_FOR_TWO_CORES = "--conf spark.sql.shuffle.partitions=4"
_PATIENCE = 120  # seconds for a server to begin
_SPARK = (
    Path(next(iter(spec.submodule_search_locations or ()), ""))
    if (spec := find_spec("pyspark"))
    else Path()
)


def make(folder: Path, changes: int, initiatives: int = _INITIATIVES) -> None:
    """A lake of issues, each with twenty changes; all of it was read in one pull.

    The first so many issues are initiatives, all others are below them.
    """
    (folder / "okr.yaml").write_text(_SETTINGS, encoding="utf-8")
    lake, connection, issues = (
        Lake(folder / "data" / "lake"),
        connect(),
        changes // _CHANGES_OF_ISSUE,
    )
    read = {"seen_at": "TIMESTAMPTZ '2026-10-20 20:00:00+00'", "deleted": "false", "landed": "0"}
    read |= {"first_seen_at": read["seen_at"], "place": "'A'"}
    made = {
        "jira_issues": (issues, _ISSUE | read),
        "jira_changes": (changes, _CHANGE | read),
    }
    for stream, (rows, known) in made.items():
        for part in ("log", "current"):
            schema = lake.current_schema(stream) if part == "current" else lake.log_schema(stream)
            columns = ", ".join(f'{known.get(name, "NULL")} AS "{name}"' for name in schema.names)
            query = f"SELECT {columns} FROM range({rows}) t(i)"  # noqa: S608 - made up here
            query = query.format(issues=issues, initiatives=initiatives, key_results=_KEY_RESULTS)
            table = connection.sql(query).to_arrow_table().cast(schema)
            lake.path(stream, part).parent.mkdir(parents=True, exist_ok=True)
            write_rows(lake.path(stream, part), table, 0)


_KEY = "'KR-' || i % {key_results}"
_REFERENCE = f"{{{{role: 'label', field: 'labels', text: {_KEY}, key: {_KEY}, suspect: false}}}}"
_ISSUE = {
    "id": "i::VARCHAR",
    "url": "'https://jira.invalid/browse/A-' || i",
    "key": "'A-' || i",
    "issue_type": "CASE WHEN i < {initiatives} THEN 'Epic' ELSE 'Task' END",
    "status": "CASE WHEN i % 3 = 0 THEN 'Done' ELSE 'To Do' END",
    "status_id": "CASE WHEN i % 3 = 0 THEN '9' ELSE '1' END",
    "status_category": "CASE WHEN i % 3 = 0 THEN 'done' ELSE 'new' END",
    "parent_id": "CASE WHEN i >= {initiatives} THEN (i // 2 % {issues})::VARCHAR END",
    "created_at": "TIMESTAMPTZ '2026-09-01 00:00:00+00' + INTERVAL 1 MINUTE * (i % 120000)",
    "resolved_at": "CASE WHEN i % 3 = 0 THEN TIMESTAMPTZ '2026-11-20 08:00:00+00' END",
    "creator_id": "'person ' || i % 997",
    "creator_type": "CASE WHEN i % 50 = 0 THEN 'app' ELSE 'atlassian' END",
    "references": f"CASE WHEN i % 40 = 0 THEN [{_REFERENCE}] ELSE [] END",
}
_CHANGE = {
    "id": "i || ':0'",
    "issue_id": "(i % {issues})::VARCHAR",
    "changed_at": "TIMESTAMPTZ '2026-09-02 00:00:00+00' + INTERVAL 1 SECOND * (i * 7919 % 7500000)",
    "field": "CASE WHEN i % 4 = 0 THEN 'status' ELSE 'summary' END",
    "field_id": "CASE WHEN i % 4 = 0 THEN 'status' ELSE 'summary' END",
    "from_id": "CASE WHEN i % 4 = 0 THEN CASE WHEN i % 8 = 0 THEN '1' ELSE '9' END END",
    "from_text": "CASE WHEN i % 4 = 0 THEN CASE WHEN i % 8 = 0 THEN 'To Do' ELSE 'Done' END END",
    "to_id": "CASE WHEN i % 4 = 0 THEN CASE WHEN i % 8 = 0 THEN '9' ELSE '1' END END",
    "to_text": "CASE WHEN i % 4 = 0 THEN CASE WHEN i % 8 = 0 THEN 'Done' ELSE 'To Do' END END",
    "author_id": "'person ' || i % 997",
    "author_type": "'atlassian'",
}


def compute(folder: Path, engine: str, address: str) -> dict[str, pd.DataFrame]:
    """The rows of a day and of a past one, and the claims; seconds of each are printed."""
    project, began = project_on(folder / "okr.yaml", engine, address), time.monotonic()
    with open_engine(project.settings):
        _told("session", began)
    found = {}
    for day in (TODAY, PAST):
        began = time.monotonic()
        with open_engine(project.settings) as opened:
            found |= {f"{day} {name}": rows for name, rows in _counted(project.on(day), opened)}
        _told(f"activity of {day}", began)
    began = time.monotonic()
    keys = [f"KR-{n}" for n in range(_KEY_RESULTS)]
    known = pd.DataFrame({"key_result_id": keys, "source": "jira", "record_id": keys})
    found["claims"] = read_claims(project.lake, connect(), project.settings, known)
    _told("claims", began)
    print(f"peak of this process: {peak_megabytes():,.0f} MB", flush=True)
    return found


def compute_all(settings: Path, engine: str, address: str) -> dict[str, pd.DataFrame]:
    """All that an engine computes for a project after its last run, and for a day two weeks before.

    Seconds of each are printed.
    """
    project = project_on(settings, engine, address)
    run = max(project.paths.staging.iterdir(), key=lambda folder: folder.stat().st_mtime).name
    taken = {name: project.step_files(run).read(name) for name in TAKEN}
    found = {}
    for day in (project.clock.as_of, project.clock.as_of - dt.timedelta(days=14)):
        began = time.monotonic()
        rows = computed(project.on(day), taken)
        found |= {f"{day} {name}": frame for name, frame in rows.items()}
        _told(str(day), began)
    return found


def _counted(project: Project, engine: Engine) -> Iterator[tuple[str, pd.DataFrame]]:
    numbers = [str(n) for n in range(_INITIATIVES)]
    initiatives = pd.DataFrame({"record_id": numbers, "source": "jira"})
    initiatives = initiatives.assign(initiative_id="jira:" + initiatives["record_id"])
    own = pd.DataFrame({"issue_id": numbers[::2], "weight": 1.0})
    own = own.assign(key_result_id=[f"KR-{int(n) % _KEY_RESULTS}" for n in own["issue_id"]])
    day, zone = project.clock.as_of, project.settings.organization.timezone
    weeks = Weeks.of_cycles([dt.date(2026, 10, 1)], day, zone)
    work = load_linked_work(project, engine, initiatives, own)
    yield from work.counted_on(day).items()
    yield from work.by_week(weeks, initiatives.assign(team="Sales")).items()


def _told(what: str, began: float) -> None:
    print(f"  {what:24} {time.monotonic() - began:7.1f} s", flush=True)


def main() -> int:
    """Compute with every engine and compare; 1 if any rows differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks engines")
    parser.add_argument("--changes", type=int, default=1_000_000)
    parser.add_argument(
        "--project", type=Path, help="its okr.yaml, after a night; instead of a made-up lake"
    )
    parser.add_argument("--memory", default="", help="DuckDB's limit; usually half of all there is")
    parser.add_argument("--on", nargs="+", default=["duckdb", "local[2]", "cluster", "connect"])
    asked = parser.parse_args()
    rows: dict[str, dict[str, pd.DataFrame]] = {}
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        if asked.project is None:
            make(folder, asked.changes)
            print(f"{asked.changes:,} changes of {asked.changes // _CHANGES_OF_ISSUE:,} issues")
        master = ""
        for where in asked.on:
            address = where
            if where in ("cluster", "connect"):
                master = master or running.enter_context(cluster())
                address = master
            if where == "connect":
                address = running.enter_context(connect_server(master))
            print(where, flush=True)
            rows[where] = _in_a_process(folder, (where, address), asked)
    first = rows[asked.on[0]]
    wrong = {where: differing(first, found) for where, found in rows.items()}
    for where, tables in wrong.items():
        said = f"{', '.join(tables)} differ" if tables else "equal rows"
        print(f"{where}: {said} ({sum(map(len, rows[where].values())):,} rows)")
    return 1 if any(wrong.values()) else 0


def _in_a_process(
    folder: Path, engine_at: tuple[str, str], asked: argparse.Namespace
) -> dict[str, pd.DataFrame]:
    where, address = engine_at
    engine = "duckdb" if where == "duckdb" else "spark"
    out = folder / f"rows of {where}"
    out.mkdir()
    subprocess.run(  # noqa: S603 - our own command
        [
            sys.executable,
            "-m",
            "benchmarks.engines",
            str(asked.project or folder),
            engine,
            address,
            str(out),
            asked.memory,
        ],
        check=True,
        env=os.environ | {"PYSPARK_SUBMIT_ARGS": f"{_FOR_TWO_CORES} pyspark-shell"},
    )
    return {path.stem: pd.read_pickle(path) for path in sorted(out.iterdir())}  # noqa: S301 - our own


@contextmanager
def cluster() -> Iterator[str]:
    """A master with two workers on this machine; its address."""
    port = _free_port()
    address = f"spark://127.0.0.1:{port}"
    master = ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port)]
    worker = ["org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1"]
    worker += ["--memory", "2g", "--webui-port", "0", address]
    with ExitStack() as running:
        running.enter_context(_started("spark-class", [*master, "--webui-port", "0"], port))
        for _ in range(2):
            running.enter_context(_started("spark-class", worker))
        yield address


@contextmanager
def connect_server(master: str) -> Iterator[str]:
    """A server of Spark Connect that computes on a master's workers; its address."""
    port = _free_port()
    words = [
        "--master",
        master,
        *_FOR_TWO_CORES.split(),
        "--conf",
        f"spark.connect.grpc.binding.port={port}",
    ]
    words += ["--conf", "spark.connect.grpc.binding.address=127.0.0.1"]
    words += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    with _started("spark-submit", [*words, "spark-internal"], port):
        yield f"sc://127.0.0.1:{port}"


@contextmanager
def _started(program: str, words: list[str], port: int | None = None) -> Iterator[None]:
    """One of Spark's processes, reachable on loopback alone, until the block ends."""
    environ = os.environ | {"SPARK_HOME": str(_SPARK), "SPARK_LOCAL_IP": "127.0.0.1"}
    with subprocess.Popen(  # noqa: S603 - Spark's own program
        [str(_SPARK / "bin" / program), *words],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(process, port)
            yield
        finally:
            process.terminate()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int | None) -> None:
    last = time.monotonic() + _PATIENCE
    while port:
        assert process.poll() is None, f"{process.args} ended with {process.returncode}"
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < last, f"{process.args} does not answer"
        time.sleep(0.2)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _alone(place: str, engine: str, address: str, out: str, memory: str) -> None:
    hold_texts_as_strings()
    if memory:
        connect().execute(f"SET memory_limit = '{memory}'")
    work = compute if Path(place).is_dir() else compute_all
    for name, rows in work(Path(place), engine, address).items():
        rows.to_pickle(Path(out, f"{name}.pkl"))


if __name__ == "__main__":
    _alone(*sys.argv[1:])
