"""Where everything that a run reads or writes lies on disk.

What belongs here: names of files and folders, and nothing that opens them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataPaths:
    """The files under the data folder.

    Args:
        data: The data folder of the settings.
        duckdb: The published DuckDB file, which the settings may put elsewhere.
    """

    data: Path
    duckdb: Path

    @property
    def lake(self) -> Path:
        """What was pulled, as Delta tables."""
        return self.data / "lake"

    @property
    def decisions(self) -> Path:
        """What people decided about links, as Delta."""
        return self.lake / "decisions"

    @property
    def history(self) -> Path:
        """Published tables as Delta, every version."""
        return self.data / "published"

    @property
    def staging(self) -> Path:
        """Each run's tables between their computation and their publishing."""
        return self.data / "staging"

    @property
    def run_lock(self) -> Path:
        """The file that a run holds locked."""
        return self.data / "run.lock"
