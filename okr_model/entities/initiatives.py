"""Initiatives: work meant to move a Key Result.

What belongs here: reading what they are. What does not: which Key Result they serve (``links``).
"""

from __future__ import annotations

import pandas as pd

from okr_model.cells import cells_of, records_of
from okr_model.days import read_days
from okr_model.entities.fields import each, texts, unreadable
from okr_model.findings import findings_frame

_HOLDS = "initiatives"
_STATUS_CATEGORIES = ("new", "indeterminate", "done")


def read_initiatives(cells: pd.DataFrame, timezone: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the initiatives.

    ``initiative`` is what people call it: the field ``key`` where there is one (Jira), else the
    title, else the record's id.

    Returns:
        ``initiative_id ("source:record_id"), initiative, title, team, owner, status,
        status_category (new, indeterminate, done or null), due_on, source, record_id, url``; and
        a finding for each due date that names no day.
    """
    records = records_of(cells, _HOLDS)
    title = texts(cells, _HOLDS, records, "title")
    category = texts(cells, _HOLDS, records, "status_category").str.casefold()
    due_cells = cells_of(cells, _HOLDS, records, "due")
    due = read_days(due_cells, timezone)
    frame = pd.DataFrame(
        {
            "initiative_id": records["source"] + ":" + records["record_id"],
            "initiative": texts(cells, _HOLDS, records, "key")
            .fillna(title)
            .fillna(records["record_id"]),
            "title": title,
            "team": texts(cells, _HOLDS, records, "team"),
            "owner": texts(cells, _HOLDS, records, "owner"),
            "status": texts(cells, _HOLDS, records, "status"),
            "status_category": category.where(category.isin(_STATUS_CATEGORIES)),
            "due_on": due["day"],
            "source": records["source"],
            "record_id": records["record_id"],
            "url": records["record_url"],
        }
    )
    faulty = frame.assign(problem=due["problem"], text=due_cells["text"], field="due date")
    return frame, findings_frame(
        each(
            faulty[faulty["problem"].notna()],
            lambda row: unreadable(row, "initiative", row["initiative_id"], "due date"),
        )
    )
