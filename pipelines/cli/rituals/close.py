"""``okr close``: what becomes of a Key Result or an Objective when its cycle ends.

What belongs here: recording by command and printing it. What does not: validating and recording
(:mod:`pipelines.review.close`), taking it back (``okr links undo``).
"""

from __future__ import annotations

from pathlib import Path

from okr_model.review.requests import ClosingRequest
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.project import Project
from pipelines.review.close import close, draft_closing, standing_closing
from published.audit.decided import in_words
from published.formatting import plain


def close_one(config: Path | None, request: ClosingRequest, dry_run: bool, form: Format) -> int:
    """Record what becomes of a Key Result or an Objective, and print it; returns 0.

    Raises:
        DecisionError: See :func:`pipelines.review.close.draft_closing`.
    """
    project = Project(config, with_secrets=False)
    before = standing_closing(project, draft_closing(project, request))
    row = (draft_closing if dry_run else close)(project, request)
    if form is Format.JSON:
        print_json({**row, "recorded": not dry_run})
        return 0
    outcome = "Dry run, not recorded" if dry_run else f"Recorded as {row['decision_id']}"
    console().print(f"{outcome}: {in_words(row, '')}.")
    if before is not None:
        lesson = " Its lesson is kept." if not request.lesson and row["lesson"] else ""
        told = f"It replaces {before['decision_id']}, {before['closed_as']} by"
        console().print(f"{told} {plain(before['decided_by'])}.{lesson}")
    if not dry_run:
        console().print(
            "It takes effect with the next run; at once with: okr sync --offline. Take it back"
            f" with: okr links undo {row['decision_id']}"
        )
    return 0
