"""The Lead's home by keyboard alone, in a real browser: from the first question to none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dashboard.app import create_app
from pipelines.cli.page.serve import site_of
from tests.dashboard.views.lead.test_home import Desk
from tests.support.page.real_browser import LOOKS, chromium, keep, opened, serious, served

pytestmark = pytest.mark.night


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    with (
        chromium() as browser,
        served(create_app(site_of(desk.project))) as address,
        opened(browser, address, LOOKS[0]) as found,
    ):
        yield found


def press(page: Page, key: str) -> None:
    """A key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def test_every_question_is_decided_by_keyboard_alone(desk: Desk, page: Page) -> None:
    def left() -> str:
        return page.inner_text(".qs .s >> nth=0")

    page.goto("/lead?queue=suggested")
    page.keyboard.press("?")
    told = " ".join(page.inner_text("dialog").split())
    assert "a Accept KR-1" in told
    assert "n Other work" in told
    assert "/ find anything" in told
    assert serious(page) == []
    page.keyboard.press("n")  # is no decision while the keys are shown
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    press(page, "2")
    assert page.inner_text("[data-key=a]").endswith("Accept KR-2")
    press(page, "1")
    page.keyboard.press("c")
    page.keyboard.type("KR-2")  # into the list of Key Results
    page.keyboard.press("Tab")
    press(page, "Enter")
    assert left().startswith("3 decisions wait, 1 decided")
    press(page, "u")
    assert left().startswith("4 decisions wait")
    assert page.inner_text(".path").startswith("Suggested")
    press(page, "a")
    press(page, "n")
    press(page, "s")
    press(page, "Shift+A")
    press(page, "Escape")
    while not left().startswith("Nothing left, 4 decided"):
        press(page, "n")
    assert "You owe nothing until the next run" in page.inner_text(".zero")
    assert serious(page) == []
    keep(page, "lead zero")
    actions = desk.log["action"].tolist()
    assert actions[:3] == ["accept", "undo", "accept"]
    assert set(actions[3:]) == {"other"}
