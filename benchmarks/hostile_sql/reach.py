"""SQL that reaches for what no query may see or change.

What belongs here: files, addresses, DuckDB's own tables, statements that are no SELECT. What does
not: what a query returns (``returned``) and takes (``demands``).
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.hostile_sql.texts import DAY, NO_STREAM, ONE, ONE_SELECT, HostileSql


def _from(*sources: str) -> Iterator[tuple[str, str]]:
    for source in sources:
        yield source, f"SELECT {DAY}, count(*) AS value FROM {source}"


def files(outside: str) -> Iterator[HostileSql]:
    """Files, by every function that reads one, and in every place of a query."""
    passwd = "/etc/passwd"
    sources = [
        f"read_text('{outside}/secret.txt')",
        f"read_blob('{outside}/secret.txt')",
        f"READ_TEXT('{passwd}')",
        f"\"read_text\"('{passwd}')",
        f"read_csv('{outside}/secret.csv')",
        f"read_csv_auto('{outside}/secret.csv')",
        f"sniff_csv('{outside}/secret.csv')",
        f"read_json('{outside}/secret.json')",
        f"read_json_auto('{outside}/secret.json')",
        f"read_json_objects('{outside}/secret.json')",
        f"read_ndjson('{outside}/secret.json')",
        f"read_ndjson_objects('{outside}/secret.json')",
        f"read_parquet('{outside}/secret.parquet')",
        f"parquet_scan('{outside}/lake/jira_issues/current/*.parquet')",
        f"read_parquet('{outside}/lake/*/log/*.parquet')",
        f"parquet_metadata('{outside}/secret.parquet')",
        f"parquet_file_metadata('{outside}/secret.parquet')",
        f"parquet_kv_metadata('{outside}/secret.parquet')",
        f"parquet_schema('{outside}/secret.parquet')",
        f"read_duckdb('{outside}/secret.db')",
        f"read_text('{outside}/lake/jira_issues/log/_delta_log/*.json')",
        f"read_text('{outside}/okr.yaml')",
        f"glob('{outside}/*')",
        f"glob('{outside}/lake/**')",
        "read_text('/proc/self/environ')",
        "read_text('/proc/self/fd/3')",
        "read_blob('/dev/fd/3')",
        "read_text('/dev/stdin')",
        f"'{outside}/secret.csv'",
        f"'{outside}/secret.parquet'",
        f'"{outside}/secret.json"',
        f"'{passwd}'",
        f"query('FROM read_text(''{passwd}'')')",
        "query_table('jira_issues')",
        f"json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{passwd}'')'))",
        f"(WITH hidden AS (SELECT 1) SELECT 1) a, (SELECT * FROM read_text('{passwd}')) b",
        f"range(3) LEFT JOIN LATERAL (FROM read_text('{passwd}')) ON true",
    ]
    for source, sql in _from(*sources):
        yield HostileSql(f"file: {source.replace(outside, '…')}", sql, NO_STREAM)
    hidden = f"SELECT {DAY}, (SELECT count(*) FROM read_text('{passwd}')) AS value"
    yield HostileSql("file: in a subquery", hidden, NO_STREAM)
    under = f"WITH jira_issues AS (FROM read_text('{passwd}')) {ONE} FROM jira_issues"
    yield HostileSql("file: under a stream's name", under, NO_STREAM)
    scope = f"{ONE} FROM (WITH \"{passwd}\" AS (SELECT 1) SELECT 1), '{passwd}'"
    yield HostileSql("file: named like a table expression", scope, NO_STREAM)


def network(listener: str) -> Iterator[HostileSql]:
    """Addresses, and what only an extension could read."""
    sources = [
        f"read_csv('http://{listener}/x.csv')",
        f"read_parquet('https://{listener}/x.parquet')",
        f"'http://{listener}/x.json'",
        "read_parquet('s3://bucket/x.parquet')",
        "postgres_scan('host=127.0.0.1', 'public', 'x')",
        "sqlite_scan('x.db', 'x')",
        "delta_scan('lake/jira_issues/log')",
    ]
    for source, sql in _from(*sources):
        yield HostileSql(f"network: {source.replace(listener, '…')}", sql, NO_STREAM)


def engine() -> Iterator[HostileSql]:
    """DuckDB's own tables and functions, and columns that are not documented."""
    sources = [
        "duckdb_settings()",
        "duckdb_secrets()",
        "duckdb_databases()",
        "duckdb_tables()",
        "duckdb_columns",
        "duckdb_extensions()",
        "duckdb_functions()",
        "duckdb_variables()",
        "duckdb_logs",
        "duckdb_memory()",
        "duckdb_temporary_files()",
        "which_secret('s3://x', 's3')",
        "pg_catalog.pg_tables",
        "pg_class",
        "pg_settings",
        "information_schema.tables",
        "information_schema.columns",
        "sqlite_master",
        "pragma_database_size()",
        "pragma_table_info('jira_issues')",
        "enable_logging('QueryLog')",
        "enable_profiling()",
        "checkpoint()",
        "system.main.duckdb_settings()",
        "(SHOW ALL TABLES)",
        "(DESCRIBE jira_issues)",
        "(SUMMARIZE jira_issues)",
        "jira_issues_raw",
        "lake.jira_issues",
    ]
    for source, sql in _from(*sources):
        yield HostileSql(f"engine: {source}", sql, f"{NO_STREAM}|not describe them")
    calls = {
        "current_setting('temp_directory')": "which no query may",
        "getenv('HOME')": "which no query may",
        "getvariable('x')": "which no query may",
        "nextval('x')": "which no query may",
        "write_log('x')": "which no query may",
    }
    for call, becomes in calls.items():
        yield HostileSql(f"engine: {call}", f"SELECT {DAY}, {call} AS value", becomes)
    for column in ("raw", "texts"):
        sql = f"SELECT {DAY}, count({column}) AS value FROM jira_issues"
        yield HostileSql(f"engine: the column {column}", sql, "not found")


