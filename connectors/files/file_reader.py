"""One CSV or Parquet file as rows of cells.

What belongs here: encoding, delimiter, header, broken rows. What does not: which files are read,
and which records their rows become (``source``).
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetFile

from connectors.cells import Cell, plain_cell, plain_rows, too_large

Row = tuple[int, dict[str, Cell], str | None]
"""1-based line, cells by column, and None or why the row is broken, as the end of a sentence."""


# Python's own limit of 131,072 is for the process, and would lose the file for one long field.
csv.field_size_limit(64 * 2**20)


class UnreadableFileError(ValueError):
    """Why a file cannot be read at all, as the end of a sentence."""


def read_file(path: Path, locale: str | None) -> Iterator[Row]:
    """The non-blank rows of a file.

    A CSV file is UTF-8, with or without a byte order mark; its values stay text, to be parsed by
    ``locale``. Parquet values keep their types, and row numbers from 1 stand in for lines.

    Raises:
        UnreadableFileError: Encoding, delimiter or header are ambiguous, or the file is broken.
        OSError: It cannot be opened.
    """
    read, line = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path, locale), 0
    try:
        for line, cells, broken in read:
            yield line, cells, broken or too_large(cells)
    except (csv.Error, pa.ArrowException) as error:
        raise UnreadableFileError(f"after line {line}, {error}" if line else error) from None


def _csv(path: Path, locale: str | None) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        header, line = _header(next(rows, [])), rows.line_num + 1
        for values in rows:
            broken = None if _is_utf8("".join(values)) else "is not UTF-8"
            if len(values) != len(header):
                broken = f"has {len(values)} fields where the header has {len(header)}"
            if any(value.strip() for value in values):
                texts = [value.encode(errors="replace").decode() for value in values]
                where = f"{path.name}:{line}"
                pairs = zip(header, texts, strict=broken is None)
                yield line, {n: plain_cell(t, n, where, locale) for n, t in pairs if n}, broken
            line = rows.line_num + 1


def _parquet(path: Path) -> Iterator[Row]:
    with ParquetFile(path) as file:
        _header(file.schema_arrow.names)
        rows = (row for batch in file.iter_batches(5000) for row in plain_rows(batch))
        for line, row in enumerate(rows, 1):
            yield line, {n: plain_cell(v, n, f"{path.name}:{line}") for n, v in row.items()}, None


def _delimiter(head: str) -> str:
    """The only delimiter that occurs in the header; values are not considered."""
    if not _is_utf8(head):
        raise UnreadableFileError("it is not UTF-8; save it again in that encoding")
    there = [delimiter for delimiter in ",;\t|" if delimiter in re.sub(r'"[^"]*"', "", head)]
    if len(there) > 1:
        raise UnreadableFileError(f"any of {there} may split its header; quote names that have one")
    return there[0] if there else ","


def _header(names: list[str]) -> list[str]:
    names = [" ".join(name.split()) for name in names]
    twice = [name for name in names if name and names.count(name) > 1]
    if twice or not any(names):
        raise UnreadableFileError(f"its header has {twice[0]!r} twice" if twice else "it is empty")
    return names


def _is_utf8(text: str) -> bool:
    """Whether no byte was decoded to a lone surrogate (``surrogateescape``)."""
    return not any("\udc80" <= letter <= "\udcff" for letter in text)
