"""Finding what is published by its key or by words in it.

What belongs here: what can be found, and in which order; not by owner, as what is found is counted.
What does not: searching one table's texts
(``table_query``), addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from okr_model.entities.initiatives import titled
from okr_model.languages.folding import searched
from published.formatting import absent
from published.snapshot import Snapshot

KINDS = ("Key Result", "Objective", "initiative", "team", "finding")
MOST = 20
"""Hits of a kind that are told one by one."""
_MOST_WORDS = 10
_LONGEST = 200
_TOGETHER = 1_000  # entries that are objects at once
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("kind", "id", "key", "title", "more", "cycle")),
        # Folded; what is searched is in one of these, and in no other.
        ("keys", pa.string()),  # each between line ends
        ("folded_title", pa.string()),
        ("rest", pa.string()),
    ]
)
_FOLDED = ("keys", "folded_title", "rest")
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


def find(tables: Snapshot, typed: str) -> Found:
    """What has all the words that were typed, whatever their case and accents."""
    wanted = searched(typed[:_LONGEST])
    words = wanted.split()[:_MOST_WORDS]
    if not words:
        return Found(None, {}, {})
    index = tables.once("search", lambda: _index(tables))
    has_all = np.logical_and.reduce([_has(index, word, _FOLDED) for word in words])
    places = np.flatnonzero(has_all)
    with_all = index.select(["kind", "keys", "folded_title"]).filter(pa.array(has_all))
    ranks, kinds = _ranks(with_all, wanted, words), with_all["kind"].to_numpy()
    hits, numbers = {}, {}
    for kind in KINDS:
        of_kind = np.flatnonzero(kinds == kind)
        if len(of_kind):
            best = of_kind[np.argsort(ranks[of_kind], kind="stable")[:MOST]]
            hits[kind], numbers[kind] = _hits(index, places[best]), len(of_kind)
    exact = _hits(index, places[ranks == 0])
    is_one = len({(one.kind, one.id) for one in exact}) == 1  # an Objective has several cycles
    return Found(exact[-1] if is_one else None, hits, numbers)


def _has(index: pa.Table, text: str, columns: Sequence[str]) -> NDArray[np.bool_]:
    """Which entries have a text in one of some columns."""
    columns_with = [pc.match_substring(index[name], text).to_numpy() for name in columns]
    found: NDArray[np.bool_] = np.logical_or.reduce(columns_with)
    return found


def _ranks(index: pa.Table, wanted: str, words: Sequence[str]) -> NDArray[np.intp]:
    """0 for the key itself, 1 for its beginning, 2 for words of the title, 3 for the rest."""
    titled = np.logical_and.reduce([_has(index, word, ["folded_title"]) for word in words])
    is_key, begins = (_has(index, f"\n{wanted}{end}", ["keys"]) for end in ("\n", ""))
    return np.select([is_key, begins, titled], [0, 1, 2], 3)


def _hits(index: pa.Table, places: NDArray[np.intp]) -> list[Hit]:
    chosen = np.zeros(index.num_rows, dtype=bool)
    chosen[places] = True
    rows = index.select([field.name for field in fields(Hit)]).filter(pa.array(chosen)).to_pylist()
    by_place = dict(zip(np.flatnonzero(chosen).tolist(), rows, strict=True))
    return [Hit(**by_place[place]) for place in places.tolist()]


def _index(tables: Snapshot) -> pa.Table:
    """All that can be found, in columns: of tens of thousands, objects would fill memory.

    It stays in its parts, since putting them together takes as much again.
    """
    entries, parts = _entries(tables), []
    while part := list(islice(entries, _TOGETHER)):
        parts.append(pa.Table.from_pylist(part, _SCHEMA))
    return pa.concat_tables(parts) if parts else _SCHEMA.empty_table()


def _entries(tables: Snapshot) -> Iterator[dict[str, Any]]:
    yield from _key_results(tables)
    yield from _objectives(tables)
    yield from _initiatives(tables)
    yield from _teams(tables)
    for row in tables.each(_FINDINGS):
        hit = Hit("finding", row["finding_id"], "", str(row["sentence"]), str(row["rule"]))
        yield _entry(hit, [], row["subject_id"], row["evidence"])


def _key_results(tables: Snapshot) -> Iterator[dict[str, Any]]:
    """Each once, of its latest cycle; those of the latest cycle first."""
    query = (
        "SELECT key_result_id, cycle_id, statement, team, objective_id, objective"
        " FROM key_results"
        " QUALIFY row_number() OVER (PARTITION BY key_result_id ORDER BY cycle_start DESC) = 1"
        " ORDER BY cycle_start DESC, length(key_result_id), key_result_id"
    )
    for row in tables.each(query):
        more = ", ".join(_said(row["team"], row["cycle_id"]))
        key = row["key_result_id"]
        hit = Hit("Key Result", key, key, _text(row["statement"]), more, row["cycle_id"])
        yield _entry(hit, [key], row["objective"], *_said(row["objective_id"]))


def _objectives(tables: Snapshot) -> Iterator[dict[str, Any]]:
    query = (
        "SELECT objective_id, cycle_id, title, level, team FROM objectives"
        " ORDER BY length(objective_id), objective_id, cycle_id"
    )
    for row in tables.each(query):
        key = row["objective_id"]
        more = ", ".join(_said(row["team"] or row["level"], row["cycle_id"]))
        yield _entry(Hit("Objective", key, key, _text(row["title"]), more, row["cycle_id"]), [key])


def _initiatives(tables: Snapshot) -> Iterator[dict[str, Any]]:
    query = (
        "SELECT initiative_id, initiative, title, team, status FROM initiatives"
        " ORDER BY length(initiative), initiative"
    )
    for row in tables.each(query):
        one, key = row["initiative_id"], row["initiative"]
        title = titled(key, row["title"])
        hit = Hit("initiative", one, "", title, ", ".join(_said(row["team"], row["status"])))
        yield _entry(hit, [one, key])


def _teams(tables: Snapshot) -> Iterator[dict[str, Any]]:
    query = (
        "SELECT DISTINCT team FROM (SELECT unnest(teams) AS team FROM key_results"
        " UNION ALL SELECT team FROM key_results UNION ALL SELECT subject FROM rollups"
        " WHERE level = 'team') WHERE team IS NOT NULL ORDER BY team"
    )
    for row in tables.each(query):
        yield _entry(Hit("team", row["team"], "", row["team"], ""), [row["team"]])


def _entry(hit: Hit, keys: Iterable[str], *more: Any) -> dict[str, Any]:
    """A row of the index: a hit, and what is searched of it."""
    told = {field.name: getattr(hit, field.name) for field in fields(Hit)}
    folded = "".join(f"\n{key}" for key in map(searched, keys) if key)
    return told | {
        "keys": f"{folded}\n",
        "folded_title": searched(f"{hit.key} {hit.title}"),
        "rest": searched(" ".join(_said(hit.more, *more))),
    }


def _said(*values: Any) -> list[str]:
    return [str(value) for value in values if not absent(value) and str(value)]


def _text(value: Any) -> str:
    return "" if absent(value) else str(value)
