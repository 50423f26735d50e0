"""Inherited links: Key Results that an initiative serves because its parent initiative does.

What belongs here: inheritance from initiative to initiative. What does not: links that an
initiative states itself (:mod:`okr_model.links.resolve`), and inheritance by single issues
(:mod:`okr_model.activity.issue_tree`).
"""

from __future__ import annotations

import pandas as pd

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
    active = links[links["state"] == "active"]
    once = initiatives.drop_duplicates("initiative_id").set_index("initiative_id")
    parents = once["parent_id"].astype("object")
    parents = parents.mask(parents.index.isin(other_work(decided).index))
    via = _nearest_linked(parents, active["initiative_id"])
    taken = via.rename("via_id").rename_axis("heir_id").reset_index()
    rows = taken.merge(active, left_on="via_id", right_on="initiative_id")
    refused = pd.concat([links, decided[decided["decision"] == "rejected"]])[_PAIR]
    pairs = pd.MultiIndex.from_frame(rows[["heir_id", "key_result_id"]])
    rows = rows[~pairs.isin(pd.MultiIndex.from_frame(refused))]
    if rows.empty:
        return links.iloc[:0]
    names = once["initiative"]
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
