"""Tables between two steps of a run, as Parquet files that a person can look into.

What belongs here: writing and reading them. What does not: publishing; nobody reads these.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


class Staging:
    """The staged tables of one project.

    Args:
        folder: Where they lie; overwritten by every run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, frame: pd.DataFrame) -> int:
        """Replace the staged table ``name``; returns its number of rows."""
        self._folder.mkdir(parents=True, exist_ok=True)
        rows = pa.Table.from_pandas(frame, preserve_index=False)
        # Without pandas' own notes: it cannot read its Arrow types back from them.
        pq.write_table(rows.replace_schema_metadata(None), self._folder / f"{name}.parquet")
        return len(frame)

    def read(self, name: str) -> pd.DataFrame:
        """The staged table ``name``.

        Raises:
            FileNotFoundError: The step that writes it has not run.
        """
        frame: pd.DataFrame = pq.read_table(self._folder / f"{name}.parquet").to_pandas()
        return frame
