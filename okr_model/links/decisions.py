"""People's decisions about links, replayed from an append-only log.

What belongs here: which decisions of the log are in force, and which of them sources have
contradicted since. What does not: where the log is stored, and how a decision affects a link
(:mod:`okr_model.links.resolve`).

A decision is about one initiative and one Key Result: ``accept`` or ``reject``. ``correct`` is both
at once. ``other`` is about an initiative alone: it is other work, which serves no Key Result.
``undo`` reverses any of them, including another undo. The latest decision in force about a pair
applies; of ``other`` and an acceptance for the same initiative, the later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.quantities.cells import among
from okr_model.quantities.days import local_day

ACTIONS = ("accept", "reject", "correct", "other", "undo")
"""Those about links; of those about findings see :mod:`okr_model.review.finding_verdicts`, of those
about the end of a cycle :mod:`okr_model.governance.closings`."""
OTHER_WORK = "other"
"""The decision in force that an initiative serves no Key Result; its Key Result is empty."""
EXPLICIT_RULES = ("field", "relation", "mapping", "label")
"""Rules by which a source intentionally states what a record serves, unlike a mention."""

LOG_COLUMNS = {
    "decision_id": "str",
    "decided_at": "datetime64[us, UTC]",
    "action": "str",  # one of ACTIONS
    "initiative_id": "str",  # null if it is about a finding or the end of a cycle
    "initiative": "str",  # its name at that time
    "key_result_id": "str",  # for a correction the right one; null for other work and an undo
    "wrong_key_result_id": "str",  # only for a correction
    "claims": "str",  # the initiative's claims at that time: KR-17 by field, …
    "undoes": "str",  # only for an undo: the decision that it reverses
    "decided_by": "str",
    "why": "str",
    "via": "str",  # command, review tab or page
    "signed": "str",  # how they signed in: local user, not verified, …; null in older logs
    # Only for what is decided about findings; null in older logs
    "finding_rule": "str",
    "finding_subject_type": "str",
    "finding_subject": "str",
    "finding_said": "str",  # its sentence at that time
    "until": "str",  # the last day on which it holds, as an ISO date; null: as long as it says that
    # Only for the end of a cycle or an item of the checklist; null in older logs
    "cycle_id": "str",
    "closed_as": "str",  # continue, abandon or done
    "lesson": "str",  # what was learnt, in their words
    "objective_id": "str",  # only for the end of an Objective
    "item": "str",  # only for what is attested: an item of the checklist, a step of a wave
    "wave": "str",  # only for a step of a wave of the roll-out
}
STANDING_COLUMNS = {
    "initiative_id": "str",
    "key_result_id": "str",  # empty for other work
    "decision": "str",  # accepted, rejected or other
    "decision_id": "str",
    "decided_by": "str",
    "decided_at": "datetime64[us, UTC]",
    "decided_why": "str",
    "claims": "str",
    "called": "str",  # the initiative's name at that time
}
_CLAIM = [
    *("initiative_id", "initiative", "key_result_id", "rule", "state"),
    *("first_seen_at", "evidence", "url"),
]


def empty_log() -> pd.DataFrame:
    """A log without decisions, every column of the right type."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in LOG_COLUMNS.items()})


def undone_ids(log: pd.DataFrame) -> set[str]:
    """Ids of the decisions reversed by an undo that is not itself undone."""
    undone: set[str] = set()
    undoing = _in_order(log)
    undoing = undoing[undoing["action"] == "undo"]
    for decision_id, undoes in undoing[["decision_id", "undoes"]].to_numpy()[::-1]:
        if decision_id not in undone:
            undone.add(undoes)
    return undone


def decisions_in_force(log: pd.DataFrame) -> pd.DataFrame:
    """The decisions in force: one row per initiative and Key Result, or initiative of other work.

    Args:
        log: The columns of :data:`LOG_COLUMNS`, in any order.

    Returns:
        The columns of :data:`STANDING_COLUMNS`, sorted by initiative and Key Result.
    """
    valid = _in_order(log[~log["decision_id"].isin(undone_ids(log))])
    parts = [verdict for row in valid.to_dict("records") for verdict in _verdicts(row)]
    frame = pd.DataFrame(parts, columns=list(STANDING_COLUMNS)).astype(STANDING_COLUMNS)
    pair = ["initiative_id", "key_result_id"]
    latest = frame[~_overruled(frame) & ~frame.duplicated(pair, keep="last")]
    return latest.sort_values(pair, ignore_index=True)


def other_work(decided: pd.DataFrame) -> pd.DataFrame:
    """The decisions in force that an initiative is other work, by ``initiative_id``.

    Args:
        decided: From :func:`decisions_in_force`.
    """
    return decided[decided["decision"] == OTHER_WORK].set_index("initiative_id")


def _overruled(verdicts: pd.DataFrame) -> pd.Series[bool]:
    """Which verdicts, in order, are acceptances before other work, or other work before these."""
    place = pd.Series(range(len(verdicts)), index=verdicts.index)
    is_other, accepted = (verdicts["decision"] == what for what in (OTHER_WORK, "accepted"))
    last_other, last_accepted = (
        place.where(mask).groupby(verdicts["initiative_id"]).transform("max")
        for mask in (is_other, accepted)
    )
    return (accepted & (place < last_other)) | (is_other & (place < last_accepted))


def claims_in_words(claims: Iterable[tuple[str, str]]) -> str:
    """Key Results and rules as stored in the log: ``KR-17 by field, KR-18 by label``."""
    return ", ".join(f"{key} by {rule}" for key, rule in sorted(claims))


