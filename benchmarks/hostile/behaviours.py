"""What the malicious server does, one behaviour each.

What belongs here: the behaviours. What does not: sending (``wire``), and who reads (``servers``).
"""

from __future__ import annotations

import gzip
import itertools
import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.hostile.wire import Behaviour, Request, Send, response

HTML = ("Content-Type: text/html",)
GZIP = ("Content-Encoding: gzip",)
_PACE = 0.02  # seconds between two bytes: far below any time-out between two bytes
_ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b5n\u202egnp\u2066"


def _slowly(parts: Iterable[bytes]) -> Behaviour:
    def behave(_: Request, send: Send) -> None:
        for part in parts:
            send(part)
            time.sleep(_PACE)

    return behave


def _bytes(whole: bytes) -> list[bytes]:
    return [whole[at : at + 1] for at in range(len(whole))]


def _at_once(whole: bytes | Callable[[Request], bytes]) -> Behaviour:
    def behave(request: Request, send: Send) -> None:
        send(whole(request) if callable(whole) else whole)

    return behave


def _without_end(first: bytes, part: bytes) -> Behaviour:
    def behave(_: Request, send: Send) -> None:
        send(first)
        for _again in itertools.repeat(None):
            send(part)

    return behave


def _never(_: Request, _send: Send) -> None:
    time.sleep(3)


def _bomb(times: int = 1) -> bytes:
    packed = b'{"a":"' + b"0" * 30_000_000 + b'"}'
    for _ in range(times):
        packed = gzip.compress(packed, 1)
    return packed


def _lists(request: Request, items: list[Any], token: str | None) -> bytes:
    """A page of a list in the form of whichever service was asked, with a next page."""
    page: dict[str, Any] = {"issues": items, "nextPageToken": token, "total": 10**9}
    page |= {"object": "list", "results": items, "has_more": token is not None}
    page |= {"next_cursor": token, "files": items, "properties": {}, "id": "x", "startAt": 0}
    page |= {"title": [], "issueChangeLogs": [], "isLast": token is None}
    return response(json.dumps(page).encode())


def _items(number: int) -> list[Any]:
    return [
        {
            "object": "page", "id": str(10_000 + number), "key": f"WEB-{number}", "fields": {},
            "properties": {}, "created_time": "2026-11-01T00:00:00.000Z",
            "last_edited_time": "2026-11-01T00:00:00.000Z",
        }
    ]  # fmt: skip


def _json(text: str | bytes) -> Behaviour:
    return _at_once(response(text.encode() if isinstance(text, str) else text))


def _echo(request: Request) -> bytes:
    """Sends the credential back, as it came and as the parts of it."""
    signed = request.headers.get("authorization", "")
    words = {"message": f"bad {signed}", "error": {"message": f"not {signed}", "code": 401}}
    return response(json.dumps(words).encode(), "400 Bad Request")


def _redirect(to: str, status: str = "302 Found") -> Behaviour:
    return _at_once(response(b"", status, (f"Location: {to}",)))


