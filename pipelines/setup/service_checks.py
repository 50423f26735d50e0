"""What ``okr doctor`` asks the services: credentials, clock, places, fields, issues.

What belongs here: comparing the settings with what a service holds. What does not: asking it
(``connectors.<source>.survey``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from connectors.cells import Cell, encode_cells
from connectors.errors import MissingError, SourceError
from connectors.registry import SOURCE_FACTS
from connectors.sheets.decode.tables import read_table
from connectors.survey import Column, Survey
from okr_model.languages.folding import same_id
from pipelines.alerts.facts import remedy_of_place
from pipelines.datasets.places.names import lies_in, name_of_dataset, titles_of_tab
from pipelines.datasets.places.renamed import renamed_fields
from pipelines.datasets.records import place_name, place_rows, wanted_fields
from pipelines.ingest.set_by import remedy_of, set_by
from pipelines.lake.duckdb_session import connect
from pipelines.project import Project
from pipelines.publish.targets.state import AttemptsAtTargets
from pipelines.publish.targets.write import target_of
from pipelines.run_status.unread import HELD_BACK, UnreachablePlace, unreachable_places
from pipelines.settings import Dataset, SheetPlace
from pipelines.settings.targets import TargetSettings
from pipelines.setup.checks import Check, Line, guarded, of_error

if TYPE_CHECKING:
    from connectors.jira.survey import JiraSurvey
    from connectors.sheets.survey import SheetsSurvey

_MOST_SKEW = dt.timedelta(minutes=5)  # beyond that, Google refuses to sign in
_RENAME = "Write the name of today in okr.yaml, or rename it back in the service."


def check_source(project: Project, name: str) -> list[Line]:
    """All that is asked of one service; if it cannot be signed in to, nothing else is."""
    section = getattr(project.settings.sources, name)
    surveys: list[Survey] = []

    def begin() -> Iterator[Line]:
        try:
            survey = SOURCE_FACTS[name].survey(section)
            surveys.append(survey)
            yield _account(name, survey)
        except SourceError as error:
            error.remedy = " ".join(
                filter(None, (remedy_of(project, error), set_by(project, error)))
            )
            raise

    lines = guarded(Check.CREDENTIAL, name, begin)
    if not surveys:
        return lines
    (survey,) = surveys
    try:
        if all(line.state != "fail" for line in lines):
            lines += _clock(project, name, survey)
            lines += _contents(project, name, survey)
    finally:
        survey.close()
    return lines


def check_publish_target(project: Project, settings: TargetSettings) -> Iterator[Line]:
    """Whether a target can be reached and written, and how the last attempt at it went."""
    name, check = settings.name, Check.PUBLISH_TARGET
    yield Line(check, name, "ok", target_of(project.settings, settings).look())
    last = AttemptsAtTargets(project.paths.targets).latest().get(name)
    if last and last.error:
        when = f"{last.at.astimezone(project.settings.organization.zone):%Y-%m-%d %H:%M %Z}"
        remedy = f"If that is mended, run: okr publish --to {name}"
        yield Line(check, name, "warn", f"The attempt of {when}: {last.error}", remedy)


def _account(name: str, survey: Survey) -> Line:
    account = survey.account()
    said = f"Signed in as {account.name}, {account.kind}. {account.credential}"
    if account.is_personal:
        remedy = "Use an account of its own: a person's ends with them, and sees all they see."
        return Line(Check.CREDENTIAL, name, "warn", said, remedy)
    return Line(Check.CREDENTIAL, name, "ok", said)


def _clock(project: Project, name: str, survey: Survey) -> Iterator[Line]:
    served = survey.served_at
    if served is None or project.settings.as_of:
        return  # a sample's services keep the sample's time
    skew = project.instant() - served
    seconds = abs(skew).total_seconds()
    said = f"This machine's clock is {seconds:,.0f} s {'ahead of' if skew.days >= 0 else 'behind'}"
    said += f" {name}'s."
    if abs(skew) > _MOST_SKEW:
        remedy = "Set the clock, and let it be set by NTP."
        yield Line(Check.CLOCK, name, "fail", said, remedy)
    else:
        yield Line(Check.CLOCK, name, "ok", said)


def _contents(project: Project, name: str, survey: Survey) -> list[Line]:
    lines: list[Line] = []
    datasets = project.settings.datasets_from(name)
    stale = [one for one in unreachable_places(project) if one.source == name]
    if name == "jira":
        look_at_issues = partial(_jira, project, cast("JiraSurvey", survey), datasets)
        lines = guarded(Check.ISSUES, name, look_at_issues)
        return [*lines, *(_stale_line(project, Check.ISSUES, one, lines) for one in stale)]
    for dataset in datasets:
        subject = _subject(project, dataset)
        found = guarded(Check.PLACE, subject, partial(_place, project, survey, dataset))
        if all(line.state == "ok" for line in found):
            mine = [one for one in stale if lies_in(project.lake, dataset, one.place)]
            found += [_stale_line(project, Check.PLACE, one, found) for one in mine]
        lines += (line for line in found if line not in lines)
    review = project.settings.links.review
    if name == "sheets" and review:
        spreadsheet = review.spreadsheet

        def editable() -> Iterator[Line]:
            cast("SheetsSurvey", survey).ensure_editable(spreadsheet)
            yield Line(Check.REVIEW_TAB, spreadsheet, "ok", "May be edited.")

        lines += guarded(Check.REVIEW_TAB, spreadsheet, editable)
    page = project.settings.messages.agenda_page
    if name == "notion" and page:
        lines += guarded(Check.AGENDA_PAGE, page, partial(_agenda_page, project, page))
    return lines


def _agenda_page(project: Project, page: str) -> Iterator[Line]:
    from connectors.notion.written.meeting_pages import MeetingPages

    section = project.settings.sources.notion
    assert section is not None  # noqa: S101 - the settings are refused without it
    pages = MeetingPages(section, page)
    try:
        below = len(pages.titles())
    finally:
        pages.close()
    said = f"{'1 page is' if below == 1 else f'{below} pages are'} below it."
    remedy = "Writing needs the capability Insert content; okr agenda TEAM --notion tries it."
    yield Line(Check.AGENDA_PAGE, page, "ok", said, remedy)


def _subject(project: Project, dataset: Dataset) -> str:
    """What people call a dataset's place, and the line of the settings that asks for it."""
    at = project.settings.datasets.index(dataset)
    line = project.written.line("datasets", at, "holds" if dataset.place is None else "place")
    called = name_of_dataset(project.lake, dataset).words
    return f"{place_name(dataset) if dataset.place is None else called} ({line})"


