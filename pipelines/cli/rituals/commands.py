"""The options of ``okr agenda``, ``messages``, ``calendar``, ``score``, ``close`` and so on.

What belongs here: declaring the commands. What does not: what they print (the modules of their
names).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.shared.options import (
    By,
    Config,
    DryRun,
    Json,
    ShowsByDefault,
    Why,
    format_of,
)


class Way(StrEnum):
    """What becomes of a Key Result or an Objective when its cycle ends."""

    CONTINUE = "continue"
    ABANDON = "abandon"
    DONE = "done"


def agenda(
    team: Annotated[str, typer.Argument(help="Such as Sales.")],
    config: Config = None,
    cycle: Annotated[
        str | None, typer.Option("--cycle", help="Such as 2026-Q4. Default: the usual one.")
    ] = None,
    day: Annotated[
        dt.datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="A past day. Default: the last run's."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write it to this file.", dir_okay=False)
    ] = None,
    notion: Annotated[
        bool, typer.Option("--notion", help="Write it as a page in Notion, once a day.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the agenda of a team's check-in as Markdown: critical Key Results first, four steps.

    Exit codes: 0 all well; 1 the page could not be written.
    """
    from pipelines.cli.rituals.agenda import show_agenda, write_agenda

    on = day.date() if day else None
    if notion and output:
        raise typer.BadParameter("--notion writes a page, and no file: leave one of them out.")
    if notion:
        raise typer.Exit(write_agenda(config, team, on, as_json=as_json))
    raise typer.Exit(show_agenda(config, team, (cycle, on), format_of(as_json), output))