def statements(outside: str) -> Iterator[HostileSql]:
    """What is no SELECT, alone, behind one and within one."""
    statements = [
        f"ATTACH '{outside}/secret.db' AS other",
        f"COPY (SELECT 1) TO '{outside}/written.csv'",
        f"COPY jira_issues FROM '{outside}/secret.csv'",
        f"EXPORT DATABASE '{outside}/written'",
        f"IMPORT DATABASE '{outside}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "FORCE INSTALL spatial FROM community",
        "PRAGMA database_list",
        "PRAGMA enable_profiling",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "RESET ALL",
        "SET VARIABLE x = 1",
        "CALL duckdb_settings()",
        "CALL pragma_version()",
        "CREATE MACRO value() AS 1",
        "CREATE TEMP TABLE x AS SELECT 1",
        "CREATE OR REPLACE VIEW jira_issues AS SELECT 1",
        "CREATE SECRET x (TYPE s3, KEY_ID 'a', SECRET 'b')",
        "DROP TABLE jira_issues",
        "DELETE FROM jira_issues",
        "INSERT INTO jira_issues SELECT * FROM jira_issues",
        "UPDATE jira_issues SET status = 'Done'",
        "ALTER TABLE jira_issues DROP COLUMN status",
        "PREPARE x AS SELECT 1",
        "EXECUTE x",
        "BEGIN TRANSACTION",
        "CHECKPOINT",
        "VACUUM",
        "USE memory",
        "EXPLAIN SELECT 1",
        f"EXPLAIN ANALYZE {ONE}",
        f"{ONE}; DROP TABLE jira_issues",
        f"SET threads = 64; {ONE}",
        f"{ONE}; {ONE}",
        ";",
        "-- nothing",
    ]
    for sql in statements:
        shown = sql.replace(outside, "…")
        yield HostileSql(f"statement: {shown[:60]}", sql, f"{ONE_SELECT}|Parser Error")
    written = f"WITH x AS (INSERT INTO jira_issues (id) VALUES ('1') RETURNING *) {ONE} FROM x"
    gone = f"WITH x AS (DELETE FROM jira_issues RETURNING *) {ONE} FROM x"
    yield HostileSql("statement: INSERT in a table expression", written, "read and not write")
    yield HostileSql("statement: DELETE in a table expression", gone, "read and not write")
    yield HostileSql("statement: out of the parentheses", f"{ONE}) UNION ({ONE}", "Parser Error")


def crashes() -> Iterator[HostileSql]:
    """Functions of DuckDB's own that take a pointer or trust what they are given."""
    sources = [
        "pandas_scan(1234567)",
        "arrow_scan(1, 2, 3)",
        "python_arrow_scan(1)",
        "python_map_function(1)",
        "seq_scan('jira_issues')",
        "test_vector_types(1)",
        "test_all_types()",
        "repeat_row(1, num_rows = 1000000000000)",
    ]
    for source, sql in _from(*sources):
        yield HostileSql(f"crash: {source}", sql, NO_STREAM)
    calls = ["__internal_decompress_string(1)", "__internal_compress_string_utinyint('x')"]
    for call in calls:
        sql = f"SELECT {DAY}, {call} AS value"
        yield HostileSql(f"crash: {call}", sql, "which no query may")
