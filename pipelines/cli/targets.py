"""``okr publish`` and ``okr targets``: writing to publishing targets, and what they hold.

What belongs here: the two commands and their output. What does not: targets
(``pipelines.publish.targets``).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.shared.options import Config, Json

if TYPE_CHECKING:
    from pipelines.project import Project
    from pipelines.publish.targets.write import Outcome

_NONE = "okr.yaml names no target. Add publish: {targets: [...]}; see docs/publishing.md."


def publish(
    config: Config = None,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="NAME", help="Only this target; may be repeated. Default: all."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written or refused; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the published tables to the targets again, whether or not they hold them.

    Exit codes: 0 all written; 1 one was not, or would be refused; 2 there is no such target, or
    nothing is published.
    """
    from pipelines.cli.shared.signals import ended_by_signals
    from pipelines.datasets.former_ids import known_aliases
    from pipelines.publish.targets.write import write_targets
    from pipelines.store.session import kept

    project = _project(config)
    with ended_by_signals(), kept(project), project.exclusively():
        outcomes = write_targets(project, known_aliases, to or (), anew=True, dry_run=dry_run)
    _print(
        [asdict(one) for one in outcomes],
        [_told(one, dry_run=dry_run) for one in outcomes],
        as_json=as_json,
    )
    raise typer.Exit(int(any(one.error for one in outcomes)))


def targets(config: Config = None, as_json: Json = False) -> None:
    """Print which run each target holds, how far it is behind, and its last error."""
    from pipelines.publish.targets.held import held_by_targets

    found = held_by_targets(_project(config))
    rows = [asdict(one) | {"current": one.current} for one in found]
    _print(rows, [one.sentence for one in found], as_json=as_json)


def _project(config: Config) -> Project:
    """The project; with the credentials of sources only if a target signs in with one."""
    from pipelines.project import Project

    project = Project(config, with_secrets=False)
    targets = project.settings.publish.targets
    return Project(config) if any(one.kind == "notion" for one in targets) else project


def _told(one: Outcome, *, dry_run: bool) -> str:
    if one.error:
        failed = "WOULD NOT BE WRITTEN" if dry_run else "NOT WRITTEN"
        return f"{one.name} ({one.kind}): {failed}: {one.error}"
    rows = f"{sum(one.rows.values()):,} rows of {len(one.rows)} tables"
    return f"{one.name} ({one.kind}): {one.state}: {rows} as of {one.as_of}, run {one.run_id}"


def _print(rows: list[dict[str, Any]], sentences: list[str], *, as_json: bool) -> None:
    from pipelines.cli.shared.output import print_json, say

    if as_json:
        print_json(rows)
        return
    for sentence in sentences or [_NONE]:
        say(sentence)
