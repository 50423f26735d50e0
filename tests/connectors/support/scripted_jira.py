"""A very small Jira whose every misbehaviour a test can script.

It knows just enough of search, change logs, fields and remote links to tell whether a pull is
whole; the sandbox's stand-in is the one that follows the specification.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource
from connectors.records import Cursor, Message, Present, Problem, Rows
from tests.connectors.support.clock import NOW, Clock
from tests.connectors.support.loopback import Asked, Loopback, Reply, json_reply, serving

Row = dict[str, Any]
TOKEN = "s3cr3t-t0ken"
FIELDS = [
    {"id": "summary", "name": "Summary", "custom": False, "schema": {"type": "string"}},
    {"id": "assignee", "name": "Assignee", "custom": False, "schema": {"type": "user"}},
    {"id": "duedate", "name": "Due date", "custom": False, "schema": {"type": "date"}},
    {"id": "customfield_1", "name": "Key Result", "custom": True, "schema": {"type": "option"}},
    {"id": "customfield_2", "name": "Twice", "custom": True, "schema": {"type": "string"}},
    {
        "id": "customfield_3",
        "name": "Twice",
        "custom": True,
        "schema": {"type": "array", "items": "option"},
    },
    {"id": "issuekey", "name": "Key", "custom": False},
]


class ScriptedJira:
    """The site; ``interrupt`` may answer a request in its place."""

    def __init__(self) -> None:
        self.issues: dict[str, Row] = {}
        self.logs: dict[str, list[Row]] = {}
        self.links: dict[str, list[Row]] = {}
        self.comments: dict[str, list[Row]] = {}
        self.comments_shown = 20  # within an issue
        self.fields: list[Row] = list(FIELDS)
        self.projects = {"SUP", "WEB"}
        self.omitted: set[str] = set()  # left out of bulk fetches although they are there
        self.interrupt: Callable[[Asked], Reply | None] = lambda asked: None
        self.entries_a_page = 10_000
        self.sizes: Iterator[int] = itertools.repeat(10_000)  # the most it serves, page by page

    def add(self, number: int, project: str = "WEB", **fields: Any) -> Row:
        """Create an issue, a minute after the one before."""
        created = NOW - timedelta(days=30) + timedelta(minutes=number)
        issue = {
            "id": str(10_000 + number),
            "key": f"{project}-{number}",
            "fields": {
                "summary": f"Issue {number}",
                "project": {"key": project},
                "issuetype": {"name": "Task"},
                "status": {"name": "Done", "statusCategory": {"key": "done"}},
                "created": stamp(created),
                "updated": stamp(created),
                "customfield_1": None,
                **fields,
            },
        }
        self.issues[issue["id"]] = issue
        self.logs[issue["id"]] = [history(number, created)]
        return issue

    def touch(self, number: int, at: datetime, **fields: Any) -> None:
        self.issues[str(10_000 + number)]["fields"].update(updated=stamp(at), **fields)

    def answer(self, asked: Asked) -> Reply:
        path = re.sub("^/rest/api/[23]", "", asked.path.partition("?")[0])
        special = self.interrupt(asked)
        if special is not None:
            return special
        if asked.method == "POST":
            bulk = {
                "/search/jql": self._search,
                "/issue/bulkfetch": self._fetch,
                "/changelog/bulkfetch": self._changes,
            }
            return bulk[path](asked.json) if path in bulk else Reply(404)
        if found := re.fullmatch(r"/issue/(\d+)/comment", path):
            start = int(asked.path.partition("startAt=")[2].partition("&")[0])
            page = self.comments.get(found[1], [])
            return json_reply({"comments": page[start : start + 50], "total": len(page)})
        if found := re.fullmatch(r"/issue/(\d+)(/remotelink)?", path):
            one = self.issues.get(found[1])
            links = self.links.get(found[1], [])
            return json_reply(links if found[2] else one) if one else Reply(404)
        single: dict[str, Any] = {
            "/field": self.fields,
            "/serverInfo": {"deploymentType": "Cloud", "serverTitle": "Acme", "version": "1001"},
            "/myself": {"displayName": "Mia", "timeZone": "Asia/Kuala_Lumpur"},
            **{f"/project/{key}": {"key": key} for key in self.projects},
        }
        return json_reply(single[path]) if path in single else Reply(404)

    def _search(self, body: Row) -> Reply:
        since = re.search(r"updated >= (\d+)", body["jql"])
        bound = int(since[1]) if since else 0
        found = [one for one in self.issues.values() if updated_ms(one) >= bound]
        found.sort(key=lambda one: (one["key"].partition("-")[0], int(one["key"].split("-")[1])))
        start = int(body.get("nextPageToken", "at:0").removeprefix("at:").partition(".")[0])
        end = start + min(body["maxResults"], next(self.sizes))
        page: Row = {"issues": [served(one, body["fields"]) for one in found[start:end]]}
        if end < len(found):
            # After an empty page the place is the same, but the token is not.
            page["nextPageToken"] = f"at:{end}" if end > start else f"at:{end}.again"
        return json_reply(page)

    def _fetch(self, body: Row) -> Reply:
        """Issues by id, the last one first; nothing is said of those that are not there."""
        ids = [one for one in body["issueIdsOrKeys"] if one in self.issues]
        found = [one for one in reversed(ids) if one not in self.omitted]
        if body["fields"] == ["comment"]:
            return json_reply({"issues": [self._with_comments(one) for one in found]})
        return json_reply({"issues": [served(self.issues[one], body["fields"]) for one in found]})

    def _with_comments(self, issue: str) -> Row:
        """An issue with its newest comments."""
        whole = self.comments.get(issue, [])
        page = {"comments": whole[-self.comments_shown :], "total": len(whole)}
        return {"id": issue, "key": self.issues[issue]["key"], "fields": {"comment": page}}

    def _changes(self, body: Row) -> Reply:
        entries = [
            (one, entry) for one in body["issueIdsOrKeys"] for entry in self.logs.get(one, [])
        ]
        start = int(body.get("nextPageToken", "0"))
        end = start + min(body["maxResults"], self.entries_a_page)
        # As Jira does, the entries of one issue may end on one page and go on upon the next.
        logs: dict[str, list[Row]] = {}
        for one, entry in entries[start:end]:
            logs.setdefault(one, []).append(entry)
        page: Row = {
            "issueChangeLogs": [
                {"issueId": one, "changeHistories": found} for one, found in logs.items()
            ]
        }
        if end < len(entries):
            page["nextPageToken"] = str(end)
        return json_reply(page)


def site_of(count: int, **fields: Any) -> ScriptedJira:
    """A site with issues in two projects, numbered from 1."""
    site = ScriptedJira()
    for number in range(1, count + 1):
        site.add(number, "WEB" if number % 3 else "SUP", **fields)
    return site


def served(issue: Row, fields: list[str]) -> Row:
    if fields == ["key"]:
        return {"id": issue["id"], "key": issue["key"]}
    return issue | {"fields": {name: issue["fields"].get(name) for name in fields}}


def history(number: int, at: datetime, to: str = "Done", created: Any = None) -> Row:
    return {
        "id": str(90_000 + number),
        "created": stamp(at) if created is None else created,
        "author": {"accountId": "mia", "accountType": "atlassian"},
        "items": [
            {
                "field": "status",
                "fieldId": "status",
                "from": "1",
                "fromString": "To Do",
                "to": "3",
                "toString": to,
            },
            {"field": "resolution", "fieldId": "resolution", "from": None, "to": "1"},
        ],
    }


def comment(number: int, at: datetime, body: Any, author: str = "Mia") -> Row:
    return {
        "id": str(40_000 + number),
        "author": {"accountId": author.casefold(), "displayName": author},
        "body": body,
        "created": stamp(at),
        "updated": stamp(at),
    }


def stamp(at: datetime) -> str:
    """As Jira writes it: an offset without a colon."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}+0000"


