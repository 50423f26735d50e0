"""A Jira site that can be changed while it is served.

What belongs here: storing, finding and changing issues. Issues come from a :class:`Content`; only
changed ones are stored. What does not: JSON (``shapes``) and HTTP (``app``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sandbox.server.clock import Clock
from sandbox.server.jira.records import (
    FIRST_ID,
    KEY_RESULT_FIELD,
    PRIORITIES,
    RESOLUTIONS,
    Change,
    Comment,
    Content,
    History,
    Issue,
    IssueLink,
    Project,
    RemoteLink,
    Scheme,
    Status,
    User,
)

_EDITED_HISTORY_IDS = 900_000_000
_ADDED_COMMENT_IDS = 800_000_000
Named = Literal["status", "issue type", "priority", "project"]
_KEY = re.compile(r"^[A-Za-z][A-Za-z0-9_]*-[0-9]+$")


@dataclass(frozen=True, slots=True)
class _Edited:
    issue: Issue
    histories: tuple[History, ...]


class JiraSite:
    """The issues of one site.

    Attributes:
        clock: The site's clock.
        projects: Every project, including hidden ones.
        me: The account whose token is used; quoted JQL dates are in its time zone.
        columns: The searchable columns.
        statuses: Every status of every project.
        issue_types: Every issue type.
        custom_fields: Every custom field.
        version: Incremented by every change, to invalidate cached searches.
        iso_changelogs: Whether bulk change logs have ``created`` as ISO text instead of epoch
            milliseconds. The specification says the former, its example has the latter.
        index_lag_seconds: How long searches still find the old state of an edited issue.
    """

    def __init__(
        self, content: Content, clock: Clock, me: User, scheme: Scheme | None = None
    ) -> None:
        scheme = scheme or Scheme()
        self.clock = clock
        self.projects = tuple(content.projects)
        self.users = tuple(content.users)
        self.me = me
        self.columns = content.columns()
        self.version = 0
        self.iso_changelogs = False
        self.index_lag_seconds = 0.0
        self._content = content
        self.statuses = list(scheme.statuses)
        self.issue_types = scheme.issue_types
        self.custom_fields = scheme.custom_fields
        self._names: dict[tuple[str, int], str] = {}
        self._edited: dict[int, _Edited] = {}
        self._comments: dict[int, tuple[Comment, ...]] = {}  # of the issues commented on since
        self._gone = np.zeros(len(self.columns.created), dtype=bool)
        self._unsearchable = np.zeros(len(self.columns.created), dtype=bool)
        self._hidden: set[str] = set()
        self._old_keys = dict(content.old_keys)
        self._new_keys: dict[str, int] = {}
        self._next_history = _EDITED_HISTORY_IDS
        self._unindexed: dict[int, int] = {}
        for index in content.archived:
            self._unsearchable[index] = True

    @property
    def visible_projects(self) -> list[Project]:
        """The projects that the account may browse."""
        return [project for project in self.projects if project.key not in self._hidden]

    @property
    def searchable(self) -> NDArray[np.bool_]:
        """Mask of the searchable issues: not deleted, not archived, in a visible project."""
        found = ~(self._gone | self._unsearchable)
        for code, project in enumerate(self.projects):
            if project.key in self._hidden:
                found &= self.columns.project != code
        return found

    def name_of(self, kind: Named, id_: int, name: str) -> str:
        """The present name of what was created as ``name``."""
        return self._names.get((kind, id_), name)

    def rename(self, kind: Named, id_: int, name: str) -> None:
        """Rename a status, issue type, priority or project.

        As in Jira, no issue counts as updated, and change logs keep the names of their time.
        """
        self._names[kind, id_] = name
        self.version += 1

    def add_status(self, status: Status) -> None:
        """Add a status; statuses of different projects may have the same name."""
        self.statuses.append(status)
        self.version += 1

    def find(self, id_or_key: str) -> Issue | None:
        """The issue with that id or key; former keys of moved issues are found, too."""
        index = self._index(id_or_key)
        if index is None or self._gone[index]:
            return None
        issue = self.issue(index)
        return None if issue.project.key in self._hidden else issue

    def issue(self, index: int) -> Issue:
        """The current state of the issue at ``index``, even if hidden."""
        edited = self._edited.get(index)
        return edited.issue if edited else self._content.issue(index)

    def histories(self, index: int) -> tuple[History, ...]:
        """Its change log, oldest first."""
        edited = self._edited.get(index)
        return self._content.histories(index) + (edited.histories if edited else ())

    def comments(self, index: int) -> tuple[Comment, ...]:
        """Its comments, oldest first."""
        return self._comments.get(index, self._content.comments(index))

    def children(self, issue: Issue) -> list[Issue]:
        """Its sub-tasks that are not deleted."""
        return [self.issue(index) for index in issue.children if not self._gone[index]]

    def edit_issue(self, id_or_key: str | int, **fields: Any) -> Issue:
        """Change fields of an issue: adds a change-log entry, and sets ``updated`` to now.

        Args:
            id_or_key: Which issue.
            fields: ``summary``, ``description`` (ADF), ``priority``, ``labels``, ``assignee``
                (account id or None), ``status`` (its id, or the present name of the first one;
                category done resolves, others reopen),
                ``parent`` (id or key or None), ``key_result`` or any ``customfield_*``.
        """
        issue = self._must_find(str(id_or_key))
        changed, changes = issue, list[Change]()
        for name, value in fields.items():
            changed, made = self._changed(changed, name, value)
            changes += made
        return self._record(changed, tuple(changes))

    def link_issues(self, blocking: str | int, blocked: str | int) -> None:
        """Make one issue block another: adds the link to both, and updates both."""
        ends = self._must_find(str(blocking)), self._must_find(str(blocked))
        for one, other, outward in ((*ends, True), (*ends[::-1], False)):
            link = IssueLink(40_000 + self._next_history, other.index, outward)
            change = Change(
                "Link", None, None, None, other.key, f"This issue is linked: {other.key}"
            )
            self._record(replace(one, links=(*one.links, link)), (change,))

    def link_remotely(self, id_or_key: str | int, url: str, title: str) -> None:
        """Link an issue to something outside Jira."""
        issue = self._must_find(str(id_or_key))
        link = RemoteLink(50_000 + self._next_history, url, title, "relates to")
        change = Change("RemoteIssueLink", None, None, None, str(link.id), title)
        self._record(replace(issue, remote_links=(*issue.remote_links, link)), (change,))

    def comment_on(self, id_or_key: str | int, body: Any, author: User | None = None) -> Comment:
        """Comment on an issue, and update it; ``body`` is an ADF document."""
        issue = self._must_find(str(id_or_key))
        id_ = _ADDED_COMMENT_IDS + self._next_history
        comment = Comment(id_, self.clock.now_ms, author or self.me, body)
        self._set_comments(issue, (*self.comments(issue.index), comment))
        return comment

    def edit_comment(self, id_or_key: str | int, comment: int, body: Any) -> None:
        """Change what a comment says, and update its issue."""
        issue = self._must_find(str(id_or_key))
        now = self.clock.now_ms
        edited = [
            one._replace(body=body, edited=now) if one.id == comment else one
            for one in self.comments(issue.index)
        ]
        self._set_comments(issue, tuple(edited))

    def delete_comment(self, id_or_key: str | int, comment: int) -> None:
        """Delete a comment, and update its issue."""
        issue = self._must_find(str(id_or_key))
        left = tuple(one for one in self.comments(issue.index) if one.id != comment)
        self._set_comments(issue, left)

    def delete_issue(self, id_or_key: str | int) -> None:
        """Delete an issue and its sub-tasks."""
        issue = self._must_find(str(id_or_key))
        for index in (issue.index, *issue.children):
            self._gone[index] = True
        self.version += 1

    def move_issue(self, id_or_key: str | int, project_key: str) -> Issue:
        """Move an issue to another project: new key, same id; the old key still finds it."""
        issue = self._must_find(str(id_or_key))
        project = next(each for each in self.projects if each.key == project_key)
        key = f"{project_key}-{500_001 + len(self._new_keys)}"
        self._old_keys[issue.key] = issue.index
        self._new_keys.pop(issue.key, None)
        self._new_keys[key] = issue.index
        changes = (
            Change(
                "project",
                "project",
                str(issue.project.id),
                self.name_of("project", issue.project.id, issue.project.name),
                str(project.id),
                self.name_of("project", project.id, project.name),
            ),
            Change("Key", None, None, issue.key, None, key),
        )
        return self._record(replace(issue, key=key, project=project), changes)

    def hide_project(self, key: str) -> None:
        """Revoke the account's permission to browse a project."""
        self._hidden.add(key)
        self.version += 1

    def withhold(self, indexes: Sequence[int]) -> None:
        """Let issues not be there, as if nobody had created them yet."""
        self._gone[list(indexes)] = True
        self.version += 1

    def show_project(self, key: str) -> None:
        """Grant the permission again."""
        self._hidden.discard(key)
        self.version += 1

    def catch_up(self) -> None:
        """Index the edits whose lag is over."""
        due = [index for index, at in self._unindexed.items() if at <= self.clock.now_ms]
        for index in due:
            del self._unindexed[index]
            self._to_columns(self.issue(index))
        self.version += bool(due)

    def _must_find(self, id_or_key: str) -> Issue:
        issue = self.find(id_or_key)
        if issue is None:
            raise LookupError(f"there is no issue {id_or_key}")
        return issue

    def _index(self, id_or_key: str) -> int | None:
        if id_or_key.isdigit():
            index = int(id_or_key) - FIRST_ID
            return index if 0 <= index < len(self._gone) else None
        if not _KEY.match(id_or_key):
            return None
        key = id_or_key.upper()
        for known in (self._new_keys, self._old_keys):
            if key in known:
                return known[key]
        return self._content.index_of(key)

    def _changed(self, issue: Issue, name: str, value: Any) -> tuple[Issue, list[Change]]:
        if name == "status":
            return self._with_status(issue, value)
        if name == "summary":
            change = Change(name, name, None, issue.summary, None, value)
            return replace(issue, summary=value), [change]
        if name == "priority":
            return self._with_priority(issue, value)
        if name == "description":
            change = Change(name, name, None, "...", None, "...")
            return replace(issue, description=value), [change]
        if name == "labels":
            change = Change(name, name, "", " ".join(issue.labels), "", " ".join(value))
            return replace(issue, labels=tuple(value)), [change]
        if name == "assignee":
            return self._with_assignee(issue, value)
        if name == "parent":
            return self._with_parent(issue, value)
        field_id = KEY_RESULT_FIELD if name == "key_result" else name
        if not field_id.startswith("customfield_"):
            raise TypeError(f"an issue's {name} cannot be edited here")
        old = issue.custom.get(field_id)
        label = "Key Result" if field_id == KEY_RESULT_FIELD else field_id
        change = Change(label, field_id, None, _text(old), None, _text(value))
        return replace(issue, custom={**issue.custom, field_id: value}), [change]

    def _with_status(self, issue: Issue, name: str | int) -> tuple[Issue, list[Change]]:
        old, new = issue.status, self._status(name)
        words = [self.name_of("status", one.id, one.name) for one in (old, new)]
        changes = [Change("status", "status", str(old.id), words[0], str(new.id), words[1])]
        resolution = (
            ("Won't Do" if new.name == "Won't do" else "Done") if new.category == "done" else None
        )
        if resolution != issue.resolution:
            ids = [str(RESOLUTIONS[one]) if one else None for one in (issue.resolution, resolution)]
            changes.append(
                Change("resolution", "resolution", ids[0], issue.resolution, ids[1], resolution)
            )
        resolved = self.clock.now_ms if resolution else None
        return replace(issue, status=new, resolution=resolution, resolved=resolved), changes

    def _status(self, wanted: str | int) -> Status:
        named = (
            one
            for one in self.statuses
            if wanted in (one.id, str(one.id), self.name_of("status", one.id, one.name))
        )
        return next(named)

    def _with_priority(self, issue: Issue, name: str) -> tuple[Issue, list[Change]]:
        ids = [PRIORITIES[one] for one in (issue.priority, name)]
        words = [
            self.name_of("priority", id_, one)
            for id_, one in zip(ids, (issue.priority, name), strict=True)
        ]
        change = Change("priority", "priority", str(ids[0]), words[0], str(ids[1]), words[1])
        return replace(issue, priority=name), [change]

    def _with_assignee(self, issue: Issue, account_id: str | None) -> tuple[Issue, list[Change]]:
        user = next((each for each in self.users if each.account_id == account_id), None)
        old = issue.assignee
        change = Change(
            "assignee",
            "assignee",
            old.account_id if old else None,
            old.name if old else None,
            user.account_id if user else None,
            user.name if user else None,
        )
        return replace(issue, assignee=user), [change]

    def _with_parent(self, issue: Issue, parent: str | None) -> tuple[Issue, list[Change]]:
        new = self._must_find(str(parent)) if parent is not None else None
        old = self.issue(issue.parent) if issue.parent is not None else None
        change = Change(
            "Parent",
            "parent",
            str(old.id) if old else None,
            old.key if old else None,
            str(new.id) if new else None,
            new.key if new else None,
        )
        return replace(issue, parent=new.index if new else None), [change]

    def _set_comments(self, issue: Issue, comments: tuple[Comment, ...]) -> None:
        self._comments[issue.index] = comments
        self._record(issue, ())

    def _record(self, issue: Issue, changes: tuple[Change, ...]) -> Issue:
        """The issue, updated now; with an entry in its change log unless nothing is logged."""
        now = self.clock.now_ms
        issue = replace(issue, updated=now)
        before = self._edited.get(issue.index)
        histories = before.histories if before else ()
        if changes:
            histories = (*histories, History(self._next_history, now, self.me, changes))
        self._next_history += 1
        self._edited[issue.index] = _Edited(issue, histories)
        self._unindexed[issue.index] = now + round(self.index_lag_seconds * 1000)
        self.catch_up()
        return issue

    def _to_columns(self, issue: Issue) -> None:
        columns = self.columns
        columns.updated[issue.index] = issue.updated
        columns.project[issue.index] = self.projects.index(issue.project)
        columns.type[issue.index] = self.issue_types.index(issue.type)
        columns.status[issue.index] = self.statuses.index(issue.status)
        if issue.labels not in columns.label_sets:
            columns.label_sets.append(issue.labels)
        columns.labels[issue.index] = columns.label_sets.index(issue.labels)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