def behaviours(thief: str) -> dict[str, Behaviour]:
    """Every behaviour by name; ``thief`` is an address to which nothing must ever be sent."""
    good = response(b"{}")
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    busy = "503 Service Unavailable"
    return {
        "accepts and never answers": _never,
        "a header at a byte a time": _slowly(_bytes(good[:-2] + b"X: " + b"x" * 500)),
        "a body at a byte a time": _slowly(
            [good[:-2].replace(b"Length: 2", b"Length: 900"), *_bytes(b" " * 900)]
        ),
        "chunks of a byte at a time": _slowly([chunked, *[b"1\r\n \r\n"] * 200]),
        "header lines without end": _without_end(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n" * 500),
        "one header line without end": _without_end(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65_536),
        "100 Continue without end": _slowly([b"HTTP/1.1 100 Continue\r\n\r\n"] * 200),
        "a body without end": _without_end(response(b"[", sized=False), b" " * 65_536),
        "chunks without end": _without_end(chunked, b"400\r\n" + b" " * 1024 + b"\r\n"),
        "a small body that unpacks to 30 MB": _at_once(response(_bomb(), headers=GZIP)),
        "the same, packed twice": _at_once(
            response(_bomb(2), headers=("Content-Encoding: gzip, gzip",))
        ),
        "packed a hundred times": _at_once(
            response(b"{}", headers=("Content-Encoding: " + ", ".join(["gzip"] * 100),))
        ),
        "a packed body that is broken": _at_once(response(b"\x1f\x8b\x08junk", headers=GZIP)),
        "a packing that nobody knows": _at_once(
            response(b"\xff{}", headers=("Content-Encoding: x",))
        ),
        "a negative length": _at_once(good.replace(b"Length: 2", b"Length: -2")),
        "a length that is no number": _at_once(good.replace(b"Length: 2", b"Length: two")),
        "a length of a terabyte": _at_once(good.replace(b"Length: 2", b"Length: 1000000000000")),
        "a chunk of no size": _at_once(chunked + b"zz\r\n{}\r\n"),
        "a chunk of a terabyte": _at_once(chunked + b"FFFFFFFFFF\r\n{}"),
        "nothing at all": _at_once(b""),
        "bytes that are no HTTP": _at_once(bytes(range(256)) * 8),
        "a status that is no number": _at_once(b"HTTP/1.1 OK fine\r\n\r\n{}"),
        "a status line with escapes": _at_once(
            response(b"{}", "500 " + _ESCAPES.encode("ascii", "ignore").decode())
        ),
        "switching protocols": _at_once(response(b"", "101 Switching Protocols")),
        "no content": _at_once(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
        "a redirect to another host": _redirect(f"{thief}/steal"),
        "a redirect that keeps the method": _redirect(f"{thief}/steal", "307 Temporary Redirect"),
        "a redirect to itself": _redirect("/rest/api/3/search/jql", "301 Moved Permanently"),
        "a redirect to a file": _redirect("file:///etc/passwd"),
        "a redirect with escapes": _redirect("https://x/" + "\x1b[31m\x9b"),
        "a redirect to no address": _redirect("http://[::1/"),
        "wait for thirty years": _at_once(response(b"{}", busy, ("Retry-After: 999999999",))),
        "wait for ever": _at_once(response(b"{}", "429 Slow", ("Retry-After: Infinity",))),
        "wait until the year 9999": _at_once(
            response(b"{}", busy, ("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",))
        ),
        "a limit that never resets": _at_once(
            response(b"{}", "429 Slow", ("X-RateLimit-Reset: 9999-12-31T23:59:59-12:00",))
        ),
        "a date that is none": _at_once(
            good.replace(b"Fri, 27 Nov 2026", b"Fri, 31 Feb 99999999999")
        ),
        "the credential sent back": _at_once(_echo),
        "an explanation of 600 kB": _at_once(
            response(json.dumps({"message": "no " * 200_000}).encode(), "400 Bad Request")
        ),
        "an explanation with escapes": _at_once(
            response(
                json.dumps({"message": _ESCAPES, "error": {"message": _ESCAPES}}).encode(),
                "403 Forbidden",
            )
        ),
        "a log-in page": _at_once(response(b"<html>log in <input type=password>", headers=HTML)),
        "JSON nested 100,000 deep": _json("[" * 100_000 + "]" * 100_000),
        "objects nested 900 deep": _json('{"a":' * 900 + "1" + "}" * 900),
        "JSON of broken bytes": _json(b'{"issues": "\xff\xfe\xed\xa0\x80"}'),
        "half a pair of surrogates": _json('{"issues": "\\ud83d", "results": "\\ude00"}'),
        "numbers without end": _json('{"issues": [1e999], "total": -1e999, "results": [NaN]}'),
        "a number of 100,000 digits": _json('{"issues": ' + "9" * 100_000 + "}"),
        "a list for an object": _json("[]"),
        "null": _json("null"),
        "texts for everything": _json(
            '{"issues": "x", "results": "x", "files": "x", "has_more": "x", "next_cursor": 5}'
        ),
        "ids of every type but the right one": _at_once(
            lambda asked: _lists(
                asked,
                [{"object": "page", "id": one, "key": one} for one in (None, {}, [], 1e300, True)],
                None,
            )
        ),
        "a token that never ends": _json('{"access_token": "x", "expires_in": 1e300}'),
        "a token that has ended": _json('{"access_token": "x", "expires_in": -999999999999999}'),
        "a token that is no text": _json('{"access_token": {"a": 1}, "expires_in": "soon"}'),
        "a token with line breaks": _json('{"access_token": "a\\r\\nX-Evil: 1", "expires_in": 9}'),
        "a token with odd letters": _json('{"access_token": "é\\u0000☃", "expires_in": 9}'),
        "a token of 90 kB": _json('{"access_token": "' + "x" * 90_000 + '", "expires_in": 9}'),
        "pages without end": _at_once(
            lambda asked: _lists(asked, _items(asked.number), f"page {asked.number}")
        ),
        "empty pages without end": _at_once(
            lambda asked: _lists(asked, [], f"page {asked.number}")
        ),
        "the same page again and again": _at_once(lambda asked: _lists(asked, _items(1), "again")),
        "a page token that is no text": _at_once(
            lambda asked: _lists(asked, [], "x").replace(b'"x"', b'{"a"}')
        ),
    }  # fmt: skip
