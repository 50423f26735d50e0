"""Hostile SQL in measures: what becomes of each text, and whether one crossed a boundary.

Every text is the measure of a Key Result of its own, and beside each stands another Key Result
whose query is a plain one. All of them are evaluated as in a night, over the sample company's lake.
What belongs here: running them and looking for what must not happen. What does not: the texts
(``reach``, ``returned``, ``demands``).

No text may change the value of its neighbour, show what a planted file, a variable of the
environment or a raw payload holds, connect to anything, write or remove a file, leave a process
behind, or take more time or memory than a query may.

``python -m benchmarks hostile_sql`` prints the table; ``--only memory`` runs those whose name has
it, and ``--seconds 20`` gives each the time that it has in a night.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import duckdb
import pandas as pd

from benchmarks.hostile_sql import demands, reach, returned
from benchmarks.hostile_sql.texts import NOTHING, VALUE, HostileSql
from okr_model.measures.parser import parse_measure
from pipelines.lake.confined_sql.process import QueryProcess, QueryResult
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.declared import DeclaredMeasure
from pipelines.model.measures.key_results import Measured, evaluate_measures
from pipelines.nightly_run import run_nightly
from pipelines.project import Project
from sandbox.server import Sandbox

_CANARY = "canary-4f1d"  # stands in whatever no query may read
_DAY = dt.date(2026, 11, 27)
_MOST_MEGABYTES = 1_200  # the limit of a query, and what the process takes by itself
_RESTART = 3.0  # seconds on top of the limit, on a busy machine


@dataclass(frozen=True)
class Became:
    """What became of a text.

    Attributes:
        text: Which.
        outcome: The finding's sentence, or else what it gave.
        seconds: How long it took.
        crossed: The boundaries that it crossed; none, or the promise is broken.
    """

    text: HostileSql
    outcome: str
    seconds: float
    crossed: tuple[str, ...]


def main() -> int:
    """Run the texts; 1 if one crossed a boundary or did not become what it should."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hostile_sql")
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _company(Path(folder)) as project:
        became, around = run(project, options.only, options.seconds)
    print(table(became))
    # An upper bound: it also counts what this process held when it started the other ones.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if peak > _MOST_MEGABYTES:
        around.append(f"a process took {peak:,.0f} MB")
    slowest = max(one.seconds for one in became)
    crossed = [f"{one.text.name}: {what}" for one in became for what in one.crossed] + around
    print(
        f"{len(became)} texts; the slowest took {slowest:.1f} s at a limit of"
        f" {options.seconds:g} s, the largest process {peak:,.0f} MB;"
        f" boundaries crossed: {len(crossed)}"
    )
    print("".join(f"  {one}\n" for one in crossed), end="")
    return 1 if crossed else 0


@contextmanager
def _company(folder: Path) -> Iterator[Project]:
    """The sample company after a night, and files beside it that no query may read."""
    with Sandbox(issues=300) as box:
        settings = box.write_settings(folder)
        environ = {**box.environment(), "OKR_CANARY": _CANARY}
        with mock.patch.dict(os.environ, environ):
            night = run_nightly(Project(settings))
            if night.exit_code:
                raise RuntimeError(f"the good night failed: {night}")
            _plant(folder)
            yield Project(settings, with_secrets=False)


def _plant(folder: Path) -> None:
    (folder / "secret.txt").write_text(_CANARY, "utf-8")
    (folder / "secret.csv").write_text(f"day,value\n2026-11-27,{_CANARY}\n", "utf-8")
    (folder / "secret.json").write_text(f'{{"value": "{_CANARY}"}}', "utf-8")
    (folder / "lake").symlink_to(folder / "data" / "lake")
    connection = duckdb.connect(str(folder / "secret.db"))
    connection.execute(f"CREATE TABLE secret AS SELECT '{_CANARY}' AS value")
    connection.execute(f"COPY secret TO '{folder}/secret.parquet' (FORMAT parquet)")
    connection.close()


def every_text(outside: str, listener: str) -> list[HostileSql]:
    """All texts.

    Args:
        outside: A folder that no query may see, with ``secret.txt``, ``secret.csv``,
            ``secret.json``, ``secret.parquet`` and ``secret.db``, and the lake in ``lake``.
        listener: An address that nothing may connect to.
    """
    parts = [reach.files(outside), reach.network(listener), reach.engine()]
    parts += [reach.statements(outside), reach.crashes(), returned.shapes(), returned.days()]
    parts += [returned.values(), returned.harmless(), demands.time(), demands.memory()]
    return [one for part in (*parts, demands.syntax()) for one in part]


