"""The fields of Jira's issues that measures name, from everything the lake has read.

What belongs here: which field a name means, and handing the lake's records to the model. What does
not: what an issue had in a field on a day (:mod:`okr_model.activity.issue_fields`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pandas as pd

from okr_model.activity.issue_fields import LABELS, IssueFields, read_fields
from okr_model.activity.issue_history import CHANGE_COLUMNS
from okr_model.activity.issue_names import IssueNames, known_names, listed
from okr_model.measures.parser import FIELD_COLUMNS
from pipelines.engines.engine import Engine
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.tables import Lake

_FIELD = "field"
_PLAIN_ID = re.compile(r"\w+")


def issue_fields(
    lake: Lake, connection: duckdb.DuckDBPyConnection, engine: Engine, wanted: Iterable[str]
) -> IssueFields:
    """What issues had in the fields that measures call ``wanted``."""
    wanted = [*dict.fromkeys(wanted)]
    if not wanted:
        return IssueFields()
    names, read = field_names(lake, connection)
    ids, faults = dict[str, str](), dict[str, str]()
    for name in wanted:
        found = field_ids(names, name)
        there = [one for one in found if one in read]
        if len(there) == 1:
            ids[name] = there[0]
        else:
            faults[name] = fault_of_field(name, found, there, names, read)
    called = names.known.groupby("id")["name"].agg(list).to_dict()
    changes = engine.scan(lake, "jira_changes", CHANGE_COLUMNS)
    held, shown = _held(lake, connection, ids.values()), _shown(lake, connection, ids.values())
    return read_fields(ids, held, shown, changes, called, faults)


def field_names(
    lake: Lake, connection: duckdb.DuckDBPyConnection
) -> tuple[IssueNames, frozenset[str]]:
    """Every name that a field has or had, by field id, and the ids of those that are read."""
    cells = _frame(
        connection,
        f"""SELECT id, json_extract_string(cells, '$."' || id || '".name') AS name,
        max(seen_at) AS seen FROM (
            SELECT cells, seen_at, unnest(json_keys(cells)) AS id FROM {lake.scan("jira_issues")}
        ) GROUP BY ALL""",  # noqa: S608 - the lake names its files
    )
    logged = _frame(
        connection,
        "SELECT field_id AS id, field AS name, max(changed_at) AS seen"  # noqa: S608 - the lake names its files
        f" FROM {lake.scan('jira_changes')} WHERE field_id IS NOT NULL GROUP BY ALL",
    )
    parts = [cells.assign(read=True), logged.assign(read=False)]
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    seen = pd.to_datetime(rows["seen"], utc=True).dt.tz_localize(None)
    rows = rows[rows["name"].notna()].assign(seen=seen.astype("datetime64[us]"))
    rows = rows.astype({"id": "str", "name": "str"}).assign(column=_FIELD, kind="name")
    return IssueNames(known_names(rows), {}), frozenset([LABELS, *cells["id"]])


def field_ids(names: IssueNames, name: str) -> list[str]:
    """The fields that a measure calls ``name``: by its own word for one, a name or an id."""
    known = FIELD_COLUMNS.get(name)
    if known is not None and known != name:
        return [known]
    return names.ids(_FIELD, [name])


def fault_of_field(
    name: str, found: list[str], there: list[str], names: IssueNames, read: Iterable[str]
) -> str:
    """Why ``name`` is not exactly one field, as the end of a sentence.

    ``found`` are the fields that have or had the name, ``there`` those of them that are ``read``.
    """
    if there:
        return f"{len(there)} fields are called “{name}”: {', '.join(sorted(there))}; write the id"
    if found:
        return (
            f"the field “{name}” ({', '.join(sorted(found))}) has not been read from Jira yet; the"
            " next run reads it, once a measure names it"
        )
    present = names.present(_FIELD)
    shown = sorted((present[one] for one in read if one in present), key=str.casefold)
    return (
        f"no issue that was read has a field “{name}”; of the fields that are read, {listed(shown)}"
    )


def _held(
    lake: Lake, connection: duckdb.DuckDBPyConnection, field_ids: Iterable[str]
) -> pd.DataFrame:
    """The present cells of some fields; see :func:`okr_model.activity.issue_fields.read_fields`."""
    issues = lake.scan("jira_issues")
    parts = [_cells_of(field_id, issues, "id AS issue_id") for field_id in field_ids]
    return _typed(_frame(connection, " UNION ALL ".join(parts) or _NOTHING), "issue_id")


def _shown(
    lake: Lake, connection: duckdb.DuckDBPyConnection, field_ids: Iterable[str]
) -> pd.DataFrame:
    """Every value that some fields ever had, once."""
    log = lake.scan("jira_issues", "log")
    seen = f"CASE WHEN {lake.seen_by()} THEN seen_at END AS seen"
    union = " UNION ALL ".join(_cells_of(one, log, seen) for one in field_ids) or _NOTHING
    once = "SELECT field_id, kind, text, number, refs, max(seen) AS seen"
    return _typed(_frame(connection, f"{once} FROM ({union}) GROUP BY ALL"), "field_id")


_NOTHING = (
    "SELECT NULL AS issue_id, NULL AS seen, NULL AS field_id, NULL AS kind, NULL AS text,"
    " NULL::DOUBLE AS number, NULL::VARCHAR[] AS refs WHERE false"
)


def _cells_of(field_id: str, files: str, more: str) -> str:
    """A query of the cells of one field."""
    if field_id == LABELS:
        return (
            f"SELECT {more}, '{LABELS}' AS field_id,"  # noqa: S608 - our own names
            " CASE WHEN len(labels) > 0 THEN 'refs' ELSE 'empty' END AS kind,"
            " array_to_string(labels, ', ') AS text, NULL::DOUBLE AS number, labels AS refs"
            f" FROM {files}"
        )
    if not _PLAIN_ID.fullmatch(field_id):
        raise ValueError(f"{field_id!r} is no id of a field of Jira")
    return (
        f"SELECT {more}, '{field_id}' AS field_id, cell ->> 'kind' AS kind,"  # noqa: S608 - checked above
        " coalesce(cell ->> 'date', cell ->> 'text', '') AS text,"
        " CAST(cell ->> 'number' AS DOUBLE) AS number, CAST(cell -> 'refs' AS VARCHAR[]) AS refs"
        f""" FROM (SELECT *, json_extract(cells, '$."{field_id}"') AS cell FROM {files})"""
        " WHERE cell IS NOT NULL"
    )


def _typed(frame: pd.DataFrame, *texts: str) -> pd.DataFrame:
    return frame.astype({**dict.fromkeys((*texts, "field_id", "kind", "text"), "str")})


def _frame(
    connection: duckdb.DuckDBPyConnection, query: str, given: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    # Through Arrow, because DuckDB's conversion to pandas warns on instants with a zone.
    frame: pd.DataFrame = arrow(connection, query, given or {}).to_pandas()
    return frame
