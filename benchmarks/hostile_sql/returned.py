"""SQL that returns what is no measure, and some that looks hostile and is not.

What belongs here: wrong columns, days and values. What does not: what it reaches for (``reach``).
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.hostile_sql.texts import DAY, NOTHING, ONE, VALUE, HostileSql


def shapes() -> Iterator[HostileSql]:
    """Wrong columns and too many rows."""
    shapes = {
        "SELECT 1 AS value": "no column day",
        f"SELECT {DAY}": "no column value",
        f"{ONE}, 'x' AS note": "a column note",
        f"{ONE}, 2 AS VALUE": "two columns value",
        f"SELECT {DAY}, DATE '2026-11-26' AS day, 1 AS value": "two columns day",
        "SELECT * FROM jira_issues": "gives a column",
        f"{ONE}, '\x1b[31m' AS \"\x1b[2J\x07\"": "gives a column \N{REPLACEMENT CHARACTER}",
        f"{ONE}, {{'a': 1}} AS unit": "unit must be text",
        f"{ONE}, 5 AS unit": "unit must be text",
        f"{ONE}, 'h\x1b[31m' AS unit": "cannot be printed",
        f"{ONE}, repeat('h', 10000) AS unit": "its unit for 2026-11-27 has more than",
        "SELECT DATE '2000-01-01' + i::INT AS day, 1 AS value FROM range(10001) t(i)": "10,000 row",
        f"SELECT {DAY}, i AS value FROM range(1000000000000) t(i)": "more than 10,000 rows",
    }
    for sql, becomes in shapes.items():
        yield HostileSql(f"shape: {sql[:50]!a}", sql, becomes)


def days() -> Iterator[HostileSql]:
    """Days that are none."""
    wrong = "day must be a date"
    days = [
        "'infinity'::DATE", "'-infinity'::TIMESTAMP", "DATE '290000-01-01'",
        "DATE '0044-03-15 (BC)'", "'31.31.2026'", "'2026-02-30'", "'tomorrow'", "''", "20261127",
        "1.5", "true", "INTERVAL 1 DAY", "TIME '10:00'", "[DATE '2026-11-27']", "{'d': 1}",
        "'x'::BLOB", "'2026-11-27\N{NULL}'", "'２０２６-11-27'", "'2026-11-27\x1b[2J'",
    ]  # fmt: skip
    for day in days:
        if "\0" in day:
            day = "'2026-11-27' || chr(0)"
        yield HostileSql(f"day: {day}", f"SELECT {day} AS day, 1 AS value", wrong)


def values() -> Iterator[HostileSql]:
    """Values that are no finite numbers."""
    values = {
        "'inf'::DOUBLE": "not finite",
        "'-inf'::FLOAT": "not finite",
        "'nan'::DOUBLE": "not finite",
        "1e308 * 10": "not finite",
        "1 / 0": "not finite",
        "'1e999'": "not finite",
        "'NaN'": "must be a number",
        "'Infinity'": "must be a number",
        "'0x10'": "must be a number",
        "'1_000'": "must be a number",
        "'１２'": "must be a number",
        "'12 %'": "must be a number",
        "repeat('9', 500)": "must be a number",
        "170141183460469231731687303715884105727": "not exact",
        "-9007199254740993": "not exact",
        "12345678901234567890123456789012345678::DECIMAL(38, 0)": "not exact",
        "factorial(30)": "not exact",
        "factorial(100)": "Out of Range",
        "9223372036854775807 + 1": VALUE,
        "sqrt(-1)": "Out of Range|not finite",
        "ln(0)": "Out of Range|not finite",
        "INTERVAL 1 DAY": "must be a number",
        "TIMESTAMP '2026-11-27'": "must be a number",
        "'x'::BLOB": "must be a number",
        "'101'::BIT": "must be a number",
        "uuid()": "must be a number",
        "[1, 2]": "must be a number",
        "{'a': 1}": "must be a number",
        "MAP {'a': 1}": "must be a number",
        "CAST('abc' AS INTEGER)": "Conversion Error",
        "error('\x1b[31mred')": "\N{REPLACEMENT CHARACTER}",
        "NULL": NOTHING,
    }
    for value, becomes in values.items():
        if value == "9223372036854775807 + 1":
            becomes = "Out of Range|not exact"
        sql = f"SELECT {DAY}, {value} AS value"
        yield HostileSql(f"value: {value!a}", sql, becomes)


def harmless() -> Iterator[HostileSql]:
    """What looks hostile and is a measure."""
    texts = {
        "a semicolon at the end": f"{ONE};",
        "comments": f"/* ; DROP TABLE x */ {ONE} -- the end",
        "a string with a statement": f"SELECT {DAY}, length('x''; DROP TABLE y; --') AS value",
        "its own table expressions": f"WITH a AS (SELECT 1 AS x), b AS (FROM a) SELECT {DAY}, x "
        "AS value FROM b",
        "a recursion with an end": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t "
        f"WHERE n < 9) SELECT {DAY}, max(n) AS value FROM t",
        "FROM first": f"FROM jira_issues SELECT {DAY}, count(*) AS value",
        "a stream in capitals": f'SELECT {DAY}, count(*) AS value FROM "JIRA_ISSUES"',
        "a schema": f"SELECT {DAY}, count(*) AS value FROM main.jira_issues",
        "a list unnested": f"SELECT {DAY}, count(*) AS value FROM (SELECT unnest(labels) "
        "FROM jira_issues)",
        "cells": f"SELECT {DAY}, count(cells ->> '$.x.number') AS value FROM notion_pages, "
        "json_each(cells)",
        "a time zone": "SELECT CAST(now() AT TIME ZONE 'Asia/Kuala_Lumpur' AS DATE) AS "
        "day, count(*) AS value FROM jira_changes",
        "a sample": f"SELECT {DAY}, count(*) AS value FROM (FROM jira_issues USING SAMPLE 10)",
        "PIVOT with its columns": f"SELECT {DAY}, count(*) AS value FROM (PIVOT jira_issues "
        "ON status IN ('Done') USING count(*) GROUP BY project)",
        "set operations": f"{ONE} UNION ALL {ONE} EXCEPT {ONE} UNION ALL {ONE}",
        "a recursion by key": "WITH RECURSIVE t(n) USING KEY (n) AS (SELECT 1 UNION SELECT n + 1 "
        f"FROM t WHERE n < 9) SELECT {DAY}, count(*) AS value FROM t",
        "VALUES": "SELECT * FROM (VALUES (DATE '2026-11-27', 1.5)) t(day, value)",
        "a number as text": f"SELECT {DAY}, '-12.5e1' AS value",
        "a decimal": f"SELECT {DAY}, 0.1::DECIMAL(38, 30) AS value",
    }
    for name, sql in texts.items():
        yield HostileSql(f"harmless: {name}", sql, VALUE)
