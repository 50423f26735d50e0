"""``okr rebuild``: recompute past days, and print what changed.

What belongs here: running the rebuild and printing its result. What does not: the rebuild itself
(``past_days.rebuild``).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.progress import Progress
from pipelines.cli.shared.signals import ended_by_signals
from pipelines.past_days.rebuild import Rebuilt, rebuild
from pipelines.project import Project
from published.formatting import plain

_SHOWN = 10


def run_rebuild(
    config: Path | None,
    first: dt.date | None,
    last: dt.date | None,
    *,
    publish: bool,
    as_json: bool,
) -> int:
    """Rebuild the days and print the result.

    Returns:
        The exit code: 0, or 1 if a failed check prevented publishing.
    """
    screen = console(stderr=as_json)
    with ended_by_signals(), Progress(screen) as progress:
        project = Project(config, report=progress.report, with_secrets=False)
        done = rebuild(project, first, last, publish=publish)
    if as_json:
        print_json(_summary(done, publish=publish))
    else:
        _print_result(screen, project, done, publish=publish)
    return 1 if done.violations else 0


def _summary(done: Rebuilt, *, publish: bool) -> dict[str, Any]:
    return {
        "run_id": done.run_id,
        "from": done.days[0],
        "to": done.days[-1],
        "outcome": "published" if done.published else "not published" if publish else "dry run",
        "rows": done.rows,
        "new": done.new,
        "unchanged": done.unchanged,
        "restated": done.restated,
        "complaints": done.violations,
    }


def _print_result(screen: Console, project: Project, done: Rebuilt, *, publish: bool) -> None:
    screen.print(
        f"{done.days[0]} to {done.days[-1]}: {len(done.days)} days, {done.rows:,} rows;"
        f" {done.new:,} new, {len(done.restated):,} restated, {done.unchanged:,} unchanged"
    )
    for row in done.restated[:_SHOWN]:
        changed = row["changed"]
        parts = [
            f"{name} {_short(was['before'])} → {_short(was['now'])}"
            for name, was in changed.items()
        ]
        more = f" and {len(parts) - 3} more" if len(parts) > 3 else ""
        screen.print(f"  {row['key_result_id']} on {row['as_of']}: {', '.join(parts[:3])}{more}")
    if len(done.restated) > _SHOWN:
        by_id = Counter(row["key_result_id"] for row in done.restated)
        names = ", ".join(f"{name} ({count})" for name, count in by_id.most_common())
        screen.print(f"  … in all: {names}")
    if done.violations:
        screen.print("Not published; the tables published before are kept:", style="red")
        for sentence in done.violations:
            screen.print(f"  {sentence}")
    elif publish:
        screen.print(
            f"Published to {project.paths.duckdb}; replaced rows are in key_results_restated."
        )
    else:
        screen.print("Dry run: nothing was published.")


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "nothing" if value is None else str(plain(str(value)))
