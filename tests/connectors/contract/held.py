"""What a lake would hold of a connector's messages: the consumer's side of the contract, in memory.

It commits as ``pipelines.ingest.landing`` does, but knows nothing of it: rows as they come,
tombstones when a cursor follows, and the cursor as the JSON that comes back the next night.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from connectors.records import Cursor, Message, Present, Problem, Rows, Source

Records = dict[str, dict[str, dict[str, Any]]]


class Held:
    """Records by stream and id, and the last committed cursor."""

    def __init__(self) -> None:
        self.records: Records = {}
        self.cursor: Cursor = {}
        self.problems: list[Problem] = []
        self.delivered: set[str] = set()  # ids of the records of the last pull
        self._present: list[Present] = []

    def pull(self, source: Source, most: int | None = None) -> int:
        """Take a pull's messages, all or ``most`` of them; returns how many there were."""
        self._present, self.problems, self.delivered = [], [], set()
        taken = 0
        with closing(source), closing(_closable(source.pull(self.cursor))) as messages:
            for message in messages:
                self.take(message)
                taken += 1
                if taken == most:
                    break
        return taken

    def take(self, message: Message) -> None:
        """Commit one message."""
        if isinstance(message, Problem):
            self.problems.append(message)
        elif isinstance(message, Present):
            self._present.append(message)
        else:
            if message.cursor is not None:
                self._append_tombstones()
                self.cursor = json.loads(json.dumps(message.cursor))
            rows = message.table.drop_columns(["raw"]) if _has_raw(message) else message.table
            of_stream = self.records.setdefault(message.stream, {})
            for row in rows.to_pylist():
                of_stream[row["id"]] = row
                self.delivered.add(row["id"])

    def _append_tombstones(self) -> None:
        named = {(p.stream, id_) for p in self._present for id_ in p.ids.to_pylist()}
        for present in self._present:
            held = self.records.get(present.stream, {})
            gone = set(present.gone.to_pylist())
            for id_ in [id_ for id_, row in held.items() if row["place"] == present.place]:
                if id_ in gone or (present.stream, id_) not in named:
                    del held[id_]
        self._present.clear()


def _has_raw(message: Rows) -> bool:
    return "raw" in message.table.column_names


def _closable(messages: Iterator[Message]) -> Iterator[Message]:
    """A generator over ``messages`` that can be closed, whatever iterator they are."""
    yield from messages
