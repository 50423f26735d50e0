"""The Lead's home: forms become decisions, once and by whom they say; hostile words stay words."""

from __future__ import annotations

import html
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
from dashboard.app import create_app
from pipelines.cli.page.serve import site_of
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from published.restricted import Restriction
from tests.support.page.page_of import Browser
from tests.support.page.small_tables import (
    claim,
    finding,
    key_result,
    publish_rows,
    suggestion,
    work,
)
from tests.support.small_company import SmallCompany

SCRIPT = '<script>alert("x")</script>'
HOSTILE = f"{SCRIPT}\u202eKR-160\u2066 {{{{ 7 * 7 }}}} " + "x" * 10_000
ROWS: dict[str, list[dict[str, Any]]] = {
    "key_results": [key_result("KR-1"), key_result("KR-2", statement=HOSTILE)],
    "initiatives": [
        work(1, title="Triage rules", url="javascript:alert(1)", active_links=1),
        work(2, title=HOSTILE, team=HOSTILE, owner=HOSTILE, status=HOSTILE),
        work(3),
        work(4),
    ],
    "links": [
        claim(1, "KR-1", "active"),
        claim(1, "KR-2", "overruled", "label", field="labels", url="javascript:alert(1)"),
        claim(2, "KR-160", "broken", "mention", evidence=HOSTILE, field=HOSTILE),
    ],
    "suggestions": [
        suggestion(3, "KR-1", 1, 0.6),
        suggestion(3, "KR-2", 2, 0.3, shared=[SCRIPT], reason=f"shares “{SCRIPT}”"),
    ],
    "findings": [
        finding("pace gap", "key result", "KR-1", sentence=HOSTILE, evidence=HOSTILE),
        finding("unreadable value", "record", "r1", url="javascript:alert(1)"),
    ],
}
PLACES = (
    "/lead",
    "/lead?queue=conflicting",
    "/lead?queue=broken",
    "/lead?queue=suggested&pick=KR-2",
    "/lead?queue=idle",
    "/lead?queue=pace+gap",
    "/lead?queue=unreadable+value",
    "/lead/all?queue=broken",
    "/lead/all?queue=suggested",
    "/lead/all?queue=conflicting",
)


class Desk:
    """The page over a published file and an empty decision log."""

    def __init__(self, folder: Path, access: Access | None = None) -> None:
        self.project = Project(SmallCompany(folder).folder / "okr.yaml", with_secrets=False)
        publish_rows(self.project.paths.duckdb, **ROWS)
        self.page = self.browser(access)

    def browser(self, access: Access | None = None) -> Browser:
        site = site_of(self.project)
        object.__setattr__(site, "access", access)
        return Browser(create_app(site))

    @property
    def log(self) -> pd.DataFrame:
        frame = DecisionLog(self.project.paths.decisions).frame()
        return frame.sort_values("decided_at", ignore_index=True)

    def fields(self, place: str) -> dict[str, str]:
        """What the form of a question would send, without a verdict."""
        form = self.page.get(place).text.partition('class="verdict"')[2].partition("</form>")[0]
        assert form, f"{place} asks nothing"
        return fields_in(form)

    def verdict(self, place: str, verdict: str, **more: str) -> httpx.Response:
        return self.page.post(
            "/lead/decide", data={**self.fields(place), "verdict": verdict, **more}
        )


def fields_in(form: str) -> dict[str, str]:
    found = re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found}


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture(scope="module")
def one_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    found = Desk(tmp_path_factory.mktemp("desk"))
    yield found
    found.page.close()


@pytest.fixture
def desk(one_desk: Desk) -> Desk:
    """The desk before anything is decided."""
    shutil.rmtree(one_desk.project.paths.decisions, ignore_errors=True)
    return one_desk


