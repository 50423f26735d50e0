"""The content of a Jira site as plain records.

What belongs here: issues, people, change logs and comments. What does not: their JSON (``shapes``),
storing and finding them (``store``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]
Category = Literal["new", "indeterminate", "done"]

KEY_RESULT_FIELD = "customfield_10042"
DECOY_FIELD = "customfield_10077"
SPRINT_FIELD = "customfield_10020"
POINTS_FIELD = "customfield_10016"
RANK_FIELD = "customfield_10019"
FIRST_ID = 10001


@dataclass(frozen=True, slots=True)
class User:
    """An Atlassian account; a deactivated one has no visible e-mail address."""

    account_id: str
    name: str
    email: str | None
    active: bool
    time_zone: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project; ``id`` is numeric."""

    id: int
    key: str
    name: str
    lead: User


@dataclass(frozen=True, slots=True)
class IssueType:
    """An issue type; ``level`` is 1 for epics, 0 for standard types, -1 for sub-tasks."""

    id: int
    name: str
    level: int


@dataclass(frozen=True, slots=True)
class Status:
    """A status and its category."""

    id: int
    name: str
    category: Category


ISSUE_TYPES = (
    IssueType(10000, "Epic", 1),
    IssueType(10001, "Story", 0),
    IssueType(10002, "Task", 0),
    IssueType(10003, "Bug", 0),
    IssueType(10004, "Support ticket", 0),
    IssueType(10005, "Sub-task", -1),
)
STATUSES = (
    Status(10100, "To Do", "new"),
    Status(10101, "In Progress", "indeterminate"),
    Status(10102, "In Review", "indeterminate"),
    Status(10103, "Waiting for customer", "indeterminate"),
    Status(10104, "Done", "done"),
    Status(10105, "Won't do", "done"),
)

_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes"


class CustomField(NamedTuple):
    """A custom field; ``schema`` is as in the response of ``/field``, without ``customId``."""

    id: str
    name: str
    schema: Json


CUSTOM_FIELDS = (
    CustomField(
        RANK_FIELD,
        "Rank",
        {"type": "any", "custom": "com.pyxis.greenhopper.jira:gh-lexo-rank"},
    ),
    CustomField(
        POINTS_FIELD,
        "Story point estimate",
        {"type": "number", "custom": f"{_TYPES}:float"},
    ),
    CustomField(
        SPRINT_FIELD,
        "Sprint",
        {"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    ),
    CustomField(
        KEY_RESULT_FIELD, "Key Result", {"type": "string", "custom": f"{_TYPES}:textfield"}
    ),
    CustomField(DECOY_FIELD, "Key Result", {"type": "option", "custom": f"{_TYPES}:select"}),
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """What the administrators of a site have set up; by default, of the sample company's."""

    issue_types: tuple[IssueType, ...] = ISSUE_TYPES
    statuses: tuple[Status, ...] = STATUSES
    custom_fields: tuple[CustomField, ...] = CUSTOM_FIELDS


PRIORITIES = {"Highest": 1, "High": 2, "Medium": 3, "Low": 4, "Lowest": 5}
RESOLUTIONS = {"Done": 10000, "Won't Do": 10001}
TYPE_BY_NAME = {each.name: each for each in ISSUE_TYPES}
STATUS_BY_NAME = {each.name: each for each in STATUSES}


class Change(NamedTuple):
    """One changed field of a change-log entry."""

    field: str
    field_id: str | None
    from_id: str | None
    from_text: str | None
    to_id: str | None
    to_text: str | None


class History(NamedTuple):
    """One change-log entry; ``at`` in milliseconds since 1970."""

    id: int
    at: int
    author: User
    changes: tuple[Change, ...]


class Comment(NamedTuple):
    """A comment; ``body`` is an ADF document, ``edited`` is when it was last changed, if it was."""

    id: int
    at: int
    author: User
    body: Json
    edited: int | None = None


class RemoteLink(NamedTuple):
    """A link from an issue to something outside Jira."""

    id: int
    url: str
    title: str
    relationship: str


class IssueLink(NamedTuple):
    """This issue blocks the one at ``other`` (an index), or is blocked by it."""

    id: int
    other: int
    outward: bool = True


@dataclass(frozen=True, slots=True)
class Issue:
    """The current state of an issue; ``index`` is its position in the site, times are milliseconds.

    ``custom`` has the non-empty custom fields by id; ``parent`` and ``children`` are indexes;
    ``components`` and ``fix_versions`` are as served: ``id``, ``name`` and more.
    """

    index: int
    key: str
    project: Project
    type: IssueType
    summary: str
    status: Status
    created: int
    updated: int
    reporter: User
    description: Json | None = None
    priority: str = "Medium"
    resolution: str | None = None
    resolved: int | None = None
    labels: tuple[str, ...] = ()
    components: tuple[Json, ...] = ()
    fix_versions: tuple[Json, ...] = ()
    parent: int | None = None
    children: tuple[int, ...] = ()
    assignee: User | None = None
    due: str | None = None
    custom: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[IssueLink, ...] = ()
    remote_links: tuple[RemoteLink, ...] = ()
    archived: bool = False

    @property
    def id(self) -> int:
        """Its immutable numeric id."""
        return FIRST_ID + self.index


@dataclass(slots=True)
class Columns:
    """The searchable columns, one element per issue; codes are positions in the named lists.

    ``created`` and ``updated`` are int64 milliseconds; ``project``, ``type``, ``status`` codes
    into the site's projects and its scheme's types and statuses; ``labels`` into ``label_sets``.
    """

    created: NDArray[np.int64]
    updated: NDArray[np.int64]
    project: NDArray[np.int16]
    type: NDArray[np.int16]
    status: NDArray[np.int16]
    labels: NDArray[np.int16]
    label_sets: list[tuple[str, ...]]


class Content(Protocol):
    """The source of a site's issues; every method is a pure function of the index."""

    @property
    def projects(self) -> Sequence[Project]:
        """Every project."""
        ...

    @property
    def users(self) -> Sequence[User]:
        """Every account."""
        ...

    @property
    def old_keys(self) -> Mapping[str, int]:
        """Indexes of moved issues, by their former keys."""
        ...

    @property
    def archived(self) -> Sequence[int]:
        """Indexes of archived issues, which searches do not find."""
        ...

    def columns(self) -> Columns:
        """The searchable columns."""
        ...

    def issue(self, index: int) -> Issue:
        """The issue at ``index``."""
        ...

    def histories(self, index: int) -> tuple[History, ...]:
        """Its change log, oldest first."""
        ...

    def comments(self, index: int) -> tuple[Comment, ...]:
        """Its comments, oldest first."""
        ...

    def index_of(self, key: str) -> int | None:
        """The index of the issue with that key; None if there is none."""
        ...
