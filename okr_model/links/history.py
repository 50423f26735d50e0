"""Links over time: spans of days on which each claim did not change.

What belongs here: merging one more day into the spans, the links as of a day, and the differences
between two days. What does not: how a day's links are resolved (:mod:`okr_model.links.resolve`).

Days may be published in any order and more than once: a day's links replace those of the same day,
and are valid until the next published day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

from okr_model.links.decisions import OTHER_WORK
from okr_model.quantities.days import midnight, to_days
from okr_model.tables.links import LINK_HISTORY, NO_LINK

_PAIR = ["initiative_id", "key_result_id"]
_STANDS = ["state", "weight", "rule", "confidence", "cycle_id", "field", "evidence", "decision_id"]
_CHANGES = ["state", "weight", "rule", "decision"]
_ABOUT = ["initiative_id", "initiative", "source", "record_id", "url"]


def with_day(
    history: pd.DataFrame,
    links: pd.DataFrame,
    initiatives: pd.DataFrame,
    day: date,
    published: Iterable[date],
) -> pd.DataFrame:
    """The spans after replacing the links of one day.

    Args:
        history: Columns of :data:`okr_model.tables.links.LINK_HISTORY`.
        links: The day's links.
        initiatives: The day's initiatives; those without any claim get a row of state ``none``.
        day: The day.
        published: The other days that were published, in any order.

    Returns:
        The columns of :data:`okr_model.tables.links.LINK_HISTORY`. Equal adjacent spans of one
        claim are merged.
    """
    now, later = midnight(day), [midnight(each) for each in published if each > day]
    until = min(later) if later else pd.NaT
    spans = history.assign(
        valid_from=to_days(history["valid_from"]), valid_to=to_days(history["valid_to"])
    )
    valid = (spans["valid_from"] <= now) & ~(spans["valid_to"] <= now)
    cut = spans[valid]
    before = cut[cut["valid_from"] < now].assign(valid_to=now)
    after = cut[~(cut["valid_to"] <= until)].assign(valid_from=until) if later else cut[:0]
    today = _of_day(links, initiatives).assign(valid_from=now, valid_to=until)
    parts = [part for part in (spans[~valid], before, today, after) if len(part)]
    whole = pd.concat(parts, ignore_index=True) if parts else spans
    return _joined(whole)[LINK_HISTORY.column_names]


def links_on(history: pd.DataFrame, day: date) -> pd.DataFrame:
    """The spans valid on ``day``: the links of that day, and initiatives without any."""
    now = midnight(day)
    begun = to_days(history["valid_from"]) <= now
    return history[begun & ~(to_days(history["valid_to"]) <= now)]


def changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """What was added, removed or changed between the links of two days.

    Returns:
        ``change``, ``initiative_id, initiative, key_result_id``, then ``state, rule, weight,
        decision`` of the later day and, with the suffix ``_before``, of the earlier one;
        ``evidence`` and ``url``.
    """
    kept = [*_PAIR, "initiative", *_CHANGES, "evidence", "url"]
    old, new = (each.loc[each["state"] != NO_LINK, kept] for each in (before, after))
    both = new.merge(old, on=_PAIR, how="outer", suffixes=("", "_before"), indicator=True)
    for name in ("initiative", "evidence", "url"):
        both[name] = both[name].fillna(both[f"{name}_before"])
    words = {"left_only": "appeared", "right_only": "vanished", "both": "changed"}
    both["change"] = both["_merge"].astype("str").map(words)
    same = pd.Series(True, index=both.index)
    for name in _CHANGES:
        same &= _equal(both[name], both[f"{name}_before"])
    was = [f"{name}_before" for name in _CHANGES]
    columns = ["change", "initiative_id", "initiative", "key_result_id", *_CHANGES, *was]
    differing = both.loc[(both["change"] != "changed") | ~same, [*columns, "evidence", "url"]]
    return differing.sort_values(["change", *_PAIR], ignore_index=True)


def _of_day(links: pd.DataFrame, initiatives: pd.DataFrame) -> pd.DataFrame:
    about = initiatives.reindex(columns=[*_ABOUT, "other_work", "decision_id", "decided_by"])
    idle = about[~about["initiative_id"].isin(links["initiative_id"])]
    decision = idle["other_work"].eq(True).map({True: OTHER_WORK, False: None})
    idle = idle.assign(key_result_id="", state=NO_LINK, decision=decision)
    rows = [frame for frame in (links, idle) if len(frame)]
    whole = pd.concat(rows, ignore_index=True) if rows else links
    return whole.reindex(columns=LINK_HISTORY.column_names)


def _joined(spans: pd.DataFrame) -> pd.DataFrame:
    """The spans, with equal adjacent ones of one claim merged."""
    spans = spans.sort_values([*_PAIR, "valid_from"], ignore_index=True)
    earlier = spans.shift(1)
    goes_on = spans["valid_from"].eq(to_days(earlier["valid_to"]))
    for name in (*_PAIR, *_STANDS):
        goes_on &= _equal(spans[name], earlier[name])
    last = ~goes_on.shift(-1, fill_value=False)
    starts = spans.loc[~goes_on, "valid_from"]
    return spans[last].assign(valid_from=starts.to_numpy()).reset_index(drop=True)


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    same = one.astype("object").eq(other.astype("object")).astype("bool")
    return same | (one.isna() & other.isna())
