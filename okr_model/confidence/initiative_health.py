"""The initiatives behind each Key Result: how many are open, blocked, overdue or silent.

What belongs here: classifying initiatives and counting them by Key Result. What does not: counting
issues and events (``activity``).

An initiative is **blocked** by its status, **overdue** after its due day, and **silent** if nothing
has happened in it for longer than a threshold. For work whose events are not read (a page in
Notion, a row of a sheet) silence is unknown, so it never counts as silent.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from okr_model.confidence.thresholds import SignalThresholds
from okr_model.entities.initiatives import still_open
from okr_model.languages.folding import same_id
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight


def judge_initiatives(
    initiatives: pd.DataFrame,
    activity: pd.DataFrame,
    as_of: date,
    timezone: str,
    thresholds: SignalThresholds,
) -> pd.DataFrame:
    """Which initiatives are open, blocked, overdue and silent.

    Args:
        initiatives: ``initiative_id, status, status_category, due_on`` and ``status_words`` (every
            word that means the status, folded, as a list; null where only ``status`` does).
        activity: ``initiative_id, last_activity_at`` (instants), from
            :func:`okr_model.activity.counts.initiative_activity`.
        as_of: The day to classify them for.
        timezone: The zone of the days.
        thresholds: ``blocked_statuses, silent_after_days``.

    Returns:
        ``initiative_id, open, blocked, overdue, silent`` (booleans; all false if it is closed) and
        ``last_activity_on`` (day).
    """
    known = pd.to_datetime(activity["last_activity_at"], utc=True).astype("datetime64[us, UTC]")
    known = known.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    known = known.set_axis(activity["initiative_id"].astype("object"))
    last = known.reindex(initiatives["initiative_id"].astype("object")).set_axis(initiatives.index)
    now = midnight(as_of)
    is_open = still_open(initiatives)
    blocking = {same_id(word) for word in thresholds.blocked_statuses}
    called = initiatives["status_words"].map(blocking.isdisjoint, na_action="ignore")
    plain = initiatives["status"].map(same_id, na_action="ignore").isin(list(blocking))
    blocked = called.eq(False) | (called.isna() & plain)
    due = pd.to_datetime(initiatives["due_on"]).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "initiative_id": initiatives["initiative_id"].astype("str"),
            "open": is_open,
            "blocked": is_open & blocked.fillna(False).astype("bool"),
            "overdue": is_open & (due < now),
            "silent": is_open & ((now - last).dt.days > thresholds.silent_after_days),
            "last_activity_on": last,
        }
    )


def no_initiatives() -> pd.DataFrame:
    """An empty result of :func:`judge_initiatives`."""
    states = dict.fromkeys(("open", "blocked", "overdue", "silent"), "bool")
    columns = {"initiative_id": "str", **states, "last_activity_on": "datetime64[us]"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def work_evidence(rows: pd.DataFrame, links: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """The initiatives actively linked to each Key Result, counted.

    Args:
        rows: ``key_result_id, cycle_id``.
        links: ``initiative_id, key_result_id, cycle_id, state``.
        judged: From :func:`judge_initiatives`.

    Returns:
        With the index of ``rows``: ``open_initiatives, blocked_initiatives, overdue_initiatives,
        silent_initiatives`` (integers) and ``last_activity_on``.
    """
    active = links.loc[links["state"] == "active", [*KEY, "initiative_id"]].drop_duplicates()
    active = active.astype("str").merge(judged, on="initiative_id")
    grouped = active.groupby(KEY)
    keys = pd.MultiIndex.from_frame(rows[KEY].astype("str"))
    counted = {
        f"{name}_initiatives": grouped[name].sum().reindex(keys).fillna(0).to_numpy("int64")
        for name in ("open", "blocked", "overdue", "silent")
    }
    last = grouped["last_activity_on"].max().reindex(keys).to_numpy("datetime64[us]")
    return pd.DataFrame({**counted, "last_activity_on": last}, index=rows.index)
