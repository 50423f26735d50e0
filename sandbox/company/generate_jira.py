"""The content of Jira, generated from the definition.

What belongs here: combining planted and filler issues into one :class:`JiraContent`, which a
:class:`sandbox.server.jira.store.JiraSite` serves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from sandbox.company.filler_issues import LABEL_SETS, Epic, Filler
from sandbox.company.ids import account_id
from sandbox.company.planted_issues import Planted, plant
from sandbox.company.truth import Definition
from sandbox.server.clock import to_ms
from sandbox.server.jira.records import (
    ISSUE_TYPES,
    STATUSES,
    Columns,
    Comment,
    History,
    Issue,
    Project,
    User,
)

API_USER = "okr-sync@larkfield.example"
"""The e-mail address of the account whose token is used."""


class JiraContent:
    """Every issue of the company; see :class:`sandbox.server.jira.records.Content`.

    Args:
        story: The definition.
        issues: How many issues there are in all; at least the planted ones.
        seed: Seed of the filler issues.
    """

    def __init__(self, story: Definition, issues: int, seed: int) -> None:
        users = {
            person.id: User(
                account_id(person.id), person.name, person.email, person.active, story.timezone
            )
            for person in story.people.values()
        }
        leads = {team.project: users[team.champion] for team in story.teams if team.project}
        self.projects = tuple(
            Project(each.id, each.key, each.name, leads[each.key]) for each in story.projects
        )
        self.me = User(account_id("api"), "OKR sync", API_USER, True, story.timezone)
        self.users = (*users.values(), self.me)
        self._planted = plant(story, {each.key: each for each in self.projects}, users)
        self.old_keys = self._planted.old_keys
        self.archived = tuple(self._planted.archived)
        self._first = len(self._planted.issues)
        self._keys = {issue.key: issue.index for issue in self._planted.issues}
        self._filler = self._fill(story, max(0, issues - self._first), seed, users)

    @property
    def count(self) -> int:
        """How many issues there are."""
        return self._first + self._filler.count

    def columns(self) -> Columns:
        """The searchable columns; about 24 bytes per issue."""
        numbers = np.arange(self._filler.count, dtype=np.int64)
        planted = self._planted.issues
        label_sets = list(dict.fromkeys([*LABEL_SETS, *(issue.labels for issue in planted)]))
        filler = self._filler
        return Columns(
            created=_joined([each.created for each in planted], filler.created(numbers)),
            updated=_joined([each.updated for each in planted], filler.updated(numbers)),
            project=_codes(
                [self.projects.index(each.project) for each in planted],
                filler.project_code(numbers),
            ),
            type=_codes(
                [ISSUE_TYPES.index(each.type) for each in planted], filler.type_codes(numbers)
            ),
            status=_codes(
                [STATUSES.index(each.status) for each in planted], filler.status_code(numbers)
            ),
            labels=_codes(
                [label_sets.index(each.labels) for each in planted], filler.label_code(numbers)
            ),
            label_sets=label_sets,
        )

    def issue(self, index: int) -> Issue:
        """The issue at ``index``."""
        if index < self._first:
            return self._planted.issues[index]
        return self._filler.issue(index - self._first)

    def histories(self, index: int) -> tuple[History, ...]:
        """Its change log, oldest first."""
        if index < self._first:
            return self._planted.histories[index]
        return self._filler.histories(index - self._first)

    def comments(self, index: int) -> tuple[Comment, ...]:
        """Its comments, oldest first."""
        if index < self._first:
            return self._planted.comments.get(index, ())
        return self._filler.comments(index - self._first)

    def index_of(self, key: str) -> int | None:
        """The index of the issue with that key; None if there is none."""
        if key in self._keys:
            return self._keys[key]
        project, _, number = key.partition("-")
        codes = [code for code, each in enumerate(self.projects) if each.key == project]
        if not codes:
            return None
        filler = self._filler.number_of(codes[0], int(number))
        return None if filler is None else self._first + filler

    def _fill(self, story: Definition, count: int, seed: int, users: dict[str, User]) -> Filler:
        members = {team.project: [users[each] for each in team.members] for team in story.teams}
        last = story.quarters[-1]
        turn = datetime.combine(last.start, datetime.min.time(), story.zone) - timedelta(days=5)
        first = datetime.combine(story.quarters[0].start, datetime.min.time(), story.zone)
        return Filler(
            seed=seed,
            count=count,
            first_index=self._first,
            projects=self.projects,
            members=[members[project.key] for project in self.projects],
            epics=_epics(story, self._planted, [each.key for each in self.projects]),
            begin=to_ms(first - timedelta(days=16)),
            turn=to_ms(turn),
            end=to_ms(story.clock) - 120_000,
        )


def _epics(story: Definition, planted: Planted, project_keys: list[str]) -> list[Epic]:
    return [
        Epic(
            index=planted.index_of(initiative.key),
            project=project_keys.index(initiative.key.split("-")[0]),
            late=initiative.cycle == story.quarters[-1].id,
            share=initiative.share,
        )
        for initiative in story.initiatives
        if initiative.key is not None
    ]


def _joined(planted: list[int], filler: np.ndarray) -> np.ndarray:
    return np.concatenate([np.array(planted, dtype=np.int64), filler])


def _codes(planted: list[int], filler: np.ndarray) -> np.ndarray:
    return np.concatenate([np.array(planted, dtype=np.int16), filler.astype(np.int16)])
