"""The files of the configured folder, and their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

from connectors.cells import Cell
from connectors.errors import AccessError, MissingError
from connectors.files.facts import FilesSection
from connectors.files.file_reader import UnreadableFileError, read_file
from connectors.survey import Account, Column, Table

_SUFFIXES = (".csv", ".parquet")


class FilesSurvey:
    """A folder; see :class:`connectors.survey.Survey`."""

    served_at: datetime | None = None

    def __init__(self, section: FilesSection) -> None:
        self._folder = section.folder
        self._locale = section.locale

    def account(self) -> Account:
        """The account that runs okr; the folder is all that there is to reach."""
        if not self._folder.is_dir():
            message = f"There is no folder {self._folder}."
            raise MissingError("files", message, "Mount it, or correct sources: files: folder:.")
        return Account(str(self._folder), "a folder", False, "Needs no credential.")

    def tables(self) -> list[Table]:
        """Every CSV and Parquet file of the folder."""
        names = sorted(file.name for file in self._folder.iterdir())
        return [self._table(name) for name in names if name.casefold().endswith(_SUFFIXES)]

    def look(self, place: str) -> list[Table]:
        """The files that a name or pattern means."""
        names = sorted(file.name for file in self._folder.glob(place) if file.is_file())
        if not names:
            message = f"The folder {self._folder} has no file {place}."
            raise MissingError("files", message, "Mount it, or correct folder and place.")
        return [self._table(name) for name in names]

    def sample(self, table: Table, count: int) -> Sequence[Mapping[str, Cell]]:
        """The first rows of a file."""
        rows = islice(read_file(self._folder / table.place, self._locale), count)
        return [cells for _, cells, _ in rows]

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _table(self, name: str) -> Table:
        try:
            first = next(iter(read_file(self._folder / name, self._locale)), None)
        except (OSError, UnreadableFileError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise AccessError("files", f"{name} cannot be read: {why}.") from None
        cells = first[1] if first else {}
        return Table(name, name, tuple(Column(one, one) for one in cells))
