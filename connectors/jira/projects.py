"""What became of projects of which no issue is listed.

What belongs here: telling an emptied project from one that is hidden or has another key now. What
does not: listing issues (``pull``), and what a query names (``query_text``).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from urllib.parse import quote

import msgspec
import pyarrow as pa

from connectors.errors import AccessError, MissingError
from connectors.jira.decode.issues import hidden
from connectors.jira.id_census import IdCensus
from connectors.records import Present, Problem
from connectors.transport.http import Http


class _Project(msgspec.Struct):
    key: str


def shown_as(http: Http, api: str, project: str) -> str | None:
    """The present key of a project; None if the account may not see it, or it is gone."""
    try:
        served = http.get_json(f"{api}/project/{quote(project, safe='')}")
        return msgspec.json.decode(served, type=_Project).key
    except (MissingError, AccessError):
        return None
    except msgspec.ValidationError:  # without its key: that it is shown is what was asked
        return project


def unlisted(
    http: Http, api: str, known: Iterable[str], census: IdCensus, account: str | None
) -> Generator[Present | Problem, None, tuple[str, ...]]:
    """Tell what became of known projects without a listed issue: emptied, or hidden.

    They are asked for on every pull: until somebody says that this is meant, their issues stand as
    last read.

    Args:
        http: Asks Jira.
        api: The address of its API.
        known: Keys of the projects of which earlier pulls listed an issue.
        census: All issues that this pull listed.
        account: The user of the settings; None with a token alone.

    Returns:
        The projects that the next pull knows.
    """
    listed = {*census.places()}
    kept = {*listed}
    for place in sorted({*known} - listed):
        key = shown_as(http, api, place)
        if key not in (None, place):
            continue  # its key was changed, and its issues are listed under the new one
        kept.add(place)
        if key == place:
            yield Present("jira_issues", place, pa.array([], pa.string()))
        elif place not in census.hidden:
            yield hidden(place, account)
    return tuple(sorted(kept))
