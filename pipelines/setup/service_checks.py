"""What ``okr doctor`` asks the services: credentials, clock, places, fields, issues.

What belongs here: comparing the settings with what a service holds. What does not: asking it
(``connectors.<source>.survey``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from connectors.errors import MissingError, SourceError
from connectors.registry import SOURCE_FACTS
from connectors.sheets.decode.tables import read_table
from connectors.survey import Column, Survey
from okr_model.languages.folding import same_id
from pipelines.datasets.records import place_name, wanted_fields
from pipelines.project import Project
from pipelines.publish.targets.state import AttemptsAtTargets
from pipelines.publish.targets.write import make_target
from pipelines.settings import Dataset, SheetPlace
from pipelines.settings.targets import TargetSettings
from pipelines.setup.checks import Check, Line, guarded, of_error

if TYPE_CHECKING:
    from connectors.jira.survey import JiraSurvey
    from connectors.sheets.survey import SheetsSurvey

_MOST_SKEW = dt.timedelta(minutes=5)  # beyond that, Google refuses to sign in
_RENAME = "Correct the name in okr.yaml, or rename it back in the service."


def check_source(project: Project, name: str) -> list[Line]:
    """All that is asked of one service; if it cannot be signed in to, nothing else is."""
    section = getattr(project.settings.sources, name)
    surveys: list[Survey] = []

    def begin() -> Iterator[Line]:
        survey = SOURCE_FACTS[name].survey(section)
        surveys.append(survey)
        yield _account(name, survey)

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
    yield Line(check, name, "ok", make_target(settings, project.settings.files.group).look())
    last = AttemptsAtTargets(project.paths.targets).latest().get(name)
    if last and last.error:
        when = f"{last.at.astimezone(project.settings.organization.zone):%Y-%m-%d %H:%M}"
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
    if name == "jira":
        return guarded(Check.ISSUES, name, lambda: _jira(cast("JiraSurvey", survey), datasets))
    for dataset in datasets:
        subject = place_name(dataset)

        def look(dataset: Dataset = dataset) -> Iterator[Line]:
            return _place(survey, dataset)

        lines += guarded(Check.PLACE, subject, look)
    review = project.settings.links.review
    if name == "sheets" and review:
        spreadsheet = review.spreadsheet

        def editable() -> Iterator[Line]:
            cast("SheetsSurvey", survey).ensure_editable(spreadsheet)
            yield Line(Check.REVIEW_TAB, spreadsheet, "ok", "May be edited.")

        lines += guarded(Check.REVIEW_TAB, spreadsheet, editable)
    return lines


def _place(survey: Survey, dataset: Dataset) -> Iterator[Line]:
    place, subject = dataset.place, place_name(dataset)
    if isinstance(place, SheetPlace):
        yield from _tab(cast("SheetsSurvey", survey), dataset, place)
        return
    tables = survey.look(str(place))
    titles = ", ".join(dict.fromkeys(table.title for table in tables))
    yield Line(Check.PLACE, subject, "ok", f"Holds {dataset.holds}: {titles}")
    columns = [column for table in tables for column in table.columns]
    yield from _fields(subject, columns, wanted_fields(dataset))


def _tab(survey: SheetsSurvey, dataset: Dataset, place: SheetPlace) -> Iterator[Line]:
    subject = place_name(dataset)
    rows = [row for row in survey.head(place.spreadsheet) if row["tab"] == place.tab]
    if not rows:
        tabs = ", ".join(dict.fromkeys(str(row["tab"]) for row in survey.head(place.spreadsheet)))
        said = f"The spreadsheet has no tab {place.tab!r} with cells; there are {tabs}."
        yield Line(Check.PLACE, subject, "fail", said, _RENAME)
        return
    yield Line(Check.PLACE, subject, "ok", f"Holds {dataset.holds}: {rows[0]['spreadsheet_title']}")
    wanted = list(wanted_fields(dataset).values())
    if not wanted:
        return
    try:
        read_table(rows, wanted, place.header_row)
    except MissingError as error:
        yield of_error(Check.FIELD, subject, error)
    else:
        yield Line(Check.FIELD, subject, "ok", f"Has {', '.join(wanted)}.")


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


def _jira(survey: JiraSurvey, datasets: list[Dataset]) -> Iterator[Line]:
    from connectors.jira.survey import of_type

    count = survey.count()
    if count == 0:
        said = "The jql finds no issue, or the account may browse none of the projects."
        remedy = "Try the jql in Jira as that account; give it the right to browse the projects."
        yield Line(Check.ISSUES, "jql", "fail", said, remedy)
    else:
        number = "some" if count is None else f"about {count:,}"
        yield Line(Check.ISSUES, "jql", "ok", f"The jql finds {number} issues.")
    columns = survey.fields()
    for dataset in datasets:
        yield from _jira_fields(place_name(dataset), columns, wanted_fields(dataset))
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
