"""Did tonight run: the operator's view of the last run, its sources and the nights before it.

What belongs here: the sentence that answers, and the template's values. What does not: the figures
(``published.operation``), starting a run (handed in as ``Site.operation``).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboard.access.gate import access_of, reader_of
from dashboard.access.reader import Reader
from dashboard.access.require import require
from dashboard.charts.operation import Bar, nights_strip, seconds_chart
from dashboard.context import Context, context
from dashboard.rendering import render, site_of, source_name
from dashboard.site import Operation, Unpublished
from published.formatting import Formatter, absent
from published.operation.attention import attention, open_findings, stale_key_results
from published.operation.freshness import places
from published.operation.nights import (
    Night,
    nights,
    published_before,
    read_tonight,
    seconds_of,
    seconds_of_steps,
    sources,
    sums_of,
)
from published.table_query.answer import row_counts
from published.tables import NotPublishedError

router = APIRouter()

_IN_A_SENTENCE = {"Silent": "silent (no check-ins, or no activity)"}

Starter = Annotated[Reader, Depends(require("admin"))]
_FIRST = 12


@router.get("/tonight", response_class=HTMLResponse, include_in_schema=False)
def tonight(request: Request) -> HTMLResponse:
    """The last run, and what it left to look at."""
    site = site_of(request)
    operation = site.operation
    reader = reader_of(request)
    admin = reader.may("admin")
    knows = admin and not access_of(request).hides_from(reader)
    values: dict[str, Any] = {
        "unpublished": operation.unpublished() if operation else None,
        "next_run": site.desk.next_run() if site.desk else None,
        "started": operation.started() if operation and knows else "",
        "not_fetched": operation.not_fetched() if operation else "",
        "may_start": operation is not None and admin,
        "may_know": knows,  # complaints may name what is hidden from others
    }
    try:
        here = context(request)
    except NotPublishedError:
        return render(request, "tonight_none.html", values)
    return render(request, "tonight.html", values | _values(here, operation, values["unpublished"]))


@router.post("/tonight/run", include_in_schema=False)
def start(request: Request, reader: Starter) -> RedirectResponse:
    """Start a run that computes and publishes what has been read before."""
    operation = site_of(request).operation
    if operation is None:
        raise HTTPException(404)
    operation.start_run()
    return RedirectResponse("/tonight", 303)


def _values(
    here: Context, operation: Operation | None, unpublished: Unpublished | None
) -> dict[str, Any]:
    tables, run = here.tables, here.tables.last_run
    read, before = sources(tables), published_before(tables)
    found = attention(tables, here.standing)
    today = operation.today() if operation else here.day
    strip = nights(tables, max(today, here.day))
    query = "SELECT count(*) AS n FROM key_results WHERE cycle_id = ?"
    of_cycle = tables.once(("in cycle", here.cycle), lambda: tables.rows(query, [here.cycle]))
    counts = row_counts(tables)
    stale = stale_key_results(tables)
    title, say = _answer(here, today, read, unpublished)
    return {
        "here": here,
        "title": title,
        "say": f"{say} {_left(here, found, stale)}".strip(),
        "late": (today - here.day).days,
        "run": run,
        "took": seconds_of(run),
        "sources": read,
        "sums": sums_of(read),
        "read_tonight": lambda source: read_tonight(source, run, before),
        "first": _is_first(strip, counts.get("runs", 0)),
        "chart": _chart([row for row in read if read_tonight(row, run, before)], run, here.figures),
        "strip": nights_strip(strip, here.figures),
        "missing": [night.day for night in strip if night.state == "none" and night.day < today],
        "key_results": counts.get("key_results", 0),
        "of_cycle": of_cycle[0]["n"],
        "severities": open_findings(tables),
        "counts": counts,
        "attention": found,
        "to_look_at": sum(not row["pending"] for _, row in found),
        "first_ones": _FIRST,
        "stale": stale,
        "places": places(tables, here.cycle, here.day),
        "zone_name": str(here.site.organization.zone),
    }


def _answer(
    here: Context, today: dt.date, read: Sequence[Any], unpublished: Unpublished | None
) -> tuple[str, str]:
    """The outcome in two words, and as a sentence."""
    run, site = here.tables.last_run, here.site
    failed = [row["source"] for row in read if row["state"] != "complete"]
    figures = here.figures
    at = figures.clock_time(run.get("published_at"), site.organization.zone)
    published = row_counts(here.tables)["key_results"]
    rows = figures.counted(published, here.own.key_results, here.own.key_results)
    if unpublished:
        number = len(unpublished.complaints)
        said = f"{figures.counted(number, 'complaint', 'complaints')} of its checks"
        words = (
            f"The run for {unpublished.as_of} was kept back by {said}; readers see the tables of"
        )
        return "Last run: not published", f"{words} {figures.day(here.day)}."
    if (late := (today - here.day).days) > 0:
        ago = "yesterday" if late == 1 else f"{figures.number(late)} days ago"
        return "No run yet tonight", f"The last day published is {figures.day(here.day)}, {ago}."
    if failed:
        names = " and ".join(map(source_name, failed))
        return (
            "Last run: sources missing",
            f"{names} could not be read; the others were, and {rows} were published at {at}.",
        )
    which = (
        "The one source was" if len(read) == 1 else f"All {figures.number(len(read))} sources were"
    )
    return "Last run: complete", f"{which} read to the end, and {rows} were published at {at}."


def _left(here: Context, found: Sequence[tuple[str, Any]], stale: Sequence[Any]) -> str:
    """What is left to look at, as a sentence."""
    states = Counter(state for state, row in found if not row["pending"])
    said = [
        f"{here.figures.number(number)} {_IN_A_SENTENCE.get(state, state.lower())}"
        for state, number in states.items()
    ]
    old = [one for one in places(here.tables, here.cycle, here.day) if one.is_old]
    said += [f"{one.name} {here.figures.number(one.age)} days old" for one in old]
    if stale:
        waiting = sum(len(one.key_results) for one in stale)
        said.insert(0, f"{here.figures.number(waiting)} {here.own.key_results} wait for a source")
    return f"To look at: {', '.join(said)}." if said else "Nothing is stale, blocked or unreadable."


def _is_first(strip: Sequence[Night], runs: int) -> bool:
    """Whether this is the only run there has been."""
    return runs == 1 and strip[-1].run is not None


def _chart(read: Sequence[Any], run: Any, figures: Formatter) -> Any:
    bars = [
        Bar(
            source_name(row["source"]),
            float(row["seconds"]),
            f"{figures.seconds(row['seconds'])}, {figures.number(row['requests'])} requests",
        )
        for row in read
        if not absent(row["seconds"])
    ]
    whole = seconds_of(run)
    computing = seconds_of_steps(run)
    if whole is not None and computing is not None:
        reading, rest = computing.pop("pull", 0.0), 0.0
        computed = sum(computing.values())
        rest = whole - reading - computed
        for name, seconds in (("Computing", computed), ("Checks, publishing", rest)):
            if seconds >= 0:
                bars.append(Bar(name, seconds, figures.seconds(seconds), computed=True))
    if whole is not None and whole >= 0:
        bars.append(Bar("Whole run", whole, figures.seconds(whole), computed=True))
    return seconds_chart(bars, figures) if bars else ""
