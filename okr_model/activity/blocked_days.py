"""On which days an issue was blocked, by its status at the end of the day.

What belongs here: the spells in a blocked status, from the entries of the log that enter or leave
one, and their days. What does not: which statuses block (the settings), and weeks.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from okr_model.activity.events_by_week import Weeks
from okr_model.activity.issue_history import log_position
from okr_model.activity.issue_names import IssueNames, field_of, id_or_name, identity
from okr_model.activity.issue_tree import Frame
from okr_model.quantities.days import midnight

_COLUMNS = ["issue_id", "day"]


def blocked_days(
    issues: Frame, changes: Frame, names: IssueNames, words: Sequence[str], weeks: Weeks
) -> pd.DataFrame:
    """The days at whose end each issue was blocked.

    Args:
        issues: ``id``, ``status``, ``status_id``, ``created_at``: those that are asked about.
        changes: :data:`okr_model.activity.issue_history.CHANGE_COLUMNS`.
        names: Of statuses.
        words: What blocks: present or former names of statuses, in any case, or ids.
        weeks: The days are those of these weeks, up to their ``as_of``.

    Returns:
        ``issue_id`` and ``day`` (midnight), distinct. On ``as_of`` the status counts as it is.
    """
    blocking = _identities(names, words)
    if not blocking or not weeks.mondays:
        return pd.DataFrame(columns=_COLUMNS)
    there = changes.columns
    old, new = (id_or_name(f"{side}_id", f"{side}_text") for side in ("from", "to"))
    entries = changes.filter(field_of(there) == "status").select(
        *("id", "issue_id"),
        at="changed_at",
        position=log_position(),
        left=old.is_in(blocking),
        entered=new.is_in(blocking),
    )
    entries = entries.filter(nw.col("left") | nw.col("entered"))
    asked = issues.select(issue="id", created_at="created_at")
    log = _collected(entries.join(asked, left_on="issue_id", right_on="issue"))
    now = issues.filter(identity(issues.columns, "status").is_in(blocking))
    still = _collected(now.select(issue_id="id", created_at="created_at"))
    return _days(_spells(log, still[~still["issue_id"].isin(log["issue_id"])]), weeks)


def _identities(names: IssueNames, words: Sequence[str]) -> list[str]:
    """What blocks as the log writes it: by id, or by a name that only such statuses have had."""
    ids = names.ids("status", words)
    rows = names.known[names.known["column"] == "status"]
    bare = rows.groupby("name")["id"].agg(lambda found: found.isin(ids).all())
    return [*ids, *(f"={name}" for name in bare.index[bare.to_numpy("bool")])]


def _spells(log: pd.DataFrame, still: pd.DataFrame) -> pd.DataFrame:
    """``issue_id``, ``since`` and ``until`` (null: still) of each spell in a blocked status."""
    log = log.drop_duplicates("id")
    log = log.sort_values(["issue_id", "at", "position"], ignore_index=True)
    first = ~log.duplicated("issue_id")
    until = log.groupby("issue_id")["at"].shift(-1)
    entered = log[["issue_id"]].assign(since=log["at"], until=until)[log["entered"]]
    from_the_start = log[first & log["left"]]
    created = from_the_start[["issue_id"]].assign(
        since=from_the_start["created_at"], until=from_the_start["at"]
    )
    ever = still[["issue_id"]].assign(since=still["created_at"], until=pd.NaT)
    parts = [part for part in (entered, created, ever) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else entered


def _days(spells: pd.DataFrame, weeks: Weeks) -> pd.DataFrame:
    """The days of the weeks that lie in a spell, its first one included and its last one not."""
    first, after = midnight(weeks.mondays[0]), midnight(weeks.as_of) + pd.Timedelta(days=1)
    since, until = (_local_day(spells[name], weeks.timezone) for name in ("since", "until"))
    days = [
        pd.date_range(max(begun, first), min(ended, after), inclusive="left")
        for begun, ended in zip(since, until.fillna(after), strict=True)
    ]
    found = spells[["issue_id"]].assign(day=pd.Series(days, index=spells.index, dtype="object"))
    found = found.explode("day").dropna().drop_duplicates(ignore_index=True)
    return found.astype({"issue_id": "str", "day": "datetime64[us]"})


def _local_day(instants: pd.Series, timezone: str) -> pd.Series:
    known = pd.to_datetime(instants, utc=True).dt.tz_convert(timezone)
    return known.dt.tz_localize(None).dt.normalize().astype("datetime64[us]")


def _collected(rows: Frame) -> pd.DataFrame:
    # Through Arrow, because DuckDB's conversion to pandas warns on instants with a zone.
    found: pd.DataFrame = rows.collect("pyarrow").to_native().to_pandas()
    return found.astype({"issue_id": "str"})
