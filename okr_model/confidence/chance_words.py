"""Why a chance is what it is, in two sentences.

What belongs here: the kind of path and the like paths, in words; every figure is a column of the
row, as ``okr show`` prints it. What does not: the chance itself (``forecast``), and its derivation
(``explain``).
"""

from __future__ import annotations

from typing import Any

from okr_model.progress.kinds import COUNTER
from okr_model.wording import measured, share


def why_likely(row: Any) -> list[str]:
    """The sentences after the chance; none without a chance, or in rows of earlier versions.

    Args:
        row: ``path, path_reason, forecast_value, forecast_low, forecast_high, like_paths,
            like_met, attainment_probability, unit, target, target_high`` as attributes.
    """
    path = getattr(row, "path", None)
    known = isinstance(path, str) and row.attainment_probability == row.attainment_probability
    if not known or row.forecast_value != row.forecast_value:
        return []
    return [f"{path_in_words(row)}, {end_in_words(row)}.", *like_in_words(row)]


def path_in_words(row: Any) -> str:
    """What kind of path it is, why, and what follows from that."""
    treated, follows = (
        ("like a running total (a counter)", "its pace is taken to go on")
        if row.path == COUNTER
        else (
            "as a figure that moves both ways (a level)",
            "only a part of its pace is taken to last",
        )
    )
    return f"It is treated {treated} because {row.path_reason}, so {follows}"


def end_in_words(row: Any) -> str:
    """Where it would end, and the range of 80 %."""
    edges = row.target, row.target_high
    end, low, high = (
        measured(value, row.unit, *edges)
        for value in (row.forecast_value, row.forecast_low, row.forecast_high)
    )
    return f"and it would end near {end}, most likely between {low} and {high}"


def like_in_words(row: Any) -> list[str]:
    """How many like paths of past cycles got there."""
    number, met = (getattr(row, name, None) for name in ("like_paths", "like_met"))
    if not (number and number > 0) or met is None or met != met:
        return []
    paths = f"{number:.0f} {row.path}{'' if number == 1 else 's'}"
    return [
        f"Of {paths} of past cycles that stood like this, {share(met)} went on as far as it must."
    ]
