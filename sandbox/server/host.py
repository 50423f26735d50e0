"""The three stand-ins on one local port, with the sample company in them.

What belongs here: starting and stopping the server. What does not: how the services respond.
"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from importlib import resources
from pathlib import Path
from types import TracebackType

import uvicorn

from sandbox.company import generate
from sandbox.server.gate import Answer, Gate, RequestSeen
from sandbox.server.google.app import google_app
from sandbox.server.google.service_account import EMAIL, ServiceAccount
from sandbox.server.jira.app import jira_app
from sandbox.server.notion.app import notion_app

_START_SECONDS = 20.0


class Sandbox:
    """The three stand-ins, served from a thread while the context is open.

    Attributes:
        company: The sample company: ``truth`` and the three stores.
        clock: The sandbox's time; ``now`` and ``advance(seconds)``.
        jira: The Jira site: ``edit_issue``, ``delete_issue``, ``move_issue``, ``hide_project``.
        notion: The Notion workspace: ``edit_page`` and more.
        sheets: The Google Drive: ``set_cell`` and more.

    Args:
        issues: How many Jira issues there are in all.
        seed: Seed of the generated issues.
        port: Port on 127.0.0.1; 0 for any free port.
    """

    def __init__(self, issues: int = 1500, seed: int = 7, port: int = 0) -> None:
        self.company = generate.build(issues, seed, readers=(EMAIL,))
        self.clock = self.company.clock
        self.jira = self.company.jira
        self.notion = self.company.notion
        self.sheets = self.company.sheets
        self._account = ServiceAccount()
        self._jira_user = str(self.jira.me.email)
        self._jira_token = secrets.token_urlsafe(18)
        self._notion_token = f"ntn_{secrets.token_urlsafe(18)}"
        self._port = port
        self._gate = Gate(
            {
                "jira": jira_app(self.jira, {self._jira_user: self._jira_token}),
                "notion": notion_app(self.notion, {self._notion_token}),
                "google": google_app(self.sheets, {self._account.email: self._account.public_key}),
            },
            self.clock,
        )
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Sandbox:
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._gate,
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
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
        sample = resources.files("sandbox.company") / "okr.yaml"
        settings.write_text(sample.read_text("utf-8"), "utf-8")
        return settings

    def _url(self, service: str) -> str:
        if self._server is None:
            raise RuntimeError("the sandbox has no address before it is entered")
        return f"http://127.0.0.1:{self._port}/{service}"
