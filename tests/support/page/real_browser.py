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
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

from tests.support.paths import ROOT

CHROMIUM = Path(os.environ.get("OKR_CHROMIUM", "/usr/bin/chromium"))
_SCREENSHOTS = Path(os.environ.get("OKR_SCREENSHOTS") or ROOT / "build" / "screenshots")
MOST_BYTES = 150_000
"""Of a view with its sheet and scripts."""
PHONE = 360
_PATIENCE = 180_000.0  # milliseconds: how fast the machine is, is not what is tested
_VIOLATIONS = {"resultTypes": ["violations"]}
"""What axe describes in full; to do so with what is well, too, takes a third of its time."""


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
    """The browser's tab at ``address``, which may ask nobody else.

    The tab stays for whoever comes next, since a new one begins with a process of its own, and that
    costs more than most views do. It keeps neither cookies nor anything that was downloaded, and
    does not outlive a test that failed in it.
    """
    page = _tab(browser, address)
    page.set_viewport_size({"width": look.width, "height": 900 if look.width > PHONE else 780})
    page.emulate_media(media="null", color_scheme="dark" if look.dark else "light")
    others: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((address, "data:")):
            others.append(request.url)

    def listen(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    def fail(error: Error) -> None:
        complaints.append(str(error))

    heard: dict[str, Any] = {"request": note, "console": listen, "pageerror": fail}
    for event, hear in heard.items():
        page.on(event, hear)  # type: ignore[call-overload]
    try:
        yield page
        assert not others, f"asked of others: {others}"
        assert not complaints, complaints
    except BaseException:
        page.context.close()
        raise
    for event, hear in heard.items():
        page.remove_listener(event, hear)
    page.context.clear_cookies()


def _tab(browser: Browser, address: str) -> Page:
    """The tab that an earlier test left at this address, else a new one."""
    for context in browser.contexts:
        if context.pages and context.pages[0].url.startswith(f"{address}/"):
            return context.pages[0]
    context = browser.new_context(base_url=address)
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    return page


def check_view(browser: Browser, address: str, path: str, look: Look) -> None:
    """Open a view and hold it to what every view keeps: weight, width, accessibility."""
    with opened(browser, address, look) as page:
        received: list[Request] = []

        def receive(request: Request) -> None:
            received.append(request)

        page.on("requestfinished", receive)
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        keep(page, f"{path} {look.name}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= look.width, f"{path}: {wide} pixels wide at {look.width}"
        assert serious(page) == [], path
        page.remove_listener("requestfinished", receive)
        weight = sum(one.sizes()["responseBodySize"] for one in received)
        assert weight < MOST_BYTES, f"{path}: {weight} bytes"


def keep(page: Page, name: str) -> None:
    """Keep a screenshot of the whole page."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in name).strip("-")
    page.screenshot(path=_SCREENSHOTS / f"{plain}.png", full_page=True)


def serious(page: Page) -> list[str]:
    """What axe finds of serious or critical impact: the rule, and where."""
    found: list[dict[str, Any]] = Axe().run(page, options=_VIOLATIONS).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
