"""A Google Sheet and a Notion database as targets of the kills of ``targets``, and their readers.

Both are stand-ins behind HTTP, in a process that is not killed. A reader sees what one request
would: the stand-in's state between two requests. A sheet is written in one request, a large one in
several; Notion changes page by page. Where a target is not whole, it has to say so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.notion.source import NotionSettings
from connectors.sheets import shared_book
from connectors.sheets.source import SheetsSettings
from connectors.transport.retry import RetryPolicy
from pipelines.publish.targets.manifest import Target
from pipelines.publish.targets.notion.target import NotionTarget
from pipelines.publish.targets.published_run import PublishedRun
from pipelines.publish.targets.sheet.target import SheetTarget
from sandbox.server.google.sheets.batch import batch_update
from sandbox.server.google.sheets.store import Cell, Tab
from sandbox.server.notion.records import Page, as_runs
from sandbox.server.notion.store import NewDataSource, Property, notion_id
from tests.connectors.support.loopback import Asked, Reply, serving
from tests.connectors.support.notion_workspace import TOKEN, Notion
from tests.connectors.support.sheets_stand_in import METRICS, Google
from tests.support.published.running_key_results import kr, publish
from tests.support.published.runs import run_id

WIKI, TABLE = notion_id("database", "wiki"), notion_id("source", "wiki")
LARGE = "large-spreadsheet"
SMALL_REQUESTS = 1_200  # bytes, so that a few rows take several requests
ROWS = {1: 6, 2: 9}
OURS = "Our note"
_BUSY = "is writing here"  # what a target says while it is not whole

Look = tuple[set[str], tuple[int, ...]] | None
"""The runs and the rows that a reader saw; None if the target said that it is not whole."""


@dataclass(frozen=True)
class Addresses:
    """Where the stand-ins are, for the process that is killed."""

    google: str
    notion: str
    key_file: Path

    def targets(self) -> list[Target]:
        """One target of each kind, and a sheet that is too large for one request."""
        retry = RetryPolicy(attempts=2, base_seconds=0.01)
        sheets = [
            SheetTarget(
                name,
                SheetsSettings(self.key_file, (book,), self.google, 60_000, retry=retry),
                keeps_keys=True,
            )
            for name, book in (("sheet", METRICS), ("large sheet", LARGE))
        ]
        place = NotionSettings(
            TOKEN, (WIKI,), self.notion, "2025-09-03", requests_per_minute=60_000, retry=retry
        )
        return [*map(_InItsRequests, sheets), NotionTarget("notion", place, ())]


class _InItsRequests:
    """A sheet target whose name tells how large its requests may be."""

    def __init__(self, target: SheetTarget) -> None:
        self._target, self.name = target, target.name
        self.manifest = target.manifest

    def write(self, run: PublishedRun) -> object:
        usual = shared_book.MOST_BYTES
        shared_book.MOST_BYTES = SMALL_REQUESTS if "large" in self.name else usual
        try:
            return self._target.write(run)
        finally:
            shared_book.MOST_BYTES = usual


def run_of(number: int) -> PublishedRun:
    """The first or the second run, whose values and number of rows differ."""
    return publish(number, *(kr(n, current_value=float(number)) for n in range(ROWS[number])))


class Shared:
    """The stand-ins, and what people have beside our columns."""

    def __init__(self) -> None:
        self.google, self.notion = Google(), Notion()
        self._still = threading.Lock()
        tab = Tab("Ours", [["mine"]])
        self.google.drive.add_spreadsheet(LARGE, "Large", "en_US", "UTC", (tab,))
        schema = {"Name": Property("title"), OURS: Property("rich_text")}
        self.notion.workspace.add_database(WIKI, "Wiki", [NewDataSource(TABLE, "Wiki", schema)])

    def answer_as(self, service: Google | Notion) -> Callable[[Asked], Reply]:
        """Answers one request at a time, so that a reader sees none half done."""

        def answer(asked: Asked) -> Reply:
            with self._still:
                return service.answer(asked)

        return answer

    def annotate(self) -> None:
        """People write into a column of their own, beside each of the first run's rows."""
        for book in (METRICS, LARGE):
            drive = self.google.drive
            tab = drive.files[book].sheet("Key Results")
            span = {"sheetId": tab.sheet_id, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}
            batch_update(
                drive, drive.files[book], {"requests": [{"insertDimension": {"range": span}}]}
            )
            for row, key in self._keys(book).items():
                tab.put(row, 2, Cell(OURS if key == "key_result_id" else f"for {key}"))
        for page in self._pages():
            self.notion.workspace.edit_page(
                page.id, **{OURS: f"for {self._value(page, 'key_result_id')}"}
            )

    def touched(self) -> int:
        """How many of their notes are gone or beside another row."""
        kept = 0
        for book in (METRICS, LARGE):
            cells = self.google.drive.files[book].sheet("Key Results").cells
            column = next(c for (_, c), cell in cells.items() if cell.value == OURS)
            kept += sum(
                cells.get((row, column), Cell()).value == f"for {key}"
                for row, key in self._keys(book).items()
            )
        kept += sum(
            self._value(page, OURS) == f"for {self._value(page, 'key_result_id')}"
            for page in self._pages()
        )
        return 3 * ROWS[1] - kept

    def readers(self) -> dict[str, Callable[[], Look]]:
        """One for each target."""
        return {
            "sheet": lambda: self._book(METRICS),
            "large sheet": lambda: self._book(LARGE),
            "notion": self._wiki,
        }

    def _keys(self, book: str) -> dict[int, str]:
        cells = self.google.drive.files[book].sheet("Key Results").cells
        column = next(c for (_, c), cell in cells.items() if cell.value == "key_result_id")
        return {
            r: str(cell.value) for (r, c), cell in cells.items() if c == column and r and cell.value
        }

    def _book(self, book: str) -> Look:
        with self._still:
            file = self.google.drive.files[book]
            tabs = [dict(file.sheet(title).cells) for title in ("Key Results", "Sales")]
        if any(_BUSY in str(cells[0, 0].value) for cells in tabs):
            return None
        runs, counts = set(), []
        for cells in tabs:
            column = next(c for (_, c), cell in cells.items() if cell.value == "current_value")
            header = next(r for (r, _), cell in cells.items() if cell.value == "current_value")
            values = [
                cell.value for (r, c), cell in cells.items()
                if c == column and r > header and cell.value is not None
            ]  # fmt: skip
            runs |= {run_id(int(float(str(value)))) for value in values}
            counts.append(len(values))
        return runs, tuple(counts)

    def _wiki(self) -> Look:
        with self._still:
            said = "".join(run.text for run in self.notion.workspace.databases[WIKI].description)
            values = [self._value(page, "current_value") for page in self._pages()]
        if _BUSY in said:
            return None
        return {run_id(int(float(str(value)))) for value in values}, (len(values),)

    def _pages(self) -> list[Page]:
        workspace = self.notion.workspace
        pages = (workspace.pages[one] for one in workspace.rows[TABLE])
        return [page for page in pages if not page.in_trash]

    def _value(self, page: Page, name: str) -> object:
        source = self.notion.workspace.data_sources[TABLE]
        value = page.values.get(source.property_id(name))
        if name == "current_value":
            return value
        return "".join(run.text for run in as_runs(value)) if value else ""


@contextmanager
def shared(folder: Path) -> Iterator[tuple[Shared, Addresses]]:
    """The stand-ins while they serve."""
    both = Shared()
    with ExitStack() as open_:
        both.google.server = open_.enter_context(serving(both.answer_as(both.google)))
        both.notion.server = open_.enter_context(serving(both.answer_as(both.notion)))
        key_file = folder / "service-account.json"
        both.google.account.write(key_file, f"{both.google.server.url}/token")
        yield both, Addresses(both.google.server.url, both.notion.server.url, key_file)
