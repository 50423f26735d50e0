"""Tonight, company, find and when: every state, and nothing that an address can break."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.access.gate import Access
from dashboard.access.reader import Reader
from dashboard.site import Operation, Unpublished
from published.errors import UserError
from tests.support.page.page_of import NOW, Browser, browser, site
from tests.support.page.published_file import AT, DAY, RUN, publish

HOSTILE = "<script>alert(1)</script>"
KEY_RESULT = {
    "cycle_id": "2026-Q4",
    "cycle_start": dt.date(2026, 10, 1),
    "cycle_end": dt.date(2026, 12, 31),
    "starts_on": dt.date(2026, 10, 1),
    "due_on": dt.date(2026, 12, 31),
    "statement": f"Raise {HOSTILE}",
    "objective_id": "O-2",
    "objective": "Sell",
    "team": "Sales & Söhne",
    "teams": ["Sales & Söhne"],
    "value_state": "no value",
    "progress_state": "no value",
    "evidence_state": "not enough evidence",
    "as_of": DAY,
}
ROWS: dict[str, list[Mapping[str, Any]]] = {
    "key_results": [KEY_RESULT | {"key_result_id": key} for key in ("KR-1", "KR-2")],
    "key_results_daily": [
        KEY_RESULT | {"key_result_id": "KR-1", "as_of": day}
        for day in (dt.date(2025, 12, 31), DAY - dt.timedelta(days=1), DAY)
    ],
    "key_results_restated": [
        KEY_RESULT | {"key_result_id": "KR-1", "as_of": dt.date(2025, 12, 31)}
    ],
    "objectives": [
        {"objective_id": "O-1", "cycle_id": "2026-Q4", "title": HOSTILE, "level": "company"},
        {"objective_id": "O-2", "cycle_id": "2026-Q4", "title": "Sell", "parent_id": "O-1"},
    ],
    "rollups": [
        {
            "level": level,
            "subject": subject,
            "cycle_id": "2026-Q4",
            "method": "mean",
            "key_results": 2,
            "progress": 0.478,
            "expected_progress": 0.637,
            "pace": "behind",
            "low": 1,
            "without_confidence": 1,
            "behind": 2,
        }
        for level, subject in (("company", "Acme"), ("team", "Sales & Söhne"), ("objective", "O-1"))
    ],
    "findings": [
        {
            "finding_id": "f1",
            "rule": "unreadable value",
            "severity": "warning",
            "subject_type": "key result",
            "subject_id": "KR-1",
            "sentence": f"The cell shows {HOSTILE}",
            "url": "javascript:alert(1)",
        }
    ],
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("views") / "published.duckdb", ROWS)


@pytest.fixture(scope="module")
def page(file: Path) -> Browser:
    return browser(site(file))


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def operated(
    file: Path,
    *,
    today: dt.date = DAY,
    unpublished: Unpublished | None = None,
    role: str = "admin",
    under_way: bool = False,
    not_fetched: str = "",
) -> tuple[Browser, list[str]]:
    """The page with an operator's functions, and what was started."""
    begun: list[str] = []

    def start() -> None:
        if under_way:
            raise UserError("A run is under way.")
        begun.append("run")

    given = Operation(
        today=lambda: today,
        unpublished=lambda: unpublished,
        start_run=start,
        started=lambda: "A run was started here." if begun else "",
        not_fetched=lambda: not_fetched,
    )
    reader = Reader("Ada", role, frozenset(), "for a test", "s", sees_all=True)  # type: ignore[arg-type]
    access = Access(lambda request: reader, b"secret")
    return browser(replace(site(file), operation=given, access=access)), begun


@pytest.mark.parametrize(("role", "is_told"), [("admin", True), ("viewer", False)])
def test_a_page_that_cannot_fetch_the_newest_state_says_so(
    tmp_path: Path, role: str, is_told: bool
) -> None:
    file = publish(tmp_path / "published.duckdb", ROWS)
    page, _ = operated(file, role=role, not_fetched="s3://okr/x: is away.")
    told = words(page.get("/tonight").text)
    assert "The newest state cannot be fetched, so what is shown may be older." in told
    assert ("s3://okr/x: is away." in told) == is_told
    page, _ = operated(file, role=role)
    assert "cannot be fetched" not in words(page.get("/tonight").text)


def test_a_complete_night(page: Browser) -> None:
    shown = page.get("/tonight").text
    told = words(shown)
    assert "Last run: complete" in told
    assert "The one source was read to the end, and 2 Key Results were published at 02:00." in told
    assert "To look at: 1 unreadable." in told
    assert "8.3 s" in told
    assert "This is the first run. Earlier nights have none, and none is missing." in told
    assert "Start a run" not in told
    assert HOSTILE not in shown
    assert "javascript:" not in shown


