"""Draws the README's pictures: the page, and `okr show` in a terminal, on the sample company.

Run by `make picture`; needs the demo to have run, because it draws what that published, and
Chromium for the page.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI

from pipelines.cli.page.serve import serving
from pipelines.cli.show import print_table
from pipelines.project import Project
from pipelines.settings import load_settings
from published.selection import current_cycle, in_order, published_day
from published.tables import PublishedTables

_VIEWS = {
    "page-team.png": "team/Customer experience",
    "page-key-result.png": "key-results/KR-17",
    "page-lead.png": "lead?queue=broken",
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main(settings_path: Path, folder: Path) -> None:
    """Draw what `settings_path` published into a folder."""
    draw_command(settings_path, folder / "okr-show.svg")
    draw_page(settings_path, folder)


def draw_page(settings_path: Path, folder: Path) -> None:
    """Three views of the page in headless Chromium."""
    project = Project(settings_path, with_secrets=False)
    browser_path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    with serving(project, 0) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--font-render-hinting=none"]
        )
        view = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        for name, path in _VIEWS.items():
            view.goto(address + path)
            view.screenshot(path=folder / name)
        browser.close()


def draw_command(settings_path: Path, picture: Path) -> None:
    """What `okr show` prints, as it looks in a terminal."""
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
