"""``okr rollout`` and ``okr rollout attest``.

What belongs here: recording by command, and printing. What does not: the rows
(``okr_model.adoption``), validating and recording (:mod:`pipelines.review.attest`).
"""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from okr_model.review.requests import Signature
from pipelines.cli.rituals.checklist import tell_attested
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.project import Project
from pipelines.review.attest import attest_step, draft_step
from published.export import machine
from published.formatting import plain
from published.rituals.adoption.rollout import TITLES, OfARollout, by_part, rollout_of
from published.snapshot import Snapshots


def show_rollout(config: Path | None, *, as_json: bool) -> int:
    """Print the decisions and the waves; returns 0.

    Raises:
        published.rituals.adoption.rollout.NoRolloutError: None is published.
    """
    project = Project(config, with_secrets=False)
    rows = rollout_of(Snapshots(project.paths.duckdb).current())
    if as_json:
        names = OfARollout.__slots__
        print_json([{name: machine(getattr(one, name)) for name in names} for one in rows])
        return 0
    screen = console()
    screen.print(f"{plain(project.settings.organization.name)} · roll-out", style="bold")
    for (wave, kind), mine in by_part(rows).items():
        of = f" of {plain(wave)}" if wave else ""
        screen.print(f"\n{TITLES[kind]}{of}", style="bold")
        table = Table(box=None, show_header=False)
        for _ in range(4):
            table.add_column()
        for one in mine:
            told = f"{plain(one.sentence)}{plain(one.left)}"
            table.add_row(plain(one.item), one.state, plain(one.due), told)
        screen.print(table)
    return 0


def attest_one(
    config: Path | None,
    step: str,
    wave: str,
    said: tuple[Signature, str],
    dry_run: bool,
    form: Format,
) -> int:
    """Record that somebody attests a step of a wave, and print it; returns 0.

    Raises:
        DecisionError: See :func:`pipelines.review.attest.draft_step`.
    """
    project = Project(config, with_secrets=False)
    row = (draft_step if dry_run else attest_step)(project, step, wave, *said)
    return tell_attested(row, dry_run, form)
