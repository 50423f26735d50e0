"""The shape of the published tables in Postgres: schema, columns, keys, comments, grants.

What belongs here: making tables and changing those of an older contract. What does not: their rows
(``target``).

Tables are changed in place and never replaced, so that views and grants of other people stay. What
a view depends on is not taken from it: Postgres refuses, and the error names the view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from okr_model.tables import Column
from pipelines.publish.duckdb_file import literal, table_comment
from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.postgres.session import Session
from pipelines.publish.targets.published_run import PublishedTable

MANIFEST = "manifest"
MARK = "Written by okr-sync."
"""The end of each of our tables' comments: without it, a table is somebody else's."""
TYPES = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "date": "date",
    "timestamp": "timestamp with time zone",
    "boolean": "boolean",
    "text[]": "text[]",
}
_OF_MANIFEST = (
    "run_id text PRIMARY KEY, as_of date NOT NULL, published_at timestamptz NOT NULL,"
    " runs bigint NOT NULL, written_at timestamptz NOT NULL, tables jsonb NOT NULL,"
    " version text NOT NULL"
)


@dataclass(frozen=True, slots=True)
class There:
    """A table as Postgres has it: columns with type, whether never null, and comment; its key."""

    comment: str
    columns: Mapping[str, tuple[str, bool, str]]
    key: tuple[str, ...]
    key_name: str | None


def identifier(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str], before: str = "") -> str:
    """Names in SQL, separated by commas."""
    return ", ".join(before + identifier(name) for name in names)


class Shape:
    """One schema.

    Args:
        session: The transaction.
        schema: Its name.
    """

    def __init__(self, session: Session, schema: str) -> None:
        self._session = session
        self._schema = schema

    def name_of(self, table: str) -> str:
        """A table with its schema in SQL."""
        return f"{identifier(self._schema)}.{identifier(table)}"

    def ensure_schema(self) -> None:
        """Make the schema where it is missing, which needs a right that is not needed later."""
        if not self._session.rows("SELECT 1 FROM pg_namespace WHERE nspname = %s", [self._schema]):
            self._session.run(f"CREATE SCHEMA {identifier(self._schema)}")

    def tables(self, names: Sequence[str]) -> dict[str, There]:
        """Those of our tables that are there.

        Raises:
            TargetError: Something of such a name is not ours.
        """
        query = (
            "SELECT c.relname, c.oid, c.relkind, coalesce(obj_description(c.oid, 'pg_class'), '')"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = ANY(%s) AND c.relkind NOT IN ('i', 'I', 't')"
        )
        found = {}
        for name, oid, kind, comment in self._session.rows(query, [self._schema, list(names)]):
            if kind not in ("r", "p") or not comment.endswith(MARK):
                raise TargetError(
                    f"{self._schema}.{name} is not a table that okr-sync made: its comment does not"
                    f" end with “{MARK}” Rename it, or name another schema: in okr.yaml."
                )
            found[name] = There(comment, self._columns(oid), *self._key(oid))
        return found

    def _columns(self, oid: int) -> dict[str, tuple[str, bool, str]]:
        query = (
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull,"
            " coalesce(col_description(attrelid, attnum), '') FROM pg_attribute"
            " WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped"
        )
        return {name: (kind, *more) for name, kind, *more in self._session.rows(query, [oid])}

    def _key(self, oid: int) -> tuple[tuple[str, ...], str | None]:
        query = (
            "SELECT c.conname, array_agg(a.attname::text ORDER BY k.at)"
            " FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY AS k(number, at)"
            " JOIN pg_attribute a ON a.attnum = k.number"
            " WHERE c.conrelid = %s AND c.contype = 'p' AND a.attrelid = c.conrelid"
            " GROUP BY c.conname"
        )
        for name, columns in self._session.rows(query, [oid]):
            return tuple(columns), name
        return (), None

    def add_columns(self, table: PublishedTable, there: There) -> None:
        """Add the columns that a table lacks, without values."""
        new = [one for one in table.columns if one.name not in there.columns]
        if new:
            added = ", ".join(f"ADD COLUMN {identifier(o.name)} {TYPES[o.type]}" for o in new)
            self._session.run(f"ALTER TABLE {self.name_of(table.name)} {added}")

    def takes_away(self, table: PublishedTable, there: There | None, known: Sequence[str]) -> bool:
        """Whether :meth:`prepare` would drop or retype a column, which a view may need."""
        if there is None:
            return False
        retyped, dropped = _unfit(table, there, known)
        return bool(retyped or dropped)

    def reshapes(self, table: PublishedTable, there: There, known: Sequence[str]) -> bool:
        """Whether columns are to be added, dropped or retyped, which only its owner may."""
        new = [one.name for one in table.columns if one.name not in there.columns]
        return bool(new) or self.takes_away(table, there, known)

    def prepare(self, table: PublishedTable, there: There | None, known: Sequence[str]) -> None:
        """Make a table, or give it the types and the key that it is to have.

        Args:
            table: What it is to be.
            there: What it is; None if it is missing.
            known: The columns that okr-sync gave it, so that those of other people stay.
        """
        name = self.name_of(table.name)
        if there is None:
            columns = ", ".join(map(_declared, table.columns))
            key = listed(table.declared.key)
            self._session.run(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({key}))")
            return
        wanted = {column.name: TYPES[column.type] for column in table.columns}
        retyped, dropped = _unfit(table, there, known)
        new_key = there.key != table.declared.key
        if retyped or new_key:  # no old row fits
            self._session.run(f"DELETE FROM {name}")  # noqa: S608 - our own names
        if new_key and there.key_name:
            self._session.run(f"ALTER TABLE {name} DROP CONSTRAINT {identifier(there.key_name)}")
        free = {one.name for one in table.columns if not one.required} - set(table.declared.key)
        changes = [
            *(f"DROP COLUMN {identifier(one)}" for one in dropped),
            *(
                f"ALTER COLUMN {identifier(one)} TYPE {wanted[one]} USING NULL::{wanted[one]}"
                for one in retyped
            ),
            *(
                f"ALTER COLUMN {identifier(one)} DROP NOT NULL"
                for one in wanted
                if one in free and one in there.columns and there.columns[one][1]
            ),
        ]
        if new_key:
            changes.append(f"ADD PRIMARY KEY ({listed(table.declared.key)})")
        if changes:
            self._session.run(f"ALTER TABLE {name} {', '.join(changes)}")

    def finish(self, table: PublishedTable, there: There | None, readers: Sequence[str]) -> None:
        """What can only be said of a table with its new rows, and what says nothing of rows."""
        name, columns = self.name_of(table.name), there.columns if there else {}
        if there is not None:
            keys = set(table.declared.key)
            strict = [one.name for one in table.columns if one.required and one.name not in keys]
            missing = [one for one in strict if not columns.get(one, ("", False, ""))[1]]
            if missing:
                changes = (f"ALTER COLUMN {identifier(one)} SET NOT NULL" for one in missing)
                self._session.run(f"ALTER TABLE {name} {', '.join(changes)}")
        about = f"{table_comment(table.declared)}. {MARK}"
        said = [] if there and there.comment == about else [f"TABLE {name} IS {literal(about)}"]
        for column in table.columns:
            meaning = column.described
            if columns.get(column.name, ("", False, ""))[2] != meaning:
                said.append(f"COLUMN {name}.{identifier(column.name)} IS {literal(meaning)}")
        if said:
            self._session.run("; ".join(f"COMMENT ON {one}" for one in said))
        self.let_read(table.name, readers)

    def let_read(self, table: str, readers: Sequence[str]) -> None:
        """Give the readers their right where they lack it."""
        query = "SELECT has_table_privilege(%s, %s, 'SELECT')"
        for role in readers:
            ((may,),) = self._session.rows(query, [role, self.name_of(table)])
            if not may:
                self._session.run(f"GRANT SELECT ON {self.name_of(table)} TO {identifier(role)}")

    def ensure_roles(self, roles: Sequence[str]) -> None:
        """Make sure that there are these roles.

        Raises:
            TargetError: One is missing.
        """
        for role in roles:
            if not self._session.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]):
                raise TargetError(
                    f"Postgres has no role {role!r}. Make it, or correct readers: in okr.yaml."
                )

    def ensure_readers(self, readers: Sequence[str]) -> None:
        """Let the readers enter the schema.

        Raises:
            TargetError: There is no such role.
        """
        self.ensure_roles(readers)
        for role in readers:
            query = "SELECT has_schema_privilege(%s, %s, 'USAGE')"
            ((may,),) = self._session.rows(query, [role, self._schema])
            if not may:
                self._session.run(
                    f"GRANT USAGE ON SCHEMA {identifier(self._schema)} TO {identifier(role)}"
                )

    def make_manifest(self, there: There | None) -> None:
        """The table with one row that says which run the others are of."""
        if there is None:
            name = self.name_of(MANIFEST)
            about = literal(f"The run that all tables of this schema are of. {MARK}")
            self._session.run(f"CREATE TABLE {name} ({_OF_MANIFEST})")
            self._session.run(f"COMMENT ON TABLE {name} IS {about}")

    def drop(self, table: str) -> None:
        """Drop a table of ours that is no longer published; one that a view needs is refused."""
        self._session.run(f"DROP TABLE {self.name_of(table)}")


def _unfit(
    table: PublishedTable, there: There, known: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The columns of ours that have another type than they should, and those that should go."""
    wanted = {column.name: TYPES[column.type] for column in table.columns}
    actual = {column: kind for column, (kind, _, _) in there.columns.items()}
    retyped = [one for one in wanted if one in actual and actual[one] != wanted[one]]
    return retyped, [one for one in known if one in actual and one not in wanted]


def _declared(column: Column) -> str:
    required = " NOT NULL" if column.required else ""
    return f"{identifier(column.name)} {TYPES[column.type]}{required}"
