"""``okr retro``: what a retrospective needs of a cycle that has ended.

What belongs here: choosing the cycle and writing the text. What does not: the text
(``published.rituals.retrospective``).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.cli.rituals.texts import write_or_say
from pipelines.cli.shared.options import Format
from pipelines.project import Project
from published.export import json_text
from published.moment import last_day
from published.rituals.low_times import low_times_of
from published.rituals.retrospective import retrospective_of, retrospective_record
from published.rituals.retrospective_text import retrospective_markdown
from published.rituals.scores import NoScoresError, last_scored
from published.selection import known_cycle
from published.snapshot import Snapshots
from published.tables import PublishedTables


def show_retrospective(
    config: Path | None, cycle: str | None, team: str | None, form: Format, output: Path | None
) -> int:
    """Print the retrospective of a cycle as Markdown or JSON, or write it to a file; returns 0.

    Raises:
        NoScoresError: No cycle has scores yet, or there are none of this cycle or team.
        UserError: The file cannot be written.
    """
    project = Project(config, with_secrets=False)
    settings, tables = project.settings, PublishedTables(project.paths.duckdb)
    cycle = known_cycle(settings.cycles, cycle) or last_scored(tables, settings.cycles, team)
    if cycle is None:
        raise NoScoresError("no cycle has ended with scores yet; name one with --cycle.")
    snapshot = Snapshots(project.paths.duckdb).current()
    low = low_times_of(snapshot, settings.organization.zone, cycle, last_day(snapshot))
    pack = retrospective_of(tables, cycle, team, low)
    if form is Format.JSON:
        text = json_text(retrospective_record(pack), indent=1)
    else:
        text = retrospective_markdown(pack, settings.organization.name)
    write_or_say(text, output, f"The retrospective of {cycle}")
    return 0
