"""Key Results of which nobody said whether more or less is better.

What belongs here: asking about one whose first reading doubts what is assumed. What does not: the
kind that is assumed (``entities.key_results``).
"""

from __future__ import annotations

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.progress.expected_path import first_days
from okr_model.progress.kinds import meets_target
from okr_model.quantities.units import in_words

_KEY = ["key_result_id", "cycle_id"]


def unclear_directions(key_results: pd.DataFrame, measurements: pd.DataFrame) -> pd.DataFrame:
    """One finding for each Key Result whose first reading already meets its assumed target.

    A target alone, without a baseline, a bound or a kind, is taken for "at least". Where the first
    reading of the cycle lies at it or above, it may as well have to fall.

    Args:
        key_results: From :func:`okr_model.entities.read_key_results`.
        measurements: From :func:`okr_model.progress.value_series.all_measurements`.
    """
    assumed = key_results[key_results["assumed_direction"]]
    begin = assumed.assign(begin=first_days(assumed))
    stated = measurements.loc[measurements["value"].notna(), [*_KEY, "date", "value", "url"]]
    rows = begin.rename(columns={"url": "own_url"}).astype(dict.fromkeys(_KEY, "str"))
    rows = rows.merge(stated.astype(dict.fromkeys(_KEY, "str")), on=_KEY)
    rows = rows[(rows["date"] >= rows["begin"]) & (rows["date"] <= rows["cycle_end"])]
    rows = rows.sort_values([*_KEY, "date"], kind="stable").drop_duplicates(_KEY)
    met = rows[meets_target(rows, rows["value"]).fillna(False).astype("bool")]
    return findings_frame(_finding(row) for row in met.to_dict("records"))


def _finding(row: dict[str, object]) -> Finding:
    unit = row["unit"] if isinstance(row["unit"], str) else None
    target, value = (in_words(float(str(row[name])), unit) for name in ("target", "value"))
    day = pd.Timestamp(str(row["date"]))
    return Finding(
        rule=Rule.UNCLEAR_DIRECTION,
        severity="warning",
        subject_type="key result",
        subject_id=str(row["key_result_id"]),
        sentence=(
            f"{row['key_result_id']} has the target {target}, and neither a baseline nor a kind"
            f" that says whether more is better. It is read as at least {target}, which its first"
            f" value of the cycle, {value} on {day:%Y-%m-%d}, already meets: declare the baseline,"
            " or the kind at least or at most."
        ),
        evidence=value,
        url=row["own_url"] if isinstance(row["own_url"], str) else None,
        day=day.date(),
    )
