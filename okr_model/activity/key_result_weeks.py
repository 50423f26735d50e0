"""What happened to each Key Result in each week of its cycle: its figures, and the work behind it.

What belongs here: joining the last published day of each week with what happened in linked work.
What does not: any figure itself (``assemble``), and recognising who did what (``events_by_week``).
"""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from okr_model.activity.events_by_week import of_kind
from okr_model.quantities.days import midnight, to_days

KEY_RESULT = "key result"
_KEY = ["key_result_id", "cycle_id", "week_starts_on"]
_WORK = ["activity", "done", "people", "automatic"]
_FIGURES = {
    "current_value": "value",
    "expected_progress": "expected_progress",
    "progress": "progress",
    "stated_confidence": "stated_confidence",
    "computed_confidence": "computed_confidence",
}
_BOUNDS = ("cycle_start", "cycle_end", "due_on")
DAILY_COLUMNS = ["key_result_id", "cycle_id", "as_of", "run_id", *_BOUNDS, *_FIGURES]
WORK_COLUMNS = ["key_result_id", "week_starts_on", *_WORK]


def work_by_week(totals: pd.DataFrame) -> pd.DataFrame:
    """What happened each week in the issues that count for each Key Result, each event once.

    Args:
        totals: From :func:`okr_model.activity.events_by_week.totals_by_week`, those of Key Results
            among them.

    Returns:
        :data:`WORK_COLUMNS`.
    """
    found = of_kind(totals, KEY_RESULT, "key_result_id")[WORK_COLUMNS]
    return found.sort_values(WORK_COLUMNS[:2], ignore_index=True)


def no_work_by_week() -> pd.DataFrame:
    """An empty result of :func:`work_by_week`."""
    kinds = {"key_result_id": "str", "week_starts_on": "datetime64[us]"}
    kinds |= dict.fromkeys(_WORK, "int64")
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def build_key_result_weeks(
    daily: pd.DataFrame, work: pd.DataFrame, as_of: date, run_id: str
) -> pd.DataFrame:
    """One row for each Key Result and week of its cycle that was published or saw linked work.

    Args:
        daily: :data:`DAILY_COLUMNS` of ``key_results_daily``: of each Key Result the last published
            day of each week, or more days.
        work: From :func:`work_by_week`.
        as_of: The newest published day.
        run_id: The run that publishes the rows of weeks of which no day was published.

    Returns:
        The columns of :data:`okr_model.tables.weeks.KEY_RESULT_WEEKS`. The figures of a week of
        which no day was published are null; so are the counts of a Key Result that is not defined
        on ``as_of``, because nobody says what is linked to it.
    """
    days = daily.assign(**{name: to_days(daily[name]) for name in ("as_of", *_BOUNDS)})
    days = days.sort_values("as_of").assign(week_starts_on=_monday(days["as_of"]))
    newest = days.drop_duplicates(_KEY[:2], keep="last")
    spans = newest[_KEY[:2]].assign(
        first=_monday(newest["cycle_start"]),
        last=newest[["cycle_end", "due_on"]].max(axis=1),
        defined=newest["as_of"] == midnight(as_of),
    )
    figures = days.drop_duplicates(_KEY, keep="last").rename(columns=_FIGURES)
    figures = figures[[*_KEY, *_FIGURES.values(), "as_of", "run_id"]]
    theirs = work.astype({"key_result_id": "str"}).merge(spans[_KEY[:2]], on="key_result_id")
    rows = figures.merge(theirs, "outer", on=_KEY).merge(spans, on=_KEY[:2])
    rows = rows[rows["week_starts_on"].between(rows["first"], rows["last"])]
    for name in _WORK:
        counts = rows[name].fillna(0).where(rows["defined"])
        rows[name] = counts.astype("Int64")
    ends = (rows["week_starts_on"] + timedelta(days=6)).clip(upper=midnight(as_of))
    rows["as_of"], rows["run_id"] = rows["as_of"].fillna(ends), rows["run_id"].fillna(run_id)
    wanted = [*_KEY, *_FIGURES.values(), *_WORK, "as_of", "run_id"]
    return rows.sort_values(_KEY, ignore_index=True)[wanted]


def _monday(days: pd.Series) -> pd.Series:
    return days - pd.to_timedelta(days.dt.day_of_week, unit="D")
