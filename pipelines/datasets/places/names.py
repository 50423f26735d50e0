"""What a place is called by people: its title as last read, and its address.

What belongs here: names out of the lake, which works while a place cannot be reached. What does
not: whether it can be (``run_status``).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.notion.cursor import KnownPlace, known_place
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.tables import Lake
from pipelines.project import Project
from pipelines.settings import Dataset, SheetPlace

_EXAMPLES = 5
_TITLES = {
    "jira_issues": "key || ' “' || coalesce(summary, '') || '”'",
    "notion_pages": "'“' || coalesce(title, '') || '”'",
    "sheet_rows": "'row ' || row",
    "file_rows": "'line ' || line",
}
"""How a record of each stream is named, in SQL."""


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A place as sentences name it.

    Attributes:
        words: Such as ``spreadsheet “Metrics”``; its id where no title was ever read.
        url: Opens it; None where that is not known.
    """

    words: str
    url: str | None = None

    def __str__(self) -> str:
        return f"{self.words} ({self.url})" if self.url else self.words


def name_of_dataset(lake: Lake, dataset: Dataset) -> PlaceName:
    """The name of a dataset's place."""
    place = dataset.place
    if isinstance(place, SheetPlace):
        inside = name_of_place(lake, "sheets", place.spreadsheet)
        return PlaceName(f"tab “{place.tab}” of the {inside.words}", inside.url)
    return PlaceName("Jira") if place is None else name_of_place(lake, dataset.source, place)


def name_of_place(lake: Lake, source: str, place: str) -> PlaceName:
    """The name of a place as problems have it: a project, spreadsheet, tab, data source, file."""
    namer = {"jira": _project, "notion": _database, "sheets": _spreadsheet}.get(source)
    return namer(lake, place) if namer else PlaceName(f"file “{place}”")


def records_of(lake: Lake, stream: str, ids: Sequence[str]) -> str:
    """Up to five records by title and address, and how many more; empty without any."""
    if not ids or stream not in _TITLES:
        return ""
    query = f"SELECT {_TITLES[stream]} AS title, url FROM {lake.scan(stream)} "  # noqa: S608 - our names
    query += f"WHERE list_contains($ids, id) ORDER BY id LIMIT {_EXAMPLES}"
    rows = arrow(connect(), query, {"ids": list(ids)}).to_pylist()
    named = [" ".join(filter(None, (row["title"], row["url"]))) for row in rows]
    more = len(ids) - len(named)
    return "; ".join(named) + (f"; and {more:,} more" if named and more > 0 else "")


def asked_for(project: Project, source: str, place: str) -> str:
    """The lines of the settings that ask for a place, such as ``okr.yaml:12``; empty without."""
    written, settings = project.written, project.settings
    if source == "jira":
        return written.line("sources", "jira", "jql")
    lines = [
        written.line("datasets", number, "place")
        for number, dataset in enumerate(settings.datasets)
        if dataset.source == source and lies_in(project.lake, dataset, place)
    ]
    return ", ".join(dict.fromkeys(lines))


def lies_in(lake: Lake, dataset: Dataset, place: str) -> bool:
    """Whether a dataset is read from a place of its source, as problems name that."""
    own = dataset.place
    if own is None:
        return True
    if isinstance(own, SheetPlace):
        spreadsheet, _, tab = place.partition("/")
        if spreadsheet != own.spreadsheet:
            return False
        return not tab or _tab(lake, place) in (own.tab, None)
    if dataset.source == "files":
        return fnmatch.fnmatchcase(place, str(own))
    known = _known(lake, place)
    return _plain(str(own)) in {_plain(place), _plain(known.place) if known else ""}


def _project(lake: Lake, place: str) -> PlaceName:
    query = f"SELECT url, project_name FROM {lake.scan('jira_issues')} "  # noqa: S608 - our names
    row = _first(query + "WHERE place = $place ORDER BY id LIMIT 1", place=place)
    if row is None:
        return PlaceName(f"Jira project {place}")
    name = row["project_name"]
    words = f"Jira project {place}" + (f" “{name}”" if name and name != place else "")
    return PlaceName(words, f"{row['url'].rpartition('/')[0]}/{place}" if row["url"] else None)


def _database(lake: Lake, place: str) -> PlaceName:
    known = _known(lake, place)
    query = f"""
        SELECT json_extract_string(raw, '$.parent.database_id') AS database
        FROM {lake.scan("notion_pages", "log")}
        WHERE list_contains($held, place) AND database IS NOT NULL LIMIT 1
    """  # noqa: S608 - our names
    row = _first(query, held=list(known.data_sources)) if known else None
    url = f"https://www.notion.so/{_plain(row['database'] if row else place)}"
    if known is None or not known.title:
        return PlaceName(f"Notion database {place}", url)
    return PlaceName(f"Notion database “{known.title}”", url)


def _spreadsheet(lake: Lake, place: str) -> PlaceName:
    spreadsheet = place.partition("/")[0]
    query = f"SELECT spreadsheet_title AS title FROM {lake.scan('sheet_rows', 'log')} "  # noqa: S608 - our names
    query += "WHERE spreadsheet = $spreadsheet ORDER BY landed DESC LIMIT 1"
    row, tab = _first(query, spreadsheet=spreadsheet), _tab(lake, place)
    words = (
        f"spreadsheet “{row['title']}”" if row and row["title"] else f"spreadsheet {spreadsheet}"
    )
    words = f"tab “{tab}” of the {words}" if tab else words
    return PlaceName(words, f"https://docs.google.com/spreadsheets/d/{spreadsheet}/edit")


def titles_of_tab(lake: Lake, place: str) -> list[str]:
    """The titles that a tab has had, the newest first; none for a whole spreadsheet."""
    if "/" not in place:
        return []
    query = f"SELECT tab FROM {lake.scan('sheet_rows', 'log')} "  # noqa: S608 - our names
    query += "WHERE place = $place GROUP BY tab ORDER BY max(landed) DESC"
    return [str(row["tab"]) for row in arrow(connect(), query, {"place": place}).to_pylist()]


def _tab(lake: Lake, place: str) -> str | None:
    return next(iter(titles_of_tab(lake, place)), None)


def _known(lake: Lake, place: str) -> KnownPlace | None:
    return known_place(lake.pulls.state("notion").cursor, place)


def _first(query: str, **given: object) -> dict[str, str] | None:
    rows = arrow(connect(), query, given).to_pylist()
    return rows[0] if rows else None


def _plain(place: str) -> str:
    return place.replace("-", "")
