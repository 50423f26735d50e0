"""The ids that Key Results and Objectives had before: told in the settings, or keys in Jira.

What belongs here: which former id is which present one, of initiatives in Jira too, and which of
these no text can name. What does not: following it (:func:`okr_model.links.claims.current_key`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import same_id, same_ids
from okr_model.links.claims import current_key
from okr_model.links.references import canonical_key, compile_key_pattern
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.tables import Lake
from pipelines.project import Project
from pipelines.settings import Dataset

_KEY = "key"


def known_aliases(
    project: Project, connection: duckdb.DuckDBPyConnection | None = None
) -> dict[str, str]:
    """Former id -> the one that took its place.

    These are ``links: aliases:`` of the settings; and, for Objectives and Key Results whose id is
    their key in Jira, the keys that an issue had before it was moved, because Jira opens the issue
    under these, too. The settings go first: what they tell of an id is not overruled. They are the
    same for a past day; :mod:`okr_model.entities.identity.former_ids` tells what holds on it.
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


def moved_issues(lake: Lake, connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """``old, new, issue_id`` of each key that an issue had before it was moved.

    A key that is in use again is nobody's former one.
    """
    query = f"""
        SELECT DISTINCT from_text AS old, key AS new, issue_id
        FROM {lake.scan("jira_changes")} JOIN {lake.scan("jira_issues")} AS issues
            ON issues.id = issue_id
        WHERE field = 'Key' AND NOT issues.deleted
            AND from_text NOT IN (SELECT key FROM {lake.scan("jira_issues")} WHERE NOT deleted)
        ORDER BY old, new
    """  # noqa: S608 - the lake names its files
    rows: list[dict[str, Any]] = arrow(connection, query).to_pylist()
    return rows


def former_names(
    lake: Lake, connection: duckdb.DuckDBPyConnection, initiatives: pd.DataFrame
) -> dict[str, str]:
    """The keys that initiatives in Jira had before they were moved, and whose they were.

    Args:
        lake: The lake to read.
        connection: The connection to read it with.
        initiatives: ``initiative_id``.
    """
    ids = set(initiatives["initiative_id"])
    if not any(id_.startswith("jira:") for id_ in ids):
        return {}
    moved = {row["old"]: f"jira:{row['issue_id']}" for row in moved_issues(lake, connection)}
    return {old: initiative for old, initiative in moved.items() if initiative in ids}


def unrecognized_ids(
    key_results: pd.DataFrame, aliases: Mapping[str, str], key_pattern: str
) -> list[Finding]:
    """A finding for each Key Result that ``key_pattern`` found by a former id, and finds no more.

    Args:
        key_results: ``key_result_id, url``.
        aliases: From :func:`known_aliases`.
        key_pattern: That of the settings.
    """
    fits = compile_key_pattern(key_pattern).fullmatch
    now = {same_id(current_key(canonical_key(old), aliases)): old for old in aliases if fits(old)}
    ids = same_ids(key_results["key_result_id"])
    urls = key_results.reindex(columns=["url"])["url"]
    return [
        _unrecognized(now[same], id_, url if isinstance(url, str) else None, key_pattern)
        for same, id_, url in zip(ids, key_results["key_result_id"], urls, strict=True)
        if same in now and not fits(id_)
    ]


def _unrecognized(old: str, new: str, url: str | None, key_pattern: str) -> Finding:
    return Finding(
        rule=Rule.UNRECOGNIZED_ID,
        severity="warning",
        subject_type="key result",
        subject_id=new,
        sentence=(
            f"{old} is {new} now, which links: key_pattern does not fit. Texts and fields that name"
            f" {old} are followed, those that name {new} are not recognized. Write key_pattern:"
            f" '{key_pattern}|{new}'."
        ),
        evidence=key_pattern,
        url=url,
    )


def _moved(project: Project, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Each former key and the present one, which is nobody's former key."""
    if not _known_by_key(project, "objectives", "key_results"):
        return {}
    rows = moved_issues(project.lake, connection)
    fits = compile_key_pattern(project.settings.links.key_pattern).fullmatch
    declared = _declared(project, connection, [row for row in rows if not fits(row["new"])])
    return {
        row["old"]: row["new"] for row in rows if fits(row["new"]) or row["issue_id"] in declared
    }


def _declared(
    project: Project, connection: duckdb.DuckDBPyConnection, doubtful: list[dict[str, Any]]
) -> set[str]:
    """The issues that a dataset selects, asked only of moves to a key that fits no pattern.

    To select them costs more than all else here. A key that fits needs none of it, as the keys of
    other issues name no Key Result; nor does an issue no key of which ever was a Key Result's.
    """
    from pipelines.datasets.records import record_ids  # loads the sources, which the page is not to

    fits = compile_key_pattern(project.settings.links.key_pattern).fullmatch
    datasets = _known_by_key(project, "objectives") if doubtful else []
    if any(fits(row["old"]) for row in doubtful):
        datasets += _known_by_key(project, "key_results")
    return {id_ for one in datasets for id_ in record_ids(project.lake, connection, one)}


def _known_by_key(project: Project, *holds: str) -> list[Dataset]:
    """The datasets that hold these, where their id is their key in Jira."""
    datasets = project.settings.datasets_from("jira", *holds)
    return [dataset for dataset in datasets if dataset.fields.get("id") == _KEY]