def stated_claims(links: pd.DataFrame) -> str:
    """The sources' claims behind the links of one initiative, as stored in the log."""
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


def contradictions(links: pd.DataFrame, decided: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Findings where a source has intentionally contradicted a decision since it was taken.

    Args:
        links: The resolved links.
        decided: From :func:`decisions_in_force`, its ``claims`` as sets of Key Result and rule.
        timezone: The organization's zone, in which days are told.

    Returns:
        One finding per decision and contradicting claim. The decision stays in force.
    """
    if decided.empty:
        return findings_frame()
    explicit = links[links["rule"].isin(EXPLICIT_RULES)]
    pairs = decided.merge(explicit[_CLAIM], on="initiative_id", suffixes=("", "_claimed"))
    newer = [_newly_said(row, timezone) for row in pairs.to_dict("records") if is_against(row)]
    return findings_frame([*newer, *_withdrawn(links, explicit, decided, timezone)])


def is_against(row: Mapping[Any, Any]) -> bool:
    """Whether a claim is newer than a decision about the same initiative, and contradicts it.

    Args:
        row: The decision in force, its ``claims`` as a set of Key Result and rule, with the claim's
            ``rule``, ``state`` and, as ``key_result_id_claimed``, its Key Result.
    """
    if (row["key_result_id_claimed"], row["rule"]) in row["claims"]:
        return False
    if row["decision"] == OTHER_WORK:
        return True
    same = bool(row["key_result_id"] == row["key_result_id_claimed"])
    if row["decision"] == "rejected":
        return same
    return not same and row["state"] not in ("active", "rejected")


def decisions_without_initiative(
    decided: pd.DataFrame, initiative_ids: pd.Series, timezone: str
) -> pd.DataFrame:
    """Findings for decisions about initiatives that are no longer read; days are told in a zone."""
    gone = decided[~among(decided["initiative_id"], initiative_ids)]
    return findings_frame(
        Finding(
            rule=Rule.DECISION_WITHOUT_INITIATIVE,
            severity="info",
            subject_type="initiative",
            subject_id=row["initiative_id"],
            sentence=(
                f"{_who(row, timezone)} {decided_in_words(row)} for "
                f"{row['called'] if isinstance(row['called'], str) else row['initiative_id']}, "
                "which is no longer read. The decision is kept, and applies again if it comes back."
            ),
            evidence=row["decision_id"],
        )
        for row in gone.to_dict("records")
    )


def decided_in_words(row: Mapping[Any, Any]) -> str:
    """A decision in force: ``accepted KR-17``, ``rejected KR-18``, ``chose other work``."""
    if row["decision"] == OTHER_WORK:
        return "chose other work"
    return f"{row['decision']} {row['key_result_id']}"


def _in_order(log: pd.DataFrame) -> pd.DataFrame:
    return log.sort_values(["decided_at", "decision_id"], kind="stable", ignore_index=True)


def _verdicts(row: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    common = {
        "initiative_id": row["initiative_id"],
        "decision_id": row["decision_id"],
        "decided_by": row["decided_by"],
        "decided_at": row["decided_at"],
        "decided_why": row["why"],
        "claims": row["claims"],
        "called": row["initiative"],
    }
    if row["action"] in ("accept", "correct"):
        yield common | {"key_result_id": row["key_result_id"], "decision": "accepted"}
    if row["action"] == "reject":
        yield common | {"key_result_id": row["key_result_id"], "decision": "rejected"}
    if row["action"] == "correct":
        yield common | {"key_result_id": row["wrong_key_result_id"], "decision": "rejected"}
    if row["action"] == "other":
        yield common | {"key_result_id": "", "decision": OTHER_WORK}


def _newly_said(row: Mapping[Any, Any], timezone: str) -> Finding:
    since = local_day(row["first_seen_at"], timezone)
    return Finding(
        rule=Rule.DECISION_CONTRADICTED,
        severity="warning",
        subject_type="initiative",
        subject_id=row["initiative_id"],
        sentence=(
            f"{row['initiative']} names {row['key_result_id_claimed']} by {row['rule']} since "
            f"{since}, after {_who(row, timezone)} {decided_in_words(row)}. "
            f"The decision stands; undo {row['decision_id']} if it should not."
        ),
        evidence=row["evidence"],
        url=row["url"],
    )


def _withdrawn(
    links: pd.DataFrame, explicit: pd.DataFrame, decided: pd.DataFrame, timezone: str
) -> Iterator[Finding]:
    """Links active only by decision because the claim that it confirmed has been withdrawn."""
    pair = ["initiative_id", "key_result_id"]
    held = set(map(tuple, explicit[pair].to_numpy()))
    rows = decided[decided["decision"] == "accepted"].merge(
        links[[*pair, "initiative", "url"]], on=pair
    )
    for row in rows.to_dict("records"):
        claimed = [rule for key, rule in sorted(row["claims"]) if key == row["key_result_id"]]
        rules = [rule for rule in claimed if rule in EXPLICIT_RULES]
        if not rules or (row["initiative_id"], row["key_result_id"]) in held:
            continue
        yield Finding(
            rule=Rule.DECISION_CONTRADICTED,
            severity="warning",
            subject_type="initiative",
            subject_id=row["initiative_id"],
            sentence=(
                f"{row['initiative']} no longer names {row['key_result_id']} by {rules[0]}, as it "
                f"did when {_who(row, timezone)} accepted it. The decision stands; undo "
                f"{row['decision_id']} if it should not."
            ),
            evidence=row["decided_why"],
            url=row["url"],
        )


def _who(row: Mapping[Any, Any], timezone: str) -> str:
    return f"{row['decided_by']} on {local_day(row['decided_at'], timezone)}"
