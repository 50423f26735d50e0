"""``okr sync``: a nightly run with progress on the screen and a summary at the end.

What belongs here: running it and printing its result. What does not: the run (``nightly_run``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from connectors.records import ProblemRule
from pipelines.cli.links.review import print_review
from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.progress import Progress
from pipelines.cli.shared.signals import ended_by_signals
from pipelines.project import Project
from pipelines.run_status.unread import HELD_BACK, unreachable_places

if TYPE_CHECKING:
    from pipelines.nightly_run import NightlyResult


def run_sync(
    config: Path | None, day: dt.date | None, *, read: bool, publish: bool, as_json: bool
) -> int:
    """Run and print the result.

    Returns:
        The exit code: 0, 1 or 3; see :attr:`pipelines.nightly_run.NightlyResult.exit_code`. A dry
        run that would have published returns 0, or 3 if a source could not be read.
    """
    screen = console(stderr=as_json)
    with ended_by_signals(), Progress(screen) as progress:
        project = Project(config, day, report=progress.report, with_secrets=read)
        _ = project.settings  # report invalid settings before loading Dagster, which is slow
        from pipelines.nightly_run import run_nightly

        night = run_nightly(project, read=read, publish=publish)
    code = night.exit_code
    if not publish and not night.violations and not night.crash:
        code = 3 if night.incomplete else 0
    if as_json:
        print_json(summary(project, night, code, publish=publish))
    else:
        print_result(screen, project, night, publish=publish)
    return code


def summary(project: Project, night: NightlyResult, code: int, *, publish: bool) -> dict[str, Any]:
    """The run as one JSON object."""
    return {
        "as_of": project.clock.as_of,
        "run_id": night.run_id,
        "outcome": _outcome(night, publish=publish),
        "exit_code": code,
        "sources": night.attempts,
        "failed_sources": night.failed_sources,
        "unreached": list(night.unreached),
        "unread": list(night.unread),
        "made_anew": list(night.notices),
        "remarks": list(night.remarks),
        "unsaid": list(night.unsaid),
        "targets": [asdict(one) for one in night.targets],
        "complaints": night.violations,
        "advice": list(night.advice),
        "seconds": night.seconds,
        "steps": {name: asdict(cost) for name, cost in night.steps.items()},
        "summary": asdict(night.closing) if night.closing else None,
        "crash": night.crash,
        "review": asdict(night.review) if night.review else None,
        "duckdb": str(project.paths.duckdb),
    }


def print_result(
    screen: Console, project: Project, night: NightlyResult, *, publish: bool = True
) -> None:
    """Print a summary of the run."""
    for name, attempt in night.attempts.items():
        style = "red" if attempt["state"] == "failed" else None
        screen.print(_source_line(name, attempt), style=style)
    held_back = _unreached(project, night, HELD_BACK)
    unreadable = _unreached(project, night, {ProblemRule.UNREADABLE_FILE})
    elsewhere = {*held_back, *unreadable}
    for what, sentences, style in (
        ("NOTE", night.remarks, None),
        ("MADE ANEW", night.notices, "yellow"),
        ("NOT TOLD", night.unsaid, "yellow"),
        ("NOT REACHED", [one for one in night.unreached if one not in elsewhere], "red"),
        ("HELD BACK", held_back, "red"),
        ("NOT READ", [*unreadable, *night.unread], "red"),
        ("NOT PUBLISHED TO", night.unwritten, "red"),
    ):
        for sentence in sentences:
            screen.print(f"        {what}: {sentence}", style=style)
    if night.review:
        print_review(screen, night.review)
    if night.crash:
        kept = "Not published; the tables published before are kept."
        done = "Published, but the run did not end well."
        screen.print(f"{done if night.published else kept} {night.crash}", style="red")
    elif night.violations:
        _print_blocked(screen, night)
    elif night.unchanged:
        since = night.unchanged.published_at.tz_convert(project.settings.organization.zone)
        screen.print(
            f"Nothing has changed since {since:%Y-%m-%d %H:%M %Z}: "
            f"the tables of {project.clock.as_of} in {project.paths.duckdb} are up to date"
        )
    elif publish:
        screen.print(f"Published the tables of {project.clock.as_of} to {project.paths.duckdb}")
    else:
        screen.print(
            f"Dry run: the tables of {project.clock.as_of} pass every check; nothing was published."
        )
    counts = f"{night.closing}; " if night.closing else ""
    screen.print(f"{counts}{night.seconds:.1f} s")


def _unreached(project: Project, night: NightlyResult, rules: Collection[str]) -> list[str]:
    """What is said of the places with one of these problems."""
    places = unreachable_places(project) if night.unreached else []
    found = tuple(one.sentence for one in places if one.rule in rules)
    return [one for one in night.unreached if one.startswith(found)]


def _print_blocked(screen: Console, night: NightlyResult) -> None:
    screen.print("Not published; the tables published before are kept:", style="red")
    for check, violations in night.violations.items():
        screen.print(f"  {check.replace('_', ' ')}\n{_indented(violations)}")
    for sentence in night.advice:
        screen.print(f"  {sentence}")


def _outcome(night: NightlyResult, *, publish: bool) -> str:
    if night.unchanged:
        return "unchanged"
    if night.published:
        return "published"
    return "not published" if publish else "dry run"


def _source_line(name: str, attempt: dict[str, Any]) -> str:
    if attempt["state"] == "failed":
        return " ".join(
            filter(None, (f"{name:<7} FAILED:", attempt["error"], attempt.get("set_by")))
        )
    retried = f" ({attempt['retries']} repeated)" if attempt["retries"] else ""
    return (
        f"{name:<7} {attempt['rows']:>7,} records read, {attempt['changed']:,} new or different, "
        f"{attempt['deleted']:,} gone; {attempt['requests']:,} requests{retried}, "
        f"{attempt['seconds']:.1f} s"
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
