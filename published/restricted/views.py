"""Views of the published tables in which nothing hidden occurs.

What belongs here: the SQL of each table's view. What does not: what is hidden (``subjects``),
figures that are computed again (``figures``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from okr_model.tables import BY_NAME
from published.restricted.mentions import Mentions
from published.restricted.subjects import Ask, Subjects, quoted

Columns = Mapping[str, str]
"""Name -> type of DuckDB."""

_PLAIN = {
    *("cycle_id", "run_id", "source", "restated_by", "objective_id", "parent_id"),
    *("inputs", "code", "settings"),
    *("key_result_id", "initiative_id", "kpi_id"),  # rows of hidden ones are left out
}
_AT_ONCE = 6  # columns that are looked through in one query, each of which takes memory
_SERVED = "key_result_id <> '' AND state = 'active'"


def view(table: str, columns: Columns, whole: str, subjects: Subjects, ask: Ask) -> str:
    """The query that shows ``table`` without what is hidden.

    Args:
        table: Its name.
        columns: Its columns.
        whole: The schema of the whole tables.
        subjects: What is hidden.
        ask: Asks the whole tables: texts that mention nothing hidden need no second look later.
    """
    mentions = Mentions(subjects)
    conditions = " AND ".join(_conditions(table, columns, whole, subjects, mentions)) or "true"
    touched = _touched(columns, f'{whole}."{table}" AS t WHERE {conditions}', table, mentions, ask)
    own = _OWN[table](whole, subjects, mentions) if table in _OWN else {}
    shown = [
        f'{own[name] if name in own else _shown(table, name, kind, mentions, touched)} AS "{name}"'
        for name, kind in columns.items()
    ]
    keys = [f't."{name}"' for name in _keys(table) if name in touched]
    where = f"{conditions} AND NOT {mentions.within(keys)}" if keys else conditions
    return f'SELECT {", ".join(shown)} FROM {whole}."{table}" AS t WHERE {where}'  # noqa: S608 - our own names; values are quoted


def _touched(columns: Columns, rows: str, table: str, mentions: Mentions, ask: Ask) -> set[str]:
    """The columns of which a text mentions something hidden, in the rows that are left."""
    each = {
        name: f'unnest(t."{name}")' if kind == "VARCHAR[]" else f't."{name}"'
        for name, kind in columns.items()
        if kind in ("VARCHAR", "VARCHAR[]") and name not in _PLAIN and not _is_fixed(table, name)
    }
    if table == "findings":  # one that mentions anything is left out as a whole
        each = {name: text for name, text in each.items() if name.startswith("acknowledge")}
    found: set[str] = set()
    parts = [*each.items()]
    for first in range(0, len(parts), _AT_ONCE):
        texts = " UNION ALL ".join(
            f"SELECT '{name}' AS name, one FROM (SELECT DISTINCT {text} AS one FROM {rows})"  # noqa: S608 - our own names; values are quoted
            for name, text in parts[first : first + _AT_ONCE]
        )
        told = ask(f"SELECT DISTINCT name FROM ({texts}) WHERE {mentions.within(['one'])}")  # noqa: S608 - our own names; values are quoted
        found |= set(told["name"])
    return found


def _shown(table: str, name: str, kind: str, mentions: Mentions, touched: set[str]) -> str:
    column = f't."{name}"'
    if name not in touched or name in _keys(table):
        return column
    if kind == "VARCHAR":
        return mentions.replaced(column)
    return mentions.filtered(column) if kind == "VARCHAR[]" else column


def _keys(table: str) -> tuple[str, ...]:
    return BY_NAME[table].key if table in BY_NAME else ()


def _is_fixed(table: str, name: str) -> bool:
    known = BY_NAME[table].columns if table in BY_NAME else ()
    return any(column.name == name and column.one_of for column in known)


def _conditions(
    table: str, columns: Columns, whole: str, subjects: Subjects, mentions: Mentions
) -> Iterable[str]:
    """What a row has to meet to be shown."""
    hidden = {
        "key_result_id": subjects.key_results,
        "initiative_id": subjects.initiatives,
        "kpi_id": subjects.kpis,
    }
    for name, ids in hidden.items():
        if name in columns:
            yield _is_none_of(f't."{name}"', ids)
    more = _MORE.get(table)
    if more is not None:
        yield more(whole, subjects, mentions)


def _is_none_of(column: str, ids: list[str]) -> str:
    return f"coalesce({column} NOT IN {quoted(ids)}, true)" if ids else "true"


def _findings(_: str, subjects: Subjects, mentions: Mentions) -> str:
    about = [
        *subjects.key_results,
        *subjects.objectives,
        *subjects.initiatives,
        *subjects.kpis,
        *subjects.words,
        *subjects.records,
    ]
    teams = f"(subject_type <> 'team' OR {_is_none_of('subject_id', subjects.teams)})"
    waves = _of_a_wave_that_is_seen("", subjects, ["subject_id", "sentence", "evidence"])
    texts = mentions.within(["subject_id", "sentence", "evidence", "url"])
    own = f"{_is_none_of('subject_id', about)} AND {_is_none_of('url', subjects.records)}"
    parent = _is_none_of("evidence", subjects.objectives)
    levels = _of_no_level("subject_type", subjects)
    return f"{own} AND {parent} AND {levels} AND {teams} AND {waves} AND NOT {texts}"


def _decisions(whole: str, subjects: Subjects, mentions: Mentions) -> str:
    """Those about a finding go with it, and what takes a hidden one back goes with that."""
    right, wrong = (
        f"{_is_none_of(f'd.{name}', subjects.key_results)}"
        for name in ("key_result_id", "wrong_key_result_id")
    )
    # A file of an earlier version lacks the columns.
    wave, wave_first = (
        _is_none_of(f"(to_json({rows}) ->> 'wave')", subjects.waves) for rows in ("t", "d")
    )
    first, own = (
        _is_none_of(f"(to_json({rows}) ->> 'objective_id')", subjects.objectives)
        for rows in ("d", "t")
    )
    seen = (
        f"SELECT decision_id FROM {whole}.decisions AS d"  # noqa: S608 - our own names; values are quoted
        f" WHERE {right} AND {wrong} AND {first} AND {wave_first}"
    )
    about = [*subjects.key_results, *subjects.objectives, *subjects.initiatives, *subjects.kpis]
    finding = _is_none_of("t.finding_subject", [*about, *subjects.words, *subjects.records])
    team = _is_none_of("t.finding_subject", subjects.teams)
    said = mentions.within(["t.finding_subject", "t.finding_said"])
    return (
        f"{_is_none_of('t.wrong_key_result_id', subjects.key_results)}"
        f" AND (t.undoes IS NULL OR t.undoes IN ({seen}))"
        f" AND {finding} AND (coalesce(t.finding_subject_type, '') <> 'team' OR {team})"
        f" AND {_of_a_wave_that_is_seen('t.finding_', subjects, ['t.finding_said'])}"
        f" AND {_of_no_level('t.finding_subject_type', subjects)}"
        f" AND NOT {said} AND {own} AND {wave}"
    )


def _of_a_wave_that_is_seen(prefix: str, subjects: Subjects, texts: list[str]) -> str:
    """What is told of a wave names others: the next one, which has to wait."""
    if not subjects.waves:
        return "true"
    kind, name = f"coalesce({prefix}subject_type, '')", f"{prefix}subject"
    name += "" if prefix else "_id"
    named = Mentions.of_waves(subjects).within(texts)
    return f"({kind} <> 'wave' OR ({_is_none_of(name, subjects.waves)} AND NOT {named}))"


def _of_no_level(kind: str, subjects: Subjects) -> str:
    """What is told of a whole level counts and names hidden ones, so it goes as a whole."""
    hides = subjects.objectives or subjects.key_results
    return f"coalesce({kind}, '') <> 'level'" if hides else "true"


def _trials(whole: str, subjects: Subjects, _: Mentions) -> str:
    """How many were right is told of the whole trial, so it goes as a whole."""
    theirs = f"key_result_id IN {quoted(subjects.key_results)}"
    return (
        f"t.initiative_id NOT IN (SELECT initiative_id FROM {whole}.suggestion_trials"  # noqa: S608 - our own names; values are quoted
        f" WHERE {theirs})"
    )


_More = Callable[[str, Subjects, Mentions], str]
_MORE: Mapping[str, _More] = {
    "findings": _findings,
    "suggestion_trials": _trials,
    "decisions": _decisions,
    "objectives": lambda _, subjects, __: _is_none_of("t.objective_id", subjects.objectives),
    "teams": lambda _, subjects, __: _is_none_of("t.team", subjects.teams),
    "new_work": lambda _, subjects, __: (
        f"NOT list_has_any(t.teams, [{quoted(subjects.teams)[1:-1]}])" if subjects.teams else "true"
    ),
    "rollout": lambda _, subjects, __: _is_none_of("t.wave", subjects.waves),
    "adoption": lambda _, subjects, __: (  # what is counted counts hidden ones, too
        f"{_is_none_of('t.cycle_id', subjects.cycles)} AND {_is_none_of('t.team', subjects.teams)}"
    ),
    "calibration": lambda _, subjects, __: (
        f"{_is_none_of('t.cycle_id', subjects.cycles)}"
        f" AND (t.part <> 'team' OR {_is_none_of('t.value', subjects.teams)})"
    ),
}


def _own_key_results(whole: str, subjects: Subjects, mentions: Mentions) -> dict[str, str]:
    left_out = (
        f"SELECT count(*) FROM {whole}.findings AS f WHERE subject_type = 'key result'"  # noqa: S608 - our own names; values are quoted
        # A file of an earlier version lacks the column.
        " AND to_json(f) ->> 'acknowledgement' IS NULL"
        f" AND subject_id = t.key_result_id AND NOT ({_findings(whole, subjects, mentions)})"
    )
    return {"findings": f"greatest(t.findings - coalesce(({left_out}), 0), 0)"}


def _own_links(_: str, subjects: Subjects, __: Mentions) -> dict[str, str]:
    """What goes to the others tells how much does not."""
    withheld = f"CASE WHEN t.initiative_id IN {quoted(subjects.shared)} THEN NULL ELSE t.weight END"
    return {"weight": withheld if subjects.shared else "t.weight"}


def _own_initiatives(whole: str, subjects: Subjects, _: Mentions) -> dict[str, str]:
    served = (
        f"SELECT count(*) FROM {whole}.links l WHERE l.initiative_id = t.initiative_id"  # noqa: S608 - our own names; values are quoted
        f" AND {_SERVED} AND {_is_none_of('l.key_result_id', subjects.key_results)}"
    )
    return {
        "active_links": f"coalesce(({served}), 0)",
        "parent_id": _unless_hidden("t.parent_id", subjects.initiatives),
    }


def _own_initiative_weeks(_: str, subjects: Subjects, __: Mentions) -> dict[str, str]:
    """How many it served counts hidden ones, too, and is withheld."""
    shared = f"t.initiative_id IN {quoted(subjects.shared)}"
    return {
        name: f"CASE WHEN {shared} THEN NULL ELSE t.{name} END"
        for name in ("key_results", "linked")
    }


def _own_suggestions(whole: str, subjects: Subjects, mentions: Mentions) -> dict[str, str]:
    names = (
        f"SELECT initiative FROM {whole}.initiatives"  # noqa: S608 - our own names; values are quoted
        f" WHERE initiative_id IN {quoted(subjects.initiatives)}"
    )
    of = "CASE t.asked_for WHEN 'initiative' THEN t.initiative_id ELSE t.key_result_id END"
    named = mentions.replaced("t.resembles")
    return {
        "rank": f"row_number() OVER (PARTITION BY t.asked_for, {of} ORDER BY t.rank)",
        "resembles": f"CASE WHEN t.resembles IN ({names}) THEN NULL ELSE {named} END",
    }


def _own_runs(whole: str, subjects: Subjects, mentions: Mentions) -> dict[str, str]:
    """Of the last run what is seen is counted; how many an earlier one published is withheld."""
    last = f"t.run_id = (SELECT any_value(run_id) FROM {whole}.sources)"  # noqa: S608 - our own names; values are quoted
    key_results = (
        f"SELECT count(*) FROM {whole}.key_results"  # noqa: S608 - our own names; values are quoted
        f" WHERE {_is_none_of('key_result_id', subjects.key_results)}"
    )
    findings = (
        f"SELECT count(*) FROM {whole}.findings"  # noqa: S608 - our own names; values are quoted
        f" WHERE {_findings(whole, subjects, mentions)}"
    )
    return {
        "key_results": f"CASE WHEN {last} THEN ({key_results}) END",
        "findings": f"CASE WHEN {last} THEN ({findings}) END",
    }


def _unless_hidden(column: str, ids: list[str]) -> str:
    return f"CASE WHEN {column} IN {quoted(ids)} THEN NULL ELSE {column} END" if ids else column


def _own_teams(_: str, subjects: Subjects, __: Mentions) -> dict[str, str]:
    """What is counted over Key Results counts hidden ones, too, and is withheld."""
    if not subjects.key_results:
        return {}
    counts = ("key_results", *(f"check_ins_{s}" for s in ("on_time", "late", "missed")))
    withheld = dict.fromkeys((*counts, "check_ins_not_yet_due"), "NULL::BIGINT")
    return withheld | {
        "parent": _unless_hidden("t.parent", subjects.teams),
        "check_in_state": "NULL::VARCHAR",
        "next_check_in_due_on": "NULL::DATE",
    }


def _own_check_ins(_: str, subjects: Subjects, mentions: Mentions) -> dict[str, str]:
    """That a Key Result needs a hidden team goes with the team."""
    shown = {
        "depends_on": mentions.replaced("t.depends_on"),
        "dependency_confirmed": "t.dependency_confirmed",
    }
    if not subjects.teams:
        return {"depends_on": shown["depends_on"]}
    hides = f"t.depends_on IN {quoted(subjects.teams)}"
    return {name: f"CASE WHEN {hides} THEN NULL ELSE {told} END" for name, told in shown.items()}


def _own_rollout(_: str, subjects: Subjects, mentions: Mentions) -> dict[str, str]:
    """A note about a decision may name a wave."""
    if not subjects.waves:
        return {}
    return {
        "sentence": Mentions.of_waves(subjects).replaced(f"({mentions.replaced('t.sentence')})")
    }


def _own_decisions(_: str, subjects: Subjects, mentions: Mentions) -> dict[str, str]:
    """So may the reason of one about another wave."""
    if not subjects.waves:
        return {}
    # A file of an earlier version lacks the column.
    of_a_wave = "t.finding_subject_type = 'wave' OR (to_json(t) ->> 'wave') IS NOT NULL"
    own = f"({mentions.replaced('t.why')})"
    named = Mentions.of_waves(subjects).replaced(own)
    return {"why": f"CASE WHEN {of_a_wave} THEN {named} ELSE {own} END"}


def _own_findings(_: str, subjects: Subjects, mentions: Mentions) -> dict[str, str]:
    """And why somebody acknowledged what is found about another wave."""
    if not subjects.waves:
        return {}
    own = f"({mentions.replaced('t.acknowledged_why')})"
    named = Mentions.of_waves(subjects).replaced(own)
    told = f"CASE WHEN t.subject_type = 'wave' THEN {named} ELSE {own} END"
    return {"acknowledged_why": told}


def _own_objectives(whole: str, subjects: Subjects, _: Mentions) -> dict[str, str]:
    """Whether its Key Results lead or lag tells of hidden ones, too, and is withheld."""
    having = (
        f"SELECT objective_id FROM {whole}.key_results"  # noqa: S608 - our own names; values are quoted
        f" WHERE objective_id IS NOT NULL AND key_result_id IN {quoted(subjects.key_results)}"
    )
    return {
        "parent_id": _unless_hidden("t.parent_id", subjects.objectives),
        "indicators": f"CASE WHEN t.objective_id IN ({having}) THEN NULL ELSE t.indicators END",
    }


_OWN: Mapping[str, Callable[[str, Subjects, Mentions], dict[str, str]]] = {
    "key_results": _own_key_results,
    "links": _own_links,
    "link_history": _own_links,
    "initiatives": _own_initiatives,
    "initiative_weeks": _own_initiative_weeks,
    "suggestions": _own_suggestions,
    "runs": _own_runs,
    "teams": _own_teams,
    "check_ins": _own_check_ins,
    "objectives": _own_objectives,
    "rollout": _own_rollout,
    "decisions": _own_decisions,
    "findings": _own_findings,
}
