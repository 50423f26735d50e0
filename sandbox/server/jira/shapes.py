"""The JSON of Jira Cloud's API version 3.

What belongs here: the JSON of an issue, a person, a change or a project, from the OpenAPI
specification. What does not: the endpoints (``app``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.server.jira.records import (
    FIRST_ID,
    PRIORITIES,
    RESOLUTIONS,
    Change,
    Comment,
    History,
    Issue,
    IssueType,
    Json,
    Project,
    RemoteLink,
    Status,
    User,
)
from sandbox.server.jira.store import JiraSite

HISTORIES_SHOWN = 40
"""The most change-log entries that ``expand=changelog`` returns."""


COMMENTS_SHOWN = 20
"""The most comments that an issue in a search or a bulk fetch has; its own endpoint has all."""


_EXPAND = "operations,versionedRepresentations,editmeta,changelog,renderedFields"


_CATEGORY = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}


class Shapes:
    """Turns records into JSON; ``base`` is the site's address without a trailing slash."""

    version = 3
    comments_shown: int | None = COMMENTS_SHOWN

    def __init__(self, site: JiraSite, base: str) -> None:
        self._site = site
        self._api = f"{base}/rest/api/{self.version}"
        self._base = base
        self._zone = ZoneInfo(site.me.time_zone)

    def time(self, at: int) -> str:
        """A timestamp in Jira's format: with milliseconds, and an offset without a colon."""
        moment = datetime.fromtimestamp(at // 1000, UTC).astimezone(self._zone)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}{moment:%z}"

    def issue(self, issue: Issue, fields: Iterable[str]) -> Json:
        """An issue with the given fields."""
        shown: Json = {
            "expand": _EXPAND,
            "id": str(issue.id),
            "self": f"{self._api}/issue/{issue.id}",
            "key": issue.key,
        }
        values = {
            name: _SHOW[name](self, issue) if name in _SHOW else issue.custom.get(name)
            for name in fields
        }
        if issue.parent is None:  # unlike other fields, this one is omitted when empty
            values.pop("parent", None)
        if values:
            shown["fields"] = values
        return shown

    def user(self, user: User) -> Json:
        """A person; e-mail address and time zone only if they are public."""
        shown: Json = {
            "self": f"{self._api}/user?accountId={user.account_id}",
            "accountId": user.account_id,
            "accountType": "atlassian",
            "active": user.active,
            "avatarUrls": self._avatars(user.account_id),
            "displayName": user.name,
            "timeZone": user.time_zone,
        }
        if user.email and user.active:
            shown["emailAddress"] = user.email
        return shown

    def history(self, history: History, *, epoch: bool) -> Json:
        """A change-log entry."""
        return {
            "id": str(history.id),
            "author": self.user(history.author),
            "created": history.at if epoch else self.time(history.at),
            "items": [_change(change) for change in history.changes],
        }

    def changelog(self, issue: Issue) -> Json:
        """The log of ``expand=changelog``: only the newest entries, newest first."""
        histories = self._site.histories(issue.index)
        shown = histories[::-1][:HISTORIES_SHOWN]
        return {
            "startAt": 0,
            "maxResults": len(shown),
            "total": len(histories),
            "histories": [self.history(each, epoch=False) for each in shown],
        }

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """A comment; its body is ADF."""
        return {
            "self": f"{self._api}/issue/{issue.id}/comment/{comment.id}",
            "id": str(comment.id),
            "author": self.user(comment.author),
            "body": comment.body,
            "updateAuthor": self.user(comment.author),
            "created": self.time(comment.at),
            "updated": self.time(comment.edited or comment.at),
            "jsdPublic": True,
        }

    def comment_page(
        self, issue: Issue, comments: Sequence[Comment], start: int, size: int
    ) -> Json:
        """``size`` comments from ``start`` on; the paging of Cloud and Data Center is the same."""
        page = comments[start : start + size]
        return {
            "startAt": start,
            "maxResults": size,
            "total": len(comments),
            "comments": [self.comment(issue, each) for each in page],
        }

    def remote_link(self, issue: Issue, link: RemoteLink) -> Json:
        """A link to something outside Jira."""
        return {
            "id": link.id,
            "self": f"{self._api}/issue/{issue.key}/remotelink/{link.id}",
            "globalId": link.url,
            "application": {},
            "relationship": link.relationship,
            "object": {"url": link.url, "title": link.title, "icon": {}, "status": {"icon": {}}},
        }

    def project(self, project: Project) -> Json:
        """A project, as in lists."""
        return {
            "self": f"{self._api}/project/{project.id}",
            "id": str(project.id),
            "key": project.key,
            "name": self._site.name_of("project", project.id, project.name),
            "avatarUrls": self._avatars(project.key),
            "projectTypeKey": "software",
            "simplified": False,
            "style": "classic",
            "isPrivate": False,
        }

    def issue_type(self, issue_type: IssueType) -> Json:
        """An issue type."""
        return {
            "self": f"{self._api}/issuetype/{issue_type.id}",
            "id": str(issue_type.id),
            "name": self._site.name_of("issue type", issue_type.id, issue_type.name),
            "description": "",
            "subtask": issue_type.level < 0,
            "hierarchyLevel": issue_type.level,
        }

    def status(self, status: Status) -> Json:
        """A status with its category."""
        number, color, name = _CATEGORY[status.category]
        return {
            "self": f"{self._api}/status/{status.id}",
            "id": str(status.id),
            "name": self._site.name_of("status", status.id, status.name),
            "description": "",
            "statusCategory": {
                "self": f"{self._api}/statuscategory/{number}",
                "id": number,
                "key": status.category,
                "colorName": color,
                "name": name,
            },
        }

    def _priority(self, issue: Issue) -> Json:
        number = PRIORITIES[issue.priority]
        return {
            "self": f"{self._api}/priority/{number}",
            "id": str(number),
            "name": self._site.name_of("priority", number, issue.priority),
        }

    def _resolution(self, issue: Issue) -> Json | None:
        if issue.resolution is None:
            return None
        number = RESOLUTIONS[issue.resolution]
        return {
            "self": f"{self._api}/resolution/{number}",
            "id": str(number),
            "name": issue.resolution,
            "description": "",
        }

    def _brief(self, issue: Issue) -> Json:
        fields = {
            "summary": issue.summary,
            "status": self.status(issue.status),
            "priority": self._priority(issue),
            "issuetype": self.issue_type(issue.type),
        }
        return {
            "id": str(issue.id),
            "key": issue.key,
            "self": f"{self._api}/issue/{issue.id}",
            "fields": fields,
        }

    def _links(self, issue: Issue) -> list[Json]:
        kind = {
            "id": "10000",
            "name": "Blocks",
            "inward": "is blocked by",
            "outward": "blocks",
            "self": f"{self._api}/issueLinkType/10000",
        }
        found = ((link, self._site.find(str(FIRST_ID + link.other))) for link in issue.links)
        return [
            {
                "id": str(link.id),
                "self": f"{self._api}/issueLink/{link.id}",
                "type": kind,
                "outwardIssue" if link.outward else "inwardIssue": self._brief(other),
            }
            for link, other in found
            if other is not None
        ]

    def _comments(self, issue: Issue) -> Json:
        comments = self._site.comments(issue.index)
        shown = comments[: self.comments_shown]
        return {
            "self": f"{self._api}/issue/{issue.id}/comment",
            "startAt": 0,
            "maxResults": len(shown),
            "total": len(comments),
            "comments": [self.comment(issue, each) for each in shown],
        }

    def _avatars(self, of: str) -> Json:
        return {
            f"{size}x{size}": f"{self._base}/avatar/{of}?size={size}" for size in (16, 24, 32, 48)
        }

    def _parent(self, issue: Issue) -> Json | None:
        return None if issue.parent is None else self._brief(self._site.issue(issue.parent))

    def _person(self, user: User | None) -> Json | None:
        return None if user is None else self.user(user)


_SHOW: dict[str, Callable[[Shapes, Issue], object]] = {
    "summary": lambda _, issue: issue.summary,
    "description": lambda _, issue: issue.description,
    "issuetype": lambda shapes, issue: shapes.issue_type(issue.type),
    "project": lambda shapes, issue: shapes.project(issue.project),
    "status": lambda shapes, issue: shapes.status(issue.status),
    "priority": lambda shapes, issue: shapes._priority(issue),
    "resolution": lambda shapes, issue: shapes._resolution(issue),
    "resolutiondate": lambda shapes, issue: (
        None if issue.resolved is None else shapes.time(issue.resolved)
    ),
    "created": lambda shapes, issue: shapes.time(issue.created),
    "updated": lambda shapes, issue: shapes.time(issue.updated),
    "duedate": lambda _, issue: issue.due,
    "labels": lambda _, issue: list(issue.labels),
    "components": lambda _, issue: list(issue.components),
    "fixVersions": lambda _, issue: list(issue.fix_versions),
    "assignee": lambda shapes, issue: shapes._person(issue.assignee),
    "reporter": lambda shapes, issue: shapes.user(issue.reporter),
    "creator": lambda shapes, issue: shapes.user(issue.reporter),
    "parent": lambda shapes, issue: shapes._parent(issue),
    "subtasks": lambda shapes, issue: [
        shapes._brief(child) for child in shapes._site.children(issue)
    ],
    "issuelinks": lambda shapes, issue: shapes._links(issue),
    "comment": lambda shapes, issue: shapes._comments(issue),
}


def _change(change: Change) -> Json:
    shown: Json = {
        "field": change.field,
        "fieldtype": "custom" if (change.field_id or "").startswith("customfield_") else "jira",
        "from": change.from_id,
        "fromString": change.from_text,
        "to": change.to_id,
        "toString": change.to_text,
    }
    if change.field_id is not None:
        shown["fieldId"] = change.field_id
    return shown
