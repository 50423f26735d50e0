"""What an OKR Lead owes: questions about links in queues, and the findings of each rule.

What belongs here: which questions and findings there are, in which order, and how many are left.
What does not: what is known of one of them (``question``), and drawing.

A piece of work stands in one queue, the most urgent. What is decided leaves its queue at once,
although it counts from the next run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from okr_model.entities import known_by_row
from okr_model.entities.initiatives import still_open
from okr_model.finding_rules import Rule
from okr_model.links.decisions import claims_from_words
from okr_model.links.vocabulary import INHERITED
from okr_model.review.decision_index import DecisionIndex
from okr_model.review.finding_verdicts import COLUMNS
from published.audit.decided import Decided
from published.audit.visibility import sees
from published.moment import last_day
from published.organization import OwnWords, first_up
from published.records import SlimRow, records, slim_records
from published.snapshot import Snapshot

LINK_QUEUES = {
    "contradicted": "Contradicted decisions",
    "conflicting": "Conflicting",
    "broken": "Broken",
    "suggested": "Suggested",
    "bare": "Key Results without work",
    "idle": "Work without a suggestion",
    "changed": "Recently changed",
}
"""The queues of questions about links, the most urgent first, by their name in an address."""
ACKNOWLEDGED = "acknowledged"
"""The queue of the findings that somebody acknowledged or dismissed."""
RECENT = dt.timedelta(days=7)
"""How long a change of a link is recent."""

_ASKED = (
    Rule.DECISION_CONTRADICTED,
    Rule.CONFLICTING_LINKS,
    Rule.BROKEN_LINK,
    Rule.INITIATIVE_WITHOUT_KEY_RESULT,
    Rule.KEY_RESULT_WITHOUT_INITIATIVE,
)
_RULE_OF = {
    "contradicted": Rule.DECISION_CONTRADICTED,
    "bare": Rule.KEY_RESULT_WITHOUT_INITIATIVE,
}
"""The queues that are made of findings of one rule."""
_TOLD = ("finding_id", "rule", "subject_type", "subject_id", "sentence", *COLUMNS)
_SEVERITIES = {"error": 0, "warning": 1, "info": 2}
_CHANGED = (
    "SELECT initiative_id, key_result_id FROM link_history"
    " WHERE state = 'active' AND valid_to IS NULL AND decision IS NULL AND rule <> ?"
    " AND valid_from > (SELECT min(valid_from) FROM link_history) AND valid_from > ?"
    " ORDER BY valid_from DESC, initiative_id, key_result_id"
)


# Only the columns that are needed: those of tens of thousands of rows fill memory.
# A file of an earlier version may lack some of the findings' columns.
_FOUND = f"SELECT COLUMNS(lambda one: one IN {(*_TOLD, 'severity')}) FROM findings"  # noqa: S608 - our own names
_WORK = "SELECT initiative_id, source, record_id, status, status_category FROM initiatives"
_CLAIMED = (
    "SELECT initiative_id, key_result_id, rule, state FROM links"
    " ORDER BY initiative_id, key_result_id"
)
_OFFERED = (
    "SELECT initiative_id, key_result_id, chance, rank FROM suggestions"
    " WHERE asked_for = 'initiative'"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One question or finding.

    Attributes:
        queue: A name of :data:`LINK_QUEUES`, or a finding's rule.
        kind: What ``subject`` is: ``initiative``, ``key result`` or ``finding``.
        subject: Its id.
        key: The Key Result that is asked about; "" where any may be the answer.
    """

    queue: str
    kind: str
    subject: str
    key: str = ""

    @property
    def id(self) -> str:
        """Its name in an address."""
        if self.kind == "initiative":
            return self.subject
        return f"{self.kind.replace(' ', '-')}:{self.subject}"


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left to decide, and what stands to be read.

    Attributes:
        questions: About links, the most urgent first.
        asked: How many of them the last run left, by queue.
        findings: Of the other rules, the open ones, worst first.
        acknowledged: Those that somebody acknowledged or dismissed, in the same order.
        pending: The decisions that the published tables do not contain, latest first.
    """

    questions: tuple[Item, ...]
    asked: dict[str, int]
    findings: tuple[Item, ...]
    acknowledged: tuple[Item, ...]
    pending: tuple[dict[str, Any], ...]

    @property
    def decided(self) -> int:
        """How many decisions about links are pending."""
        return sum(row["initiative_id"] is not None for row in self.pending)

    def find(self, item: str) -> Item | None:
        """The question or finding of this name, if it is there."""
        return next((one for one in self._all if one.id == item), None)

    def of(self, queue: str) -> list[Item]:
        """What is left in a queue."""
        return [one for one in self._all if one.queue == queue]

    @property
    def _all(self) -> tuple[Item, ...]:
        return (*self.questions, *self.findings, *self.acknowledged)

    def after(self, item: Item) -> Item | None:
        """The one that follows in its list, after the last the first; None if it is alone."""
        rows = self.findings if item.kind == "finding" else self.questions
        if item.queue == ACKNOWLEDGED:
            rows = self.acknowledged
        at = [one.id for one in rows].index(item.id)
        following = rows[(at + 1) % len(rows)]
        return None if following == item else following


def owed(tables: Snapshot, decided: Decided) -> Owed:
    """What an OKR Lead owes.

    Args:
        tables: The published tables.
        decided: All decisions, those that the tables do not contain among them.
    """
    if tables not in decided.made:
        decided.made[tables] = _owed(tables, decided)
    found: Owed = decided.made[tables]
    return found


def _owed(tables: Snapshot, decided: Decided) -> Owed:
    since = counted_until(tables)
    day = last_day(tables)
    asking = list(decided.with_verdicts(_findings_asked(tables), day, since))
    left = tuple(_still_asked(_questions(tables, decided.index, since), asking))
    then = [row for row in asking if row["pending"]]  # which the last run did not know of
    before = [*asking, *({**row, "acknowledgement": None} for row in then)]
    first = list(_still_asked(_questions(tables, decided.index_before(since), since), before))
    asked = {name: sum(one.queue == name for one in first) for name in LINK_QUEUES}
    pending = [row for row in decided.pending(since) if sees(tables, row)]
    still_open: list[Item] = []
    acknowledged: list[Item] = []
    for row in decided.with_verdicts(_findings(tables), day, since):
        is_open = row["acknowledgement"] is None
        queue = row["rule"] if is_open else ACKNOWLEDGED
        one = Item(queue, "finding", row["finding_id"])
        (still_open if is_open else acknowledged).append(one)
    return Owed(left, asked, tuple(still_open), tuple(acknowledged), tuple(pending))


def _still_asked(
    questions: Iterable[Item], findings: Sequence[Mapping[str, Any]]
) -> Iterator[Item]:
    """The questions, without those of whose findings none is open."""
    still_open = {
        (row["rule"], row["subject_id"]) for row in findings if row["acknowledgement"] is None
    }
    for item in questions:
        rule = _RULE_OF.get(item.queue)
        if rule is None or (str(rule), item.subject) in still_open:
            yield item


def queue_names(own: OwnWords) -> dict[str, str]:
    """:data:`LINK_QUEUES` with the organization's word for Key Results."""
    return LINK_QUEUES | {"bare": f"{first_up(own.key_results)} without work"}