@pytest.mark.parametrize(
    ("place", "verdict", "more", "recorded"),
    [
        ("/lead?queue=conflicting", "accept", {}, ("correct", "jira:1", "KR-1", "KR-2")),
        ("/lead?queue=conflicting", "reject", {}, ("reject", "jira:1", "KR-2", None)),
        (
            "/lead?queue=conflicting&pick=KR-2",
            "accept",
            {},
            ("correct", "jira:1", "KR-2", "KR-1"),
        ),
        ("/lead?queue=broken", "reject", {}, ("reject", "jira:2", "KR-160", None)),
        ("/lead?queue=broken", "correct", {"to": "KR-1"}, ("correct", "jira:2", "KR-1", "KR-160")),
        ("/lead?queue=suggested", "accept", {}, ("accept", "jira:3", "KR-1", None)),
        ("/lead?queue=suggested&pick=KR-2", "reject", {}, ("reject", "jira:3", "KR-2", None)),
        ("/lead?queue=suggested", "correct", {"to": "KR-2"}, ("accept", "jira:3", "KR-2", None)),
        ("/lead?queue=idle", "other", {}, ("other", "jira:4", None, None)),
    ],
)
def test_each_verdict_is_the_decision_that_its_button_says(
    desk: Desk, place: str, verdict: str, more: dict[str, str], recorded: tuple[Any, ...]
) -> None:
    answer = desk.verdict(place, verdict, why="I asked", **more)
    assert answer.status_code == 303
    row = desk.log.iloc[0]
    names = ("action", "initiative_id", "key_result_id", "wrong_key_result_id")
    assert tuple(None if pd.isna(row[name]) else row[name] for name in names) == recorded
    assert (row["why"], row["via"], row["signed"]) == ("I asked", "page", "on this machine")
    shown = text_of(desk.page.get(answer.headers["location"]).text)
    assert "Decided, pending" in shown
    assert "Counts from the next run" in shown


def test_a_reason_that_nobody_gave_is_not_made_up(desk: Desk) -> None:
    assert desk.verdict("/lead?queue=suggested", "accept", why=" ").status_code == 303
    assert desk.log.iloc[0]["why"] == "no reason given"


def test_a_rejection_says_what_counts_when_and_what_is_next_best(desk: Desk) -> None:
    answer = desk.verdict("/lead?queue=suggested", "reject")
    [told] = re.findall(
        r'role="status">(.*?)</p>', desk.page.get(answer.headers["location"]).text, re.DOTALL
    )
    assert text_of(told).startswith("Rejected: ")
    assert "Counts from the next run" in told
    assert "next best: KR-2." in told


def test_all_work_that_serves_nothing_is_one_list(desk: Desk) -> None:
    shown = desk.page.get("/lead").text
    [(address, told)] = re.findall(r'<a href="(/tables/initiatives[^"]+)">([^<]+)</a>', shown)
    table, _, asked = html.unescape(address).partition("?")
    rows = desk.page.get(f"{table}.json?{asked}").json()["rows"]
    assert told == "3 initiatives serve no Key Result"
    assert sorted(row["initiative_id"] for row in rows) == ["jira:2", "jira:3", "jira:4"]


def test_an_empty_queue_is_shown_as_empty(desk: Desk) -> None:
    shown = text_of(desk.page.get("/lead?queue=contradicted").text)
    assert "“Contradicted decisions” is empty. 4 decisions wait in other queues." in shown


@pytest.mark.thorough
def test_the_bar_goes_to_zero_and_says_so_and_undo_brings_a_question_back(desk: Desk) -> None:
    for _ in range(4):
        place = "/lead"
        verdict = "other"
        assert desk.verdict(place, verdict).status_code == 303
    shown = desk.page.get("/lead").text
    assert "Nothing left. You owe nothing until the next run." in text_of(shown)
    assert "4 decided" in text_of(shown)
    form = fields_in(shown.partition('id="undo-last"')[2].partition("</form>")[0])
    assert desk.page.post("/lead/undo", data=form).status_code == 303
    assert "1 decision waits, 3 decided" in text_of(desk.page.get("/lead").text)
    again = desk.page.post("/lead/undo", data=form)
    assert again.status_code == 409
    assert "has already been taken back" in again.text
    assert list(desk.log["action"]) == ["other"] * 4 + ["undo"]