def messages(
    config: Config = None,
    team: Annotated[str | None, typer.Option("--team", help="Only this one's; dry.")] = None,
    day: Annotated[
        dt.datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="Those of a published day; dry."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what they say and to whom; send nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send today's messages to teams that are not sent yet: what is due, or wins and moves.

    Exit codes: 0 all well; 1 one could not be sent.
    """
    from pipelines.cli.rituals.messages import send_messages, show_messages

    tell = show_messages if dry_run else send_messages
    raise typer.Exit(tell(config, team, day.date() if day else None, as_json=as_json))


def calendar(
    config: Config = None,
    team: Annotated[
        str | None, typer.Option("--team", help="Only its cycles and check-ins. Default: all.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write it to this file.", dir_okay=False)
    ] = None,
) -> None:
    """Print the phases of cycles and the check-ins of teams as a calendar (iCalendar)."""
    from pipelines.cli.rituals.calendar import write_calendar

    raise typer.Exit(write_calendar(config, team, output))


def prepare(
    config: Config = None,
    cycle: Annotated[
        str | None, typer.Option("--cycle", help="Such as 2027-Q1. Default: the next one.")
    ] = None,
    team: Annotated[str | None, typer.Option("--team", help="Such as Sales. Default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Print the five steps before a cycle, with dates, and which of them each team has taken."""
    from pipelines.cli.rituals.preparation import show_preparation

    raise typer.Exit(show_preparation(config, cycle, team, as_json=as_json))


checklist = typer.Typer(
    cls=ShowsByDefault,
    help="Print the checklist of a cycle; attest an item that no table can tell.",
)


@checklist.command("show")
def show_checklist(
    config: Config = None,
    cycle: Annotated[
        str | None, typer.Option("--cycle", help="Such as 2026-Q3. Default: the present one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the 26 items of a cycle: computed, and from what, or attested, by whom and when."""
    from pipelines.cli.rituals.checklist import show_checklist as show

    raise typer.Exit(show(config, cycle, as_json=as_json))


@checklist.command()
def attest(
    item: Annotated[str, typer.Argument(help="Such as training.")],
    by: By,
    why: Why,
    cycle: Annotated[
        str | None, typer.Option("--cycle", help="Such as 2026-Q3. Default: the present one.")
    ] = None,
    config: Config = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say that an item is so, in your name and with today's date."""
    from pipelines.cli.links.decisions import signature
    from pipelines.cli.rituals.checklist import attest_item

    said = (signature(by), why)
    raise typer.Exit(attest_item(config, item, cycle, said, dry_run, format_of(as_json)))


rollout = typer.Typer(
    cls=ShowsByDefault,
    help="Print how OKRs are rolled out; attest a step of a wave that no table can tell.",
)


@rollout.command("show")
def show_rollout(config: Config = None, as_json: Json = False) -> None:
    """Print the nine decisions and, of each wave, stage, training, first days and the gate."""
    from pipelines.cli.rituals.rollout import show_rollout as show

    raise typer.Exit(show(config, as_json=as_json))


@rollout.command("attest")
def attest_step(
    step: Annotated[str, typer.Argument(help="Such as announcement.")],
    wave: Annotated[str, typer.Option("--wave", help="Such as Pilot.")],
    by: By,
    why: Why,
    config: Config = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say that a wave has taken a step, in your name and with today's date."""
    from pipelines.cli.links.decisions import signature
    from pipelines.cli.rituals.rollout import attest_one

    said = (signature(by), why)
    raise typer.Exit(attest_one(config, step, wave, said, dry_run, format_of(as_json)))


def score(
    config: Config = None,
    cycle: Annotated[
        str | None,
        typer.Option(
            "--cycle",
            help="Such as 2026-Q3. Default: the latest with scores, the team's if one is named.",
        ),
    ] = None,
    team: Annotated[str | None, typer.Option("--team", help="Such as Sales.")] = None,
    as_json: Json = False,
) -> None:
    """Print the scores of a cycle: under present and original terms, bands, what is learnt."""
    from pipelines.cli.rituals.score import show_scores

    raise typer.Exit(show_scores(config, cycle, team, format_of(as_json)))


def close(  # noqa: PLR0913 - its options, one a parameter
    subject: Annotated[str, typer.Argument(help="Such as KR-17.")],
    way: Annotated[Way, typer.Option("--as", help="What becomes of it.")],
    by: By,
    why: Why,
    lesson: Annotated[
        str | None, typer.Option("--lesson", help="What was learnt, for whoever plans the next.")
    ] = None,
    cycle: Annotated[
        str | None,
        typer.Option("--cycle", help="Such as 2026-Q3. Default: its only one that has begun."),
    ] = None,
    objective: Annotated[
        bool, typer.Option("--objective", help="It is the id of an Objective.")
    ] = False,
    config: Config = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Decide what becomes of a Key Result or Objective at the end of its cycle, over its record."""
    from okr_model.review.requests import ClosingRequest
    from pipelines.cli.links.decisions import signature
    from pipelines.cli.rituals.close import close_one

    request = ClosingRequest(
        *(subject, way.value, signature(by), why, lesson, cycle),
        kind="objective" if objective else "key result",
    )
    raise typer.Exit(close_one(config, request, dry_run, format_of(as_json)))


def retro(
    config: Config = None,
    cycle: Annotated[
        str | None,
        typer.Option(
            "--cycle",
            help="Such as 2026-Q3. Default: the latest with scores, the team's if one is named.",
        ),
    ] = None,
    team: Annotated[str | None, typer.Option("--team", help="Such as Sales. Default: all.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write it to this file.", dir_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Print what a retrospective needs as Markdown: scores, changes, calls, lessons, decisions."""
    from pipelines.cli.rituals.retro import show_retrospective

    raise typer.Exit(show_retrospective(config, cycle, team, format_of(as_json), output))


def adoption(
    config: Config = None,
    cycle: Annotated[
        str | None,
        typer.Option("--cycle", help="Such as 2026-Q3. Default: the latest with data."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print how each team works with its Key Results, beside the cycle before; never by person."""
    from pipelines.cli.rituals.adoption import show_adoption

    raise typer.Exit(show_adoption(config, cycle, as_json=as_json))


RITUALS = (agenda, messages, calendar, prepare, score, close, retro, adoption)
"""The commands that stand alone, in the order in which help lists them."""
