"""The ids that Key Results and Objectives had before: told in the settings, or keys in Jira.

What belongs here: which former id is which present one. What does not: following it
(:func:`okr_model.links.claims.current_key`).
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from okr_model.languages.folding import same_id
from okr_model.links.references import compile_key_pattern
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.project import Project

_KEY = "key"


def known_aliases(
    project: Project, connection: duckdb.DuckDBPyConnection | None = None
) -> dict[str, str]:
    """Former id -> the one that took its place.

    These are ``links: aliases:`` of the settings; and, for Objectives and Key Results whose id is
    their key in Jira, the keys that an issue had before it was moved, because Jira opens the issue
    under these, too. The settings go first: what they tell of an id is not overruled.
    """
    told = project.settings.links.aliases
    return with_moves(told, _moved(project, connection or connect()))


def with_moves(told: Mapping[str, str], moved: Mapping[str, str]) -> dict[str, str]:
    """What is told and, as far as that does not contradict it, what was moved.

    An issue that was moved back after its new key had been told would lead round in a circle.
    """
    known = dict(told)
    now = {same_id(old): same_id(new) for old, new in told.items()}
    for old, new in moved.items():
        if same_id(old) not in now and same_id(old) not in _ahead(same_id(new), now):
            known[old], now[same_id(old)] = new, same_id(new)
    return known


def _ahead(name: str, now: Mapping[str, str]) -> set[str]:
    """The id and all that it became since; ``now`` leads in no circle, so this ends."""
    passed = {name}
    while name in now:
        name = now[name]
        passed.add(name)
    return passed


def _moved(project: Project, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Each former key and the present one, which is nobody's former key.

    Which issues are Key Results is told by the shape of their keys alone: to select them would cost
    more than all else here, and the keys of other issues name no Key Result.
    """
    datasets = project.settings.datasets_from("jira", "objectives", "key_results")
    if all(dataset.fields.get("id") != _KEY for dataset in datasets):
        return {}
    lake = project.lake_as_of
    query = f"""
        SELECT DISTINCT from_text AS old, key AS new
        FROM {lake.scan("jira_changes")} JOIN {lake.scan("jira_issues")} AS issues
            ON issues.id = issue_id
        WHERE field = 'Key' AND NOT issues.deleted
            AND from_text NOT IN (SELECT key FROM {lake.scan("jira_issues")} WHERE NOT deleted)
        ORDER BY old, new
    """  # noqa: S608 - the lake names its files
    pattern = compile_key_pattern(project.settings.links.key_pattern)
    rows = arrow(connection, query).to_pylist()
    return {row["old"]: row["new"] for row in rows if pattern.fullmatch(row["new"])}