def counted_until(tables: Snapshot) -> dt.datetime | None:
    """The start of the last run: later decisions are not in its tables; None if it is unknown."""
    at = tables.last_run.get("started_at")
    return None if at is None or pd.isna(at) else pd.Timestamp(at).to_pydatetime()


def _questions(tables: Snapshot, log: DecisionIndex, since: dt.datetime | None) -> Iterator[Item]:
    asking = tables.once("asking", lambda: _Asking(tables))
    seen: set[tuple[str, str]] = set()
    for queue in LINK_QUEUES:
        for item in asking.of(queue, log, since):
            if (item.kind, item.subject) not in seen:
                seen.add((item.kind, item.subject))
                yield item


class _Asking:
    """What the tables of one run leave to ask, whatever was decided since."""

    def __init__(self, tables: Snapshot) -> None:
        initiatives = tables.frame(_WORK)
        usable = initiatives[~known_by_row(initiatives)]
        ids = set(usable["initiative_id"])  # not kept: of tens of thousands, it fills memory
        links = tables.frame(_CLAIMED)
        links = links[links["initiative_id"].isin(ids)]
        asked = links[links["state"].isin(["overruled", "broken"])]
        self._claims = {
            state: records(rows[["initiative_id", "key_result_id", "rule"]])
            for state, rows in asked.groupby("state")
        }
        self._suggested = _suggested(tables, ids)
        active = links.loc[links["state"] == "active", "initiative_id"]
        idle = still_open(usable) & ~usable["initiative_id"].isin(active)
        self._idle = sorted(usable.loc[idle, "initiative_id"])
        changed = tables.frame(_CHANGED, [INHERITED, last_day(tables) - RECENT])
        self._changed = _pairs(changed[changed["initiative_id"].isin(ids)])
        contradicted = _subjects(tables, Rule.DECISION_CONTRADICTED)
        self._contradicted = [one for one in contradicted if one in ids]
        self._bare = _subjects(tables, Rule.KEY_RESULT_WITHOUT_INITIATIVE)

    def of(self, queue: str, log: DecisionIndex, since: dt.datetime | None) -> Iterable[Item]:
        """What is asked in a queue, of which nothing is decided."""
        ask: dict[str, Callable[[], Iterable[Item]]] = {
            "contradicted": lambda: self._ask_contradicted(log, since),
            "conflicting": lambda: self._ask_conflicting(log),
            "broken": lambda: self._ask_broken(log),
            "suggested": lambda: self._ask_suggested(log),
            "bare": lambda: self._ask_bare(log, since),
            "idle": lambda: self._ask_idle(log),
            "changed": lambda: self._ask_changed(log),
        }
        return ask[queue]()

    def _ask_contradicted(self, log: DecisionIndex, since: dt.datetime | None) -> Iterator[Item]:
        for initiative_id in self._contradicted:
            if since is None or not _is_answered(log, initiative_id, since):
                yield Item("contradicted", "initiative", initiative_id)

    def _ask_conflicting(self, log: DecisionIndex) -> Iterator[Item]:
        known = _known_to_who_accepted(log)
        for row in self._claims.get("overruled", ()):
            of, key = row["initiative_id"], row["key_result_id"]
            if not _is_decided(log, of, key) and (key, row["rule"]) not in known.get(of, ()):
                yield Item("conflicting", "initiative", of, key)

    def _ask_broken(self, log: DecisionIndex) -> Iterator[Item]:
        for row in self._claims.get("broken", ()):
            if not _is_decided(log, row["initiative_id"], row["key_result_id"]):
                yield Item("broken", "initiative", row["initiative_id"], row["key_result_id"])

    def _ask_suggested(self, log: DecisionIndex) -> Iterator[Item]:
        accepted = _accepted(log)
        for of, key in self._suggested:
            if of not in accepted and not _is_decided(log, of, key):
                yield Item("suggested", "initiative", of, key)

    def _ask_bare(self, log: DecisionIndex, since: dt.datetime | None) -> Iterator[Item]:
        served = {
            key
            for (_, key), one in log.in_force.items()
            if one["decision"] == "accepted" and since is not None and one["decided_at"] >= since
        }
        for key_result_id in self._bare:
            if log.now(key_result_id) not in served:
                yield Item("bare", "key result", key_result_id, key_result_id)

    def _ask_idle(self, log: DecisionIndex) -> Iterator[Item]:
        accepted = _accepted(log)
        for of in self._idle:
            if of not in accepted and not log.is_other_work(of):
                yield Item("idle", "initiative", of)

    def _ask_changed(self, log: DecisionIndex) -> Iterator[Item]:
        for of, key in self._changed:
            if not _is_decided(log, of, key):
                yield Item("changed", "initiative", of, key)


