"""What people decided about links, replayed from the log in which nothing is ever changed.

What belongs here: what still stands of the log, and which of it the sources have since gone
against. What does not: where the log lies, and what a standing decision does to a link
(:mod:`okr_model.links.resolve`).

A decision is about one initiative and one Key Result: ``accept`` it or ``reject`` it. ``correct``
is both at once, and ``undo`` takes any of them back, an undo too. Of several that stand about the
same pair the latest one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from okr_model.findings import Finding, findings_frame
from okr_model.quantities.cells import among

ACTIONS = ("accept", "reject", "correct", "undo")
EXPLICIT_RULES = ("field", "relation", "mapping", "label")
"""Rules by which a source says on purpose what a record serves; a mention may be in passing."""

LOG_COLUMNS = {
    "decision_id": "str",
    "decided_at": "datetime64[us, UTC]",
    "action": "str",  # one of ACTIONS
    "initiative_id": "str",
    "initiative": "str",  # what it was called then
    "key_result_id": "str",  # for a correction the right one; null for an undo
    "wrong_key_result_id": "str",  # only for a correction
    "claims": "str",  # what sources claimed for the initiative then: KR-17 by field, …
    "undoes": "str",  # only for an undo: the decision that it takes back
    "decided_by": "str",
    "why": "str",
    "via": "str",  # command, review tab or page
}
STANDING_COLUMNS = {
    "initiative_id": "str",
    "key_result_id": "str",
    "decision": "str",  # accepted or rejected
    "decision_id": "str",
    "decided_by": "str",
    "decided_at": "datetime64[us, UTC]",
    "decided_why": "str",
    "claims": "str",
}
_CLAIM = [
    *("initiative_id", "initiative", "key_result_id", "rule", "state"),
    *("first_seen_at", "evidence", "url"),
]


def empty_log() -> pd.DataFrame:
    """A log without decisions, every column of the right type."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in LOG_COLUMNS.items()})


def undone_ids(log: pd.DataFrame) -> set[str]:
    """Ids of the decisions that a later one takes back, and that one stands itself."""
    gone: set[str] = set()
    undoing = _in_order(log)
    undoing = undoing[undoing["action"] == "undo"]
    for decision_id, undoes in undoing[["decision_id", "undoes"]].to_numpy()[::-1]:
        if decision_id not in gone:
            gone.add(undoes)
    return gone


def decisions_in_force(log: pd.DataFrame) -> pd.DataFrame:
    """What the log comes to: one row per initiative and Key Result about which a decision stands.

    Args:
        log: The columns of :data:`LOG_COLUMNS`, in any order.

    Returns:
        The columns of :data:`STANDING_COLUMNS`, sorted by initiative and Key Result.
    """
    valid = _in_order(log[~log["decision_id"].isin(undone_ids(log))])
    parts = [verdict for row in valid.to_dict("records") for verdict in _verdicts(row)]
    frame = pd.DataFrame(parts, columns=list(STANDING_COLUMNS)).astype(STANDING_COLUMNS)
    pair = ["initiative_id", "key_result_id"]
    return frame.drop_duplicates(pair, keep="last").sort_values(pair, ignore_index=True)


def claims_in_words(claims: Iterable[tuple[str, str]]) -> str:
    """Key Results and rules as the log keeps them: ``KR-17 by field, KR-18 by label``."""
    return ", ".join(f"{key} by {rule}" for key, rule in sorted(claims))


def stated_claims(links: pd.DataFrame) -> str:
    """What sources claim by the links of one initiative, as the log keeps it."""
    stated = links[links["rule"] != "decision"]
    return claims_in_words(
        (row["key_result_id"], rule)
        for row in stated.to_dict("records")
        for rule in (row["rule"], *(() if row["also_by"] is None else row["also_by"]))
    )


def claims_from_words(words: str | None) -> set[tuple[str, str]]:
    """The inverse of :func:`claims_in_words`."""
    parts = (part.rpartition(" by ") for part in words.split(", ")) if words else ()
    return {(key, rule) for key, _, rule in parts}


