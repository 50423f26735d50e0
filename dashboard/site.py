"""What the page is given: where the published file is, and what it may do beside reading it.

What belongs here: the values and functions that a command hands in. What does not: making them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dashboard.access.gate import Access
from okr_model.review.requests import ClosingRequest, FindingRequest, Request, Signature
from published.audit.decided import Decided
from published.organization import Organization
from published.snapshot import Snapshots


class Desk(Protocol):
    """Where decisions about links, findings and the end of cycles are recorded.

    A decision that is refused raises a :class:`published.errors.UserError`, of which a ``refusal``
    says the kind: one of :class:`okr_model.review.requests.Refusal`.
    """

    def decided(self) -> Decided:
        """What people decided so far."""

    def decide(self, request: Request) -> Mapping[str, Any]:
        """Record a decision; returns the row of the log."""

    def decide_findings(self, request: FindingRequest) -> Sequence[Mapping[str, Any]]:
        """Record that findings are acknowledged or dismissed; returns the rows of the log."""

    def close(self, request: ClosingRequest) -> Mapping[str, Any]:
        """Record what becomes of something at the end of a cycle; returns the row of the log."""

    def attest(self, item: str, cycle: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Record that somebody attests an item of the checklist; returns the row of the log."""

    def attest_step(self, step: str, wave: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Record that somebody attests a step of a wave; returns the row of the log."""

    def take_back(self, decision: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Record that a decision is taken back; returns the row of the log."""

    def next_run(self) -> dt.datetime | None:
        """When decisions count; None if nothing is scheduled."""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """The last run, if a check kept it from being published.

    Attributes:
        as_of: The day it computed, as an ISO date.
        complaints: What the checks found.
    """

    as_of: str
    complaints: Sequence[str]


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operator is told, and may start, beside what is published.

    Attributes:
        today: The present day of the organization, or the day that its settings pin.
        unpublished: The last run, if it was not published.
        start_run: Starts a run; raises a ``UserError`` if one is under way.
        started: How the run that was started here stands, in a sentence; empty if none was.
        end_run: Ends a run that was started here and has not ended.
        not_fetched: Why the newest state could not be fetched from an object store; empty if it
            could, or if there is none.
    """

    today: Callable[[], dt.date]
    unpublished: Callable[[], Unpublished | None]
    start_run: Callable[[], None]
    started: Callable[[], str]
    end_run: Callable[[], None] = lambda: None
    not_fetched: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Site:
    """One organization's page.

    Attributes:
        tables: Its published tables.
        organization: Its name and words.
        user: Who reads and decides on this machine.
        clock: The present instant.
        value_sources: For a row of ``key_results``: the records behind its value, which are in the
            lake; keys ``measures``, ``issues`` and ``rows``.
        access: Who may read it; None: ``user`` alone, on this machine.
        desk: Where decisions are recorded; None if the page only reads.
        operation: What an operator is told; None: nothing that is not published.
        dagster_url: Where Dagster's web page is; None if nobody said.
    """

    tables: Snapshots
    organization: Organization
    user: str
    clock: Callable[[], dt.datetime]
    value_sources: Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(
        default=lambda row: {"measures": [], "issues": [], "rows": []}
    )
    access: Access | None = None
    desk: Desk | None = None
    operation: Operation | None = None
    dagster_url: str | None = None
