"""Published tables that are damaged or gone: the Delta history and the DuckDB file.

What belongs here: finding them and making each from the other. What does not: how they are written
(``publish``).

Both hold every published row. If neither can be read, the night computes today's tables from the
lake, and ``okr rebuild`` the days before.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import write_deltalake

from okr_model.tables import BY_NAME, RUNS
from pipelines.lake.manifest import Manifest, Notice, TableMark, mark_file, set_aside, table_trouble
from pipelines.project import Project
from pipelines.publish.duckdb_file import write_duckdb
from pipelines.publish.history import history
from pipelines.telemetry.log import event
from published.tables import SCHEMA, PublishedTables, UnreadablePublishedError

_FILE = "published.duckdb"


def mend_published(project: Project, manifest: Manifest) -> None:
    """Set aside what is damaged and make it anew from the other copy."""
    damaged = {
        name: trouble
        for name in BY_NAME
        if (trouble := table_trouble(_folder(project, name), _known(manifest, name)))
    }
    trouble = _file_trouble(project, manifest)
    if damaged:
        _mend_history(project, manifest, list(damaged), from_file=trouble is None)
    if trouble:
        _mend_file(project, manifest, trouble)
    elif _is_behind(project):
        event("published file brought up to its history")
        write_duckdb(_tables_of_history(project), project.paths.duckdb)


def _mend_history(
    project: Project, manifest: Manifest, damaged: list[str], *, from_file: bool
) -> None:
    asides = []
    for name in damaged:
        folder = _folder(project, name)
        manifest.tables.pop(f"published/{name}", None)
        if folder.exists():
            asides.append(set_aside(folder, project.paths.data, project.clock.today))
        if from_file and PublishedTables(project.paths.duckdb).has(name):
            rows = PublishedTables(project.paths.duckdb).rows(name)
            write_deltalake(str(folder), rows.select(_columns(rows.column_names, name)))
    whence = "made anew from the published file" if from_file else "begun anew"
    also = "" if from_file else " Run okr rebuild to compute the days before."
    left = f" What is left is in {asides[0].parent}." if asides else ""
    names = ", ".join(damaged)
    manifest.notices.append(
        Notice(
            "published",
            f"The history of published tables is damaged or gone ({names}): it is {whence}, and"
            f" what was published at earlier times cannot be asked for any more.{left}{also}",
        )
    )


def _mend_file(project: Project, manifest: Manifest, trouble: str) -> None:
    path = project.paths.duckdb
    manifest.files.pop(_FILE, None)
    aside = ""
    if path.exists():
        aside = f" It is set aside as {set_aside(path, project.paths.data, project.clock.today)}."
    tables = _tables_of_history(project)
    if tables[RUNS.name].num_rows:
        write_duckdb(tables, path)
        made = "it is made anew from the history of published tables."
    else:
        made = "tonight's tables are made anew from the lake. Run okr rebuild for the days before."
    manifest.notices.append(Notice(_FILE, f"{path} {trouble}: {made}{aside}"))


def _tables_of_history(project: Project) -> dict[str, pa.Table]:
    return {name: history(project.paths.history, table) for name, table in BY_NAME.items()}


def _runs_of_history(project: Project) -> int:
    if table_trouble(_folder(project, RUNS.name), None):
        return 0
    return len(history(project.paths.history, RUNS, ["run_id"]))


def _is_behind(project: Project) -> bool:
    """Whether a run ended between its history and the file, so that no reader saw its tables.

    All of them are in the history by then, as its row among the runs is written last.
    """
    told = set(history(project.paths.history, RUNS, ["run_id"])["run_id"].to_pylist())
    if not told or not project.paths.duckdb.exists():
        return bool(told)
    return not told <= set(PublishedTables(project.paths.duckdb).frame(RUNS.name)["run_id"])


def _file_trouble(project: Project, manifest: Manifest) -> str | None:
    """What is wrong with the published file; None if it is whole, or never was."""
    path, known = project.paths.duckdb, manifest.files.get(_FILE)
    now = mark_file(path, known)
    if now is None:  # or the first run was killed before it made the file: _is_behind
        return "is gone" if known or _runs_of_history(project) > 1 else None
    if known and (now[0], now[2]) == (known[0], known[2]):
        return None
    return None if _is_whole(path) else "cannot be read"


def _is_whole(path: Path) -> bool:
    """Whether every row of every table can be read."""
    try:
        tables = PublishedTables(path)
        if RUNS.name not in tables.row_counts():
            return False
        with duckdb.connect(str(path), read_only=True) as connection:
            for name in tables.row_counts():
                reader = connection.sql(f'SELECT * FROM {SCHEMA}."{name}"').to_arrow_reader(50_000)  # noqa: S608 - our own names
                for _ in reader:
                    pass
    except (duckdb.Error, UnreadablePublishedError):
        return False
    return True


def _folder(project: Project, name: str) -> Path:
    return project.paths.history / name


def _known(manifest: Manifest, name: str) -> TableMark | None:
    return manifest.tables.get(f"published/{name}")


def _columns(there: list[str], name: str) -> list[str]:
    return [column for column in BY_NAME[name].column_names if column in there]