def test_a_missing_source_is_named_with_what_waits_for_it(tmp_path: Path) -> None:
    rows = ROWS | {
        "sources": [
            {"source": "jira", "state": "failed", "error": f"401 {HOSTILE}", "last_attempt_at": AT},
            {"source": "sheets", "state": "complete", "last_complete_at": AT, "seconds": 2.0},
        ],
        "runs": [_run("sources missing")],
        "key_results": [
            KEY_RESULT
            | {"key_result_id": "KR-1", "stale_since": AT, "stale_reason": "Jira is down."}
        ],
    }
    shown = browser(site(publish(tmp_path / "published.duckdb", rows))).get("/tonight").text
    told = words(shown)
    assert "Last run: sources missing" in told
    assert "Jira could not be read; the others were" in told
    assert "1 Key Results wait for a source" in told
    assert "Stale since 28 Nov 2026 02:00 Jira is down. KR-1" in told
    assert "401 <script>" in told
    assert HOSTILE not in shown


def test_a_run_that_was_not_published(file: Path) -> None:
    kept = Unpublished("2026-11-29", [f"key_results: {HOSTILE}"])
    told = words(operated(file, unpublished=kept)[0].get("/tonight").text)
    assert "Last run: not published" in told
    assert "readers see the tables of 28 Nov 2026" in told
    assert f"Kept back key_results: {HOSTILE}" in told
    assert "Last outcome" in told


def test_no_run_yet(file: Path) -> None:
    told = words(operated(file, today=DAY + dt.timedelta(days=2))[0].get("/tonight").text)
    assert "No run yet tonight" in told
    assert "The last day published is 28 Nov 2026, 2 days ago." in told
    assert "1 night without a run: 29 Nov." in told


def test_before_the_first_run(tmp_path: Path) -> None:
    told = words(browser(site(tmp_path / "none.duckdb")).get("/tonight").text)
    assert "Nothing is published yet" in told
    assert "okr sync" in told
    kept = Unpublished("2026-11-28", ["rows: 3 duplicate keys"])
    told = words(operated(tmp_path / "none.duckdb", unpublished=kept)[0].get("/tonight").text)
    assert "Last run: not published" in told
    assert "3 duplicate keys" in told


def test_a_run_is_started_by_an_admin_from_the_pages_own_form(file: Path) -> None:
    page, begun = operated(file)
    assert page.post("/tonight/run").status_code == 403
    assert not begun
    assert page.send_form("/tonight", "/tonight/run", {}).headers["location"] == "/tonight"
    assert begun == ["run"]
    assert "A run was started here." in words(page.get("/tonight").text)
    busy, _ = operated(file, under_way=True)
    answer = busy.send_form("/tonight", "/tonight/run", {})
    assert "A run is under way." in words(answer.text)
    viewer, begun = operated(file, role="lead")
    assert "Start a run" not in viewer.get("/tonight").text
    assert viewer.post("/tonight/run").status_code == 403


@pytest.mark.parametrize("path", ["/tonight", "/tables", "/company", "/find", "/when", "/api/runs"])
def test_a_damaged_file_is_said(tmp_path: Path, path: str) -> None:
    damaged = tmp_path / "published.duckdb"
    damaged.write_bytes(b"no database" * 1000)
    answer = browser(site(damaged)).get(path)
    assert answer.status_code == 503
    assert "cannot be read" in words(answer.text)


def test_the_company_says_every_roll_up_as_the_table_has_it(page: Browser) -> None:
    shown = page.get("/company").text
    told = words(shown)
    assert "2 Key Results, each counted once: 47.8 % done where the path expects 63.7 %." in told
    assert "Sales & Söhne 2 47.8 % 63.7 % behind 0 0 2" in told
    assert '<li class="o" id="O-1">' in shown
    assert HOSTILE not in shown
    assert 'href="/team/Sales%20%26%20S%C3%B6hne"' in shown


def test_the_company_of_a_past_day_has_no_roll_ups(page: Browser) -> None:
    day = DAY - dt.timedelta(days=1)
    told = words(page.get(f"/company?as_of={day}").text)
    assert "1 Key Result. Roll-ups are published for the day of the last run alone." in told
    assert "47.8 %" not in told


def test_a_company_without_anything(tmp_path: Path) -> None:
    told = words(browser(site(publish(tmp_path / "published.duckdb", {}))).get("/company").text)
    assert "Nothing to align yet" in told


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        ("kr-1", "/key-results/KR-1"),
        ("sales & söhne", "/team/Sales%20%26%20S%C3%B6hne"),
        ("O-2", "/company#O-2"),
    ],
)
def test_a_key_leads_straight_there(page: Browser, typed: str, to: str) -> None:
    answer = page.get("/find", params={"q": typed})
    assert (answer.status_code, answer.headers["location"]) == (303, to)


