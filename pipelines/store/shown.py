"""The published tables that go with the state in place, while a run makes others.

What belongs here: remembering them, and putting them back if the run's state is not put in place:
other machines show them, and this one says so. What does not: making tables (``publish``).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.backup.snapshot import link
from pipelines.paths import DataPaths


def remember_published(paths: DataPaths) -> None:
    """Keep the tables as they are now, by a hard link: a run replaces the file and changes none."""
    kept = _kept(paths)
    kept.unlink(missing_ok=True)
    if paths.duckdb.exists():
        link(paths.duckdb, kept)


def forget_published(paths: DataPaths, *, put_back: bool) -> None:
    """Let go of what was kept.

    Args:
        paths: Whose tables.
        put_back: Whether it takes the place of what is there; where there were no tables, there are
            none again.
    """
    kept = _kept(paths)
    if not put_back:
        kept.unlink(missing_ok=True)
    elif kept.exists():
        kept.replace(paths.duckdb)
    else:
        paths.duckdb.unlink(missing_ok=True)


def _kept(paths: DataPaths) -> Path:
    return paths.duckdb.with_name(f".{paths.duckdb.name}.in-place")
