"""The state of the review tab, kept between runs, and the findings that follow from it.

What belongs here: reading the stored state and reporting its problems. What does not: reading or
writing the tab (``nightly_review``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from pipelines.project import Project

NAME = "links-review"


@dataclass(frozen=True)
class Review:
    """The state of the review tab, kept between runs.

    Attributes:
        place: Spreadsheet and tab.
        at: Start of the run that stored this state, in ISO format.
        unread: Why the tab could not be read; None if it could.
        unwritten: Why the latest attempt to write it failed; None if it succeeded.
        problems: What prevents decisions from being recorded, each as a finding's fields.
        recorded: The number of decisions that this run recorded.
        asked: The number of questions in the tab, or that would be in it.
        waiting: The number of questions beyond those that fit in the tab.
        changed: Whether this run changed the tab, or would have.
        version: Drive's version of the file up to which every decision was read.
        read_at: When that version was read.
        settled: Digest of the questions in the tab at that version; None if they may differ.
        run_id: The run whose tables the questions are based on.
        remarks: What was typed that had been decided by the same person, each in a sentence.
        leaving: The tokens of the rows without which ``problems`` count the others.
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
    remarks: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)


def review_of(project: Project) -> Review | None:
    """The state of the configured tab; None without one, or before it was first read."""
    stored = project.attempts.latest(NAME)
    place = _place(project)
    if place is None or stored.get("place") != place:
        return None
    known = {one.name for one in fields(Review)}
    return Review(**{name: value for name, value in stored.items() if name in known})


def review_findings(project: Project) -> list[Finding]:
    """Findings for what prevents decisions from being recorded or the tab from being updated."""
    review = review_of(project)
    if review is None or project.clock.is_past:
        return []
    troubles = [trouble for trouble in (review.unread, review.unwritten) if trouble]
    rows = [problem_of(project, f"{trouble}", Rule.REVIEW_TAB_NOT_REACHED) for trouble in troubles]
    return [Finding(**row) for row in (*rows, *review.problems)]


def problem_of(
    project: Project, sentence: str, rule: Rule = Rule.REVIEW_TAB_OUT_OF_ORDER
) -> dict[str, Any]:
    """A problem of the whole tab, as a finding's fields."""
    from connectors.sheets.decode.rows import spreadsheet_url

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
    """Whether this run uses a review tab; a run for a past day does not."""
    return project.at_review and not project.clock.is_past and _place(project) is not None


def last_review(project: Project) -> Review:
    """The state that this run starts from: the stored one, or an empty one, dated to this run."""
    at = project.clock.started_at.isoformat()
    before = review_of(project)
    return replace(before, at=at) if before else Review(_place(project) or "", at)


def _place(project: Project) -> str | None:
    review = project.settings.links.review
    return f"{review.spreadsheet} {review.tab}" if review else None
