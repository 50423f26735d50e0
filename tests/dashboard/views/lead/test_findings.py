"""Findings on the page: acknowledged, dismissed, taken back; pending at once, hidden from some."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from dashboard.access.gate import FORM_FIELD, Access
from dashboard.access.reader import Reader
from published.restricted import Restriction
from tests.dashboard.views.lead.test_home import HOSTILE, SCRIPT, Desk, fields_in, text_of
from tests.support.page.small_tables import finding, key_result, publish_rows

GAP = "/lead?queue=pace+gap"
PAGE = "/key-results/KR-1"


@pytest.fixture(scope="module")
def one_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    found = Desk(tmp_path_factory.mktemp("findings"))
    yield found
    found.page.close()


@pytest.fixture
def desk(one_desk: Desk) -> Desk:
    """The desk before anything is decided."""
    shutil.rmtree(one_desk.project.paths.decisions, ignore_errors=True)
    return one_desk


def form_at(desk: Desk, place: str, action: str = "/lead/finding") -> dict[str, str]:
    shown = desk.page.get(place).text
    form = shown.partition(f'action="{action}"')[2].partition("</form>")[0]
    assert form, f"{place} has no form for {action}"
    return fields_in(form)


def decide(
    desk: Desk, place: str = GAP, verdict: str = "acknowledge", **more: str
) -> httpx.Response:
    fields = {**form_at(desk, place), "why": "we know", **more}
    return desk.page.post("/lead/finding", data={**fields, "verdict": verdict})


def counts(desk: Desk) -> tuple[str, ...]:
    """How many findings the Lead's home counts, rule by rule."""
    shown = desk.page.get("/lead").text.partition("Findings by rule")[2].partition("</ul>")[0]
    return tuple(re.findall(r"<span>([^<]+)</span><b>(\d+)", shown))


@pytest.mark.parametrize(
    ("verdict", "told"), [("acknowledge", "Acknowledged"), ("dismiss", "Dismissed")]
)
def test_a_verdict_counts_at_once_is_pending_and_can_be_taken_back(
    desk: Desk, verdict: str, told: str
) -> None:
    before = counts(desk)
    assert ("Pace gap", "1") in before
    assert decide(desk, verdict=verdict, until="2999-12-15").status_code == 303
    row = desk.log.iloc[0]
    assert (row["action"], row["decided_by"], row["via"]) == (
        verdict,
        desk.page.app.state.site.user,  # type: ignore[attr-defined]
        "page",
    )
    assert (row["finding_rule"], row["finding_subject"], row["until"]) == (
        *("pace gap", "KR-1"),
        "2999-12-15",
    )
    assert ("Acknowledged, dismissed", "1") in counts(desk)
    assert ("Pace gap", "1") not in counts(desk)
    shown = text_of(desk.page.get("/lead?queue=acknowledged").text)
    assert f"{told} by" in shown
    assert "until 15 Dec 2999" in shown, re.findall(r"Acknowledged by.{80}", shown)
    assert (
        f"{verdict}{'s' if verdict == 'acknowledge' else 'es'} “pace gap” about KR-1 until 15 Dec"
        in shown
    )
    assert "Decided, pending 1 in all" in shown
    assert "replaced since" not in shown

    undo = form_at(desk, "/lead?queue=acknowledged", "/lead/finding/undo")
    assert desk.page.post("/lead/finding/undo", data=undo).status_code == 303
    assert desk.page.post("/lead/finding/undo", data=undo).status_code == 409
    assert counts(desk) == before


def test_of_two_pending_verdicts_the_replaced_one_is_marked(desk: Desk) -> None:
    form = form_at(desk, "/lead?queue=pace+gap", "/lead/finding")
    for place, verdict in enumerate(("acknowledge", "dismiss")):
        sent = form | {"verdict": verdict, "why": "we know", "once": f"{place}"}
        assert desk.page.post("/lead/finding", data=sent).status_code == 303
    shown = text_of(desk.page.get("/lead").text)
    assert "Decided, pending 2 in all" in shown
    assert re.search(r"acknowledges “pace gap” about KR-1 replaced since", shown)
    assert not re.search(r"dismisses “pace gap” about KR-1 replaced since", shown)


