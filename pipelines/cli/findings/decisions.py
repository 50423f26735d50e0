"""``okr findings acknowledge``, ``dismiss`` and ``undo``.

What belongs here: recording by command and printing it. What does not: validating and recording
(:mod:`pipelines.review.decide_finding`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from okr_model.review.finding_verdicts import VERDICTS, key_decided, verdicts_in_force
from okr_model.review.requests import FindingRequest, Refusal, Signature
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.decide import DecisionError, draft_taking_back, record
from pipelines.review.decide_finding import decide_findings, draft_verdict, until_day
from published.audit.decided import in_words
from published.formatting import plain

_AFTER = "It takes effect with the next run; at once with: okr sync --offline"


def decide(
    config: Path | None, request: FindingRequest, until: str | None, dry_run: bool, form: Format
) -> None:
    """Record that findings are acknowledged or dismissed, and print it.

    Raises:
        DecisionError: See :func:`pipelines.review.decide_finding.draft_verdict`.
    """
    project = Project(config, with_secrets=False)
    if until is not None:
        request = replace(request, until=until_day(until, project.clock.today))
    rows = (draft_verdict if dry_run else decide_findings)(project, request)
    _tell(rows, dry_run, form)


def take_back(
    config: Path | None, decision: str, by: Signature, why: str, dry_run: bool, form: Format
) -> None:
    """Record that a decision about a finding is taken back, and print it.

    Raises:
        DecisionError: There is no such decision about a finding, or it has been taken back already.
    """
    project = Project(config, with_secrets=False)
    row = draft_taking_back(project, decision, by, why)
    if row["finding_rule"] is None:
        raise DecisionError(
            Refusal.UNKNOWN,
            f"{row['undoes']} is about a link, not a finding: okr links undo {row['undoes']}",
        )
    before = DecisionLog(project.paths.decisions).frame()
    if not dry_run:
        record(project, row)
    _tell([row], dry_run, form)
    again = _counts_again(before, row["undoes"], project.clock.as_of)
    if again and form is not Format.JSON:
        who, what = plain(again["decided_by"]), VERDICTS[again["action"]]
        console().print(f"{again['decision_id']} counts again: {what} by {who}.")


def _counts_again(log: pd.DataFrame, undone: str, day: dt.date) -> Mapping[Any, Any] | None:
    """The earlier decision about the same finding that holds once ``undone`` is taken back."""
    about = log[log["decision_id"] == undone].to_dict("records")[0]
    left = verdicts_in_force(log[log["decision_id"] != undone], day)
    return left.get(key_decided(about))


def _tell(rows: Sequence[Mapping[str, Any]], dry_run: bool, form: Format) -> None:
    if form is Format.JSON:
        print_json([{**row, "recorded": not dry_run} for row in rows])
        return
    for row in rows:
        outcome = "Dry run, not recorded" if dry_run else f"Recorded as {row['decision_id']}"
        end = f" until {row['until']}" if row["until"] else ""
        console().print(f"{outcome}: {in_words(row, '')}{end}.")
    if not dry_run:
        console().print(_AFTER)
