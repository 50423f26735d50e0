"""Initiatives: work meant to move a Key Result.

What belongs here: reading what they are. What does not: which Key Result they serve (``links``).
"""

from __future__ import annotations

import pandas as pd

from okr_model.cells import records_of
from okr_model.entities.fields import texts
from okr_model.findings import findings_frame

_HOLDS = "initiatives"
_STATUS_CATEGORIES = ("new", "indeterminate", "done")


def read_initiatives(cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the initiatives.

    ``initiative`` is what people call it: the field ``key`` where there is one (Jira), else the
    title, else the record's id.

    Returns:
        ``initiative_id ("source:record_id"), initiative, title, team, owner, status,
        status_category (new, indeterminate, done or null), source, record_id, url``; and the
        findings, of which there are none: the source's own id always identifies an initiative.
    """
    records = records_of(cells, _HOLDS)
    title = texts(cells, _HOLDS, records, "title")
    category = texts(cells, _HOLDS, records, "status_category").str.casefold()
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
            "source": records["source"],
            "record_id": records["record_id"],
            "url": records["record_url"],
        }
    )
    return frame, findings_frame()