def test_a_key_result_has_the_same_form_and_its_answer_leads_back(desk: Desk) -> None:
    assert "Findings 1 open" in text_of(desk.page.get(PAGE).text)
    answer = decide(desk, PAGE)
    assert answer.headers["location"] == f"{PAGE}#findings"
    shown = text_of(desk.page.get(PAGE).text)
    assert "Findings 0 open" in shown
    assert "Acknowledged by" in shown
    undo = form_at(desk, PAGE, "/lead/finding/undo")
    answer = desk.page.post("/lead/finding/undo", data=undo)
    assert answer.headers["location"] == f"{PAGE}#findings"
    assert "Findings 1 open" in text_of(desk.page.get(PAGE).text)


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({FORM_FIELD: "forged"}, 403, "no longer valid"),
        ({"why": " "}, 409, "The reason is empty"),
        ({"until": "2001-01-01"}, 409, "2001-01-01 is over"),
        ({"until": "soon"}, 409, "'soon' is no day"),
        ({"finding": "x' OR 1=1 --"}, 409, "not published any more"),
        ({"finding": ""}, 400, "neither acknowledge nor dismiss"),
        ({"verdict": "accept"}, 400, "neither acknowledge nor dismiss"),
    ],
)
def test_a_form_that_was_tampered_with_records_nothing_and_says_why(
    desk: Desk, changed: dict[str, str], status: int, said: str
) -> None:
    fields = {**form_at(desk, GAP), "why": "so", "verdict": "dismiss", **changed}
    answer = desk.page.post("/lead/finding", data=fields)
    assert answer.status_code == status
    assert said in text_of(answer.text)
    assert desk.log.empty


def test_a_form_sent_twice_is_recorded_once_and_leads_nowhere_else(desk: Desk) -> None:
    fields = {**form_at(desk, GAP), "why": "so", "verdict": "dismiss"}
    away = {**fields, "key_result": "//evil.example/x"}
    answer = desk.page.post("/lead/finding", data=away)
    assert answer.headers["location"].startswith("/key-results/")
    again = desk.page.post("/lead/finding", data=fields)
    assert again.status_code == 409
    assert len(desk.log) == 1


def test_hostile_reasons_stay_words(desk: Desk) -> None:
    assert decide(desk, why=HOSTILE[:400]).status_code == 303
    for place in ("/lead", "/lead?queue=acknowledged", PAGE, "/tables/findings"):
        shown = desk.page.get(place).text
        assert SCRIPT not in shown
        assert "\u202e" not in shown
    assert "alert" in desk.page.get(PAGE).text


def test_whoever_may_only_read_decides_nothing(desk: Desk) -> None:
    reader = Reader("vi", "viewer", frozenset(), "test", "s")
    access = Access(lambda _: reader)
    assert decide(desk).status_code == 303
    page = desk.browser(access)
    for place in (GAP, PAGE, "/lead?queue=acknowledged"):
        assert "<form" not in page.get(place).text.partition("<main")[2]
    made = desk.log["decision_id"].iloc[0]
    form = {FORM_FIELD: access.form_token(reader), "finding": "pace gap KR-1", "decision": made}
    for path in ("/lead/finding", "/lead/finding/undo"):
        assert page.post(path, data={**form, "verdict": "dismiss", "why": "so"}).status_code == 403
    assert len(desk.log) == 1


@pytest.mark.thorough
def test_what_is_hidden_is_neither_told_nor_decided_about(desk: Desk) -> None:
    assert decide(desk, why="because of KR-2").status_code == 303
    made = desk.log["decision_id"].iloc[0]
    reader = Reader("li", "lead", frozenset(), "test", "s")
    for hidden in ("KR-1", "KR-2"):
        access = Access(lambda _: reader, restrictions=(Restriction(key_results=(hidden,)),))
        page = desk.browser(access)
        shown = page.get("/lead?queue=acknowledged").text
        assert not re.search(rf"{hidden}(?!\d)", shown)
        form = {FORM_FIELD: access.form_token(reader), "verdict": "dismiss", "why": "so"}
        if hidden == "KR-1":
            assert made not in shown
            form |= {"finding": "pace gap KR-1", "decision": made}
            assert page.post("/lead/finding", data=form).status_code == 409
            assert page.post("/lead/finding/undo", data=form).status_code == 404
    assert len(desk.log) == 1


def test_the_number_beside_lead_stands_on_every_view_and_falls_at_once(desk: Desk) -> None:
    def number(place: str) -> str:
        found = re.search(r">Lead(?:<i>(\d+)</i>)?</a>", desk.page.get(place).text)
        assert found
        return found[1]

    views = ("/team", "/lead", PAGE, "/company", "/tonight", "/tables", "/find?q=x", "/when")
    assert {number(place) for place in views} == {"4"}
    desk.verdict("/lead?queue=idle", "other")
    assert {number(place) for place in views} == {"3"}


def test_the_log_tells_of_findings_apart_from_links(desk: Desk) -> None:
    decide(desk)
    row = desk.log.iloc[0]
    assert pd.isna(row["initiative_id"])
    assert "0 decided" not in text_of(desk.page.get("/lead").text)
    assert "4 decisions wait" in text_of(desk.page.get("/lead").text)


