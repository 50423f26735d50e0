"""The damages that ``damages`` does, each to content, settings, permissions or a service.

What belongs here: the scripts, one entry each. What does not: running and judging them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.company.ids import Database, data_source_id, page_id, spreadsheet_id
from sandbox.server import Dictated, Sandbox
from sandbox.server.notion.records import Property

METRICS, GERMAN = spreadsheet_id("metrics"), spreadsheet_id("german")
GOALS, CHECK_INS = spreadsheet_id("go_to_market"), spreadsheet_id("check_ins")
_PORTAL = Dictated(200, b"<html><form>log in <input type='password'></form></html>")


def _nothing(_: Sandbox) -> None:
    """Leave the content alone."""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Damage:
    """One damage.

    Attributes:
        name: What breaks.
        exit_code: What the command must return: 0, 1 (nothing published), 2 or 3.
        do: Does it to the services.
        edit: Does it to the text of the settings.
        environ: Does it to the environment.
        stale: Key Results of which at least these must be stale.
        mentions: What must be said.
        changes: Key Results whose figures truly change tonight.
    """

    name: str
    exit_code: int
    do: Callable[[Sandbox], object] = _nothing
    edit: Callable[[str], str] = _as_it_is
    environ: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    mentions: str = ""
    changes: tuple[str, ...] = ()


def _settings(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        if old not in text:
            raise ValueError(f"the sample settings have no {old!r}")
        return text.replace(old, new)

    return edit


def _measure(*texts: str) -> Callable[[str], str]:
    """Further measures, of Key Results that others measure as well."""
    lines = "".join(  # a text in JSON is one in YAML, too
        f"  - key_result: KR-{18 + number}\n    measure: {json.dumps(text)}\n"
        for number, text in enumerate(texts)
    )
    return lambda settings: settings.replace("\nmeasures:\n", f"\nmeasures:\n{lines}", 1)


def _rows(
    spreadsheet: str, tab: str, first: int, last: int, column: str, value: object
) -> Callable[[Sandbox], None]:
    """Writes one value into a column's cells."""

    def do(box: Sandbox) -> None:
        for row in range(first, last + 1):
            box.sheets.set_cell(spreadsheet, f"{tab}!{column}{row}", value)

    return do


def _pages(database: Database, **properties: object) -> Callable[[Sandbox], None]:
    """Writes the same into every page of a database."""

    def do(box: Sandbox) -> None:
        for page in box.notion.rows[data_source_id(database)]:
            box.notion.edit_page(page, **properties)

    return do


def _trash(database: Database, most: int | None = None) -> Callable[[Sandbox], None]:
    def do(box: Sandbox) -> None:
        for page in list(box.notion.rows[data_source_id(database)])[:most]:
            box.notion.trash_page(page)

    return do


def _unshare(database: Database) -> Callable[[Sandbox], None]:
    return lambda box: box.notion.unshare(data_source_id(database))


def _rename(database: Database, old: str, new: str) -> Callable[[Sandbox], None]:
    return lambda box: box.notion.rename_property(data_source_id(database), old, new)


def _cell(spreadsheet: str, address: str, value: object) -> Callable[[Sandbox], None]:
    return lambda box: box.sheets.set_cell(spreadsheet, address, value)


