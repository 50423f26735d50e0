"""The records of a Notion workspace: schemas, values, pages, people. No behaviour.

Property values are plain Python, stored by property id, so that a renamed property keeps them:

==================================  ==============================================================
property type                       stored value (None is always "empty")
==================================  ==============================================================
title, rich_text                    str, or a sequence of :class:`Run`
number                              int or float (12.5 % is 0.125)
select, status                      option name
multi_select                        sequence of option names
date                                date, datetime, or :class:`Span` for ranges
people, relation                    sequence of user ids / page ids
checkbox                            bool
url, email, phone_number            str
files                               sequence of URLs
formula                             its result: str, bool, int, float, date, datetime, None
unique_id                           int; assigned when absent
rollup, created_*, last_edited_*    never stored: computed
==================================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

PropertyType = Literal[
    "title",
    "rich_text",
    "number",
    "select",
    "multi_select",
    "status",
    "date",
    "people",
    "files",
    "checkbox",
    "url",
    "email",
    "phone_number",
    "formula",
    "relation",
    "rollup",
    "created_time",
    "created_by",
    "last_edited_time",
    "last_edited_by",
    "unique_id",
]
COMPUTED = ("rollup", "created_time", "created_by", "last_edited_time", "last_edited_by")
"""Property types whose value is never stored."""
Value = Any
"""A property value, see the table above; its type depends on the property's type."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a data source's schema.

    Attributes:
        type: Notion's name of the type.
        options: Names of the options of select, multi_select and status, in order.
        number_format: Of a number: ``number``, ``percent``, ``euro``, ``number_with_commas``...
        to: Of a relation: id of the data source it points to.
        synced_with: Of a two-way relation: name of the property on the other side, which is kept in
            sync. Declared on both sides.
        relation: Of a rollup: name of the relation property it goes over.
        target: Of a rollup: name of the property it aggregates on the related pages.
        function: Of a rollup: ``percent_checked``, ``sum``, ``show_original``...
        expression: Of a formula: its text. It is served, but not computed; results are stored.
        prefix: Of a unique_id: the prefix of the number, or None.
        groups: Of a status: option names by group (``To-do``, ``In progress``, ``Complete``).
        id: The immutable property id, decoded; by default derived from the name.
        description: What people are told of it.
    """

    type: PropertyType
    options: tuple[str, ...] = ()
    number_format: str = "number"
    to: str | None = None
    synced_with: str | None = None
    relation: str | None = None
    target: str | None = None
    function: str = "show_original"
    expression: str = ""
    prefix: str | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    id: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of rich text; a title may be split over several.

    ``page`` makes it a mention of that page, ``user`` of that user; ``href`` makes it a link.
    """

    text: str
    href: str | None = None
    bold: bool = False
    page: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A date property's value with an end, or with Notion's separate time zone name."""

    start: date | datetime
    end: date | datetime | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class NewDataSource:
    """A data source to add with its database; ``properties`` by name, one of type title."""

    id: str
    title: str
    properties: Mapping[str, Property]


@dataclass(slots=True)
class DataSource:
    """One table of a database. ``properties`` and ``names`` are keyed by property id."""

    id: str
    database_id: str
    title: str
    properties: dict[str, Property]
    names: dict[str, str]
    created_at: datetime
    edited_at: datetime
    next_number: int = 1
    shared: bool = True
    in_trash: bool = False
    icon: str | None = None  # an emoji

    def property_id(self, name: str) -> str:
        """The id of the property with that name; KeyError with the existing ones."""
        for key, known in self.names.items():
            if known == name:
                return key
        raise KeyError(
            f"{self.title!r} has no property {name!r}, only {sorted(self.names.values())}"
        )


@dataclass(slots=True)
class Database:
    """A container of data sources, shown as one page in Notion."""

    id: str
    title: str
    data_source_ids: list[str]
    created_at: datetime
    edited_at: datetime
    parent_page_id: str | None = None
    in_trash: bool = False
    description: tuple[Run, ...] = ()


@dataclass(slots=True)
class User:
    """A person or a bot of the workspace."""

    id: str
    name: str
    email: str | None = None
    is_bot: bool = False


@dataclass(slots=True)
class Block:
    """A paragraph, heading or list item of a page's body; ``blocks`` are indented below it."""

    id: str
    page_id: str
    type: str
    runs: tuple[Run, ...]
    created_at: datetime
    edited_at: datetime
    in_trash: bool = False
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Comment:
    """A comment on a page; those of one discussion have its id."""

    id: str
    page_id: str
    discussion_id: str
    runs: tuple[Run, ...]
    created_at: datetime
    edited_at: datetime
    created_by: str
    resolved: bool = False


@dataclass(slots=True)
class Page:
    """A page. ``values`` is keyed by property id; ``broken`` has how rollups fail."""

    id: str
    data_source_id: str | None
    parent_page_id: str | None
    values: dict[str, Value]
    created_at: datetime
    edited_at: datetime
    created_by: str
    edited_by: str
    in_trash: bool = False
    blocks: list[Block] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    broken: dict[str, Literal["incomplete", "unsupported"]] = field(default_factory=dict)


def as_runs(text: str | Sequence[Run] | None) -> tuple[Run, ...]:
    """A stored text as runs; none for empty text."""
    if isinstance(text, str):
        return (Run(text),) if text else ()
    return tuple(text or ())
