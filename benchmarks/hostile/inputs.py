"""Hostile values through every connector: a table of what each became.

Each value is served in the second of three records, by a server on this machine or in a file. A
value passes if nothing but it is harmed: the pull ends, the other two records are read (or the
service is refused as a whole, in a sentence), what was read can be stored and decoded, and what a
command would print of it holds no character that a terminal would obey.

``python -m benchmarks inputs`` prints the table; ``--only escape`` tries those with that name.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.hostile.servers import lowered, polite_sources
from benchmarks.hostile.values import VALUES, Hostile
from benchmarks.hostile.wire import Request, Send, response, serving
from connectors.cells import decode_cells
from connectors.errors import SourceError
from connectors.files.source import FilesSettings, FilesSource
from connectors.records import Problem, Rows, Source
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json, print_rows

_HOLE = "@hole@"
_AT = "2026-11-01T00:00:00.000Z"
_PROPERTIES = {
    "text": {"id": "t", "type": "rich_text", "rich_text": [{"plain_text": _HOLE}]},
    "number": {"id": "n", "type": "number", "number": _HOLE},
    "date": {"id": "d", "type": "date", "date": {"start": _HOLE}},
    "body": {"id": "b", "type": "select", "select": _HOLE},
}
_CELLS = {
    "text": {"effectiveValue": {"stringValue": _HOLE}, "formattedValue": _HOLE},
    "number": {"effectiveValue": {"numberValue": _HOLE}},
    "date": {"effectiveValue": {"stringValue": _HOLE}},
    "body": {"effectiveValue": _HOLE},
}


@dataclass
class Became:
    """What became of a value in one connector.

    Attributes:
        said: The cell, the problem with the record, or the error of the whole pull.
        broken: Which promise was broken; none, or the connector lets hostile input through.
    """

    said: str = ""
    broken: list[str] = field(default_factory=list)


def jira(value: Hostile) -> Any:
    """The answer to a search for three issues, one of which has the value."""
    name = {"text": "summary", "date": "updated"}.get(value.claims, "customfield_1")

    def issue(number: int, **fields: Any) -> Any:
        every = {"summary": "well", "customfield_1": 1, "updated": _AT, "description": None}
        return {"id": str(number), "key": f"WEB-{number}", "fields": every | fields}

    return {"issues": [issue(1), issue(2, **{name: _HOLE}), issue(3)]}


def notion(value: Hostile) -> Any:
    """The answer to a query of three pages, likewise."""

    def page(number: int, **properties: Any) -> Any:
        title = {"id": "title", "type": "title", "title": [{"plain_text": "well"}]}
        stamps = {"created_time": _AT, "last_edited_time": _AT}
        return {
            "object": "page",
            "id": str(number),
            **stamps,
            "properties": {"Name": title, **properties},
        }

    hostile = page(2, Value=_PROPERTIES[value.claims])
    return {"results": [page(1), hostile, page(3)], "has_more": False}


def sheets(value: Hostile) -> Any:
    """A spreadsheet of three rows, likewise."""
    rows = [{"effectiveValue": {"stringValue": "well"}}, _CELLS[value.claims]]
    well = {"values": rows[:1]}
    tab = {
        "properties": {"sheetId": 1, "title": "One"},
        "data": [{"rowData": [well, {"values": rows}, well]}],
    }
    properties = {"title": "One", "locale": "en_US", "timeZone": "UTC"}
    return {"spreadsheetId": "one", "properties": properties, "sheets": [tab]}


_SERVED = {"jira": jira, "notion": notion, "sheets": sheets}
_ANSWERED = {"jira": "/search/jql", "notion": "/query", "sheets": "/v4/spreadsheets/one"}


class Trial:
    """Tries values in every connector.

    Args:
        folder: Holds a key to sign in with, and the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources = polite_sources(folder)

    @property
    def names(self) -> tuple[str, ...]:
        """The connectors."""
        return (*_SERVED, "files")

    def run(self, name: str, value: Hostile) -> Became:
        """What becomes of a value in a connector."""
        if name == "files":
            return self._judged(self._file(value), "files")
        build, polite = self._sources[name]
        whole = json.dumps(_SERVED[name](value)).replace(json.dumps(_HOLE), value.served)

        def served(request: Request, send: Send) -> None:
            if _ANSWERED[name] in request.path:
                send(response(whole.encode(errors="surrogatepass")))
            else:
                send(response(json.dumps(polite(request) or {"issueChangeLogs": []}).encode()))

        with serving(served) as wire:
            return self._judged(build(wire.url), name)

    def _file(self, value: Hostile) -> Source:
        """A folder with the value as it is in a CSV file: in quotes, if it is a text."""
        try:
            text = json.loads(value.served)
        except (ValueError, RecursionError):
            text = value.served
        quoted = str(text if isinstance(text, str) else value.served).replace('"', '""')
        content = f'key,value\n1,well\n2,"{quoted}"\n3,well\n'
        (self._folder / "some.csv").write_bytes(content.encode(errors="surrogatepass"))
        return FilesSource(FilesSettings(self._folder, ("some.csv",), "en_US"))

    def _judged(self, source: Source, name: str) -> Became:
        became, rows, problems = Became(), pd.DataFrame(), []
        try:
            for message in source.pull({}):
                if isinstance(message, Problem):
                    problems.append(message)
                elif (
                    isinstance(message, Rows) and message.table.num_rows and message.stream in _MAIN
                ):
                    rows = pd.concat([rows, message.table.to_pandas()])
        except SourceError as error:
            became.said = f"refused: {error}"
        except Exception as fault:  # anything but a SourceError is the defect that is looked for
            became.broken.append(f"a defect: {type(fault).__name__}: {fault}")
        finally:
            source.close()
        if not became.said:
            became.said = problems[0].sentence if problems else _shown(rows, name)
            if not became.broken and len(rows) + len(problems) < 3:
                became.broken.append("a record is gone, and nothing says so")
            if not became.broken and len(rows) < 2:
                became.broken.append("it took other records with it")
        became.broken += list(_printed(rows, [became.said, *(one.sentence for one in problems)]))
        return became


