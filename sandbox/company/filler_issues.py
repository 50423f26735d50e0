"""Filler issues in Jira: stories, tasks and sub-tasks, any number of them.

What belongs here: work that no measure counts. An issue is a pure function of the seed and its
number, so a million of them need no memory; the searchable columns are computed vectorized.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sandbox.company.adf import bullets, document, mention, paragraph, strong, table
from sandbox.server.jira.records import (
    POINTS_FIELD,
    RANK_FIELD,
    RESOLUTIONS,
    STATUSES,
    TYPE_BY_NAME,
    Change,
    Comment,
    History,
    Issue,
    Json,
    Project,
    Status,
    User,
)

FIRST_KEY = 1001
"""The number in the first filler issue's key, in every project."""
LABEL_SETS: tuple[tuple[str, ...], ...] = (
    (),
    ("ops",),
    ("ux",),
    ("backend", "tech-debt"),
    ("follow-up",),
    ("docs",),
)

_GROUP = ("Story", "Task", "Sub-task", "Sub-task", "Story", "Task")
_FIRST_HISTORY = 1_000_000
_MASK = 0xFFFFFFFFFFFFFFFF
_HOUR = 3_600_000
_LONGEST = 45 * 24 * _HOUR
_VERBS = ("Rework", "Document", "Measure", "Clean up", "Prepare", "Review", "Extend", "Fix")
_NOUNS = ("the import", "search results", "weekly mail", "permissions", "export", "contact form")
_WHERE = ("for trial accounts", "on mobile", "in the admin area", "for partners", "after sign-up")
_REMARKS = (
    "Looks good.",
    "Waiting for feedback from the team.",
    "Moved to next week.",
    "Done now.",
)
_PRIORITIES = ("Medium", "Medium", "Medium", "High", "Low")

# Purposes of the random draws.
_CREATED, _SPAN, _STEPS, _OUTCOME, _LABELS, _EPIC, _ASSIGNEE, _REPORTER = range(8)
_TEXT, _SUMMARY, _PRIORITY, _COMMENTS, _AUTHOR = range(8, 13)


@dataclass(frozen=True, slots=True)
class Epic:
    """An epic that filler issues can belong to; ``share`` is its weight."""

    index: int
    project: int
    late: bool
    share: int


