"""Jira's content as it stood at an earlier instant.

Here belongs taking back what the change log says came later. What the company did belongs to the
modules that make the content.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sandbox.company.generate_jira import JiraContent
from sandbox.server.jira.records import (
    STATUS_BY_NAME,
    STATUSES,
    Change,
    Columns,
    Comment,
    History,
    Issue,
    User,
)


class PastContent:
    """A :class:`~sandbox.server.jira.records.Content` that knows nothing after ``until``.

    Issues that were created later keep their indexes and are in ``unborn``: a site has to withhold
    them.

    Args:
        content: What the site holds in the end.
        until: Milliseconds since 1970; what happened at that instant has happened.
    """

    def __init__(self, content: JiraContent, until: int) -> None:
        self._content = content
        self._until = until
        self.projects, self.users = content.projects, content.users
        self.old_keys, self.archived = content.old_keys, content.archived
        whole = content.columns()
        self.unborn = [int(index) for index in np.flatnonzero(whole.created > until)]

    def columns(self) -> Columns:
        """What searches look at, issues of a later day included as they will be."""
        columns = self._content.columns()
        for index in np.flatnonzero(columns.updated > self._until):
            issue = self.issue(int(index))
            columns.updated[index] = issue.updated
            columns.status[index] = STATUSES.index(issue.status)
        return columns

    def issue(self, index: int) -> Issue:
        """The issue at ``index`` as it was."""
        issue = self._content.issue(index)
        if issue.updated <= self._until:
            return issue
        histories = self._content.histories(index)
        known = [entry.at for entry in histories if entry.at <= self._until]
        later = (entry for entry in reversed(histories) if entry.at > self._until)
        for change in (change for entry in later for change in reversed(entry.changes)):
            issue = self._without(issue, change)
        return replace(issue, updated=max([issue.created, *known]))

    def histories(self, index: int) -> tuple[History, ...]:
        """Its change log so far, oldest first."""
        return tuple(e for e in self._content.histories(index) if e.at <= self._until)

    def comments(self, index: int) -> tuple[Comment, ...]:
        """Its comments so far, oldest first."""
        return tuple(c for c in self._content.comments(index) if c.at <= self._until)

    def index_of(self, key: str) -> int | None:
        """The index of the issue called ``key``, if there is one."""
        return self._content.index_of(key)

    def _without(self, issue: Issue, change: Change) -> Issue:
        """The issue before ``change``; one that was moved since has its present key and project."""
        name = change.field_id or change.field
        if name in ("project", "Key"):
            return issue
        if name == "status":
            return replace(issue, status=STATUS_BY_NAME[str(change.from_text)])
        if name == "resolution":
            kept = issue.resolved if change.from_text else None
            return replace(issue, resolution=change.from_text, resolved=kept)
        if name == "assignee":
            return replace(issue, assignee=self._user(change.from_id))
        if name.startswith("customfield_"):
            custom = {key: value for key, value in issue.custom.items() if key != name}
            known = {name: change.from_text} if change.from_text else {}
            return replace(issue, custom=custom | known)
        raise ValueError(f"{issue.key}: a past {name} cannot be told from its change log")

    def _user(self, account_id: str | None) -> User | None:
        return next((user for user in self.users if user.account_id == account_id), None)
