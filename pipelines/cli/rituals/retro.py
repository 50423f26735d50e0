"""``okr retro``: what a retrospective needs of a cycle that has ended.

What belongs here: choosing the cycle and writing the text. What does not: the text
(``published.rituals.retrospective``).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.cli.rituals.texts import write_or_say
from pipelines.cli.shared.published import open_published
from published.rituals.retrospective import retrospective
from published.rituals.scores import NoScoresError, last_ended


def show_retrospective(
    config: Path | None, cycle: str | None, team: str | None, output: Path | None
) -> int:
    """Print the retrospective of a cycle as Markdown, or write it to a file; returns 0.

    Raises:
        NoScoresError: No cycle has scores yet, or there are none of this cycle or team.
        UserError: The file cannot be written.
    """
    settings, tables = open_published(config)
    if cycle is None and tables.has("scores"):
        cycle = last_ended(settings.cycles, tables.frame("scores"))
    if cycle is None:
        raise NoScoresError("no cycle has ended with scores yet; name one with --cycle.")
    text = retrospective(tables, settings.organization.name, cycle, team)
    write_or_say(text, output, f"The retrospective of {cycle}")
    return 0
