"""The ``okr findings`` commands and their options.

What belongs here: declaring the commands for Typer. What does not: what they do (the other modules
of this folder).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from pipelines.cli.shared.options import (
    By,
    Config,
    Csv,
    DryRun,
    Json,
    ShowsByDefault,
    Why,
    format_of,
)

findings = typer.Typer(
    cls=ShowsByDefault,
    help="Print what someone should look at, worst first; acknowledge or dismiss it.",
)

RuleName = Annotated[str, typer.Argument(metavar="RULE", help='Such as "pace gap".')]
Subject = Annotated[str, typer.Argument(help="What it is about, such as KR-17 or SUP-3.")]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        help='The last day on which it holds, 2026-12-15 or "30 days". Default: as long as the'
        " finding says the same.",
    ),
]


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@findings.command("show")
def show(  # noqa: PLR0913 - its options, one a parameter
    config: Config = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only of this rule.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="Only as bad as this.")] = None,
    about: Annotated[
        str | None, typer.Option("--about", help="Only about this, such as KR-17 or SUP-3.")
    ] = None,
    team: Annotated[
        str | None, typer.Option(help="Only about this team, its Key Results and its work.")
    ] = None,
    open_only: Annotated[
        bool,
        typer.Option("--open/--all", help="Only what nobody acknowledged or dismissed; or all."),
    ] = False,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Print what someone should look at, worst first; also of a run that was not published."""
    from pipelines.cli.findings.listing import FindingQuery, show_findings

    query = FindingQuery(rule, severity.value if severity else None, about, team, open_only)
    raise typer.Exit(show_findings(config, format_of(as_json, as_csv), query))


@findings.command()
def acknowledge(  # noqa: PLR0913 - its options, one a parameter
    rule: RuleName,
    subject: Subject,
    by: By,
    why: Why,
    until: Until = None,
    config: Config = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say that somebody knows of a finding: it is still shown, and no longer counts as open."""
    _decide("acknowledge", rule, subject, (by, why, until), config, dry_run, as_json)


@findings.command()
def dismiss(  # noqa: PLR0913 - its options, one a parameter
    rule: RuleName,
    subject: Subject,
    by: By,
    why: Why,
    until: Until = None,
    config: Config = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say that a finding is no problem."""
    _decide("dismiss", rule, subject, (by, why, until), config, dry_run, as_json)


@findings.command()
def undo(
    decision: Annotated[str, typer.Argument(help="Its id, as okr findings prints it.")],
    by: By,
    why: Why,
    config: Config = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a decision about a finding back; an earlier one about it counts again."""
    from pipelines.cli.findings.decisions import take_back
    from pipelines.cli.links.decisions import signature

    take_back(config, decision, signature(by), why, dry_run, format_of(as_json))


def _decide(
    action: str,
    rule: str,
    subject: str,
    said: tuple[str, str, str | None],
    config: Config,
    dry_run: bool,
    as_json: bool,
) -> None:
    from okr_model.review.requests import FindingRequest
    from pipelines.cli.findings.decisions import decide
    from pipelines.cli.links.decisions import signature

    by, why, until = said
    request = FindingRequest(action, rule, subject, signature(by), why)
    decide(config, request, until, dry_run, format_of(as_json))
