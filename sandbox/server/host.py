"""The three stand-ins on one local port, with a company in them: the sample, or another.

What belongs here: starting and stopping the server. What does not: how the services respond.
"""

from __future__ import annotations

import re
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.company import generate
from sandbox.server.contents import Contents
from sandbox.server.gate import Answer, Gate, RequestSeen
from sandbox.server.google.app import google_app
from sandbox.server.google.service_account import EMAIL, shared_account
from sandbox.server.jira.app import jira_app
from sandbox.server.notion.app import notion_app
from sandbox.server.people.app import company_app
from sandbox.server.people.issue_page import IssuePages
from sandbox.server.people.notion_page import NotionPages
from sandbox.server.people.play import Play
from sandbox.server.people.spreadsheet_page import SpreadsheetPages

_START_SECONDS = 20.0
_AS_OF = re.compile(r"^as_of: \S+", re.MULTILINE)


def _listen(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


class Sandbox:
    """The three stand-ins, served from a thread while the context is open.

    Attributes:
        company: What the services hold, and its settings.
        clock: The sandbox's time; ``now`` and ``advance(seconds)``.
        jira: The Jira site: ``edit_issue``, ``delete_issue``, ``move_issue``, ``hide_project``.
        notion: The Notion workspace: ``edit_page`` and more.
        sheets: The Google Drive: ``set_cell`` and more.
        play: Edits of all three in words, as ``POST /company/control`` does them.
        control_token: The bearer token that may.
        lost_edits: What the journal holds and could not be done again.

    Args:
        issues: How many Jira issues there are in all.
        seed: Seed of the generated issues.
        port: Port on 127.0.0.1; 0 for any free port. A socket that listens already is used and
            left open.
        until: The company as it stood then; None is the end of its story.
        journal: Keeps the edits of ``play``; those that it holds are done again.
        company: Makes another company than the sample, given who may read its spreadsheets;
            then ``issues``, ``seed`` and ``until`` say nothing.
    """

    def __init__(
        self,
        issues: int = 1500,
        seed: int = 7,
        port: int | socket.socket = 0,
        until: datetime | None = None,
        journal: Path | None = None,
        company: Callable[[tuple[str, ...]], Contents] | None = None,
    ) -> None:
        sample = partial(generate.build, issues, seed, until=until)
        self._build: Callable[[], Contents] = (
            partial(company, (EMAIL,)) if company else partial(sample, readers=(EMAIL,))
        )
        self._journal = journal
        self._account = shared_account()
        self._jira_token = secrets.token_urlsafe(18)
        self._notion_token = f"ntn_{secrets.token_urlsafe(18)}"
        self._listener = port if isinstance(port, socket.socket) else None
        self._port = 0 if isinstance(port, socket.socket) else port
        self.control_token = secrets.token_urlsafe(18)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.reset()

    def reset(self) -> None:
        """Begin anew: the company as generated, its clock, no request seen, nothing dictated.

        Addresses and credentials stay, and what the journal holds is done again.
        """
        self.company = self._build()
        self.clock = self.company.clock
        self.jira = self.company.jira
        self.notion = self.company.notion
        self.sheets = self.company.sheets
        self._jira_user = str(self.jira.me.email)
        zone = self.company.zone
        stores = self.jira, self.notion, self.sheets
        self.play = Play(self.clock, zone, *stores, journal=self._journal)
        self.lost_edits = self.play.replay()
        self._gate = Gate(self._apps(), self.clock)
        if self._server:
            self._gate.connections = self._server.server_state.connections

    def __enter__(self) -> Sandbox:
        listener = self._listener.dup() if self._listener else _listen(self._port)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._answer,
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            interface="asgi3",
            lifespan="off",
            ws="none",
        )
        server = uvicorn.Server(config)
        self._server = server
        self._gate.connections = server.server_state.connections
        self._thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        self._thread.start()
        give_up = time.monotonic() + _START_SECONDS
        while not server.started:
            if time.monotonic() > give_up or not self._thread.is_alive():
                raise RuntimeError(f"the sandbox did not start on port {self._port}")
            time.sleep(0.005)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(timeout=_START_SECONDS)

    @property
    def jira_url(self) -> str:
        """Jira's base address; its API is under ``/rest/api/3``."""
        return self._url("jira")

    @property
    def notion_url(self) -> str:
        """Notion's base address; its API is under ``/v1``."""
        return self._url("notion")

    @property
    def sheets_url(self) -> str:
        """Google's base address: ``/v4/spreadsheets``, ``/drive/v3/files`` and ``/token``."""
        return self._url("google")

    @property
    def company_url(self) -> str:
        """The index of all records in plain pages; ``/control`` below it takes edits."""
        return self._url("company")

    @property
    def day(self) -> date:
        """The company's day by the sandbox's clock."""
        return self.clock.now.astimezone(self.company.zone).date()

    @property
    def requests(self) -> list[RequestSeen]:
        """Every request seen so far, oldest first; may be cleared."""
        return self._gate.requests

    @property
    def latency(self) -> float:
        """Seconds added to every response; may be set."""
        return self._gate.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._gate.latency = seconds

    def switch_off(self, service: str) -> None:
        """Let ``jira``, ``notion`` or ``google`` answer 503 to every request."""
        self._gate.switch_off(service)

    def switch_on(self, service: str) -> None:
        """Let it respond again."""
        self._gate.switch_on(service)

    def dictate(self, service: str, *answers: Answer) -> None:
        """Queue these responses for the service's next requests, one each.

        A :class:`~sandbox.server.gate.Fault` is injected into the service's own response; None
        leaves that unchanged.
        """
        self._gate.dictate(service, *answers)

    def forget(self) -> None:
        """Drop all queued responses."""
        self._gate.forget()

    def environment(self) -> dict[str, str]:
        """The environment variables of the sample settings, including credentials."""
        return {
            "OKR_JIRA_URL": self.jira_url,
            "OKR_JIRA_USER": self._jira_user,
            "OKR_JIRA_TOKEN": self._jira_token,
            "OKR_NOTION_URL": self.notion_url,
            "OKR_NOTION_TOKEN": self._notion_token,
            "OKR_SHEETS_URL": self.sheets_url,
        }

    def write_settings(self, folder: Path) -> Path:
        """Write ``okr.yaml`` and ``service-account.json``; returns the path of ``okr.yaml``."""
        folder.mkdir(parents=True, exist_ok=True)
        self._account.write(folder / "service-account.json", f"{self.sheets_url}/token")
        settings = folder / "okr.yaml"
        text = _AS_OF.sub(f"as_of: {self.day}", self.company.settings)
        settings.write_text(text, "utf-8")
        return settings

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the gate of the present company answer."""
        await self._gate(scope, receive, send)

    def _apps(self) -> dict[str, ASGIApp]:
        """Each service with the pages that people open, and the company's own address."""
        jira = jira_app(self.jira, {self._jira_user: self._jira_token})
        notion = notion_app(self.notion, {self._notion_token})
        google = google_app(self.sheets, {self._account.email: self._account.public_key})
        issues, pages, sheets = (
            IssuePages(self.jira),
            NotionPages(self.notion),
            SpreadsheetPages(self.sheets),
        )
        jira.routes.append(Route("/browse/{key}", issues.show))
        notion.routes.append(Route("/p/{page}", pages.show))
        google.routes.append(Route("/spreadsheets/d/{id}/edit", sheets.show))
        control = (self.play, self.control_token, lambda: self.day)
        company = company_app(self.company.title, self.jira, (issues, pages, sheets), control)
        return {"jira": jira, "notion": notion, "google": google, "company": company}

    def _url(self, service: str) -> str:
        if self._server is None:
            raise RuntimeError("the sandbox has no address before it is entered")
        return f"http://127.0.0.1:{self._port}/{service}"
