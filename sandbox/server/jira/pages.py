"""Pages of search results and bulk change logs, and their page tokens.

What belongs here: the state in a token. Tokens are opaque to clients, bound to their query, and
expire after seven days of the sandbox's time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from sandbox.server.jira.jql import Query, matching, parse
from sandbox.server.jira.records import History
from sandbox.server.jira.store import JiraSite

TOKEN_LIFE = timedelta(days=7)
_SIGNING_KEY = b"the sandbox's page tokens"


class TokenError(ValueError):
    """The token is invalid, belongs to another query, or has expired."""


@dataclass(frozen=True, slots=True)
class Place:
    """The end of a page: the number of results so far, the last one's sort value and index."""

    offset: int
    value: int
    index: int


class Searches:
    """Runs searches on a site page by page; the last few results are cached."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._remembered: dict[tuple[str, int], NDArray[np.int64]] = {}

    def page(self, jql: str, size: int, token: str | None) -> tuple[list[int], str | None]:
        """Indexes of the next issues, and the token of the next page, None on the last.

        A page starts after the sort value where the previous one ended: issues changed meanwhile
        may come twice or not at all, as in Jira.

        Raises:
            JqlError: The query cannot be parsed.
            TokenError: The token cannot be used.
        """
        query = parse(jql)
        found = self._found(jql, query)
        start = 0
        if token is not None:
            start = self._start(query, found, _open(token, jql, self._site))
        page = [int(index) for index in found[start : start + size]]
        if start + size >= len(found) or not page:
            return page, None
        last = page[-1]
        place = Place(start + size, self._value(query, last), last)
        return page, _seal(place, jql, self._site)

    def count(self, jql: str) -> int:
        """How many issues match a query."""
        return len(self._found(jql, parse(jql)))

    def _found(self, jql: str, query: Query) -> NDArray[np.int64]:
        self._site.catch_up()
        key = (jql, self._site.version)
        if key not in self._remembered:
            while len(self._remembered) >= 4:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[key] = matching(query, self._site)
        return self._remembered[key]

    def _value(self, query: Query, index: int) -> int:
        if query.order == "id":
            return index
        return int(getattr(self._site.columns, query.order)[index])

    def _start(self, query: Query, found: NDArray[np.int64], place: Place) -> int:
        before = place.offset - 1
        if before < len(found) and found[before] == place.index:
            return place.offset
        columns = self._site.columns
        values = found if query.order == "id" else getattr(columns, query.order)[found]
        if query.descending:
            behind = (values < place.value) | ((values == place.value) & (found < place.index))
        else:
            behind = (values > place.value) | ((values == place.value) & (found > place.index))
        return int(np.argmax(behind)) if behind.any() else len(found)


def changelog_page(
    site: JiraSite, indexes: Sequence[int], field_ids: Sequence[str], size: int, token: str | None
) -> tuple[list[tuple[int, History]], str | None]:
    """The next (issue index, entry) pairs, oldest entry first and then by issue.

    One issue's entries may therefore be spread over several pages.

    Raises:
        TokenError: The token cannot be used.
    """
    request = json.dumps([sorted(indexes), sorted(field_ids)])
    start = _open(token, request, site).offset if token is not None else 0
    entries = [
        (index, history)
        for index in sorted(set(indexes))
        for history in site.histories(index)
        if not field_ids or any(change.field_id in field_ids for change in history.changes)
    ]
    entries.sort(key=lambda entry: (entry[1].at, entry[0], entry[1].id))
    if start + size >= len(entries):
        return entries[start:], None
    return entries[start : start + size], _seal(Place(start + size, 0, 0), request, site)


def _seal(place: Place, request: str, site: JiraSite) -> str:
    body = json.dumps(
        [place.offset, place.value, place.index, _digest(request), site.clock.now_ms]
    ).encode()
    signature = hmac.new(_SIGNING_KEY, body, hashlib.sha256).digest()[:9]
    return base64.urlsafe_b64encode(signature + body).decode()


def _open(token: str, request: str, site: JiraSite) -> Place:
    try:
        sealed = base64.urlsafe_b64decode(token)
    except ValueError as error:
        raise TokenError("The token is not valid.") from error
    signature, body = sealed[:9], sealed[9:]
    if not hmac.compare_digest(
        signature, hmac.new(_SIGNING_KEY, body, hashlib.sha256).digest()[:9]
    ):
        raise TokenError("The token is not valid.")
    offset, value, index, digest, sealed_at = json.loads(body)
    if digest != _digest(request):
        raise TokenError("The token belongs to another request.")
    if site.clock.now_ms - sealed_at > TOKEN_LIFE.total_seconds() * 1000:
        raise TokenError("The token has expired.")
    return Place(offset, value, index)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
