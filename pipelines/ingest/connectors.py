"""Connectors built from the settings.

What belongs here: gathering what the datasets want of a source. What does not: how a source is
built from it (``connectors.<source>.facts``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from connectors.records import Source
from connectors.registry import SOURCE_FACTS
from connectors.source_facts import Wanted
from okr_model.activity.issue_names import IssueNames
from okr_model.measures.parser import FIELD_COLUMNS, parse_measure, split_measures
from pipelines.datasets.issue_fields import field_ids, field_names
from pipelines.datasets.issue_names import issue_names
from pipelines.datasets.last_reading import read_dataset
from pipelines.lake.duckdb_session import connect
from pipelines.project import Project
from pipelines.settings import Dataset, SheetPlace


def build_source(project: Project, name: str) -> Source:
    """The connector of a configured source."""
    section = getattr(project.settings.sources, name)
    return SOURCE_FACTS[name].build(section, wanted_of(project, name))


def wanted_of(project: Project, name: str) -> Wanted:
    """What the datasets and measures want of a source."""
    wanted = _wanted(project.settings.datasets_from(name))
    if name == "jira":
        wanted = replace(wanted, measured=_each_once(_measured(project)))
        if project.lake.landed("jira_issues") >= 0:
            wanted = _with_known_ids(project, wanted)
    return wanted


def _measured(project: Project) -> Iterator[str]:
    """The fields of issues that measures name, in the settings or in records as last read."""
    own = bool(project.settings.datasets_from("jira", "key_results"))
    declared = [text for each in project.settings.measures for text in each.measure]
    for text in (*declared, *_measures_of_records(project)):
        try:
            what = parse_measure(text)
        except ValueError:
            continue  # a finding says so where values are computed
        if what.kind != "property" or own:
            yield from (FIELD_COLUMNS.get(one, one) for one in what.fields)


def _measures_of_records(project: Project) -> Iterator[str]:
    """The measures that Key Results declare in their own records, as last read."""
    for dataset in project.settings.datasets:
        if dataset.holds != "key_results" or "measure" not in dataset.fields:
            continue
        if project.lake.landed(SOURCE_FACTS[dataset.source].primary_stream) < 0:
            continue
        for record in read_dataset(project.lake, connect(), dataset).records:
            if "measure" in record.cells:
                yield from split_measures(record.cells["measure"].text)


def _with_known_ids(project: Project, wanted: Wanted) -> Wanted:
    """What is wanted, with the ids of types and fields that once had one of the names."""
    connection = connect()
    if wanted.types or wanted.commented:
        names = issue_names(project.lake, ["issue_type"])
        wanted = replace(
            wanted,
            type_ids=_known_ids(names, wanted.types),
            commented_ids=_known_ids(names, wanted.commented),
        )
    if wanted.measured:
        fields, _ = field_names(project.lake, connection)
        ids = [id_ for name in wanted.measured for id_ in field_ids(fields, name)]
        wanted = replace(wanted, measured_ids=_each_once(ids))
    return wanted


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
