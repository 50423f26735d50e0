"""One issue's JSON decoded into a row of the ``jira_issues`` stream.

What belongs here: the columns that every issue has. What does not: other fields (``cells``), and
change logs (``api.change_logs``). Issues are decoded one by one from a page's undecoded JSON, so
that one malformed issue does not fail the page.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from connectors.cells import UNREADABLE, Cell, encode_cells
from connectors.jira.decode.cells import LINKED_ISSUES, linked_issues, read_cell, read_texts
from connectors.jira.decode.fields import Field
from connectors.jira.decode.people import Person
from connectors.jira.decode.rich_text import segments
from connectors.jira.decode.timestamps import parse_day, parse_instant
from connectors.jira.streams import JIRA_ISSUES
from connectors.records import Problem, ProblemRule, as_served

COLUMN_FIELDS = (
    "summary",
    "description",
    "issuetype",
    "project",
    "status",
    "priority",
    "resolution",
    "labels",
    "parent",
    "assignee",
    "creator",
    "created",
    "updated",
    "resolutiondate",
    "duedate",
)
"""The fields to request for the columns of every issue."""

_MOST_DIGITS = 18  # fewer than a 64-bit integer holds

Text = tuple[str, str, str]
"""Role, field id, text: one element of the ``texts`` column."""


class Issue(NamedTuple):
    """One row of ``jira_issues``; attributes in the order of the stream's columns."""

    id: str
    place: str
    url: str
    updated_at: datetime | None
    texts: list[Text]
    cells: str
    raw: str
    key: str
    project: str
    issue_type: str | None
    summary: str | None
    status: str | None
    status_category: str | None
    priority: str | None
    resolution: str | None
    labels: list[str]
    parent_id: str | None
    assignee_id: str | None
    assignee: str | None
    created_at: datetime | None
    resolved_at: datetime | None
    due_on: date | None
    project_id: str | None
    project_name: str | None
    issue_type_id: str | None
    status_id: str | None
    status_category_name: str | None
    priority_id: str | None
    resolution_id: str | None
    creator_id: str | None
    creator_type: str | None


