"""The common shape of all OKR content: long cells, one row per record and canonical field.

What belongs here: the columns of that frame and the functions that select from it. What does not:
what a field means for an Objective or a Key Result (``entities``), or how a cell becomes a number
in a unit (``cell_quantities``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

CELL_COLUMNS = {
    "holds": "str",  # objectives, key_results, check_ins, initiatives, measurements, kpis
    "source": "str",  # jira, notion, sheets or files
    "place": "str",  # project key, data source id, spreadsheet/tab, file
    "record_id": "str",  # the source's immutable id
    "record_url": "str",
    "dataset": "str",  # tells apart datasets that read the same record with other mappings
    "row": "float64",  # 1-based, where the place has an order of its own: a tab or a file
    "created_at": "datetime64[us, UTC]",  # of the record, where the source says so
    "edited_at": "datetime64[us, UTC]",
    "field": "str",  # canonical name, such as target
    "name": "str",  # the source's own name of the field
    "address": "str",  # where the cell is: Metrics!C14, property id, customfield_10042
    "kind": "str",  # as connectors' CellKind: empty, text, number, percent, duration, ...
    "text": "str",  # as displayed
    "number": "float64",
    "date": "str",  # ISO 8601
    "end": "str",
    "unit": "str",
    "locale": "str",
    "refs": "object",  # list of record ids
    "seen_at": "datetime64[us, UTC]",
}
RECORD_KEY = ["source", "record_id", "dataset"]
_OF_RECORD = [
    "source", "place", "record_id", "record_url", "dataset", "row", "created_at", "edited_at",
    "seen_at",
]  # fmt: skip

EMPTIED = "the field was emptied"
"""The ``problem`` of a value that is unknown from its day on, because nothing is left of it."""

KNOWN_BY_ROW = ("sheets", "files")
"""Sources whose records are identified by where they stand."""

LONGEST_FIGURE = 500
"""Characters of a text that may be a figure or a day."""

LONGEST_SENTENCE = 1_000
"""Characters of a text that may name several: stages, or the statement of a Key Result."""

Columns = Sequence[str]
_ALL: Columns = ()

_CELL = re.compile(r"!([A-Z]{1,3})([0-9]+)\Z")
_ROW_RANGE = re.compile(r"&range=[A-Z]+([0-9]+)\Z")
_RANGE = re.compile(r"&range=[A-Z]+\d+(:[A-Z]+\d+)?\Z")  # …/edit#gid=0&range=A12
_ROW = re.compile(r"\A((?:sheets:)?[\w-]+:\d+):\d+\Z")  # spreadsheet:sheetId:row
_REPEATED = re.compile(r"(?<=\w)#\d+\Z")  # weekly.csv:KR-1#2

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPACES = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")


def cells_like(
    cells: pd.DataFrame, rows: Sequence[Mapping[str, Any]], index: pd.Index | None = None
) -> pd.DataFrame:
    """``rows`` as a frame with the columns and types of ``cells``, also where all lack an instant.

    pandas takes a column of NaT alone for one without a zone, which cannot be cast to one with.
    """
    frame = pd.DataFrame(rows, columns=cells.columns, index=index, dtype="object")
    return frame.astype(cells.dtypes)


def empty_cells() -> pd.DataFrame:
    """A cells frame without rows, every column of the right type."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in CELL_COLUMNS.items()})


def records_of(cells: pd.DataFrame, holds: str) -> pd.DataFrame:
    """The records that hold ``holds``, one row each, in an order independent of that of the cells.

    A record that several datasets read is a row for each.

    Returns:
        ``source, place, record_id, record_url, dataset, row, created_at, edited_at, seen_at`` with
        a fresh index; row 9 of a sheet comes before row 10.
    """
    records = cells[cells["holds"] == holds].drop_duplicates(RECORD_KEY)[_OF_RECORD]
    return ordered_by_place(records).reset_index(drop=True)


def ordered_by_place(records: pd.DataFrame) -> pd.DataFrame:
    """``records`` by source, place and row; by the numbers in their ids where they have no row."""
    natural = records["record_id"].map(natural_key)
    order = ["source", "place", "row", "_natural", "dataset"]
    ordered = records.assign(_natural=natural).sort_values(order, kind="stable")
    return ordered.drop(columns="_natural")


