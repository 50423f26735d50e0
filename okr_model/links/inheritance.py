"""Inherited links: Key Results that an initiative serves because its parent initiative does.

What belongs here: inheritance from initiative to initiative. What does not: links that an
initiative states itself (:mod:`okr_model.links.resolve`), and inheritance by single issues
(:mod:`okr_model.activity.issue_tree`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.links.decisions import other_work
from okr_model.links.vocabulary import CONFIDENCE, INHERITED, MAX_DEPTH
from okr_model.quantities.cells import among

_PAIR = ["initiative_id", "key_result_id"]
_DECIDED = ["decision", "decision_id", "decided_by", "decided_at", "decided_why"]


def inherited_links(
    links: pd.DataFrame, initiatives: pd.DataFrame, decided: pd.DataFrame
) -> pd.DataFrame:
    """The links inherited by initiatives without an active link of their own.

    They come from the nearest ancestor with an active link, up to six levels, which also ends
    cycles of parents. A pair that a person rejected is not inherited; the weights of the others
    still add up to 1. Other work inherits nothing, and nothing inherits through it.

    Args:
        links: The resolved links: ``initiative_id, key_result_id, state, weight, evidence, rule,
            also_by, confidence`` and the other columns of links.
        initiatives: ``initiative_id``, ``initiative`` (its key or title), ``parent_id``.
        decided: The decisions in force: ``initiative_id, key_result_id, decision``.

    Returns:
        Additional rows of ``links``. Their record, field and times are those of the ancestor's
        claim, and their evidence names the ancestor.
    """
    rows = _offered(links, initiatives, decided)
    refused = pd.concat([links, decided[decided["decision"] == "rejected"]])[_PAIR]
    rows = rows[~_among_pairs(rows, refused)]
    if rows.empty:
        return links.iloc[:0]
    names = initiatives.drop_duplicates("initiative_id").set_index("initiative_id")["initiative"]
    rows = rows.assign(
        initiative_id=rows["heir_id"],
        initiative=rows["heir_id"].map(names),
        rule=INHERITED,
        also_by=[[] for _ in range(len(rows))],
        confidence=CONFIDENCE,
        evidence=rows["via_id"].map(names) + ": " + rows["evidence"].fillna(""),
        weight=rows["weight"] / rows.groupby("heir_id")["weight"].transform("sum"),
        given=float("nan"),
        **links.iloc[:0].reindex(rows.index)[_DECIDED],
    )
    types = {name: links[name].dtype for name in links.columns if name != "also_by"}
    return rows[links.columns].astype(types)


def refusing_heirs(
    links: pd.DataFrame, initiatives: pd.DataFrame, decided: pd.DataFrame
) -> pd.Series[str]:
    """The initiatives that would inherit a pair, if a person had not rejected it, and those below.

    Args:
        links: As of :func:`inherited_links`, or with its rows.
        initiatives: Likewise.
        decided: Likewise.
    """
    rows = _offered(links[links["rule"] != INHERITED], initiatives, decided)
    rejected = decided.loc[decided["decision"] == "rejected", _PAIR]
    heirs = rows.loc[_among_pairs(rows, rejected), "heir_id"]
    for _ in range(MAX_DEPTH):
        below = initiatives.loc[among(initiatives["parent_id"], heirs), "initiative_id"]
        if among(below, heirs).all():
            break
        heirs = pd.concat([heirs, below])
    return heirs.drop_duplicates().astype("str")


def _offered(links: pd.DataFrame, initiatives: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """The active links of the nearest ancestor that has any, for each ``heir_id`` without one."""
    active = links[links["state"] == "active"]
    once = initiatives.drop_duplicates("initiative_id").set_index("initiative_id")
    parents = once["parent_id"].astype("object")
    parents = parents.mask(parents.index.isin(other_work(decided).index))
    via = _nearest_linked(parents, active["initiative_id"])
    taken = via.rename("via_id").rename_axis("heir_id").reset_index()
    return taken.merge(active, left_on="via_id", right_on="initiative_id")


def _among_pairs(rows: pd.DataFrame, pairs: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows are of an heir and a Key Result that are one of the pairs."""
    theirs = pd.MultiIndex.from_frame(rows[["heir_id", "key_result_id"]])
    return np.asarray(theirs.isin(pd.MultiIndex.from_frame(pairs)))


def _nearest_linked(parents: pd.Series, linked: pd.Series) -> pd.Series:
    """For each initiative without a link the nearest ancestor that has one."""
    heirs = parents[parents.notna() & ~among(pd.Series(parents.index), linked).to_numpy()]
    found = pd.Series(dtype="object")
    at = heirs
    for _ in range(MAX_DEPTH):
        hit = among(at, linked)
        found = pd.concat([found, at[hit]]) if hit.any() else found
        at = at[~hit].map(parents).dropna()
        if at.empty:
            break
    return found.astype("object")
