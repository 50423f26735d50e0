"""Initiatives enriched from the lake: parents from Jira's hierarchy, and texts.

What belongs here: reading what the model needs about initiatives beyond their mapped fields. What
does not: the mapped fields themselves (``cells``) and links (``claims``, ``link_tables``).
"""

from __future__ import annotations

import duckdb
import pandas as pd

from okr_model.activity.issue_names import listed
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import same_id
from okr_model.links.vocabulary import MAX_DEPTH
from pipelines.datasets.issue_names import issue_names
from pipelines.lake.duckdb_session import arrow
from pipelines.project import Project

_MOST_CHILDREN = 200  # whose titles are part of an initiative's text


def with_jira_parents(
    project: Project, connection: duckdb.DuckDBPyConnection, initiatives: pd.DataFrame
) -> pd.DataFrame:
    """Fill ``parent_id`` of Jira initiatives with the nearest ancestor that is an initiative."""
    wanted = initiatives[initiatives["source"] == "jira"]
    connection.register("wanted", wanted[["initiative_id", "record_id"]])
    rows = arrow(
        connection,
        f"""
        WITH RECURSIVE tree AS MATERIALIZED (
            SELECT id, parent_id FROM {project.lake_as_of.scan("jira_issues")} WHERE NOT deleted
        ), climb AS (
            SELECT initiative_id, parent_id AS above, 1 AS depth
            FROM wanted JOIN tree ON id = record_id WHERE parent_id IS NOT NULL
            UNION ALL
            SELECT initiative_id, parent_id, depth + 1
            FROM climb JOIN tree ON id = above
            WHERE depth < {MAX_DEPTH} AND parent_id IS NOT NULL
              AND above NOT IN (SELECT record_id FROM wanted)
        )
        SELECT c.initiative_id, w.initiative_id AS parent_id
        FROM climb c JOIN wanted w ON w.record_id = c.above
        """,  # noqa: S608 - the lake's own file names
    )
    connection.unregister("wanted")
    above = dict(zip(rows["initiative_id"].to_pylist(), rows["parent_id"].to_pylist(), strict=True))
    found = initiatives["initiative_id"].map(above).astype("object")
    return initiatives.assign(parent_id=initiatives["parent_id"].astype("object").fillna(found))


def with_status_words(
    project: Project, connection: duckdb.DuckDBPyConnection, initiatives: pd.DataFrame
) -> tuple[pd.DataFrame, list[Finding]]:
    """Add ``status_words``: what ``signals: blocked_statuses`` may call each status.

    Returns:
        The initiatives, and a finding for each word that the settings state there and that no
        initiative's status and no status of Jira has or had.
    """
    names = issue_names(project.lake_as_of, ["status"])
    of_jira = names.words("status")
    pairs = zip(initiatives["source"], initiatives["status_id"], initiatives["status"], strict=True)
    words = [
        (of_jira.get(id_) if source == "jira" else None) or [same_id(status), id_]
        if isinstance(id_, str) and isinstance(status, str)
        else None
        for source, id_, status in pairs
    ]
    column = pd.Series(words, index=initiatives.index, dtype="object")
    signals = project.settings.signals
    stated = signals.blocked_statuses if "blocked_statuses" in signals.model_fields_set else ()
    statuses = sorted({*initiatives["status"].dropna(), *names.names("status")}, key=same_id)
    known = {same_id(status) for status in statuses}
    known |= {word for each in words if each for word in each}
    unknown = [
        word for word in stated if same_id(word) not in known and names.unknown("status", [word])
    ]
    found = [_unknown_status(word, statuses) for word in unknown] if len(initiatives) else []
    return initiatives.assign(status_words=column), found


def _unknown_status(word: str, statuses: list[str]) -> Finding:
    return Finding(
        rule=Rule.UNKNOWN_NAME,
        severity="info",
        subject_type="source",
        subject_id="signals: blocked_statuses",
        sentence=f"signals: blocked_statuses names “{word}”, but no work was ever in it;"
        f" {listed(statuses)}. Correct it, or remove it.",
        evidence=word,
    )


def initiative_texts(
    project: Project, connection: duckdb.DuckDBPyConnection, initiatives: pd.DataFrame
) -> dict[str, str]:
    """For each initiative, the texts of its record and the titles of its direct children.

    Rows of sheets and files have no text besides their title.
    """
    lake = project.lake_as_of
    connection.register("wanted", initiatives[["initiative_id", "source", "record_id"]])
    own_text = """array_to_string(list_transform(
        list_filter(texts, lambda x: x.role = 'text' AND x.field NOT IN ('summary', 'Name')),
        lambda x: x.text), ' ')"""
    query = f"""
        WITH below AS (
            SELECT parent_id,
                   array_to_string(list(summary ORDER BY id)[:{_MOST_CHILDREN}], ' ') AS titles
            FROM {lake.scan("jira_issues")}
            WHERE NOT deleted AND parent_id IN (SELECT record_id FROM wanted WHERE source = 'jira')
            GROUP BY parent_id
        )
        SELECT initiative_id, concat_ws(' ', {own_text}, titles) AS text
        FROM {lake.scan("jira_issues")} i
        JOIN wanted ON source = 'jira' AND record_id = i.id
        LEFT JOIN below ON below.parent_id = i.id
        UNION ALL
        SELECT initiative_id, {own_text}
        FROM {lake.scan("notion_pages")} p JOIN wanted ON source = 'notion' AND record_id = p.id
    """  # noqa: S608 - the lake's own file names
    rows = arrow(connection, query)
    connection.unregister("wanted")
    return dict(zip(rows["initiative_id"].to_pylist(), rows["text"].to_pylist(), strict=True))