def updated_ms(issue: Row) -> int:
    text = str(issue["fields"]["updated"])
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@contextmanager
def jira(site: ScriptedJira, **settings: Any) -> Iterator[tuple[JiraSource, Loopback]]:
    """A source that reads ``site`` and never really waits."""
    with serving(site.answer) as server:
        asked: Row = {"jql": "project in (SUP, WEB)", **settings}
        source = JiraSource(
            JiraSettings(f"{server.url}/", "mia@example.com", TOKEN, **asked), Clock().sleep
        )
        try:
            yield source, server
        finally:
            source.close()


def rows(messages: list[Message], stream: str) -> dict[str, Row]:
    """The records of a stream as a lake would hold them: the last one of each id."""
    tables = [one.table for one in messages if isinstance(one, Rows) and one.stream == stream]
    return {row["id"]: row for table in tables for row in table.to_pylist()}


def present(messages: list[Message], stream: str = "jira_issues") -> dict[str, set[str]]:
    found = [one for one in messages if isinstance(one, Present) and one.stream == stream]
    return {one.place: set(one.ids.to_pylist()) for one in found}


def problems(messages: list[Message]) -> list[Problem]:
    return [one for one in messages if isinstance(one, Problem)]


def last_cursor(messages: list[Message]) -> Cursor:
    cursors = [one.cursor for one in messages if isinstance(one, Rows) and one.cursor is not None]
    return cursors[-1] if cursors else {}


def calls(server: Loopback) -> list[str]:
    """The last part of each path asked for, in order; bulk requests by what they bring."""
    bulk = {"/issue/bulkfetch": "issues", "/changelog/bulkfetch": "changes"}
    paths = [asked.path.partition("?")[0] for asked in server.asked]
    return [bulk.get(path[len("/rest/api/3") :], path.rsplit("/", 1)[-1]) for path in paths]
