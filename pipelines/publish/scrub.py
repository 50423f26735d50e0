"""Credentials in files that an older version wrote: finding them, and replacing them in place.

What belongs here: every kind of file in the data folder. What does not: which texts are credentials
(``connectors.secrets``), and rights (``pipelines.lake.private_files``).

Delta's versions are kept: a data file is written again under its name, and its size and its least
and greatest values in the log are corrected. What is neither Parquet nor DuckDB keeps its length,
because SQLite and logs are read by position.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.secrets import forms, redact
from pipelines.errors import RESERVE, ensure_space

_USER_INFO = re.compile(rb"(?<=://)[^\s/?#@\"'<>\0]{0,500}:[^\s/?#@\"'<>\0]{1,500}(?=@)")
_LOG = "_delta_log"


@dataclass(frozen=True, slots=True)
class LookedThrough:
    """What was found in files.

    Attributes:
        holding: Those that hold a credential, or held one.
        unread: Those that are damaged or cannot be read, so that nothing is known of them.
    """

    holding: list[Path]
    unread: list[Path]


class _UnreadableError(Exception):
    """A file cannot be read as what it is."""


def scrub(folders: list[Path], duckdb_file: Path, *, write: bool) -> LookedThrough:
    """Look for credentials in files; with ``write`` those that hold one hold none afterwards.

    Args:
        folders: Where to look, and everything below.
        duckdb_file: The published tables.
        write: Whether to replace what is found. Nothing else may write meanwhile.
    """
    found: set[Path] = set()
    unread: set[Path] = set()
    sizes: dict[Path, int] = {}

    def looked(file: Path, look: Callable[..., bool], *more: object) -> bool:
        try:
            holds = look(file, *more)
        except _UnreadableError:
            unread.add(file)
            return False
        found.update([file] if holds else [])
        return holds

    files = [file for folder in folders for file in sorted(folder.rglob("*")) if _is_file(file)]
    data = [file for file in files if file.suffix == ".parquet" and file.parent.name != _LOG]
    for file in data:
        if looked(file, _scrub_parquet, write):
            sizes[file.resolve()] = file.stat().st_size
    for file in files:
        if file.parent.name == _LOG and file.suffix == ".parquet":
            looked(file, _scrub_checkpoint, sizes, write)
        elif file.parent.name == _LOG and file.suffix == ".json":
            looked(file, _scrub_log, sizes, write)
        elif file in data or file == duckdb_file or not file.exists():
            continue
        else:
            looked(file, _scrub_bytes, write)
    if _is_file(duckdb_file):
        looked(duckdb_file, _scrub_duckdb, write)
    return LookedThrough(sorted(found), sorted(unread))


@contextmanager
def _reading() -> Iterator[None]:
    """Tell a file that cannot be read from one that cannot be written, which ends it all."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError, ValueError) as error:
        raise _UnreadableError from error


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def redacted(value: Any) -> Any:
    """``value`` with every text in it redacted, however deep."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redacted(item) for key, item in value.items()}
    if isinstance(value, tuple):  # an entry of one of Arrow's maps
        return tuple(map(redacted, value))
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return value


def _scrub_parquet(file: Path, write: bool) -> bool:
    with _reading():
        table = pq.ParquetFile(file).read()
    clean = pa.table([_scrubbed(column) for column in table.columns], schema=table.schema)
    if clean.equals(table):
        return False
    if write:
        with _replacing(file) as beside:
            pq.write_table(clean, beside, compression="zstd")
    return True


def _scrubbed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with every text redacted; columns without texts as they are."""
    if not _has_texts(column.type):
        return column
    values = column.unique() if pa.types.is_string(column.type) else column
    old = values.to_pylist()
    if redacted(old) == old:
        return column
    return pa.chunked_array([pa.array(redacted(column.to_pylist()), column.type)])


