"""What a column, property or field that is gone is called now.

What belongs here: comparing a place as it is with how it last could be read. What does not: finding
that state (``last_reading``), and renamed tabs, which are guessed by their names (``records``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from connectors.cells import Cell, decode_cells
from okr_model.languages.folding import same_id

Rows = Sequence[Mapping[str, Any]]


def renamed_fields(source: str, wanted: Sequence[str], before: Rows, now: Rows) -> list[str]:
    """A sentence for each field that is gone and seems to be called otherwise now.

    Notion keeps a property's id when it is renamed, so that is certain. A sheet's column is known
    by its letter and its header's row; a file's by being the only one that is new.

    Args:
        source: Which source.
        wanted: The fields that the settings name.
        before: The rows of the place, as the lake has them, when all of them were last there, or
            of all times.
        now: The same as they are.
    """
    if source == "sheets":
        return [
            _asked(one, new) for one in wanted if (new := _header_now(one, wanted, before, now))
        ]
    names = {key: name for key, (name, *_) in _names(now).items()}
    then = _names(before)
    known = {*names, *map(same_id, names.values())}
    lost = [one for one in wanted if one not in known and same_id(one) not in known]
    added, told = [name for key, name in names.items() if key not in then], []
    for one in lost:
        ids = [key for key, was in then.items() if same_id(one) in map(same_id, was)]
        kept = next((names[key] for key in ids if key in names), None)
        if kept is not None:
            told.append(f"{one!r} was renamed to {kept!r}.")
        elif len(lost) == len(added) == 1:
            told.append(_asked(one, added[0]))
    return told


def _asked(lost: str, name: str) -> str:
    return f"Was {lost!r} renamed to {name!r}?"


def _names(rows: Rows) -> dict[str, dict[str, None]]:
    """The names of each field by its id, in the order of the rows.

    Notion escapes ids in pages and not in schemas.
    """
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for key, cell in _cells(row).items():
            if cell.name:
                found.setdefault(unquote(key), {})[cell.name] = None
    return found


def _header_now(lost: str, wanted: Sequence[str], before: Rows, now: Rows) -> str | None:
    """What stands now where a header stood; None where that is a header that is wanted."""
    at = next(
        (
            (row["row"], letters)
            for row in sorted(before, key=lambda one: int(one["row"]))
            for letters, cell in _cells(row).items()
            if same_id(cell.text) == same_id(lost)
        ),
        None,
    )
    if at is None:
        return None
    cells = next((_cells(row) for row in now if row["row"] == at[0]), {})
    found = cells[at[1]].text.strip() if at[1] in cells else ""
    return found if found and same_id(found) not in set(map(same_id, wanted)) else None


def _cells(row: Mapping[str, Any]) -> Mapping[str, Cell]:
    return decode_cells(row["cells"] or "{}")
