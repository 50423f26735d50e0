"""Every view in a real browser: light, dark, on a phone; and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from dashboard.app import create_app
from pipelines.cli.page.serve import site_of
from pipelines.project import Project
from tests.support.company import Company
from tests.support.page.real_browser import LOOKS, Look, check_view, chromium, opened, served

pytestmark = pytest.mark.night

VIEWS = [
    "/team",
    "/team/Marketing",
    "/key-results/KR-17",
    "/key-results/KR-17/records",
    "/meeting/Marketing",
    "/lead",
    "/lead?queue=suggested",
    "/lead?queue=bare",
    "/lead?queue=pace+gap",
    "/lead/all?queue=suggested",
    "/tonight",
    "/company",
    "/tables",
    "/tables/key_results",
    "/tables/findings?severity=warning&q=KR",
    "/tables/links?state=broken&initiative=SAL-2",
    "/find?q=rate",
    "/when?back=/team",
    "/api/docs",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(published: Company) -> Iterator[str]:
    project = Project(published.folder / "okr.yaml", with_secrets=False)
    with served(create_app(site_of(project))) as at:
        yield at


# Colours are those of one sheet, so one view in the dark tells for most of them; on a phone those
# that people open there.
ON_A_PHONE = ("/team/Marketing", "/key-results/KR-17", "/meeting/Marketing", "/lead", "/tonight")
USUAL = {
    *((path, "light") for path in VIEWS),
    *((path, "phone") for path in ON_A_PHONE),
    (VIEWS[0], "dark"),
}
CASES = [
    pytest.param(
        path,
        look,
        id=f"{path}-{look.name}",
        marks=[] if (path, look.name) in USUAL else [pytest.mark.matrix],
    )
    for path in VIEWS
    for look in LOOKS
]


@pytest.mark.parametrize(("path", "look"), CASES)
def test_every_view_keeps_its_promises(
    browser: Browser, address: str, path: str, look: Look
) -> None:
    check_view(browser, address, path, look)


def test_find_filter_and_open_a_row_by_keyboard_alone(browser: Browser, address: str) -> None:
    with opened(browser, address, LOOKS[0]) as page:
        page.goto("/team")
        page.keyboard.press("/")
        page.keyboard.type("kr-17")
        page.keyboard.press("Enter")
        page.wait_for_url("**/key-results/KR-17")
        page.goto("/tables/findings")
        page.get_by_label("Words in any text of a row").focus()
        page.keyboard.type("watermelon")
        page.keyboard.press("Enter")
        page.wait_for_url("**/tables/findings?*q=watermelon*")
        assert page.locator("dl.record").count() == 1


def test_a_past_day_is_chosen_and_stays(browser: Browser, address: str) -> None:
    with opened(browser, address, LOOKS[0]) as page:
        page.goto("/company")
        page.get_by_role("link", name="as of 28 Nov").click()
        page.get_by_role("link", name="Published then").click()
        page.get_by_role("link", name="28 Nov 2026", exact=True).click()
        page.wait_for_url("**/company?as_of=2026-11-28&known=then")
        assert "as published then" in page.inner_text("header")


def test_a_meeting_is_printed_on_two_sheets_with_every_figure(
    browser: Browser, address: str
) -> None:
    with opened(browser, address, LOOKS[0]) as page:
        page.goto("/meeting/Sales")
        sheets = re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True))
        page.emulate_media(media="print")
        told = page.locator("section.mk").all_inner_texts()
    assert 1 <= len(sheets) <= 2
    assert {text.split()[0] for text in told} == {"KR-25", "KR-26", "KR-27"}
    for text in told:
        assert re.search(r"\d.* → \d.* by 31 Dec", text), text
        assert "the evidence, " in text
