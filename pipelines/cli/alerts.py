"""``okr alerts``: what is open, whether nights run, and whether addresses work.

What belongs here: the commands and their output. What does not: causes and sending
(``pipelines.alerts``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from pipelines.cli.shared.options import Config, Json, pass_on

alerts = typer.Typer(
    help="What is wrong with the nightly runs, and who is told.", invoke_without_command=True
)


@alerts.callback()
def list_open(context: typer.Context, config: Config = None, as_json: Json = False) -> None:
    """Print the causes that are open, oldest first."""
    pass_on(context, config=config, as_json=as_json)
    if context.invoked_subcommand is None:
        raise typer.Exit(_list(config, as_json=as_json))


@alerts.command("check")
def check(config: Config = None, as_json: Json = False) -> None:
    """Raise an alert if no night was published in time; for a second scheduler.

    Exit codes: 0 all well; 1 something is open; 2 the settings cannot be used.
    """
    from pipelines.alerts.tell import between_runs
    from pipelines.project import Project
    from pipelines.store.session import kept_if_possible

    project = Project(config, with_secrets=False)
    with kept_if_possible(project):
        found, unsaid = between_runs(project)
    _print([_cause(one) for one in found], unsaid, as_json=as_json, nothing="All well.")
    raise typer.Exit(1 if found else 0)


@alerts.command("test")
def send_test(config: Config = None, as_json: Json = False) -> None:
    """Send a message marked as a test to each address, and print what became of it.

    Exit codes: 0 every address took it; 1 one did not, or there is none.
    """
    from pipelines.alerts.senders import addresses_of, send
    from pipelines.project import Project

    project = Project(config, with_secrets=False)
    name = project.settings.organization.name
    title, body = "Nothing to do: [TEST] this is a test of alerts.", f"Sent by okr-sync of {name}."
    results: list[dict[str, Any]] = []
    for address in addresses_of(project.settings.alerts):
        reason = send(address, title, body)
        results.append({"address": address.label, "sent": reason is None, "reason": reason})
    from pipelines.cli.shared.output import print_json, say

    if as_json:
        print_json(results)
    for one in [] if as_json else results:
        say(f"{one['address']}: {'sent' if one['sent'] else 'NOT SENT: ' + one['reason']}")
    if not results and not as_json:
        say("okr.yaml names no address. Add alerts: {to: [...]}; see docs/alerts.md.")
    raise typer.Exit(0 if results and all(one["sent"] for one in results) else 1)


def _list(config: Path | None, *, as_json: bool) -> int:
    from pipelines.alerts.causes import STALE
    from pipelines.alerts.course import is_open
    from pipelines.alerts.digest import begun
    from pipelines.alerts.state import AlertState
    from pipelines.project import Project

    project = Project(config, with_secrets=False)
    courses = [one for one in AlertState(project.paths.alerts).courses() if is_open(one)]
    rows = [
        _cause(one.cause)
        | {
            "since": begun(one),
            "last_read": one.cause.since if one.cause.kind in STALE else None,
            "opened": one.opened,
        }
        for one in courses
    ]
    _print(rows, [], as_json=as_json, nothing="No alert is open.")
    return 0


def _cause(cause: Any) -> dict[str, Any]:
    return {
        "cause": cause.id,
        "remedy": cause.remedy,
        "happened": cause.happened,
        "since": cause.since,
        "key_results": list(cause.key_results),
        "page": cause.page,
    }


def _print(rows: list[dict[str, Any]], unsaid: list[str], *, as_json: bool, nothing: str) -> None:
    from pipelines.alerts.digest import in_utc
    from pipelines.cli.shared.output import print_json, say

    for sentence in unsaid:
        say(sentence, stderr=True)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        since = f"since {in_utc(row['since'] or 'now')}"
        since += f", last read {in_utc(row['last_read'])}" if row.get("last_read") else ""
        say(f"{row['remedy']}\n    {row['cause']}, {since}\n    {row['happened']}")
        say(f"    Key Results: {', '.join(row['key_results']) or 'none known'}; {row['page']}")
    if not rows:
        say(nothing)
