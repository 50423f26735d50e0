"""The Jira of Elsterwerk: its set-up, and drafts of issues made into what the stand-in serves.

What belongs here: people, projects, types, statuses, fields, and the shapes of change logs. What
does not: the issues themselves (``issues``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from sandbox.company.adf import document, paragraph
from sandbox.server.clock import to_ms
from sandbox.server.jira.records import (
    RESOLUTIONS,
    Change,
    Columns,
    Comment,
    CustomField,
    History,
    Issue,
    IssueLink,
    IssueType,
    Json,
    Project,
    Scheme,
    Status,
    User,
)

ZONE = ZoneInfo("Europe/Berlin")
_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes"

CURRENT, BASELINE, TARGET = "customfield_11003", "customfield_11001", "customfield_11002"
UNIT, KIND, SUPPORTS = "customfield_11004", "customfield_11005", "customfield_11006"
POINTS, SPRINT, TIER = "customfield_10033", "customfield_10020", "customfield_11010"


def _number(id_: str, name: str) -> CustomField:
    return CustomField(id_, name, {"type": "number", "custom": f"{_TYPES}:float"})


def _choice(id_: str, name: str) -> CustomField:
    return CustomField(id_, name, {"type": "option", "custom": f"{_TYPES}:select"})


_FIELDS = (
    CustomField(
        SPRINT,
        "Sprint",
        {"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    ),
    _number(POINTS, "Story Points"),
    _number(BASELINE, "Baseline"),
    _number(TARGET, "Target value"),
    _number(CURRENT, "Current value"),
    _choice(UNIT, "Unit"),
    _choice(KIND, "Kind"),
    CustomField(SUPPORTS, "Supports", {"type": "string", "custom": f"{_TYPES}:textfield"}),
    _choice(TIER, "Customer tier"),
    _choice("customfield_11011", "Unit"),  # of the warehouse's tickets: names repeat
)
_NAME_OF = {each.id: each.name for each in _FIELDS}
_TYPE_OF = {each.id: each.schema["type"] for each in _FIELDS}

_ISSUE_TYPES = (
    IssueType(10100, "Objective", 3),
    IssueType(10101, "Key Result", 2),
    IssueType(10000, "Epic", 1),
    IssueType(10001, "Story", 0),
    IssueType(10002, "Task", 0),
    IssueType(10003, "Bug", 0),
    IssueType(10005, "Sub-task", -1),
)
TO_DO, IN_PROGRESS, REVIEW, DONE, REJECTED = 10200, 10201, 10202, 10204, 10205
FLT_ACCEPTANCE, BIL_ACCEPTANCE = 10301, 10302
_STATUSES = (
    Status(TO_DO, "To Do", "new"),
    Status(IN_PROGRESS, "In Arbeit", "indeterminate"),
    Status(REVIEW, "In Review", "indeterminate"),
    Status(DONE, "Erledigt", "done"),
    Status(REJECTED, "Won't do", "done"),
    Status(FLT_ACCEPTANCE, "Abnahme", "indeterminate"),
    Status(BIL_ACCEPTANCE, "Abnahme", "done"),
)
_STATUS = {each.id: each for each in _STATUSES}
_FORMER = {IN_PROGRESS: "In Progress", DONE: "Done"}
_RENAMED = datetime(2026, 11, 2, 8, 0, tzinfo=ZONE)
SCHEME = Scheme(_ISSUE_TYPES, _STATUSES, _FIELDS)


def _person(name: str, login: str, *, active: bool = True) -> User:
    account = hashlib.sha256(login.encode()).hexdigest()[:24]
    return User(account, name, f"{login}@elsterwerk.example", active, "Europe/Berlin")


JANA = _person("Jana Köhler", "jana.koehler")
PIOTR = _person("Piotr Nowak", "piotr.nowak")
MEHMET = _person("Mehmet Aydın", "mehmet.aydin")
INES = _person("Ines Vogt", "ines.vogt")
RUTH = _person("Ruth Barth", "ruth.barth", active=False)
READER = User("5f0c", "okr-sync", "okr-sync@elsterwerk.example", True, "America/New_York")

_OKR = Project(10400, "OKR", "Objectives & Key Results", JANA)
_FLT = Project(10401, "FLT", "Fleet", JANA)
_BIL = Project(10402, "BIL", "Billing", MEHMET)
_STR = Project(10403, "STR", "Strategy", INES)
PROJECTS = (_OKR, _FLT, _BIL, _STR)
_PROJECT = {each.key: each for each in PROJECTS}

_OPTIONS = ("%", "days", "Tage", "working hours", "points", "increase", "decrease", "at least")
_OPTIONS += ("at most", "yes/no", "Gold", "Silver")
_SPRINTS = {"FLT 11": 311, "FLT 12": 312}
_VERSIONS = {("FLT", "4.9"): 10600, ("FLT", "5.0"): 10601, ("FLT", "5.1"): 10602}
_VERSIONS |= {("BIL", "5.0"): 10610}
_COMPONENTS = {("FLT", "API"): 10700, ("FLT", "Web app"): 10701, ("FLT", "Mobile"): 10702}

Step = tuple[str, Mapping[str, Any]]
"""When, and the fields that change then: ``status``, ``labels``, ``points`` and so on."""


def instant(day_and_time: str) -> datetime:
    """``10-05 09:00`` in Leipzig, in 2026."""
    return datetime.strptime(f"2026-{day_and_time}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@dataclass(frozen=True)
class Said:
    """A comment; ``edited`` is when its text became the present one."""

    when: str
    author: User
    body: Json | str
    edited: str | None = None


@dataclass(frozen=True)
class Draft:
    """An issue as a person would tell of it: how it began, and what was done to it when.

    Attributes:
        key: Its first key.
        began: Its fields when it was created, by the names that ``log`` uses: those of
            :data:`_NAMES`, ``labels``, ``versions``, ``components``, ``sprints``.
        log: What changed later; ``moved`` is the key that it got in another project.
        parent: The first key of the issue above it.
        linked: First keys of the issues that it blocks.
    """

    key: str
    type: str
    summary: str
    created: str
    log: Sequence[Step] = ()
    began: Mapping[str, Any] = field(default_factory=dict)
    description: Json | None = None
    parent: str | None = None
    linked: Sequence[str] = ()
    comments: Sequence[Said] = ()
    assignee: User | None = PIOTR


_NAMES = {"points": POINTS, "baseline": BASELINE, "target": TARGET, "current": CURRENT}
_NAMES |= {"unit": UNIT, "kind": KIND, "supports": SUPPORTS, "tier": TIER}


class SiteContent:
    """Every issue of the site; see :class:`sandbox.server.jira.records.Content`."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.projects = PROJECTS
        self.users = (JANA, PIOTR, MEHMET, INES, RUTH, READER)
        self.archived: tuple[int, ...] = ()
        self.old_keys: dict[str, int] = {}
        self._at = {draft.key: index for index, draft in enumerate(drafts)}
        self._linked: dict[int, list[IssueLink]] = {}
        for index, draft in enumerate(drafts):
            for number, other in enumerate(map(self._at.__getitem__, draft.linked)):
                id_ = 20_000 + 10 * index + number
                self._linked.setdefault(index, []).append(IssueLink(id_, other))
                self._linked.setdefault(other, []).append(IssueLink(id_, index, outward=False))
        made = [self._made(index, draft) for index, draft in enumerate(drafts)]
        self._issues = [issue for issue, _ in made]
        self._histories = [histories for _, histories in made]
        self._comments = [_comments(index, draft) for index, draft in enumerate(drafts)]
        self._keys = {issue.key: issue.index for issue in self._issues}

    def columns(self) -> Columns:
        """The searchable columns."""
        issues = self._issues
        label_sets = list(dict.fromkeys(issue.labels for issue in issues))

        def codes(known: Sequence[Any], of: str) -> Any:
            return np.array([known.index(getattr(each, of)) for each in issues], dtype=np.int16)

        return Columns(
            created=np.array([each.created for each in issues], dtype=np.int64),
            updated=np.array([each.updated for each in issues], dtype=np.int64),
            project=codes(PROJECTS, "project"),
            type=codes(_ISSUE_TYPES, "type"),
            status=codes(_STATUSES, "status"),
            labels=codes(label_sets, "labels"),
            label_sets=label_sets,
        )

    def issue(self, index: int) -> Issue:
        """The issue at ``index``."""
        return self._issues[index]

    def histories(self, index: int) -> tuple[History, ...]:
        """Its change log, oldest first."""
        return self._histories[index]

    def comments(self, index: int) -> tuple[Comment, ...]:
        """Its comments, oldest first."""
        return self._comments[index]

    def index_of(self, key: str) -> int | None:
        """The index of the issue with that key; None if there is none."""
        return self._keys.get(key)

    def _made(self, index: int, draft: Draft) -> tuple[Issue, tuple[History, ...]]:
        now = _Now(draft)
        histories = []
        for number, (when, changed) in enumerate(draft.log):
            at = to_ms(instant(when))
            changes = [one for name, value in changed.items() for one in now.set(name, value, at)]
            author = draft.assignee or JANA
            histories.append(History(30_000 + 100 * index + number, at, author, tuple(changes)))
        if now.key != draft.key:
            self.old_keys[draft.key] = index
        last = [each.at for each in histories] or [to_ms(instant(draft.created))]
        said = [to_ms(instant(each.edited or each.when)) for each in draft.comments]
        return now.issue(
            index=index,
            updated=max(last + said),
            description=draft.description,
            parent=None if draft.parent is None else self._at[draft.parent],
            links=tuple(self._linked.get(index, ())),
            assignee=draft.assignee,
        ), tuple(histories)