def test_a_form_sent_twice_is_recorded_once_even_when_the_first_was_undone(desk: Desk) -> None:
    form = {**desk.fields("/lead?queue=suggested"), "verdict": "accept"}
    assert desk.page.post("/lead/decide", data=form).status_code == 303
    again = desk.page.post("/lead/decide", data=form)
    assert again.status_code == 409
    assert "once is enough" in again.text
    made = desk.log["decision_id"].iloc[0]
    undo = {FORM_FIELD: form[FORM_FIELD], "decision": made}
    assert desk.page.post("/lead/undo", data=undo).status_code == 303
    assert desk.page.post("/lead/decide", data=form).status_code == 409
    assert list(desk.log["action"]) == ["accept", "undo"]


def test_the_opposite_of_a_decision_is_asked_about_before_it_is_recorded(desk: Desk) -> None:
    form = desk.fields("/lead?queue=suggested")
    assert desk.verdict("/lead?queue=suggested", "other").status_code == 303
    asked = desk.page.post("/lead/decide", data={**form, "verdict": "accept"})
    assert asked.status_code == 409
    assert "chose other work for SUP-3 Work 3" in text_of(asked.text)
    assert len(desk.log) == 1
    confirmed = desk.page.post(
        "/lead/decide", data=fields_in(asked.text.partition("<form class")[2])
    )
    assert confirmed.status_code == 303
    assert list(desk.log["action"]) == ["other", "accept"]


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({FORM_FIELD: "forged"}, 403, "no longer valid"),
        ({"about": "jira:999"}, 409, "No initiative 'jira:999' is published"),
        ({"pick": "KR-777"}, 409, "No Key Result 'KR-777' is published"),
        ({"pick": ""}, 409, "No Key Result is chosen"),
        ({"verdict": "destroy"}, 400, "neither accept nor reject"),
        ({"verdict": "correct"}, 409, "No Key Result is chosen"),
        ({"about": "x' OR 1=1 --"}, 409, "is published"),
    ],
)
def test_a_form_that_was_tampered_with_records_nothing_and_says_why(
    desk: Desk, changed: dict[str, str], status: int, said: str
) -> None:
    form = {**desk.fields("/lead?queue=suggested"), "verdict": "accept", **changed}
    answer = desk.page.post("/lead/decide", data=form)
    assert answer.status_code == status
    assert said in text_of(answer.text)
    assert desk.log.empty


def test_all_alike_is_previewed_then_recorded_as_far_as_it_was_left_checked(desk: Desk) -> None:
    shown = desk.page.get("/lead/all?queue=suggested&verdict=other").text
    assert "SUP-3 Work 3 is other work" in text_of(shown)
    assert desk.log.empty
    form = fields_in(shown.partition('action="/lead/all"')[2])
    boxes = [html.unescape(one) for one in re.findall(r'name="one" value="([^"]+)"', shown)]
    answer = desk.page.post("/lead/all", data={**form, "one": [*boxes, boxes[0]]})
    assert "1 decision recorded, 1 not" in text_of(answer.text)
    assert list(desk.log["action"]) == ["other"]
    again = desk.page.post("/lead/all", data={**form, "one": boxes})
    assert "0 decisions recorded, 1 not" in text_of(again.text)
    for forged in ("", "[]", "{}", '{"action": "drop", "initiative": "jira:1"}', "null"):
        answer = desk.page.post("/lead/all", data={**form, "one": [forged]})
        assert answer.status_code == 400
    assert len(desk.log) == 1


def test_all_alike_leaves_unchecked_what_is_likelier_wrong_and_a_reason_is_told(
    desk: Desk,
) -> None:
    box = r'<input type="checkbox" name="one"[^>]*>'
    accepted = re.findall(box, desk.page.get("/lead/all?queue=suggested").text)
    rejected = re.findall(box, desk.page.get("/lead/all?queue=suggested&verdict=reject").text)
    assert [one.endswith(" checked>") for one in accepted] == [True]  # 60 % to be right
    assert [one.endswith(" checked>") for one in rejected] == [False]
    answer = desk.verdict("/lead?queue=suggested", "other", why="a move, no target")
    shown = text_of(desk.page.get(answer.headers["location"]).text)
    assert "Why: “a move, no target”" in shown
    assert re.search(r"via page *: *a move, no target", shown)


