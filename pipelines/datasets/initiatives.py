"""Initiatives enriched from the lake: parents from Jira's hierarchy, and texts.

What belongs here: reading what the model needs about initiatives beyond their mapped fields. What
does not: the mapped fields themselves (``cells``) and links (``claims``, ``link_tables``).
"""

from __future__ import annotations

import duckdb
import narwhals as nw
import pandas as pd

from okr_model.activity.issue_names import listed
from okr_model.activity.issue_tree import initiatives_above
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import same_id
from pipelines.datasets.issue_names import issue_names
from pipelines.engines.engine import TEXT
from pipelines.engines.opening import open_engine
from pipelines.lake.duckdb_session import arrow
from pipelines.project import Project

_MOST_CHILDREN = 200  # whose titles are part of an initiative's text


def with_jira_parents(project: Project, initiatives: pd.DataFrame) -> pd.DataFrame:
    """Fill ``parent_id`` of Jira initiatives with the nearest ancestor that is an initiative."""
    of_jira = initiatives[initiatives["source"] == "jira"].rename(columns={"record_id": "issue_id"})
    if of_jira.empty:
        return initiatives.assign(parent_id=initiatives["parent_id"].astype("object"))
    with open_engine(project.settings) as engine:
        columns = ["id", "parent_id", "deleted"]
        every = engine.scan(project.lake_as_of, "jira_issues", columns)
        tree = engine.keep("tree", every.filter(~nw.col("deleted")).select("id", "parent_id"))
        roots = engine.given(of_jira, {"initiative_id": TEXT, "issue_id": TEXT})
        rows = initiatives_above(tree, roots, engine.keep).collect("pyarrow").to_native()
    above = dict(zip(rows["initiative_id"].to_pylist(), rows["parent_id"].to_pylist(), strict=True))
    found = initiatives["initiative_id"].map(above).astype("object")
    return initiatives.assign(parent_id=initiatives["parent_id"].astype("object").fillna(found))


def with_status_words(
    project: Project, initiatives: pd.DataFrame
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
