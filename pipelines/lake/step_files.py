"""Tables passed between the steps of a run, as Parquet files that can be inspected.

What belongs here: writing, reading and pruning them. What does not: publishing (``publish``);
readers never see these files.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa

from pipelines.errors import RESERVE, ensure_space

_KEPT = 3


class StepFiles:
    """The staged tables of one run.

    Args:
        root: Holds one folder per run; the latest few are kept.
        run_id: The run; its folder keeps the tables of two runs apart.
    """

    def __init__(self, root: Path, run_id: str) -> None:
        self._root = root
        self._folder = root / run_id

    def begin(self) -> None:
        """Create the run's folder and delete those of the oldest runs."""
        self._folder.mkdir(parents=True, exist_ok=True)
        runs = sorted(self._root.iterdir(), key=lambda folder: folder.stat().st_mtime)
        for old in runs[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def forget(self) -> None:
        """Delete the run's folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, name: str, frame: pd.DataFrame) -> int:
        """Write the staged table ``name``; returns its row count.

        Raises:
            pipelines.errors.DiskFullError: There is no room for it.
        """
        import pyarrow.parquet as pq  # large, and the page has no use for it

        rows = pa.Table.from_pandas(frame, preserve_index=False)
        ensure_space(self._folder, RESERVE + rows.nbytes)
        # Without the pandas metadata, from which pandas cannot restore its Arrow types.
        pq.write_table(rows.replace_schema_metadata(None), self.path(name))
        return len(frame)

    def path(self, name: str) -> Path:
        """The path of the staged table ``name``."""
        return self._folder / f"{name}.parquet"

    def read(self, name: str) -> pd.DataFrame:
        """The staged table ``name``.

        Raises:
            FileNotFoundError: The step that writes it has not run.
        """
        frame: pd.DataFrame = self.rows(name).to_pandas()
        return frame

    def rows(self, name: str) -> pa.Table:
        """The same as Arrow.

        Raises:
            FileNotFoundError: The step that writes it has not run.
        """
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path(name)) as file:  # ``read_table`` begins a scan of many files
            return file.read()
