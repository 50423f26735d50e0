"""A malicious server in place of each service: every behaviour must end in a sentence, in time.

Bounds are lowered, so that a run takes a minute: a response may take half a second and unpack to a
megabyte, a list may have twenty pages, and a request is tried twice. A behaviour passes if the pull
ends within :data:`LIMIT_SECONDS`, with rows or with an error of ``connectors.errors`` whose words
hold no credential and no character that a terminal would obey, and nothing was sent elsewhere.

``python -m benchmarks servers`` prints the table; ``--only header`` runs those with that name.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pandas  # noqa: F401 - pyarrow imports it with the first table, which takes a while

from benchmarks.hostile.behaviours import behaviours
from benchmarks.hostile.wire import Behaviour, Request, Send, response, serving
from connectors.errors import SourceError
from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource
from connectors.notion.source import NotionSettings, NotionSource
from connectors.records import Problem, Source
from connectors.sheets.source import SheetsSettings, SheetsSource
from connectors.transport import bounds
from connectors.transport.retry import RetryPolicy
from sandbox.server.google.service_account import ServiceAccount

LIMIT_SECONDS = 15.0
SECRETS = ("s3cr3t-t0ken-of-jira", "ntn_s3cr3t-t0ken", "ya29.s3cr3t-t0ken")
_PLACE = "11111111-1111-1111-1111-111111111111"
_AT_ONCE = 8  # pulls; most of them wait
_TWICE = RetryPolicy(attempts=2, base_seconds=0.001, cap_seconds=0.01, deadline_seconds=4.0)
_BOUNDS = bounds.Bounds(seconds=0.5, body_bytes=2**20, pages=20, barren_pages=5)


@dataclass(frozen=True)
class Ended:
    """How a pull from the malicious server ended.

    Attributes:
        said: The error, or the first problem, or how many records were read.
        seconds: How long it took.
        broken: Which promise was broken; empty if none was.
    """

    said: str
    seconds: float
    broken: str = ""


@dataclass(frozen=True)
class Victim:
    """A connector that reads from the malicious server.

    Attributes:
        build: Makes the connector that reads from an address.
        polite: Answers some requests as the service would, so that the others are sent at all.
    """

    build: Callable[[str], Source]
    polite: Callable[[Request], Any] = lambda _: None

    def run(self, behave: Behaviour) -> Ended:
        """Pull from a server that behaves so."""

        def served(request: Request, send: Send) -> None:
            proper = self.polite(request)
            if proper is None:
                behave(request, send)
            else:
                send(response(json.dumps(proper).encode()))

        with serving(served) as wire:
            started = time.monotonic()
            said, broken = _pull(self.build(wire.url))
            seconds = time.monotonic() - started
        if seconds > LIMIT_SECONDS:
            broken = f"took {seconds:.1f} s"
        if any(secret in said for secret in SECRETS):
            broken = "a credential is shown"
        if not said.isprintable():
            broken = "a control character is shown"
        return Ended(said, seconds, broken)


def victims(folder: Path) -> dict[str, Victim]:
    """The connectors by name, each from its first request on and from a later one on.

    Args:
        folder: Holds the keys to sign in to Google with.
    """
    account = ServiceAccount()

    def sheets(url: str) -> Source:
        key = folder / f"key-{url.rpartition(':')[2]}.json"
        account.write(key, f"{url}/token")
        return SheetsSource(SheetsSettings(key, ("one",), url, timeout=0.4, retry=_TWICE))

    return {
        "jira": Victim(_jira),
        "jira changes": Victim(_jira, _found),
        "notion": Victim(_notion),
        "notion pages": Victim(_notion, _shared),
        "sign-in": Victim(sheets),
        "sheets": Victim(sheets, _signed_in),
        "sheets cells": Victim(sheets, lambda asked: _signed_in(asked) or _listed(asked)),
    }


def _jira(url: str, **more: Any) -> Source:
    user, jql = "mia@example.com", "project = WEB"
    return JiraSource(JiraSettings(url, user, SECRETS[0], jql, timeouts=(0.4, 0.4), **more))


def _notion(url: str) -> Source:
    most = 1_000_000
    return NotionSource(
        NotionSettings(
            SECRETS[1], (_PLACE,), url, requests_per_minute=most, timeout=0.4, retry=_TWICE
        )
    )


def _found(request: Request) -> Any:
    issue = {"id": "10001", "key": "WEB-1", "fields": {"summary": "One"}}
    return {"issues": [issue]} if request.path.endswith("/search/jql") else None


def _fields(request: Request) -> Any:
    one = {"id": "customfield_1", "name": "Amount", "schema": {"type": "number"}}
    return [one] if request.path.endswith("/field") else None


def _shared(request: Request) -> Any:
    title = {"id": "title", "name": "Name", "type": "title", "title": {}}
    one = {"object": "data_source", "id": _PLACE, "title": [], "properties": {"Name": title}}
    return None if request.path.endswith("/query") else one | {"results": [one]}


def _signed_in(request: Request) -> Any:
    token = {"access_token": SECRETS[2], "expires_in": 3600, "token_type": "Bearer"}
    return token if request.path == "/token" else None


def _listed(request: Request) -> Any:
    listed = request.path.startswith("/drive/v3/files")
    return {"files": [{"id": "one", "name": "One", "version": "1"}]} if listed else None


def polite_sources(
    folder: Path,
) -> dict[str, tuple[Callable[[str], Source], Callable[[Request], Any]]]:
    """How a connector is made by name, and what answers all but the request for its records."""
    every = victims(folder)
    return {
        "jira": (lambda url: _jira(url, fields=("Amount",)), _fields),
        "notion": (every["notion pages"].build, every["notion pages"].polite),
        "sheets": (every["sheets cells"].build, every["sheets cells"].polite),
    }


@contextmanager
def lowered() -> Iterator[None]:
    """Low bounds, and two attempts for every request."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(bounds, "BOUNDS", _BOUNDS))
        twice = partial(
            RetryPolicy, attempts=2, base_seconds=0.001, cap_seconds=0.01, deadline_seconds=4.0
        )
        stack.enter_context(mock.patch("connectors.transport.http.RetryPolicy", twice))
        yield


