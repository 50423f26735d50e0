"""What an issue was on a past day, by its change log.

What belongs here: the spells in which a field of an issue held one value, and the states of all
issues at one instant. What does not: what is counted over them (``measures``, ``activity``).

The log tells of changes only: before its first entry a field held what that entry replaced, and
after its last one it holds what the issue says now. An issue that was re-opened since was resolved
in between, and still is on those days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import narwhals as nw
import pandas as pd

from okr_model.activity.issue_tree import Frame

_LOGGED = {
    "issue_type": "issuetype",
    "project": "key",  # the entry on the project tells its name, the one on the key its key
}
"""Columns of an issue whose entries in the change log have another name."""

CHANGE_COLUMNS = ("id", "issue_id", "changed_at", "field", "from_text", "to_text")
"""What the functions here need of a change log."""

_INSTANT = "datetime64[us]"


def read_log(changes: Frame, columns: Iterable[str]) -> pd.DataFrame:
    """The change log's entries on some columns of issues, for :func:`spells`.

    Args:
        changes: :data:`CHANGE_COLUMNS`.
        columns: Such as ``status``; entries on others stay in the engine.

    Returns:
        ``issue_id, column, at`` (UTC without a zone), ``old, new``, in the order of the log.
    """
    named = {_LOGGED.get(column, column): column for column in columns}
    of_columns = changes.filter(
        nw.col("field").str.to_lowercase().is_in(list(named)), ~nw.col("changed_at").is_null()
    )
    rows = of_columns.select(
        "id", "issue_id", "field", at="changed_at", old="from_text", new="to_text"
    )
    # By way of Arrow: DuckDB's own way to pandas warns on instants with a zone.
    log: pd.DataFrame = rows.collect("pyarrow").to_native().to_pandas()
    log["at"] = pd.to_datetime(log["at"], utc=True).dt.tz_localize(None).astype(_INSTANT)
    log["column"] = log["field"].str.lower().map(named).astype("str")
    moved = log["column"] == "project"
    for side in ("old", "new"):
        words = log[side].astype("str")
        log[side] = words.where(~moved, words.str.replace(r"-\d+$", "", regex=True))
    log = log.sort_values(["issue_id", "column", "at", "id"], ignore_index=True)
    return log[["issue_id", "column", "at", "old", "new"]]


def spells(log: pd.DataFrame, column: str, now: pd.Series) -> pd.DataFrame:
    """From when until when each of some issues held which value of ``column``.

    Args:
        log: From :func:`read_log`.
        column: Such as ``status``.
        now: What the issues hold now, by their id.

    Returns:
        ``issue_id``, ``value``, ``since`` (null: from its creation) and ``until`` (the first
        instant at which it was another; null: it still is), at least one row an issue.
    """
    events = log[(log["column"] == column) & log["issue_id"].isin(now.index)]
    last = ~events.duplicated("issue_id", keep="last")
    held = events["issue_id"].map(now)
    later = pd.DataFrame(
        {
            "issue_id": events["issue_id"],
            "value": events["new"].where(~last, held),
            "since": events["at"],
            "until": events["at"].shift(-1).where(~last),
        }
    )
    first = events[~events.duplicated("issue_id")]
    before = first[["issue_id"]].assign(value=first["old"], since=pd.NaT, until=first["at"])
    quiet = now[~now.index.isin(first["issue_id"])]
    still = pd.DataFrame({"issue_id": quiet.index, "value": quiet.to_numpy()})
    parts = [part.astype({"issue_id": "str", "value": "str"}) for part in (before, later, still)]
    rows = pd.concat([part for part in parts if len(part)] or parts[1:2], ignore_index=True)
    whole = rows.reindex(columns=["issue_id", "value", "since", "until"])
    return whole.astype({"since": _INSTANT, "until": _INSTANT})


def resolutions(log: pd.DataFrame, resolution: pd.Series, resolved_at: pd.Series) -> pd.DataFrame:
    """From when until when each of some issues was resolved.

    Args:
        log: From :func:`read_log`, with the entries on ``resolution``.
        resolution: What the issues hold now, by their id.
        resolved_at: When each was last resolved (UTC without a zone), by its id; it is what Jira
            says, and goes before the log.

    Returns:
        ``issue_id``, ``at`` (when it was resolved) and ``until`` (when it was re-opened or
        resolved anew; null: it still stands).
    """
    held = spells(log, "resolution", resolution)
    stands = held["until"].isna()
    said = resolved_at.reindex(held["issue_id"]).set_axis(held.index)
    at = held["since"].where(~stands, said)
    was = at.notna() & (stands | held["value"].notna())
    return held.assign(at=at)[was][["issue_id", "at", "until"]]


def states_at(issues: Frame, changes: Frame, instant: datetime) -> Frame:
    """The issues with the status category they had just before ``instant``.

    Args:
        issues: ``id``, ``status``, ``status_category``, ``resolved_at``; other columns pass
            through as they are now.
        changes: :data:`CHANGE_COLUMNS`.
        instant: Aware.

    Returns:
        The rows and columns of ``issues``, but for ``status``. Where the status changed later,
        ``resolved_at`` is null, for it may speak of a later resolution. A status that no issue has
        any more has no category, and counts as open.
    """
    categories = (
        issues.filter(~nw.col("status").is_null())
        .group_by("status")
        .agg(then=nw.col("status_category").min())
    )
    later = changes.filter(
        nw.col("field").str.to_lowercase() == "status", nw.col("changed_at") >= instant
    )
    first = later.filter(nw.col("changed_at") == nw.col("changed_at").min().over("issue_id"))
    before = first.group_by("issue_id").agg(word=nw.col("from_text").min())
    known = before.join(categories, left_on="word", right_on="status", how="left")
    changed = ~nw.col("word").is_null()
    current = nw.col("status_category")
    return (
        issues.drop("status")
        .join(known, left_on="id", right_on="issue_id", how="left")
        .with_columns(
            status_category=nw.when(changed).then(nw.col("then")).otherwise(current),
            resolved_at=nw.when(~changed).then(nw.col("resolved_at")),
        )
        .drop("word", "then")
    )
