"""Links as a step of the night: claims, decisions and history in, links and suggestions out.

What belongs here: fetching what the model needs to resolve and to suggest links. What does not: any
rule (:mod:`okr_model.links.resolve`, :mod:`okr_model.links.suggestions`).
"""

from __future__ import annotations

import duckdb
import pandas as pd

from okr_model.findings import findings_frame, join_findings
from okr_model.links.decisions import standing
from okr_model.links.resolve import own_links, resolve_links
from okr_model.links.suggestions import suggest_links
from okr_model.links.vocabulary import MAX_DEPTH
from okr_model.tables import LINKS
from pipelines.datasets import former_key_results, read_claims, read_mappings
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.duckdb_session import arrow
from pipelines.project import Project
from pipelines.publish import history
from pipelines.text_embeddings import WordMeanings

_MOST_CHILDREN = 200


def linked(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    initiatives: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """The frames ``links``, ``own`` (links of single issues), ``suggestions`` and ``findings``."""
    read = (project.as_it_stood, connection, project.settings, key_results)
    mapped, unknown = read_mappings(*read, initiatives)
    parts = [frame for frame in (read_claims(*read), mapped) if len(frame)]
    claims = pd.concat(parts, ignore_index=True) if parts else mapped
    decided = standing(DecisionLog(project.decisions).frame(project.known_before))
    aliases = project.settings.links.aliases
    links, findings = resolve_links(
        claims,
        key_results,
        initiatives,
        decided=decided,
        earlier=history.history(project.history, LINKS).to_pandas(),
        aliases=aliases,
        former=former_key_results(project.history, key_results, project.as_of),
        as_of=project.as_of,
    )
    texts = initiative_texts(project, connection, initiatives)
    suggestions = suggest_links(
        initiatives.assign(text=initiatives["initiative_id"].map(texts)),
        key_results,
        links,
        decided,
        project.as_of,
        meaning=WordMeanings() if project.settings.links.meanings else None,
    )
    own = own_links(links, claims, key_results, "jira", aliases)
    findings = join_findings([findings, findings_frame(unknown)])
    return {"links": links, "own": own, "suggestions": suggestions, "findings": findings}


def with_jira_parents(
    project: Project, connection: duckdb.DuckDBPyConnection, initiatives: pd.DataFrame
) -> pd.DataFrame:
    """The initiatives, ``parent_id`` of those from Jira being the nearest one above in its tree."""
    wanted = initiatives[initiatives["source"] == "jira"]
    connection.register("wanted", wanted[["initiative_id", "record_id"]])
    rows = arrow(
        connection,
        f"""
        WITH RECURSIVE tree AS MATERIALIZED (
            SELECT id, parent_id FROM {project.as_it_stood.scan("jira_issues")} WHERE NOT deleted
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


def initiative_texts(
    project: Project, connection: duckdb.DuckDBPyConnection, initiatives: pd.DataFrame
) -> dict[str, str]:
    """What each initiative's record says, and the titles of the work right below it, in one text.

    Rows of sheets and files say nothing beside their title.
    """
    lake = project.as_it_stood
    connection.register("wanted", initiatives[["initiative_id", "source", "record_id"]])
    said = """array_to_string(list_transform(
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
        SELECT initiative_id, concat_ws(' ', {said}, titles) AS said
        FROM {lake.scan("jira_issues")} i
        JOIN wanted ON source = 'jira' AND record_id = i.id
        LEFT JOIN below ON below.parent_id = i.id
        UNION ALL
        SELECT initiative_id, {said}
        FROM {lake.scan("notion_pages")} p JOIN wanted ON source = 'notion' AND record_id = p.id
    """  # noqa: S608 - the lake's own file names
    rows = arrow(connection, query)
    connection.unregister("wanted")
    return dict(zip(rows["initiative_id"].to_pylist(), rows["said"].to_pylist(), strict=True))
