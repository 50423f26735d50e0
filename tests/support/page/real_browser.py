"""A real browser at the page: what it shows, weighs, asks of others, and keeps from some readers.

Views are opened in light, in dark and on a phone. A screenshot of each is kept in
``build/screenshots``, or in the folder that the environment variable ``OKR_SCREENSHOTS`` names.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.support.paths import ROOT

CHROMIUM = Path(os.environ.get("OKR_CHROMIUM", "/usr/bin/chromium"))
_SCREENSHOTS = Path(os.environ.get("OKR_SCREENSHOTS") or ROOT / "build" / "screenshots")
MOST_BYTES = 150_000
"""Of a view with its sheet and scripts."""
PHONE = 360
_PATIENCE = 180_000.0  # milliseconds: how fast the machine is, is not what is tested


@dataclass(frozen=True)
class Look:
    """How a view is looked at."""

    name: str
    width: int
    dark: bool


LOOKS = (Look("light", 1440, False), Look("dark", 1440, True), Look("phone", PHONE, False))


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; without it the test is skipped, and fails under ``CI=true``."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing; OKR_CHROMIUM names another")
        pytest.skip(f"NO BROWSER TEST HAS RUN: {CHROMIUM} is missing; OKR_CHROMIUM names another")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--force-color-profile=srgb"]
        )
        yield browser
        browser.close()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a free port of this machine; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def opened(browser: Browser, address: str, look: Look) -> Iterator[Page]:
    """A page of the browser, which may ask nobody but ``address``."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900 if look.width > PHONE else 780},
        color_scheme="dark" if look.dark else "light",
        base_url=address,
    )
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    others: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((address, "data:")):
            others.append(request.url)

    complaints: list[str] = []
    page.on("request", note)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
        assert not others, f"asked of others: {others}"
        assert not complaints, complaints
    finally:
        context.close()


def check_view(browser: Browser, address: str, path: str, look: Look) -> None:
    """Open a view and hold it to what every view keeps: weight, width, accessibility."""
    with opened(browser, address, look) as page:
        weight = 0

        def weigh(request: Request) -> None:
            nonlocal weight
            weight += request.sizes()["responseBodySize"]

        page.on("requestfinished", weigh)
        answer = page.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        keep(page, f"{path} {look.name}")
        assert weight < MOST_BYTES, f"{path}: {weight} bytes"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= look.width, f"{path}: {wide} pixels wide at {look.width}"
        assert serious(page) == [], path


def keep(page: Page, name: str) -> None:
    """Keep a screenshot of the whole page."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in name).strip("-")
    page.screenshot(path=_SCREENSHOTS / f"{plain}.png", full_page=True)


def serious(page: Page) -> list[str]:
    """What axe finds of serious or critical impact: the rule, and where."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