def test_the_api_tells_the_queues_of_the_page(desk: Desk) -> None:
    told = desk.page.get("/api/lead").json()
    shown = desk.page.get("/lead").text
    assert told["total"] == 4
    for queue in told["queues"]:
        assert f"<span>{queue['name']}</span><b>{queue['left']}" in shown
    assert [one["subject"] for one in told["questions"]] == ["jira:1", "jira:2", "jira:3", "jira:4"]
    assert told["questions"][0]["url"] is None  # no address that a browser may open
    [asked] = desk.page.get("/api/lead?queue=suggested").json()["questions"]
    assert [one["chance"] for one in asked["candidates"]] == [0.6, 0.3]
    assert desk.page.get("/api/lead?queue=nope").status_code == 404
    assert told["rules"] == [
        {"rule": "pace gap", "open": 1},
        {"rule": "unreadable value", "open": 1},
    ]

    decide(desk)
    desk.verdict("/lead?queue=idle", "other")
    told = desk.page.get("/api/lead").json()
    assert (told["total"], told["acknowledged"]) == (3, 1)
    assert [row["action"] for row in told["pending"]] == ["other", "acknowledge"]
    assert told["pending"][1]["words"] == "acknowledges “pace gap” about KR-1"
    [done] = desk.page.get("/api/lead/findings?acknowledged=true").json()["findings"]
    assert (done["rule"], done["acknowledgement"], done["pending"]) == (
        *("pace gap", "acknowledged"),
        True,
    )
    left = desk.page.get("/api/lead/findings").json()["findings"]
    assert [row["rule"] for row in left] == ["unreadable value"]
    found = desk.page.get("/api/findings").json()["findings"]
    assert {row["rule"]: row["pending"] for row in found if row["acknowledgement"]} == {
        "pace gap": True
    }


@pytest.mark.thorough
def test_a_rejection_says_where_the_work_stands_now(desk: Desk) -> None:
    answer = desk.verdict("/lead?queue=broken", "reject")
    shown = text_of(desk.page.get(answer.headers["location"]).text)
    assert ". The work is now in “Work without a suggestion”." in shown
    answer = desk.verdict("/lead?queue=suggested", "reject")
    shown = text_of(desk.page.get(answer.headers["location"]).text)
    assert "does not serve KR-1." in shown
    assert " It stays in “Suggested”" in shown


def test_the_run_leads_to_dagster_only_where_that_is_said(desk: Desk) -> None:
    site = desk.page.app.state.site  # type: ignore[attr-defined]
    assert "/runs/" not in desk.page.get("/tonight").text
    object.__setattr__(site, "dagster_url", "https://dagster.example/x")
    try:
        assert 'href="https://dagster.example/x/runs/run"' in desk.page.get("/tonight").text
    finally:
        object.__setattr__(site, "dagster_url", None)


@pytest.mark.thorough
def test_work_that_is_missing_on_purpose_is_asked_for_no_more_and_is_back_when_undone(
    tmp_path: Path,
) -> None:
    rule = "Key Result without initiative"
    own = Desk(tmp_path)
    publish_rows(
        own.project.paths.duckdb,
        key_results=[key_result("KR-1")],
        findings=[finding(rule, "key result", "KR-1"), finding("pace gap", "key result", "KR-1")],
    )
    assert [one["left"] for one in queues(own) if one["queue"] == "bare"] == [1]
    form = {**form_at(own, PAGE), "finding": f"{rule} KR-1", "why": "later", "verdict": "dismiss"}
    assert own.page.post("/lead/finding", data=form).status_code == 303
    [bare] = [one for one in queues(own) if one["queue"] == "bare"]
    assert (bare["left"], bare["asked"]) == (0, 1)
    undo = form_at(own, PAGE, "/lead/finding/undo")
    assert own.page.post("/lead/finding/undo", data=undo).status_code == 303
    assert [one["left"] for one in queues(own) if one["queue"] == "bare"] == [1]
    own.page.close()


def queues(desk: Desk) -> list[Any]:
    found: list[Any] = desk.page.get("/api/lead").json()["queues"]
    return found


def test_what_was_acknowledged_before_the_last_run_is_counted_apart_by_the_operator(
    tmp_path: Path,
) -> None:
    own = Desk(tmp_path)
    stale = finding("stale value", "key result", "KR-1")
    publish_rows(
        own.project.paths.duckdb,
        key_results=[key_result("KR-1")],
        findings=[stale, {**stale, "finding_id": "x", "acknowledgement": "dismissed"}],
    )
    shown = text_of(own.page.get("/tonight").text)
    assert "1 warning, 1 acknowledged" in shown
    assert "Stale, blocked or unreadable 1" in shown
    own.page.close()


def test_the_operator_sees_what_was_decided_since_the_last_run_as_pending(desk: Desk) -> None:
    place = "/lead?queue=unreadable+value"
    assert "Stale, blocked or unreadable 1" in text_of(desk.page.get("/tonight").text)
    decide(desk, place)
    shown = text_of(desk.page.get("/tonight").text)
    assert "Stale, blocked or unreadable 0" in shown
    assert "pending, counts from the next run" in shown
    [looked] = desk.page.get("/api/tonight").json()["attention"]
    assert (looked["state"], looked["finding"]["pending"]) == ("Unreadable", True)
