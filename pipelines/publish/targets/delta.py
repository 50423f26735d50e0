"""Targets that are Delta tables, in a folder or in an object store.

What belongs here: writing each table as a new version, and the Delta table ``manifest``, which
names the versions of one run. What does not: the history of what was published
(``pipelines.publish.history``), which is okr-sync's own.

Whoever reads one table needs no manifest: its newest version is whole. Whoever joins tables reads
the versions that the manifest names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from pipelines.errors import RESERVE, disk_trouble, ensure_space
from pipelines.lake.delta import retention
from pipelines.lake.private_files import private_files
from pipelines.publish.history import about_to_commit
from pipelines.publish.targets.folders import ensure_right_to_write
from pipelines.publish.targets.manifest import (
    Manifest,
    TableState,
    TargetError,
    manifest_of,
    state_of,
)
from pipelines.publish.targets.published_run import PublishedRun, PublishedTable

_MANIFEST = "manifest"
_MARK = "Written by okr-sync."
_KEPT_DAYS = 7
_TIMES = 2  # the published file's size that its tables may need
_OF_RUN = ("run_id", "as_of", "published_at", "runs", "written_at")
_SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("version", pa.int64()),
        ("rows", pa.int64()),
        ("run_id", pa.string()),
        ("as_of", pa.date32()),
        ("published_at", pa.timestamp("us", "UTC")),
        ("runs", pa.int64()),
        ("written_at", pa.timestamp("us", "UTC")),
    ]
)


class DeltaTarget:
    """Delta tables beside each other.

    Args:
        name: What the settings call it.
        root: The folder, or the address in an object store, that holds the tables.
        in_store: Whether it is such an address.
        group: A group of this machine that may read a folder; None for nobody but its owner.
    """

    def __init__(self, name: str, root: str, group: str | None, *, in_store: bool) -> None:
        self.name = name
        self.place = root
        self._folder = None if in_store else Path(root)
        self._group = group

    def manifest(self) -> Manifest | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with self._in_words():
            table = self._ours(_MANIFEST)
            rows = table.to_pyarrow_table().to_pylist() if table else []
        if not rows:
            return None
        tables = {
            str(row["table"]): TableState(row["rows"], version=row["version"]) for row in rows
        }
        return Manifest(**{name: rows[0][name] for name in _OF_RUN}, tables=tables)

    def missing(self, manifest: Manifest) -> str | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with self._in_words():
            lacking = (self._lacking(name, one.version) for name, one in manifest.tables.items())
            return next(filter(None, lacking), None)

    def _lacking(self, name: str, version: int | None) -> str | None:
        if self._ours(name) is None:
            return f"{self._uri(name)} is no Delta table any more"
        try:
            table = DeltaTable(self._uri(name), version=version)
        except DeltaError:
            return f"version {version} of {self._uri(name)} is missing"
        if self._folder is None:
            return None
        # Addresses are quoted, names are not; there are no partitions.
        files = (self._folder / name / Path(uri).name for uri in table.file_uris())
        return next((f"{path} is missing" for path in files if not path.is_file()), None)

    def rehearse(self, run: PublishedRun) -> None:
        """See :class:`pipelines.publish.targets.manifest.Target`.

        Whether an object store can be written, only writing tells.
        """
        self.look()
        with self._in_words():
            self._ensure_room(run)
            self._ensure_ours(run)

    def write(self, run: PublishedRun) -> Manifest:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        private = private_files([self._folder], self._group) if self._folder else nullcontext()
        with self._in_words(), private:
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._ensure_room(run)
            self._ensure_ours(run)
            tables = {table.name: self._written(run, table) for table in run.tables}
            manifest = manifest_of(run, tables)
            about_to_commit()
            self._replace(_MANIFEST, _rows(manifest), "Which version of each table is of one run.")
            for name in (_MANIFEST, *tables):
                self._tidy(name)
            return manifest

    def look(self) -> str:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        if self._folder:
            with self._in_words():
                ensure_right_to_write(self._folder)
        found = self.manifest()
        what = f"holds {len(found.tables)} tables" if found else "holds nothing yet"
        return f"{self.place} can be read and {what}."

    def _ensure_room(self, run: PublishedRun) -> None:
        if self._folder:
            ensure_space(self._folder, RESERVE + _TIMES * run.size)

    def _ensure_ours(self, run: PublishedRun) -> None:
        for name in (_MANIFEST, *(table.name for table in run.tables)):
            self._ours(name)

    def _written(self, run: PublishedRun, table: PublishedTable) -> TableState:
        rows = pa.RecordBatchReader.from_batches(table.schema, run.batches(table))
        told = {"run_id": json.dumps(run.run_id), "as_of": json.dumps(str(run.as_of))}
        about = f"One row per {table.declared.row_is}."
        version = self._replace(table.name, rows, about, told)
        return state_of(table, version=version)

    def _replace(
        self,
        name: str,
        rows: pa.Table | pa.RecordBatchReader,
        about: str,
        told: Mapping[str, str] | None = None,
    ) -> int:
        """Write a new version of a table; returns its number."""
        about_to_commit()
        write_deltalake(
            self._uri(name),
            rows,
            mode="overwrite",
            schema_mode="overwrite",
            description=f"{about} {_MARK}",
            configuration=retention(_KEPT_DAYS),
            commit_properties=CommitProperties(custom_metadata=dict(told or {})),
        )
        return int(DeltaTable(self._uri(name)).version())

    def _ours(self, name: str) -> DeltaTable | None:
        """A table of the target; None if there is none.

        Raises:
            TargetError: Somebody else made it.
        """
        if not DeltaTable.is_deltatable(self._uri(name)):
            return None
        table = DeltaTable(self._uri(name))
        if not str(table.metadata().description or "").endswith(_MARK):
            raise TargetError(
                f"{self._uri(name)} is a Delta table that okr-sync did not make. Give the target a"
                " folder of its own, or move that table away."
            )
        return table

    def _tidy(self, name: str) -> None:
        """Delete the files that no version of the last days needs."""
        table = DeltaTable(self._uri(name))
        table.vacuum(dry_run=False)
        table.cleanup_metadata()

    def _uri(self, name: str) -> str:
        return f"{self.place.rstrip('/')}/{name}"

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Turn what the store or the disk refuses into a sentence."""
        try:
            yield
        except (DeltaError, OSError, pa.ArrowException, ValueError) as error:
            if trouble := disk_trouble(error):
                raise TargetError(f"{self.place}: {trouble}") from None
            said = _innermost(str(error)) or type(error).__name__
            raise TargetError(
                f"{self.place}: {said}. Give this account the right to read and write there, or"
                " name another place in okr.yaml."
            ) from None


def _innermost(text: str) -> str:
    r"""What a store said: the last cause that delta-rs lists; those before it quote addresses.

    >>> _innermost("Generic S3 error\n  ↳ Error performing GET http://…\n  ↳ 403 Forbidden\n")
    '403 Forbidden'
    """
    if message := re.search(r"<Message>([^<]+)</Message>", text):
        return message[1].strip().rstrip(".")
    parts = [re.sub(r"\x1b\[\d*m|↳", "", line).strip() for line in text.splitlines()]
    return next((part[:300].rstrip(".") for part in reversed(parts) if part), "")


def _rows(manifest: Manifest) -> pa.Table:
    told = {name: getattr(manifest, name) for name in _OF_RUN}
    return pa.Table.from_pylist(
        [
            {"table": name, "version": table.version, "rows": table.rows} | told
            for name, table in manifest.tables.items()
        ],
        schema=_SCHEMA,
    )
