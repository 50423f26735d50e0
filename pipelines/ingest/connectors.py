"""Connectors built from the settings.

What belongs here: gathering what the datasets want of a source. What does not: how a source is
built from it (``connectors.<source>.facts``).
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.records import Source
from connectors.registry import SOURCE_FACTS
from connectors.source_facts import Wanted
from pipelines.project import Project
from pipelines.settings import Dataset, SheetPlace


def build_source(project: Project, name: str) -> Source:
    """The connector of a configured source."""
    section = getattr(project.settings.sources, name)
    return SOURCE_FACTS[name].build(section, _wanted(project.settings.datasets_from(name)))


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
    )


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _several(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names