def issues_table(issues: Sequence[Issue]) -> pa.Table:
    """The rows as a table of the ``jira_issues`` stream."""
    columns = list(zip(*issues, strict=True)) or [()] * len(JIRA_ISSUES)
    arrays = [
        pa.array(column, type=field.type)
        for column, field in zip(columns, JIRA_ISSUES, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=JIRA_ISSUES)


class Name(NamedTuple):
    """Id and key of an issue, as far as they can be decoded."""

    id: str | None
    key: str | None

    @property
    def place(self) -> str | None:
        """The project's key."""
        return project_of(self.key) if self.key else None


def read_name(served: msgspec.Raw) -> Name:
    """The id and key of an issue that may be malformed."""
    try:
        found = _NAMES.decode(served)
    except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors, too
        return Name(None, None)
    id_ = _text(found.id)
    return Name(id_ if id_ is not None and is_id(id_) else None, _text(found.key))


def is_id(text: str) -> bool:
    """Whether ``text`` can be an issue's id: a number that a census can hold."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def project_of(key: str) -> str:
    """The project's key in an issue's key."""
    return key.rpartition("-")[0]


def unreadable(name: Name, reason: str, site: str) -> Problem:
    """The problem that an issue cannot be decoded."""
    known = name.key or name.id or "an issue without id"
    return Problem(
        rule=ProblemRule.UNREADABLE_RECORD,
        subject=known,
        sentence=f"Jira served {known} in a form that cannot be read ({reason}); "
        "it keeps its last good state. Open it and look at the field named.",
        url=f"{site}/browse/{name.key}" if name.key else None,
    )


def hidden(place: str, account: str | None) -> Problem:
    """The problem of a project that Jira names or is asked for, and does not show to the account.

    Args:
        place: The project's key.
        account: The user of the settings; None with a token alone.
    """
    let = (
        "Let an administrator of the project grant the permission Browse Projects to"
        f" {account or 'the account that okr-sync signs in as'}."
    )
    return Problem(
        rule=ProblemRule.PROJECT_NOT_VISIBLE,
        subject=place,
        sentence=f"Jira does not show the issues of {place} any more. They stand as last read. "
        f"{let} If it was archived or deleted, take it out of the jql.",
        remedy=let,
        severity="error",
    )


class IssueReader:
    """Decodes issues.

    Args:
        site: The site's url.
        fields: The fields wanted as cells.

    Attributes:
        carried: Ids of those of ``fields`` that any issue so far had, even if empty.
    """

    def __init__(self, site: str, fields: Sequence[Field]) -> None:
        self.carried: set[str] = set()
        self._site = site
        self._fields = tuple(fields)
        self._issue = msgspec.json.Decoder(_Issue)
        self._columns = msgspec.json.Decoder(_Columns)
        self._any = msgspec.json.Decoder(dict[str, msgspec.Raw])

    def read(self, served: msgspec.Raw) -> Issue:
        """The row of one issue.

        Raises:
            ValueError: It cannot be decoded; the message names the JSON path, never a value.
        """
        try:
            issue = self._issue.decode(served)
            if not is_id(issue.id):
                raise ValueError("its id is no number")
            columns = self._columns.decode(issue.fields)
            document = _decoded(columns.description)
            cells, texts = self._read_fields(issue.fields)
            return self._row(issue, columns, _own_texts(columns, document) + texts, cells, served)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        except UNREADABLE as error:  # msgspec's own errors are ValueErrors, too
            raise ValueError(str(error)) from None

    def _read_fields(self, fields: msgspec.Raw) -> tuple[dict[str, Cell], list[Text]]:
        cells: dict[str, Cell] = {}
        texts: list[Text] = []
        if not self._fields:
            return cells, texts
        served = self._any.decode(fields)
        for field in self._fields:
            if field.id not in served:
                continue
            self.carried.add(field.id)
            value = _decoded(served[field.id])
            if field.id == LINKED_ISSUES:
                value = linked_issues(value)
            cells[field.id] = read_cell(value, field)
            if not field.only_measured:
                texts += self._texts_of(field, value, cells[field.id])
        return cells, texts

    def _texts_of(self, field: Field, value: Any, cell: Cell) -> list[Text]:
        """What may name a Key Result in a field that has no column."""
        texts: list[Text] = []
        if field.id == LINKED_ISSUES:
            texts += [("link", field.id, f"{self._site}/browse/{one['key']}") for one in value]
        if field.custom:  # the texts of other fields come from the columns
            for found in read_texts(value, cell):
                role = "property" if found.role == "text" else found.role
                texts.append((role, field.id, found.text))
        return texts

    def _row(
        self,
        issue: "_Issue",
        columns: "_Columns",
        texts: list[Text],
        cells: dict[str, Cell],
        served: msgspec.Raw,
    ) -> Issue:
        project = columns.project.key if columns.project else project_of(issue.key)
        status = columns.status
        assignee, creator = columns.assignee, columns.creator
        return Issue(
            id=issue.id,
            place=project,
            url=f"{self._site}/browse/{issue.key}",
            updated_at=parse_instant(columns.updated),
            texts=texts,
            cells=encode_cells(cells),
            raw=as_served(bytes(served)),
            key=issue.key,
            project=project,
            issue_type=_name(columns.issuetype),
            summary=columns.summary,
            status=_name(status),
            status_category=status.category.key if status and status.category else None,
            priority=_name(columns.priority),
            resolution=_name(columns.resolution),
            labels=columns.labels or [],
            parent_id=columns.parent.id if columns.parent else None,
            assignee_id=assignee.id if assignee else None,
            assignee=assignee.display_name if assignee else None,
            created_at=parse_instant(columns.created),
            resolved_at=parse_instant(columns.resolutiondate),
            due_on=parse_day(columns.duedate),
            project_id=_id(columns.project),
            project_name=_name(columns.project),
            issue_type_id=_id(columns.issuetype),
            status_id=_id(status),
            status_category_name=_name(status.category) if status else None,
            priority_id=_id(columns.priority),
            resolution_id=_id(columns.resolution),
            creator_id=creator.id if creator else None,
            creator_type=creator.account_type if creator else None,
        )


class _Issue(msgspec.Struct):
    id: str
    key: str
    fields: msgspec.Raw


class _Names(msgspec.Struct):
    id: Any = None
    key: Any = None


_NAMES = msgspec.json.Decoder(_Names)


class _Named(msgspec.Struct):
    id: Any = None
    name: str | None = None


class _Project(_Named, kw_only=True):
    key: str


class _Parent(msgspec.Struct):
    id: str


class _Category(_Named):
    key: str | None = None


class _Status(_Named):
    category: _Category | None = msgspec.field(default=None, name="statusCategory")


class _Columns(msgspec.Struct):
    """The part of an issue's ``fields`` that has columns; any of it may be absent or null."""

    summary: str | None = None
    description: msgspec.Raw = msgspec.Raw(b"null")
    issuetype: _Named | None = None
    project: _Project | None = None
    status: _Status | None = None
    priority: _Named | None = None
    resolution: _Named | None = None
    labels: list[str] | None = None
    parent: _Parent | None = None
    assignee: Person | None = None
    creator: Person | None = None
    created: str | float | None = None
    updated: str | float | None = None
    resolutiondate: str | float | None = None
    duedate: str | None = None


def _own_texts(columns: _Columns, document: Any) -> list[Text]:
    texts = [("text", "summary", columns.summary)] if columns.summary else []
    texts += [(found.role, "description", found.text) for found in segments(document)]
    texts += [("label", "labels", label) for label in columns.labels or []]
    return texts


def _decoded(served: msgspec.Raw) -> Any:
    return msgspec.json.decode(served)


def _name(thing: _Named | None) -> str | None:
    return thing.name if thing else None


def _id(thing: _Named | None) -> str | None:
    return _text(thing.id) if thing else None


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) else None


def is_older(issue: Issue, held: Issue | None) -> bool:
    """Whether an issue was read before the one that is held already."""
    known = held.updated_at if held else None
    return bool(known and issue.updated_at and issue.updated_at < known)
