"""The state of an issue on a past day, from its change log.

What belongs here: the spells during which a field of an issue had one value, and the states of all
issues at one instant. What does not: what is counted over them (``measures``, ``counts``).

The log records only changes: before its first entry a field had the value that this entry replaced,
and since its last entry it has the present value. An issue that was re-opened since was resolved
until then, and counts as resolved on those days; when it was, the log tells.
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


def last_of_each(changes: Frame) -> Frame:
    """The last of the changes of each issue: ``id, issue_id, changed_at`` and others."""
    latest = changes.filter(nw.col("changed_at") == nw.col("changed_at").max().over("issue_id"))
    placed = latest.with_columns(position=log_position())
    last = placed.filter(nw.col("position") == nw.col("position").max().over("issue_id"))
    return last.drop("position")


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
    """The issues with the status category and the resolution they had just before ``instant``.

    Args:
        issues: ``id``, ``status_category``, ``resolved_at`` and ``seen_at`` (when they were read
            so, before the instant or after it); other columns pass through as they are.
        changes: :data:`CHANGE_COLUMNS`.
        instant: With a time zone.
        categories: ``status`` (identity, unique) and ``category``, of every status ever seen.

    Returns:
        The rows and columns of ``issues``. A status without a known category counts as open.
        ``resolved_at`` of an issue that was resolved then is null if nothing tells when.
    """
    logged = _beside_log(issues, changes, "status", instant)
    has_changed_since = nw.col("before_at") >= nw.col("seen_at")
    by_then = nw.when(has_changed_since).then(nw.col("before_new"))
    is_later = ~nw.col("after_at").is_null()
    held = nw.when(is_later).then(nw.col("after_old")).otherwise(by_then)
    named = categories.select(of="status", then="category")
    told = logged.with_columns(held=held).drop(*_BESIDE)
    told = told.join(named, left_on="held", right_on="of", how="left")
    told = told.with_columns(
        status_category=nw.when(~nw.col("held").is_null())
        .then(nw.col("then"))
        .otherwise(nw.col("status_category"))
    )
    resolved = _beside_log(told, changes, "resolution", instant)
    return resolved.with_columns(resolved_at=_resolved_at(instant)).drop("held", "then", *_BESIDE)


def parents_at(issues: Frame, changes: Frame, instant: datetime) -> Frame:
    """The issues with the parent they had just before ``instant``; null: none.

    Args:
        issues: ``id`` and ``parent_id``, read after the instant; other columns pass through.
        changes: :data:`CHANGE_COLUMNS`.
        instant: With a time zone.
    """
    moved = changes.filter(column_of(changes.columns) == "parent", nw.col("changed_at") >= instant)
    first = first_of_each(moved).select("issue_id", moved_at="changed_at", was="from_id")
    both = issues.join(first, left_on="id", right_on="issue_id", how="left")
    stayed = nw.col("moved_at").is_null()
    above = nw.when(stayed).then(nw.col("parent_id")).otherwise(nw.col("was"))
    return both.with_columns(parent_id=above).drop("moved_at", "was")


_BESIDE = ("before_at", "before_new", "after_at", "after_old")


def _beside_log(issues: Frame, changes: Frame, field: str, instant: datetime) -> Frame:
    """The issues with :data:`_BESIDE`: a field's last change before ``instant`` and its next."""
    entries = changes.filter(field_of(changes.columns) == field)
    before = last_of_each(entries.filter(nw.col("changed_at") < instant)).select(
        of="issue_id", before_at="changed_at", before_new=id_or_name("to_id", "to_text")
    )
    after = first_of_each(entries.filter(nw.col("changed_at") >= instant)).select(
        of="issue_id", after_at="changed_at", after_old=id_or_name("from_id", "from_text")
    )
    both = issues.join(before, left_on="id", right_on="of", how="left")
    return both.join(after, left_on="id", right_on="of", how="left")


def _resolved_at(instant: datetime) -> nw.Expr:
    """When issues were resolved that still were just before ``instant``.

    Of ``resolved_at``, which has precedence as long as it is of that resolution, and of the log of
    ``resolution``; ``held`` is null if the log of ``status`` says nothing of the instant.
    """
    stated, seen = nw.col("resolved_at"), nw.col("seen_at")
    before, after = nw.col("before_at"), nw.col("after_at")
    as_of_then = (seen < instant) & (before.is_null() | (before < seen))
    was_resolved = before.is_null() & ~nw.col("after_old").is_null()
    still = (seen >= instant) & (stated < instant) & (after.is_null() | was_resolved)
    # Resolved later, in the status that it has now: so it was open.
    by_status_alone = before.is_null() & after.is_null() & nw.col("held").is_null()
    by_log = nw.when(~nw.col("before_new").is_null()).then(before)
    return nw.when(as_of_then | still | by_status_alone).then(stated).otherwise(by_log)
