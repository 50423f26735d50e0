"""The page in an organization's own words and language; the API as it always is."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from published.formatting import Formatter
from published.organization import OwnWords
from tests.support.page.page_of import Browser, browser, site
from tests.support.page.small_tables import claim, finding, key_result, publish_rows, work

MARKED = OwnWords(
    objective="<i>Ziel</i>",
    objectives="<i>Ziele</i>",
    key_result="<b>Erfolg</b>",
    key_results="<b>Erfolge</b>",
    initiative="<u>Vorhaben</u>",
    initiatives="<u>Vorhaben</u>",
    team="<s>Squad</s>",
    teams="<s>Squads</s>",
    company="<em>Konzern</em>",
    levels={"company": "<em>Konzern</em>", "team": "<s>Squad</s>"},
)
VIEWS = (
    *("/team", "/team/Sales", "/meeting/Sales", "/key-results/KR-1", "/company", "/lead"),
    *("/lead?queue=bare", "/lead/all?queue=broken", "/tonight", "/find?q=work", "/find", "/when"),
)
# What the page says itself; names of tables, rules and states are contracts, and stay.
USUAL = re.compile(r"\bKey Results?\b|\bObjectives?\b|\bInitiatives?\b|\b[Tt]eams?\b|\bCompany\b")
MEASURED = {
    "team": "Sales",
    "teams": ["Sales"],
    "unit": "hours",
    "objective_id": "O-1",
    "objective": "Sell",
    "value_state": "measured",
    "current_value": 2.5,
    "current_value_at": dt.date(2026, 11, 27),
    "value_age_days": 1,
    "progress_raw": 0.25,
    "progress": 0.25,
    "expected_progress": 0.5,
    "attainment_probability": 0.125,
    "stated_confidence": "high",
    "computed_confidence": "low",
    "cycle_start": dt.date(2026, 10, 1),
    "cycle_end": dt.date(2026, 12, 31),
    "due_on": dt.date(2026, 12, 31),
    "pace": "behind",
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "published.duckdb"
    rollup = {"cycle_id": "2026-Q4", "key_results": 2, "progress": 0.25, "method": "mean"}
    levels = (("company", "Acme"), ("team", "Sales"), ("objective", "O-1"))
    publish_rows(
        path,
        key_results=[key_result("KR-1", **MEASURED), key_result("KR-2", **MEASURED)],
        objectives=[{"objective_id": "O-1", "title": "Sell", "level": "Company"}],
        rollups=[{**rollup, "level": level, "subject": subject} for level, subject in levels],
        initiatives=[work(1), work(2)],
        links=[
            claim(1, "KR-1", "active", field="Serves"),
            claim(2, "KR-160", "broken", field="Serves"),
        ],
        findings=[
            finding("key result without initiative", "key result", "KR-2"),
            finding("broken link", "initiative", "jira:2"),
        ],
    )
    return path


def page(file: Path, language: str = "en", words: OwnWords | None = None) -> Browser:
    plain = site(file)
    told = replace(
        plain.organization,
        zone=ZoneInfo("Asia/Tokyo"),
        figures=Formatter(language),
        words=words or OwnWords(),
    )
    return browser(replace(plain, organization=told))


def shown(answer: str) -> str:
    """The text and the spoken labels of a page."""
    body = answer[answer.index("<body") :]
    labels = " ".join(
        re.findall(r'(?:aria-label|title|data-h|data-at|placeholder)="([^"]*)"', body)
    )
    return html.unescape(re.sub(r"<[^>]*>", " ", body) + " " + labels)


@pytest.fixture(scope="module")
def marked(file: Path) -> Browser:
    return page(file, words=MARKED)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_names_things_as_the_organization_does_and_escapes_it(
    marked: Browser, view: str
) -> None:
    answer = marked.get(view)
    assert answer.status_code == 200, answer.text
    for tag in ("<i>Z", "<b>E", "<u>V", "<s>S", "<em>K"):
        assert tag not in answer.text
    # How a number came about is told as okr explain tells it.
    own = re.sub(r'<section class="box" id="derivation">.*?</section>', "", answer.text, flags=re.S)
    own = re.sub(r'<a class="n" href="/tables/(\w+)">\1</a>', "", own)  # a table by its name
    assert not USUAL.findall(shown(own))
    assert re.search("Ziel|Erfolg|Vorhaben|Squad|Konzern", shown(own))


@pytest.mark.parametrize(
    ("language", "value", "share", "day"),
    [
        ("de", "2,5 hours", "25\xa0%", "27. Nov."),
        ("fr", "2,5 hours", "25\xa0%", "27 nov."),
        ("ja", "2.5 hours", "25%", "11月27日"),
        ("ar_EG", "\u2068٢٫٥\u2069 hours", "\u2068٢٥٪\u2069", "\u2068٢٧ نوفمبر\u2069"),
    ],
)
def test_figures_and_days_of_a_page_follow_the_language(
    file: Path, language: str, value: str, share: str, day: str
) -> None:
    told = page(file, language).get("/key-results/KR-1").text
    assert all(text in told for text in (value, share, day)), told


def test_arabic_digits_stand_wherever_the_page_counts(file: Path) -> None:
    here = page(file, "ar_EG")
    for view in ("/team/Sales", "/company", "/meeting/Sales", "/when"):
        body = re.sub(r"\b(?:KR|SUP|O)-\d+|2026-Q4|Work \d", "", shown(here.get(view).text))
        assert re.search("[٠-٩]", body)
        assert not re.findall(r"(?<![\w-])[0-9]+(?:[.,][0-9]+)?(?![\w-])", body), view


def test_programs_are_answered_alike_whatever_the_organization_speaks(
    file: Path, marked: Browser
) -> None:
    usual, here = page(file), page(file, "ar_EG", MARKED)
    for view in ("/api/key-results", "/api/lead", "/tables/key_results.csv"):
        assert here.get(view).text == usual.get(view).text == marked.get(view).text
