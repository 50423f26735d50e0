"""``okr contract``: each form is what its readers take, and holds of what a night publishes."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import yaml
from jsonschema import Draft201909Validator, Draft202012Validator
from typer.testing import CliRunner

from okr_model.tables import BY_NAME, CONTRACT_VERSION, TABLES
from pipelines.cli.app import app
from pipelines.cli.contract.forms import contract_text, json_schema
from published.errors import UserError
from published.export import json_text, records
from published.tables import PublishedTables
from tests.support.company import Company

FORMATS = Draft202012Validator.FORMAT_CHECKER


def test_the_data_contract_is_one_by_the_standard() -> None:
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    document = yaml.safe_load(contract_text("odcs"))
    Draft201909Validator(schema).validate(document)
    assert document["version"] == CONTRACT_VERSION
    tables = {table["name"]: table for table in document["schema"]}
    assert list(tables) == list(BY_NAME)
    for table in TABLES:
        found = {one["name"]: one for one in tables[table.name]["properties"]}
        assert list(found) == table.column_names
        keyed = {
            one["primaryKeyPosition"]: one["name"] for one in found.values() if "primaryKey" in one
        }
        assert [keyed[place] for place in sorted(keyed)] == [*table.key]
        for column in table.columns:
            said = {one["property"]: one["value"] for one in found[column.name]["customProperties"]}
            assert said.get("unit") == column.unit
            assert [one["value"] for one in found[column.name].get("enum", [])] == [*column.one_of]


def quoted(column: dict[str, Any]) -> str:
    """The column's name as dbt writes it in SQL."""
    return f'"{column["name"]}"' if column.get("quote") else str(column["name"])


def dbt_queries() -> dict[str, str]:
    """Each test of the sources, as the query with which dbt looks for rows that fail it."""
    (source,) = yaml.safe_load(contract_text("dbt"))["sources"]
    found = {}
    for table in source["tables"]:
        whole = f"{source['schema']}.{table['name']}"
        of_table = [(table["name"], None, test) for test in table.get("data_tests", ())]
        of_columns = [
            (f"{table['name']}.{column['name']}", quoted(column), test)
            for column in table["columns"]
            for test in column.get("data_tests", ())
        ]
        for name, column, test in of_table + of_columns:
            kind, given = next(iter(test.items())) if isinstance(test, dict) else (test, {})
            query = _dbt_query(whole, column, kind, given.get("arguments", {}))
            found[f"{kind} {name}"] = query
    return found


_FAILING = {
    "not_null": "SELECT 1 FROM {table} WHERE {column} IS NULL",
    "unique": "SELECT {column} FROM {table} GROUP BY 1 HAVING count(*) > 1",
    "accepted_values": "SELECT 1 FROM {table} WHERE {column} NOT IN ({words})",
    # As in dbt, a null refers to nothing.
    "relationships": "SELECT 1 FROM {table} WHERE {column} IS NOT NULL"
    " AND {column} NOT IN (SELECT {field} FROM {to})",
}


def _dbt_query(table: str, column: str | None, kind: str, given: dict[str, Any]) -> str:
    return _FAILING[kind].format(
        table=table,
        column=given.get("column_name", column),
        words=", ".join(f"'{word}'" for word in given.get("values", ())),
        field=given.get("field"),
        to=given.get("to", "").removeprefix("source('").removesuffix("')").replace("', '", "."),
    )


def test_the_sources_for_dbt_test_all_that_is_declared() -> None:
    queries = dbt_queries()
    for table in TABLES:
        single = table.key[0] if len(table.key) == 1 else None
        assert (f"unique {table.name}.{single}" if single else f"unique {table.name}") in queries
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            assert (f"not_null {name}" in queries) == column.required
            assert (f"accepted_values {name}" in queries) == bool(column.one_of)
            assert (f"relationships {name}" in queries) == bool(column.refers)
    with duckdb.connect() as connection:  # each finds what it looks for
        connection.execute("CREATE SCHEMA okr; CREATE TABLE okr.a (x INT, y INT)")
        connection.execute(
            "INSERT INTO okr.a VALUES (1, 2), (1, NULL); CREATE TABLE okr.b AS SELECT 3 AS x"
        )
        for kind, given in (
            ("not_null", {}),
            ("unique", {}),
            ("accepted_values", {"values": ["3"]}),
            ("relationships", {"to": "source('okr', 'b')", "field": "x"}),
        ):
            column = '"y"' if kind == "not_null" else '"x"'
            assert connection.execute(_dbt_query("okr.a", column, kind, given)).fetchall(), kind


def test_what_a_night_publishes_keeps_the_contract(published: Company) -> None:
    path = published.folder / "data" / "published.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        failing = [
            name for name, query in dbt_queries().items() if connection.execute(query).fetchone()
        ]
    assert failing == []
    tables, schema = PublishedTables(path), json_schema()
    for table in TABLES:
        of_table = {"$ref": f"#/$defs/{table.name}", "$defs": schema["$defs"]}
        rows = json.loads(json_text(records(tables.frame(table.name, "true LIMIT 50"))))
        validator = Draft202012Validator(of_table, format_checker=FORMATS)
        for row in rows:
            assert set(row) == set(table.column_names)
            validator.validate(row)


def test_the_schema_refuses_what_the_contract_does() -> None:
    of_objectives = {"$ref": "#/$defs/objectives", "$defs": json_schema()["$defs"]}
    validator = Draft202012Validator(of_objectives, format_checker=FORMATS)
    row = {
        "objective_id": "O-1",
        "cycle_id": "2026-Q4",
        "key_results": 3,
        "without_progress": 0,
        "source": "files",
        "record_id": "1",
        "as_of": "2026-11-28",
        "run_id": "run",
        "pace": None,
    }
    validator.validate(row)
    for wrong in (
        {"objective_id": None},
        {"key_results": 3.5},
        {"pace": "slow"},
        {"as_of": "28 Nov"},
        {"progress": "64 %"},
    ):
        assert not validator.is_valid(row | wrong), wrong
    Draft202012Validator.check_schema(json_schema())


def test_the_contract_goes_to_a_file_or_the_output(tmp_path: Path) -> None:
    run = CliRunner()
    printed = run.invoke(app, ["contract", "--format", "dbt"])
    assert printed.exit_code == 0
    assert yaml.safe_load(printed.stdout) == yaml.safe_load(contract_text("dbt"))
    written = run.invoke(app, ["contract", "--output", str(tmp_path / "c.yaml")])
    assert written.exit_code == 0
    assert (tmp_path / "c.yaml").read_text("utf-8") == contract_text("odcs")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    there = tmp_path / "no folder" / "c.yaml"
    done = CliRunner().invoke(app, ["contract", "--output", str(there)])
    assert isinstance(done.exception, UserError)
    assert str(done.exception) == f"{there}: cannot be written (No such file or directory)."
