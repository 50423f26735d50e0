"""Outages of each source: what readers see, who is told, and whether a healthy night repairs it.

Each row starts from a good night, then lives through two nights of the outage and a healthy one.
What belongs here: the outages, the nights, the alerts that a local webhook receives, and the table.
What does not: damages of content and settings, and judging the published tables (``damages``).

Promises: no number is wrong and nothing is lost silently; each cause is told once and its end once;
the healthy night publishes what the good one did, and no alert stays open.

``python -m benchmarks outages`` prints the table; ``--only notion`` runs those whose name has it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import ssl
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

from benchmarks.certificates import self_signed
from benchmarks.faults.damage_scripts import GERMAN, METRICS, Damage
from benchmarks.faults.damages import Ended, Ward
from sandbox.company.ids import data_source_id
from sandbox.server import Dictated, Fault, Sandbox

_MANY = 400  # more than the requests of two nights
_HALF = 0.55  # exactly half is taken for what people wanted: see docs/production.md
_EPIC = 10000
_WAREHOUSE = "postgresql://okr:secret@127.0.0.1:9/warehouse"
_CLOSED = "http://127.0.0.1:9"  # nothing listens on the discard port
_NOWHERE = "http://okr-sync.invalid"
_SERVICES = {"jira": "jira", "notion": "notion", "sheets": "google"}
_PORTAL = b"<html><form>log in <input type='password'></form></html>"
_ERRORS: dict[str, Callable[[int, str], dict[str, object]]] = {
    "jira": lambda _status, words: {"errorMessages": [words], "errors": {}},
    "notion": lambda status, words: {
        "object": "error",
        "status": status,
        "code": {401: "unauthorized", 403: "restricted_resource"}.get(
            status, "service_unavailable"
        ),
        "message": words,
    },
    "sheets": lambda status, words: {
        "error": {"code": status, "message": words, "status": "PERMISSION_DENIED"}
    },
}


@dataclass(frozen=True)
class Course:
    """One row: an outage that lasted two nights, and the healthy night after it.

    Attributes:
        nights: The two nights.
        healed: The healthy one.
        told: How often each cause was told, by its id.
        over: How often its end was told.
        broken: The promises that were broken.
    """

    nights: tuple[Ended, Ended]
    healed: Ended
    told: Counter[str] = field(default_factory=Counter)
    over: Counter[str] = field(default_factory=Counter)
    broken: tuple[str, ...] = ()


def _answers(service: str, *answers: Dictated) -> Callable[[Sandbox], None]:
    """The service answers so and not otherwise, in turn."""

    def do(box: Sandbox) -> None:
        box.dictate(service, *(answers[number % len(answers)] for number in range(_MANY)))

    return do


def _slow(service: str) -> Callable[[Sandbox], None]:
    return lambda box: box.dictate(service, *[Fault("slow", 2.0)] * 3)


def _errors(source: str, status: int, words: str, **headers: str) -> Dictated:
    body = json.dumps(_ERRORS[source](status, words)).encode()
    return Dictated(status, body, {"Content-Type": "application/json", **headers})


def _everywhere(source: str, variable: str) -> Iterator[Damage]:
    """What can happen to each service alike."""
    service, path = _SERVICES[source], _SERVICES[source]
    yield Damage(f"{source}: down", 3, environ={variable: f"{_CLOSED}/{path}"})
    yield Damage(f"{source}: no such host", 3, environ={variable: f"{_NOWHERE}/{path}"})
    yield Damage(f"{source}: slow", 0, _slow(service))
    for status, words in ((401, "The credential is not valid."), (403, "Not allowed.")):
        answer = _errors(source, status, words)
        yield Damage(f"{source}: {status}", 3, _answers(service, answer))
    storm = _errors(source, 429, "Too many requests.", **{"Retry-After": "1"})
    yield Damage(f"{source}: 429 storm", 3, _answers(service, storm))
    down = [_errors(source, status, "Try later.") for status in (500, 502, 503)]
    yield Damage(f"{source}: 5xx", 3, _answers(service, *down))
    yield Damage(f"{source}: garbage", 3, _answers(service, Dictated(200, b"\x00\xff{]\x80" * 50)))
    page = Dictated(200, _PORTAL, {"Content-Type": "text/html"})
    yield Damage(f"{source}: log-in page", 3, _answers(service, page))


def _delete_issues(share: float) -> Callable[[Sandbox], None]:
    def do(box: Sandbox) -> None:
        keys = [f"WEB-{number}" for number in range(1, 2000) if box.jira.find(f"WEB-{number}")]
        for key in keys[: round(len(keys) * share)]:
            if box.jira.find(key):  # not deleted with its parent
                box.jira.delete_issue(key)

    return do


def _trash_pages(share: float) -> Callable[[Sandbox], None]:
    def do(box: Sandbox) -> None:
        pages = list(box.notion.rows[data_source_id("key_results")])
        for page in pages[: round(len(pages) * share)]:
            box.notion.trash_page(page)

    return do


def _clear_rows(last: int) -> Callable[[Sandbox], None]:
    def do(box: Sandbox) -> None:
        for row in range(4, last):
            for column in "ABC":
                box.sheets.set_cell(METRICS, f"Weekly!{column}{row}", None)

    return do


def _of_content() -> Iterator[Damage]:
    """What happens to what the services hold."""
    yield Damage("jira: schema drift", 0, lambda box: box.jira.rename("issue type", _EPIC, "Big"))
    yield Damage("jira: emptied", 3, _delete_issues(1.0))
    yield Damage("jira: half its rows gone", 3, _delete_issues(_HALF))
    yield Damage("jira: unshared", 3, lambda box: box.jira.hide_project("WEB"))
    yield Damage(
        "notion: schema drift",
        3,
        lambda box: box.notion.rename_property(data_source_id("check_ins"), "Confidence", "Mood"),
    )
    yield Damage("notion: emptied", 3, _trash_pages(1.0))
    yield Damage("notion: half its rows gone", 3, _trash_pages(_HALF))
    yield Damage("notion: unshared", 3, lambda box: box.notion.unshare(data_source_id("projects")))
    yield Damage(
        "sheets: schema drift", 3, lambda box: box.sheets.set_cell(METRICS, "Weekly!C3", "Amount")
    )
    yield Damage("sheets: emptied", 3, lambda box: box.sheets.clear_tab(METRICS, "Weekly"))
    yield Damage("sheets: half its rows gone", 3, _clear_rows(4 + round(176 * _HALF)))
    yield Damage("sheets: unshared", 3, lambda box: box.sheets.revoke(GERMAN))


def outages(impostor: str) -> list[Damage]:
    """Every outage.

    Args:
        impostor: The address of a server whose certificate nobody signed.
    """
    variables = {"jira": "OKR_JIRA_URL", "notion": "OKR_NOTION_URL", "sheets": "OKR_SHEETS_URL"}
    every = [outage for one in variables.items() for outage in _everywhere(*one)]
    every += _of_content()
    every += [
        Damage(f"{source}: certificate of nobody", 3, environ={variable: f"{impostor}/{source}"})
        for source, variable in variables.items()
    ]
    return [
        *every,
        Damage("the published file's folder is gone", 2, edit=_elsewhere),
        Damage("a target is down", 3, edit=_with_target, environ={"OKR_WAREHOUSE": _WAREHOUSE}),
    ]


def _elsewhere(settings: str) -> str:
    """The tables go where a file stands in the way."""
    return settings.replace("duckdb: published.duckdb", "duckdb: /dev/null/published.duckdb")


def _with_target(settings: str) -> str:
    """The tables go to a Postgres, too."""
    target = "{name: warehouse, kind: postgres, url: '${OKR_WAREHOUSE}'}"
    file = "duckdb: published.duckdb"
    return settings.replace(file, f"targets: [{target}]\n  {file}")


class Outages(Ward):
    """The sample company, its outages, and a webhook that receives the alerts."""

    def __init__(self, folder: Path, hook: Webhook) -> None:
        super().__init__(folder, more_settings='\nalerts: {to: ["${OKR_ALERTS}"]}\n')
        self._hook = hook

    def course(self, outage: Damage) -> Course:
        """Two nights of the outage and a healthy one."""
        self._hook.messages.clear()
        environ = dict(os.environ)
        with self.damaged(outage) as folder:
            first, second = self.night(folder, outage), self.night(folder, outage)
            self.heal(folder, environ)
            self.box.clock.advance(3600)
            healed = self.night(folder, Damage("healed", 0))
            differences = self.differences(folder)
        told, over = self._hook.causes()
        nights = (first, second)
        broken = list(_broken(outage, nights, healed, told, over)) + differences
        return Course(nights, healed, told, over, tuple(broken))


def _broken(
    outage: Damage,
    nights: tuple[Ended, Ended],
    healed: Ended,
    told: Counter[str],
    over: Counter[str],
) -> Iterator[str]:
    for night in nights:
        yield from (*night.wrong, *night.silent)
        if night.exit_code != outage.exit_code:
            yield f"exit code {night.exit_code} instead of {outage.exit_code}"
    if healed.exit_code:
        yield f"the healthy night ended with {healed.exit_code}: {healed.sentence}"
    if outage.exit_code and not told:
        yield "nobody was told"
    if len(told) > 1:
        yield f"one fault is told as {len(told)} causes"
    if not outage.exit_code and told:
        yield f"told of nothing: {', '.join(told)}"
    for cause, times in told.items():
        if times != 1:
            yield f"told {times} times: {cause}"
        if over[cause] != 1:
            yield f"its end was told {over[cause]} times: {cause}"


class Webhook:
    """A web server that keeps the alerts sent to it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        kept = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._handler = Handler

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address while it runs."""
        with _serving(HTTPServer(("127.0.0.1", 0), self._handler)) as port:
            yield f"json://127.0.0.1:{port}"

    def causes(self) -> tuple[Counter[str], Counter[str]]:
        """How often each cause was told, and its end."""
        told, over = Counter[str](), Counter[str]()
        for message in self.messages:
            for line in message["message"].splitlines():
                if line.startswith("Cause: "):
                    told[line.removeprefix("Cause: ")] += 1
                elif line.startswith("Recovered: "):
                    over[line.removeprefix("Recovered: ").rpartition(", from ")[0]] += 1
        return told, over


@contextmanager
def _serving(server: HTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _impostor() -> Iterator[str]:
    """A server with a certificate of its own making."""
    with tempfile.TemporaryDirectory() as folder:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self_signed(Path(folder)))
        server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # a refused handshake
        with _serving(server) as port:
            yield f"https://127.0.0.1:{port}"


def table(courses: dict[str, Course]) -> str:
    """The table, as Markdown."""
    head = "| outage | tables | stale | exit | told once, and its end | what is said |"
    rows = [
        f"| {name} | {course.nights[0].outcome} | {len(course.nights[0].stale) or ''} |"
        f" {course.nights[0].exit_code} | {'; '.join(course.told)} |"
        f" {course.nights[0].sentence[:160].replace('|', '/')} |"
        for name, course in courses.items()
    ]
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def courses_of(only: str, worker: int, workers: int) -> dict[str, Course]:
    """Each ``workers``-th of the outages whose name has ``only``, from the given one on."""
    logging.disable(logging.WARNING)
    found: dict[str, Course] = {}
    hook = Webhook()
    with (
        tempfile.TemporaryDirectory() as folder,
        hook.serving() as address,
        mock.patch.dict(os.environ, OKR_ALERTS=address),
        _impostor() as impostor,
        Outages(Path(folder), hook) as world,
    ):
        for outage in _named(only, impostor)[worker::workers]:
            found[outage.name] = course = world.course(outage)
            print(outage.name, *course.broken, sep="\n  ", file=sys.stderr, flush=True)
    return found


def _named(only: str, impostor: str = "") -> list[Damage]:
    return [outage for outage in outages(impostor) if only in outage.name]


def main() -> int:
    """Run the outages, one world a processor, and print the table; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks outages")
    parser.add_argument("--only", default="", help="run those whose name has this")
    only = parser.parse_args().only
    names = [outage.name for outage in _named(only)]
    workers = min(os.cpu_count() or 1, len(names))
    found: dict[str, Course] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for some in pool.map(courses_of, [only] * workers, range(workers), [workers] * workers):
            found |= some
    courses = {name: found[name] for name in names}
    print(table(courses))
    broken = [f"{name}: {said}" for name, course in courses.items() for said in course.broken]
    promises = "no wrong number, nothing lost silently, each cause told once and its end once"
    print("\n".join(broken) or f"{len(courses)} outages: {promises}")
    return 1 if broken else 0
