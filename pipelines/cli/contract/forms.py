"""The contract as documents: Open Data Contract Standard, sources of dbt, JSON Schema.

What belongs here: the declarations in the words of each format. What does not: writing files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from okr_model.tables import CONTRACT_VERSION, TABLES, Column, ColumnType, Table
from pipelines.publish.duckdb_file import DUCKDB_TYPES
from published.tables import SCHEMA

_ODCS = "v3.2.0"
_PURPOSE = (
    "Objectives and Key Results, what they stand at, what work serves them and how we know, as"
    " okr-sync publishes them every night."
)
_USAGE = (
    "Name the columns you need: more may be added. A missing value is null, never 0. Each run"
    " replaces all tables at once."
)
_LOGICAL: Mapping[ColumnType, str] = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "text[]": "array",
}
_JSON: Mapping[ColumnType, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
    "text[]": {"type": "array", "items": {"type": "string"}},
}


def contract_text(form: str) -> str:
    """The contract in one of the forms ``odcs``, ``dbt`` and ``json-schema``."""
    document = _FORMS[form]()
    if form == "json-schema":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def odcs() -> dict[str, Any]:
    """A data contract by the Open Data Contract Standard."""
    return {
        "version": CONTRACT_VERSION,
        "apiVersion": _ODCS,
        "kind": "DataContract",
        "id": "okr-sync-published-tables",
        "name": "okr-sync: the published tables",
        "status": "active",
        "description": {"purpose": _PURPOSE, "usage": _USAGE},
        "schema": [_odcs_table(table) for table in TABLES],
    }


def dbt() -> dict[str, Any]:
    """A ``sources.yml`` of dbt 1.10 or later."""
    tables = [_dbt_table(table) for table in TABLES]
    source = {
        "name": SCHEMA,
        "schema": SCHEMA,
        "description": f"{_PURPOSE} Contract {CONTRACT_VERSION}.",
        "tables": tables,
    }
    return {"version": 2, "sources": [source]}


def json_schema() -> dict[str, Any]:
    """A JSON Schema with a definition for the rows of each table, as ``--json`` prints them."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "okr-sync: the published tables",
        "description": f"{_PURPOSE} Contract {CONTRACT_VERSION}.",
        "$defs": {table.name: _json_table(table) for table in TABLES},
    }


_FORMS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "odcs": odcs,
    "dbt": dbt,
    "json-schema": json_schema,
}


def _odcs_table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "physicalName": f"{SCHEMA}.{table.name}",
        "logicalType": "object",
        "physicalType": "table",
        "dataGranularityDescription": f"One row per {table.row_is}",
        "properties": [_odcs_column(column, table) for column in table.columns],
    }


def _odcs_column(column: Column, table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "logicalType": _LOGICAL[column.type],
        "physicalType": DUCKDB_TYPES[column.type],
        "description": column.described,
        "required": column.required,
    }
    if column.type == "timestamp":
        found["logicalTypeOptions"] = {"timezone": True, "defaultTimezone": "Etc/UTC"}
    if column.type == "text[]":
        found["items"] = {"logicalType": "string"}
    if column.name in table.key:
        found["primaryKey"] = True
        found["primaryKeyPosition"] = table.key.index(column.name) + 1
    if table.key == (column.name,):
        found["unique"] = True
    if column.one_of:
        found["enum"] = [{"value": word} for word in column.one_of]
    if column.refers:
        found["relationships"] = [{"type": "foreignKey", "to": column.refers}]
    if column.deprecated:
        found["deprecated"] = True
    told = {"unit": column.unit, "stability": column.stability, "person": column.person}
    found["customProperties"] = [
        {"property": name, "value": value} for name, value in told.items() if value
    ]
    return found


def _dbt_table(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": table.name,
        "description": f"One row per {table.row_is}",
        "columns": [_dbt_column(column, table) for column in table.columns],
    }
    if len(table.key) > 1:
        # dbt itself has no test of several columns; a separator keeps "a"+"bc" from "ab"+"c".
        parts = " || chr(31) || ".join(f'cast("{name}" as varchar)' for name in table.key)
        found["data_tests"] = [{"unique": {"arguments": {"column_name": f"({parts})"}}}]
    return found


def _dbt_column(column: Column, table: Table) -> dict[str, Any]:
    tests: list[Any] = ["not_null"] if column.required else []
    if table.key == (column.name,):
        tests.append("unique")
    if column.one_of:
        tests.append({"accepted_values": {"arguments": {"values": list(column.one_of)}}})
    if column.refers:
        of, _, field = column.refers.partition(".")
        to = {"to": f"source('{SCHEMA}', '{of}')", "field": field}
        tests.append({"relationships": {"arguments": to}})
    meta = {"unit": column.unit, "stability": column.stability, "person": column.person}
    found: dict[str, Any] = {
        "name": column.name,
        "description": column.described,
        "data_type": DUCKDB_TYPES[column.type],
        "quote": True,  # some, such as "on", are words of SQL
        "config": {"meta": {name: value for name, value in meta.items() if value}},
    }
    if tests:
        found["data_tests"] = tests
    return found


def _json_table(table: Table) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"One row per {table.row_is}",
        "properties": {column.name: _json_column(column) for column in table.columns},
        "required": [column.name for column in table.columns if column.required],
    }


def _json_column(column: Column) -> dict[str, Any]:
    found = dict(_JSON[column.type])
    if column.one_of:
        found["enum"] = [*column.one_of, *([] if column.required else [None])]
    if not column.required:
        found["type"] = [found["type"], "null"]
    found["description"] = column.described
    if column.deprecated:
        found["deprecated"] = True
    return found
