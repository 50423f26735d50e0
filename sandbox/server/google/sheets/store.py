"""The content of a Google Drive: spreadsheets with tabs, cells, formats, and permissions.

What belongs here: content and how it changes. What does not: rendering number formats (``format``),
response bodies (``grid``), and endpoints (``google.app``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sandbox.server.clock import Clock
from sandbox.server.google.sheets.a1 import GridRange, parse_a1
from sandbox.server.google.sheets.locales import find_locale

Scalar = str | int | float | bool | date | datetime | timedelta | None
ErrorText = Literal[
    "#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!", "Loading..."
]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        value: The value. A str is text, never parsed; date, datetime and timedelta become Sheets'
            serial number (days since 1899-12-30).
        pattern: Number format in the user's notation: ``0.0%``, ``0.0"x"``, ``[m]:ss``,
            ``[h]:mm:ss``, ``dd.mm.yyyy``, ``#,##0.00 [$EUR]``; None for automatic (the locale's
            default format for dates, datetimes and timedeltas).
        formula: The formula, starting with ``=``; ``value`` or ``error`` is its result.
        error: The error shown instead of a value.
        note: The note attached to the cell.
        link: The hyperlink of the cell.
        bold: Whether it is bold, as headers are.
    """

    value: Scalar = None
    pattern: str | None = None
    formula: str | None = None
    error: ErrorText | None = None
    note: str | None = None
    link: str | None = None
    bold: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.value, datetime) and self.value.tzinfo is not None:
            raise ValueError("a cell's instant has no zone of its own: give a naive datetime")

    @property
    def is_blank(self) -> bool:
        """Whether it is served as an empty cell."""
        return self == Cell()


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab to add.

    Attributes:
        title: Its title.
        rows: The grid from A1 on; a plain value is short for ``Cell(value)``.
        sheet_id: The immutable id of the tab; by default 0 for the first, else derived from its
            position.
        hidden: Whether the tab is hidden.
        hidden_rows: Rows hidden by hand, 1-based.
        merges: Merged ranges such as ``A1:F1``; only their top left cell may have a value.
        row_count: Height of the grid; extended if ``rows`` need more.
        column_count: Width of the grid; extended if ``rows`` need more.
        frozen_rows: How many rows stay in place when scrolling.
    """

    title: str
    rows: Sequence[Sequence[Cell | Scalar]] = ()
    sheet_id: int | None = None
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    merges: tuple[str, ...] = ()
    row_count: int = 1000
    column_count: int = 26
    frozen_rows: int = 0


@dataclass(slots=True)
class Sheet:
    """A stored tab; ``cells`` by 0-based (row, column), without blank ones."""

    sheet_id: int
    title: str
    cells: dict[tuple[int, int], Cell]
    row_count: int
    column_count: int
    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)  # 0-based
    merges: list[GridRange] = field(default_factory=list)
    frozen_rows: int = 0
    frozen_columns: int = 0
    validations: list[tuple[GridRange, dict[str, object]]] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)  # 0-based
    protections: dict[int, dict[str, Any]] = field(default_factory=dict)

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Replace one cell, extending the grid if needed; a blank cell is removed."""
        self.row_count = max(self.row_count, row + 1)
        self.column_count = max(self.column_count, column + 1)
        if cell.is_blank:
            self.cells.pop((row, column), None)
        else:
            self.cells[row, column] = cell


@dataclass(frozen=True, slots=True)
class NamedRange:
    """A name for cells of a tab; ``place`` is empty if they were deleted (``#REF!``)."""

    id: str
    name: str
    sheet_id: int
    place: GridRange


@dataclass(slots=True)
class Spreadsheet:
    """A spreadsheet file: its tabs, and its metadata in Drive."""

    id: str
    title: str
    locale: str
    time_zone: str
    sheets: list[Sheet]
    readers: set[str]
    created_at: datetime
    modified_at: datetime
    version: int = 1
    trashed: bool = False
    viewers: set[str] = field(default_factory=set)  # readers who may not write
    named_ranges: list[NamedRange] = field(default_factory=list)
    metadata: dict[int, dict[str, Any]] = field(default_factory=dict)  # of developers, by its id

    def sheet(self, title: str) -> Sheet:
        """The tab with that title; KeyError with the existing ones."""
        for one in self.sheets:
            if one.title == title:
                return one
        raise KeyError(
            f"{self.title!r} has no tab {title!r}, only {[s.title for s in self.sheets]}"
        )

    @property
    def url(self) -> str:
        """The address that opens it."""
        return f"https://docs.google.com/spreadsheets/d/{self.id}/edit"


