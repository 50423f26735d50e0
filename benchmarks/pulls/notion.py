"""The cost of a Notion pull, against the floor and against straightforward use of its client.

The floor is one request per 100 pages of each data source, and per 100 references of each relation
over 25. A full pull starts without a cursor; the others resume from its cursor. A place given as a
database costs one more request every three days: nothing else in the API lists its data sources
completely.

``python -m benchmarks notion``
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import httpx
from notion_client import Client
from notion_client.helpers import collect_paginated_api

from benchmarks.pulls.notion_stand_in import (
    LARGE_COHORT,
    LARGE_COHORTS,
    ROWS,
    TOKEN,
    data_source,
    database,
    page,
)
from benchmarks.serving import LATENCY_SECONDS, running
from connectors.notion.source import NotionSettings, NotionSource
from connectors.records import Rows

EDITED = 10  # 0.5 % of the pages
MAPPED = ("Key", "Name", "Target", "Due", "Key Result", "Key Results", "Date", "Value", "Week")
FLOOR = sum(math.ceil(count / 100) for count in ROWS.values()) + LARGE_COHORTS * math.ceil(
    LARGE_COHORT / 100
)
_LINE = "{:<52}{:>9}{:>8}{:>8}{:>9}"


def main() -> None:
    """Measure, and print one line per pull."""
    pages = sum(ROWS.values())
    with running("pulls.notion_stand_in") as url:
        print(
            f"Notion: {pages:,} pages in {len(ROWS)} data sources, {LARGE_COHORTS} pages with a "
            f"relation of {LARGE_COHORT}; {LATENCY_SECONDS * 1000:.0f} ms a request\n"
        )
        print(_LINE.format("", "requests", "floor", "ratio", "seconds"))
        settings = _settings(url, data_source)
        _straightforward(url)  # fills the stand-in's cache before measuring
        _read(settings, {})
        slow = _timed("one after another, with notion-client", lambda: _straightforward(url))
        ours, cursor = _pull("full, places given as data sources", settings, {})
        databases = _settings(url, database)
        _, known = _pull("full, places given as databases", databases, {})
        _pull("full, every property read to its end", _settings(url, data_source, all=True), {})
        _pull("a quiet night", settings, cursor)
        _pull("a quiet night, places given as databases", databases, known)
        _edit(url)
        _pull(f"a night after {EDITED} edits", settings, cursor)
    print(f"\nA full pull takes {slow / ours:.1f} times as long with notion-client.")


def _settings(url: str, place: Callable[[str], str], *, all: bool = False) -> NotionSettings:
    return NotionSettings(
        token=TOKEN,
        places=tuple(place(name) for name in ROWS),
        url=url,
        fields=None if all else (*MAPPED, "Completed"),
    )


def _pull(what: str, settings: NotionSettings, cursor: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    requests, last = _read(settings, cursor)
    seconds = time.perf_counter() - started
    _print(what, requests, seconds)
    return seconds, last


def _read(settings: NotionSettings, cursor: Any) -> tuple[int, Any]:
    """Pull once; returns the number of requests, and the cursor."""
    source = NotionSource(settings)
    last: Any = cursor
    try:
        for message in source.pull(cursor):
            if isinstance(message, Rows):
                last = message.cursor or last
    finally:
        source.close()
    assert source.figures.rows == sum(ROWS.values())
    return source.figures.requests, last


def _timed(what: str, pull: Callable[[], int]) -> float:
    started = time.perf_counter()
    requests = pull()
    seconds = time.perf_counter() - started
    _print(what, requests, seconds)
    return seconds


def _print(what: str, requests: int, seconds: float) -> None:
    print(_LINE.format(what, requests, FLOOR, f"{requests / FLOOR:.2f}", f"{seconds:.2f}"))


def _straightforward(url: str) -> int:
    """Read as the client's documentation shows it; returns the number of requests."""
    requests = 0

    def count(_: httpx.Request) -> None:
        nonlocal requests
        requests += 1

    session = httpx.Client(event_hooks={"request": [count]})
    client = Client(auth=TOKEN, base_url=url, client=session)
    rows = 0
    for name in ROWS:
        known: Any = client.databases.retrieve(database(name))
        for part in known["data_sources"]:
            found = collect_paginated_api(client.data_sources.query, data_source_id=part["id"])
            rows += len(found)
            for row in found:
                for value in row["properties"].values():
                    if value.get("has_more"):
                        collect_paginated_api(
                            client.pages.properties.retrieve,
                            page_id=row["id"],
                            property_id=value["id"],
                        )
    assert rows == sum(ROWS.values())
    client.close()
    return requests


def _edit(url: str) -> None:
    client = Client(auth=TOKEN, base_url=url)
    for number in range(EDITED):
        client.pages.update(page("Check-ins", number), properties={"Value": {"number": 0.6}})
    client.close()


if __name__ == "__main__":
    main()