def _pull(source: Source) -> tuple[str, str]:
    """What a pull says, and which promise it broke."""
    problems: list[Problem] = []
    try:
        for message in source.pull({}):
            if isinstance(message, Problem):
                problems.append(message)
    except SourceError as error:
        return str(error), ""
    except Exception as fault:  # anything but a SourceError is the defect that is looked for
        return f"{type(fault).__name__}: {fault}", f"a defect: {type(fault).__name__}"
    finally:
        source.close()
    rows = f"{source.figures.rows} records read"
    return (problems[0].sentence if problems else rows), ""


def attack(only: str = "") -> dict[tuple[str, str], Ended]:
    """How every connector ends, by behaviour and connector, for behaviours whose name has that."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(lambda _request, _send: None) as thief,
        lowered(),
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        begun = {
            (name, reader): pool.submit(victim.run, behave)
            for name, behave in behaviours(thief.url).items()
            for reader, victim in victims(Path(folder)).items()
            if only in name
        }
        ended = {key: future.result() for key, future in begun.items()}
        if thief.requests:
            ended["any", "any"] = Ended("", 0.0, "something was sent to another host")
    return ended


def table(ended: dict[tuple[str, str], Ended]) -> str:
    """The table, as Markdown."""
    head = "| the server | read by | seconds | what is said |\n|---|---|---|---|"
    rows = [
        f"| {behaviour} | {reader} | {end.seconds:.1f} | {end.said[:160].replace('|', '/')} |"
        for (behaviour, reader), end in ended.items()
    ]
    return "\n".join([head, *rows])


def main() -> int:
    """Run every behaviour against every connector, and print the table; 1 if a promise broke."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks servers")
    parser.add_argument("--only", default="", help="run those whose name has this")
    ended = attack(parser.parse_args().only)
    print(table(ended))
    broken = [f"{name}: {end.broken}" for name, end in ended.items() if end.broken]
    print("\n".join(broken) or f"{len(ended)} pulls from a malicious server ended in a sentence")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