class GoogleDrive:
    """A Drive with spreadsheets. Every change updates the file's version and modifiedTime.

    Args:
        clock: The default time of changes.
        readers: E-mail addresses that every new spreadsheet is shared with.
    """

    def __init__(self, clock: Clock, readers: Iterable[str] = ()) -> None:
        self.clock = clock
        self.readers = set(readers)
        self.files: dict[str, Spreadsheet] = {}

    def add_spreadsheet(
        self,
        id: str,
        title: str,
        locale: str = "en_US",
        time_zone: str = "Etc/GMT",
        tabs: Sequence[Tab] = (),
        *,
        created_at: datetime | None = None,
        modified_at: datetime | None = None,
    ) -> Spreadsheet:
        """Add a spreadsheet; without tabs it has one empty ``Sheet1``.

        Raises:
            ValueError: The locale is not one of ``locales.LOCALES``, or a title is duplicated.
        """
        find_locale(locale)
        at = created_at or self.clock.now
        file = Spreadsheet(
            id=id,
            title=title,
            locale=locale,
            time_zone=time_zone,
            sheets=[],
            readers=set(self.readers),
            created_at=at,
            modified_at=modified_at or at,
        )
        for tab in tabs or (Tab("Sheet1"),):
            self._append(file, tab)
        self.files[id] = file
        return file

    def add_tab(self, spreadsheet_id: str, tab: Tab) -> Sheet:
        """Add a tab after the others; ValueError if the title is taken."""
        file = self.files[spreadsheet_id]
        added = self._append(file, tab)
        self.touch(file)
        return added

    def delete_tab(self, spreadsheet_id: str, title: str) -> None:
        """Delete a tab with its content."""
        file = self.files[spreadsheet_id]
        file.sheets.remove(file.sheet(title))
        self.touch(file)

    def set_cell(self, spreadsheet_id: str, address: str, value: Cell | Scalar) -> None:
        """Change one cell such as ``Metrics!C14`` or ``'Go live'!A1``.

        A plain value replaces only the cell's value and keeps its format, note and link; a
        :class:`Cell` replaces the whole cell.

        Raises:
            PermissionError: The tab is protected against edits.
        """
        file = self.files[spreadsheet_id]
        title, place = parse_a1(address)
        sheet = file.sheet(title) if title is not None else file.sheets[0]
        row, column = place.first_row or 0, place.first_column or 0
        _require_open(sheet, (row, column))
        if not isinstance(value, Cell):
            before = sheet.cells.get((row, column), Cell())
            value = replace(before, value=value, formula=None, error=None)
        sheet.put(row, column, value)
        self.touch(file)

    def recalculate(self, spreadsheet_id: str, address: str, value: Cell | Scalar) -> None:
        """Change a formula's result without a new version or time, like IMPORTRANGE and TODAY."""
        file = self.files[spreadsheet_id]
        version, modified_at = file.version, file.modified_at
        title, place = parse_a1(address)
        sheet = file.sheet(title) if title is not None else file.sheets[0]
        at = (place.first_row or 0, place.first_column or 0)
        before = sheet.cells[at]
        if before.formula is None:
            raise ValueError(f"{address} of {file.title!r} holds no formula")
        new = value if isinstance(value, Cell) else replace(before, value=value, error=None)
        sheet.put(*at, replace(new, formula=before.formula))
        file.version, file.modified_at = version, modified_at

    def name_range(self, spreadsheet_id: str, name: str, range: str) -> NamedRange:
        """Name a range such as ``Metrics!C4:C6``; an existing name is moved there."""
        file = self.files[spreadsheet_id]
        title, place = parse_a1(range)
        sheet = file.sheet(title) if title is not None else file.sheets[0]
        known = [one for one in file.named_ranges if one.name.casefold() == name.casefold()]
        id = known[0].id if known else f"named{len(file.named_ranges) + 1}"
        made = NamedRange(id, name, sheet.sheet_id, place)
        file.named_ranges = [*(one for one in file.named_ranges if one not in known), made]
        self.touch(file)
        return made

    def rename_tab(self, spreadsheet_id: str, old: str, new: str) -> None:
        """Rename a tab; its id stays."""
        file = self.files[spreadsheet_id]
        file.sheet(old).title = new
        self.touch(file)

    def clear_tab(self, spreadsheet_id: str, title: str) -> None:
        """Clear every cell of a tab, keeping formats as Sheets does."""
        file = self.files[spreadsheet_id]
        sheet = file.sheet(title)
        for (row, column), cell in list(sheet.cells.items()):
            sheet.put(row, column, Cell(pattern=cell.pattern, bold=cell.bold))
        self.touch(file)

    def move_column(self, spreadsheet_id: str, title: str, old: int, new: int) -> None:
        """Move the column at ``old`` to ``new`` (both 0-based), like dragging its header."""
        file = self.files[spreadsheet_id]
        sheet = file.sheet(title)
        order = list(range(sheet.column_count))
        order.insert(new, order.pop(old))
        places = {column: place for place, column in enumerate(order)}
        sheet.cells = {(row, places[column]): c for (row, column), c in sheet.cells.items()}
        self.touch(file)

    def sort_rows(self, spreadsheet_id: str, title: str, column: int, header_rows: int = 1) -> None:
        """Sort the rows below the header by a 0-based column, as a person does.

        Raises:
            PermissionError: The tab is protected.
        """
        sheet = self.files[spreadsheet_id].sheet(title)
        count = max((row for row, _ in sheet.cells), default=0) + 1
        rows = range(header_rows, count)
        key = {row: str(sheet.cells.get((row, column), Cell()).value or "\uffff") for row in rows}
        order = [*range(header_rows), *sorted(rows, key=lambda row: key[row])]
        self.reorder_rows(spreadsheet_id, title, order)

    def reorder_rows(self, spreadsheet_id: str, title: str, order: Sequence[int | None]) -> None:
        """Reorder the rows (0-based); None inserts an empty one.

        Raises:
            PermissionError: The tab is protected.
        """
        file = self.files[spreadsheet_id]
        sheet = file.sheet(title)
        _require_open(sheet)
        places = {old: new for new, old in enumerate(order) if old is not None}
        sheet.cells = {(places[row], column): c for (row, column), c in sheet.cells.items()}
        sheet.row_count = max(sheet.row_count, len(order))
        self.touch(file)

    def trash(self, spreadsheet_id: str) -> None:
        """Move a file to the trash; the Sheets API still serves it."""
        self.files[spreadsheet_id].trashed = True
        self.touch(self.files[spreadsheet_id])

    def restore(self, spreadsheet_id: str) -> None:
        """Take a file out of the trash."""
        self.files[spreadsheet_id].trashed = False
        self.touch(self.files[spreadsheet_id])

    def share(self, spreadsheet_id: str, email: str, *, viewer: bool = False) -> None:
        """Give an account permission to read and write a file, or only to read it."""
        file = self.files[spreadsheet_id]
        file.readers.add(email)
        file.viewers = file.viewers | {email} if viewer else file.viewers - {email}

    def revoke(self, spreadsheet_id: str, email: str | None = None) -> None:
        """Revoke access; from everyone if no address is given."""
        file = self.files[spreadsheet_id]
        file.readers = file.readers - {email} if email else set()

    def touch(self, file: Spreadsheet) -> None:
        """Record that a file changed now."""
        file.version += 1
        file.modified_at = self.clock.now

    def _append(self, file: Spreadsheet, tab: Tab) -> Sheet:
        if any(one.title == tab.title for one in file.sheets):
            raise ValueError(f"{file.title!r} already has a tab {tab.title!r}")
        sheet = Sheet(
            sheet_id=_sheet_id(file, tab),
            title=tab.title,
            cells={},
            row_count=tab.row_count,
            column_count=tab.column_count,
            hidden=tab.hidden,
            hidden_rows={row - 1 for row in tab.hidden_rows},
            merges=[parse_a1(merge)[1] for merge in tab.merges],
            frozen_rows=tab.frozen_rows,
        )
        for row, values in enumerate(tab.rows):
            for column, value in enumerate(values):
                sheet.put(row, column, value if isinstance(value, Cell) else Cell(value))
        file.sheets.append(sheet)
        return sheet


def _require_open(sheet: Sheet, cell: tuple[int, int] | None = None) -> None:
    """Reject a person's edit of a protected cell, whoever protected it; None moves whole rows."""
    if any(cell is None or _covers(one["range"], cell) for one in sheet.protections.values()):
        raise PermissionError(
            "You are trying to edit a protected cell or object. Please contact the spreadsheet "
            "owner to remove protection if you need to edit."
        )


def _covers(area: dict[str, int], cell: tuple[int, int]) -> bool:
    return all(
        area.get(f"start{axis}Index", 0) <= at < area.get(f"end{axis}Index", at + 1)
        for axis, at in zip(("Row", "Column"), cell, strict=True)
    )


def _sheet_id(file: Spreadsheet, tab: Tab) -> int:
    """The requested id, or 0 for the first tab and a large one for others, as in Sheets."""
    taken = {one.sheet_id for one in file.sheets}
    if tab.sheet_id is not None:
        if tab.sheet_id in taken:
            raise ValueError(f"{file.title!r} already has a tab numbered {tab.sheet_id}")
        return tab.sheet_id
    candidate = 0 if not file.sheets else 1_104_729 * (len(file.sheets) + 1)
    while candidate in taken:
        candidate += 1
    return candidate
