"""The paths of everything that a run reads or writes on disk.

What belongs here: names of files and folders below the data folder. What does not: opening them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

UNUSABLE = tuple("%[]|^\\?")
"""What no path of tables may have: delta-rs or DuckDB takes it for another path, or ends."""


@dataclass(frozen=True, slots=True)
class DataPaths:
    """The files and folders of one project.

    Args:
        data: The data folder.
        duckdb: The published DuckDB file, which may lie outside ``data``.
    """

    data: Path
    duckdb: Path

    @property
    def lake(self) -> Path:
        """The lake: Delta tables of everything pulled."""
        return self.data / "lake"

    @property
    def decisions(self) -> Path:
        """The decision log, a Delta table."""
        return self.lake / "decisions"

    @property
    def history(self) -> Path:
        """The published tables as Delta tables, with all their versions."""
        return self.data / "published"

    @property
    def staging(self) -> Path:
        """Each run's tables between computing and publishing."""
        return self.data / "staging"

    @property
    def blocked_run(self) -> Path:
        """What kept the last run from being published, if anything did."""
        return self.data / "not-published.json"

    @property
    def published_settings(self) -> Path:
        """``okr.yaml`` as it was written when a run last published; it holds no secret."""
        return self.data / "published-settings.json"

    @property
    def manifest(self) -> Path:
        """What state there was after the last night; see ``lake.manifest``."""
        return self.data / "state.json"

    @property
    def decisions_backup(self) -> Path:
        """A copy of the decision log, made by every night."""
        return self.data / "backup" / "decisions"

    @property
    def embeddings(self) -> Path:
        """The embeddings of the texts of the last run, by text; made anew if they are gone."""
        return self.data / "embeddings.npz"

    @property
    def alerts(self) -> Path:
        """Open causes of alerts, and when a run was last published."""
        return self.data / "alerts"

    @property
    def targets(self) -> Path:
        """How the last attempt at each publishing target went."""
        return self.data / "targets.json"

    @property
    def logs(self) -> Path:
        """The log of runs."""
        return self.data / "logs"

    @property
    def own(self) -> list[Path]:
        """All that okr-sync itself keeps in the data folder; anything else there is not its own."""
        made = [self.lake, self.history, self.staging, self.decisions_backup.parent, self.duckdb]
        made += [
            self.published_settings,
            self.blocked_run,
            self.manifest,
            self.embeddings,
            self.run_lock,
            self.page_secret,
        ]
        made += [
            self.alerts,
            self.targets,
            self.logs,
            self.snapshot,
            self.snapshot_lock,
            self.restoring,
            self.copy,
            self.fetching,
            self.fetched,
            self.decisions_lock,
            self.store_lock,
        ]
        made += [self.data / name for name in ("dagster", "set-aside")]
        return [path for path in made if path.is_relative_to(self.data)]

    @property
    def page_secret(self) -> Path:
        """What the page seals sessions with, unless the settings name a secret."""
        return self.data / "page-secret"

    @property
    def snapshot(self) -> Path:
        """The state that a running back-up reads."""
        return self.data / "snapshot"

    @property
    def snapshot_lock(self) -> Path:
        """The lock file of the running back-up."""
        return self.data / "snapshot.lock"

    @property
    def restoring(self) -> Path:
        """What a restore is about to put in its place; gone as soon as all of it is."""
        return self.data / "restoring"

    @property
    def copy(self) -> Path:
        """Which state of the object store this folder is a copy of; see ``store.listing``."""
        return self.data / "store.json"

    @property
    def fetching(self) -> Path:
        """A state that is being fetched from the object store; the next fetch deletes it."""
        return self.data / "fetching.tmp"

    @property
    def fetched(self) -> Path:
        """A state that was fetched as a whole, until all of it is in its place."""
        return self.data / "fetched"

    @property
    def decisions_lock(self) -> Path:
        """The lock file of whoever records decisions, where there is an object store."""
        return self.data / "decisions.lock"

    @property
    def store_lock(self) -> Path:
        """The lock file of whoever fetches from the object store."""
        return self.data / "store.lock"

    @property
    def run_lock(self) -> Path:
        """The lock file of the running run."""
        return self.data / "run.lock"