def run(project: Project, only: str, seconds: float) -> tuple[list[Became], list[str]]:
    """Evaluate the texts; what became of each, and what was noticed around them."""
    folder = project.settings.data.parent
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        every = every_text(str(folder), f"127.0.0.1:{listener.getsockname()[1]}")
        chosen = [one for one in every if only in one.name]
        before, spent = _files(folder), dict[str, float]()
        with mock.patch.object(QueryProcess, "seconds", seconds), _timed(spent):
            measured = _evaluate(project, chosen)
        around = [f"{path} is another" for path in sorted(before ^ _files(folder))]
        try:
            listener.accept()
            around.append("something connected to the listener")
        except BlockingIOError:
            pass
    around += _left_behind()
    return [
        _judged(number, one, measured, spent, seconds) for number, one in enumerate(chosen)
    ], around


def _evaluate(project: Project, chosen: list[HostileSql]) -> Measured:
    """All texts as measures, each followed by its neighbour's plain query."""
    measures = []
    for number, one in enumerate(chosen):
        plain = f"sql SELECT DATE '{_DAY}' AS day, {number} AS value"
        for key, text in ((f"KR-{number}", f"sql {one.sql}"), (f"NEXT-{number}", plain)):
            measures.append(DeclaredMeasure(key, parse_measure(text), 0, "sql"))
    rows = pd.DataFrame({"key_result_id": [each.key_result_id for each in measures]})
    rows = rows.assign(cycle_id="2026-Q4", unit=None, source="sheets")
    for name, day in (("cycle_start", "2026-10-01"), ("cycle_end", "2026-12-31")):
        rows[name] = pd.Timestamp(day).as_unit("us")
    return evaluate_measures(project, connect(), rows, measures, [_DAY])


@contextmanager
def _timed(spent: dict[str, float]) -> Iterator[None]:
    """Note how long each query takes, the start of another process included."""
    plain = QueryProcess.run

    def timed(self: QueryProcess, sql: str) -> QueryResult:
        began = time.monotonic()
        try:
            return plain(self, sql)
        finally:
            spent[sql] = time.monotonic() - began

    with mock.patch.object(QueryProcess, "run", timed):
        yield


def _judged(
    number: int, text: HostileSql, measured: Measured, spent: dict[str, float], seconds: float
) -> Became:
    findings = measured.findings[measured.findings["subject_id"] == f"KR-{number}"]
    values = measured.values[measured.values["key_result_id"] == f"KR-{number}"]
    near = measured.values.loc[measured.values["key_result_id"] == f"NEXT-{number}", "value"]
    said = [str(one).partition("cannot be used: ")[2] for one in findings["sentence"]]
    said = [one.partition(" Correct it;")[0] for one in said]
    outcome = "; ".join([*said, *(f"{value:g}" for value in values["value"])]) or NOTHING
    expected = f"^(?:{text.becomes})" if text.becomes == NOTHING else text.becomes
    as_told = bool(re.search(expected, outcome)) or (VALUE in text.becomes and not said)
    took = spent.get(parse_measure(f"sql {text.sql}").sql or "", 0.0)
    wrong = {
        f"did not become “{text.becomes}”": not as_told,
        "its finding does not name the Key Result": not all(
            f"A measure of KR-{number} " in one for one in findings["sentence"]
        ),
        "its neighbour has lost its value": near.tolist() != [float(number)],
        "a planted secret is shown": any(
            _CANARY in one or "root:" in one for one in (*said, *map(str, values.get("unit", [])))
        ),
        "a traceback is shown": "Traceback" in outcome or "okr-sync itself failed" in outcome,
        "a control character is shown": not outcome.isprintable(),
        f"it took {took:.1f} s": took > seconds + _RESTART,
    }
    return Became(text, outcome, took, tuple(name for name, is_so in wrong.items() if is_so))


def _files(folder: Path) -> set[tuple[str, int, int]]:
    kept = (path for path in folder.rglob("*") if path.is_file())
    stats = ((path, path.stat()) for path in kept)
    return {(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats}


def _left_behind() -> list[str]:
    """Processes that run queries, and copies of views, that are still there."""
    mine = [
        f"process {path.parent.name} is left"
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if _is_mine(path)
    ]
    copies = Path(tempfile.gettempdir()).glob("okr-queries-*")
    return mine + [f"{path} is left" for path in copies]


def _is_mine(path: Path) -> bool:
    try:
        parent = path.with_name("stat").read_text().rpartition(")")[2].split()[1]
        return b"confined_sql.worker" in path.read_bytes() and parent == str(os.getpid())
    except OSError:
        return False


def table(became: list[Became]) -> str:
    """One line a text: what it tries, what became of it, how long that took."""
    lines = [
        f"{'  ' if not one.crossed else '! '}{one.text.name[:58]:58} {one.seconds:5.1f} s"
        f"  {one.outcome[:110]}"
        for one in became
    ]
    return "\n".join(line.encode("ascii", "backslashreplace").decode() for line in lines)


if __name__ == "__main__":
    sys.exit(main())
