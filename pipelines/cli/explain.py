"""``okr explain``: how a Key Result's numbers were derived, down to the source records.

What belongs here: selecting the rows and printing the explanation. What does not: the explanation
(:mod:`okr_model.explain.explanation`) and the sources of a value (``model.measures``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.text import Text

from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.published import require_key_result, value_sources_of
from pipelines.cli.shared.sources import print_issues, print_rows_of_value
from pipelines.project import Project
from pipelines.review.any_name import find_by_any_name
from published.formatting import plain
from published.former_ids import under_present_ids
from published.selection import UnknownInitiativeError
from published.tables import NotPublishedError, PublishedTables, UnknownKeyResultError, held_open

_PARTS = ("measurements", "check_ins", "links", "findings", "suggestions", "scores")


def explain_key_result(
    config: Path | None, key_result: str, form: Format, day: dt.date | None = None
) -> int:
    """Print how every published row of ``key_result`` was derived, one per cycle; returns 0.

    With a ``day``, its row of ``key_results_daily`` is explained from what is known now. Of an
    initiative its links and suggestions are printed, as they are now.

    Raises:
        NotPublishedError: There is no row for ``day``.
        UnknownKeyResultError: It is not published, nor is an initiative of that name; the message
            lists the published Key Results.
    """
    project = Project(config, with_secrets=False)
    with held_open(project.paths.duckdb):  # so that all its tables are of one run
        explained = _explained(project, key_result, day)
    if form is Format.JSON:
        print_json(explained)
    else:
        _print(explained)
    return 0


def _explained(project: Project, key_result: str, day: dt.date | None) -> list[dict[str, Any]]:
    """What is told of each row, or of the one initiative."""
    from pipelines.model.organization import organization_of
    from published.key_results.explained import explained as explanation

    tables = PublishedTables(project.paths.duckdb)
    try:
        rows = require_key_result(tables, key_result, project)
    except UnknownKeyResultError:
        told = None if day else _initiative(project, tables, key_result)
        if told is None:
            raise
        return [told]
    rows = rows.sort_values("cycle_id", ascending=False)
    parts = {name: tables.frame(name) for name in _PARTS}
    titles = tables.frame("initiatives").set_index("initiative_id")["title"]
    for name in ("links", "suggestions"):
        parts[name] = parts[name].assign(title=parts[name]["initiative_id"].map(titles))
    now = str(rows["key_result_id"].iloc[0])
    if day is not None:
        rows = _on(tables, rows, day)
    organization = organization_of(project.settings)
    explained = []
    for row in rows.to_dict("records"):
        its = _under_id_of_then(parts, now, row["key_result_id"])
        one = explanation(row, its, organization, day).to_dict()
        explained.append(one | value_sources_of(project, row | {"key_result_id": now}))
    return explained


def _under_id_of_then(
    parts: Mapping[str, pd.DataFrame], now: str, then: str
) -> Mapping[str, pd.DataFrame]:
    """What is known now of a Key Result, under the id that it had on a past day."""
    if then == now:
        return parts
    found = {}
    for name, rows in parts.items():
        key = "subject_id" if name == "findings" else "key_result_id"
        found[name] = rows.assign(**{key: rows[key].mask(rows[key] == now, then)})
    return found


def _print(explained: list[dict[str, Any]]) -> None:
    screen = console()
    for one in explained:
        for section in one["sections"]:
            screen.print(Text(section["title"], style="bold"))
            for line in section["lines"]:
                screen.print(f"  {plain(line)}", soft_wrap=True)
            if section["title"] == "Value":
                _print_value_sources(one)


def _initiative(project: Project, tables: PublishedTables, named: str) -> dict[str, Any] | None:
    """An initiative with its links and suggestions; None if no single one has this name."""
    from okr_model.explain.links import initiative_sections

    try:
        found = find_by_any_name(project, tables.frame("initiatives"), named)
    except UnknownInitiativeError:
        return None
    statements = tables.frame("key_results").drop_duplicates("key_result_id", keep="last")
    statement = statements.set_index("key_result_id")["statement"]
    mine = "initiative_id = ?", [found["initiative_id"]]
    names = ["links", "suggestions"]
    if tables.has("decisions"):  # files of earlier versions lack it
        names.append("decisions")
    parts = [
        rows.assign(statement=rows["key_result_id"].map(statement))
        for rows in (tables.frame(name, *mine) for name in names)
    ]
    sections = initiative_sections(found.to_dict(), *parts)
    return {
        "initiative_id": found["initiative_id"],
        "as_of": found["as_of"].isoformat(),
        "sections": [{"title": title, "lines": lines} for title, lines in sections.items()],
    }


def _on(tables: PublishedTables, rows: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The rows of a past day.

    Raises:
        NotPublishedError: There are no rows for that day; the message says how to get them.
    """
    key = rows["key_result_id"].iloc[0]
    of_day = tables.frame("key_results_daily", "as_of = ?", [day])
    of_day = of_day[under_present_ids(of_day, rows)["key_result_id"] == key]
    # A cycle that had not begun has nothing to explain.
    of_day = of_day[of_day["cycle_start"] <= day].sort_values("cycle_id", ascending=False)
    if of_day.empty:
        raise NotPublishedError(
            f"{day}: there is no row of {key}. Run: okr rebuild --from {day} --to {day}"
        )
    return of_day


def _print_value_sources(explained: Mapping[str, Any]) -> None:
    screen = console()
    for number, each in enumerate(explained["measures"], 1):
        line = f"Measure {number}, named {each['name']}: {each['measure']}"
        screen.print(f"  {plain(line)}", soft_wrap=True)
    print_issues(screen, explained["issues"])
    print_rows_of_value(screen, explained["rows"])
