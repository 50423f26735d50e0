"""``okr links accept``, ``reject``, ``correct``, ``other``, ``undo`` and ``decisions``.

What belongs here: asking whether to overrule a decision, and printing. What does not: validating
and recording (:mod:`pipelines.review.decide`).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from okr_model.review.requests import Refusal, Request, Signature
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json, print_rows
from pipelines.project import Project
from pipelines.review import decide as deciding
from pipelines.review.decide import DecisionError, Draft
from published.audit.decided import in_words
from published.formatting import absent, instant, plain
from published.titles import Titles

_AFTER = "It takes effect with the next run; at once with: okr sync --offline"
_SIGNED = "local user"


def signature(name: str) -> Signature:
    """Who decides by command: whoever may run it, under the name that they give."""
    return Signature(name, "command", _SIGNED)


def decide(config: Path | None, request: Request, dry_run: bool, form: Format) -> None:
    """Record a decision about an initiative.

    Raises:
        DecisionError: See :func:`pipelines.review.decide.decide`.
        typer.Abort: The opposite is in force, and whoever was asked said no.
        published.errors.UserError: Of :func:`pipelines.review.decide.draft`.
    """
    project = Project(config, with_secrets=False)
    drafted = deciding.draft(project, request)
    if drafted.opposed and not request.overrule:
        _confirm(drafted, dry_run, form)
    _record(project, drafted.row, dry_run, form)


def take_back(
    config: Path | None, decision: str, by: Signature, why: str, dry_run: bool, form: Format
) -> None:
    """Record that a decision is taken back.

    Raises:
        DecisionError: There is no such decision, or it has already been taken back.
    """
    project = Project(config, with_secrets=False)
    row = deciding.draft_taking_back(project, decision, by, why)
    _record(project, row, dry_run, form)


def show_decisions(config: Path | None, form: Format) -> None:
    """Print the log, latest first, and whether each decision is still in force."""
    project = Project(config, with_secrets=False)
    frame = deciding.decisions(project)
    if form is not Format.TABLE:
        print_rows(frame, form)
        return
    if frame.empty:
        console().print("Nothing has been decided yet. See: okr links accept --help")
        return
    table = Table(box=None)
    for name in ("Decision", "When", "Who", "What", "Why"):
        table.add_column(name, overflow="fold")
    titles = Titles(project.paths.duckdb)
    for row in frame.to_dict("records"):
        table.add_row(
            row["decision_id"],
            instant(row["decided_at"], project.settings.organization.zone),
            plain(row["decided_by"]),
            _with_its_end(row, titles),
            plain(row["why"]),
        )
    console().print(table)


def _with_its_end(row: Mapping[Any, Any], titles: Titles) -> Text:
    """What is decided, until when if that is said, and why it counts no more."""
    until = "" if absent(row["until"]) else f" until {row['until']}"
    said = f"{_in_words(row, titles)}{until}"
    if not row["stands"]:
        return Text(f"{said} (taken back)", style="strike dim")
    if row["in_force"]:
        return Text(said)
    ended = not absent(row["until"]) and row["until"] < row["as_of"]
    return Text(f"{said} ({'ended' if ended else 'replaced since'})", style="dim")


def _confirm(drafted: Draft, dry_run: bool, form: Format) -> None:
    """Say who decided the opposite, and ask whether to overrule it; a dry run only says it."""
    if dry_run:
        console(stderr=True).print(drafted.told)
    elif form is Format.JSON or not _can_ask():
        raise DecisionError(Refusal.OPPOSED, f"{drafted.told} To overrule that, add --yes.")
    else:
        typer.confirm(f"{drafted.told} Overrule that?", abort=True)


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _record(project: Project, row: Mapping[str, Any], dry_run: bool, form: Format) -> None:
    if not dry_run:
        deciding.record(project, row)
    if form is Format.JSON:
        print_json({**row, "recorded": not dry_run})
        return
    outcome = "Dry run, not recorded" if dry_run else f"Recorded as {row['decision_id']}"
    said = _in_words(row, Titles(project.paths.duckdb))
    console().print(f"{outcome}: {said}. {'' if dry_run else _AFTER}".rstrip())


def _in_words(row: Mapping[Any, Any], titles: Titles) -> str:
    return in_words(row, titles.initiative(row["initiative_id"], row["initiative"]))
