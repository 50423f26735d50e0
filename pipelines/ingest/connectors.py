"""Connectors built from settings."""

from __future__ import annotations

from connectors.records import Source
from pipelines.datasets.records import JIRA_COLUMNS
from pipelines.project import Project
from pipelines.settings import SheetPlace
from pipelines.settings.datasets import Dataset


def build_source(project: Project, name: str) -> Source:
    """The connector for a configured source."""
    build = {"jira": _jira, "notion": _notion, "sheets": _sheets, "files": _files}[name]
    return build(project)


def _jira(project: Project) -> Source:
    from connectors.jira import JiraSettings, JiraSource

    settings = project.settings.sources.jira
    assert settings is not None  # noqa: S101 - only configured sources are built
    datasets = project.settings.datasets_from("jira")
    return JiraSource(
        JiraSettings(
            url=settings.url,
            user=settings.user,
            token=settings.token.get_secret_value(),
            jql=settings.jql,
            deployment=settings.deployment,
            fields=tuple(
                dict.fromkeys(
                    field
                    for dataset in datasets
                    for field in _fields(dataset)
                    if field not in JIRA_COLUMNS  # every issue brings those
                )
            ),
            initiatives=_initiative_types(datasets),
        )
    )


def _fields(dataset: Dataset) -> list[str]:
    return [*dataset.single_fields.values(), *dataset.link_fields]


def _initiative_types(datasets: list[Dataset]) -> tuple[str, ...]:
    types: list[str] = []
    for dataset in datasets:
        if dataset.holds == "initiatives":
            wanted = dataset.where.get("issue_type", ())
            types.extend([wanted] if isinstance(wanted, str) else wanted)
    return tuple(dict.fromkeys(types))


def _notion(project: Project) -> Source:
    from connectors.notion import NotionSettings, NotionSource

    settings = project.settings.sources.notion
    assert settings is not None  # noqa: S101 - only configured sources are built
    datasets = project.settings.datasets_from("notion")
    places = [str(dataset.place) for dataset in datasets]
    return NotionSource(
        NotionSettings(
            token=settings.token.get_secret_value(),
            places=tuple(dict.fromkeys(places)),
            url=settings.url,
            version=settings.version,
            fields=tuple(dict.fromkeys(field for d in datasets for field in _fields(d))),
            requests_per_minute=settings.requests_per_minute,
        )
    )


def _sheets(project: Project) -> Source:
    from connectors.sheets import SheetsSettings, SheetsSource

    settings = project.settings.sources.sheets
    assert settings is not None  # noqa: S101 - only configured sources are built
    places = [dataset.place for dataset in project.settings.datasets_from("sheets")]
    spreadsheets = [place.spreadsheet for place in places if isinstance(place, SheetPlace)]
    return SheetsSource(
        SheetsSettings(
            credentials=settings.credentials,
            spreadsheets=tuple(dict.fromkeys(spreadsheets)),
            url=settings.url,
            requests_per_minute=settings.requests_per_minute,
        )
    )


def _files(project: Project) -> Source:
    from connectors.files import FilesSettings, FilesSource

    settings = project.settings.sources.files
    assert settings is not None  # noqa: S101 - only configured sources are built
    places = [str(dataset.place) for dataset in project.settings.datasets_from("files")]
    return FilesSource(
        FilesSettings(settings.folder, tuple(dict.fromkeys(places)), settings.locale)
    )
