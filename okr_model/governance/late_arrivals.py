"""Key Results that are new in the final push of their cycle, in which no target is set any more.

What belongs here: telling a new one from one that was there before, was renamed or goes on with
another. What does not: changed targets in the same phase, and what else phases ask
(``phase_findings``).

New is what an earlier night of the final push, or of its eve, did not have. Whether a night before
that had it is unknown while none was published, and then nothing is asked.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.governance.phases import PhaseWeeks
from okr_model.governance.scores import cycle_days
from okr_model.languages.folding import same_ids
from okr_model.quantities.cells import KNOWN_BY_ROW
from okr_model.quantities.days import midnight, to_days


def late_arrivals(
    definitions: pd.DataFrame, nights: pd.DataFrame, weeks: PhaseWeeks, as_of: date
) -> pd.DataFrame:
    """One finding for each Key Result of a running cycle that is new in its final push.

    Args:
        definitions: From :func:`okr_model.entities.read_key_results`.
        nights: ``key_result_id, source, record_id, as_of``: what earlier nights published, under
            present ids.
        weeks: How long the phases of a cycle are.
        as_of: The day.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    today = midnight(as_of)
    runs = (definitions["cycle_start"] <= today) & (today <= definitions["cycle_end"])
    rows = definitions[runs & definitions["carried_from"].isna()]
    rows = rows[~_in_an_earlier_cycle(rows, definitions)]
    published = nights.assign(as_of=to_days(nights["as_of"]))
    published = published[published["as_of"] < today]
    eve = cycle_days(rows, "mid-cycle review", weeks)
    first = _first_nights(rows, published).fillna(today)
    earlier = {day: published["as_of"][published["as_of"] < day].max() for day in set(first)}
    before = _days(first, pd.Series(earlier, dtype="datetime64[us]"))
    is_new = (before >= eve) & (rows["created_on"].isna() | (rows["created_on"] > eve))
    asked = rows.assign(first=first, before=before)[is_new]
    return findings_frame(map(_finding, asked.itertuples(index=False, name="Row")))


def _in_an_earlier_cycle(rows: pd.DataFrame, definitions: pd.DataFrame) -> pd.Series:
    earliest = definitions["cycle_start"].groupby(same_ids(definitions["key_result_id"])).min()
    return _days(same_ids(rows["key_result_id"]), earliest) < rows["cycle_start"]


def _first_nights(rows: pd.DataFrame, published: pd.DataFrame) -> pd.Series:
    """The first night that had the Key Result, by its id or, under another id, by its record."""
    by_id = published["as_of"].groupby(same_ids(published["key_result_id"])).min()
    kept = published[~published["source"].isin(KNOWN_BY_ROW)]
    by_record = kept["as_of"].groupby(_record(kept)).min()
    first = [_days(same_ids(rows["key_result_id"]), by_id), _days(_record(rows), by_record)]
    return pd.concat(first, axis=1).min(axis=1)


def _days(keys: pd.Series, found: pd.Series) -> pd.Series:
    """The day that is found for each key; null where there is none."""
    by_key = found.to_dict()
    return pd.Series([by_key.get(key) for key in keys], keys.index, "datetime64[us]")


def _record(rows: pd.DataFrame) -> pd.Series:
    return rows["source"].astype("str") + ":" + rows["record_id"].astype("str")


def _finding(row: Any) -> Finding:
    team = f" of {row.team}" if isinstance(row.team, str) else ""
    created = "" if pd.isna(row.created_on) else f"; created {row.created_on:%Y-%m-%d}"
    return Finding(
        rule=Rule.NEW_IN_FINAL_PUSH,
        severity="warning",
        subject_type="key result",
        subject_id=row.key_result_id,
        sentence=(
            f"{row.key_result_id}{team} is new in the final push of {row.cycle_id}, in which no"
            f" target is set: it was first read on {row.first:%Y-%m-%d}. Move it to the next cycle,"
            " or name in “carried from” the Key Result that it goes on with."
        ),
        evidence=f"first read {row.first:%Y-%m-%d}, not on {row.before:%Y-%m-%d}{created}",
        url=row.url if isinstance(row.url, str) else None,
    )
