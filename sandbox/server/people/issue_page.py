"""The page that opens at an issue's address, ``/browse/KEY``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from sandbox.server.jira.fields import field_list
from sandbox.server.jira.records import RANK_FIELD, SPRINT_FIELD, Issue, Json
from sandbox.server.jira.store import JiraSite
from sandbox.server.people import html
from sandbox.server.people.addresses import local_address


class IssuePages:
    """Pages of a site's issues, in the time zone of its API's account."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._zone = ZoneInfo(site.me.time_zone)
        self._names = {str(one["id"]): str(one["name"]) for one in field_list(site.custom_fields)}

    async def show(self, request: Request) -> Response:
        """One issue: its fields, links, comments and change log."""
        key = request.path_params["key"]
        issue = self._site.find(key)
        if issue is None:
            return html.missing(f"issue {key}")
        place = ["Jira", issue.project.name, issue.type.name, issue.key]
        where = [*place, f"times are those of {self._site.me.time_zone}"]
        return html.page(
            f"{issue.key}: {issue.summary}",
            where,
            html.facts(self._facts(issue)),
            self._description(issue),
            html.table("Links", ("To", "How"), self._links(issue)),
            html.table(
                "Comments",
                ("When", "Who", "What"),
                [
                    (self._time(one.at), one.author.name, _text(one.body).strip())
                    for one in self._site.comments(issue.index)
                ],
            ),
            html.table("Change log", ("When", "Who", "Field", "From", "To"), self._log(issue)),
        )

    def link(self, issue: Issue) -> html.Link:
        """Where an issue's page is."""
        return html.Link(f"{issue.key} {issue.summary}", f"/jira/browse/{issue.key}")

    def _facts(self, issue: Issue) -> dict[str, html.Shown]:
        custom = {
            f"{self._names.get(id, id)} ({id})": _text(value)
            for id, value in issue.custom.items()
            if id not in (RANK_FIELD, SPRINT_FIELD)
        }
        parent = self.link(self._site.issue(issue.parent)) if issue.parent is not None else None
        return {
            "Status": issue.status.name,
            **custom,
            "Labels": ", ".join(issue.labels),
            "Parent": parent,
            "Assignee": issue.assignee.name if issue.assignee else None,
            "Reporter": issue.reporter.name,
            "Priority": issue.priority,
            "Resolution": issue.resolution,
            "Created": self._time(issue.created),
            "Updated": self._time(issue.updated),
            "Resolved": self._time(issue.resolved) if issue.resolved else None,
        }

    def _description(self, issue: Issue) -> str:
        links = [html.Link(url, local_address(url)) for url in _urls(issue.description)]
        text = _text(issue.description).strip()
        rows = [(text, links)] if text or links else []
        return html.table("Description", ("Text", "Leads to"), rows)

    def _links(self, issue: Issue) -> list[tuple[html.Shown, html.Shown]]:
        remote = [
            (html.Link(one.title, local_address(one.url)), one.relationship)
            for one in issue.remote_links
        ]
        others = [
            (self.link(self._site.issue(one.other)), "blocks" if one.outward else "is blocked by")
            for one in issue.links
        ]
        below = [(self.link(one), "sub-task") for one in self._site.children(issue)]
        return [*remote, *others, *below]

    def _log(self, issue: Issue) -> list[tuple[html.Shown, ...]]:
        return [
            (self._time(entry.at), entry.author.name, one.field, one.from_text, one.to_text)
            for entry in reversed(self._site.histories(issue.index))
            for one in entry.changes
        ]

    def _time(self, milliseconds: int) -> str:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(self._zone)
        return f"{moment:%Y-%m-%d %H:%M}"


def _text(value: Any) -> str:
    """The words of a rich text, or of a field's value."""
    if isinstance(value, dict) and value.get("type") in ("doc", "paragraph", "tableRow"):
        return "".join(_text(one) for one in value.get("content", ())) + "\n"
    if isinstance(value, dict) and "type" in value:
        attributes: Json = value.get("attrs") or {}
        own = value.get("text") or attributes.get("text") or attributes.get("url") or ""
        return str(own) + " ".join(_text(one) for one in value.get("content", ()))
    if isinstance(value, dict):
        return str(value.get("value") or value.get("name") or "")
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(one) for one in value)
    return "" if value is None else str(value)


def _urls(node: Any) -> list[str]:
    """The addresses in a rich text, in its order."""
    if not isinstance(node, dict):
        return []
    own = (node.get("attrs") or {}).get("url")
    marks = [(mark.get("attrs") or {}).get("href") for mark in node.get("marks", ())]
    inner = [url for one in node.get("content", ()) for url in _urls(one)]
    return [str(url) for url in (own, *marks) if url] + inner
