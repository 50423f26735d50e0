"""``okr links review``: read and update the review tab at once.

What belongs here: running it and printing the result. What does not: reading and updating the tab
(:mod:`pipelines.review.nightly_review`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from connectors.errors import SourceError
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.maintenance.examine import ensure_decisions
from pipelines.project import Project
from pipelines.review import nightly_review
from pipelines.review.state import Review, review_of
from pipelines.store.session import kept
from published.audit.decided import in_words
from published.errors import UserError
from published.tables import PublishedTables
from published.titles import Titles


class ReviewError(UserError):
    """The review tab cannot be used."""


def run_review(config: Path | None, dry_run: bool, form: Format) -> int:
    """Record the decisions in the tab and update its questions.

    Returns:
        The exit code: 0, or 3 if the tab could not be reached.

    Raises:
        ReviewError: No tab is configured.
        published.tables.NotPublishedError: Nothing is published to decide about.
        pipelines.lake.run_lock.AlreadyRunningError: Another run uses the same data folder.
    """
    project = Project(config)
    if project.settings.links.review is None:
        raise ReviewError(
            "no review tab is configured: name a spreadsheet under links: review: in okr.yaml."
        )
    PublishedTables(project.paths.duckdb)
    if dry_run:
        return _preview(project, form)
    with kept(project), project.exclusively():
        ensure_decisions(project)
        nightly_review.record_answers(project, again=True)
        nightly_review.update_tab(project, "okr links review")
    review = review_of(project)
    assert review is not None  # noqa: S101 - stored just now
    if form is Format.JSON:
        print_json(asdict(review) | {"dry_run": False})
    else:
        print_review(console(), review)
        if review.recorded:
            console().print("They take effect with the next run; at once with: okr sync --offline")
    return 3 if review.unread or review.unwritten else 0


def _preview(project: Project, form: Format) -> int:
    try:
        review, taken = nightly_review.preview(project)
    except SourceError as error:
        raise ReviewError(str(error)) from None
    if form is Format.JSON:
        print_json(asdict(review) | {"recorded": len(taken), "decisions": taken, "dry_run": True})
        return 0
    screen = console()
    titles = Titles(project.paths.duckdb)
    for row in taken:
        said = in_words(row, titles.initiative(row["initiative_id"], row["initiative"]))
        screen.print(f"Would be recorded: {said}, by {row['decided_by']}")
    for problem in review.problems:
        screen.print(f"NOT RECORDED: {problem['sentence']}", style="yellow")
    for remark in review.remarks:
        screen.print(f"RECORDED BEFORE: {remark}")
    tab = "would be updated" if review.changed else "is up to date"
    screen.print(f"Dry run: {len(taken)} decisions, {review.asked} left to decide; the tab {tab}.")
    return 0


def print_review(screen: Console, review: Review) -> None:
    """Print what was recorded from the review tab, and its problems."""
    more = f", {review.waiting:,} more to follow" if review.waiting else ""
    asked = f"{review.asked:,} left to decide{more}; the tab "
    if review.changed:
        asked += "was updated"
    else:
        asked += "is up to date" if review.settled else "was not updated"
    screen.print(f"review  {review.recorded:>7,} decisions recorded; {asked}")
    for trouble in (review.unread, review.unwritten):
        if trouble:
            screen.print(f"        REVIEW TAB NOT REACHED: {trouble}", style="red")
    for problem in review.problems:
        screen.print(f"        NOT RECORDED: {problem['sentence']}", style="yellow")
    for remark in review.remarks:
        screen.print(f"        RECORDED BEFORE: {remark}")
