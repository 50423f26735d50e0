"""What a run could not read although its source was read: places, and single datasets.

What belongs here: which those are, since when, and which Key Results depend on them. What does not:
sources that failed as a whole (``source_status``), and what stands in for a dataset
(``pipelines.datasets.last_reading``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from connectors.records import ProblemRule
from connectors.registry import SOURCE_FACTS
from okr_model.tables.columns import STALE_COLUMNS
from pipelines.datasets.last_reading import UnreadDataset
from pipelines.datasets.places.names import asked_for, name_of_place, records_of
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.streams import UNREAD_RULES
from pipelines.project import Project

UNREAD_COLUMNS = ["name", "holds", "source", "since", "reason", "record_ids"]
HELD_BACK = frozenset({ProblemRule.EMPTIED_PLACE, ProblemRule.MASS_DISAPPEARANCE})
"""Problems of places that were reached, and of which too much was gone to believe it."""
_CONTENT = ("key_results", "measurements", "check_ins")
_DEPENDS = ["key_result_id", "source"]


@dataclass(frozen=True, slots=True)
class UnreachablePlace:
    """A place.

    Attributes:
        source: Which source it is part of.
        place: Its id.
        rule: What is the matter with it.
        since: When it was last read to its end; None if it never was.
        sentence: What is the matter and what to do, naming it as people do.
        records: Those that stand as last read; empty where all of them do.
        called: What people call it, and its address.
        told: The sentence without that name.
        remedy: What to do, where the service's answer tells.
        more: For its operator: which records are gone, and which lines of the settings ask for it.
    """

    source: str
    place: str
    rule: str
    since: dt.datetime | None
    sentence: str
    records: tuple[str, ...] = ()
    called: str = ""
    told: str = ""
    remedy: str = ""
    more: str = ""

    @property
    def name(self) -> str:
        """How the tables name it, beside the names of whole sources."""
        return f"{self.source} {self.place}"


def unreachable_places(project: Project) -> list[UnreachablePlace]:
    """The places that the last pulls could not reach, or found emptied."""
    found = []
    for source in project.settings.source_names:
        for problem in project.lake.pulls.state(source).problems:
            if problem["rule"] in UNREAD_RULES:
                found.append(_place(project, source, problem))
    return found


def _place(project: Project, source: str, problem: Mapping[str, Any]) -> UnreachablePlace:
    place, lake = problem["subject"], project.lake
    called = str(name_of_place(lake, source, place))
    records = tuple(problem.get("records", ()))
    lost = records_of(lake, SOURCE_FACTS[source].primary_stream, records)
    asked = asked_for(project, source, place)
    more = [f"Gone: {lost}." if lost else "", f"Asked for by {asked}." if asked else ""]
    return UnreachablePlace(
        source,
        place,
        problem["rule"],
        _last_read(project, source, problem),
        f"{called[:1].upper()}{called[1:]}: {problem['sentence']}",
        records,
        called,
        problem["sentence"],
        problem.get("remedy", ""),
        " ".join(filter(None, more)),
    )


def _last_read(project: Project, source: str, problem: Mapping[str, Any]) -> dt.datetime | None:
    """When the place was last read; where the connector does not tell, the last good pull's."""
    cursor = dict(project.lake.pulls.state(source).cursor)
    reached = problem["rule"] != ProblemRule.UNREACHABLE_PLACE  # it was read, and found wanting
    since = None if reached else SOURCE_FACTS[source].last_read(cursor, problem["subject"])
    if since:
        return since
    named = (problem["rule"], problem["subject"])
    good = (
        pull.at
        for pull in project.lake.pulls.complete(source)
        if named not in {(one["rule"], one["subject"]) for one in pull.problems}
    )
    return next(good, None)


def unread_frame(unread: Iterable[UnreadDataset], zone: ZoneInfo) -> pd.DataFrame:
    """Datasets that could not be read, as the rows that steps hand on: ``UNREAD_COLUMNS``.

    Their sentences tell days in ``zone``.
    """
    rows = [
        (
            one.name,
            one.holds,
            one.source,
            one.since.isoformat() if one.since else None,
            one.sentence(zone),
            list(one.record_ids),
        )
        for one in unread
    ]
    return pd.DataFrame(rows, columns=UNREAD_COLUMNS)


def stale_dependents(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    content: Mapping[str, pd.DataFrame],
    links: pd.DataFrame,
    unread: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The unread places and datasets as stale sources, and the Key Results that depend on each.

    Args:
        project: Whose lake and clock.
        connection: To read the lake with.
        content: ``key_results``, ``measurements``, ``check_ins``, ``objectives``.
        links: The active ones tell which initiatives count.
        unread: See :func:`unread_frame`.

    Returns:
        Rows for the ``stale`` and ``depends`` of :func:`okr_model.assemble.build_key_results`.
    """
    now = project.clock.started_at.isoformat()
    stale: list[tuple[str, str, str]] = []
    depends: set[tuple[str, str]] = set()
    for place in unreachable_places(project):
        since = place.since.isoformat() if place.since else now
        stale.append((place.name, since, place.sentence))
        ids = set(place.records) or _record_ids(project, connection, place)
        depends |= {(key, place.name) for key in _dependents(content, links, place.source, ids)}
    for row in unread.to_dict("records"):
        since = row["since"] if isinstance(row["since"], str) else now
        stale.append((row["name"], since, row["reason"]))
        ids = set(row["record_ids"])
        depends |= {(key, row["name"]) for key in _dependents(content, links, row["source"], ids)}
    return (
        pd.DataFrame(stale, columns=STALE_COLUMNS),
        pd.DataFrame(sorted(depends), columns=_DEPENDS, dtype="str"),
    )


def _dependents(
    content: Mapping[str, pd.DataFrame], links: pd.DataFrame, source: str, ids: set[str]
) -> Iterator[str]:
    """The Key Results of which anything was read in these records."""
    active = links[links["state"] == "active"]
    for frame in (*(content[name] for name in _CONTENT), active):
        there = (frame["source"] == source) & frame["record_id"].isin(ids)
        yield from frame.loc[there, "key_result_id"]
    objectives = content["objectives"]
    there = (objectives["source"] == source) & objectives["record_id"].isin(ids)
    proved = content["key_results"]["objective_id"].isin(objectives.loc[there, "objective_id"])
    yield from content["key_results"].loc[proved, "key_result_id"]
    from_there = active["initiative_id"].isin([f"{source}:{one}" for one in ids])
    yield from active.loc[from_there, "key_result_id"]


def _record_ids(
    project: Project, connection: duckdb.DuckDBPyConnection, place: UnreachablePlace
) -> set[str]:
    """What was last read in the place: a project, tab or file, a spreadsheet, a database."""
    stream = SOURCE_FACTS[place.source].primary_stream
    query = f"""
        SELECT id FROM {project.lake.scan(stream)} WHERE NOT deleted AND (
            place = $place OR starts_with(place, $place || '/') OR place GLOB $place
            OR $bare IN (
                replace(place, '-', ''),
                replace(json_extract_string(raw, '$.parent.database_id'), '-', '')
            )
        )
    """  # noqa: S608 - the lake names its files
    given = {"place": place.place, "bare": place.place.replace("-", "")}
    return set(arrow(connection, query, given)["id"].to_pylist())
