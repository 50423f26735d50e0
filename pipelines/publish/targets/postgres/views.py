"""The views of a schema of Postgres.

What belongs here: making, replacing and dropping them. What does not: their declarations
(``pipelines.publish.views``), and the tables (``shape``).

A view is touched only if it is missing or defined otherwise, so that its readers never wait for a
run; the digest of its definition stands in its comment.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.publish.duckdb_file import literal, view_comment
from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.postgres.session import Session
from pipelines.publish.targets.postgres.shape import MARK, Shape, identifier
from pipelines.publish.targets.published_run import PublishedTable
from pipelines.publish.views import VIEWS, View, possible


def ensure_views(
    session: Session,
    shape: Shape,
    schema: str,
    tables: Sequence[PublishedTable],
    readers: Sequence[str],
) -> None:
    """Make the views that can be made of ``tables``; drop those of ours that no longer can.

    Raises:
        TargetError: Something of such a name is not ours.
    """
    there = _there(session, schema)
    columns = {table.name: [one.name for one in table.columns] for table in tables}
    wanted = possible(VIEWS, columns)
    for name in set(there) - {view.name for view in wanted}:
        session.run(f"DROP VIEW {shape.name_of(name)}")
    for view in wanted:
        about = f"{view_comment(view)}. {MARK}"
        if there.get(view.name) != about:
            if view.name in there:
                session.run(f"DROP VIEW {shape.name_of(view.name)}")
            _make(session, shape.name_of(view.name), view, identifier(schema), about)
        shape.let_read(view.name, readers)


def missing_views(session: Session, schema: str, tables: Sequence[PublishedTable]) -> list[str]:
    """The views of ``tables`` that are still to be made.

    Raises:
        TargetError: Something of such a name is not ours.
    """
    there = _there(session, schema)
    columns = {table.name: [one.name for one in table.columns] for table in tables}
    return [view.name for view in possible(VIEWS, columns) if view.name not in there]


def drop_views(session: Session, shape: Shape, schema: str) -> None:
    """Drop our views, so that they keep no column of a table from being changed."""
    for name in _there(session, schema):
        session.run(f"DROP VIEW {shape.name_of(name)}")


def _make(session: Session, name: str, view: View, schema: str, about: str) -> None:
    said = [f"VIEW {name} IS {literal(about)}"]
    said += [
        f"COLUMN {name}.{identifier(column)} IS {literal(meaning)}"
        for column, meaning in view.columns.items()
    ]
    session.run(f"CREATE VIEW {name} AS {view.select(schema)}")
    session.run("; ".join(f"COMMENT ON {one}" for one in said))


def _there(session: Session, schema: str) -> dict[str, str]:
    """The comments of our views that are there, by name."""
    query = (
        "SELECT c.relname, c.relkind, coalesce(obj_description(c.oid, 'pg_class'), '')"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relname = ANY(%s) AND c.relkind NOT IN ('i', 'I', 't')"
    )
    found = {}
    for name, kind, comment in session.rows(query, [schema, [view.name for view in VIEWS]]):
        if kind != "v" or not comment.endswith(MARK):
            raise TargetError(
                f"{schema}.{name} is not a view that okr-sync made: its comment does not end with"
                f" “{MARK}” Rename it, or name another schema: in okr.yaml."
            )
        found[name] = comment
    return found
