"""What happened to a Key Result from one published row to the next.

What belongs here: the rows between two runs, and what changed from each to the one after it. What
does not: how much of a figure's change each cause made (``movements``).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from published.changes.days_between import days_between
from published.changes.runs import Run, key_results_of
from published.former_ids import under_present_ids
from published.snapshot import Snapshot

KEY = ["key_result_id", "cycle_id"]
VALUE, READING, BASELINE, TARGET, DEFINITION = (
    "new value",
    "new reading",
    "new baseline",
    "new target",
    "new definition",
)
NEW_LINK, LOST_LINK, WORK, CHECK_IN = "new link", "lost link", "linked work", "new check-in"
SETTINGS, CODE, DAY, ELSE = "new settings", "new code", "new day", "something else"
CAUSES = (
    *(VALUE, READING, BASELINE, TARGET, DEFINITION, NEW_LINK, LOST_LINK),
    *(WORK, CHECK_IN, SETTINGS, CODE, DAY, ELSE),
)
"""Every cause, in the order in which several are told."""
_FIELDS = {
    READING: ("current_value_at", "value_measure", "value_state"),
    TARGET: ("target", "target_high"),
    DEFINITION: ("kind", "unit", "measure", "starts_on", "due_on", "phases"),
    WORK: (
        *("open_issues", "done_issues", "added_28d", "finished_28d", "activity_28d"),
        *("open_initiatives", "blocked_initiatives", "overdue_initiatives", "silent_initiatives"),
    ),
    CHECK_IN: ("stated_confidence", "stated_confidence_at", "last_check_in_at"),
    SETTINGS: ("settings",),
    CODE: ("code",),
    DAY: ("as_of",),
}
_OF_VALUE = ("kind", "unit", "measure")  # by which another value may be read
_FROM_READING = "first measurement of the cycle"
FIGURES = ("current_value", "progress", "attainment_probability")
LEVELS = ("computed_confidence", "stated_confidence", "pace")
_OF_RUN = (SETTINGS, CODE)  # what the run that wrote a row computed with
_COLUMNS = list(
    dict.fromkeys(
        [
            *(*KEY, "run_id", "as_of", "told_on", "statement", "team", *FIGURES, *LEVELS),
            *("baseline", "baseline_source", "current_value_seen_at", "value_source"),
            "former_ids",
            *(name for cause in _FIELDS if cause not in _OF_RUN for name in _FIELDS[cause]),
        ]
    )
)


def columns_of_rows() -> list[str]:
    """The columns of :func:`rows_between`."""
    return [*_COLUMNS, "place", "code", "settings", "started_at"]


def rows_between(
    tables: Snapshot, history: Path, first: Run, last: Run, runs: list[Run]
) -> pd.DataFrame:
    """The rows of each Key Result from one run to another, in order.

    They begin with those that the first run knew and end with those that the last one knew;
    between stand the days between theirs, as they were published.

    Returns:
        A row for each Key Result and place, ordered, with ``code`` and ``settings`` of the run that
        wrote it, with ``started_at`` of the night that published its day first, and ``told_on``:
        the day whose run told it.
    """
    ends = (key_results_of(tables, history, run, runs) for run in (first, last))
    ends = (rows.assign(told_on=rows["as_of"]) for rows in ends)
    parts = [next(ends), days_between(tables, first, last, runs), next(ends)]
    rows = pd.concat(
        [part.reindex(columns=_COLUMNS).assign(place=place) for place, part in enumerate(parts)],
        ignore_index=True,
    )
    wrote = {run.run_id: run for run in runs}
    began = {run.as_of: run.started_at for run in reversed(runs) if run.kind == "night"}
    rows = rows.assign(
        code=rows["run_id"].map({key: run.code for key, run in wrote.items()}),
        settings=rows["run_id"].map({key: run.settings for key, run in wrote.items()}),
        # Not when the row was written: a day may have been computed again since.
        started_at=pd.to_datetime(rows["as_of"].map(began), utc=True),
        current_value_at=pd.to_datetime(rows["current_value_at"]),
        current_value_seen_at=pd.to_datetime(rows["current_value_seen_at"], utc=True),
        # Without the field and the place of the record, which may move: the reading is the same.
        value_measure=rows["value_source"].astype("str").str.split(",").str[0],
    )
    return rows.sort_values([*KEY, "place", "as_of"], kind="stable").reset_index(drop=True)


def under_last_ids(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows or links with the ids that their Key Results have in the last of ``rows``.

    Args:
        frame: ``key_result_id, cycle_id`` and others.
        rows: As :func:`rows_between` returns them.

    Returns:
        The same with the ids of then as ``named``, ordered by Key Result as before.
    """
    renamed = under_present_ids(frame, rows[rows["place"] == 2])
    renamed = renamed.assign(named=frame["key_result_id"])
    order = [name for name in (*KEY, "place", "as_of") if name in renamed]
    return renamed.sort_values(order, kind="stable").reset_index(drop=True)