def contradictions(links: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Findings where a source, on purpose and since the decision, says otherwise.

    Args:
        links: The resolved links.
        decided: From :func:`decisions_in_force`, its ``claims`` as sets of Key Result and rule.

    Returns:
        One finding per decision and claim that goes against it. The decision stands all the same.
    """
    if decided.empty:
        return findings_frame()
    explicit = links[links["rule"].isin(EXPLICIT_RULES)]
    pairs = decided.merge(explicit[_CLAIM], on="initiative_id", suffixes=("", "_claimed"))
    said = [_newly_said(row) for row in pairs.to_dict("records") if _against(row)]
    return findings_frame([*said, *_withdrawn(links, explicit, decided)])


def _against(row: Mapping[Any, Any]) -> bool:
    """Whether a claim is newer than a decision about the same initiative, and gainsays it."""
    if (row["key_result_id_claimed"], row["rule"]) in row["claims"]:
        return False
    same = bool(row["key_result_id"] == row["key_result_id_claimed"])
    if row["decision"] == "rejected":
        return same
    return not same and row["state"] not in ("active", "rejected")


def decisions_without_initiative(decided: pd.DataFrame, initiative_ids: pd.Series) -> pd.DataFrame:
    """Findings for decisions about initiatives that are not read any more."""
    gone = decided[~among(decided["initiative_id"], initiative_ids)]
    return findings_frame(
        Finding(
            "decision without initiative",
            "info",
            "initiative",
            row["initiative_id"],
            f"{_who(row)} {row['decision']} {row['key_result_id']} for {row['initiative_id']}, "
            "which is not read any more. The decision is kept, and counts again if it comes back.",
            row["decision_id"],
        )
        for row in gone.to_dict("records")
    )


def _in_order(log: pd.DataFrame) -> pd.DataFrame:
    return log.sort_values(["decided_at", "decision_id"], kind="stable", ignore_index=True)


def _verdicts(row: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    told = {
        "initiative_id": row["initiative_id"],
        "decision_id": row["decision_id"],
        "decided_by": row["decided_by"],
        "decided_at": row["decided_at"],
        "decided_why": row["why"],
        "claims": row["claims"],
    }
    if row["action"] in ("accept", "correct"):
        yield told | {"key_result_id": row["key_result_id"], "decision": "accepted"}
    if row["action"] == "reject":
        yield told | {"key_result_id": row["key_result_id"], "decision": "rejected"}
    if row["action"] == "correct":
        yield told | {"key_result_id": row["wrong_key_result_id"], "decision": "rejected"}


def _newly_said(row: Mapping[Any, Any]) -> Finding:
    return Finding(
        "decision contradicted",
        "warning",
        "initiative",
        row["initiative_id"],
        f"{row['initiative']} names {row['key_result_id_claimed']} by {row['rule']} since "
        f"{row['first_seen_at']:%Y-%m-%d}, after {_who(row)} {row['decision']} "
        f"{row['key_result_id']}. The decision stands; undo {row['decision_id']} if it should not.",
        row["evidence"],
        row["url"],
    )


def _withdrawn(
    links: pd.DataFrame, explicit: pd.DataFrame, decided: pd.DataFrame
) -> Iterator[Finding]:
    """Links that stand by decision although the claim that it confirmed is gone."""
    pair = ["initiative_id", "key_result_id"]
    held = set(map(tuple, explicit[pair].to_numpy()))
    rows = decided[decided["decision"] == "accepted"].merge(
        links[[*pair, "initiative", "url"]], on=pair
    )
    for row in rows.to_dict("records"):
        said = [rule for key, rule in sorted(row["claims"]) if key == row["key_result_id"]]
        rules = [rule for rule in said if rule in EXPLICIT_RULES]
        if not rules or (row["initiative_id"], row["key_result_id"]) in held:
            continue
        yield Finding(
            "decision contradicted",
            "warning",
            "initiative",
            row["initiative_id"],
            f"{row['initiative']} no longer names {row['key_result_id']} by {rules[0]}, as it "
            f"did when {_who(row)} accepted it. The decision stands; undo {row['decision_id']} if "
            "it should not.",
            row["decided_why"],
            row["url"],
        )


def _who(row: Mapping[Any, Any]) -> str:
    return f"{row['decided_by']} on {row['decided_at']:%Y-%m-%d}"
