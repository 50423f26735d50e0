"""Draws the README's picture: `okr show` on the sample company, as it looks in a terminal.

Run by `make picture`; needs the demo to have run, because it draws what that published.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from pipelines.cli.show import print_table
from pipelines.settings import load_settings
from published.selection import current_cycle, in_order, published_day
from published.tables import PublishedTables


def main(settings_path: Path, picture: Path) -> None:
    """Draw what `settings_path` published into `picture`."""
    settings = load_settings(settings_path, with_secrets=False)
    tables = PublishedTables(settings.publish.duckdb)
    day = published_day(tables)
    frame = tables.frame("key_results")
    cycle = current_cycle(settings.cycles, day)
    screen = Console(
        record=True, width=142, markup=False, emoji=False, highlight=False, file=io.StringIO()
    )
    print_table(screen, settings, in_order(frame[frame["cycle_id"] == cycle]), day, cycle)
    svg = screen.export_svg(title="okr show", theme=MONOKAI)
    # The picture must not fetch a font from anywhere: the reader's own monospace will do.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    picture.write_text(svg.replace("Fira Code, monospace", "monospace"), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