DAMAGES: tuple[Damage, ...] = (
    # A spreadsheet
    Damage("a column of a sheet is renamed", 3, _cell(METRICS, "Weekly!C3", "Amount"),
           stale=("KR-18", "KR-25"), mentions="has no header 'Value'"),
    Damage("a header cell is emptied", 3, _cell(METRICS, "Weekly!A3", None),
           stale=("KR-25",), mentions="KR"),
    Damage("a tab is renamed", 3, lambda box: box.sheets.rename_tab(METRICS, "Weekly", "Weeks"),
           stale=("KR-25",), mentions="no tab 'Weekly'"),
    Damage("a tab is emptied", 3, lambda box: box.sheets.clear_tab(METRICS, "Weekly"),
           stale=("KR-25",), mentions="gone at once"),
    Damage("a tab is emptied but for its header", 3,
           lambda box: [box.sheets.set_cell(METRICS, f"Weekly!{column}{row}", None)
                        for row in range(4, 180) for column in "ABC"],
           stale=("KR-25",), mentions="gone at once"),
    Damage("a tab is deleted", 3, lambda box: box.sheets.delete_tab(GERMAN, "Wochenwerte"),
           stale=("KR-19",)),
    Damage("a header moves down two rows", 0,
           lambda box: box.sheets.reorder_rows(METRICS, "Weekly", [None, None, *range(178)])),
    Damage("a column moves", 0, lambda box: box.sheets.move_column(METRICS, "Weekly", 2, 5)),
    Damage("a spreadsheet is shared no more", 3, lambda box: box.sheets.revoke(GERMAN),
           stale=("KR-19", "KR-20")),
    Damage("a spreadsheet is in the trash", 3, lambda box: box.sheets.trash(GOALS),
           stale=("KR-20",), mentions="trash"),
    Damage("the cycles of a sheet are emptied", 3, _rows(GOALS, "OKRs", 5, 18, "F", None),
           mentions="is empty in all"),
    Damage("an id is given twice", 0, _cell(GOALS, "OKRs!A6", "KR-4"), mentions=""),
    Damage("an id is emptied", 0, _cell(GOALS, "OKRs!A6", None)),
    Damage("a due date is prose and the cycle is empty", 0,
           lambda box: [_cell(GOALS, f"OKRs!{at}", value)(box)
                        for at, value in (("F18", None), ("K18", "sometime"))],
           changes=("KR-30",)),
    Damage("teams are emptied that their Objectives name", 0,
           _rows(GOALS, "OKRs", 5, 18, "D", None)),
    Damage("a measurement is prose", 0, _cell(METRICS, "Weekly!C178", "see mail"),
           changes=("KR-30",)),
    # Notion
    Damage("a Notion property is renamed", 3, _rename("check_ins", "Confidence", "Mood"),
           stale=("KR-16",), mentions="has no 'Confidence'"),
    Damage("a link property is renamed", 3, _rename("projects", "Key Results", "Serves"),
           mentions="has no 'Key Results'"),
    Damage("a Notion property is deleted", 3,
           lambda box: box.notion.delete_property(data_source_id("key_results"), "Target"),
           stale=("KR-16",), mentions="has no 'Target'"),
    Damage("the type of a property changes", 3,
           lambda box: box.notion.change_property(
               data_source_id("key_results"), "Target", Property("checkbox")),
           stale=("KR-16",)),
    Damage("the database of Key Results is unshared", 3, _unshare("key_results"),
           stale=("KR-16", "KR-17")),
    Damage("the database of Objectives is unshared", 3, _unshare("objectives"), stale=("KR-16",)),
    Damage("the database of check-ins is unshared", 3, _unshare("check_ins"), stale=("KR-16",)),
    Damage("the database of projects is unshared", 3, _unshare("projects")),
    Damage("a database that no dataset names is unshared", 3, _unshare("customers"),
           stale=("KR-16",)),
    Damage("every Key Result is in the trash", 3, _trash("key_results"), stale=("KR-16",),
           mentions="gone at once"),
    Damage("most Key Results are in the trash", 3, _trash("key_results", 14), stale=("KR-1",),
           mentions="gone at once"),
    Damage("one Key Result is in the trash", 0,
           lambda box: box.notion.trash_page(page_id("key_results", "KR-16"))),
    Damage("the cycles in Notion are misspelt", 1, _pages("key_results", Cycle="2026 Q4"),
           mentions="name a cycle that settings do not have"),
    # Jira
    Damage("a project of the jql is archived", 3, lambda box: box.jira.hide_project("WEB"),
           stale=("KR-23",), mentions="WEB"),
    Damage("Jira is down", 3, lambda box: box.switch_off("jira"), stale=("KR-17",)),
    Damage("Jira answers one page with a log-in page", 0,
           lambda box: box.dictate("jira", _PORTAL)),
    Damage("Jira answers with log-in pages only", 3,
           lambda box: box.dictate("jira", *[_PORTAL] * 200), stale=("KR-17",),
           mentions="log-in page"),
    Damage("the token is revoked", 3, environ={"OKR_JIRA_TOKEN": "revoked"}, stale=("KR-17",)),
    # Settings
    Damage("a cycle in the settings is misspelt", 1, edit=_settings("id: 2026-Q4", "id: 2026-Q5"),
           mentions="15 Key Results name a cycle that settings do not have: 2026-Q4"),
    Damage("a field in the settings is misspelt", 1,
           edit=_settings("date: Week, value: Value", "date: Week, value: Valeu"),
           mentions="has no header 'Valeu'"),
    Damage("a tab in the settings is misspelt", 1, edit=_settings("tab: Check-ins", "tab: Chekins"),
           mentions="no tab 'Chekins'"),
    Damage("a new dataset is misspelt", 3,
           edit=_settings("  - holds: kpis\n", f"  - holds: links\n    from: sheets\n    place: "
                          f"{{spreadsheet: {METRICS}, tab: Lnks}}\n    fields: {{initiative: A, "
                          "key_result: B}\n  - holds: kpis\n"), mentions="no tab 'Lnks'"),
    Damage("the jql is none", 3, edit=_settings("project in (SUP, WEB, SAL)", "project in SUP)"),
           stale=("KR-17",)),
    Damage("the settings are no YAML", 2, edit=_settings("cycles:", "cycles: ["),
           mentions="not valid YAML"),
    Damage("hostile measures", 0, edit=_measure(
        "sql SELECT day, value FROM (SELECT DATE '2026-11-27' AS day, 1e308 * 1e308 AS value)",
        "sql SELECT DATE '2026-11-27' AS day, [1, 2] AS value",
        "sql SELECT DATE '2026-11-27' AS day, content AS value FROM read_text('/etc/passwd')",
        "sql SELECT '31.31.2026' AS day, 1 AS value",
        "sql SELECT DATE '9999-12-31' AS day, 1 AS value",
        "sql SELECT 1",
        "sql SELECT DATE '2026-11-27' AS day, 1 AS value, {'a': 1} AS unit",
        "count of issues from jira where project = \"%'; DROP TABLE x; --\"",
        "sql SELECT DATE '2026-11-27' AS day, " + "(" * 400 + "1" + ")" * 400 + " AS value",
    ), changes=tuple(f"KR-{number}" for number in range(18, 27))),
)  # fmt: skip
