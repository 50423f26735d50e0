"""The state of an issue on a past day, from its change log.

What belongs here: the spells during which a field of an issue had one value, and the states of all
issues at one instant. What does not: what is counted over them (``measures``, ``counts``).

The log records only changes: before its first entry a field had the value that this entry replaced,
and since its last entry it has the present value. An issue that was re-opened since was resolved
until then, and counts as resolved on those days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import narwhals as nw
import pandas as pd

from okr_model.activity.issue_names import IssueNames, column_of, field_of, id_or_name
from okr_model.activity.issue_tree import Frame

CHANGE_COLUMNS = (
    *("id", "issue_id", "changed_at", "field", "field_id"),
    *("from_id", "from_text", "to_id", "to_text"),
)
"""The columns of a change log that this module needs."""

_INSTANT = "datetime64[us]"
_DIGITS = 20  # more than a number of Jira has


def log_position() -> nw.Expr:
    """A text that orders changes of the same instant as the log does, by the numbers in ``id``.

    The id is that of the entry, a colon, and the number of the change in it: ``99999:0`` comes
    before ``100000:0``. A text, because engines refuse to cast what is no number.
    """
    entry = nw.col("id").str.replace_all(":.*$", "")
    number = nw.col("id").str.replace_all("^[^:]*:?", "")
    return nw.concat_str([entry.str.zfill(_DIGITS), number.str.zfill(_DIGITS)], separator=":")


def first_of_each(changes: Frame) -> Frame:
    """The first of the changes of each issue: ``id, issue_id, changed_at`` and others."""
    earliest = changes.filter(nw.col("changed_at") == nw.col("changed_at").min().over("issue_id"))
    placed = earliest.with_columns(position=log_position())
    first = placed.filter(nw.col("position") == nw.col("position").min().over("issue_id"))
    return first.drop("position")


def read_log(changes: Frame, columns: Iterable[str], names: IssueNames) -> pd.DataFrame:
    """The change log's entries on some columns of issues, for :func:`spells`.

    Args:
        changes: :data:`CHANGE_COLUMNS`.
        columns: Such as ``status``; entries on other columns are not collected.
        names: Of these columns.

    Returns:
        ``issue_id, column, at`` (UTC without a zone), ``old, new`` (identities, see
        ``issue_names``), in the order of the log.
    """
    column = column_of(changes.columns)
    of_columns = changes.filter(column.is_in(list(columns)), ~nw.col("changed_at").is_null())
    rows = of_columns.select(
        "issue_id",
        position=log_position(),
        at="changed_at",
        column=column,
        old=id_or_name("from_id", "from_text"),
        new=id_or_name("to_id", "to_text"),
    )
    # Through Arrow, because DuckDB's conversion to pandas warns on instants with a zone.
    log: pd.DataFrame = rows.collect("pyarrow").to_native().to_pandas()
    log["at"] = pd.to_datetime(log["at"], utc=True).dt.tz_localize(None).astype(_INSTANT)
    log = log.astype({"column": "str", "old": "str", "new": "str"})
    for known in log["column"].unique():
        mine = log["column"] == known
        for side in ("old", "new"):
            log.loc[mine, side] = names.resolved(known, log.loc[mine, side])
    log = log.sort_values(["issue_id", "column", "at", "position"], ignore_index=True)
    return log[["issue_id", "column", "at", "old", "new"]]


def spells(log: pd.DataFrame, column: str, now: pd.Series) -> pd.DataFrame:
    """The spells during which each issue had one value of ``column``.

    Args:
        log: From :func:`read_log`.
        column: Such as ``status``.
        now: The present identities, by issue id.

    Returns:
        ``issue_id``, ``value``, ``since`` (null: from its creation) and ``until`` (exclusive;
        null: still), at least one row per issue.
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


def logged_in(log: pd.DataFrame, column: str, values: Iterable[str]) -> list[str]:
    """The issues of which the log says that they had one of ``values``; others may have it now."""
    wanted = list(values)
    told = log[log["column"] == column]
    had = told["old"].isin(wanted) | told["new"].isin(wanted)
    return list(told.loc[had, "issue_id"].unique())


def resolutions(log: pd.DataFrame, resolution: pd.Series, resolved_at: pd.Series) -> pd.DataFrame:
    """The spells during which each issue was resolved.

    Args:
        log: From :func:`read_log`, with the entries on ``resolution``.
        resolution: The present resolutions, by issue id.
        resolved_at: When each was last resolved according to Jira (UTC without a zone), by issue
            id; takes precedence over the log.

    Returns:
        ``issue_id``, ``at`` (when it was resolved) and ``until`` (when it was re-opened or
        resolved again; null: still resolved).
    """
    held = spells(log, "resolution", resolution)
    present = held["until"].isna()
    last = resolved_at.reindex(held["issue_id"]).set_axis(held.index)
    at = held["since"].where(~present, last)
    resolved = at.notna() & (present | held["value"].notna())
    return held.assign(at=at)[resolved][["issue_id", "at", "until"]]


def states_at(issues: Frame, changes: Frame, instant: datetime, categories: Frame) -> Frame:
    """The issues with the status category they had just before ``instant``.

    Args:
        issues: ``id``, ``status_category``, ``resolved_at``; other columns pass through as they
            are now.
        changes: :data:`CHANGE_COLUMNS`.
        instant: With a time zone.
        categories: ``status`` (identity, unique) and ``category``, of every status ever seen.

    Returns:
        The rows and columns of ``issues``. Where the status changed later, ``resolved_at`` is null,
        because it may refer to a later resolution. A status without a known category counts as
        open.
    """
    later = changes.filter(field_of(changes.columns) == "status", nw.col("changed_at") >= instant)
    before = first_of_each(later).select("issue_id", held=id_or_name("from_id", "from_text"))
    known = before.join(
        categories.select(of="status", then="category"), left_on="held", right_on="of", how="left"
    )
    changed = ~nw.col("held").is_null()
    current = nw.col("status_category")
    return (
        issues.join(known, left_on="id", right_on="issue_id", how="left")
        .with_columns(
            status_category=nw.when(changed).then(nw.col("then")).otherwise(current),
            resolved_at=nw.when(~changed).then(nw.col("resolved_at")),
        )
        .drop("held", "then")
    )