def _is_decided(log: DecisionIndex, initiative_id: str, key_result_id: str) -> bool:
    pair = (initiative_id, log.now(key_result_id))
    return pair in log.in_force or log.is_other_work(initiative_id)


def _is_answered(log: DecisionIndex, initiative_id: str, since: dt.datetime) -> bool:
    """Whether something decided about an initiative since an instant stands.

    To take an earlier decision back is an answer; to take back what is no older leaves none.
    """
    made = [log.by_id[one] for one in log.decisions(initiative_id, "")]
    new = {row["decision_id"]: row for row in made if row["decided_at"] >= since}
    if any(row["action"] == "undo" and row["undoes"] not in new for row in new.values()):
        return True
    return any(
        of == initiative_id and one["decision_id"] in new for (of, _), one in log.in_force.items()
    )


def _accepted(log: DecisionIndex) -> set[str]:
    return {of for (of, _), one in log.in_force.items() if one["decision"] == "accepted"}


def _known_to_who_accepted(log: DecisionIndex) -> dict[str, set[tuple[str, str]]]:
    """By initiative: the claims there were when a link of it was accepted."""
    known: dict[str, set[tuple[str, str]]] = {}
    for (of, _), one in log.in_force.items():
        if one["decision"] == "accepted" and isinstance(one["claims"], str):
            claims = claims_from_words(one["claims"])
            known.setdefault(of, set()).update((log.now(key), rule) for key, rule in claims)
    return known


def _suggested(tables: Snapshot, usable: set[str]) -> list[tuple[str, str]]:
    """Suggestions for work, the work with the likeliest first."""
    rows = tables.frame(_OFFERED)
    rows = rows[rows["initiative_id"].isin(usable)]
    best = rows.groupby("initiative_id")["chance"].transform("max")
    order = ["_best", "initiative_id", "rank"]
    return _pairs(rows.assign(_best=-best).sort_values(order))


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["initiative_id"], rows["key_result_id"], strict=True))


def _subjects(tables: Snapshot, rule: str) -> list[str]:
    query = "SELECT DISTINCT subject_id FROM findings WHERE rule = ? ORDER BY subject_id"
    return list(tables.frame(query, [str(rule)])["subject_id"])


def _findings_asked(tables: Snapshot) -> list[SlimRow]:
    """The findings of which questions are made."""

    def read() -> list[SlimRow]:
        asked = [*map(str, _RULE_OF.values())]
        rows = tables.frame(f"{_FOUND} WHERE list_contains(?, rule)", [asked])
        return slim_records(rows.drop(columns="severity"))

    return tables.once("findings asked about", read)


def _findings(tables: Snapshot) -> list[SlimRow]:
    """The findings that no question about links is made of, by rule, the worst rule first."""

    def read() -> list[SlimRow]:
        asked = [*map(str, _ASKED)]
        rows = tables.frame(f"{_FOUND} WHERE NOT list_contains(?, rule)", [asked])
        worst = rows["severity"].map(_SEVERITIES)
        rows = rows.assign(_worst=worst.groupby(rows["rule"]).transform("min"), _own=worst)
        rows = rows.sort_values(["_worst", "rule", "_own", "subject_id", "finding_id"])
        return slim_records(rows.drop(columns=["severity", "_worst", "_own"]))

    return tables.once("findings to read", read)