def test_words_lead_to_a_list(page: Browser) -> None:
    shown = page.get("/find", params={"q": "RAISE"}).text
    assert "KR-1 Raise <script>" in words(shown)
    assert HOSTILE not in shown
    assert "Nothing published has all of these words" in words(page.get("/find?q=xyzzy").text)
    assert "by key or by any words" in words(page.get("/find").text)


def test_days_are_chosen_by_month_and_lead_back(page: Browser) -> None:
    shown = page.get(f"/when?back=/company&cycle=2026-Q4&as_of={DAY - dt.timedelta(days=1)}").text
    assert f'href="/company?as_of={DAY - dt.timedelta(days=1)}"' in shown
    assert '<a href="/company" aria-label="28 Nov 2026">' in shown  # the view's own day
    assert "November 2026" in shown
    assert "December 2025" not in shown
    then = page.get("/when?back=/team&year=2025&as_of=2026-11-27&known=then").text
    assert 'href="/team?as_of=2025-12-31&amp;known=then" class="re"' in then
    assert "corrected since" in then


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/ /evil.example",
        "evil",
        "",
        " //evil.example",
        "/\x00/evil.example",
    ],
)
def test_the_way_back_is_on_this_page(page: Browser, back: str) -> None:
    shown = page.get("/when", params={"back": back}).text
    addresses = [html.unescape(one) for one in re.findall(r'href="([^"]*)"', shown)]
    assert len(addresses) > 10
    for one in addresses:
        # What browsers take for another site, or strip from an address, is in none.
        assert re.fullmatch(r"(/(?![/\\])|#)[^\\\x00-\x20]*", one), one


WRONG = [
    ("as_of", "2026-13-99", 422),
    ("as_of", HOSTILE, 422),
    ("as_of", "2020-01-01", 404),
    ("cycle", "2026-Q9", 404),
    ("cycle", HOSTILE, 404),
]


@pytest.mark.parametrize(("name", "value", "status"), WRONG)
@pytest.mark.parametrize("path", ["/team", "/cycle", "/key-results/KR-1", "/api/key-results"])
def test_a_day_or_cycle_that_there_is_not(
    page: Browser, path: str, name: str, value: str, status: int
) -> None:
    answer = page.get(path, params={name: value})
    assert answer.status_code == status
    assert HOSTILE not in answer.text or path.startswith("/api")
    assert path.startswith("/api") == (answer.headers["content-type"] == "application/json")


@pytest.mark.parametrize(
    "path", ["/nope", "/team/nope", "/key-results/nope", "/api/nope", "/when?year=1999"]
)
def test_what_there_is_not_is_a_page_that_says_so(page: Browser, path: str) -> None:
    assert page.get(path).status_code == 404


def test_what_is_elsewhere_is_a_click_away(page: Browser) -> None:
    other = page.get("/key-results/kr-2?as_of=2025-12-31")
    assert other.status_code == 404
    assert "KR-2 was not published for 31 Dec 2025." in other.text
    assert '<a href="/key-results/KR-2?cycle=2026-Q4">KR-2 in 2026-Q4</a>' in other.text
    unknown = page.get("/key-results/KR-9")
    assert '<a href="/find?q=KR-9">Search for it</a>' in unknown.text
    assert '<a href="/team">All teams</a>' in page.get("/team/Nobody").text
    day = page.get("/company?as_of=2020-01-01")
    assert '<a href="/company?as_of=2025-12-31">Go to 2025-12-31</a>' in day.text
    typed = page.get("/team?as_of=banana")
    assert "&#39;banana&#39; is no day; one is written 2026-11-28." in typed.text
    assert page.get("/lead?queue=zzz").status_code == 404


def test_a_key_result_of_a_past_day_stands_beside_its_present(page: Browser) -> None:
    past = page.get(f"/key-results/KR-1?as_of={DAY - dt.timedelta(days=1)}")
    assert "Its work and findings are told of that day alone" in words(past.text)
    assert '<a href="/key-results/KR-1?cycle=2026-Q4">see them</a>' in past.text
    assert "see them" not in page.get("/key-results/KR-1").text


def _run(outcome: str) -> dict[str, Any]:
    return {"run_id": RUN, "as_of": DAY, "started_at": AT, "published_at": AT, "outcome": outcome}


def test_the_clock_of_these_tests_is_that_of_the_page() -> None:
    assert NOW.date() == DAY
