"""The process in which queries run: started by :mod:`.process`, and confined by itself.

What belongs here: limits of the operating system and of DuckDB, set before the first query is
seen, and answering one query after the other. What does not: who asks and what becomes of it
(``process``). Only DuckDB and the standard library are imported, so that it starts quickly.

Requests and answers are lines of JSON on standard input and output. The first request names the
views' database and the seconds that a query may take; its answer says that the limits hold. Then
each ``{"sql": …}`` is answered by ``{"rows": …, "problem": …}`` or ``{"error": …}``. After an
answer with ``"spent": true`` the process should be replaced: its memory may be fragmented.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from pipelines.lake.confined_sql.results import ROWS, projection, readings
from pipelines.lake.confined_sql.statement import (
    RefusedError,
    check_statement,
    printable,
    took_too_long,
)

MEMORY = 1_000_000_000
"""Bytes that a query may take on top of what the process takes by itself."""

_THREADS = 2
_ENGINE_SHARE = 0.8  # of MEMORY for DuckDB's own buffers, so that it says itself what is too much
_SPENT_SHARE = 0.5  # of MEMORY kept after a query: the next one would have less than its due
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "access_mode": "read_only",
    "threads": _THREADS,
    "memory_limit": f"{int(MEMORY * _ENGINE_SHARE)}B",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "enable_external_access": False,
    "python_enable_replacements": False,
}
_WARM_UP = "SELECT DATE '2026-11-27' AS day, 1.5 AS value"
_TOO_MUCH_MEMORY = f"it needs more than {MEMORY // 1_000_000_000} GB of memory"

_TOO_DEEP = "it is nested too deeply"
_RECURSION = 20_000  # of Python while it reads a syntax tree, of which DuckDB limits the depth


def main() -> None:
    """Answer requests until standard input ends, which it does with the process that asks."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may write between the answers
    sys.setrecursionlimit(_RECURSION)
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    first = requests.get()
    connection = duckdb.connect(first["database"], config=_SETTINGS)
    connection.execute("SET GLOBAL TimeZone = 'UTC'; SET lock_configuration = true")
    # What Python and DuckDB load on first use must be there before no file can be opened any more.
    _answer(connection, _WARM_UP, first["views"], first["seconds"])
    statm = _open_statm()
    size = _confine_process(statm)
    _send(answers, {"ready": True})
    while True:
        request = requests.get()
        _limit_processor_time(first["seconds"])
        answer = _answer(connection, request["sql"], first["views"], first["seconds"])
        if _size(statm) - size > MEMORY * _SPENT_SHARE:
            answer["spent"] = True
        _send(answers, answer)


def _listen(requests: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Pass requests on; end the process, whatever it is doing, once nobody can ask any more."""
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    os._exit(0)


def _send(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer, allow_nan=False).encode("ascii") + b"\n")
    answers.flush()


def _answer(
    connection: duckdb.DuckDBPyConnection, sql: str, views: list[str], seconds: float
) -> dict[str, Any]:
    cursor = connection.cursor()
    timer = threading.Timer(seconds, cursor.interrupt)
    timer.start()
    try:
        check_statement(cursor, sql, views)
        relation = cursor.sql(sql)
        columns = projection(relation.columns, [str(one) for one in relation.types])
        rows, problem = readings(relation.project(columns).limit(ROWS + 1).fetchall())
        return {"rows": rows, "problem": problem}
    except RefusedError as error:
        return {"error": str(error)}
    except (MemoryError, duckdb.OutOfMemoryException):
        return {"error": _TOO_MUCH_MEMORY, "spent": True}
    except duckdb.InterruptException:
        return {"error": took_too_long(seconds), "spent": True}
    except duckdb.Error as error:
        broken = isinstance(error, duckdb.FatalException | duckdb.InternalException)
        return {"error": _words(error), "spent": broken}
    except RecursionError:
        return {"error": _TOO_DEEP, "spent": True}
    except Exception as error:  # whatever a text does, it must not end the process unexplained
        return {"error": f"okr-sync itself failed on it ({type(error).__name__})", "spent": True}
    finally:
        timer.cancel()
        cursor.close()


def _words(error: Exception) -> str:
    """The first line of DuckDB's message, without advice on settings that are locked."""
    text = str(error).strip().partition("\n")[0]
    return _TOO_DEEP if "max_expression_depth" in text else printable(text, 300)


def _confine_process(statm: int | None) -> int:
    """Take from the process, for good, what no query needs; its size before the first one.

    No file descriptor is left to open a file or a socket with: the views' database stays open.
    """
    size = _size(statm)
    if sys.platform == "linux":
        # Where memory runs out altogether, this process goes, and not the night.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 0)]
    if size:
        limits.append((resource.RLIMIT_AS, size + MEMORY))
    for which, most in limits:
        most = _at_most(which, most)
        resource.setrlimit(which, (most, most))
    return size


def _open_statm() -> int | None:
    """Where Linux says how large the process is; other systems would not limit it, either."""
    return os.open("/proc/self/statm", os.O_RDONLY) if sys.platform == "linux" else None


def _size(statm: int | None) -> int:
    """Bytes of address space; 0 if that is not known."""
    pages = 0 if statm is None else int(os.pread(statm, 100, 0).split()[0])
    return pages * resource.getpagesize()


def _limit_processor_time(seconds: float) -> None:
    """End the process if its next query takes all its threads' time and cannot be interrupted."""
    most = math.ceil(time.process_time() + (seconds + 1) * _THREADS)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (_at_most(resource.RLIMIT_CPU, most), hard))


def _at_most(which: int, most: int) -> int:
    """The limit, or that of whoever started the run if it is lower: nobody may raise that."""
    hard = resource.getrlimit(which)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


if __name__ == "__main__":
    try:
        main()
    finally:
        os._exit(1)  # at once: Python would wait for the thread that listens
