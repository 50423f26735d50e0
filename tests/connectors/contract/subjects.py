"""The connectors that the contract is held against, each with a world that it reads.

A new connector passes the contract by adding a class here and naming it in :data:`SUBJECTS`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from connectors.cells import decode_cells
from connectors.files.source import FilesSettings, FilesSource
from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource
from connectors.notion.source import NotionSettings, NotionSource
from connectors.records import Source
from connectors.sheets.source import SheetsSettings, SheetsSource
from sandbox.server import Sandbox
from tests.connectors.contract.held import Held
from tests.support.paths import ROOT

NIGHT = 86_400


class Subject(Protocol):
    """A connector and the world it reads.

    Attributes:
        stream: Where its records are that :meth:`edit` and :meth:`delete` are about.
        service: Its name in the sandbox's gate; None where it speaks no HTTP.
        rereads: Whether unchanged records may be delivered again on the next night.
        secrets: What may never show.
    """

    stream: str
    service: str | None
    rereads: bool
    secrets: tuple[str, ...]

    def settings(self) -> Any:
        """What a source is made from."""

    def source(self) -> Source:
        """A new source, as every night has one."""

    def edit(self, held: Held) -> str:
        """Change one record; returns its id."""

    def delete(self, held: Held) -> str:
        """Delete another record; returns its id."""


class Jira:
    stream = "jira_issues"
    service = "jira"
    rereads = False

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._box = box
        self.secrets = (box.environment()["OKR_JIRA_TOKEN"],)

    def settings(self) -> JiraSettings:
        found = self._box.environment()
        return JiraSettings(
            url=found["OKR_JIRA_URL"],
            user=found["OKR_JIRA_USER"],
            token=found["OKR_JIRA_TOKEN"],
            jql="project in (SUP, WEB, SAL)",
            fields=("customfield_10042",),
            initiatives=("Epic",),
            comments=("Epic", "Story"),
        )

    def source(self) -> Source:
        return JiraSource(self.settings())

    def edit(self, held: Held) -> str:
        chosen = sorted(held.records[self.stream])[0]
        self._box.jira.edit_issue(chosen, summary=f"Edited at {self._box.clock.now}")
        return chosen

    def delete(self, held: Held) -> str:
        chosen = sorted(held.records[self.stream])[-1]
        self._box.jira.delete_issue(chosen)
        return chosen


class Notion:
    stream = "notion_pages"
    service = "notion"
    rereads = True

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._box = box
        self.secrets = (box.environment()["OKR_NOTION_TOKEN"],)

    def settings(self) -> NotionSettings:
        found = self._box.environment()
        places = tuple(str(dataset["place"]) for dataset in _datasets("notion"))
        return NotionSettings(
            token=self.secrets[0],
            places=places,
            url=found["OKR_NOTION_URL"],
            comments=places[:1],
            requests_per_minute=60_000,
        )

    def source(self) -> Source:
        return NotionSource(self.settings())

    def edit(self, held: Held) -> str:
        chosen = self._with_a_name(held)[0]
        self._box.notion.edit_page(chosen, Name=f"Edited at {self._box.clock.now}")
        return chosen

    def delete(self, held: Held) -> str:
        chosen = self._with_a_name(held)[-1]
        self._box.notion.trash_page(chosen)
        return chosen

    def _with_a_name(self, held: Held) -> list[str]:
        records = held.records[self.stream].values()
        named = [
            row["id"]
            for row in records
            if "Name" in {cell.name for cell in decode_cells(row["cells"]).values()}
        ]
        return sorted(named)


class Sheets:
    stream = "sheet_rows"
    service = "google"
    rereads = False

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._box = box
        box.write_settings(folder)
        self._key = folder / "service-account.json"
        self.secrets = tuple(line for line in _private_key(self._key).splitlines()[1:-1] if line)

    def settings(self) -> SheetsSettings:
        spreadsheets = dict.fromkeys(d["place"]["spreadsheet"] for d in _datasets("sheets"))
        return SheetsSettings(
            credentials=self._key, spreadsheets=tuple(spreadsheets), url=self._box.sheets_url
        )

    def source(self) -> Source:
        return SheetsSource(self.settings())

    def edit(self, held: Held) -> str:
        row = self._kpis(held)[0]
        self._set(row, "B", f"Edited at {self._box.clock.now}")
        return str(row["id"])

    def delete(self, held: Held) -> str:
        row = self._kpis(held)[-1]
        for letters in decode_cells(row["cells"]):
            self._set(row, letters, None)
        return str(row["id"])

    def _kpis(self, held: Held) -> list[dict[str, Any]]:
        rows = [row for row in held.records[self.stream].values() if row["tab"] == "KPIs"]
        return sorted(rows, key=lambda row: int(row["row"]))[1:]  # the first is the header

    def _set(self, row: dict[str, Any], letters: str, value: str | None) -> None:
        self._box.sheets.set_cell(row["spreadsheet"], f"{row['tab']}!{letters}{row['row']}", value)


class Files:
    stream = "file_rows"
    service = None
    rereads = False

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._folder = folder / "okrs"
        self._folder.mkdir(parents=True)
        self._seconds = 1_700_000_000
        self._lines = {f"KR-{number}": f"KR-{number},2026-11-20,7" for number in range(1, 9)}
        self.secrets: tuple[str, ...] = ()
        self._write()
        for week in (46, 47):
            table = pa.table({"KR": ["KR-1", "KR-2"], "Value": [week, week + 1]})
            pq.write_table(table, self._folder / f"week-{week}.parquet")

    def settings(self) -> FilesSettings:
        return FilesSettings(self._folder, ("values.csv", "week-*.parquet"))

    def source(self) -> Source:
        return FilesSource(self.settings())

    def edit(self, held: Held) -> str:
        chosen = next(iter(self._lines))
        self._lines[chosen] += "1"
        self._write()
        return f"values.csv:{chosen}"

    def delete(self, held: Held) -> str:
        chosen = list(self._lines)[-1]
        del self._lines[chosen]
        self._write()
        return f"values.csv:{chosen}"

    def _write(self) -> None:
        path = self._folder / "values.csv"
        path.write_text("\n".join(["KR,Date,Value", *self._lines.values()]), encoding="utf-8")
        self._seconds += NIGHT
        os.utime(path, (self._seconds, self._seconds))


SUBJECTS = {"jira": Jira, "notion": Notion, "sheets": Sheets, "files": Files}


def _datasets(source: str) -> list[dict[str, Any]]:
    """The sample company's own settings say where its content is."""
    sample = ROOT / "sandbox/company/okr.yaml"
    settings = yaml.safe_load(sample.read_text(encoding="utf-8"))
    return [dataset for dataset in settings["datasets"] if dataset["from"] == source]


def _private_key(file: Path) -> str:
    return str(yaml.safe_load(file.read_text(encoding="utf-8"))["private_key"])
