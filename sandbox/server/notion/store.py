"""A Notion workspace that can be filled and changed while it is served.

What belongs here: changes, their authors and times, and their side effects. What does not: the
records (``records``), their JSON (``render``), and endpoints (``app``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from sandbox.server.clock import Clock
from sandbox.server.notion.ids import (
    DEFAULT_BOT_ID,
    WORKSPACE_ID,
    notion_id,
    property_ids,
    uuid_text,
)
from sandbox.server.notion.records import (
    COMPUTED,
    Block,
    Comment,
    Database,
    DataSource,
    NewDataSource,
    Page,
    Property,
    Run,
    User,
    Value,
    as_runs,
)

__all__ = ["NewDataSource", "NotionWorkspace", "Property", "Run", "notion_id"]


class NotionWorkspace:
    """A workspace with everything shared with the integration.

    Ids may be given with or without dashes; :func:`notion_id` derives one from a name. Timestamps
    are stored in full and truncated to the minute when they are served.

    Args:
        clock: The default time of changes.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.databases: dict[str, Database] = {}
        self.data_sources: dict[str, DataSource] = {}
        self.pages: dict[str, Page] = {}
        self.users: dict[str, User] = {}
        self.rows: dict[str, list[str]] = {}  # data source id -> page ids in creation order
        self.workspace_id = WORKSPACE_ID
        self.may_read_comments = True  # the integration's capabilities
        self.may_insert_content = True
        self.may_update_content = True
        self.refusals: list[float] = []  # Retry-After of queued rate_limited responses, in seconds
        self.bot_id = self.add_user(DEFAULT_BOT_ID, "okr-sync", is_bot=True).id

    def add_user(
        self, id: str, name: str, email: str | None = None, *, is_bot: bool = False
    ) -> User:
        """Add a person (with e-mail) or a bot."""
        user = User(uuid_text(id), name, email, is_bot)
        self.users[user.id] = user
        return user

    def add_database(
        self,
        id: str,
        title: str,
        data_sources: Sequence[NewDataSource],
        *,
        parent_page_id: str | None = None,
        created_at: datetime | None = None,
    ) -> Database:
        """Add a database with its data sources; each must have exactly one title property."""
        at = created_at or self.clock.now
        parent = uuid_text(parent_page_id) if parent_page_id else None
        database = Database(uuid_text(id), title, [], at, at, parent)
        self.databases[database.id] = database
        for new in data_sources:
            self.add_data_source(database.id, new, created_at=at)
        return database

    def add_data_source(
        self, database_id: str, new: NewDataSource, *, created_at: datetime | None = None
    ) -> DataSource:
        """Add one more data source to a database."""
        titles = [name for name, one in new.properties.items() if one.type == "title"]
        if len(titles) != 1:
            raise ValueError(f"data source {new.title!r} needs exactly one title, has {titles}")
        at = created_at or self.clock.now
        database = self.databases[uuid_text(database_id)]
        ids = property_ids({name: (one.type, one.id) for name, one in new.properties.items()})
        source = DataSource(
            id=uuid_text(new.id),
            database_id=database.id,
            title=new.title,
            properties={
                ids[name]: replace(one, id=ids[name], to=uuid_text(one.to) if one.to else None)
                for name, one in new.properties.items()
            },
            names={ids[name]: name for name in new.properties},
            created_at=at,
            edited_at=at,
        )
        self.data_sources[source.id] = source
        self.rows[source.id] = []
        database.data_source_ids.append(source.id)
        return source

    def add_page(
        self,
        data_source_id: str | None,
        id: str,
        properties: Mapping[str, Value],
        *,
        created_at: datetime | None = None,
        parent_page_id: str | None = None,
    ) -> Page:
        """Add a row to a data source, or (``data_source_id`` None) a standalone page.

        The integration's bot is its author.

        Args:
            data_source_id: The data source of the row.
            id: The page's id.
            properties: Values by property name; omitted ones are empty. A standalone page has only
                ``title``.
            created_at: Defaults to the clock.
            parent_page_id: Of a standalone page: its parent page; None for the workspace.
        """
        at = created_at or self.clock.now
        page = Page(
            id=uuid_text(id),
            data_source_id=uuid_text(data_source_id) if data_source_id else None,
            parent_page_id=uuid_text(parent_page_id) if parent_page_id else None,
            values={},
            created_at=at,
            edited_at=at,
            created_by=self.bot_id,
            edited_by=self.bot_id,
        )
        self.pages[page.id] = page
        if page.data_source_id is not None:
            self.rows[page.data_source_id].append(page.id)
            self._number(page)
        self._write(page, properties)
        return page

    def edit_page(self, page_id: str, /, **properties: Value) -> Page:
        """Change values as a person does: sets ``last_edited_time`` to now.

        Names with spaces are passed as ``edit_page(id, **{"Key Results": [...]})``. A change of
        only formula results does not set it, as in Notion.
        """
        page = self.pages[uuid_text(page_id)]
        if self._write(page, properties):
            page.edited_at = self.clock.now
        return page

    def set_formula(self, page_id: str, name: str, value: Value) -> Page:
        """Change a formula's result, which is not an edit in Notion."""
        return self.edit_page(page_id, **{name: value})

    def break_rollup(
        self, page_id: str, name: str, how: Literal["incomplete", "unsupported"] | None
    ) -> None:
        """Serve this rollup as one that Notion could not compute; None repairs it."""
        page = self.pages[uuid_text(page_id)]
        key = self.source_of(page).property_id(name)
        if how is None:
            page.broken.pop(key, None)
        else:
            page.broken[key] = how

    def trash_page(self, page_id: str) -> None:
        """Move a page to the trash: queries omit it, but it can still be retrieved."""
        self._move_to_trash(page_id, True)

    def restore_page(self, page_id: str) -> None:
        """Restore a page from the trash."""
        self._move_to_trash(page_id, False)

    def rename_property(self, data_source_id: str, old: str, new: str) -> None:
        """Rename a property; its id and values stay."""
        source = self.data_sources[uuid_text(data_source_id)]
        source.names[source.property_id(old)] = new
        source.edited_at = self.clock.now
        for other in self.data_sources.values():
            for key, one in other.properties.items():
                other.properties[key] = _follow_rename(one, other, source, old, new)

    def add_property(self, data_source_id: str, name: str, new: Property) -> None:
        """Add a property, empty on every page."""
        source = self.data_sources[uuid_text(data_source_id)]
        if name in source.names.values():
            raise ValueError(f"{source.title!r} already has a property {name!r}")
        known = {source.names[key]: (one.type, key) for key, one in source.properties.items()}
        key = property_ids({**known, name: (new.type, new.id)})[name]
        source.properties[key] = replace(new, id=key)
        source.names[key] = name
        source.edited_at = self.clock.now

    def delete_property(self, data_source_id: str, name: str) -> None:
        """Delete a property and its values; the other side of a relation becomes one-way."""
        source = self.data_sources[uuid_text(data_source_id)]
        key = source.property_id(name)
        for other in self.data_sources.values():
            for each, one in other.properties.items():
                if one.to == source.id and one.synced_with == name:
                    other.properties[each] = replace(one, synced_with=None)
        del source.properties[key], source.names[key]
        for page_id in self.rows[source.id]:
            self.pages[page_id].values.pop(key, None)
        source.edited_at = self.clock.now

    def change_property(self, data_source_id: str, name: str, to: Property) -> None:
        """Change a property's type or options (a select turned into a status); its id stays."""
        source = self.data_sources[uuid_text(data_source_id)]
        key = source.property_id(name)
        source.properties[key] = replace(to, id=key)
        source.edited_at = self.clock.now

    def share(self, data_source_id: str) -> None:
        """Share a data source and its pages with the integration again."""
        self.data_sources[uuid_text(data_source_id)].shared = True

    def unshare(self, data_source_id: str) -> None:
        """Unshare a data source: it and its pages are not found, relations to it are empty."""
        self.data_sources[uuid_text(data_source_id)].shared = False

    def refuse_next(self, requests: int, retry_after: float) -> None:
        """Reject the next requests with ``rate_limited`` and this ``Retry-After`` in seconds."""
        self.refusals.extend([retry_after] * requests)

    def append_blocks(
        self, page_id: str, paragraphs: Iterable[str | Sequence[Run]], type: str = "paragraph"
    ) -> list[Block]:
        """Add paragraphs to a page's body."""
        page = self.pages[uuid_text(page_id)]
        at = self.clock.now
        added = []
        for paragraph in paragraphs:
            key = notion_id("block", page.id, str(len(page.blocks)))
            added.append(Block(key, page.id, type, as_runs(paragraph), at, at))
            page.blocks.append(added[-1])
        if added:
            page.edited_at = at
        return added

    def comment(
        self,
        page_id: str,
        text: str | Sequence[Run],
        *,
        author: str | None = None,
        discussion: str | None = None,
    ) -> Comment:
        """Comment on a page, which is no edit of it; in a new discussion or an existing one."""
        page, at = self.pages[uuid_text(page_id)], self.clock.now
        key = notion_id("comment", page.id, str(len(page.comments)), at.isoformat())
        thread = uuid_text(discussion) if discussion else notion_id("discussion", key)
        by = uuid_text(author) if author else self.bot_id
        added = Comment(key, page.id, thread, as_runs(text), at, at, by)
        page.comments.append(added)
        return added

    def edit_comment(self, comment: Comment, text: str | Sequence[Run]) -> None:
        """Change what a comment says."""
        comment.runs, comment.edited_at = as_runs(text), self.clock.now

    def delete_comment(self, comment: Comment) -> None:
        """Delete a comment."""
        self.pages[comment.page_id].comments.remove(comment)

    def resolve_discussion(self, discussion: str) -> None:
        """Resolve a discussion: its comments are not served any more."""
        for page in self.pages.values():
            for one in page.comments:
                one.resolved |= one.discussion_id == uuid_text(discussion)

    def source_of(self, page: Page) -> DataSource:
        """The data source of a row; KeyError for a standalone page."""
        if page.data_source_id is None:
            raise KeyError(f"page {page.id} belongs to no data source")
        return self.data_sources[page.data_source_id]

    def is_visible(self, page: Page) -> bool:
        """Whether the integration may see the page."""
        return page.data_source_id is None or self.data_sources[page.data_source_id].shared

    def _move_to_trash(self, page_id: str, in_trash: bool) -> None:
        page = self.pages[uuid_text(page_id)]
        page.in_trash = in_trash
        page.edited_at = self.clock.now

    def _number(self, page: Page) -> None:
        source = self.source_of(page)
        for key, one in source.properties.items():
            if one.type == "unique_id":
                page.values[key] = source.next_number
        source.next_number += 1

    def _write(self, page: Page, properties: Mapping[str, Value]) -> bool:
        """Store values by name; True if one of them counts as an edit."""
        if page.data_source_id is None:
            if properties.keys() - {"title"}:
                raise KeyError(f"a page outside a data source has only a title, not {properties}")
            page.values.update(properties)
            return bool(properties)
        source = self.source_of(page)
        edited = False
        for name, value in properties.items():
            key = source.property_id(name)
            one = source.properties[key]
            if one.type in COMPUTED:
                raise ValueError(f"{name!r} of {source.title!r} is computed ({one.type})")
            if one.type in ("people", "relation"):
                value = [uuid_text(each) for each in value or ()]
            if one.type in ("select", "multi_select", "status"):
                _offer(source, one, value)
            if one.synced_with:
                self._sync(page, one, page.values.get(key) or (), value)
            page.values[key] = value
            edited = edited or one.type != "formula"
        return edited

    def _sync(self, page: Page, one: Property, old: Sequence[str], new: Sequence[str]) -> None:
        """Sync the other side of a two-way relation, without editing those pages."""
        for other_id in {*old, *new} & self.pages.keys():
            other = self.pages[other_id]
            key = self.source_of(other).property_id(one.synced_with or "")
            back = [each for each in other.values.get(key) or () if each != page.id]
            other.values[key] = [*back, page.id] if other_id in new else back


def _offer(source: DataSource, one: Property, value: Value) -> None:
    """Add a new option of a select to the schema; a status does not accept new ones."""
    chosen = [value] if isinstance(value, str) else list(value or ())
    new = tuple(name for name in chosen if name not in one.options)
    if new and one.type == "status":
        raise ValueError(f"status {source.names[one.id or '']!r} has no option {new[0]!r}")
    if new:
        source.properties[one.id or ""] = replace(one, options=one.options + new)


def _follow_rename(
    one: Property, owner: DataSource, renamed_in: DataSource, old: str, new: str
) -> Property:
    """Update the name of a renamed property in a rollup or a two-way relation."""
    if one.type == "relation" and one.to == renamed_in.id and one.synced_with == old:
        return replace(one, synced_with=new)
    if one.type != "rollup":
        return one
    if owner is renamed_in and one.relation == old:
        one = replace(one, relation=new)
    through = next(
        (owner.properties[key] for key, name in owner.names.items() if name == one.relation), None
    )
    if through is not None and through.to == renamed_in.id and one.target == old:
        one = replace(one, target=new)
    return one
