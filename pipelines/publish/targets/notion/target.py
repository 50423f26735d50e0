"""Replacing the Key Results in a Notion database, page by page.

What belongs here: which pages are made, changed, moved to the trash and taken out of it, and what
the database says of itself. What does not: its properties (``columns``) and Notion's requests
(``connectors.notion.written``).

Notion has no transaction. Each page is changed at once, and while pages are changed the database's
description says that it is not whole. A run that is ended meanwhile is resumed by the next one,
which looks at all pages and writes only what differs.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import SourceError
from connectors.notion.catalog import UNREACHABLE
from connectors.notion.source import NotionSettings
from connectors.notion.written.database import Described, WrittenDatabase, resent, text_run
from connectors.notion.written.values import Json, Value, WrittenProperty, sent
from connectors.transport.shapes import expected_shape
from okr_model.tables.columns import LEVELS
from pipelines.publish.history import about_to_commit
from pipelines.publish.targets.manifest import Manifest, TableState, TargetError
from pipelines.publish.targets.notion.columns import (
    key_of,
    located,
    properties_of,
    value_at,
    values_of,
)
from pipelines.publish.targets.published_run import PublishedRun
from pipelines.publish.targets.running import (
    KEY,
    TABLE,
    manifest_of_running,
    running_key_results,
    same_run,
)

_MARK = "okr-sync: "
_UNFINISHED = f"{_MARK}is writing here; the pages are not all of one run."
_OURS = re.compile(r"\n?okr-sync: [^\n]*")
_HELD = re.compile(
    r"okr-sync: (?P<rows>\d+) of the running cycles' Key Results as of (?P<as_of>\S+), run"
    r" (?P<run_id>\S+) \(no\. (?P<runs>\d+), published (?P<published_at>\S+)\), written"
    r" (?P<written_at>\S+?)\.(?:\n|$)"
)


@dataclass
class _Plan:
    """What is to be done: properties by page; ids of pages to restore and to move to the trash."""

    created: list[Json] = field(default_factory=list)
    changed: dict[str, Json] = field(default_factory=dict)
    restored: set[str] = field(default_factory=set)
    trashed: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.created or self.changed or self.trashed)


class NotionTarget:
    """A database.

    Args:
        name: What the settings call it.
        settings: The credential, and the database.
        records: The places in Notion that Key Results are read from.
        words: What the organization calls the levels of confidence, best first.
    """

    def __init__(
        self,
        name: str,
        settings: NotionSettings,
        records: Sequence[str],
        words: Sequence[str] = LEVELS,
    ) -> None:
        self.name = name
        (self.place,) = settings.places
        self._settings = settings
        self._words = tuple(words)
        self._records = tuple(records)

    def manifest(self) -> Manifest | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with self._database() as database:
            return _held(database.described().text)

    def missing(self, manifest: Manifest) -> str | None:
        """Nothing that a glance would tell; see :class:`pipelines.publish.targets.manifest.Target`.

        Pages that people changed or deleted are written again by the next run.
        """
        return None

    def rehearse(self, run: PublishedRun) -> None:
        """See :class:`pipelines.publish.targets.manifest.Target`.

        Whether the integration may write, only writing tells.
        """
        self.look()

    def write(self, run: PublishedRun) -> Manifest:
        """See :class:`pipelines.publish.targets.manifest.Target`.

        Pages are changed one after another, not all at once; the description tells.
        """
        rows = running_key_results(run, self._words)
        manifest = manifest_of_running(run, len(rows))
        with self._database() as database:
            described = database.described()
            source = _only_source(described, self.place)
            properties = properties_of(self._record_source(database))
            schema = database.schema(source)
            written = _MARK in described.text
            names = located(properties, schema, written=written)
            plan = _planned(database, source, properties, names, rows)
            missing = {one.name: one.schema for one in properties if names[one.name] is None}
            if plan.is_empty and not missing and same_run(_held(described.text), manifest):
                return manifest
            about_to_commit()
            if missing or not plan.is_empty:
                database.describe(_runs(described, _UNFINISHED))
            if missing:
                database.add(source, missing)
            _carry_out(database, source, plan)
            database.describe(_runs(described, _told(manifest)))
        return manifest

    def look(self) -> str:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with self._database() as database:
            described = database.described()
            source = _only_source(described, self.place)
            properties = properties_of(self._record_source(database))
            located(properties, database.schema(source), written=_MARK in described.text)
        return (
            f"The database {self.place} can be read and its properties fit; whether it can be"
            " written, only writing tells."
        )

    def _record_source(self, database: WrittenDatabase) -> str | None:
        """The one data source that Key Results are read from.

        None for none, several, or one that cannot be reached, to which nothing can lead.
        """
        try:
            found = {each for place in self._records for each in database.data_sources_of(place)}
        except UNREACHABLE:
            return None
        return found.pop() if len(found) == 1 else None

    @contextmanager
    def _database(self) -> Iterator[WrittenDatabase]:
        try:
            database = WrittenDatabase(self._settings)
            try:
                yield database
            finally:
                database.close()
        except SourceError as error:
            raise TargetError(error.sentence) from None


def _only_source(described: Described, place: str) -> str:
    if len(described.data_sources) != 1:
        raise TargetError(
            f"The database {place} has {len(described.data_sources)} data sources. Give okr-sync a"
            " database of its own, with one."
        )
    return described.data_sources[0]


def _planned(
    database: WrittenDatabase,
    source: str,
    properties: Sequence[WrittenProperty],
    names: Mapping[str, str | None],
    rows: Sequence[Mapping[str, Any]],
) -> _Plan:
    """Compare the pages with the rows; the trash is looked into only for rows without a page."""
    wanted: dict[tuple[Value, ...], dict[str, Value]] = {}
    for row in rows:
        values = values_of(properties, row)
        wanted[tuple(values[name] for name in KEY)] = values
    plan, seen = _Plan(), set[tuple[Value, ...]]()

    def compare(page: Json, values: Mapping[str, Value]) -> Json:
        return {
            _name(one, names): sent(one, values[one.name])
            for one in properties
            if value_at(one, names, page) != values[one.name]
        }

    with expected_shape("notion", f"Data source {source}"):
        for page in database.pages(source):
            key = key_of(properties, names, page)
            if not all(key):
                continue  # somebody's own
            if key not in wanted or key in seen:
                plan.trashed.append(page["id"])
            elif change := compare(page, wanted[key]):
                plan.changed[page["id"]] = change
            seen.add(key)
        new = {key: values for key, values in wanted.items() if key not in seen}
        # Without a property for the key, no page was ever of ours.
        for page in database.pages(source, in_trash=True) if new and _has_key(names) else ():
            key = key_of(properties, names, page)
            if key in new:
                plan.changed[page["id"]] = compare(page, new.pop(key))
                plan.restored.add(page["id"])
    for values in new.values():
        plan.created.append({_name(one, names): sent(one, values[one.name]) for one in properties})
    return plan


def _carry_out(database: WrittenDatabase, source: str, plan: _Plan) -> None:
    for page, properties in plan.changed.items():
        database.change(page, properties, restore=page in plan.restored)
    for properties in plan.created:
        database.create(source, properties)
    for page in plan.trashed:
        database.trash(page)


def _name(one: WrittenProperty, names: Mapping[str, str | None]) -> str:
    return names[one.name] or one.name


def _has_key(names: Mapping[str, str | None]) -> bool:
    return all(names[name] for name in KEY)


def _told(manifest: Manifest) -> str:
    published, written = (
        instant.astimezone(dt.UTC).isoformat()
        for instant in (manifest.published_at, manifest.written_at)
    )
    return (
        f"{_MARK}{manifest.rows[TABLE]} of the running cycles' Key Results as of {manifest.as_of},"
        f" run {manifest.run_id} (no. {manifest.runs}, published {published}), written {written}."
    )


def _held(text: str) -> Manifest | None:
    """What a description says that the database holds."""
    found = _HELD.search(text)
    if found is None:
        return None
    try:
        return Manifest(
            found["run_id"],
            dt.date.fromisoformat(found["as_of"]),
            dt.datetime.fromisoformat(found["published_at"]),
            int(found["runs"]),
            dt.datetime.fromisoformat(found["written_at"]),
            {TABLE: TableState(int(found["rows"]))},
        )
    except ValueError:
        return None


def _runs(described: Described, text: str) -> list[Json]:
    """The description with another sentence of ours at its end; what people wrote stays."""
    kept = []
    for run in map(resent, described.runs):
        if run.get("type") == "text":
            content = _OURS.sub("", run["text"]["content"])
            run = run | {"text": run["text"] | {"content": content}}
            if not content:
                continue
        kept.append(run)
    return [*kept, text_run(f"\n{text}" if kept else text)]
