"""Titles beside keys: what a record is called, for whoever does not know its id.

What belongs here: names out of the published tables. What does not: printing them.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

from okr_model.entities.initiatives import titled
from published.formatting import absent, plain
from published.tables import PublishedTables

_NO_NAME = re.compile(r"([a-z]+:)?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def cut(words: str, most: int | None) -> str:
    """A text of at most ``most`` characters, an ellipsis where something is left out."""
    return words if most is None or len(words) <= most else f"{words[: most - 1].rstrip()}…"


class Titles:
    """The titles of what is published.

    Args:
        published: The published DuckDB file, which need not exist; each of its tables is read when
            the first title is asked for.
    """

    def __init__(self, published: Path) -> None:
        self._published = published

    def key_result(self, key_result_id: Any, most: int | None = None) -> str:
        """``KR-17 Bring the median …``, the statement cut to ``most`` characters."""
        return self._titled(key_result_id, self._statements, most)

    def objective(self, objective_id: Any, most: int | None = None) -> str:
        """``O-3 Answer faster``, likewise."""
        return self._titled(objective_id, self._objectives, most)

    def initiative(self, initiative_id: Any, name: Any) -> str:
        """``SUP-3 Triage rules``; ``name`` alone if it is not published any more."""
        return plain(self._initiatives.get(initiative_id, name))

    def subject(self, kind: str, subject_id: str) -> str:
        """What a finding is about; an id that nobody can read is left to the finding's address."""
        if kind == "key result":
            return f"{kind} {self.key_result(subject_id)}"
        if kind == "objective":
            return f"{kind} {self.objective(subject_id)}"
        name = self._initiatives.get(subject_id) or self._records.get(subject_id)
        if name is None and _NO_NAME.fullmatch(subject_id):
            return kind
        return f"{kind} {plain(name or subject_id)}"

    def _titled(self, key: Any, titles: dict[str, Any], most: int | None) -> str:
        title = titles.get(key)
        if absent(key) or absent(title):
            return plain(key)
        return f"{plain(key)} {cut(plain(title), most)}"

    @cached_property
    def _statements(self) -> dict[str, Any]:
        return dict(self._rows("key_results", "key_result_id", "statement"))

    @cached_property
    def _objectives(self) -> dict[str, Any]:
        return dict(self._rows("objectives", "objective_id", "title"))

    @cached_property
    def _initiatives(self) -> dict[str, str]:
        rows = self._rows("initiatives", "initiative_id", "initiative", "title")
        return {key: titled(*names) for key, *names in rows}

    @cached_property
    def _records(self) -> dict[str, str]:
        """Records of the tables whose rows have no title of their own."""
        found: dict[str, str] = {}
        for table, what in (("measurements", "measurement"), ("check_ins", "check-in")):
            rows = self._rows(table, "record_id", "key_result_id", "date")
            found |= {record: f"{what} of {key} on {day:%Y-%m-%d}" for record, key, day in rows}
        objectives = self._rows("objectives", "record_id", "objective_id")
        key_results = self._rows("key_results", "record_id", "key_result_id")
        found |= {record: self.objective(key) for record, key in objectives}
        return found | {record: self.key_result(key) for record, key in key_results}

    def _rows(self, table: str, *columns: str) -> list[list[Any]]:
        if not self._published.is_file():
            return []
        rows: list[list[Any]] = (
            PublishedTables(self._published).frame(table)[[*columns]].to_numpy().tolist()
        )
        return rows