class _Now:
    """An issue while its change log is written."""

    def __init__(self, draft: Draft) -> None:
        self.key = draft.key
        self._draft = draft
        self._status = TO_DO
        self._resolution: str | None = None
        self._resolved: int | None = None
        self._fields = dict(draft.began)

    def set(self, name: str, value: Any, at: int) -> list[Change]:
        """Change one field; the items of the change log."""
        if name == "status":
            return self._set_status(value, at)
        if name == "moved":
            return self._move(value)
        old, self._fields[name] = self._fields.get(name), value
        if name == "labels":
            return [Change("labels", "labels", "", " ".join(old or ()), "", " ".join(value))]
        if name in ("versions", "components"):
            return self._set_listed(name, old or (), value)
        if name == "sprints":
            ids = [", ".join(str(_SPRINTS[each]) for each in some or ()) for some in (old, value)]
            texts = [", ".join(some or ()) for some in (old, value)]
            return [Change("Sprint", SPRINT, ids[0], texts[0], ids[1], texts[1])]
        field_id = _NAMES[name]
        if _TYPE_OF[field_id] == "option":
            ids = [None if one is None else _option(one)["id"] for one in (old, value)]
            return [Change(_NAME_OF[field_id], field_id, ids[0], old, ids[1], value)]
        texts = [None if one is None else str(one) for one in (old, value)]
        return [Change(_NAME_OF[field_id], field_id, None, texts[0], None, texts[1])]

    def issue(self, **others: Any) -> Issue:
        """The issue as it is now."""
        fields, project = self._fields, self.key.split("-")[0]
        custom = {
            _NAMES[name]: _option(value) if _TYPE_OF[_NAMES[name]] == "option" else value
            for name, value in fields.items()
            if name in _NAMES and value is not None
        }
        if sprints := fields.get("sprints"):
            custom[SPRINT] = [_sprint(each) for each in sprints]
        return Issue(
            key=self.key,
            project=_PROJECT[project],
            type=next(each for each in _ISSUE_TYPES if each.name == self._draft.type),
            summary=self._draft.summary,
            status=_STATUS[self._status],
            created=to_ms(instant(self._draft.created)),
            reporter=RUTH,
            resolution=self._resolution,
            resolved=self._resolved,
            labels=tuple(fields.get("labels", ())),
            due=fields.get("due"),
            components=tuple(
                {"id": str(_COMPONENTS[project, each]), "name": each}
                for each in fields.get("components", ())
            ),
            fix_versions=tuple(
                {"id": str(_VERSIONS[project, each]), "name": each, "released": False}
                for each in fields.get("versions", ())
            ),
            custom=custom,
            **others,
        )

    def _set_status(self, new: int, at: int) -> list[Change]:
        old, self._status = self._status, new
        ids, texts = (str(old), str(new)), [_status_name(one, at) for one in (old, new)]
        changes = [Change("status", "status", ids[0], texts[0], ids[1], texts[1])]
        done = _STATUS[new].category == "done"
        resolution = ("Won't Do" if new == REJECTED else "Done") if done else None
        if resolution != self._resolution:
            held = self._resolution
            before, after = (str(RESOLUTIONS[one]) if one else None for one in (held, resolution))
            changes.append(Change("resolution", "resolution", before, held, after, resolution))
            self._resolution, self._resolved = resolution, at if resolution else None
        return changes

    def _move(self, key: str) -> list[Change]:
        old, new = (_PROJECT[one.split("-")[0]] for one in (self.key, key))
        changes = [
            Change("project", "project", str(old.id), old.name, str(new.id), new.name),
            Change("Key", None, None, self.key, None, key),
        ]
        self.key = key
        return changes

    def _set_listed(self, name: str, old: Sequence[str], new: Sequence[str]) -> list[Change]:
        label, field_id, ids = {
            "versions": ("Fix Version", "fixVersions", _VERSIONS),
            "components": ("Component", "components", _COMPONENTS),
        }[name]
        project = self.key.split("-")[0]
        gone = [
            Change(label, field_id, str(ids[project, each]), each, None, None)
            for each in old
            if each not in new
        ]
        return gone + [
            Change(label, field_id, None, None, str(ids[project, each]), each)
            for each in new
            if each not in old
        ]


def _status_name(status: int, at: int) -> str:
    """What it was called then."""
    name = _STATUS[status].name
    return _FORMER.get(status, name) if at < to_ms(_RENAMED) else name


def _option(value: str) -> Json:
    return {"id": str(11_500 + _OPTIONS.index(value)), "value": value}


def _sprint(name: str) -> Json:
    state = "closed" if name == "FLT 11" else "active"
    return {"id": _SPRINTS[name], "name": name, "state": state, "boardId": 7, "goal": ""}


def _comments(index: int, draft: Draft) -> tuple[Comment, ...]:
    return tuple(
        Comment(
            id=40_000 + 100 * index + number,
            at=to_ms(instant(said.when)),
            author=said.author,
            body=_words(said.body) if isinstance(said.body, str) else said.body,
            edited=to_ms(instant(said.edited)) if said.edited else None,
        )
        for number, said in enumerate(draft.comments)
    )


def _words(text: str) -> Json:
    return document(*(paragraph(line) for line in text.split("\n")))
