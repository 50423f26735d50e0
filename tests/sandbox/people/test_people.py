"""What people do with the stand-ins: plain pages to look at, and edits in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from sandbox.company.ids import page_id, spreadsheet_id
from sandbox.server import Sandbox
from sandbox.server.people.addresses import local_address

HOSTILE = '<script>alert("1")</script>&'


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(issues=300) as box:
        yield box


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=60)


def site_of(box: Sandbox) -> str:
    return box.company_url.removesuffix("/company")


def issue_edit(key: str, *fields: tuple[str, str]) -> dict[str, object]:
    return {"do": "edit issue", "of": key, "fields": [list(pair) for pair in fields]}


def page_edit(page: str, *fields: tuple[str, str]) -> dict[str, object]:
    return {"do": "edit page", "of": page, "fields": [list(pair) for pair in fields]}


def cell_edit(address: str, text: str) -> dict[str, object]:
    return {"do": "edit cell", "of": address, "text": text}


def test_an_issues_page_shows_its_fields_and_change_log(box: Sandbox) -> None:
    text = get(f"{box.jira_url}/browse/SUP-3").text
    for shown in ("Triage rules for first contact", "Arun Pillai", "KR-17", "In Progress", "To Do"):
        assert shown in text
    assert get(f"{box.jira_url}/browse/SUP-999999").status_code == 404


def test_every_record_is_escaped_and_nothing_runs(box: Sandbox) -> None:
    box.jira.edit_issue("SUP-3", summary=HOSTILE)
    box.jira.link_remotely("SUP-3", "javascript:alert(1)", "click")
    page = page_id("key_results", "KR-17")
    box.notion.edit_page(page, Target=HOSTILE)
    sheet = spreadsheet_id("metrics")
    box.sheets.set_cell(sheet, "Weekly!C4", HOSTILE)
    for url in (
        f"{box.jira_url}/browse/SUP-3",
        f"{box.notion_url}/p/Any-title-{page.replace('-', '')}",
        f"{box.sheets_url}/spreadsheets/d/{sheet}/edit",
        f"{box.company_url}/",
    ):
        answer = get(url)
        assert answer.status_code == 200, url
        assert "<script" not in answer.text
        assert "javascript:" not in answer.text
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "&lt;script&gt;" in get(f"{box.jira_url}/browse/SUP-3").text


def test_every_evidence_address_leads_to_its_record(box: Sandbox) -> None:
    page, sheet = page_id("key_results", "KR-17").replace("-", ""), spreadsheet_id("metrics")
    row = f"https://docs.google.com/spreadsheets/d/{sheet}/edit#gid=0&range=A171"
    assert local_address(row) == f"/google/spreadsheets/d/{sheet}/edit#0-171"
    for url in (f"https://app.notion.com/p/A-title-{page}", f"https://www.notion.so/{page}?pvs=4"):
        assert local_address(url) == f"/notion/p/{page}"
        answer = requests.get(f"{box.company_url}/open", params={"url": url}, timeout=60)
        assert answer.status_code == 200
        assert "4 hours" in answer.text
    shown = get(site_of(box) + local_address(row)).text
    assert 'id="0-171"' in shown
    for elsewhere in ("//example.com/", "https://example.com/", "", "javascript:1"):
        answer = requests.get(f"{box.company_url}/open", params={"url": elsewhere}, timeout=60)
        assert answer.status_code == 404


def test_a_data_source_lists_its_rows(box: Sandbox) -> None:
    index = get(f"{box.company_url}/").text
    assert "Onboarding cohorts" in index
    assert "Marketing Zahlen" in index
    assert "SUP-6" in index
    source = next(one for one in box.notion.data_sources.values() if one.title == "Key Results")
    assert "KR-17" in get(f"{box.notion_url}/p/{source.id.replace('-', '')}").text


def test_an_issues_edit_is_in_its_change_log(box: Sandbox) -> None:
    before = box.clock.now
    done = box.play.do(issue_edit("sup-6", ("Status", "done"), ("Key Result", "KR-18")))
    assert done.told == [
        "SUP-6, status: To Do → Done",
        "SUP-6, resolution: nothing → Done",
        "SUP-6, Key Result: nothing → KR-18",
    ]
    issue = box.jira.find("SUP-6")
    assert issue is not None
    assert issue.custom["customfield_10042"] == "KR-18"
    entry = box.jira.histories(issue.index)[-1]
    assert entry.author == box.jira.me
    assert entry.at == issue.updated == box.clock.now_ms
    assert box.clock.now > before


def test_an_edit_tells_what_the_record_is_a_part_of(box: Sandbox) -> None:
    done = box.play.do(issue_edit("SUP-8", ("summary", "Write them")))
    assert done.records == ["/browse/SUP-8", "/browse/SUP-7", "/browse/SUP-1"]
    done = box.play.do(cell_edit("metrics/weekly!c171", "8.6"))
    assert done.records[0].endswith(f"/{spreadsheet_id('metrics')}/edit#gid=0&range=A171")


def test_a_page_is_edited_by_key_title_or_id(box: Sandbox) -> None:
    id = page_id("key_results", "KR-17")
    title = "Bring the median resolution time of support tickets from 3 days to 4 hours"
    for name, target in (("kr-17", "8 hours"), (title, "9 hours"), (id, "10 hours")):
        done = box.play.do(page_edit(name, ("target", target)))
        assert done.told[0].endswith(f"→ {target}")
        page = box.notion.pages[id]
        assert page.values[box.notion.source_of(page).property_id("Target")] == target
        assert page.edited_at == box.clock.now
    box.play.do(page_edit("KR-17", ("Owner", "Grace Okafor, Hana Sato"), ("Due", "2026-12-24")))
    box.play.do(page_edit("KR-17", ("Objective", "O-1"), ("Target", "")))
    page = box.notion.pages[id]
    assert page.values[box.notion.source_of(page).property_id("Target")] is None


def test_a_cell_is_typed_in_the_spreadsheets_locale(box: Sandbox) -> None:
    german = box.sheets.files[spreadsheet_id("german")]
    version = german.version
    done = box.play.do(cell_edit("Marketing Zahlen/Wochenwerte!C67", "12.500"))
    assert german.version > version
    assert german.modified_at == box.clock.now
    assert german.sheet("Wochenwerte").cells[66, 2].value == 12500
    assert done.told[0].endswith("→ 12.500")
    metrics = box.sheets.files[spreadsheet_id("metrics")]
    box.play.do(cell_edit("Metrics/Weekly!C171", "80%"))
    assert metrics.sheet("Weekly").cells[170, 2].value == pytest.approx(0.8)
    box.play.do(cell_edit("Metrics/Weekly!C171", ""))
    assert (170, 2) not in metrics.sheet("Weekly").cells or not metrics.sheet("Weekly").cells[
        170, 2
    ].value


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (issue_edit("SUP-999999", ("status", "Done")), "there is no issue SUP-999999"),
        (issue_edit("not a key", ("status", "Done")), "there is no issue"),
        (issue_edit("SUP-3", ("status", "Gone")), "only To Do, In Progress"),
        (issue_edit("SUP-3", ("Sprint", "31")), "only Summary"),
        (issue_edit("SUP-3", ("Story point estimate", "many")), "is no number"),
        (issue_edit("SUP-3", ("parent", "SUP-999999")), "there is no issue"),
        (issue_edit("SUP-3", ("summary", " ")), "must have a summary"),
        (issue_edit("SUP-3"), "at least one field"),
        (page_edit("KR-999", ("Target", "1")), "no page has"),
        (page_edit("Check-in of 27 November", ("Note", "x")), "give the id of one"),
        (page_edit("KR-17", ("Goal", "1")), "there are Ambition"),
        (page_edit("KR-17", ("Due", "soon")), "Due is a date"),
        (page_edit("KR-17", ("Owner", "Nobody")), "Mei Lin Tan"),
        (page_edit("KR-17", ("Objective", "KR-16")), "stands in Key Results"),
        (page_edit("Cohort of 27 November", ("Completed", "1")), "cannot be edited"),
        (cell_edit("C171", "1"), "write Spreadsheet/Tab!B6"),
        (cell_edit("Metrics/Weekly!C1:C2", "1"), "is not one cell"),
        (cell_edit("Metrics/Weekly!C", "1"), "is not one cell"),
        (cell_edit("Metrics/Weekly!?", "1"), "is not one cell"),
        (cell_edit("Numbers/Weekly!C4", "1"), "only Go-to-market OKRs"),
        (cell_edit("Metrics/Daily!C4", "1"), "only Weekly, KPIs"),
        ({"do": "delete everything"}, "no such command"),
        ({"do": "edit issue"}, "no such command"),
    ],
)
def test_what_cannot_be_done_says_what_can_and_changes_nothing(
    box: Sandbox, command: dict[str, object], says: str
) -> None:
    before = box.clock.now, box.jira.version
    with pytest.raises(ValueError, match=re.escape(says)):
        box.play.do(command)
    assert (box.clock.now, box.jira.version) == before


def test_the_next_day_begins_at_the_time_of_the_night(box: Sandbox) -> None:
    day = box.day
    box.play.do(issue_edit("SUP-6", ("summary", "Moved")))
    done = box.play.do({"do": "next day"})
    assert done.told == ["It is Sunday 29 November 2026, 02:00."]
    assert box.day == day + timedelta(days=1)


def test_edits_survive_the_stand_ins(tmp_path: Path) -> None:
    journal = tmp_path / "edits.jsonl"
    with Sandbox(issues=300, journal=journal) as box:
        box.play.do(issue_edit("SUP-6", ("Key Result", "KR-18")))
        box.play.do(page_edit("KR-17", ("Target", "8 hours")))
        box.play.do({"do": "next day"})
        box.play.do(cell_edit("Metrics/Weekly!C171", "8.6"))
        with pytest.raises(ValueError, match="no issue"):
            box.play.do(issue_edit("SUP-999999", ("status", "Done")))
        first = box.clock.now, box.jira.histories(box.jira.find("SUP-6").index)  # type: ignore[union-attr]
        page = box.notion.pages[page_id("key_results", "KR-17")].edited_at
    assert len(journal.read_text("utf-8").splitlines()) == 4
    with Sandbox(issues=300, journal=journal) as again:
        assert again.lost_edits == []
        issue = again.jira.find("SUP-6")
        assert issue is not None
        assert (again.clock.now, again.jira.histories(issue.index)) == first
        assert again.notion.pages[page_id("key_results", "KR-17")].edited_at == page
        file = again.sheets.files[spreadsheet_id("metrics")]
        assert file.sheet("Weekly").cells[170, 2].value == 8.6
        assert again.write_settings(tmp_path).read_text("utf-8").count("as_of: 2026-11-29") == 1
    journal.write_text(journal.read_text("utf-8").replace("SUP-6", "SUP-999999"), "utf-8")
    with Sandbox(issues=300, journal=journal) as other:
        assert other.lost_edits == ["there is no issue SUP-999999"]


def test_only_who_has_the_token_may_edit(box: Sandbox) -> None:
    url, edit = f"{box.company_url}/control", issue_edit("SUP-6", ("summary", "Moved"))
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}):
        encoded = {name: value.encode() for name, value in headers.items()}
        assert requests.post(url, json=edit, headers=encoded, timeout=60).status_code == 401
    right = {"Authorization": f"Bearer {box.control_token}"}
    done = requests.post(url, json=edit, headers=right, timeout=60)
    assert done.json()["told"] == [
        "SUP-6, summary: Move of the support desk to the third floor → Moved"
    ]
    refused = requests.post(url, json={"do": "nothing"}, headers=right, timeout=60)
    assert refused.status_code == 422
    assert requests.post(url, data="{", headers=right, timeout=60).status_code == 422
    assert requests.post(url, json=[1], headers=right, timeout=60).status_code == 422
    for service in (box.jira_url, box.notion_url, box.sheets_url):
        assert requests.post(
            f"{service}/control", json=edit, headers=right, timeout=60
        ).status_code in (
            400,
            404,
        )
