"""The published tables about the pipeline itself: what it read, and when it ran.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from okr_model.tables.columns import RUN, Column, Table

SOURCES = Table(
    "sources",
    "source, as of the last run",
    ("source",),
    (
        Column("source", "text", "jira, notion, sheets or files", required=True),
        Column(
            "state",
            "text",
            "Outcome of the last attempt",
            required=True,
            one_of=("complete", "failed", "never read"),
        ),
        Column("last_complete_at", "timestamp", "When it was last read completely"),
        Column("last_attempt_at", "timestamp", "When a read was last attempted"),
        Column("error", "text", "What went wrong and what to do about it"),
        Column("requests", "integer", "Requests the last attempt made", unit="count"),
        Column("retries", "integer", "How many of them were repeats", unit="count"),
        Column("rows", "integer", "Records it returned", unit="count"),
        Column("changed", "integer", "Records that were new or different", unit="count"),
        Column("deleted", "integer", "Records that no longer existed", unit="count"),
        Column("seconds", "number", "How long it took", unit="seconds"),
        *RUN,
    ),
)
RUNS = Table(
    "runs",
    "run of the pipeline",
    ("run_id",),
    (
        Column("run_id", "text", "Its id", required=True),
        Column("as_of", "date", "The day it computed; the last one, if several", required=True),
        Column(
            "kind",
            "text",
            "night: reads the sources and publishes a day; rebuild: recomputes past days",
            one_of=("night", "rebuild"),
        ),
        Column("started_at", "timestamp", "When it began", required=True),
        Column("published_at", "timestamp", "When its tables were swapped in", required=True),
        Column(
            "outcome",
            "text",
            "Whether every source was read",
            required=True,
            one_of=("complete", "sources missing"),
        ),
        Column("failed_sources", "text[]", "Which were not"),
        Column("key_results", "integer", "Rows published", unit="count", required=True),
        Column("findings", "integer", "Findings published", unit="count", required=True),
        Column(
            "inputs",
            "text",
            "Digest of all inputs; equal digests mean equal tables. Null if some input could not "
            "be read",
        ),
        Column(
            "requests",
            "integer",
            "Requests of the readings that this run published; 0 if it published none",
            unit="count",
        ),
        Column("retries", "integer", "How many of them were repeats", unit="count"),
        Column(
            "waited",
            "number",
            "How long they waited to be repeated, or for a limit of the service, all together",
            unit="seconds",
        ),
        Column("rows", "integer", "Records that they returned", unit="count"),
        Column("bytes", "integer", "Bytes that they returned", unit="bytes"),
        Column("seconds", "number", "From started_at to published_at", unit="seconds"),
        Column("peak_memory", "integer", "The most bytes of memory that a step held", unit="bytes"),
        Column("steps", "text", "Seconds and peak memory of each step before publishing, as JSON"),
        Column("promised_at", "timestamp", "By when the day was promised (publish: by)"),
        Column(
            "promise_kept",
            "boolean",
            "Whether this run, or an earlier one of the day, published by then",
        ),
        Column("version", "text", "The version of okr-sync that computed it"),
        Column(
            "code",
            "text",
            "Digest of the program; another one may compute other figures",
            stability="experimental",
        ),
        Column(
            "settings",
            "text",
            "Digest of the settings by which figures are computed",
            stability="experimental",
        ),
    ),
)
