"""Late entries: measurements and check-ins that change days already published.

What belongs here: comparing what two runs knew about the same days. What does not: recomputing
those days.

Only records with a date of their own can be late: measurements and check-ins. Links apply from the
first run that saw them, and so do definitions whose source has no change log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from okr_model.quantities.days import midnight, to_days

_KEYS: dict[str, list[str]] = {
    "measurements": ["key_result_id", "date", "measure"],
    "check_ins": ["key_result_id", "date", "number"],
}
_SAID: dict[str, list[str]] = {
    "measurements": ["value", "unit", "text", "seen_at"],
    "check_ins": ["confidence", "value", "seen_at"],
}

COMPARED = {name: [*_KEYS[name], *_SAID[name]] for name in _KEYS}
"""The tables to compare, and their columns."""


def earliest_late(
    before: Mapping[str, pd.DataFrame], now: Mapping[str, pd.DataFrame], upto: date
) -> date | None:
    """The earliest day whose entries differ between two runs; None if there is none.

    An entry that is new, different or gone counts, if its Key Result exists in both runs. A value
    that is computed rather than read counts only if both runs computed one for its day. The same
    value in another unit is no difference.

    Args:
        before: The tables ``key_results, measurements, check_ins`` as an earlier run published
            them. From the last two, rows that are the same in both may be left out.
        now: The same as they are now.
        upto: The last day to compare: the one that the earlier run computed.
    """
    known = set(before["key_results"]["key_result_id"]) & set(now["key_results"]["key_result_id"])
    days = [_days(name, before[name], now[name], known) for name in _KEYS]
    late = pd.concat(days)
    late = late[late <= midnight(upto)]
    return None if late.empty else late.min().date()


def _days(name: str, before: pd.DataFrame, now: pd.DataFrame, known: set[str]) -> pd.Series:
    """The days for which the two differ."""
    if before.empty and now.empty:
        return pd.Series(dtype="datetime64[us]")
    both = pd.merge(
        _plain(before, COMPARED[name]),
        _plain(now, COMPARED[name]),
        on=_KEYS[name],
        how="outer",
        suffixes=("_before", ""),
        indicator="found",
    )
    common = both["found"] == "both"
    computed = both["seen_at_before"].isna() & both["seen_at"].isna()
    differs = pd.Series(False, index=both.index)
    for field in ("value", "confidence") if name == "check_ins" else ("value",):
        differs |= _differ(both, field)
    if name == "measurements":
        moved = _differ(both, "unit")
        differs = differs.where(~moved, _differ(both, "text"))
    late = differs.where(common, ~computed) & both["key_result_id"].isin(known)
    return both.loc[late.astype("bool"), "date"]


def _plain(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The columns in types that compare equal however they were stored."""
    texts = [name for name in names if name not in ("date", "value", "seen_at", "number")]
    plain = rows[names].astype(dict.fromkeys(texts, "str")).astype({"value": "float64"})
    seen = pd.to_datetime(plain["seen_at"], utc=True).astype("datetime64[us, UTC]")
    return plain.assign(date=to_days(plain["date"]), seen_at=seen)


def _differ(both: pd.DataFrame, field: str) -> pd.Series:
    one, other = both[f"{field}_before"], both[field]
    return (one != other) & ~(one.isna() & other.isna())
