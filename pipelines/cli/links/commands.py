"""The ``okr links`` commands and their options.

What belongs here: declaring the commands for Typer. What does not: what they do (the other modules
of this folder).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from pipelines.cli.shared.options import (
    By,
    Config,
    Csv,
    Day,
    DryRun,
    Json,
    ShowsByDefault,
    Why,
    format_of,
)

links = typer.Typer(
    cls=ShowsByDefault,
    help="Print which initiative serves which Key Result, with the evidence; decide about it.",
)

Initiative = Annotated[str, typer.Argument(help="Its key, title or id, such as SUP-3.")]
KeyResult = Annotated[str, typer.Argument(help="Such as KR-17.")]
Yes = Annotated[
    bool, typer.Option("--yes", help="Overrule a decision that says the opposite without asking.")
]


@links.command("show")
def show(  # noqa: PLR0913 - its options, one a parameter
    key_result: Annotated[str | None, typer.Argument(help="Only this Key Result.")] = None,
    config: Config = None,
    kr: Annotated[str | None, typer.Option("--kr", help="The same, as an option.")] = None,
    initiative: Annotated[
        str | None, typer.Option("--initiative", help="Only this initiative: key, title or id.")
    ] = None,
    as_of: Day = None,
    since: Annotated[
        dt.datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="What appeared, vanished or changed."),
    ] = None,
    orphans: Annotated[
        bool, typer.Option("--orphans", help="Work without a Key Result, and the other way round.")
    ] = False,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Only initiatives whose claims disagree.")
    ] = False,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Print which initiative serves which Key Result, with the evidence."""
    from pipelines.cli.links.listing import LinkQuery, show_links

    if orphans and (conflicts or since):
        raise typer.BadParameter("--orphans can only be combined with --as-of.")
    query = LinkQuery(
        key_result=key_result or kr,
        initiative=initiative,
        as_of=as_of.date() if as_of else None,
        since=since.date() if since else None,
        orphans=orphans,
        conflicts=conflicts,
    )
    raise typer.Exit(show_links(config, query, format_of(as_json, as_csv)))


@links.command()
def accept(  # noqa: PLR0913 - its options, one a parameter
    initiative: Initiative,
    key_result: KeyResult,
    by: By,
    why: Why,
    config: Config = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Decide that an initiative serves a Key Result, whatever its record says."""
    from okr_model.review.requests import Request
    from pipelines.cli.links.decisions import decide, signature

    request = Request("accept", initiative, key_result, signature(by), why, overrule=yes)
    decide(config, request, dry_run, format_of(as_json))


@links.command()
def reject(  # noqa: PLR0913 - its options, one a parameter
    initiative: Initiative,
    key_result: KeyResult,
    by: By,
    why: Why,
    config: Config = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Decide that an initiative does not serve a Key Result; it is never suggested again."""
    from okr_model.review.requests import Request
    from pipelines.cli.links.decisions import decide, signature

    request = Request("reject", initiative, key_result, signature(by), why, overrule=yes)
    decide(config, request, dry_run, format_of(as_json))


@links.command()
def correct(  # noqa: PLR0913 - its options, one a parameter
    initiative: Initiative,
    wrong: Annotated[str, typer.Option("--from", help="The Key Result it does not serve.")],
    right: Annotated[str, typer.Option("--to", help="The one it serves.")],
    by: By,
    why: Why,
    config: Config = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Decide that an initiative serves another Key Result than its record says."""
    from okr_model.review.requests import Request
    from pipelines.cli.links.decisions import decide, signature

    request = Request("correct", initiative, right, signature(by), why, wrong, yes)
    decide(config, request, dry_run, format_of(as_json))


@links.command()
def other(
    initiative: Initiative,
    by: By,
    why: Why,
    config: Config = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Decide that an initiative is other work: it serves no Key Result, and need not."""
    from okr_model.review.requests import Request
    from pipelines.cli.links.decisions import decide, signature

    request = Request("other", initiative, None, signature(by), why, overrule=yes)
    decide(config, request, dry_run, format_of(as_json))


@links.command()
def undo(
    decision: Annotated[str, typer.Argument(help="Its id, as okr links decisions prints it.")],
    by: By,
    why: Why,
    config: Config = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a decision back; the links are again what the sources say."""
    from pipelines.cli.links.decisions import signature, take_back

    take_back(config, decision, signature(by), why, dry_run, format_of(as_json))


@links.command()
def decisions(
    config: Config = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Print every decision ever made, the latest first."""
    from pipelines.cli.links.decisions import show_decisions

    show_decisions(config, format_of(as_json, as_csv))


@links.command()
def suggestions(
    config: Config = None,
    kr: Annotated[str | None, typer.Option("--kr", help="Only for this Key Result.")] = None,
    initiative: Annotated[
        str | None, typer.Option("--initiative", help="Only this initiative: key, title or id.")
    ] = None,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help="How right they are on links that are known.")
    ] = False,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Print what unlinked work might serve, and why; none counts before it is accepted."""
    from pipelines.cli.links.suggestions import show_suggestions
    from pipelines.cli.links.suggestions_accuracy import show_accuracy

    form = format_of(as_json, as_csv)
    if not accuracy:
        show_suggestions(config, kr, initiative, form)
    elif kr or initiative or as_csv:
        raise typer.BadParameter("--accuracy can only be combined with --json.")
    else:
        show_accuracy(config, form)


@links.command()
def review(
    config: Config = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be recorded and written; do neither.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Record what was decided in the review tab and bring it up to date, now instead of tonight."""
    from pipelines.cli.links.review import run_review

    raise typer.Exit(run_review(config, dry_run, format_of(as_json)))
