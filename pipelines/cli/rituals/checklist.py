"""``okr checklist`` and ``okr checklist attest``.

What belongs here: choosing the cycle, recording by command, and printing. What does not: the items
(``published.rituals.checklist``), validating and recording (:mod:`pipelines.review.attest`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from okr_model.review.requests import Signature
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.lake.decision_log import DecisionLog
from pipelines.model.organization import organization_of
from pipelines.project import Project
from pipelines.review.attest import attest, draft_attestation
from published.audit.decided import in_words
from published.export import machine
from published.formatting import ENGLISH, plain
from published.moment import last_day
from published.rituals.checklist import Checked, checklist_of, pending_attestations
from published.selection import current_cycle, known_cycle
from published.snapshot import Snapshots

_MARKS = {"done": "✓", "open": "·", "unknown": "?"}


def show_checklist(config: Path | None, cycle: str | None, *, as_json: bool) -> int:
    """Print every item of a cycle; returns 0.

    Raises:
        published.rituals.checklist.NoChecklistError: There is no such cycle.
    """
    project = Project(config, with_secrets=False)
    tables = Snapshots(project.paths.duckdb).current()
    organization = organization_of(project.settings)
    chosen = cycle or current_cycle(organization.cycles, last_day(tables))
    items = checklist_of(tables, organization, chosen)
    log = DecisionLog(project.paths.decisions).frame()
    newer = pending_attestations(items, log, known_cycle(organization.cycles, chosen) or chosen)
    if as_json:
        print_json([_record(one, newer) for one in items])
        return 0
    table = Table(
        title=f"{organization.name} · checklist of {chosen}",
        **{"title_justify": "left", "title_style": "bold", "box": None},  # type: ignore[arg-type]
    )
    for name in ("", "Item", "Told by", "Because"):
        table.add_column(name, no_wrap=name in ("", "Told by"))
    for one in items:
        table.add_row(_MARKS[one.state], one.says, _told_by(one, newer), plain(one.because))
    counts = Counter(one.state for one in items)
    screen = console()
    screen.print(table)
    screen.print(
        f"{counts['done']} of {len(items)} are done, {counts['open']} open, {counts['unknown']} not"
        " known."
    )
    return 0


def attest_item(
    config: Path | None,
    item: str,
    cycle: str | None,
    said: tuple[Signature, str],
    dry_run: bool,
    form: Format,
) -> int:
    """Record that somebody attests an item, and print it; returns 0.

    Raises:
        DecisionError: See :func:`pipelines.review.attest.draft_attestation`.
    """
    project = Project(config, with_secrets=False)
    chosen = cycle or current_cycle(project.settings.cycles, project.clock.as_of)
    row = (draft_attestation if dry_run else attest)(project, item, chosen, *said)
    return tell_attested(row, dry_run, form)


def tell_attested(row: Mapping[str, Any], dry_run: bool, form: Format) -> int:
    """Print what is attested, or would be; returns 0."""
    if form is Format.JSON:
        print_json({**row, "recorded": not dry_run})
        return 0
    outcome = "Dry run, not recorded" if dry_run else f"Recorded as {row['decision_id']}"
    console().print(f"{outcome}: {in_words(row, '')}.")
    if not dry_run:
        console().print(
            "It takes effect with the next run; at once with: okr sync --offline. Take it back"
            f" with: okr links undo {row['decision_id']}"
        )
    return 0


_Newer = Mapping[str, dict[str, Any] | None]
"""What counts from the next run, by item; see ``pending_attestations``."""


def _record(one: Checked, newer: _Newer) -> dict[str, Any]:
    row = newer.get(one.item)
    pending = row and {
        "attested_by": row["decided_by"],
        "because": row["why"],
        "decision_id": row["decision_id"],
    }
    told = {name: machine(value) for name, value in asdict(one).items()}
    return told | {"pending": pending, "taken_back": one.item in newer and row is None}


def _told_by(one: Checked, newer: _Newer) -> str:
    if one.item in newer:
        row = newer[one.item]
        told = plain(row["decided_by"]) if row else "taken back"
        return f"{told}, counts from the next run"
    if one.kind == "computed":
        return "computed"
    if one.attested_on is None:
        return "to be attested"
    return f"{plain(one.attested_by)}, {ENGLISH.day(one.attested_on)}"
