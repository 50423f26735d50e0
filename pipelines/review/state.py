"""How the review stands: whether there is one, what went wrong, and what readers are told."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from okr_model.findings import Finding
from pipelines.project import Project

NAME = "links-review"


OUT_OF_ORDER = "review tab out of order"


@dataclass(frozen=True)
class Review:
    """How it stands with the tab; kept between nights.

    Attributes:
        place: Spreadsheet and tab.
        at: The run that said this, by its instant.
        unread: Why the tab could not be read; None if it could.
        unwritten: Why it could not be written when that was last tried; None if it could.
        problems: What keeps decisions from being recorded, each as a finding's fields.
        recorded: How many decisions this run recorded.
        asked: How many rows the tab asks, or would.
        waiting: How many more there are than a tab holds.
        changed: Whether this run changed the tab, or would.
        version: Drive's version up to which every decision was read.
        read_at: When that was.
        settled: What the tab was seen to ask at that version; None if it may ask something else.
        run_id: The run whose tables it then agreed with.
    """

    place: str
    at: str
    unread: str | None = None
    unwritten: str | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)
    recorded: int = 0
    asked: int = 0
    waiting: int = 0
    changed: bool = False
    version: str | None = None
    read_at: str | None = None
    settled: str | None = None
    run_id: str | None = None


def review_of(project: Project) -> Review | None:
    """How it stands with the configured tab; None without one, or before it was first looked at."""
    said = project.attempts.latest(NAME)
    place = _place(project)
    if place is None or said.get("place") != place:
        return None
    known = {one.name for one in fields(Review)}
    return Review(**{name: value for name, value in said.items() if name in known})


def review_findings(project: Project) -> list[Finding]:
    """What keeps decisions in the tab from being recorded, and the tab from being brought up."""
    review = review_of(project)
    if review is None or project.clock.is_past:
        return []
    troubles = [trouble for trouble in (review.unread, review.unwritten) if trouble]
    rows = [problem_of(project, f"{trouble}", "review tab not reached") for trouble in troubles]
    return [Finding(**row) for row in (*rows, *review.problems)]


def problem_of(project: Project, sentence: str, rule: str = OUT_OF_ORDER) -> dict[str, Any]:
    """A trouble with the tab as the fields of its finding."""
    from connectors.sheets.rows import spreadsheet_url

    review = project.settings.links.review
    spreadsheet = review.spreadsheet if review else ""
    return {
        "rule": rule,
        "severity": "warning",
        "subject_type": "source",
        "subject_id": "links review",
        "sentence": f"The review of links: {sentence}",
        "evidence": None,
        "url": spreadsheet_url(spreadsheet),
    }


def has_review(project: Project) -> bool:
    """Whether this run is to look at a tab; a past day is nothing to decide on."""
    return project.at_review and not project.clock.is_past and _place(project) is not None


def last_review(project: Project) -> Review:
    """What the run before this one said, or a first review, stamped with this run's instant."""
    at = project.clock.started_at.isoformat()
    before = review_of(project)
    return replace(before, at=at) if before else Review(_place(project) or "", at)


def _place(project: Project) -> str | None:
    review = project.settings.links.review
    return f"{review.spreadsheet} {review.tab}" if review else None
