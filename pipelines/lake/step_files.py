"""Tables between two steps of a run, as Parquet files that a person can look into.

What belongs here: writing and reading them. What does not: publishing; nobody reads these.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_KEPT = 3


class StepFiles:
    """The staged tables of one run.

    Args:
        root: Where the runs' folders lie; the last few are kept.
        run_id: Which run, so that two never mix.
    """

    def __init__(self, root: Path, run_id: str) -> None:
        self._root = root
        self._folder = root / run_id

    def begin(self) -> None:
        """Make the run's folder, and forget the oldest runs."""
        self._folder.mkdir(parents=True, exist_ok=True)
        runs = sorted(self._root.iterdir(), key=lambda folder: folder.stat().st_mtime)
        for old in runs[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def forget(self) -> None:
        """Remove the run's folder: nobody looks into it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, name: str, frame: pd.DataFrame) -> int:
        """Replace the staged table ``name``; returns its number of rows."""
        rows = pa.Table.from_pandas(frame, preserve_index=False)
        # Without pandas' own notes: it cannot read its Arrow types back from them.
        pq.write_table(rows.replace_schema_metadata(None), self.path(name))
        return len(frame)

    def path(self, name: str) -> Path:
        """Where the staged table ``name`` is, or is to be."""
        return self._folder / f"{name}.parquet"

    def read(self, name: str) -> pd.DataFrame:
        """The staged table ``name``.

        Raises:
            FileNotFoundError: The step that writes it has not run.
        """
        frame: pd.DataFrame = pq.read_table(self.path(name)).to_pandas()
        return frame
