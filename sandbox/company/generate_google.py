"""The content of Google Sheets, generated from the definition.

What belongs here: what the company keeps in which spreadsheet, tab and column, and the data-entry
faults of single cells.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from sandbox.company.definition_records import Fault, KeyResult, Metric
from sandbox.company.generate_notion import CHECK_IN_TEAMS, OKR_TEAMS
from sandbox.company.ids import Spreadsheet, spreadsheet_id
from sandbox.company.truth import Definition
from sandbox.server.google.sheets.store import Cell, ErrorText, GoogleDrive, Scalar, Tab

Row = list[Cell | Scalar]

_LATE = timedelta(weeks=3)
_ISO_DAY = "yyyy-mm-dd"
_GERMAN_DAY = "dd.mm.yyyy"
_ERRORS: dict[str, ErrorText] = {"#REF!": "#REF!", "#N/A": "#N/A", "#DIV/0!": "#DIV/0!"}


def fill_google(story: Definition, drive: GoogleDrive, until: datetime) -> None:
    """Put everything that was typed by ``until`` into an empty Drive."""
    filling = _Filling(story, drive, until)
    filling.okrs()
    filling.check_ins()
    filling.metrics()
    filling.german()


class _Filling:
    def __init__(self, story: Definition, drive: GoogleDrive, until: datetime) -> None:
        self._story = story
        self._drive = drive
        evenings = (_typed_on(story, story.as_of - timedelta(days=n)) for n in range(1, 400))
        self._changed = next(evening for evening in evenings if evening <= until)
        self._last = self._changed.date()  # what was said of a later day is not there yet

    def okrs(self) -> None:
        tab = Tab("OKRs", _okrs(self._story, self._last), merges=("A1:L1",), frozen_rows=4)
        self._add("go_to_market", "Go-to-market OKRs", [tab])

    def check_ins(self) -> None:
        rows = _check_ins(self._story, self._last)
        self._add("check_ins", "Check-ins", [Tab("Check-ins", rows, frozen_rows=1)])

    def metrics(self) -> None:
        rows, hidden = self._weekly("metrics", ["KR", "Week", "Value"], "Weekly numbers", _ISO_DAY)
        tabs = [
            Tab("Weekly", rows, merges=("A1:C1",), hidden_rows=hidden, frozen_rows=3),
            Tab("KPIs", _kpis(self._story, self._last), frozen_rows=1),
        ]
        self._add("metrics", "Metrics", tabs)

    def german(self) -> None:
        header = ["KR", "Woche", "Wert"]
        rows, hidden = self._weekly("german", header, "Zahlen pro Woche", _GERMAN_DAY)
        tab = Tab("Wochenwerte", rows, merges=("A1:C1",), hidden_rows=hidden)
        self._add("german", "Marketing Zahlen", [tab], "de_DE")

    def _add(self, name: Spreadsheet, title: str, tabs: list[Tab], locale: str = "en_US") -> None:
        story = self._story
        created = datetime.combine(
            story.quarters[0].start - timedelta(days=14), time(9), story.zone
        )
        file = self._drive.add_spreadsheet(
            spreadsheet_id(name),
            title,
            locale,
            story.timezone,
            tabs,
            created_at=created,
            modified_at=self._changed,
        )
        file.version = (self._changed - created).days

    def _weekly(
        self, place: Spreadsheet, header: list[str], title: str, day_pattern: str
    ) -> tuple[list[Row], frozenset[int]]:
        """The rows of a long table, and which of them (counted from 1) are hidden."""
        story = self._story
        rows: list[Row] = [[Cell(title, bold=True)], [], [Cell(name, bold=True) for name in header]]
        late: dict[date, list[Row]] = defaultdict(list)
        hidden = set()
        for cycle in story.quarters:
            for friday in (day for day in cycle.fridays() if day <= self._last):
                for metric in story.metrics.values():
                    if metric.place != place or friday not in metric.values:
                        continue
                    fault = story.fault(metric.name, friday) or Fault(metric.name, friday)
                    if fault.missing:
                        continue
                    key_result = _key_result(story, metric, cycle.id)
                    day = fault.date_text or Cell(friday, day_pattern)
                    row: Row = [key_result + fault.key_suffix, day, _value(metric, friday, fault)]
                    (late[friday + _LATE] if fault.late else rows).append(row)
                    if fault.hidden:
                        hidden.add(len(rows))
                rows += late.pop(friday, [])
        return rows, frozenset(hidden)


def _typed_on(story: Definition, day: date) -> datetime:
    """When the last cell of a day was typed."""
    return datetime.combine(day, time(17, 30), story.zone)


def _okrs(story: Definition, last: date) -> list[Row]:
    """Title and note above the header, a remark below the rows."""
    header = (
        "KR",
        "Key Result",
        "Objective",
        "Team",
        "Owner",
        "Cycle",
        "Kind",
        "From",
        "To",
        "Unit",
        "Due",
        "Ambition",
        "Outcome",
        "Lesson",
    )
    rows: list[Row] = [
        [Cell("Go-to-market OKRs 2026", bold=True)],
        ["Change targets only together with your team lead."],
        [],
        [Cell(name, bold=True) for name in header],
    ]
    rows += [
        _okr(story, key_result, last)
        for key_result in story.key_results.values()
        if story.team_of(key_result.id) not in OKR_TEAMS
    ]
    return [*rows, [], ["", "Questions? Ask the team leads."]]


def _okr(story: Definition, key_result: KeyResult, last: date) -> Row:
    pattern = story.metrics[key_result.metric].format
    is_closed = story.closed_on(key_result.cycle) <= last
    closed = story.closed.get(key_result.id) if is_closed else None
    return [
        key_result.id,
        key_result.statement,
        key_result.objective,
        story.team_of(key_result.id),
        story.people[key_result.owner].name if key_result.owner else None,
        key_result.cycle,
        key_result.kind,
        _figure(key_result.baseline_text, pattern),
        _figure(key_result.target_text, pattern),
        key_result.unit if key_result.unit == "count" else None,
        Cell(story.cycle(key_result.cycle).end, _ISO_DAY),
        key_result.ambition,
        closed.closed_as if closed else None,
        closed.lesson if closed else None,
    ]


def _figure(text: str | float | None, pattern: str | None) -> Cell | Scalar:
    return text if text is None or isinstance(text, str) else Cell(text, pattern)


def _check_ins(story: Definition, last: date) -> list[Row]:
    header: Row = ["KR", "Date", "Confidence", "Value", "Note", "By"]
    said = [
        each
        for each in story.check_ins
        if story.team_of(each.key_result) not in CHECK_IN_TEAMS and each.day <= last
    ]
    said.sort(key=lambda each: (each.day, story.people[each.by].name, each.key_result))
    return [header] + [
        [
            each.key_result,
            Cell(each.day, _ISO_DAY),
            each.confidence,
            None if each.value is None else Cell(each.value, "0.0"),
            each.note,
            story.people[each.by].name,
        ]
        for each in said
    ]


def _key_result(story: Definition, metric: Metric, cycle_id: str) -> str:
    return next(
        each.id
        for each in story.key_results.values()
        if (each.metric, each.cycle) == (metric.name, cycle_id)
    )


def _value(metric: Metric, friday: date, fault: Fault) -> Cell | Scalar:
    if fault.error:
        return Cell(formula="=VLOOKUP(B3,Import!A:C,3)", error=_ERRORS[fault.error])
    if fault.unreadable or fault.text:
        return fault.unreadable or fault.text
    value, pattern = metric.values[friday], metric.format
    if value is None or pattern is None:
        raise ValueError(f"{metric.name} has no value on {friday}, and no fault says why")
    if pattern == "[m]:ss":
        return Cell(timedelta(minutes=value), pattern)
    return Cell(_fraction(value) if pattern.endswith("%") else value, pattern)


def _kpis(story: Definition, last: date) -> list[Row]:
    rows: list[Row] = [["Id", "Name", "Team", "Date", "Value", "Low", "High"]]
    for kpi in story.kpis:
        percent = kpi.unit == "%"
        pattern = "0.00%" if percent else "0"
        low, high = (
            Cell(_fraction(edge) if percent else edge, pattern) for edge in (kpi.low, kpi.high)
        )
        rows += [
            [
                kpi.id,
                kpi.name,
                kpi.team,
                Cell(day, _ISO_DAY),
                Cell(_fraction(value) if percent else value, pattern),
                low,
                high,
            ]
            for day, value in kpi.values.items()
            if day <= last
        ]
    return rows


def _fraction(percent: float) -> float:
    """The cell value when a person types a percentage."""
    return round(percent / 100, 9)