@dataclass(frozen=True)
class Filler:
    """The filler issues of a site, numbered from 0 to ``count``; times are milliseconds.

    Attributes:
        seed: Random seed.
        count: How many there are.
        first_index: The site's index of number 0.
        projects: The projects, alternating every six issues.
        members: The members of each project.
        epics: The epics that stories and tasks may belong to.
        begin: Approximate creation time of the first issue.
        turn: Issues created from then on belong to epics that are ``late``.
        end: Time of the last event.
    """

    seed: int
    count: int
    first_index: int
    projects: Sequence[Project]
    members: Sequence[Sequence[User]]
    epics: Sequence[Epic]
    begin: int
    turn: int
    end: int

    # These accept one number or an array of numbers, hence their loose types.

    def created(self, number: Any) -> Any:
        """When it was created: ascending by number, with a jitter of three hours."""
        span = self.end - self.begin - 8 * _HOUR
        return self.begin + number * span // self.count + self._below(number, _CREATED, 3 * _HOUR)

    def steps(self, number: Any) -> Any:
        """The number of entries in its change log."""
        return self._below(number, _STEPS, 8)

    def updated(self, number: Any) -> Any:
        """The time of its last entry, or of its creation."""
        created = self.created(number)
        room = self.end - created
        room = room - (room - _LONGEST) * (room > _LONGEST)
        part = self._below(number, _SPAN, 1 << 20)
        return created + ((room * part >> 20) * part >> 20) * (self.steps(number) > 0)

    def is_done(self, number: Any) -> Any:
        """Whether it is done or cancelled."""
        return (self.steps(number) >= 3) & (self._below(number, _OUTCOME, 100) < 72)

    def status_code(self, number: Any) -> Any:
        """Position of its status in ``STATUSES``."""
        steps, done = self.steps(number), self.is_done(number)
        given_up = self._below(number, _OUTCOME, 100) < 5
        in_support = number // len(_GROUP) % len(self.projects) == 0
        open_code = 1 * (steps == 2) + (2 + 1 * in_support) * (steps >= 3)
        return open_code * (1 - 1 * done) + (4 + 1 * given_up) * done

    def label_code(self, number: Any) -> Any:
        """Position of its labels in ``LABEL_SETS``."""
        code = self._below(number, _LABELS, 12)
        return code * (code < len(LABEL_SETS))

    def project_code(self, number: Any) -> Any:
        """Position of its project in ``projects``."""
        return number // len(_GROUP) % len(self.projects)

    def type_codes(self, numbers: Any) -> Any:
        """Positions of their types in ``ISSUE_TYPES``, for an array of numbers."""
        types = list(TYPE_BY_NAME)
        return np.array([types.index(name) for name in _GROUP])[numbers % len(_GROUP)]

    def _below(self, number: Any, purpose: int, limit: int) -> Any:
        if isinstance(number, np.ndarray):
            place = number.astype(np.uint64) * 16 + purpose
            return (_mix(place ^ self._salt) % limit).astype(np.int64)
        return _mix(number * 16 + purpose ^ self._salt) % limit

    @cached_property
    def _salt(self) -> int:
        salt: int = _mix(self.seed)
        return salt

    # From here on, one issue at a time.

    def issue(self, number: int) -> Issue:
        """The issue with that number."""
        project = self.project_code(number)
        people = self.members[project]
        done = bool(self.is_done(number))
        status = STATUSES[self.status_code(number)]
        points = self._below(number, _TEXT, 9)
        return Issue(
            index=self.first_index + number,
            key=f"{self.projects[project].key}-{self._key_number(number)}",
            project=self.projects[project],
            type=TYPE_BY_NAME[_GROUP[number % len(_GROUP)]],
            summary=self._summary(number),
            status=status,
            created=self.created(number),
            updated=self.updated(number),
            reporter=people[self._below(number, _REPORTER, len(people))],
            description=self._description(number, people),
            priority=_PRIORITIES[self._below(number, _PRIORITY, len(_PRIORITIES))],
            resolution=_resolution(status),
            resolved=self.updated(number) if done else None,
            labels=LABEL_SETS[self.label_code(number)],
            parent=self._parent(number),
            children=self._children(number),
            assignee=self._assignee(number, people),
            custom={POINTS_FIELD: float(points)} if points in (1, 2, 3, 5, 8) else {},
        )

    def histories(self, number: int) -> tuple[History, ...]:
        """Its change log: as many entries as ``steps``, the last one when it was updated."""
        steps = self.steps(number)
        if not steps:
            return ()
        created, updated = self.created(number), self.updated(number)
        people = self.members[self.project_code(number)]
        first = self._below(number, _AUTHOR, len(people))
        made = self._changes(number, steps)
        return tuple(
            History(
                _FIRST_HISTORY + number * 8 + step,
                created + (updated - created) * (step + 1) // steps,
                people[(first + step) % len(people)],
                made[step],
            )
            for step in range(steps)
        )

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Its comments, mostly none."""
        count = max(0, self._below(number, _COMMENTS, 5) - 2)
        created, updated = self.created(number), self.updated(number)
        people = self.members[self.project_code(number)]
        return tuple(
            Comment(
                _FIRST_HISTORY + number * 4 + each,
                created + (updated - created) * (each + 1) // (count + 1),
                people[(number + each) % len(people)],
                document(paragraph(_REMARKS[(number + each) % len(_REMARKS)])),
            )
            for each in range(count)
        )

    def number_of(self, project: int, key_number: int) -> int | None:
        """The filler issue with that number in its key, if any."""
        turn, member = divmod(key_number - FIRST_KEY, len(_GROUP))
        number = (turn * len(self.projects) + project) * len(_GROUP) + member
        return number if key_number >= FIRST_KEY and number < self.count else None

    def _key_number(self, number: int) -> int:
        group, member = divmod(number, len(_GROUP))
        return FIRST_KEY + group // len(self.projects) * len(_GROUP) + member

    def _parent(self, number: int) -> int | None:
        member = number % len(_GROUP)
        if _GROUP[member] == "Sub-task":
            return self.first_index + number - member
        project, late = self.project_code(number), self.created(number) >= self.turn
        epics = [each for each in self.epics if (each.project, each.late) == (project, late)]
        total = sum(epic.share for epic in epics)
        drawn = self._below(number, _EPIC, total + 1 + total // 6)  # some have no parent
        for epic in epics:
            if drawn < epic.share:
                return epic.index
            drawn -= epic.share
        return None

    def _children(self, number: int) -> tuple[int, ...]:
        if number % len(_GROUP):
            return ()
        last = min(number + 4, self.count)
        return tuple(self.first_index + each for each in range(number + 2, last))

    def _assignee(self, number: int, people: Sequence[User]) -> User | None:
        if not self.steps(number):
            return None
        drawn: int = self._below(number, _ASSIGNEE, len(people))
        return people[drawn]

    def _summary(self, number: int) -> str:
        drawn = self._below(number, _SUMMARY, 240)
        verb, noun = _VERBS[drawn % 8], _NOUNS[drawn // 8 % 6]
        return f"{verb} {noun} {_WHERE[drawn // 48]}"

    def _description(self, number: int, people: Sequence[User]) -> Json | None:
        drawn = self._below(number, _TEXT, 10)
        if drawn < 3:
            return None
        opening = paragraph("Asked for in the weekly meeting. See ", strong("notes"), ".")
        if drawn < 7:
            return document(opening)
        if drawn < 8:
            return document(opening, bullets("what is there", "what is missing"))
        if drawn < 9:
            someone = people[number % len(people)]
            return document(opening, paragraph(mention(someone.account_id, someone.name), " knows"))
        return document(opening, table([["Step", "Who"], ["Draft", "us"], ["Check", "them"]]))

    def _changes(self, number: int, steps: int) -> list[tuple[Change, ...]]:
        """The first entry assigns, later ones change the status, the last one may resolve."""
        people = self.members[self.project_code(number)]
        someone = self._assignee(number, people)
        name, account = (someone.name, someone.account_id) if someone else (None, None)
        made: list[tuple[Change, ...]] = [
            (Change("assignee", "assignee", None, None, account, name),)
        ]
        status, final = STATUSES[0], STATUSES[self.status_code(number)]
        if steps >= 2:
            made.append((status_change(status, STATUSES[1]),))
            status = STATUSES[1]
        if steps > 3 or (steps == 3 and final.category != "done"):
            review = STATUSES[3 if self.project_code(number) == 0 else 2]
            made.append((status_change(status, review),))
            status = review
        while len(made) < steps - 1 or (len(made) < steps and final.category != "done"):
            made.append((Change("Rank", RANK_FIELD, "", "", "", "Ranked higher"),))
        if len(made) < steps:
            name = _resolution(final)
            id_ = str(RESOLUTIONS[name]) if name else None
            resolution = Change("resolution", "resolution", None, None, id_, name)
            made.append((status_change(status, final), resolution))
        return made


def status_change(before: Status, after: Status) -> Change:
    """The change-log item of a status change."""
    return Change("status", "status", str(before.id), before.name, str(after.id), after.name)


def _resolution(status: Status) -> str | None:
    if status.category != "done":
        return None
    return "Won't Do" if status.name == "Won't do" else "Done"


def _mix(number: Any) -> Any:
    """A 64-bit hash (SplitMix64) of an int or an array of uint64."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)