def _stale_line(
    project: Project, check: Check, place: UnreachablePlace, found: Sequence[Line]
) -> Line:
    """That a place stands as last read, although it may be there now.

    Args:
        project: Whose.
        check: Of places, or of issues.
        place: Which.
        found: What this doctor found of the place, or of its source.
    """
    zone = project.settings.organization.zone
    stands = "nothing stands in for it"
    if place.since:
        stands = f"the reading of {place.since.astimezone(zone):%Y-%m-%d %H:%M %Z} stands"
    remedy = f"{remedy_of_place(project, place)} Once that is done, run: okr sync".strip()
    if place.rule in HELD_BACK:
        said = f"The last run held back {len(place.records)} records that were gone at once, and"
        return Line(check, place.called, "fail", f"{said} {stands}. {place.more}".strip(), remedy)
    said = f"The last run could not read it, and {stands}."
    if any(line.state == "fail" and place.place in line.subject for line in found):
        return Line(check, place.called, "warn", f"{said} {place.told} {place.more}", remedy)
    said = f"{said} It said: {place.told} That is well now."
    return Line(check, place.called, "warn", said, "Run: okr sync")


def _renamed(project: Project, dataset: Dataset, now: Sequence[Mapping[str, Any]]) -> str:
    """What became of fields that are there no more, as far as earlier runs tell."""
    if project.lake.landed(SOURCE_FACTS[dataset.source].primary_stream) < 0:
        return ""
    before = place_rows(project.lake, connect(), dataset, "log")
    wanted = list(wanted_fields(dataset).values())
    return " ".join(renamed_fields(dataset.source, wanted, before, now))


def _place(project: Project, survey: Survey, dataset: Dataset) -> Iterator[Line]:
    place, subject = dataset.place, _subject(project, dataset)
    if isinstance(place, SheetPlace):
        yield from _tab(project, cast("SheetsSurvey", survey), dataset, place)
        return
    tables = survey.look(str(place))
    titles = ", ".join(dict.fromkeys(table.title for table in tables))
    yield Line(Check.PLACE, subject, "ok", f"Holds {dataset.holds}: {titles}")
    columns = [column for table in tables for column in table.columns]
    now = {column.id: Cell("empty", name=column.name) for column in columns}
    for line in _fields(subject, columns, wanted_fields(dataset)):
        hint = _renamed(project, dataset, [{"cells": encode_cells(now)}])
        yield line if line.state == "ok" else _of_field(project, dataset, line, hint)


def _tab(
    project: Project, survey: SheetsSurvey, dataset: Dataset, place: SheetPlace
) -> Iterator[Line]:
    subject = _subject(project, dataset)
    rows = [row for row in survey.head(place.spreadsheet) if row["tab"] == place.tab]
    if not rows:
        tabs = ", ".join(dict.fromkeys(str(row["tab"]) for row in survey.head(place.spreadsheet)))
        said = f"The spreadsheet has no tab {place.tab!r} with cells; there are {tabs}."
        said += _renamed_tab(project, survey.head(place.spreadsheet), place)
        yield Line(Check.PLACE, subject, "fail", said, _RENAME)
        return
    yield Line(Check.PLACE, subject, "ok", f"Holds {dataset.holds}: {rows[0]['spreadsheet_title']}")
    wanted = list(wanted_fields(dataset).values())
    if not wanted:
        return
    try:
        read_table(rows, wanted, place.header_row)
    except MissingError as error:
        line = of_error(Check.FIELD, subject, error)
        yield _of_field(project, dataset, line, _renamed(project, dataset, rows))
    else:
        yield Line(Check.FIELD, subject, "ok", f"Has {', '.join(wanted)}.")


