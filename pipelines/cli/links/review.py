"""``okr links review``: the review tab read and brought up to date at once.

What belongs here: running it and saying how it went. What does not: what it does
(:mod:`pipelines.review.nightly_review`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from connectors.errors import SourceError
from pipelines.cli.links.decisions import in_words
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.errors import UserError
from pipelines.project import Project
from pipelines.publish.reader import PublishedTables
from pipelines.review import nightly_review
from pipelines.review.state import Review, review_of


class ReviewError(UserError):
    """The review tab cannot be used."""


def run_review(config: Path | None, dry_run: bool, form: Format) -> int:
    """Record what people decided in the tab, and let it ask what is left.

    Returns:
        The exit code: 0, or 3 where the tab could not be reached.

    Raises:
        ReviewError: No tab is configured.
        pipelines.publish.reader.NotPublishedError: Nothing is published to decide about.
        pipelines.lake.run_lock.AlreadyRunningError: A night is at work.
    """
    project = Project(config)
    if project.settings.links.review is None:
        raise ReviewError(
            "no review tab is configured: name a spreadsheet under links: review: in okr.yaml."
        )
    PublishedTables(project.paths.duckdb)
    if dry_run:
        return _rehearse(project, form)
    with project.exclusively():
        nightly_review.record_answers(project, again=True)
        nightly_review.update_tab(project, "okr links review")
    review = review_of(project)
    assert review is not None  # noqa: S101 - it was looked at just now
    if form is Format.JSON:
        print_json(asdict(review) | {"dry_run": False})
    else:
        tell_review(console(), review)
        if review.recorded:
            console().print("They count from the next night on; at once with: okr sync --offline")
    return 3 if review.unread or review.unwritten else 0


def _rehearse(project: Project, form: Format) -> int:
    try:
        review, taken = nightly_review.preview(project)
    except SourceError as error:
        raise ReviewError(str(error)) from None
    if form is Format.JSON:
        print_json(asdict(review) | {"recorded": len(taken), "decisions": taken, "dry_run": True})
        return 0
    screen = console()
    for row in taken:
        screen.print(f"Would be recorded: {in_words(row)}, by {row['decided_by']}")
    for problem in review.problems:
        screen.print(f"NOT RECORDED: {problem['sentence']}", style="yellow")
    tab = "would be brought up to date" if review.changed else "is as it should be"
    screen.print(f"Dry run: {len(taken)} decisions, {review.asked} left to decide; the tab {tab}.")
    return 0


def tell_review(screen: Console, review: Review) -> None:
    """Sum up what came out of the review tab, and what keeps anything from it."""
    more = f", {review.waiting:,} more to follow" if review.waiting else ""
    asked = f"{review.asked:,} left to decide{more}; the tab "
    if review.changed:
        asked += "was brought up to date"
    else:
        asked += "is as it should be" if review.settled else "was not brought up to date"
    screen.print(f"review  {review.recorded:>7,} decisions recorded; {asked}")
    for trouble in (review.unread, review.unwritten):
        if trouble:
            screen.print(f"        REVIEW TAB NOT REACHED: {trouble}", style="red")
    for problem in review.problems:
        screen.print(f"        NOT RECORDED: {problem['sentence']}", style="yellow")
