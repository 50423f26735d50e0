"""Finding what is published by its key or by words in it.

What belongs here: what can be found, and in which order. What does not: searching one table's texts
(``table_query``), addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from okr_model.entities.initiatives import titled
from okr_model.languages.folding import searched
from published.formatting import absent
from published.snapshot import Snapshot

KINDS = ("Key Result", "Objective", "initiative", "team", "finding")
MOST = 20
"""Hits of a kind that are told one by one."""
_MOST_WORDS = 10
_LONGEST = 200
_FINDINGS = (
    "SELECT finding_id, rule, subject_id, sentence, evidence FROM findings"
    " ORDER BY severity, rule, subject_id"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found.

    Attributes:
        kind: One of ``KINDS``.
        id: Its id in its table; of a team its name.
        key: The id for people; empty where nobody knows it.
        title: What it is called.
        more: Where it belongs: a team, a cycle, a rule.
        cycle: Its cycle; None where it has none, or several.
    """

    kind: str
    id: str
    key: str
    title: str
    more: str
    cycle: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        exact: The one thing whose key was typed.
        hits: By kind, the best first, at most ``MOST``.
        numbers: By kind, how many there are.
    """

    exact: Hit | None
    hits: dict[str, list[Hit]]
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Entry:
    hit: Hit
    keys: frozenset[str]
    title: str
    text: str


def find(tables: Snapshot, typed: str) -> Found:
    """What has all the words that were typed, whatever their case and accents."""
    wanted = searched(typed[:_LONGEST])
    words = wanted.split()[:_MOST_WORDS]
    if not words:
        return Found(None, {}, {})
    entries = tables.once("search", lambda: list(_entries(tables)))
    exact = {(one.hit.kind, one.hit.id): one.hit for one in entries if wanted in one.keys}
    ranked: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS}
    for place, one in enumerate(entries):
        if all(word in one.text for word in words):
            ranked[one.hit.kind].append((_rank(one, wanted, words), place))
    hits = {
        kind: [entries[place].hit for _, place in sorted(found)[:MOST]]
        for kind, found in ranked.items()
        if found
    }
    numbers = {kind: len(found) for kind, found in ranked.items() if found}
    return Found(next(iter(exact.values())) if len(exact) == 1 else None, hits, numbers)


def _rank(one: _Entry, wanted: str, words: list[str]) -> int:
    """0 for the key itself, 1 for its beginning, 2 for words of the title, 3 for the rest."""
    if wanted in one.keys:
        return 0
    if any(key.startswith(wanted) for key in one.keys):
        return 1
    return 2 if all(word in one.title for word in words) else 3


def _entries(tables: Snapshot) -> Iterator[_Entry]:
    yield from _key_results(tables)
    yield from _objectives(tables)
    yield from _initiatives(tables)
    yield from _teams(tables)
    for row in tables.rows(_FINDINGS):
        hit = Hit("finding", row["finding_id"], "", str(row["sentence"]), str(row["rule"]))
        yield _entry(hit, [], row["subject_id"], row["evidence"])


def _key_results(tables: Snapshot) -> Iterator[_Entry]:
    """Each once, of its latest cycle; those of the latest cycle first."""
    query = (
        "SELECT key_result_id, cycle_id, statement, team, owner, objective_id, objective"
        " FROM key_results"
        " QUALIFY row_number() OVER (PARTITION BY key_result_id ORDER BY cycle_start DESC) = 1"
        " ORDER BY cycle_start DESC, length(key_result_id), key_result_id"
    )
    for row in tables.rows(query):
        more = ", ".join(_said(row["team"], row["cycle_id"]))
        key = row["key_result_id"]
        hit = Hit("Key Result", key, key, _text(row["statement"]), more, row["cycle_id"])
        yield _entry(hit, [key], row["objective"], row["owner"], *_said(row["objective_id"]))


def _objectives(tables: Snapshot) -> Iterator[_Entry]:
    query = (
        "SELECT objective_id, cycle_id, title, level, team FROM objectives"
        " ORDER BY length(objective_id), objective_id, cycle_id"
    )
    for row in tables.rows(query):
        key = row["objective_id"]
        more = ", ".join(_said(row["team"] or row["level"], row["cycle_id"]))
        yield _entry(Hit("Objective", key, key, _text(row["title"]), more, row["cycle_id"]), [key])


def _initiatives(tables: Snapshot) -> Iterator[_Entry]:
    query = (
        "SELECT initiative_id, initiative, title, team, owner, status FROM initiatives"
        " ORDER BY length(initiative), initiative"
    )
    for row in tables.rows(query):
        one, key = row["initiative_id"], row["initiative"]
        title = titled(key, row["title"])
        hit = Hit("initiative", one, "", title, ", ".join(_said(row["team"], row["status"])))
        yield _entry(hit, [one, key], row["owner"])


def _teams(tables: Snapshot) -> Iterator[_Entry]:
    query = (
        "SELECT DISTINCT team FROM (SELECT unnest(teams) AS team FROM key_results"
        " UNION ALL SELECT team FROM key_results UNION ALL SELECT subject FROM rollups"
        " WHERE level = 'team') WHERE team IS NOT NULL ORDER BY team"
    )
    for row in tables.rows(query):
        yield _entry(Hit("team", row["team"], "", row["team"], ""), [row["team"]])


def _entry(hit: Hit, keys: Iterable[str], *more: Any) -> _Entry:
    folded = frozenset(filter(None, map(searched, keys)))
    title = searched(f"{hit.key} {hit.title}")
    text = searched(" ".join(_said(hit.key, *keys, hit.title, hit.more, *more)))
    return _Entry(hit, folded, title, text)


def _said(*values: Any) -> list[str]:
    return [str(value) for value in values if not absent(value) and str(value)]


def _text(value: Any) -> str:
    return "" if absent(value) else str(value)
