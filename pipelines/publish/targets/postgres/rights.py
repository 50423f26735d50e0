"""What the user of a url may do in Postgres, asked before anything is written.

What belongs here: questions to Postgres, and the right that an answer lacks. What does not: doing
what needs the right (``target``, ``shape``, ``views``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.postgres.session import Session
from pipelines.publish.targets.postgres.shape import Shape

_TO_CHANGE = ("SELECT", "INSERT", "UPDATE", "DELETE")


def ensure_right_to_make(opened: Session, schema: str) -> None:
    """Make sure that tables can be made in the schema, or the schema where it is missing.

    Raises:
        TargetError: They cannot.
    """
    if opened.rows("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]):
        query = "SELECT has_schema_privilege(%s, 'CREATE')"
        ((may,),) = opened.rows(query, [schema])
        needed = f"CREATE ON SCHEMA {schema}"
    else:
        ((may,),) = opened.rows("SELECT has_database_privilege(current_database(), 'CREATE')")
        needed = f"CREATE ON DATABASE, to make the schema {schema}"
    if not may:
        raise _lacking(needed)


def ensure_right_to_change(opened: Session, shape: Shape, tables: Iterable[str]) -> None:
    """Make sure that rows of these tables, which are there, can be changed.

    Raises:
        TargetError: Those of one cannot.
    """
    for table in tables:
        for right in _TO_CHANGE:
            query = "SELECT has_table_privilege(%s, %s)"
            ((may,),) = opened.rows(query, [shape.name_of(table), right])
            if not may:
                raise _lacking(f"{right} ON {shape.name_of(table)}")


def ensure_owned(opened: Session, shape: Shape, tables: Sequence[str]) -> None:
    """Make sure that the user owns these tables, without which no column is changed.

    Raises:
        TargetError: It does not own one.
    """
    query = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass"
    for table in tables:
        ((owns,),) = opened.rows(query, [shape.name_of(table)])
        if not owns:
            raise TargetError(
                f"The user of the url does not own {shape.name_of(table)}, whose columns are to"
                " change. Make it the owner."
            )


def _lacking(needed: str) -> TargetError:
    return TargetError(f"The user of the url lacks a right. Give it {needed}.")
