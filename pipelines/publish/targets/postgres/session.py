"""One transaction with Postgres that ends in time, and whose errors are sentences.

What belongs here: connecting, time limits, and what to do about an error. What does not: what is
done in the transaction (``target``).

Everything happens in one transaction, on temporary tables up to the end: whatever ends it, a kill,
a lost connection, a deadline, leaves the tables as they were and nothing to clean up.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pipelines.publish.targets.manifest import TargetError

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 10
_SILENT_SECONDS = 600
"""How long Postgres may take for one step before it counts as gone."""
_LOCK_SECONDS = 15
_NOT_INSTALLED = "psycopg is not installed; run: pip install 'okr-sync[postgres]'"
_FORM = "postgresql://user@host:5432/database, with :password after the user."


class Session:
    """An open transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._timer: threading.Timer | None = None
        self._ending = threading.Lock()
        self._is_over = False
        self.expired = False

    def run(self, statement: str, given: Sequence[object] | None = None) -> None:
        """Run a statement of our own; ``%s`` stands for what is given."""
        self._step()
        self._connection.execute(statement.encode(), given)

    def rows(self, query: str, given: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        self._step()
        return self._connection.execute(query.encode(), given).fetchall()

    def copy(self, statement: str, texts: Iterable[str]) -> int:
        """Copy rows in COPY's text form; returns how many arrived."""
        with self._connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy:
                for text in texts:
                    self._step()
                    copy.write(text)
                self._step()
            return cursor.rowcount

    def commit(self) -> None:
        """Make all of it visible."""
        self._step()
        self._connection.commit()

    def done(self) -> None:
        """Nothing more comes: no deadline either, and no hand on a connection that is closed."""
        with self._ending:
            self._is_over = True
        if self._timer:
            self._timer.cancel()

    def _step(self) -> None:
        """Begin the time that Postgres has for the next step."""
        if self._timer:
            self._timer.cancel()
        self._timer = threading.Timer(_SILENT_SECONDS, self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        """Wake whoever waits for a server that does not answer."""
        with self._ending, suppress(OSError):
            if self._is_over:
                return
            self.expired = True
            both = socket.fromfd(self._connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
            with both:
                both.shutdown(socket.SHUT_RDWR)


@contextmanager
def session(url: str, name: str) -> Iterator[Session]:
    """A transaction that is committed at its end, and undone by any error.

    Args:
        url: The address with user and password; begins with ``${`` if its variable is not set.
        name: What the settings call the target.

    Raises:
        TargetError: The address cannot be used, or Postgres refused something.
    """
    place_of(url)  # refuses an address that libpq would quote in its error
    import psycopg  # slow to import, rarely needed

    opened: Session | None = None
    try:
        with psycopg.connect(
            url,
            connect_timeout=_CONNECT_SECONDS,
            client_encoding="UTF8",
            application_name="okr-sync",
            prepare_threshold=None,  # poolers hand the next statement to another server
        ) as connection:
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            connection.read_only = False
            opened = Session(connection)
            try:
                _limit(opened)
                yield opened
                opened.commit()
            finally:
                opened.done()
    except psycopg.Error as error:
        raise TargetError(_sentence(error, opened, name)) from None


def place_of(url: str) -> str:
    """Host and database of an address, without user and password.

    Raises:
        TargetError: It is not set, or no address of Postgres.
    """
    if url.startswith("${"):
        variable = url[2:].rstrip("}")
        raise TargetError(
            f"The environment variable {variable} is not set. Set it where runs are started."
        )
    if not url:
        raise TargetError("The file of the url is missing or empty. Put the address into it.")
    if find_spec("psycopg") is None:
        raise TargetError(_NOT_INSTALLED)
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = conninfo_to_dict(url)
    except ProgrammingError:
        raise TargetError(f"The url is no address of Postgres. Write it as {_FORM}") from None
    host = given.get("host") or given.get("hostaddr") or "the local socket"
    port = f":{given['port']}" if given.get("port") else ""
    return f"{host}{port}/{given.get('dbname') or given.get('user') or ''}"


def _limit(opened: Session) -> None:
    """No statement waits for ever, and names mean what they mean here."""
    opened.run(
        f"SET LOCAL statement_timeout = '{_SILENT_SECONDS}s'; "
        f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'; "
        "SET LOCAL standard_conforming_strings = on; SET LOCAL TimeZone = 'UTC'; "
        "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL client_min_messages = error"
    )


def _sentence(error: psycopg.Error, opened: Session | None, name: str) -> str:
    """What happened, and what to do about it."""
    again = f"then run: okr publish --to {name}"
    said = error.diag.message_primary or (str(error).splitlines() or [type(error).__name__])[0]
    said = said.strip().rstrip(".")
    if opened is None:
        return f"Postgres cannot be reached: {said}. See that it runs and the url fits, {again}"
    if opened.expired:
        minutes = _SILENT_SECONDS // 60
        return f"Postgres did not answer for {minutes} minutes. See that it runs, {again}"
    code = error.sqlstate or ""
    if code in ("2BP01", "0A000") and error.diag.message_detail:
        dependent = "; ".join(error.diag.message_detail.splitlines())
        return f"Postgres: {said}: {dependent}. Change or drop what depends on it, {again}"
    remedy = {
        "42501": _grant(said),
        "55P03": "End the session that locks the table",
        "57014": "See what keeps Postgres busy",
        "53100": "Free space on its disk",
    }.get(code, "Remove the cause")
    return f"Postgres: {said}. {remedy}, {again}"


def _grant(said: str) -> str:
    """What to do about a refusal; ``permission denied for schema okr`` names what it is about."""
    about = said.partition("permission denied for ")[2]
    return f"Give the user of the url {'rights on ' + about if about else 'the right it lacks'}"
