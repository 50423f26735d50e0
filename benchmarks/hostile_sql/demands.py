"""SQL that takes more time or memory than it may, or that can hardly be read.

What belongs here: bombs and deep nesting. What does not: what it reaches for (``reach``).
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.hostile_sql.texts import (
    DAY,
    NO_STREAM,
    ONE,
    ONE_SELECT,
    TOO_DEEP,
    TOO_MUCH,
    VALUE,
    HostileSql,
)


def time() -> Iterator[HostileSql]:
    """What goes on until it is ended."""
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT {} FROM t{})"
    long = "repeat('ab', 60000), repeat('ba', 60000)"
    bombs = {
        "levenshtein": f"SELECT {DAY}, levenshtein({long}) AS value",
        "damerau_levenshtein": f"SELECT {DAY}, damerau_levenshtein({long}) AS value",
        "a recursion without end": f"{endless.format('n', '')} SELECT {DAY}, count(*) AS value "
        "FROM t",
        "a recursion that doubles": f"{endless.format('t.n', ', t u')} SELECT {DAY}, count(*) "
        "AS value FROM t",
        "a cross join": f"SELECT {DAY}, sum(a.range * b.range % 7) AS value "
        "FROM range(10000000) a, range(10000000) b",
        "a large range": f"SELECT {DAY}, sum(hash(i) % 7) AS value FROM range(1000000000000) t(i)",
        "sleep": f"SELECT {DAY}, sleep_ms(3600000) AS value",
        "pg_sleep": f"SELECT {DAY}, pg_sleep(3600) AS value",
        "a regular expression": f"SELECT {DAY}, count(*) AS value FROM range(10000000) t(i) "
        "WHERE regexp_matches(repeat('a', 20000) || i, '(a*)*b')",
        "many hashes": f"SELECT {DAY}, count(sha256(repeat('x', 1000000) || i)) AS value "
        "FROM range(1000000) t(i)",
        "a nested list": f"SELECT {DAY}, len(list_transform(range(100000), lambda x : "
        "list_sum(list_transform(range(100000), lambda y : x * y)))) AS value",
    }
    for name, sql in bombs.items():
        yield HostileSql(f"time: {name}", sql, f"{TOO_MUCH}|sleep", slow=True)


def memory() -> Iterator[HostileSql]:
    """What takes all there is."""
    bombs = {
        "repeat": "length(repeat('x', 4000000000))",
        "repeat of repeat": "length(repeat(repeat('x', 100000), 100000))",
        "concatenation": "length(repeat('x', 500000000) || repeat('y', 500000000))",
        "lpad": "length(lpad('x', 2000000000, 'y'))",
        "printf": "length(printf('%2000000000d', 1))",
        "format": "length(format('{:2000000000d}', 1))",
        "a list": "len(range(1000000000))",
        "replace": "length(replace(repeat('x', 1000000), 'x', repeat('y', 10000)))",
        "JSON": "length(to_json(range(200000000))::VARCHAR)",
    }
    for name, value in bombs.items():
        becomes = f"{TOO_MUCH}|Out of Range|Invalid Input|brought down"
        yield HostileSql(f"memory: {name}", f"SELECT {DAY}, {value} AS value", becomes, slow=True)
    rows = {
        "list of texts": "len(list(repeat('x', 1000000) || i)) AS value FROM range(5000) t(i)",
        "longest text": "length(max(repeat('x', 100000000) || i)) AS value FROM range(100) t(i)",
        "string_agg": "length(string_agg(repeat('x', 100000) || i)) AS value "
        "FROM range(50000) t(i)",
        "sort": "count(n) AS value FROM (SELECT row_number() OVER (ORDER BY a DESC) AS n "
        "FROM (SELECT repeat('x', 100000) || i AS a FROM range(100000) t(i))) WHERE n < 5",
        "group": "count(*) AS value FROM (SELECT hash(i) AS a, count(*) FROM "
        "range(1000000000) t(i) GROUP BY a)",
        "histogram": "cardinality(histogram(i)) AS value FROM range(100000000) t(i)",
    }
    for name, rest in rows.items():
        yield HostileSql(f"memory: {name}", f"SELECT {DAY}, {rest}", TOO_MUCH, slow=True)


def syntax() -> Iterator[HostileSql]:
    """What is nested deeply, left open, or no text."""
    nested = {
        "parentheses": (f"SELECT {DAY}, {'(' * 3000}1{')' * 3000} AS value", TOO_DEEP),
        "minus signs": (f"SELECT {DAY}, {'- ' * 3000}1 AS value", TOO_DEEP),
        "NOT": (f"SELECT {DAY}, {'NOT ' * 3000}true AS value", TOO_DEEP),
        "sums": (f"SELECT {DAY}, 1{'+1' * 5000} AS value", TOO_DEEP),
        "subqueries": (f"SELECT {DAY}, {'(SELECT ' * 500}1{')' * 500} AS value", TOO_DEEP),
        "lists": (f"SELECT {DAY}, {'[' * 2000}1{']' * 2000} AS value", TOO_DEEP),
        "set operations": (" UNION ALL ".join([ONE] * 900), f"{TOO_DEEP}|{VALUE}|brought down"),
    }
    for name, (sql, becomes) in nested.items():
        yield HostileSql(f"nesting: {name}", sql, becomes)
    opened = f"SELECT {DAY}, {'(' * 20000}"
    yield HostileSql("nesting: open parentheses", opened, f"{TOO_DEEP}|{TOO_MUCH}", slow=True)
    odd = {
        "an open string": (f"SELECT {DAY}, 'x AS value", "Parser Error"),
        "an open comment": (f"{ONE} /* and on", "Parser Error"),
        "an open dollar quote": (f"SELECT {DAY}, $x$ 1 AS value", "Parser Error"),
        "a long text": (f"SELECT {DAY}, '{'x' * 60000}' AS value", "50,000 characters"),
        "a long name": (f"{ONE} FROM {'x' * 40000}", NO_STREAM),
        "a null character": (f"SELECT {DAY}, 1\0 AS value", "a character that is no text"),
        "right to left": (f"SELECT {DAY}, '\u202e1' AS value", "must be a number"),
        "look-alikes": (f"ЅELECT {DAY}, 1 AS value", "Parser Error|one SELECT"),
        "an unknown parameter": (f"SELECT {DAY}, $1 AS value", "Invalid Input|parameter"),
        "a Python name": (f"{ONE} FROM connection", NO_STREAM),
        "nothing but SELECT": ("SELECT", "Parser Error"),
        "PIVOT": ("PIVOT jira_issues ON status USING count(*)", ONE_SELECT),
    }
    for name, (sql, becomes) in odd.items():
        yield HostileSql(f"text: {name}", sql, becomes)