def _of_field(project: Project, dataset: Dataset, line: Line, hint: str) -> Line:
    """A line of fields that are gone, with what they are called now and where that is written."""
    number = project.settings.datasets.index(dataset)
    lost = dict.fromkeys(
        project.written.line("datasets", number, "fields", key)
        for key, name in dataset.single_fields.items()
        if repr(name) in line.sentence.partition("; there are")[0]
    )
    remedy = f"{line.remedy} It is written at {', '.join(lost)}." if lost else line.remedy
    return replace(line, sentence=f"{line.sentence} {hint}".strip(), remedy=remedy)


def _fields(subject: str, columns: list[Column], wanted: dict[str, str]) -> Iterator[Line]:
    """Whether each mapped field is there, by its id or its name."""
    known = {column.id for column in columns} | {same_id(column.name) for column in columns}
    lost = [one for one in wanted.values() if one not in known and same_id(one) not in known]
    if lost:
        there = ", ".join(sorted({column.name for column in columns}))
        said = f"Has no {', '.join(map(repr, lost))}; there are {there}."
        yield Line(Check.FIELD, subject, "fail", said, _RENAME)
    elif wanted:
        yield Line(Check.FIELD, subject, "ok", f"Has {', '.join(wanted.values())}.")


def _renamed_tab(project: Project, rows: Sequence[Mapping[str, Any]], place: SheetPlace) -> str:
    """What a tab is called now that once had the name, by its number; empty if that is gone."""
    for tab in {str(row["place"]): str(row["tab"]) for row in rows}.items():
        if place.tab in titles_of_tab(project.lake, tab[0]):
            return f" It was renamed to {tab[1]!r}."
    return ""


def _jira(project: Project, survey: JiraSurvey, datasets: list[Dataset]) -> Iterator[Line]:
    columns = survey.fields()
    for dataset in datasets:
        yield from _jira_fields(_subject(project, dataset), columns, wanted_fields(dataset))
    line = project.written.line("sources", "jira", "jql")
    if hidden := survey.hidden_projects():  # for which Jira may reject the whole query
        who = survey.account().name
        for key in hidden:
            said = f"The account {who} cannot see the project {key}, which the jql at {line} names."
            remedy = (
                f"Let an administrator of {key} grant the permission Browse Projects to {who}"
                " (project settings, Permissions or Access); if there is no such project, correct"
                " the jql."
            )
            yield Line(Check.ISSUES, f"project {key}", "fail", said, remedy)
        return
    count = survey.count()
    if count == 0:
        said = f"The jql at {line} finds no issue, although the account sees its projects."
        yield Line(Check.ISSUES, "jql", "fail", said, "Try it in Jira as that account; correct it.")
    else:
        number = "some" if count is None else f"about {count:,}"
        yield Line(Check.ISSUES, "jql", "ok", f"The jql finds {number} issues.")
    yield from _issue_types(survey, datasets)


def _issue_types(survey: JiraSurvey, datasets: list[Dataset]) -> Iterator[Line]:
    from connectors.jira.survey import of_type

    wanted = [one for dataset in datasets for one in _types(dataset)]
    for issue_type in dict.fromkeys(wanted):
        try:
            found = survey.count(of_type(issue_type))
        except SourceError as error:
            remedy = f"{error.remedy} Of a type that was renamed, its former name may stay."
            yield Line(Check.ISSUES, issue_type, "warn", error.message, remedy)
            continue
        if found == 0:
            said = f"The jql finds no issue of the type {issue_type}."
            yield Line(Check.ISSUES, issue_type, "warn", said, _RENAME)
        else:
            yield Line(Check.ISSUES, issue_type, "ok", "There are issues of this type.")


def _jira_fields(subject: str, columns: list[Column], wanted: dict[str, str]) -> Iterator[Line]:
    ids = {column.id for column in columns}
    for name in wanted.values():
        same = [one.id for one in columns if same_id(one.name) == same_id(name) and one.type]
        if name not in ids and len(same) > 1:
            said = f"{len(same)} fields are named {name!r}: {', '.join(same)}."
            yield Line(Check.FIELD, subject, "fail", said, "Name the right one by its id.")
    yield from _fields(subject, columns, wanted)


def _types(dataset: Dataset) -> tuple[str, ...]:
    named = dataset.where.get("issue_type", ())
    return (named,) if isinstance(named, str) else named
