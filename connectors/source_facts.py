"""What a source is, as data: its streams, its section of the settings, how it is built.

What belongs here: the form in which each connector declares itself. What does not: the
declarations (``<connector>/facts.py``) and the list of them (``registry``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from connectors.records import Cursor, Source
from connectors.survey import Survey


class Section(BaseModel):
    """A section of the settings: unknown keys are errors, nothing changes after loading.

    A key with nothing behind it counts as left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, keys: Any) -> Any:
        if not isinstance(keys, Mapping):
            return keys
        return {name: value for name, value in keys.items() if value is not None}


class SourceSection(Section):
    """The section of one source."""

    @field_validator("url", check_fields=False)
    @classmethod
    def _holds_no_credential(cls, value: str | None) -> str | None:
        """Addresses of records are published, and all begin with this one."""
        if value and "@" in value.partition("://")[2].partition("/")[0]:
            raise ValueError(
                "a user or password must not be part of the address; use the keys for them."
            )
        return value

    @classmethod
    def facts(cls) -> SourceFacts:
        """What the rest of the project must know of the source."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the datasets need from a source.

    Attributes:
        places: The places to read, each once.
        fields: Names or ids of the fields that are mapped, each once.
        measured: Names or ids of fields that measures need, each once, if there are such.
        measured_ids: Ids of the fields that were known by one of ``measured`` when last read.
        types: Names or ids of the record types that are read in full, one request per record.
        commented: Names or ids of the record types, or the places, whose comments are read.
        commented_ids: Ids of the types that were known by one of ``commented``, likewise.
        type_ids: Ids of the types that were known by one of ``types`` when they were last read.
    """

    places: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    measured_ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    type_ids: tuple[str, ...] = ()
    commented: tuple[str, ...] = ()
    commented_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What ``place:`` of a dataset is for a source.

    Attributes:
        kind: ``none`` (the source is one place), ``text``, or ``tab`` of a spreadsheet.
        hint: How the settings should say it, as the end of a sentence.
        pattern: What a text must look like.
    """

    kind: Literal["none", "text", "tab"]
    hint: str
    pattern: str = ".+"


ReadsSince = Callable[[Any, Wanted, Cursor, str], datetime | None]


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One source.

    Attributes:
        name: Its name in settings, tables and messages.
        about: The content of its asset, in one sentence.
        streams: The schema of each stream it fills; the first carries its cursor.
        place: What a place of it is.
        build: Creates the connector from its section and what the datasets need.
        survey: Asks what the service holds, given its section.
        last_read: When a place was last read completely, from the cursor; None if it never was.
        read_again: The cursor with which the next pull reads some places whatever it knows of them.
        reads_since: Since when the next pull reads what changed in a place, from the section, what
            is wanted, the cursor and the place; None if it reads all of it.
        unversioned: By stream, columns whose change makes no new version of a record, beside
            ``raw``: an address that expires, or a time that belongs to a whole file.
        emptying: Streams in which a place may lose all its records at once; tombstones are never
            skipped there.
        backfill: By stream, JSON paths in ``raw`` of columns that an older version did not write.
        raw_in_log_only: Streams whose ``raw`` is kept in the log alone, because nobody looks for a
            record by it: it is nearly all of what a record weighs.
        columns: Columns of its primary stream that datasets may map as fields.
    """

    name: str
    about: str
    streams: Mapping[str, pa.Schema]
    place: PlaceFacts
    build: Callable[[Any, Wanted], Source]
    survey: Callable[[Any], Survey]
    last_read: Callable[[Cursor, str], datetime | None] = lambda _cursor, _place: None
    read_again: Callable[[Cursor, Collection[str]], Cursor] = lambda cursor, _places: cursor
    reads_since: ReadsSince = lambda _section, _wanted, _cursor, _place: None
    unversioned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    emptying: tuple[str, ...] = ()
    backfill: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    raw_in_log_only: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def primary_stream(self) -> str:
        """The stream whose commits carry the cursor."""
        return next(iter(self.streams))
