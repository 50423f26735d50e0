"""Delta tables of the data folder: how long they keep what is no longer part of them.

What belongs here: the retention that each table carries, and bringing one in order. What does not:
rows and their meaning.

Delta keeps a log entry for each commit and the files that a commit replaced. A table without
explicit retention drops log entries after 30 days, together with their metadata: nothing that is
needed later may be kept there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake

from pipelines.errors import RESERVE, ensure_space

LAKE_DAYS = 1
"""Nobody asks a table of the lake for an earlier state; whoever is reading it gets a day to end."""

# A writer holds a whole group, and a file until it is closed; records are wide, and JSON for the
# most part. Without a compression named here there is none.
IN_SMALL_GROUPS = WriterProperties(
    max_row_group_size=5_000, compression="ZSTD", compression_level=1
)
_FILE_BYTES = 20_000_000
_DAY = 86_400  # seconds
_COMMITS = 20  # since the last checkpoint, each of which whoever opens the table has to read
_FILES = 40  # of which a scan has to open each


def retention(days: int) -> dict[str, str]:
    """The table properties that keep log entries and replaced files for ``days``."""
    kept = f"interval {days * _DAY} seconds"
    return {"delta.logRetentionDuration": kept, "delta.deletedFileRetentionDuration": kept}


def carries(table: DeltaTable, properties: Mapping[str, str]) -> bool:
    """Whether the table has all of ``properties``."""
    return properties.items() <= table.metadata().configuration.items()


def files_of(table: DeltaTable) -> list[str]:
    """The paths of the Parquet files that hold the rows now; Delta percent-encodes them."""
    return [unquote(uri) for uri in table.file_uris()]


def is_due(path: Path) -> bool:
    """Whether the table at ``path`` has enough commits to be worth bringing in order."""
    log = path / "_delta_log"
    names = [file.name for file in log.iterdir()] if log.is_dir() else []
    checkpoints = [name.partition(".")[0] for name in names if ".checkpoint" in name]
    last = max((name for name in checkpoints if name.isdecimal()), default="")
    commits = [name for name in names if name.endswith(".json") and name.partition(".")[0] > last]
    return len(commits) >= _COMMITS


def tidy(path: Path, days: int) -> None:
    """Compact a table of many files; delete the files and log entries older than ``days``.

    Files that no commit names, left by a run that was killed, go with them. Ends with a checkpoint,
    so that the table can be opened without reading its earlier log.

    Raises:
        pipelines.errors.DiskFullError: There is no room to compact it; all else is done.
    """
    table = DeltaTable(str(path))
    if not carries(table, retention(days)):
        table.alter.set_table_properties(retention(days))
    try:
        if len(table.file_uris()) >= _FILES:
            ensure_space(path, RESERVE + size_of(table))
            table.optimize.compact()
    finally:
        table.vacuum(dry_run=False, full=True)
        table.create_checkpoint()
        table.cleanup_metadata()


def bring_up_to_date(table: DeltaTable, path: Path) -> None:
    """Load what others committed to an open table at ``path``.

    Delta numbers commits without a gap, so a table whose own last commit is in the log and the next
    one is not is the latest; looking for two files costs a hundredth of having Delta look.
    """
    log, last = path / "_delta_log", table.version()
    if not (log / _commit_file(last)).exists() or (log / _commit_file(last + 1)).exists():
        table.update_incremental()


def _commit_file(version: int) -> str:
    return f"{version:020}.json"


def size_of(table: DeltaTable) -> int:
    """How many bytes its rows have on disk."""
    return sum(pa.table(table.get_add_actions(flatten=True))["size_bytes"].to_pylist())


NUMBER = "landing"
"""Of the last landing in a log, and of the last that is folded into ``current``."""


def numbered(number: int) -> CommitProperties:
    """That number as Delta's own transaction identifier: part of the table's newest state."""
    return CommitProperties(app_transactions=[Transaction(NUMBER, number)])


def write_rows(
    table: DeltaTable | Path,
    rows: pa.Table | pa.RecordBatchReader,
    number: int | None,
    *,
    anew: bool = False,
) -> None:
    """Append rows to a table of the lake in one commit, or replace all of it by them.

    Args:
        table: The table, or the path at which it is created.
        rows: What to write; batches are written as they are read.
        number: The landing to number the commit by, see :func:`numbered`; None: it keeps its own.
        anew: Whether they replace all rows and columns.
    """
    write_deltalake(
        str(table) if isinstance(table, Path) else table,
        rows,
        mode="overwrite" if anew else "append",
        schema_mode="overwrite" if anew else None,
        configuration=retention(LAKE_DAYS),
        target_file_size=_FILE_BYTES,
        writer_properties=IN_SMALL_GROUPS,
        commit_properties=None if number is None else numbered(number),
    )


def merge_rows(table: DeltaTable, rows: pa.Table, number: int) -> None:
    """Replace the rows of a table that have the same id as one of ``rows``, and add the others.

    Args:
        table: The table.
        rows: Rows with all its columns, one for each id.
        number: The landing to number the commit by, see :func:`numbered`.
    """
    (
        table.merge(
            rows,
            predicate="now.id = new.id",
            source_alias="new",
            target_alias="now",
            writer_properties=IN_SMALL_GROUPS,
            commit_properties=numbered(number),
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )


def has_only_nulls(table: DeltaTable, column: str) -> bool:
    """Whether no row has a value in the column, by what the table says of its files."""
    files = pa.table(table.get_add_actions(flatten=True)).to_pydict()
    return bool(files.get(f"null_count.{column}") == files["num_records"])
