"""Planted issues: the issues that the definition lists, which are epics, tickets, special issues.

What belongs here: turning those entries into issues with change logs. What does not: filler issues
around them (``filler_issues``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from sandbox.company.adf import card, document, mention, paragraph, table
from sandbox.company.definition_records import Initiative, Metric, SpecialIssue, Ticket
from sandbox.company.filler_issues import status_change
from sandbox.company.ids import account_id, page_url
from sandbox.company.truth import Definition
from sandbox.server.clock import to_ms
from sandbox.server.jira.records import (
    DECOY_FIELD,
    KEY_RESULT_FIELD,
    RANK_FIELD,
    RESOLUTIONS,
    SPRINT_FIELD,
    STATUS_BY_NAME,
    STATUSES,
    TYPE_BY_NAME,
    Change,
    Comment,
    History,
    Issue,
    IssueLink,
    Json,
    Project,
    RemoteLink,
    User,
)

_FIRST_HISTORY = 10_000
_HOUR = 3_600_000


@dataclass
class Planted:
    """The planted issues in the order of their indexes, with their logs and comments."""

    issues: list[Issue] = field(default_factory=list)
    histories: list[tuple[History, ...]] = field(default_factory=list)
    comments: dict[int, tuple[Comment, ...]] = field(default_factory=dict)
    old_keys: dict[str, int] = field(default_factory=dict)
    archived: list[int] = field(default_factory=list)

    def index_of(self, key: str) -> int:
        """The index of the issue with that key."""
        return next(issue.index for issue in self.issues if issue.key == key)


def plant(story: Definition, projects: Mapping[str, Project], users: Mapping[str, User]) -> Planted:
    """Every issue of the definition: epics first, then special issues, then tickets."""
    planting = _Planting(story, projects, users)
    for initiative in story.initiatives:
        if initiative.key is not None:
            planting.epic(initiative)
    for special in story.special_issues:
        planting.special(special)
    for metric in story.metrics.values():
        if metric.place == "tickets":
            planting.tickets(metric)
    planting.tie()
    return planting.planted


class _Planting:
    def __init__(
        self, story: Definition, projects: Mapping[str, Project], users: Mapping[str, User]
    ) -> None:
        self.planted = Planted()
        self._story = story
        self._projects = projects
        self._users = users
        self._now = to_ms(story.clock)
        self._next_history = _FIRST_HISTORY
        self._people = {
            team.project: [users[each] for each in team.members]
            for team in story.teams
            if team.project
        }

    def epic(self, initiative: Initiative) -> None:
        """An initiative's epic, created ten days before its cycle."""
        claims = initiative.claims
        start = self._story.cycle(initiative.cycle).start - timedelta(days=10)
        created = to_ms(datetime.combine(start, time(10), self._story.zone))
        owner = self._users[initiative.owner]
        issue = self._issue(
            str(initiative.key),
            "Epic",
            summary=initiative.title,
            created=created,
            status=initiative.status,
            assignee=owner,
            reporter=owner,
            description=self._description(claims.get("brief", ())),
            labels=tuple(claims.get("labels", ())),
            custom=_claimed_fields(claims),
            remote_links=tuple(
                RemoteLink(
                    20_000 + number,
                    page_url("key_results", link["key_result"]),
                    link["title"],
                    "mentioned in",
                )
                for number, link in enumerate(claims.get("remote", ()))
            ),
        )
        changes: list[tuple[Change, ...]] = []
        if "field" in claims:
            changes = [(Change("Key Result", KEY_RESULT_FIELD, None, None, None, claims["field"]),)]
        late = "field_since" in claims
        self._add(issue, [] if late else changes, weeks=12 if issue.resolution else 3)
        if late:
            self._append(datetime.fromisoformat(claims["field_since"]), changes[0])

    def special(self, special: SpecialIssue) -> None:
        """A special issue."""
        project = special.key.split("-")[0]
        people = self._people[project]
        created = to_ms(special.created)
        issue = self._issue(
            special.key,
            special.type,
            summary=special.summary,
            created=created,
            status=special.status,
            assignee=self._users[special.assignee] if special.assignee else people[0],
            reporter=people[-1] if people[-1].active else people[0],
            labels=special.labels,
            priority=special.priority,
            resolved=to_ms(special.resolved) if special.resolved else None,
            parent=self.planted.index_of(special.parent) if special.parent else None,
            custom={SPRINT_FIELD: _sprints(special.sprints)} if special.sprints else {},
        )
        more: list[tuple[Change, ...]] = [
            (Change("Rank", RANK_FIELD, "", "", "", f"Ranked {way}"),)
            for _, way in zip(
                range(max(0, special.histories - len(_status_moves(issue)))), _ways(), strict=False
            )
        ]
        if special.moved_from:
            self.planted.old_keys[special.moved_from] = issue.index
            more.append(_moved(special.moved_from, issue, self._projects))
        if special.archived:
            self.planted.archived.append(issue.index)
        self._add(issue, more, weeks=2)
        if special.reopened:
            self._reopen(special)

    def tickets(self, metric: Metric) -> None:
        """The resolved issues whose durations a measure evaluates."""
        project, issue_type = metric.where["project"], metric.where["issue_type"]
        taken = [issue.key for issue in self.planted.issues if issue.project.key == project]
        first = 1 + max(int(key.split("-")[1]) for key in taken)
        for number, ticket in enumerate(metric.tickets):
            self._ticket(f"{project}-{first + number}", issue_type, metric, ticket, number)

    def _append(self, local: datetime, made: tuple[Change, ...]) -> None:
        """Add an entry to the log of the newest issue, at a local time after all others."""
        at, log = to_ms(local.replace(tzinfo=self._story.zone)), self.planted.histories[-1]
        self.planted.histories[-1] = (*log, History(self._next_history, at, log[-1].author, made))
        self.planted.issues[-1] = replace(self.planted.issues[-1], updated=at)
        self._next_history += 1

    def _reopen(self, special: SpecialIssue) -> None:
        """Add a resolution and a reopening to the log of the newest issue."""
        log = self.planted.histories[-1]
        assert special.resolved_then is not None  # noqa: S101 - the definition says both or none
        assert special.reopened is not None  # noqa: S101 - as above
        times = (to_ms(special.resolved_then), to_ms(special.reopened))
        more = tuple(
            History(self._next_history + number, at, log[-1].author, made)
            for number, (at, made) in enumerate(zip(times, _reopened(), strict=True))
        )
        self._next_history += len(more)
        started = log[0]._replace(at=(self.planted.issues[-1].created + times[0]) // 2)
        self.planted.histories[-1] = (started, *more)
        self.planted.issues[-1] = replace(self.planted.issues[-1], updated=times[-1])

    def tie(self) -> None:
        """Set the children of parents, and the link of an epic that blocks another."""
        issues = self.planted.issues
        for issue in list(issues):
            if issue.parent is not None and issue.type.level < 0:
                parent = issues[issue.parent]
                issues[parent.index] = replace(parent, children=(*parent.children, issue.index))
        first, second = issues[0], issues[1]
        issues[0] = replace(first, links=(IssueLink(30_000, second.index),))
        issues[1] = replace(second, links=(IssueLink(30_000, first.index, outward=False),))

    def _ticket(
        self, key: str, issue_type: str, metric: Metric, ticket: Ticket, number: int
    ) -> None:
        people = [user for user in self._people[metric.where["project"]] if user.active]
        issue = self._issue(
            key,
            issue_type,
            summary=f"{_TROUBLES[number % len(_TROUBLES)]} ({number + 1})",
            created=to_ms(ticket.created),
            status="Done",
            assignee=people[number % len(people)],
            reporter=people[-1],
            priority=metric.where.get("priority", "Medium"),
            resolved=to_ms(ticket.resolved),
        )
        self._add(issue, [], weeks=0)

    def _issue(self, key: str, issue_type: str, *, created: int, status: str, **more: Any) -> Issue:
        done = STATUS_BY_NAME[status].category == "done"
        return Issue(
            index=len(self.planted.issues),
            key=key,
            project=self._projects[key.split("-")[0]],
            type=TYPE_BY_NAME[issue_type],
            created=created,
            updated=created,
            status=STATUS_BY_NAME[status],
            resolution="Done" if done else None,
            **more,
        )

    def _add(self, issue: Issue, changes: list[tuple[Change, ...]], weeks: int) -> None:
        """Add an issue with a change log that ends in its status, spread over ``weeks``."""
        moves = _status_moves(issue)
        resolving = [moves.pop()] if issue.resolution else []
        entries = [*moves[:1], *changes, *moves[1:], *resolving]
        end = issue.resolved or min(
            issue.created + max(1, weeks) * 7 * 24 * _HOUR, self._now - 9 * _HOUR
        )
        author = issue.assignee or issue.reporter
        histories = tuple(
            History(
                self._next_history + number,
                issue.created + (end - issue.created) * (number + 1) // len(entries),
                author,
                made,
            )
            for number, made in enumerate(entries)
        )
        self._next_history += len(entries)
        updated = histories[-1].at if histories else issue.created
        resolved = updated if issue.resolution and issue.resolved is None else issue.resolved
        self.planted.issues.append(replace(issue, updated=updated, resolved=resolved))
        self.planted.histories.append(histories)
        if issue.type.name == "Epic":
            body = document(paragraph("Kick-off notes are in the shared folder."))
            comment = Comment(40_000 + issue.index, (issue.created + updated) // 2, author, body)
            self.planted.comments[issue.index] = (comment,)

    def _description(self, brief: Iterable[Mapping[str, Any]]) -> Json | None:
        blocks = []
        for block in brief:
            if "text" in block:
                blocks.append(paragraph(block["text"]))
            elif "table" in block:
                blocks.append(table(block["table"]))
            elif "card" in block:
                blocks.append(paragraph(card(page_url("key_results", block["card"]))))
            else:
                person = self._story.people[block["mention"]]
                blocks.append(paragraph(mention(account_id(person.id), person.name), " leads."))
        return document(*blocks) if blocks else None


_TROUBLES = (
    "Cannot sign in after changing the password",
    "Attachment is missing from the answer",
    "Wrong time zone in the report",
    "Search finds closed conversations only",
    "Mail arrives twice",
    "Import stops half way",
    "Colleague cannot be invited",
)


def _claimed_fields(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The two fields named Key Result, where they are set."""
    custom: dict[str, Any] = {}
    if "field" in claims:
        custom[KEY_RESULT_FIELD] = claims["field"]
    if "decoy_field" in claims:
        custom[DECOY_FIELD] = {
            "self": "https://larkfield.atlassian.net/rest/api/3/customFieldOption/10310",
            "id": "10310",
            "value": claims["decoy_field"],
        }
    return custom


def _status_moves(issue: Issue) -> list[tuple[Change, ...]]:
    """From To Do via In Progress to the issue's status."""
    start, working, final = STATUSES[0], STATUSES[1], issue.status
    if final is start:
        return []
    moves: list[tuple[Change, ...]] = [(status_change(start, working),)]
    if final is working:
        return moves
    if final.category != "done":
        return [*moves, (status_change(working, final),)]
    id_ = str(RESOLUTIONS[issue.resolution]) if issue.resolution else None
    resolution = Change("resolution", "resolution", None, None, id_, issue.resolution)
    return [*moves, (status_change(working, final), resolution)]


def _moved(old_key: str, issue: Issue, projects: Mapping[str, Project]) -> tuple[Change, ...]:
    before = projects[old_key.split("-")[0]]
    return (
        Change(
            "project",
            "project",
            str(before.id),
            before.name,
            str(issue.project.id),
            issue.project.name,
        ),
        Change("Key", None, None, old_key, None, issue.key),
    )


def _reopened() -> list[tuple[Change, ...]]:
    working, done = STATUS_BY_NAME["In Progress"], STATUS_BY_NAME["Done"]
    return [
        (
            status_change(working, done),
            Change("resolution", "resolution", None, None, "10000", "Done"),
        ),
        (
            status_change(done, working),
            Change("resolution", "resolution", "10000", "Done", None, None),
        ),
    ]


def _sprints(count: int) -> list[Json]:
    """Several sprints on one issue; the last is planned and has no dates yet."""
    dates = [
        {"startDate": f"2026-{month}-05T01:00:00.000Z", "endDate": f"2026-{month}-19T01:00:00.000Z"}
        for month in ("10", "11", "12")
    ]
    return [
        {
            "id": 70 + number,
            "name": f"Sprint {31 + number}",
            "state": "future" if number == count - 1 else ("active" if number else "closed"),
            "boardId": 7,
            "goal": "",
            **({} if number == count - 1 else dates[number]),
        }
        for number in range(count)
    ]


def _ways() -> Iterable[str]:
    while True:
        yield "higher"
        yield "lower"