def cells_of(
    cells: pd.DataFrame, holds: str, records: pd.DataFrame, field: str, *, columns: Columns = _ALL
) -> pd.DataFrame:
    """The cells of one field, aligned to ``records``; kind ``empty`` where a record has none.

    With ``columns`` only these, ``kind`` among them; to take all is most of the work.
    """
    of_field = ((cells["field"] == field) & (cells["holds"] == holds)).to_numpy("bool")
    rows = np.flatnonzero(of_field)
    wanted = np.full(len(records), -1)  # no row: a record without such a cell
    if len(rows):
        keys = _joined_key(cells[RECORD_KEY].take(rows))
        first = ~keys.duplicated()
        found = keys[first].get_indexer(_joined_key(records))
        wanted = np.where(found < 0, -1, rows[first][found])
    known = cells if columns is _ALL else cells[[*columns]]
    aligned = known.set_axis(pd.RangeIndex(len(known)), axis=0).reindex(wanted)
    aligned.index = records.index
    return aligned.assign(kind=aligned["kind"].astype("object").fillna("empty"))


def among(values: pd.Series, others: pd.Series | pd.Index) -> pd.Series:
    """Whether each of ``values`` is among ``others``; ``Series.isin`` is slow on many strings."""
    return values.astype("object").isin(others.astype("object"))


def _joined_key(rows: pd.DataFrame) -> pd.Index:
    parts = [pa.array(rows[name].astype("str"), pa.large_string()) for name in RECORD_KEY]
    separator = pa.scalar("\x1f", pa.large_string())
    keys = pc.binary_join_element_wise(
        *parts, separator, null_handling="replace", null_replacement=""
    )
    return pd.Index(np.asarray(keys, dtype="object"))


def texts_of(cells: pd.DataFrame) -> pd.Series:
    """The cleaned text of each cell; null where the cell is empty or an error."""
    texts = cells["text"].astype("object").map(clean_text, na_action="ignore").astype("object")
    silent = cells["kind"].isin(["empty", "error"]) | texts.isna() | (texts == "")
    return texts.where(~silent, None).astype("str")


def places_of(cells: pd.DataFrame) -> pd.Series:
    """Where each cell is, for display: ``Value (Weekly!C14)``, or whichever part is known."""
    name = cells["name"].astype("object").fillna("")
    address = cells["address"].astype("object").fillna("")
    both = (name != "") & (address != "") & (name != address)
    one = address.where(address != "", name)
    words = (name + " (" + address + ")").where(both, one)
    return words.where(words != "", None).astype("str")


def clean_text(text: str) -> str:
    """``text`` without invisible characters, and with runs of white space as single spaces."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def is_prose(text: str, longest: int = LONGEST_FIGURE) -> bool:
    """Whether a text is too long for a figure or a day.

    The patterns of these try every way to divide a text, which takes hours for 50,000 digits.
    """
    return len(text) > longest and len(clean_text(text)) > longest


def natural_key(text: str) -> str:
    """A sort key that puts ``row:9`` before ``row:10``."""
    return _DIGITS.sub(lambda digits: digits.group().zfill(12), text)


def without_row(address: str) -> str:
    """The address of the tab, where ``address`` opens a row or a cell of it.

    >>> without_row("https://docs.google.com/spreadsheets/d/1x/edit#gid=0&range=A12")
    'https://docs.google.com/spreadsheets/d/1x/edit#gid=0'
    """
    return _RANGE.sub("", address)


def at_cell(urls: pd.Series, addresses: pd.Series) -> pd.Series:
    """The addresses of rows of a tab, made to open the very cell; others are unchanged.

    >>> at_cell(
    ...     pd.Series(["https://docs.google.com/spreadsheets/d/1x/edit#gid=0&range=A12"]),
    ...     pd.Series(["Weekly!C12"]),
    ... ).tolist()
    ['https://docs.google.com/spreadsheets/d/1x/edit#gid=0&range=C12']

    Args:
        urls: Of records; may be null.
        addresses: Of a cell of each, such as ``Weekly!C12``.
    """
    cell = addresses.astype("str").str.extract(_CELL)
    row = urls.astype("str").str.extract(_ROW_RANGE)[0]
    known = (cell[1] == row).fillna(False).to_numpy("bool")
    exact = urls.astype("str").str.replace(_RANGE, "", regex=True) + "&range=" + cell[0] + cell[1]
    return urls.where(~known, exact)


def place_of_record(record_id: str) -> str:
    """A record id without its row, as the records of a tab have it; others are unchanged.

    >>> place_of_record("1x:0:12"), place_of_record("weekly.csv:KR-1#2"), place_of_record("10023")
    ('1x:0', 'weekly.csv:KR-1', '10023')
    """
    return _REPEATED.sub("", _ROW.sub(r"\1", record_id))
