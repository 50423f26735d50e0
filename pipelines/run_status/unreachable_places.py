"""Places that a source could not show tonight although the source itself was read.

What belongs here: which places those are, and which Key Results depend on what was read there. What
does not: sources that failed as a whole (``health``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from connectors.records import ProblemRule
from connectors.registry import SOURCE_FACTS
from okr_model.tables.columns import STALE_COLUMNS
from pipelines.datasets import Missing, dataset_records
from pipelines.project import Project
from pipelines.settings import Dataset, SheetPlace

_CONTENT = ("key_results", "measurements", "check_ins")


@dataclass(frozen=True, slots=True)
class UnreachablePlace:
    """One place: ``since`` is when it was last read to its end, None if it never was."""

    source: str
    place: str
    since: dt.datetime | None
    sentence: str

    @property
    def name(self) -> str:
        """How the tables name it, beside the names of whole sources."""
        return f"{self.source} {self.place}"


def unreachable_places(project: Project) -> list[UnreachablePlace]:
    """The configured places that the last pulls could not reach."""
    found = []
    for source in project.settings.source_names:
        stream = SOURCE_FACTS[source].primary_stream
        for problem in project.lake.last_metadata(stream, "problems") or []:
            if problem["rule"] == ProblemRule.UNREACHABLE_PLACE:
                cursor = project.lake.last_metadata(stream, "cursor") or {}
                since = SOURCE_FACTS[source].last_read(cursor, problem["subject"])
                found.append(
                    UnreachablePlace(source, problem["subject"], since, problem["sentence"])
                )
    return found


def stale_dependents(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    content: Mapping[str, pd.DataFrame],
    links: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The unreached places as stale sources, and the Key Results that depend on each.

    Returns:
        Rows for ``stale`` and ``depends`` of :class:`okr_model.assemble.KeyResultParts`.
    """
    stale: list[tuple[str, str, str]] = []
    depends: set[tuple[str, str]] = set()
    active = links[links["state"] == "active"]
    for place in unreachable_places(project):
        since = place.since or project.clock.started_at
        stale.append((place.name, since.isoformat(), place.sentence))
        ids = _record_ids(project, connection, place)
        for frame in (*(content[name] for name in _CONTENT), active):
            there = (frame["source"] == place.source) & frame["record_id"].isin(ids)
            depends |= {(key, place.name) for key in frame.loc[there, "key_result_id"]}
    return (
        pd.DataFrame(stale, columns=STALE_COLUMNS),
        pd.DataFrame(sorted(depends), columns=["key_result_id", "source"], dtype="str"),
    )


def _record_ids(
    project: Project, connection: duckdb.DuckDBPyConnection, place: UnreachablePlace
) -> set[str]:
    """What was last read in the place."""
    ids: set[str] = set()
    for dataset in project.settings.datasets_from(place.source):
        if _address(dataset) == place.place.replace("-", ""):
            try:
                records, _ = dataset_records(project.lake, connection, dataset)
            except Missing:
                continue  # nothing was ever read there
            ids |= {record.id for record in records}
    return ids


def _address(dataset: Dataset) -> str:
    place = dataset.place
    named = place.spreadsheet if isinstance(place, SheetPlace) else str(place)
    return named.replace("-", "")
