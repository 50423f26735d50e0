"""Resolving claims into one row per subject and Key Result: state, weight, weaker rules.

What belongs here: typing claims, canonical ids, the strongest rule, shares of weight. What does
not: initiatives, decisions and findings (:mod:`okr_model.links.resolve`).

Subjects and ids are encoded as integers first, so that texts are compared only once and all sorting
and grouping works on numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from okr_model.links.decisions import OTHER_WORK, other_work
from okr_model.links.references import canonical_key
from okr_model.links.vocabulary import CONFIDENCE, INHERITED
from okr_model.tables.links import LINK_RULES

CONFIDENCE_OF_RULE: Mapping[str, str] = {
    "decision": "high",
    "field": "high",
    "relation": "high",
    "mapping": "high",
    "label": "medium",
    "mention": "low",
    INHERITED: CONFIDENCE,
}
"""Confidence by rule: high if intended and checked by the service, medium if intended, else low."""

CLAIM_COLUMNS = [
    "subject_id",
    "rule",
    "key",
    "text",
    "source",
    "record_id",
    "url",
    "field",
    "seen_at",
    "suspect",
    "weight",
    "weight_text",
]
PAIR = ["subject_id", "key"]
DECIDED = ["decision", "decision_id", "decided_by", "decided_at", "decided_why"]

_TIES = ["source", "record_id", "field", "text", "url", "seen_at"]


def typed_claims(claims: pd.DataFrame, aliases: Mapping[str, str] | None) -> pd.DataFrame:
    """The claims with typed columns, current canonical keys, and the ``rank`` of their rule.

    Raises:
        ValueError: If a claim has an unknown rule.
    """
    typed = claims.reindex(columns=CLAIM_COLUMNS).reset_index(drop=True)
    codes, rules = pd.factorize(typed["rule"])
    unknown = [rule for rule in rules if rule not in LINK_RULES]
    if unknown or (codes < 0).any():
        names = ", ".join(map(repr, unknown or [None]))
        raise ValueError(f"Claims by {names}: a claim's rule is one of {', '.join(LINK_RULES)}.")
    texts = [name for name in CLAIM_COLUMNS if name not in ("seen_at", "suspect", "weight")]
    typed = typed.astype(dict.fromkeys(texts, "str"))
    seen = pd.to_datetime(typed["seen_at"], utc=True)
    typed["seen_at"] = seen.astype("datetime64[us, UTC]")
    typed["suspect"] = typed["suspect"].eq(True)
    typed["weight"] = typed["weight"].astype("float64")
    typed["key"] = canonical(typed["key"].fillna(""), aliases)
    typed.loc[typed["suspect"], "key"] = ""
    ranks = np.array([LINK_RULES.index(rule) for rule in rules], dtype="int64")
    typed["rank"] = ranks[codes] if len(ranks) else codes.astype("int64")
    return typed


def canonical(keys: pd.Series[str], aliases: Mapping[str, str] | None = None) -> pd.Series[str]:
    """The canonical spelling of each key, with former ids replaced by the current one."""
    codes, written = pd.factorize(keys)
    now = renamed(aliases)
    spelt = np.array([_current(canonical_key(key), now) for key in written], dtype=object)
    return pd.Series(spelt[codes] if len(spelt) else [], index=keys.index, dtype="str")


def current_key(key: str, aliases: Mapping[str, str] | None) -> str:
    """The current id of the Key Result ``key``, through all its former ids."""
    return _current(key, renamed(aliases))


def renamed(aliases: Mapping[str, str] | None) -> dict[str, str]:
    """Former id -> the one that took its place, both in their canonical spelling."""
    return {canonical_key(old): canonical_key(new) for old, new in (aliases or {}).items()}


def _current(key: str, now: Mapping[str, str]) -> str:
    while key in now:  # terminates: neither the settings nor the moves of issues lead in a circle
        key = now[key]
    return key


def resolve(claims: pd.DataFrame, key_results: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """One row per subject and Key Result: strongest claim, state, weight, weaker rules.

    Args:
        claims: From :func:`typed_claims`, without those that have no key.
        key_results: ``key_result_id``, ``cycle_id``.
        decided: The decisions in force, by ``initiative_id`` and ``key_result_id``.

    Returns:
        The claims' columns, with ``first_seen_at``, ``last_seen_at``, ``given`` (the weight
        claimed), ``also_by``, ``cycle_id``, ``state``, ``confidence``, ``evidence`` and the columns
        of the decision. The result does not depend on the order of the claims.
    """
    ordered, pair = _ordered(claims)
    first = np.diff(pair, prepend=-1) != 0
    by_pair = ordered.groupby(pair, sort=False)
    pairs = ordered[first].reset_index(drop=True)
    pairs["first_seen_at"] = by_pair["seen_at"].min().array
    pairs["last_seen_at"] = by_pair["seen_at"].max().array
    pairs["given"] = by_pair["weight"].first().to_numpy()
    pairs["also_by"] = _weaker_rules(ordered, pair, first)

    known = _known(key_results)
    at = pd.Index(known["key"]).get_indexer(pairs["key"])
    is_known = pd.Series(at >= 0, index=pairs.index)
    if len(known):
        pairs["cycle_id"] = known["cycle_id"].take(at).array
        pairs["cycle_id"] = pairs["cycle_id"].where(is_known)
        written = pd.Series(known["key_result_id"].take(at).array, index=pairs.index)
    else:
        pairs["cycle_id"], written = pd.Series(index=pairs.index, dtype="str"), pairs["key"]
    pairs = _with_verdicts(pairs, decided)
    rejected = pairs["decision"].isin(("rejected", OTHER_WORK))
    strength = pairs["rank"].mask(pairs["decision"] == "accepted", 0)
    subjects = pd.Series(pd.factorize(pairs["subject_id"])[0], index=pairs.index)
    counted = strength.where(is_known & ~rejected)
    active = counted.notna() & (counted == counted.groupby(subjects).transform("min"))
    states = np.select([rejected, ~is_known, active], ["rejected", "broken", "active"], "overruled")
    pairs["state"] = pd.Series(states, index=pairs.index, dtype="str")
    pairs["weight"] = _weights(subjects, pairs["given"], active)
    pairs["key"] = written.where(is_known, pairs["key"])
    pairs["evidence"] = pairs["text"]
    pairs["confidence"] = pairs["rule"].map(CONFIDENCE_OF_RULE).astype("str")
    pairs.loc[pairs["decision"] == "accepted", "confidence"] = "high"
    return pairs


def _ordered(claims: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """The claims by pair, strongest first, in an order independent of that of the input.

    Returns:
        The claims, and the number of each one's pair, ascending.
    """
    subjects, _ = pd.factorize(claims["subject_id"], sort=True)
    keys, spelt = pd.factorize(claims["key"], sort=True)
    place = claims[["rank"]].assign(pair=subjects.astype("int64") * max(1, len(spelt)) + keys)
    tied = place.duplicated().to_numpy()
    if tied.any():  # compare texts only to break the few ties
        both = place.duplicated(keep=False)
        claims = pd.concat([claims[~both], claims[both].sort_values(_TIES)])
        place = place.loc[claims.index]
    order = np.lexsort((place["rank"].to_numpy(), place["pair"].to_numpy()))
    return claims.iloc[order].reset_index(drop=True), place["pair"].to_numpy()[order]


def _weaker_rules(ordered: pd.DataFrame, pair: np.ndarray, first: np.ndarray) -> list[list[str]]:
    """For each pair the other rules that claim it, strongest first."""
    rank = ordered["rank"].to_numpy()
    number = np.cumsum(first) - 1
    another = np.diff(rank, prepend=-1) != 0
    weaker = np.flatnonzero(~first & another)
    also_by: list[list[str]] = [[] for _ in range(int(first.sum()))]
    for at in weaker:
        also_by[number[at]].append(LINK_RULES[rank[at]])
    return also_by


def _with_verdicts(pairs: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    verdicts = decided.rename(columns={"initiative_id": "subject_id", "key_result_id": "key"})
    if verdicts.empty:
        return pairs.assign(**verdicts.reindex(index=pairs.index)[DECIDED])
    pairs = pairs.merge(verdicts[[*PAIR, *DECIDED]], on=PAIR, how="left", validate="one_to_one")
    about_all = other_work(decided)[DECIDED].reindex(pairs["subject_id"]).set_axis(pairs.index)
    undecided = pairs["decision"].isna() & about_all["decision"].notna()
    pairs[DECIDED] = pairs[DECIDED].where(~undecided, about_all)
    return pairs


def _weights(subjects: pd.Series, given: pd.Series, active: pd.Series) -> pd.Series:
    """Weights of the active links, adding up to 1 for each subject; null for all others.

    A given weight above 0 counts; links without one share the remainder up to 1 equally. The sum
    is then scaled to 1.
    """
    weight = given.where(active & (given > 0))
    missing = active & weight.isna()
    rest = (1 - weight.groupby(subjects).transform("sum")).clip(lower=0)
    weight = weight.mask(missing, rest / missing.groupby(subjects).transform("sum"))
    total = weight.groupby(subjects).transform("sum")
    equal = 1.0 / active.groupby(subjects).transform("sum")
    return (weight / total).where(total > 0, equal).where(active).astype("float64")


def _known(key_results: pd.DataFrame) -> pd.DataFrame:
    """The canonical key, id and cycle of every Key Result, one row per key."""
    known = key_results[["key_result_id", "cycle_id"]].astype("str")
    known = known.sort_values(["key_result_id", "cycle_id"])
    known["key"] = canonical(known["key_result_id"])
    return known.drop_duplicates("key", keep="last", ignore_index=True)
