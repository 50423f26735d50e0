"""What one labelled note says, as the cells of the fields that it stands for.

What belongs here: which notes are taken apart, and the cells that each becomes. What does not:
taking a text apart (``labelled_text``), and reading the fields (``content_fields``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from okr_model.entities.content.labelled_text import has_labels, read_labels
from okr_model.quantities.cells import RECORD_KEY, cells_like

_HOLDS = "check_ins"
_NOTE = "note"
_LONGEST = 20_000  # characters: more is no note


def with_notes_read(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells, with what labelled notes of check-ins say in the fields of their content.

    A field that has a cell of its own, and something in it, is left as it is. The note stays whole.

    Args:
        cells: The long cells frame.
    """
    mine = cells[cells["holds"] == _HOLDS]
    notes = mine[(mine["field"] == _NOTE) & mine["text"].notna()]
    notes = notes[notes["text"].str.contains("[:\uff1a]", regex=True)]
    notes = notes[notes["text"].map(lambda text: len(text) <= _LONGEST and has_labels(text))]
    if notes.empty:
        return cells
    rows = [
        row
        for note in notes.to_dict("records")
        for row in _cells({str(name): value for name, value in note.items()})
    ]
    derived = cells_like(cells, rows)
    filled = mine[~mine["kind"].isin(["empty", "error"])]
    derived = derived[~_keys(derived).isin(_keys(filled))]
    blank = mine.index[_keys(mine).isin(_keys(derived))]
    parts = [part for part in (cells.drop(blank), derived) if len(part)]
    return pd.concat(parts, ignore_index=True)


def _keys(cells: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(cells[[*RECORD_KEY, "field"]].astype("object").fillna(""))


def _cells(note: dict[str, Any]) -> Iterator[dict[str, Any]]:
    locale = note["locale"] if isinstance(note["locale"], str) else None
    for field, text in read_labels(note["text"], locale).items():
        yield {**note, "field": field, "kind": "text", "text": text, "number": None, "date": None}