@pytest.mark.thorough
def test_hostile_words_stay_words_and_only_addresses_become_links(desk: Desk) -> None:
    for place in PLACES:
        answer = desk.page.get(place)
        assert answer.status_code == 200, place
        assert len(answer.content) < 150_000
        assert SCRIPT not in answer.text
        assert "javascript:" not in answer.text
        assert "\u202e" not in answer.text
        assert "49" not in text_of(answer.text)
    assert "alert" in desk.page.get("/lead?queue=broken").text


def test_the_chosen_answer_is_the_one_that_is_accepted_and_shown_beside(desk: Desk) -> None:
    shown = desk.page.get("/lead?queue=suggested&pick=KR-2").text
    assert 'value="accept" data-key="a"><kbd>a</kbd>Accept KR-2' in shown
    assert desk.fields("/lead?queue=suggested&pick=KR-2")["pick"] == "KR-2"
    assert desk.fields("/lead?queue=suggested&pick=KR-9")["pick"] == "KR-1"


def test_whoever_may_only_read_sees_everything_and_decides_nothing(tmp_path: Path) -> None:
    viewer = Access(lambda _: Reader("vi", "viewer", frozenset(), "test", "s"))
    desk = Desk(tmp_path, viewer)
    shown = desk.page.get("/lead?queue=suggested").text
    assert "deciding needs the role lead" in text_of(shown)
    assert "<form" not in shown.partition('class="item"')[2]
    token = viewer.form_token(Reader("vi", "viewer", frozenset(), "test", "s"))
    form = {FORM_FIELD: token, "verdict": "other", "about": "jira:4", "why": "so"}
    for path in ("/lead/decide", "/lead/undo", "/lead/all"):
        assert desk.page.post(path, data=form).status_code == 403
    assert desk.log.empty


@pytest.mark.thorough
def test_skipping_passes_every_question_and_decides_nothing(desk: Desk) -> None:
    seen, place = set(), "/lead"
    for _ in range(4):
        shown = desk.page.get(place).text
        seen.add(desk.fields(place)["item"])
        [place] = map(html.unescape, re.findall(r'href="([^"]+)" data-key="s"', shown))
    assert seen == {"jira:1", "jira:2", "jira:3", "jira:4"}
    assert desk.log.empty


@pytest.mark.thorough
def test_what_is_hidden_is_neither_told_nor_decided_about(desk: Desk) -> None:
    reader = Reader("li", "lead", frozenset(), "test", "s")
    access = Access(lambda _: reader, restrictions=(Restriction(key_results=("KR-2",)),))
    accepted = desk.verdict("/lead?queue=suggested&pick=KR-2", "accept")
    assert accepted.status_code == 303
    made = desk.log["decision_id"].iloc[0]

    hidden = desk.browser(access)
    token = access.form_token(reader)
    for place in PLACES:
        shown = hidden.get(place).text
        assert "KR-2" not in shown, place
        assert made not in shown
    base = {FORM_FIELD: token, "kind": "initiative", "about": "jira:3", "why": "so"}
    for changed in (
        {"verdict": "accept", "pick": "KR-2"},
        {"verdict": "reject", "refuted": "KR-2"},
        {"verdict": "correct", "to": "KR-1", "claim": "KR-2"},
    ):
        answer = hidden.post("/lead/decide", data=base | changed)
        assert answer.status_code == 409
        assert "No Key Result 'KR-2' is published." in text_of(answer.text)
    opposed = hidden.post("/lead/decide", data=base | {"verdict": "other"})
    assert opposed.status_code == 409
    assert "about a Key Result that you may not see" in text_of(opposed.text)
    assert "KR-2" not in opposed.text
    assert hidden.post("/lead/undo", data={**base, "decision": made}).status_code == 404
    assert len(desk.log) == 1
