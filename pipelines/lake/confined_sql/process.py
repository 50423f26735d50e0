"""Running queries in a process of their own, which is ended when one goes too far.

What belongs here: starting it, asking it, and replacing it after a query that used it up or killed
it, so that every query has the same chance. What does not: what goes on inside (``worker``).
"""

from __future__ import annotations

import errno
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, ClassVar, cast

import duckdb
import numpy as np
import pandas as pd

from pipelines.errors import RESERVE, DiskFullError, ensure_space
from pipelines.lake.confined_sql.statement import RefusedError, check_text, took_too_long
from pipelines.lake.confined_sql.views import copy_views, create_database, named_streams
from pipelines.lake.duckdb_session import connect_apart
from pipelines.lake.tables import Lake

_GRACE = 1.0  # seconds after which one is killed that does not end when it is told to
_START = 60.0  # seconds that Python and DuckDB may take to start
_MOST_BYTES = 32_000_000  # of an answer; ten times what 10,000 rows of text can be
_DESCRIPTORS = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
_ROOT = Path(__file__).parents[3]
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")


class QueryError(Exception):
    """A query that cannot be run or does not return what a measure needs."""


@dataclass(frozen=True)
class QueryResult:
    """What a query gives.

    Attributes:
        rows: ``date`` (midnight), ``value``, ``unit``; one row a day.
        problem: What is wrong with rows that were left out; None if none was.
    """

    rows: pd.DataFrame
    problem: str | None


class QueryProcess:
    """A process that runs queries on the lake, started by the first of them.

    Only the documented columns of the streams that the queries name are copied for it. Use it as a
    context manager: it ends on exit.

    Args:
        lake: The lake.
        queries: All queries that it will be asked to run.
    """

    seconds: ClassVar[float] = 20.0
    """How long each query may take."""
    seconds_in_all: ClassVar[float] = 600.0
    """How long all queries of a run may take together; many slow ones would take the night."""

    def __init__(self, lake: Lake, queries: Iterable[str]) -> None:
        self._lake = lake
        self._streams = named_streams(queries)
        self._views: int | None = None  # descriptor of their database, which has no name any more
        self._worker: _Worker | None = None
        self._unstartable: str | None = None
        self._spent = 0.0

    def __enter__(self) -> QueryProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        if self._views is not None:
            os.close(self._views)
            self._views = None

    def run(self, sql: str) -> QueryResult:
        """Run a query that returns ``day``, ``value`` and optionally ``unit``.

        Raises:
            QueryError: It is not a single SELECT over the streams, fails, takes too long or too
                much memory, comes after others that took all the time, or returns something else;
                the message says which.
        """
        try:
            check_text(sql)
        except RefusedError as error:
            raise QueryError(str(error)) from None
        if self._spent >= self.seconds_in_all:
            raise QueryError(
                f"it was not run: the queries before it took {self.seconds_in_all:g} seconds, which"
                " is all that those of one run may take"
            )
        worker = self._running()
        started = time.monotonic()
        try:
            answer = worker.ask({"sql": sql}, self.seconds + _GRACE)
        except _EndedError as error:
            self._end()
            raise QueryError(str(error)) from None
        finally:
            self._spent += time.monotonic() - started
        if answer.get("spent"):
            self._end()
        if "error" in answer:
            raise QueryError(str(answer["error"]))
        return QueryResult(_frame(answer["rows"]), answer["problem"])

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def _running(self) -> _Worker:
        """A process that waits for a query.

        Raises:
            QueryError: There can be none in this run; the same is told of all further queries.
        """
        if self._worker is not None and self._worker.has_ended():
            self._end()  # by somebody else: the next query shall not be blamed for it
        if self._worker is None and self._unstartable is None:
            try:
                self._worker = self._start()
            except (OSError, duckdb.Error, DiskFullError, _EndedError) as error:
                self._unstartable = _reason(error)
        if self._worker is None:
            why = f"the process that runs queries cannot be started: {self._unstartable}"
            raise QueryError(why)
        return self._worker

    def _start(self) -> _Worker:
        worker = self._copy_views() if self._views is None else _Worker(self._views)
        first = {"database": f"{_DESCRIPTORS}/{self._views}", "views": self._streams}
        try:
            worker.ask({**first, "seconds": self.seconds}, _START)
        except _EndedError:
            worker.end()
            raise _EndedError("it does not answer") from None
        except BaseException:
            worker.end()
            raise
        return worker

    def _copy_views(self) -> _Worker:
        """Copy the views to a file that loses its name, and start the first process meanwhile."""
        with (
            tempfile.TemporaryDirectory(prefix="okr-queries-") as folder,
            connect_apart() as connection,
        ):
            path = Path(folder) / "views.duckdb"
            create_database(connection, path)
            ensure_space(Path(folder), RESERVE + sum(map(self._lake.size, self._streams)))
            self._views = os.open(path, os.O_RDONLY)
            worker = _Worker(self._views)
            try:
                copy_views(connection, self._lake, self._streams)
            except BaseException:
                worker.end()
                raise
        return worker