def consecutive(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each row that follows another of its Key Result, and with the same index the one before."""
    follows = rows.duplicated(KEY)
    return rows.shift(1)[follows], rows[follows]


def links_between(tables: Snapshot, first: Run, last: Run) -> pd.DataFrame:
    """The active links that began or ended after the first run's day, up to the last one's.

    Returns:
        ``key_result_id, cycle_id, day, initiative, cause``.
    """
    spans = tables.frame(
        "SELECT initiative_id, key_result_id, cycle_id, valid_from, valid_to,"
        " coalesce(initiative, initiative_id) AS initiative FROM link_history"
        " WHERE state = 'active'"
    )
    pair = ["initiative_id", *KEY]
    began = spans.rename(columns={"valid_from": "day"})[[*pair, "initiative", "day"]]
    ended = spans.rename(columns={"valid_to": "day"})[[*pair, "initiative", "day"]]
    # A span that goes on where another ended is the same link, of which something else changed.
    ended = ended[ended["day"].notna()]
    both = pd.concat([began.assign(cause=NEW_LINK), ended.assign(cause=LOST_LINK)])
    both = both[~both.duplicated([*pair, "day"], keep=False)]
    within = both["day"].map(lambda day: first.as_of < day <= last.as_of).astype("bool")
    return both[within].drop(columns="initiative_id").reset_index(drop=True)


def happened(before: pd.DataFrame, after: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Which causes there are from each row to the one after it: a column of booleans each.

    Args:
        before: The earlier rows.
        after: The later ones, with the same index.
        links: As :func:`links_between` returns them.
    """
    found = pd.DataFrame(
        {cause: differ(before, after, names).any(axis=1) for cause, names in _FIELDS.items()},
        index=after.index,
    )
    moved = differ(before, after, ["current_value"])["current_value"]
    otherwise_read = differ(before, after, _OF_VALUE).any(axis=1)
    read_before = (
        (after["current_value_seen_at"] <= before["started_at"]).fillna(False)
        & (after["current_value_at"] > before["current_value_at"]).fillna(False)
        & found[DAY]
    ).astype("bool")  # it has only come to count by the time that went by
    read = (found[READING] | _seen_anew(before, after) | (moved & ~otherwise_read)) & ~read_before
    found[VALUE], found[READING] = read & moved, read & ~moved
    rebased = differ(before, after, ["baseline"])["baseline"]
    by_reading = (before["baseline_source"] == _FROM_READING) & (
        after["baseline_source"] == _FROM_READING
    )
    found[BASELINE] = rebased & ~by_reading.fillna(False).astype("bool")
    for cause in _OF_RUN:  # not known of an older run
        known = before[_FIELDS[cause][0]].notna() & after[_FIELDS[cause][0]].notna()
        found[cause] &= known
    of_links = _of_links(before, after, links)
    for cause in (NEW_LINK, LOST_LINK):
        found[cause] = found.index.isin(of_links.loc[of_links["cause"] == cause, "at"])
    found[ELSE] = False
    return found[list(CAUSES)]


def _seen_anew(before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """Whether the value was seen at another time, unless only an earlier day was computed again."""
    seen = differ(before, after, ["current_value_seen_at"])["current_value_seen_at"]
    earlier = after["current_value_seen_at"] < before["current_value_seen_at"]
    return seen & ~(earlier & (after["as_of"] > before["as_of"])).fillna(False).astype("bool")


def _of_links(before: pd.DataFrame, after: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """``links``, each with the index ``at`` of the row after which it began or ended."""
    spans = after[[*KEY, "as_of"]].assign(since=before["as_of"], at=after.index)
    found = spans.merge(links, on=KEY)
    return found[(found["since"] < found["day"]) & (found["day"] <= found["as_of"])]


def differ(before: pd.DataFrame, after: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Whether each of the columns differs; two nulls do not."""
    found = {}
    for name in names:
        one, other = before[name], after[name]
        unlike = (one != other).to_numpy(dtype="bool", na_value=True)
        found[name] = unlike & ~(one.isna() & other.isna()).to_numpy()
    return pd.DataFrame(found, index=after.index)
