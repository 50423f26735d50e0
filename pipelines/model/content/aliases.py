"""Which former ids a run follows to which present ones, on the day that it computes.

What belongs here: the former ids of a day, staged for the steps that follow them. What does not:
where they are told (``datasets.former_ids``), and which of them hold on a past day
(:mod:`okr_model.entities.identity.former_ids`).
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

from okr_model.entities.identity.former_ids import aliases_on_day
from okr_model.quantities.cells import cells_of, records_of, texts_of
from pipelines.datasets.cells import read_cells
from pipelines.datasets.former_ids import known_aliases
from pipelines.project import Project

_HAVE_IDS = ("objectives", "key_results")


def aliases_of_day(
    project: Project, connection: duckdb.DuckDBPyConnection, cells: pd.DataFrame
) -> dict[str, str]:
    """Former id -> the one to follow it to, on the day that the project computes.

    Args:
        project: At the day.
        connection: To read the lake with.
        cells: Those of the day, with every Objective and Key Result of it.
    """
    aliases = known_aliases(project, connection)
    if not aliases or not project.clock.is_past:
        return aliases

    written = _texts(cells, "key_results", "objective")

    def today() -> set[str]:
        datasets = [one for one in project.settings.datasets if one.holds in _HAVE_IDS]
        zone = project.settings.organization.zone
        return written | _ids(read_cells(project.lake, connection, datasets, zone)[0])

    # Of Objectives that are a column of their Key Results, both spellings are one on any day.
    return aliases_on_day(aliases, written | _ids(cells), today)


def aliases_frame(aliases: Mapping[str, str]) -> pd.DataFrame:
    """The same as a table: ``former, current``."""
    return pd.DataFrame({"former": [*aliases], "current": [*aliases.values()]}, dtype="str")


def aliases_in(frame: pd.DataFrame) -> dict[str, str]:
    """What :func:`aliases_frame` made a table of."""
    return dict(zip(frame["former"], frame["current"], strict=True))


def _ids(cells: pd.DataFrame) -> set[str]:
    return {one for holds in _HAVE_IDS for one in _texts(cells, holds, "id")}


def _texts(cells: pd.DataFrame, holds: str, field: str) -> set[str]:
    return set(texts_of(cells_of(cells, holds, records_of(cells, holds), field)).dropna())