def _has_texts(kind: pa.DataType) -> bool:
    if pa.types.is_nested(kind):
        return any(_has_texts(kind.field(at).type) for at in range(kind.num_fields))
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _scrub_log(file: Path, sizes: dict[Path, int], write: bool) -> bool:
    """One commit: its texts, and the sizes of the data files that were written again."""
    with _reading():
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
        actions = [json.loads(line) for line in text.splitlines() if line.strip()]
    clean = [_corrected(redacted(action), file.parent.parent, sizes) for action in actions]
    if clean != actions and write:
        with _replacing(file) as beside:
            lines = "\n".join(json.dumps(action) for action in clean)
            beside.write_text(lines + "\n", encoding="utf-8")
    return bool(redacted(actions) != actions)


def _scrub_checkpoint(file: Path, sizes: dict[Path, int], write: bool) -> bool:
    """A checkpoint of the log, likewise."""
    with _reading():
        table = pq.ParquetFile(file).read()
    actions = table.to_pylist()
    clean = [_corrected(redacted(action), file.parent.parent, sizes) for action in actions]
    if clean != actions and write:
        with _replacing(file) as beside:
            pq.write_table(pa.Table.from_pylist(clean, table.schema), beside)
        # A hint at the newest checkpoint that may tell its size; readers list the folder without.
        (file.parent / "_last_checkpoint").unlink(missing_ok=True)
    return bool(redacted(actions) != actions)


def _corrected(action: Any, table: Path, sizes: dict[Path, int]) -> Any:
    for name in ("add", "remove"):
        change = action.get(name)
        size = sizes.get((table / str(change["path"])).resolve()) if change else None
        if change and size is not None and change.get("size") is not None:
            action = {**action, name: {**change, "size": size}}
    return action


def _scrub_bytes(file: Path, write: bool) -> bool:
    """Any other file: as many asterisks as the credential has bytes."""
    with _reading():
        content = file.read_bytes()
    clean = _USER_INFO.sub(_masked, content)
    for form in forms():
        clean = clean.replace(form.encode(), b"*" * len(form.encode()))
    if clean != content and write:
        with _replacing(file) as beside:
            beside.write_bytes(clean)
    return clean != content


def _masked(found: re.Match[bytes]) -> bytes:
    return b"*" * len(found[0])


def _scrub_duckdb(file: Path, write: bool) -> bool:
    """The published tables, in a file of their own: one that was changed keeps the old pages."""
    with _reading(), duckdb.connect(str(file), read_only=True) as connection:
        columns = connection.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns()"
            " WHERE table_oid IN (SELECT table_oid FROM duckdb_tables())"  # views hold nothing
            " AND NOT internal AND data_type IN ('VARCHAR', 'VARCHAR[]')"
        ).fetchall()
        changes = {column: _changed(connection, *column) for column in columns}
    changes = {column: values for column, values in changes.items() if values}
    if changes and write:
        with _replacing(file) as beside:
            _rewrite(file, beside, changes)
    return bool(changes)


def _changed(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, column: str
) -> list[tuple[Any, Any]]:
    query = f'SELECT DISTINCT "{column}" FROM "{schema}"."{table}"'  # noqa: S608 - our own names
    values = [value for (value,) in connection.execute(query).fetchall()]
    return [(value, redacted(value)) for value in values if redacted(value) != value]


def _rewrite(file: Path, beside: Path, changes: dict[Any, list[tuple[Any, Any]]]) -> None:
    changed = beside.with_suffix(".changed")
    try:
        changed.write_bytes(file.read_bytes())
        with duckdb.connect(str(changed)) as connection:
            for (schema, table, column), values in changes.items():
                update = f'UPDATE "{schema}"."{table}" SET "{column}" = ? WHERE "{column}" = ?'  # noqa: S608 - our own names
                connection.executemany(update, [(new, old) for old, new in values])
            name = connection.execute("SELECT current_database()").fetchall()[0][0]
            connection.execute(f"ATTACH '{str(beside).replace(chr(39), chr(39) * 2)}' AS clean")
            connection.execute(f'COPY FROM DATABASE "{name}" TO clean')
            connection.execute("DETACH clean")
    finally:
        changed.unlink(missing_ok=True)


@contextmanager
def _replacing(file: Path) -> Iterator[Path]:
    """A path beside ``file``, with its rights, that replaces it unless an error is raised."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.scrubbed")
    ensure_space(file.parent, RESERVE + 2 * file.stat().st_size)
    try:
        yield beside
        beside.chmod(file.stat().st_mode & 0o777)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
