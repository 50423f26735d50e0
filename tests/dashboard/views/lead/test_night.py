"""A decision made on the page, through the log and the next night."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from pathlib import Path

import pytest

from dashboard.app import create_app
from pipelines.cli.page.serve import site_of
from tests.support.page.page_of import Browser
from tests.support.small_company import SETTINGS, SmallCompany

pytestmark = pytest.mark.night

WORK = "id,title,kr\nI-1,Call the first hundred,KR-160\nI-2,Move the desks,\n"
DATASET = (
    "  - {holds: initiatives, from: files, place: work.csv,"
    " fields: {id: id, title: title, key_result: kr}}\n"
)


def verdict(page: Browser, queue: str, **chosen: str) -> str:
    shown = page.get(f"/lead?queue={queue}").text
    form = shown.partition('class="verdict"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', form))
    sent = {name: html.unescape(value) for name, value in fields.items()} | chosen
    answer = page.post("/lead/decide", data=sent)
    assert answer.status_code == 303, answer.text
    return page.get(answer.headers["location"]).text


def acknowledge(page: Browser, finding: str, until: str) -> None:
    shown = page.get(f"/lead?item=finding:{finding}").text
    form = shown.partition('action="/lead/finding"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', form))
    sent = fields | {"verdict": "acknowledge", "why": "known", "until": until}
    assert page.post("/lead/finding", data=sent).status_code == 303


def test_what_is_decided_on_the_page_is_in_the_log_and_counts_after_the_next_night(
    tmp_path: Path,
) -> None:
    company = SmallCompany(tmp_path)
    company.write("work.csv", WORK)
    (tmp_path / "okr.yaml").write_text(SETTINGS + DATASET, encoding="utf-8")
    day = dt.date(2026, 11, 10)
    company.night(day)
    page = Browser(create_app(site_of(company.project(day))))
    verdict(page, "broken", verdict="correct", to="KR-1", why="a typing error")
    shown = verdict(page, "idle", verdict="other", why="for the office")
    assert "KR-1, not KR-160" in shown
    said = json.loads(company.okr("links", "decisions", "--json").stdout)
    assert {(row["action"], row["via"], row["signed"], row["why"]) for row in said} == {
        ("other", "page", "on this machine", "for the office"),
        ("correct", "page", "on this machine", "a typing error"),
    }
    [known] = company.table("findings").query("rule == 'pace gap'").to_dict("records")
    counted = company.key_result(known["subject_id"])["findings"]
    acknowledge(page, known["finding_id"], until="2026-11-30")
    before = company.table("links").set_index("key_result_id")["state"].to_dict()
    assert before == {"KR-160": "broken"}

    company.night(dt.date(2026, 11, 11))
    after = company.table("links").set_index("key_result_id")["state"].to_dict()
    assert after == {"KR-1": "active", "KR-160": "rejected"}
    assert company.key_result("KR-1")["initiatives"] == 1
    assert company.table("initiatives").set_index("title")["other_work"].to_dict() == {
        "Call the first hundred": False,
        "Move the desks": True,
    }
    row = company.table("findings").set_index("finding_id").loc[known["finding_id"]]
    assert row["acknowledgement"] == "acknowledged"
    assert (str(row["acknowledged_until"])[:10], row["acknowledged_why"]) == (
        *("2026-11-30", "known"),
    )
    assert company.key_result(known["subject_id"])["findings"] == counted - 1
    rules = set(company.table("findings")["rule"])
    assert not rules & {"broken link", "initiative without Key Result"}
    assert "Broken" in page.get("/lead").text


def test_of_a_contradicted_decision_one_answer_is_left_after_the_next_night(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.write("work.csv", WORK.replace("KR-160", ""))
    (tmp_path / "okr.yaml").write_text(SETTINGS + DATASET, encoding="utf-8")
    company.night(dt.date(2026, 11, 10))
    page = Browser(create_app(site_of(company.project(dt.date(2026, 11, 10)))))
    for _ in range(2):
        verdict(page, "idle", verdict="correct", to="KR-1")
    company.write("work.csv", WORK.replace("KR-160", "KR-2").replace("desks,", "desks,KR-2"))
    company.night(dt.date(2026, 11, 11))
    page = Browser(create_app(site_of(company.project(dt.date(2026, 11, 11)))))
    assert len(company.table("findings").query("rule == 'decision contradicted'")) == 2

    asked = re.findall(r"names KR-2 by field\. Which of the two", page.get("/lead").text)
    assert len(asked) == 1
    told = verdict(page, "contradicted", verdict="accept", overrule="yes")
    assert "serves KR-2, not KR-1" in told
    told = verdict(page, "contradicted&pick=KR-1", verdict="accept")
    assert "Move the desks serves KR-1" in told

    company.night(dt.date(2026, 11, 12))
    links = company.table("links").query("state == 'active'")
    assert sorted(zip(links["initiative"], links["key_result_id"], strict=True)) == [
        ("Call the first hundred", "KR-2"),
        ("Move the desks", "KR-1"),
    ]
    assert company.table("findings").query("rule == 'decision contradicted'").empty
