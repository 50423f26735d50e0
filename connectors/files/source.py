"""A pull of a folder of files.

What belongs here: which files are read again, the cursor, and which rows are gone. What does not:
reading one file (``file_reader``).
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

from connectors.cells import UNREADABLE, encode_cells
from connectors.errors import MissingError
from connectors.files.file_reader import UnreadableFileError, read_file
from connectors.files.streams import FILE_ROWS
from connectors.records import Batch, Cursor, Figures, Message, Present, Problem, ProblemRule, Rows

STREAM = "file_rows"
BATCH_ROWS = 5000
MOST_BROKEN_ROWS = 50
_NONE = FILE_ROWS.empty_table()
_PUT_BACK = "Put it back or mount its folder, or correct folder and place in okr.yaml."
_MEND = "Export it again, or mend it."
# A file may change twice within one tick of the file system's clock and keep its stamp: recently
# changed files are compared by content.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """What to read.

    Attributes:
        folder: Where the files are.
        places: Their names in it, or patterns such as ``weekly-*.csv``.
        locale: Such as ``de_DE``; it decides how ``12.400`` in a CSV file is parsed.
    """

    folder: Path
    places: tuple[str, ...]
    locale: str | None = None


def _problem(rule: ProblemRule, place: str, sentence: str, remedy: str) -> Problem:
    return Problem(rule, place, sentence, severity="error", remedy=remedy)


class FilesSource:
    """Reads every row of every changed file.

    A file has changed if its size or time and its content have. Rows missing from a file are
    deleted, and so are the rows of a file that is gone while others still match its pattern, or
    whose place was removed from the settings. A place without any file is a :class:`Problem`, and
    its rows are kept.
    """

    name = "files"

    def __init__(self, settings: FilesSettings) -> None:
        self.figures = Figures()
        self._settings = settings

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield the rows of changed files, one file after the other.

        Only the last :class:`Rows` of a file has a cursor, after the file's :class:`Present`. The
        cursor holds ``files``: name → stamp and digest of the content last read.

        Raises:
            MissingError: The folder does not exist, or has none of the places.
        """
        known: dict[str, list[str]] = dict(cursor.get("files", {}))
        folder, places = self._settings.folder, self._settings.places
        found = {at: {file.name for file in folder.glob(at) if file.is_file()} for at in places}
        names = sorted(set().union(*found.values()))
        if places and not names:
            message = f"The folder {folder} has none of {', '.join(places)}."
            raise MissingError("files", message, "Mount it, or correct folder and places.")
        empty = [place for place in places if not found[place]]
        for place in empty:
            gone = f"The folder {folder} has no file {place}; rows known of it are kept."
            yield _problem(ProblemRule.UNREACHABLE_PLACE, place, gone, _PUT_BACK)
        for name in names:
            try:
                yield from self._file(folder / name, known)
            except (OSError, *UNREADABLE) as error:
                why = f"cannot be read: {getattr(error, 'strerror', error)}. Known rows are kept."
                yield _problem(ProblemRule.UNREADABLE_FILE, name, f"{name} {why}", _MEND)
        for name in sorted(known.keys() - names):
            if not any(Path(name).match(place) for place in empty):
                del known[name]
                yield Present(STREAM, name, pa.array([], pa.string()), certain=True)
        yield Rows(STREAM, _NONE, {"complete": True, "files": known})

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _file(self, path: Path, known: dict[str, list[str]]) -> Iterator[Message]:
        stamp = self._stamp(path)
        held_stamp, held_digest = known.get(path.name, ("", ""))
        if stamp == held_stamp:
            return
        with path.open("rb") as file:
            digest = f"{hashlib.file_digest(file, 'sha256').hexdigest()} {self._settings.locale}"
        if digest != held_digest:
            yield from self._changed(path, stamp)
        young = time.time_ns() - path.stat().st_mtime_ns < _SETTLED_NS
        known[path.name] = ["" if young else stamp, digest]
        yield Rows(STREAM, _NONE, {"files": dict(known)})

    def _changed(self, path: Path, stamp: str) -> Iterator[Message]:
        """A file's rows; the id is the first column's value, a second equal one gets ``#2``."""
        batch = Batch(BATCH_ROWS)
        ids: list[str] = []
        alike: Counter[str] = Counter()
        broken_rows = 0
        for line, cells, broken in read_file(path, self._settings.locale):
            key = next((cell.text for cell in cells.values()), "")
            alike[key] += 1
            ids.append(f"{path.name}:{key}" + (f"#{alike[key]}" if alike[key] > 1 else ""))
            if broken is None:
                raw = msgspec.json.encode({name: cell.text for name, cell in cells.items()})
                row = {"id": ids[-1], "place": path.name, "line": line, "raw": raw.decode()}
                batch.add(row | {"cells": encode_cells(cells)})
            elif (broken_rows := broken_rows + 1) > MOST_BROKEN_ROWS:
                raise UnreadableFileError(f"more than {MOST_BROKEN_ROWS} of its rows are broken")
            else:
                sentence = f"{path.name}:{line}: the row {broken}; it is kept as last read."
                yield Problem(ProblemRule.UNREADABLE_RECORD, path.name, sentence)
            if batch.is_full:
                yield self._steady(batch.take(), path, stamp)
        yield self._steady(batch.take(), path, stamp)
        # An export may have failed halfway: the lake decides whether to write tombstones.
        yield Present(STREAM, path.name, pa.array(ids, pa.string()))

    def _steady(self, batch: list[dict[str, object]], path: Path, stamp: str) -> Rows:
        if self._stamp(path) != stamp:  # it may have been read half written
            raise UnreadableFileError("it was changed while it was read")
        self.figures.rows += len(batch)
        return Rows(STREAM, pa.Table.from_pylist(batch, schema=FILE_ROWS))

    def _stamp(self, path: Path) -> str:
        found = path.stat()
        return f"{found.st_size} {found.st_mtime_ns} {self._settings.locale}"
