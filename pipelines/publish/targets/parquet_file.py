"""A table as a Parquet file.

What belongs here: writing it, with the contract in its metadata. What does not: the folder it lies
in (``folders``).
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.publish.targets.published_run import PublishedRun, PublishedTable

SUFFIX = ".parquet"
_TOGETHER = 5  # batches in a row group


def write_parquet(run: PublishedRun, table: PublishedTable, path: Path) -> None:
    """Write one table of ``run``; its columns carry their meaning and unit."""
    schema = _described(table).with_metadata({"run_id": run.run_id, "as_of": str(run.as_of)})
    gathered: list[pa.RecordBatch] = []
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in run.batches(table):
            gathered.append(batch)
            if len(gathered) == _TOGETHER:
                writer.write_table(pa.Table.from_batches(gathered).cast(schema))
                gathered = []
        writer.write_table(pa.Table.from_batches(gathered, table.schema).cast(schema))


def _described(table: PublishedTable) -> pa.Schema:
    fields = []
    for column, field in zip(table.columns, table.schema, strict=True):
        told = {"description": column.meaning} | ({"unit": column.unit} if column.unit else {})
        fields.append(field.with_metadata(told))
    return pa.schema(fields)