_MAIN = ("jira_issues", "notion_pages", "sheet_rows", "file_rows")


def _shown(rows: pd.DataFrame, name: str) -> str:
    """The second record's hostile cell as it was read."""
    if len(rows) < 2:
        return "nothing"
    row = rows.iloc[1]
    cells = decode_cells(row["cells"])
    last = list(cells.values())[-1] if cells else None
    if name == "jira" and (last is None or last.text == "1"):
        return f"summary {row['summary'][:60]!a}, updated {row['updated_at']}"
    if last is None:
        return "no cell"
    parts = [
        last.kind,
        f"{last.text[:60]!a}",
        *(str(one) for one in (last.number, last.date) if one),
    ]
    return " ".join(parts)


def _printed(rows: pd.DataFrame, sentences: list[str]) -> Iterator[str]:
    """What is wrong with the rows and the sentences as the commands would print them."""
    if len(rows):
        for cells in rows["cells"]:
            decode_cells(cells)
    shown = rows.drop(columns=["texts", "labels"], errors="ignore").astype(object)
    for form, printed in _forms(shown, sentences):
        if bad := set(printed) & _OBEYED:
            yield f"{form} has {sorted(map(ascii, bad))[:3]}"
        if form == "JSON":
            json.loads(printed, parse_constant=_no_number)


_OBEYED = {chr(one) for one in (*range(32), *range(127, 160), 0x61C, 0x200E, 0x200F)} - {"\n", "\t"}
_OBEYED |= {chr(one) for one in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def _forms(rows: pd.DataFrame, sentences: list[str]) -> Iterator[tuple[str, str]]:
    for form, show in {
        "CSV": lambda: print_rows(rows, Format.CSV),
        "JSON": lambda: print_json([rows.to_dict("records"), sentences]),
        "the terminal": lambda: console().print(*sentences, *rows.get("cells", []), soft_wrap=True),
    }.items():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            show()
        yield form, printed.getvalue()


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def trial(only: str = "") -> dict[tuple[str, str, str], Became]:
    """What became of the values whose name has that, by name, claim and connector."""
    with tempfile.TemporaryDirectory() as folder, lowered():
        tried = Trial(Path(folder))
        return {
            (value.name, value.claims, name): tried.run(name, value)
            for value in VALUES
            if only in value.name
            for name in tried.names
        }


def table(became: dict[tuple[str, str, str], Became]) -> str:
    """The table, as Markdown."""
    head = "| value | claims to be | in | became |\n|---|---|---|---|"
    rows = [
        f"| {ascii(name)[1:-1].replace('|', '/')} | {claims} | {connector} |"
        f" {one.said[:150].replace('|', '/')} |"
        for (name, claims, connector), one in became.items()
    ]
    return "\n".join([head, *rows])


def main() -> int:
    """Try every value in every connector, and print the table; 1 if a promise broke."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks inputs")
    parser.add_argument("--only", default="", help="try those whose name has this")
    became = trial(parser.parse_args().only)
    print(table(became))
    broken = [f"{key}: {said}" for key, one in became.items() for said in one.broken]
    values = len({key[:2] for key in became})
    print("\n".join(broken) or f"{values} hostile values in {len(became)} pulls: none got through")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
