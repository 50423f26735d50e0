"""What is known of one question about a link: the claims, their evidence, the candidates.

What belongs here: the rows behind a question, and its wording. What does not: which questions there
are (``queues``), and drawing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from okr_model.links.decisions import (
    EXPLICIT_RULES,
    claims_from_words,
    decided_in_words,
    is_against,
)
from okr_model.review.decision_index import DecisionIndex
from okr_model.tables.links import LINK_RULES
from published.audit.queues import Item
from published.formatting import absent
from published.organization import Organization
from published.snapshot import Snapshot

_STATEMENTS = (
    "(SELECT key_result_id, any_value(statement) AS statement FROM key_results"
    " GROUP BY key_result_id)"
)
_OF_WORK = {
    "work": "SELECT * FROM initiatives WHERE list_contains(?, initiative_id)",
    "claims": (
        f"SELECT l.*, k.statement FROM links l LEFT JOIN {_STATEMENTS} k USING (key_result_id)"  # noqa: S608 - our own words
        " WHERE list_contains(?, l.initiative_id)"
    ),
    "suggested": (
        f"SELECT s.*, k.statement AS title FROM suggestions s LEFT JOIN {_STATEMENTS} k"  # noqa: S608 - our own words
        " USING (key_result_id) WHERE s.asked_for = 'initiative'"
        " AND list_contains(?, s.initiative_id) ORDER BY s.rank"
    ),
    "contradicted": (
        "SELECT subject_id AS initiative_id, sentence FROM findings"
        " WHERE rule = 'decision contradicted' AND list_contains(?, subject_id)"
    ),
}
_OF_KEY_RESULTS = {
    "statement": f"SELECT * FROM {_STATEMENTS} WHERE list_contains(?, key_result_id)",  # noqa: S608 - our own words
    "suggested work": (
        # Also what is suggested to work; a pair has one chance, whoever asks.
        "SELECT s.*, i.title FROM suggestions s LEFT JOIN initiatives i USING (initiative_id)"
        " WHERE list_contains(?, s.key_result_id)"
        " QUALIFY row_number() OVER (PARTITION BY s.key_result_id, s.initiative_id"
        " ORDER BY s.asked_for DESC) = 1 ORDER BY s.chance DESC, s.initiative_id"
    ),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer.

    Attributes:
        id: The Key Result or, for one without work, the initiative.
        name: How that is called beside its title.
        title: Its title.
        because: Why it might be right.
        chance: The stated chance; None where a source states it.
        shared: The words that both share.
        against: The Key Result that choosing this one rejects; None for none.
    """

    id: str
    name: str
    title: str
    because: str
    chance: float | None
    shared: tuple[str, ...] = ()
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a link.

    Attributes:
        item: Its place.
        title: What the work, or the Key Result, is called.
        words: The question.
        work: The row of ``initiatives``; None if it is about a Key Result.
        claims: The rows of ``links`` of the work, the strongest first, with ``statement``.
        shown: Those of the claims whose evidence is to be seen.
        candidates: Possible answers, best first.
        refuted: The Key Result that ``reject`` is about where no candidate is; None without one.
        decision: The decision that a source has contradicted, if that is the question.
        standing: The Key Result that a person accepted and any other answer replaces; None without.
    """

    item: Item
    title: str
    words: str
    work: Mapping[str, Any] | None
    claims: Sequence[Mapping[str, Any]] = ()
    shown: Sequence[Mapping[str, Any]] = ()
    candidates: Sequence[Candidate] = ()
    refuted: str | None = None
    decision: Mapping[Any, Any] | None = None
    standing: str | None = None


def questions_of(
    tables: Snapshot, items: Sequence[Item], log: DecisionIndex, organization: Organization
) -> list[Question]:
    """All that is known of some questions.

    Args:
        tables: The published tables.
        items: The questions, out of :func:`published.audit.queues.owed`.
        log: The decisions, those that the tables do not contain among them.
        organization: In whose words and language questions are asked.
    """
    rows = _Rows(tables, items, organization)
    return [_question(rows, item, log) for item in items]


class _Rows:
    """The rows behind some questions, read at once, by what they are about."""

    def __init__(self, tables: Snapshot, items: Sequence[Item], organization: Organization) -> None:
        self.own, self.figures = organization.words, organization.figures
        self.zone = organization.zone
        self._found: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for kind, queries, about in (
            ("initiative", _OF_WORK, "initiative_id"),
            ("key result", _OF_KEY_RESULTS, "key_result_id"),
        ):
            subjects = [item.subject for item in items if item.kind == kind]
            for name, query in queries.items() if subjects else ():
                by_subject = self._found.setdefault(name, {})
                for row in tables.rows(query, [subjects]):
                    by_subject.setdefault(row[about], []).append(row)

    def of(self, name: str, subject: str) -> list[dict[str, Any]]:
        """The rows of one kind about one subject."""
        return self._found.get(name, {}).get(subject, [])


def _question(rows: _Rows, item: Item, log: DecisionIndex) -> Question:
    if item.kind == "key result":
        return _about_key_result(rows, item, log)
    [work] = rows.of("work", item.subject)
    claims = sorted(rows.of("claims", item.subject), key=_strength)
    title = work["title"] or work["initiative"]
    asked = {"item": item, "title": title, "work": work, "claims": claims}
    if item.queue == "contradicted":
        return _contradicted(rows, asked, log)
    if item.queue == "conflicting":
        return _conflicting(asked, claims)
    if item.queue == "changed":
        return _changed(rows, asked, claims)
    return _unlinked(rows, asked, log)


def _unlinked(rows: _Rows, asked: Mapping[str, Any], log: DecisionIndex) -> Question:
    """Work that names a Key Result there is not, or none."""
    item, claims, own = asked["item"], asked["claims"], rows.own.key_result
    candidates = [
        Candidate(
            row["key_result_id"],
            row["key_result_id"],
            row["title"] or "",
            _because(row["reason"]),
            row["chance"],
            tuple(row["shared"] or ()),
        )
        for row in rows.of("suggested", item.subject)
        if (item.subject, log.now(row["key_result_id"])) not in log.in_force
    ]
    if item.queue == "broken":
        words = (
            f"It names {item.key}, and there is no such {own}. A typing error, or not an id at all?"
        )
        shown = [row for row in claims if row["key_result_id"] == item.key]
        return Question(**asked, words=words, shown=shown, candidates=candidates, refuted=item.key)
    words = f"It names no {own}. Does it serve one of these, or is it other work?"
    if claims:  # all of them rejected, or of no Key Result
        words = f"No {own} that it names counts. Does it serve one of these, or is it other work?"
    if item.queue == "idle":
        words = f"It serves no {own}, and nothing suggests one. Which does it serve, if any?"
    return Question(**asked, words=words, candidates=candidates)


def _conflicting(asked: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> Question:
    counted = [row for row in claims if row["state"] == "active"]
    overruled = [row for row in claims if row["state"] == "overruled"]
    words = (
        f"It names {_named(counted)}, which counts, and {_named(overruled)}, which does not."
        " Which one does it serve?"
    )
    both = [*counted, *overruled]
    keys = [row["key_result_id"] for row in both]
    accepted = [row["key_result_id"] for row in counted if row["rule"] == "decision"]
    standing = accepted[0] if len(accepted) == 1 else None
    # A decision rejects one at most: what a person accepted, else the other one of two.
    rejected = {
        one: standing
        if standing not in (None, one)
        else keys[1 - place]
        if len(keys) == 2
        else None
        for place, one in enumerate(keys)
    }
    return Question(
        **asked,
        words=words,
        shown=both,
        candidates=[_claimed(row, rejected[row["key_result_id"]]) for row in both],
        refuted=asked["item"].key,
        standing=standing,
    )


def _changed(
    rows: _Rows, asked: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]
) -> Question:
    key = asked["item"].key
    shown = [row for row in claims if row["key_result_id"] == key]
    since = shown[0]["first_seen_at"] if shown else None
    when = "" if absent(since) else f" since {rows.figures.short_day_at(since, rows.zone)}"
    words = f"It names {_named(shown)}{when}. Is that right?"
    return Question(
        **asked, words=words, shown=shown, candidates=list(map(_claimed, shown)), refuted=key
    )


def _contradicted(rows: _Rows, asked: Mapping[str, Any], log: DecisionIndex) -> Question:
    """A decision, and what a source says otherwise since."""
    of, claims = asked["item"].subject, asked["claims"]
    told = " ".join(row["sentence"] for row in rows.of("contradicted", of))
    made = {key: one for (who, key), one in log.in_force.items() if who == of}
    named = {key: one for key, one in made.items() if one["decision_id"] in told} or made
    if not named:  # taken back since, or made under another id
        return Question(**asked, words=told or "A source says otherwise than was decided.")
    since = {key: _said_since(key, one, claims, log) for key, one in named.items()}
    key = max(named, key=lambda one: (bool(since[one]), *_lateness(named[one])))
    decision, new = named[key], since[key]
    published = {log.now(row["key_result_id"]): row for row in claims}
    spelled = {now: published.get(now, one)["key_result_id"] for now, one in made.items()}
    # A correction says two things; where one is contradicted, both are asked about.
    said = {
        one["decision"]: spelled[now]
        for now, one in made.items()
        if one["decision_id"] == decision["decision_id"]
    }
    standing = said.get("accepted")
    candidates = [_claimed(row, standing) for row in new if row["state"] != "broken"]
    if standing:
        statement = published.get(log.now(standing), {}).get("statement") or ""
        corrected = said.get("rejected")
        again = Candidate(standing, standing, statement, "accepted", None, against=corrected)
        candidates.append(again)
    accepted = {spelled[now] for now, one in made.items() if one["decision"] == "accepted"}
    refuted = {"accepted": new[0]["key_result_id"] if new else standing, "rejected": spelled[key]}
    return Question(
        **asked,
        words=_contradicted_words(rows, decision, spelled[key], new, standing)
        + _staying(accepted - {standing}),
        shown=new,
        candidates=candidates,
        refuted=refuted.get(decision["decision"]),
        decision=decision,
        standing=standing,
    )


def _said_since(
    key: str, decision: Mapping[Any, Any], claims: Sequence[Mapping[str, Any]], log: DecisionIndex
) -> list[Mapping[str, Any]]:
    """The claims of a source that contradict a decision about ``key``."""
    told = decision["claims"] if isinstance(decision["claims"], str) else None
    known = {(log.now(one), rule) for one, rule in claims_from_words(told)}
    about = {**decision, "key_result_id": key, "claims": known}
    return [
        row
        for row in claims
        if row["rule"] in EXPLICIT_RULES
        and is_against(
            about
            | {"rule": row["rule"], "state": row["state"]}
            | {"key_result_id_claimed": log.now(row["key_result_id"])}
        )
    ]


def _lateness(decision: Mapping[Any, Any]) -> tuple[Any, bool]:
    return decision["decided_at"], decision["decision"] == "accepted"


def _contradicted_words(
    rows: _Rows,
    decision: Mapping[Any, Any],
    key: str,
    new: Sequence[Mapping[str, Any]],
    standing: str | None,
) -> str:
    """What was decided about ``key``, what its record says since, and the question."""
    is_rejected = decision["decision"] == "rejected"
    what = decided_in_words({**decision, "key_result_id": key})
    if is_rejected and standing:
        what += f" and accepted {standing}"
    day = rows.figures.short_day_at(decision["decided_at"], rows.zone)
    words = f"{decision['decided_by']} {what} on {day}. Since then its record"
    if not new:
        return f"{words} no longer names {key}. Does it still serve it?"
    words += f" names {_named(new)}."
    if is_rejected and not standing:
        return f"{words} Does it serve it after all?"
    return f"{words} Which {'of the two' if len(new) == 1 else 'one'} is right?"


def _staying(accepted: set[str]) -> str:
    """What else was accepted for the work, which no answer changes."""
    if not accepted:
        return ""
    stay = "stays" if len(accepted) == 1 else "stay"
    return f" {' and '.join(sorted(accepted))} {stay} accepted as well."


def _about_key_result(rows: _Rows, item: Item, log: DecisionIndex) -> Question:
    statement = next((row["statement"] for row in rows.of("statement", item.subject)), None)
    candidates = [
        Candidate(
            row["initiative_id"],
            row["initiative"],
            row["title"] if row["title"] != row["initiative"] else "",
            _because(row["reason"]),
            row["chance"],
            tuple(row["shared"] or ()),
        )
        for row in rows.of("suggested work", item.subject)
        if (row["initiative_id"], log.now(item.subject)) not in log.in_force
        and not log.is_other_work(row["initiative_id"])
    ]
    words = "No work serves it. Which work is meant to move it?"
    return Question(item, statement or item.subject, words, None, candidates=candidates)


def _claimed(row: Mapping[str, Any], against: str | None = None) -> Candidate:
    key, because = row["key_result_id"], f"named by {row['rule']}"
    return Candidate(key, key, row["statement"] or "", because, None, against=against)


def _named(rows: Sequence[Mapping[str, Any]]) -> str:
    return " and ".join(f"{row['key_result_id']} by {row['rule']}" for row in rows)


def _strength(row: Mapping[str, Any]) -> tuple[int, str]:
    return LINK_RULES.index(row["rule"]), row["key_result_id"]


def _because(reason: str) -> str:
    """The reason without the chance, which stands in a column of its own."""
    return reason.rpartition("; chance ")[0] or reason
