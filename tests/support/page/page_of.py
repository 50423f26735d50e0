"""The page for tests: a client that says what a browser would say."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from dashboard.access.gate import FORM_FIELD, Access
from dashboard.app import create_app
from dashboard.site import Site
from pipelines.settings.settings import CycleSettings
from published.organization import Organization
from published.snapshot import Snapshots

HERE = "http://127.0.0.1:8700"
NOW = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
_TOKEN = re.compile(rf'name="{FORM_FIELD}" value="([0-9a-f]+)"')


def site(duckdb: Path, access: Access | None = None) -> Site:
    """An organization's page over a published file, which need not exist."""
    cycle = CycleSettings(id="2026-Q4", start=dt.date(2026, 10, 1), end=dt.date(2026, 12, 31))
    words = Organization("Acme", ZoneInfo("UTC"), ("High", "Medium", "Low"), [cycle])
    return Site(Snapshots(duckdb), words, "ada", lambda: NOW, access=access)


class Browser(TestClient):
    """A browser at the page: it names the page as the origin of what it sends."""

    def __init__(self, app: FastAPI, at: str = HERE) -> None:
        super().__init__(app, base_url=at, headers={"Origin": at}, follow_redirects=False)

    def send_form(self, page: str, to: str, values: Mapping[str, str]) -> httpx.Response:
        """Send a form as it stands on ``page``, with the token that it has there."""
        found = _TOKEN.search(self.get(page).text)
        assert found, f"{page} has no form with a token"
        return self.post(to, data={**values, FORM_FIELD: found[1]})


def browser(of: Site, at: str = HERE) -> Browser:
    """A browser at the page of ``of``."""
    return Browser(create_app(of), at)
