"""What somebody who plays with the sample company can do to it, in words as they would type them.

Here belongs reading those words, finding the record, and the journal that keeps the edits, so that
stand-ins started again are where they were left. How a record changes belongs to the stores.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sandbox.server.clock import Clock
from sandbox.server.google.sheets.store import GoogleDrive
from sandbox.server.jira.store import JiraSite
from sandbox.server.notion.store import NotionWorkspace
from sandbox.server.people.cell_edits import type_into_cell
from sandbox.server.people.issue_edits import type_into_issue
from sandbox.server.people.page_edits import type_into_page

_BETWEEN_EDITS = timedelta(minutes=5)
_NIGHT = time(2)


class Done(NamedTuple):
    """What was done: a sentence for each change, and how the addresses of the record end.

    ``records`` starts with the record itself; those that it is a part of follow.
    """

    told: list[str]
    records: list[str]


class Play:
    """Edits of the three services, each at its own instant of the sandbox's time.

    A command is a mapping with ``do``: ``edit issue`` or ``edit page`` with ``of`` (which) and
    ``fields`` (pairs of name and text), ``edit cell`` with ``of`` (the address) and ``text``,
    ``next day``.

    Args:
        clock: Goes on with every command.
        zone: The company's, in which its days begin.
        jira: Where issues are edited.
        notion: Where pages are.
        sheets: Where cells are.
        journal: Keeps what was done, one JSON object a line; None keeps nothing.
    """

    def __init__(
        self,
        clock: Clock,
        zone: ZoneInfo,
        jira: JiraSite,
        notion: NotionWorkspace,
        sheets: GoogleDrive,
        journal: Path | None = None,
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._jira, self._notion, self._sheets = jira, notion, sheets
        self._journal = journal

    def do(self, command: Mapping[str, Any]) -> Done:
        """Do it, write it down, and say what changed.

        Raises:
            ValueError: It cannot be done; the message says what can. Nothing has changed.
        """
        before = self._clock.now
        self._clock.now = self._when(command)
        try:
            done = self._apply(command)
        except ValueError:
            self._clock.now = before
            raise
        if self._journal:
            line = json.dumps({"at": self._clock.now.isoformat(), **command}, ensure_ascii=False)
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        return done

    def replay(self) -> list[str]:
        """Do again what the journal holds.

        Returns:
            What could not be done again, such as an edit of an issue that is no longer there.
        """
        if not self._journal or not self._journal.is_file():
            return []
        lost = []
        for line in self._journal.read_text("utf-8").splitlines():
            command = json.loads(line)
            self._clock.now = datetime.fromisoformat(command["at"])
            try:
                self._apply(command)
            except ValueError as error:
                lost.append(str(error))
        return lost

    def _when(self, command: Mapping[str, Any]) -> datetime:
        now = self._clock.now
        if command.get("do") != "next day":
            return now + _BETWEEN_EDITS
        tomorrow = now.astimezone(self._zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, _NIGHT, self._zone).astimezone(now.tzinfo)

    def _apply(self, command: Mapping[str, Any]) -> Done:
        match command:
            case {"do": "next day"}:
                local = self._clock.now.astimezone(self._zone)
                return Done([f"It is {local:%A} {local.day} {local:%B %Y, %H:%M}."], [])
            case {"do": "edit issue", "of": str(of), "fields": fields}:
                return Done(*type_into_issue(self._jira, of, _pairs(fields)))
            case {"do": "edit page", "of": str(of), "fields": fields}:
                told, id = type_into_page(self._notion, of, _pairs(fields))
                return Done(told, [id])
            case {"do": "edit cell", "of": str(of), "text": str(text)}:
                sentence, row = type_into_cell(self._sheets, of, text)
                return Done([sentence], [row])
        raise ValueError(f"no such command: {dict(command)}")


def _pairs(fields: object) -> Sequence[tuple[str, str]]:
    if not isinstance(fields, list) or not fields:
        raise ValueError("name at least one field")
    return [(str(name), str(text)) for name, text in fields]
