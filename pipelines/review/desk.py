"""The decisions of one project, as the page asks for them.

What belongs here: handing the page what it may do about links. What does not: validating and
recording (``decide``), the page (``dashboard``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from okr_model.review.requests import ClosingRequest, FindingRequest, Request, Signature
from pipelines.datasets.former_ids import known_aliases
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review import attest, close, decide, decide_finding
from published.audit.decided import Decided


class ProjectDesk:
    """Where decisions about links and findings of ``project`` are recorded."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._newest: tuple[object, Decided] | None = None

    def decided(self) -> Decided:
        """What people decided so far; the same object as long as that is the same."""
        log, path = DecisionLog(self._project.paths.decisions), self._project.paths.duckdb
        # Former ids come with a run, which publishes.
        which = log.version(), path.stat().st_mtime_ns if path.exists() else None
        if self._newest is None or self._newest[0] != which:
            self._newest = which, Decided(log.frame(), known_aliases(self._project))
        return self._newest[1]

    def decide(self, request: Request) -> Mapping[str, Any]:
        """Record a decision; see :func:`pipelines.review.decide.decide`."""
        return decide.decide(self._project, request)

    def decide_findings(self, request: FindingRequest) -> Sequence[Mapping[str, Any]]:
        """Record it; see :func:`pipelines.review.decide_finding.decide_findings`."""
        return decide_finding.decide_findings(self._project, request)

    def close(self, request: ClosingRequest) -> Mapping[str, Any]:
        """Record it; see :func:`pipelines.review.close.close`."""
        return close.close(self._project, request)

    def attest(self, item: str, cycle: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Record it; see :func:`pipelines.review.attest.attest`."""
        return attest.attest(self._project, item, cycle, by, why)

    def attest_step(self, step: str, wave: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Record it; see :func:`pipelines.review.attest.attest_step`."""
        return attest.attest_step(self._project, step, wave, by, why)

    def take_back(self, decision: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Take one back; see :func:`pipelines.review.decide.take_back`."""
        return decide.take_back(self._project, decision, by, why)

    def next_run(self) -> dt.datetime | None:
        """When the next scheduled run begins; None without a schedule."""
        schedule = self._project.settings.schedule
        if schedule is None:
            return None
        now = self._project.instant().astimezone(self._project.settings.organization.zone)
        hour, minute = map(int, schedule.at.split(":"))
        today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return today if today > now else today + dt.timedelta(days=1)
