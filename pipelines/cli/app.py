"""The top-level commands and their options.

What belongs here: declaring commands for Typer, and turning errors into exit codes. What does not:
what a command does (one module per command), groups of commands (``links.commands``,
``findings.commands``).
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.alerts import alerts
from pipelines.cli.alignment.commands import alignment, rollup
from pipelines.cli.backup.commands import backup, restore
from pipelines.cli.changes.commands import changes, diff
from pipelines.cli.contract.commands import contract
from pipelines.cli.demo.commands import demo
from pipelines.cli.findings.commands import findings
from pipelines.cli.links.commands import links
from pipelines.cli.page.commands import serve
from pipelines.cli.quality.commands import quality
from pipelines.cli.rituals.commands import RITUALS, checklist, rollout
from pipelines.cli.shared.options import Config, Csv, Day, Json, format_of
from pipelines.cli.shared.options import Format as Format
from pipelines.cli.store import store
from pipelines.cli.targets import publish, targets

app = typer.Typer(
    name="okr",
    help="Every night, one trustworthy table of Key Results from Jira, Notion and Google Sheets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(alerts, name="alerts")
app.add_typer(demo, name="demo")
app.add_typer(findings, name="findings")
app.add_typer(checklist, name="checklist")
app.add_typer(rollout, name="rollout")
app.add_typer(links, name="links")
app.add_typer(serve, name="serve")
app.add_typer(store, name="store")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        from pipelines.cli.shared.output import say

        say(f"okr-sync {version('okr-sync')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the installed version and exit.",
        ),
    ] = False,
) -> None:
    pass


@app.command()
def init(
    config: Config = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="An answer, such as jira.url=https://acme.atlassian.net; repeatable.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: take the answers given, else the defaults.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print okr.yaml, write nothing.")
    ] = False,
) -> None:
    """Ask what is needed, look what the services hold, and write okr.yaml.

    Exit codes: 0 written; 2 an answer is missing, or nothing holds Key Results; else the first
    run's, see okr sync.
    """
    from pipelines.cli.setup.init import run_init

    raise typer.Exit(run_init(config, given or [], yes=yes, dry_run=dry_run))


@app.command()
def sync(
    config: Config = None,
    as_of: Day = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Read nothing; recompute from the lake alone.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, compute and check, but publish nothing.")
    ] = False,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan",
            help="Say what would be read, and what the settings change in what is published.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Read every source, link, compute, check and publish.

    Exit codes: 0 all well; 3 published, but a source could not be read or a target not written;
    1 nothing published; 2 refused: the settings, the options, the day or the data folder cannot be
    used.
    """
    if plan:
        from pipelines.cli.setup.sync_plan import run_plan

        if as_of or offline or dry_run:
            raise typer.BadParameter("--plan goes with --config and --json only.")
        raise typer.Exit(run_plan(config, as_json=as_json))
    from pipelines.cli.sync import run_sync

    day = as_of.date() if as_of else None
    raise typer.Exit(run_sync(config, day, read=not offline, publish=not dry_run, as_json=as_json))


