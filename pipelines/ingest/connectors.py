"""Connectors built from the settings.

What belongs here: gathering what the datasets want of a source. What does not: how a source is
built from it (``connectors.<source>.facts``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connectors.records import Source
from connectors.registry import SOURCE_FACTS
from connectors.source_facts import Wanted
from okr_model.activity.issue_names import IssueNames
from pipelines.datasets.issue_names import issue_names
from pipelines.lake.duckdb_session import connect
from pipelines.project import Project
from pipelines.settings import Dataset, SheetPlace


def build_source(project: Project, name: str) -> Source:
    """The connector of a configured source."""
    section = getattr(project.settings.sources, name)
    wanted = _wanted(project.settings.datasets_from(name))
    typed = wanted.types or wanted.commented
    if name == "jira" and typed and project.lake.version("jira_issues") >= 0:
        names = issue_names(project.lake, connect(), ["issue_type"])
        wanted = replace(
            wanted,
            type_ids=_known_ids(names, wanted.types),
            commented_ids=_known_ids(names, wanted.commented),
        )
    return SOURCE_FACTS[name].build(section, wanted)


def _known_ids(names: IssueNames, types: Iterable[str]) -> tuple[str, ...]:
    ids = names.ids("issue_type", types)
    return _each_once(one for one in ids if not one.startswith("="))


def _wanted(datasets: list[Dataset]) -> Wanted:
    """The places, fields and types of the datasets, each once."""
    return Wanted(
        places=_each_once(
            place.spreadsheet if isinstance(place, SheetPlace) else place
            for place in (dataset.place for dataset in datasets)
            if place is not None
        ),
        fields=_each_once(
            field
            for dataset in datasets
            for field in (*dataset.single_fields.values(), *dataset.link_fields)
        ),
        types=_each_once(
            name
            for dataset in datasets
            if dataset.holds == "initiatives"
            for name in _several(dataset.where.get("issue_type", ()))
        ),
        commented=_each_once(
            name
            for dataset in datasets
            if dataset.comments
            for name in (
                _several(dataset.where["issue_type"])
                if dataset.place is None
                else [str(dataset.place)]
            )
        ),
    )


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _several(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names
