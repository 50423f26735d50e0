"""What the published tables hold of hidden Key Results: ids, Objectives, work, records, words.

What belongs here: finding all that. What does not: leaving it out (``views``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from okr_model.languages.folding import same_id
from okr_model.quantities.teams import by_team
from published.restricted.rights import Hidden

Ask = Callable[[str], pd.DataFrame]
"""Runs a query on all published tables of a run."""

_DEFINING = ("key_results", "key_results_daily", "key_results_restated")
_OF_KEY_RESULTS = (*_DEFINING, "check_ins", "measurements")
_LEAST = 12  # characters of a statement: a shorter one is a word like any other


@dataclass(frozen=True, slots=True)
class Subjects:
    """What is hidden, spelled as the tables spell it.

    Attributes:
        key_results: Ids of Key Results, in every spelling.
        objectives: Ids of Objectives whose Key Results are all hidden, or that a hidden team has.
        initiatives: Ids of initiatives that serve hidden Key Results and no other, or that a hidden
            team has and that serve none.
        shared: Ids of initiatives that serve hidden and other Key Results.
        teams: Names of hidden teams, in every spelling.
        kpis: Ids of KPIs that hidden teams watch.
        cycles: Ids of the cycles of hidden Key Results.
        waves: Names of the waves of a roll-out in which a hidden team is, or one that has hidden
            Key Results: what is told of a wave counts them.
        ids: What may stand for one within a text: present and former ids.
        words: Texts that nothing else has: statements, records and addresses of Key Results and
            Objectives.
        records: Records and addresses, likewise, of readings, check-ins and work.
    """

    key_results: list[str]
    objectives: list[str]
    initiatives: list[str]
    shared: list[str]
    teams: list[str]
    kpis: list[str]
    cycles: list[str]
    waves: list[str]
    ids: list[str]
    words: list[str]
    records: list[str]


def subjects_of(hidden: Hidden, ask: Ask, tables: set[str]) -> Subjects:
    """Find what is hidden.

    Args:
        hidden: The rights.
        ask: Asks the whole tables.
        tables: Those that there are.
    """
    named, teams = _key_results(hidden, ask, tables), _teams(hidden, ask, tables)
    gone = set(named)
    objectives = _objectives(ask, gone, teams)
    initiatives, shared = _initiatives(ask, tables, gone, teams)
    kpis = _texts(ask, "kpis", "kpi_id", f"team IN {quoted(teams)}")
    cycles = _texts(ask, "key_results", "cycle_id", f"key_result_id IN {quoted(named)}")
    former = [old for old, _ in hidden.former if old in _folded_ids(hidden, named)]
    words = _words(ask, tables, named, objectives)
    records = _records(ask, named, initiatives)
    ids = sorted({*named, *hidden.key_results, *former})
    waves = _waves(hidden, ask, tables, named)
    return Subjects(
        named, objectives, initiatives, shared, teams, kpis, cycles, waves, ids, words, records
    )


def quoted(texts: Iterable[str]) -> str:
    """A list of SQL; of nothing, one that nothing is in."""
    return f"({', '.join(map(literal, texts)) or 'NULL'})"


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _texts(ask: Ask, table: str, column: str, where: str) -> list[str]:
    query = f"SELECT DISTINCT {column} AS t FROM {table} WHERE coalesce({where}, false)"  # noqa: S608 - our own names; values are quoted
    return sorted(map(str, ask(query)["t"].dropna()))


def _key_results(hidden: Hidden, ask: Ask, tables: set[str]) -> list[str]:
    """Every spelling of the ids of Key Results that are named, or that a hidden team ever had."""
    gone = set(hidden.key_results)
    for table in _DEFINING:
        if table in tables:
            rows = ask(f"SELECT DISTINCT key_result_id, team, teams FROM {table}")  # noqa: S608 - our own names; values are quoted
            for key, team, of in rows.itertuples(index=False):
                names = [
                    team,
                    *(of if isinstance(of, Iterable) and not isinstance(of, str) else ()),
                ]
                if hidden.teams & {same_id(name) for name in names if isinstance(name, str)}:
                    gone.add(same_id(key))
    gone |= _folded_ids(hidden, gone)
    spelled: set[str] = set()
    for table in (*_OF_KEY_RESULTS, "links", "link_history", "suggestions", "changes", "decisions"):
        if table in tables:
            keys = ask(f"SELECT DISTINCT key_result_id AS t FROM {table}")["t"].dropna()  # noqa: S608 - our own names; values are quoted
            spelled |= {key for key in keys if same_id(key) in gone}
    return sorted(spelled)


def _folded_ids(hidden: Hidden, keys: Iterable[str]) -> set[str]:
    """``keys`` and the ids that lead to them or that they lead to, folded."""
    found = {same_id(key) for key in keys}
    while more := {
        one for pair in hidden.former if found & set(pair) for one in pair if one not in found
    }:
        found |= more
    return found


def _teams(hidden: Hidden, ask: Ask, tables: set[str]) -> list[str]:
    found: set[str] = set()
    for table in {*_DEFINING, "objectives", "initiatives", "kpis"} & tables:
        found |= set(_texts(ask, table, "team", "true"))
    if "check_ins" in tables:
        # A file of an earlier version lacks the column.
        found |= set(_texts(ask, "check_ins", "(to_json(check_ins) ->> 'depends_on')", "true"))
    if "rollups" in tables:
        found |= set(_texts(ask, "rollups", "subject", "level = 'team'"))
    return sorted(name for name in found if same_id(name) in hidden.teams)


def _waves(hidden: Hidden, ask: Ask, tables: set[str], named: list[str]) -> list[str]:
    if "rollout" not in tables:  # a file of an earlier version
        return []
    theirs = ask(f"SELECT team, teams FROM key_results WHERE key_result_id IN {quoted(named)}")  # noqa: S608 - our own names; values are quoted
    touched = hidden.teams | {same_id(name) for name in by_team(theirs)["team"]}
    rows = ask("SELECT DISTINCT wave, unnest(teams) AS team FROM rollout")
    return sorted(set(rows["wave"][rows["team"].map(same_id).isin(touched)]))


def _objectives(ask: Ask, gone: set[str], teams: list[str]) -> list[str]:
    rows = ask(
        "SELECT DISTINCT objective_id, key_result_id FROM key_results_daily"
        " WHERE objective_id IS NOT NULL"
        " UNION SELECT objective_id, key_result_id FROM key_results WHERE objective_id IS NOT NULL"
    )
    seen = set(rows[~rows["key_result_id"].isin(gone)]["objective_id"])
    having = set(rows[rows["key_result_id"].isin(gone)]["objective_id"])
    own = set(_texts(ask, "objectives", "objective_id", f"team IN {quoted(teams)}"))
    return sorted((having | own) - seen)


def _initiatives(
    ask: Ask, tables: set[str], gone: set[str], teams: list[str]
) -> tuple[list[str], list[str]]:
    served: list[pd.DataFrame] = [
        ask(f"SELECT DISTINCT initiative_id, key_result_id FROM {table} WHERE key_result_id <> ''")  # noqa: S608 - our own names; values are quoted
        for table in ("links", "link_history")
        if table in tables
    ]
    rows = pd.concat(served, ignore_index=True)
    is_gone = rows["key_result_id"].isin(gone)
    hiding, showing = (set(rows[which]["initiative_id"]) for which in (is_gone, ~is_gone))
    own = set(_texts(ask, "initiatives", "initiative_id", f"team IN {quoted(teams)}"))
    return sorted((hiding | own) - showing), sorted(hiding & showing)


def _words(ask: Ask, tables: set[str], named: list[str], objectives: list[str]) -> list[str]:
    """Statements, records and addresses of Key Results and Objectives that are theirs alone."""
    theirs = f"key_result_id IN {quoted(named)}"
    places = [(table, theirs) for table in _DEFINING if table in tables]
    places.append(("objectives", f"objective_id IN {quoted(objectives)}"))
    records = _theirs_alone(ask, places, ("record_id", "url"))
    said = _theirs_alone(ask, places[:-1], ("statement",))
    said |= _theirs_alone(ask, places[-1:], ("title",))
    return sorted(records | {text for text in said if len(text.strip()) >= _LEAST})


def _records(ask: Ask, named: list[str], initiatives: list[str]) -> list[str]:
    """Records and addresses of readings, check-ins and work that are theirs alone."""
    theirs = f"key_result_id IN {quoted(named)}"
    places = [(table, theirs) for table in ("check_ins", "measurements")]
    places.append(("initiatives", f"initiative_id IN {quoted(initiatives)}"))
    return sorted(_theirs_alone(ask, places, ("record_id", "url")))


def _theirs_alone(ask: Ask, places: list[tuple[str, str]], columns: tuple[str, ...]) -> set[str]:
    """The texts of hidden rows that no other row has: one sheet may hold others, too."""
    mine: set[str] = set()
    others: set[str] = set()
    for table, where in places:
        for column in columns:
            mine |= set(_texts(ask, table, column, where))
            others |= set(_texts(ask, table, column, f"NOT coalesce({where}, false)"))
    return mine - others