class _EndedError(Exception):
    """The process has ended, or does not answer."""


class _Worker:
    """One process that runs queries; it knows nothing but the views' database, a descriptor."""

    def __init__(self, views: int) -> None:
        paths = [str(_ROOT), *filter(None, sys.path)]
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", "pipelines.lake.confined_sql.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={**environ, "PYTHONPATH": os.pathsep.join(paths), "TZ": "UTC"},
            pass_fds=[views],
            start_new_session=True,  # Ctrl-C is for the run, which then ends this process
        )
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)

    def ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Raises:
            _EndedError: There is none in time, or none that can be read.
        """
        try:
            self._requests.write(json.dumps(request).encode("ascii") + b"\n")
            return dict(json.loads(self._line(seconds)))
        except BrokenPipeError:
            raise self._ended() from None
        except ValueError:
            raise _EndedError("the process that runs queries answered nonsense") from None

    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def end(self) -> None:
        """Kill the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._requests.close()
        self._answers.close()

    def _line(self, seconds: float) -> bytes:
        deadline, line = time.monotonic() + seconds, bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(deadline - time.monotonic(), 0.0)):
                    raise _EndedError(took_too_long(seconds - _GRACE))
                more = os.read(self._answers.fileno(), 1 << 16)
                if not more:
                    raise self._ended()
                line += more
                if len(line) > _MOST_BYTES:
                    raise _EndedError("it gives more than a measure needs")
        return bytes(line)

    def _ended(self) -> _EndedError:
        """Why the process ended by itself, or was ended by the system."""
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return _EndedError("the process that runs queries does not answer")
        if code == -signal.SIGXCPU:
            return _EndedError("it took more time of the processor than it may")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return _EndedError(f"it brought down the process that runs queries ({how})")


def _reason(error: Exception) -> str:
    """What the system or DuckDB says, without the name of a file that is another every night."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, DiskFullError):
        return os.strerror(errno.ENOSPC)
    return str(error).strip().partition("\n")[0].rpartition(": ")[2]


def run_query(lake: Lake, sql: str) -> QueryResult:
    """Run one query; see :meth:`QueryProcess.run`."""
    with QueryProcess(lake, [sql]) as process:
        return process.run(sql)


def _frame(rows: list[list[Any]]) -> pd.DataFrame:
    """Rows as the worker sends them, checked once more: its memory was a stranger's."""
    frame = pd.DataFrame(
        {
            "date": pd.Series([date.fromisoformat(day) for day, _, _ in rows], dtype="object"),
            "value": pd.Series([float(value) for _, value, _ in rows], dtype="float64"),
            "unit": pd.Series([unit for *_, unit in rows], dtype="object"),
        }
    ).astype({"date": "datetime64[us]"})
    if not np.isfinite(frame["value"]).all():
        raise QueryError("it gives a figure that is not finite")
    return frame.drop_duplicates("date", keep="last", ignore_index=True)
