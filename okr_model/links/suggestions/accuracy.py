"""How right suggestions are: what the published trials say of them.

What belongs here: precision, recall and reliability out of trials. What does not: the trials
(``suggest``) and printing (``pipelines.cli``).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from okr_model.links.suggestions.chances import ChanceCurve, learn


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What the trials say; a share is None where nothing is known.

    Attributes:
        initiatives: How many initiatives with known Key Results were tried.
        precision_at_1: The share of them whose first candidate is right.
        recall_at_3: The mean share of their right Key Results among the first three candidates.
        suggested: The share of them that would get a suggestion.
        right_of_suggested: The share of suggestions that would be right.
        rejections: How many candidates are known to be wrong by a rejection alone, or as those of
            other work.
        curve: From a share to a chance, as of this run.
        reliability: By tenth of the chance: ``low, high, candidates, stated, right`` (means).
    """

    initiatives: int
    precision_at_1: float | None
    recall_at_3: float | None
    suggested: float | None
    right_of_suggested: float | None
    rejections: int
    curve: ChanceCurve
    reliability: pd.DataFrame


def accuracy_of(trials: pd.DataFrame, least_chance: float) -> Accuracy:
    """What the trials say of suggestions at least so likely.

    Args:
        trials: The table ``suggestion_trials``.
        least_chance: The floor of the settings.
    """
    rejected = trials["right_ones"] == 0
    of_links = trials[~rejected]
    groups = of_links.groupby("initiative_id")
    found = groups["right"].sum() / groups["right_ones"].max()
    likely = of_links[of_links["chance"] >= least_chance]
    curve = learn(trials["share"].to_numpy("float64"), trials["right"].to_numpy("float64"))
    return Accuracy(
        initiatives=len(found),
        precision_at_1=_mean(of_links.loc[of_links["rank"] == 1, "right"]),
        recall_at_3=_mean(found),
        suggested=likely["initiative_id"].nunique() / len(found) if len(found) else None,
        right_of_suggested=_mean(likely["right"]),
        rejections=int(rejected.sum()),
        curve=curve,
        reliability=reliability(trials),
    )


def reliability(trials: pd.DataFrame) -> pd.DataFrame:
    """By tenth of the chance: ``low, high, candidates, stated, right`` (the last two are means)."""
    tenth = (trials["chance"] * 10).astype("int64").clip(upper=9).rename("tenth")
    rows = trials.groupby(tenth).agg(
        candidates=("chance", "size"), stated=("chance", "mean"), right=("right", "mean")
    )
    low = rows.index.to_numpy() / 10
    rows.insert(0, "low", low)
    rows.insert(1, "high", low + 0.1)
    return rows.reset_index(drop=True)


def _mean(values: pd.Series) -> float | None:
    return float(values.mean()) if len(values) else None
