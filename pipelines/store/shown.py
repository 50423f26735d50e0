"""The published tables that go with the state in place, while a run makes others.

What belongs here: remembering them, and putting them back if the run's state is not put in place,
as other machines still show them. What does not: making tables (``publish``).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.backup.contents import DUCKDB
from pipelines.backup.snapshot import link
from pipelines.paths import DataPaths
from pipelines.store.listing import read_copy


def remember_published(paths: DataPaths) -> None:
    """Keep the tables as they are now, by a hard link: a run replaces the file and changes none."""
    kept = _kept(paths)
    kept.unlink(missing_ok=True)
    if paths.duckdb.exists():
        link(paths.duckdb, kept)


def put_back_published(paths: DataPaths) -> None:
    """Put the remembered tables back if they are those of the state in place, and no others are."""
    kept, copy = _kept(paths), read_copy(paths.copy)
    in_place = copy.files.get(DUCKDB) if copy else None
    if in_place and in_place.is_at(kept) and not in_place.is_at(paths.duckdb):
        kept.replace(paths.duckdb)
    kept.unlink(missing_ok=True)


def _kept(paths: DataPaths) -> Path:
    return paths.duckdb.with_name(f".{paths.duckdb.name}.in-place")
