"""What the people of the company do, from nothing but what okr-sync tells them.

What belongs here: their habits, and what each reads before it acts (agenda, findings). What does
not: what is true (``company``) and the nights (``run``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.quarter.company import CYCLE, END, Aim, Company
from okr_model.review.requests import ClosingRequest, Request, Signature
from pipelines.project import Project
from pipelines.review.close import close
from pipelines.review.decide import DecisionError, decide

Say = Callable[[str], None]
Ask = Callable[..., str]
"""What an ``okr`` command prints."""
_SILENT = (dt.date(2026, 11, 6), dt.date(2026, 11, 13))  # two Fridays on which Support is too busy
_NO_CONTENT = "check-ins without cause or next action"
_LEAD = Signature("Ada Lund", "command", "typed")


@dataclass
class Team:
    """A team at its Friday check-in: it goes through its agenda.

    Args:
        name: The team.
        company: Where it writes things down.
    """

    name: str
    company: Company
    promised: dict[str, dt.date] = field(default_factory=dict)
    says_next: bool = False

    def meet(self, day: dt.date, ask: Ask, say: Say) -> None:
        """Go through the agenda, and check in on each Key Result."""
        if self.name == "Support" and day in _SILENT:
            say(f"{self.name}: no time to meet.")
            return
        agenda = json.loads(ask("agenda", self.name, "--json"))
        found = json.loads(ask("findings", "show", "--team", self.name, "--json"))
        if not self.says_next and any(one["rule"] == _NO_CONTENT for one in found):
            say(f"{self.name}: from now on each check-in says what comes next.")
            self.says_next = True
        for item in agenda["key_results"]:
            self._check_in(day, item, say)

    def _check_in(self, day: dt.date, item: Mapping[str, Any], say: Say) -> None:
        aim = self.company.aim(item["key_result_id"])
        notes = [self._kept(day, aim), *self._acts(day, aim, item, say)]
        chance = item["confidence"]["attainment_probability"]
        early = day < dt.date(2026, 10, 23)
        level = "High" if early or (chance or 0) >= 0.5 else "Medium"
        if not early and chance is not None and chance < 0.15:
            level = "Low"
        told = "\n".join(filter(None, notes))
        self.company.said.append((aim.key, day, level, told, aim.owner))

    def _kept(self, day: dt.date, aim: Aim) -> str:
        """Whether what was promised at the last check-in is done."""
        due = self.promised.pop(aim.key, None)
        return "" if due is None else f"Last action: {'done' if due <= day else 'not done'}"

    def _acts(self, day: dt.date, aim: Aim, item: Mapping[str, Any], say: Say) -> list[str]:
        """What the team agrees on where its agenda asks for something."""
        due = day + dt.timedelta(days=7)
        if not item["activities"]["initiatives"]:
            key = f"W-{len(self.company.work) + 1}"
            self.company.add_work(key, f"Interviews about {aim.statement.split(' from')[0]}", aim)
            aim.helped_from = aim.helped_from or due
            self.promised[aim.key] = due
            say(f"{self.name}: {aim.key} has no work, so {aim.owner} begins {key}.")
            return [
                "Why: nobody works on it",
                f"Next: five interviews by {due:%-d %b} ({aim.owner})",
            ]
        behind = item["measures"]["pace"] == "behind"
        if behind and aim.helped_from is None:
            aim.helped_from = due
            self.promised[aim.key] = due
            say(f"{self.name}: {aim.key} is behind, so two more people join from {due:%-d %b}.")
            return [
                "Why: too little of the week goes into it",
                f"Next: two more people by {due:%-d %b} ({aim.owner})",
            ]
        if behind:
            return ["Changed: the new pace shows", f"Next: keep it up until {due:%-d %b}"]
        return [f"Next: go on as planned until {due:%-d %b}"] if self.says_next else []


@dataclass
class Lead:
    """The OKR Lead on a Monday: reads the findings, and answers those that are hers.

    Args:
        company: Where she writes things down.
    """

    company: Company
    known: dict[str, str] = field(default_factory=dict)
    begun: bool = False

    def monday(self, day: dt.date, project: Project, ask: Ask, say: Say) -> None:
        """Read what is new and what is gone, and act."""
        found: Sequence[Mapping[str, Any]] = json.loads(ask("findings", "--json"))
        now = {one["finding_id"]: one["sentence"] for one in found}
        for key, sentence in now.items():
            if key not in self.known:
                say(f"new: {sentence}")
        for key, sentence in self.known.items():
            if key not in now:
                say(f"gone: {sentence}")
        self.known = now
        for one in found:
            self._answer(day, project, one, say)
        if day > END and not self.begun:  # the retrospective asks what becomes of each
            self.begun = "To decide" in ask("retro", "--cycle", CYCLE)
            self._close(project, "KR-1", "key result", say)
            self._close(project, "O-2", "objective", say)

    def _answer(self, day: dt.date, project: Project, finding: Mapping[str, Any], say: Say) -> None:
        rule, subject = finding["rule"], finding["subject_id"]
        if rule == "initiative without Key Result":
            decide(
                project, Request("other", subject, None, _LEAD, "Furniture is no Key Result's work")
            )
            say(f"Lead: {subject} is other work.")
        elif rule == "target moved" and not self.company.aim(subject).why:
            self.company.aim(subject).why = "The crash reporter counted test devices before"
            say(f"Lead: asked why; the reason stands in the record of {subject} now.")
        elif rule == "cycle not closed":
            for key in finding["evidence"].split(", "):
                self._close(project, key, "key result", say)
        elif rule == "Objective not closed":
            self._close(project, subject, "objective", say)

    def _close(
        self, project: Project, subject: str, kind: Literal["key result", "objective"], say: Say
    ) -> None:
        """Decide what becomes of one, unless that is decided already."""
        aims = [one for one in self.company.aims if subject in (one.key, one.objective)]
        request = ClosingRequest(
            subject,
            "done" if all(one.done >= 0.95 for one in aims) else "continue",
            _LEAD,
            "Agreed in the retrospective",
            "Begin the work in the first week" if any(one.helped_from for one in aims) else None,
            CYCLE,
            once=f"{kind} {subject}",
            kind=kind,
        )
        if _closed(project, request):
            say(f"Lead: {subject} is closed as {request.closed_as}.")


def _closed(project: Project, request: ClosingRequest) -> bool:
    try:
        close(project, request)
    except DecisionError:
        return False  # it has been already
    return True