@app.command()
def rebuild(
    config: Config = None,
    first: Annotated[
        dt.datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="First day. Default: that of the first cycle."
        ),
    ] = None,
    last: Annotated[
        dt.datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last day. Default: the last one over."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compute and compare, but publish nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Recompute past days from what is known now, offline; replaced rows are kept.

    Exit codes: 0 all well; 1 nothing published, a check failed; 2 the days cannot be rebuilt.
    """
    from pipelines.cli.rebuild import run_rebuild

    begin, end = (day.date() if day else None for day in (first, last))
    raise typer.Exit(run_rebuild(config, begin, end, publish=not dry_run, as_json=as_json))


@app.command()
def show(
    config: Config = None,
    team: Annotated[str | None, typer.Option(help="Only this team.")] = None,
    cycle: Annotated[
        str | None, typer.Option(help="This cycle, or all. Default: the current one.")
    ] = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Print the Key Results as they were last published."""
    from pipelines.cli.show import show_key_results

    raise typer.Exit(show_key_results(config, team, cycle, format_of(as_json, as_csv)))


@app.command()
def explain(
    key_result: Annotated[str, typer.Argument(help="Such as KR-17; or an initiative: SUP-3.")],
    config: Config = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="A past day. Default: the last run's."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print how a Key Result's numbers came about, down to the source records.

    Of an initiative: what it serves, by which evidence, and what it might serve.
    """
    from pipelines.cli.explain import explain_key_result

    day = as_of.date() if as_of else None
    raise typer.Exit(explain_key_result(config, key_result, format_of(as_json), day))


@app.command()
def measure(
    text: Annotated[str, typer.Argument(metavar="MEASURE", help="In quotation marks.")],
    key_result: Annotated[str, typer.Option("--key-result", help="Such as KR-17.")],
    config: Config = None,
    as_of: Day = None,
    settle: Annotated[
        str | None, typer.Option(help="After how many days a value settles, such as: 5 days.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Try a measure for a Key Result, offline: value, sources and series; writes nothing.

    Exit codes: 0 it has a value; 1 it has none; 2 the measure or the options cannot be used.
    """
    from pipelines.cli.measure import show_measure

    day, form = as_of.date() if as_of else None, format_of(as_json)
    raise typer.Exit(show_measure(config, text, key_result, day, settle, form))


class Part(StrEnum):
    """How the calls of a cycle are grouped for scoring."""

    ALL = "all"
    WEEK = "week"
    TEAM = "team"
    PROBABILITY = "probability"


@app.command()
def calibration(
    config: Config = None,
    cycle: Annotated[
        str | None, typer.Option(help="This cycle. Default: the last one that has ended.")
    ] = None,
    by: Annotated[Part, typer.Option(help="Score the calls group by group.")] = Part.ALL,
    plot: Annotated[
        Path | None, typer.Option(help="Also draw stated against observed into this SVG file.")
    ] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Print how often the calls of a past cycle came true: computed, the teams', the pace's."""
    from pipelines.cli.calibration import show_calibration

    form = format_of(as_json, as_csv)
    raise typer.Exit(show_calibration(config, cycle, by.value, plot, form))


@app.command()
def doctor(
    config: Config = None,
    scrub: Annotated[
        bool,
        typer.Option(
            "--scrub",
            help="Replace credentials that an older version wrote into tables, history and logs.",
        ),
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave out the services; check this machine alone.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check credentials, places, fields, files, disk, clock and state; say what to do.

    Exit codes: 0 no check failed; 1 one did.
    """
    from pipelines.cli.setup.doctor import run_doctor

    code = run_doctor(config, mend=scrub, offline=offline, as_json=as_json)
    raise typer.Exit(code)


for command in (rollup, alignment, *RITUALS, quality, backup, restore, publish, targets):
    app.command()(command)


@app.command()
def mcp(
    config: Config = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group", help="A group for which it speaks, for restricted rows; repeatable."
        ),
    ] = None,
) -> None:
    """Serve six read-only tools of the Model Context Protocol on stdin and stdout."""
    from pipelines.cli.assistant.server import serve_tools

    raise typer.Exit(serve_tools(config, group or []))


@app.command()
def dev(
    config: Config = None,
    port: Annotated[int, typer.Option(help="Port of the web page, on this machine only.")] = 3000,
) -> None:
    """Open Dagster's web page with the schedule, the asset graph and every run."""
    from pipelines.cli.dev import run_dev

    raise typer.Exit(run_dev(config, port))


@app.command()
def schema() -> None:
    """Print the JSON schema of okr.yaml, for editors."""
    import json

    from pipelines.cli.shared.output import say
    from pipelines.settings import Settings

    say(json.dumps(Settings.model_json_schema(by_alias=True), indent=2))


@app.command()
def dictionary() -> None:
    """Print what every published table and column means, as Markdown."""
    from pipelines.cli.contract.dictionary import dictionary as text
    from pipelines.cli.shared.output import say

    say(text())


app.command()(contract)
app.command()(changes)
app.command()(diff)


def main() -> None:
    """Run the command.

    A :class:`UserError` becomes its message and exit code 2, a full disk a sentence and 1. A defect
    becomes its kind and place and exit code 1: its own words may hold what a source sent, or a
    secret. ``python -X dev`` shows it whole.
    """
    from pipelines.cli.shared.output import say, show_logs_harmlessly
    from pipelines.errors import disk_trouble, place_of_fault
    from pipelines.freed_memory import give_back_freed_memory
    from pipelines.lake.private_files import OWNER_ONLY
    from pipelines.text_storage import hold_texts_as_strings
    from published.errors import UserError

    # Imports allocate about a million long-lived objects; with the default thresholds, a third of
    # the import time goes into garbage collection.
    gc.set_threshold(100_000, 20, 100)
    give_back_freed_memory()
    hold_texts_as_strings()
    show_logs_harmlessly()
    os.umask(OWNER_ONLY)
    try:
        app()
    except UserError as error:
        say(str(error), stderr=True)
        sys.exit(2)
    except Exception as fault:
        if sys.flags.dev_mode:
            raise
        itself = f"okr itself failed ({place_of_fault(fault)}). Please report it."
        say(disk_trouble(fault) or itself, stderr=True)
        sys.exit(1)
