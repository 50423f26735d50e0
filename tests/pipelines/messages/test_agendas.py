"""Agendas on the day of a check-in: to the team's addresses, and as pages of Notion, once each."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from pydantic import SecretStr

from connectors.notion.facts import NotionSection
from connectors.notion.written.meeting_pages import Block, MeetingPages
from pipelines.messages.agenda_blocks import agenda_blocks, plain_lines
from pipelines.messages.send import after_night
from pipelines.project import Project
from pipelines.setup.checks import Check
from pipelines.setup.service_checks import check_source
from sandbox.server.clock import Clock
from sandbox.server.notion.app import notion_app
from sandbox.server.notion.store import NotionWorkspace, notion_id
from tests.connectors.support.asgi import answering
from tests.connectors.support.loopback import Asked, Loopback, Reply, serving
from tests.support.commands import Answer, call_okr
from tests.support.page.small_tables import key_result
from tests.support.published.nights import PublishedNights
from tests.support.small_company import SETTINGS

MONDAY = dt.date(2026, 11, 30)
PAGE = notion_id("page", "Check-ins")
TEAMS = """
teams:
  - {name: Sales, check_ins: {weekday: Monday}}
  - {name: Product, check_ins: {weekday: Tuesday}}
"""
_TITLE = "Check-in: Sales, 30 Nov 2026"
_HOSTILE = "*Grow* <!here> @channel [x](http://evil.example)"


class Notion:
    """A workspace with one page, behind a server that may answer otherwise."""

    def __init__(self) -> None:
        self.workspace = NotionWorkspace(Clock(dt.datetime(2026, 11, 30, 1, tzinfo=dt.UTC)))
        self.workspace.add_page(None, PAGE, {"title": "Check-ins"})
        self.replies: list[Reply] = []
        self.server: Loopback
        self._app = answering(notion_app(self.workspace, ["ntn_1"]))

    def answer(self, asked: Asked) -> Reply:
        return self.replies.pop(0) if self.replies else self._app(asked)

    def requests(self) -> list[str]:
        """Methods and last words of the paths asked for since the last look."""
        paths = [(one.method, one.path.partition("?")[0]) for one in self.server.asked]
        found = [f"{method} {path.rpartition('/')[2]}" for method, path in paths]
        self.server.asked.clear()
        return found

    def written(self) -> dict[str, Any]:
        """The pages below the page, by title."""
        pages = [one for one in self.workspace.pages.values() if one.parent_page_id == PAGE]
        return {"".join(run.text for run in page.values["title"]): page for page in pages}


@pytest.fixture
def notion(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notion]:
    monkeypatch.setenv("NOTION_TOKEN", "ntn_1")
    monkeypatch.setenv("SALES", "json://sales.example")
    made = Notion()
    with serving(made.answer) as made.server:
        yield made


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> PublishedNights:
    company = PublishedNights(tmp_path_factory.mktemp("agendas"))
    usual = {
        "cycle_id": "2026-Q4", "value_state": "measured", "current_value": 1.0,
        "cycle_start": dt.date(2026, 10, 1), "cycle_end": dt.date(2026, 12, 31),
        "due_on": dt.date(2026, 12, 31), "missed_check_ins": 0, "stated_confidence": "low",
    }  # fmt: skip
    found = [
        key_result(f"KR-{n}", team=team, teams=[team], statement=_HOSTILE, **usual)
        for n, team in enumerate(("Sales", "Product", "Sales"), 1)
    ]
    teams = [{"team": name, "state": "open"} for name in ("Product", "Sales")]
    company.night(MONDAY, key_results=found, teams=teams)
    return company


@pytest.fixture
def company(nights: PublishedNights, notion: Notion) -> Iterator[PublishedNights]:
    configure(nights, notion)
    yield nights
    for file in (nights.folder / "data" / "alerts").glob("messages.json"):
        file.unlink()


def configure(nights: PublishedNights, notion: Notion, more: str = "") -> None:
    service = f'notion: {{token: "${{NOTION_TOKEN}}", url: {notion.server.url}}}'
    settings = SETTINGS.replace("sources: {files:", f"sources: {{{service}, files:", 1)
    messages = f'messages: {{teams: {{Sales: ["${{SALES}}"]}}, agenda: true, agenda_page: {PAGE}}}'
    nights.settings.write_text(f"as_of: {MONDAY}\n{settings}{TEAMS}{messages}\n{more}", "utf-8")


def okr(company: PublishedNights, *words: str) -> Answer:
    """What a command answers, the secrets at hand."""
    environ = {"OKR_CONFIG": str(company.settings), "COLUMNS": "160", "NOTION_TOKEN": "ntn_1"}
    return call_okr(company.folder, environ, *words)


def told(company: PublishedNights) -> tuple[list[str], list[Any]]:
    """What a night's end says, and what it sent."""
    with mock.patch("pipelines.alerts.senders.send", return_value=None) as send:
        said = after_night(Project(company.settings))
    return said, [call.args[1:] for call in send.call_args_list]


def test_a_check_in_of_today_brings_its_agenda_to_the_team_and_to_notion_once(
    company: PublishedNights, notion: Notion
) -> None:
    said, sent = told(company)
    assert said == []
    ((title, body),) = sent  # one message, although it is Monday, too
    assert title.endswith("what is due and what has changed; Sales: agenda of today's check-in")
    assert "1. Measures." in body
    assert "@" not in body
    assert "http://" not in body
    assert notion.requests() == ["GET children", "POST pages"]
    assert list(notion.written()) == [_TITLE]
    assert told(company) == ([], [])
    assert notion.requests() == []


def test_the_page_says_what_the_markdown_says(company: PublishedNights, notion: Notion) -> None:
    told(company)
    page = notion.written()[_TITLE]
    shown = [
        "".join(run.text for run in one.runs)
        for block in page.blocks
        for one in (block, *block.blocks)
    ]
    markdown = okr(company, "agenda", "Sales").stdout.replace("\\", "").replace("**", "")
    lines = [line.strip() for line in markdown.splitlines() if line.strip()]
    assert [f"# {_TITLE}", *shown] == [
        line if line.startswith("# ") else re.sub(r"^(## |- |\d\. )", "", line) for line in lines
    ]
    assert any(f"KR-1 {_HOSTILE}" in line for line in shown)


def test_what_people_wrote_is_left_and_a_page_that_is_there_is_not_written_again(
    company: PublishedNights, notion: Notion
) -> None:
    told(company)
    page = notion.written()[_TITLE]
    notion.workspace.append_blocks(page.id, ["We decided to call them."])
    before = [block.id for block in page.blocks]
    (company.folder / "data" / "alerts" / "messages.json").unlink()  # as after a restore
    told(company)
    assert list(notion.written()) == [_TITLE]
    assert [block.id for block in page.blocks] == before


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ([Reply(404, b'{"object":"error","code":"object_not_found","message":"x"}')], "404"),
        ([Reply(), Reply(502)], "502"),  # nobody knows whether the page was made
        ([Reply(), Reply(fault="reset")], "failed"),
    ],
)
def test_what_could_not_be_written_is_told_and_written_by_the_next_run(
    company: PublishedNights, notion: Notion, replies: list[Reply], reason: str
) -> None:
    notion.replies, tries = list(replies), len(replies)
    (said,), _ = told(company)
    assert said.startswith("messages: agenda_page (notion): a message could not be sent, and the")
    assert reason in said
    assert len(notion.requests()) == tries  # a page that may be there is not made twice
    assert told(company) == ([], [])
    assert list(notion.written()) == [_TITLE]


def test_a_request_refused_for_its_rate_is_repeated(
    company: PublishedNights, notion: Notion
) -> None:
    notion.replies = [Reply(), Reply(429, b"{}", {"Retry-After": "0"})]
    assert told(company)[0] == []
    assert list(notion.written()) == [_TITLE]


def test_without_the_capability_the_remedy_names_it(
    company: PublishedNights, notion: Notion
) -> None:
    notion.workspace.may_insert_content = False
    (said,), _ = told(company)
    assert "Insert content" in said


def test_nothing_restricted_stands_in_a_page(company: PublishedNights, notion: Notion) -> None:
    configure(company, notion, "page: {restricted: [{key_results: [KR-1], groups: [hr]}]}\n")
    told(company)
    text = json.dumps([run.text for b in notion.written()[_TITLE].blocks for run in b.runs])
    assert "KR-3" in text
    assert "KR-1" not in text


def test_the_command_writes_a_teams_page_on_any_day(
    company: PublishedNights, notion: Notion
) -> None:
    first, again = (okr(company, "agenda", "product", "--notion") for _ in range(2))
    assert first.stdout.startswith("Check-in: Product, 30 Nov 2026: https://")
    assert "it was written before" in again.stdout
    (one,) = json.loads(okr(company, "agenda", "Sales", "--notion", "--json").stdout)
    assert (one["title"], one["reason"]) == (_TITLE, None)
    assert "no Key Result" in okr(company, "agenda", "Nobody", "--notion").stderr
    assert (
        "leave --day out"
        in okr(company, "agenda", "Sales", "--notion", "--day", "2026-11-30").stderr
    )
    (line,) = [
        one for one in check_source(Project(company.settings), "notion")
        if one.check == Check.AGENDA_PAGE
    ]  # fmt: skip
    assert (line.state, line.sentence) == ("ok", "2 pages are below it.")


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("'https://www.notion.so/acme/Check-ins-0123456789abcdef0123456789ABCDEF?pvs=4'", None),
        ("01234567-89ab-cdef-0123-456789abcdef", None),
        ("https://www.notion.so/acme/Check-ins", "copy its link there"),
        ("''", "copy its link there"),
    ],
)
def test_a_page_is_named_by_id_or_address(
    company: PublishedNights, written: str, fault: str | None
) -> None:
    text = company.settings.read_text("utf-8").replace(PAGE, written)
    company.settings.write_text(text, "utf-8")
    answer = okr(company, "messages", "--dry-run")
    if fault is None:
        page = Project(company.settings, with_secrets=False).settings.messages.agenda_page
        assert page == "0123456789abcdef0123456789abcdef"
    else:
        assert fault in answer.stderr


def test_each_list_of_the_text_for_mail_begins_with_one() -> None:
    title, blocks = agenda_blocks("# T\n\n## A\n\n1. **B.** c\n   - d\n2. e\n\n## F\n\n1. g\n")
    assert title == "T"
    assert [line for line in plain_lines(blocks) if line] == [
        "A", "1. B. c", "   - d", "2. e", "F", "1. g"
    ]  # fmt: skip


def test_of_more_than_a_request_holds_the_page_says_where_the_rest_is(notion: Notion) -> None:
    section = NotionSection(token=SecretStr("ntn_1"), url=notion.server.url)
    line = Block("bulleted_list_item", (("x" * 4100, False),))
    pages = MeetingPages(section, PAGE)
    pages.create("Long", [replace(line, below=(line,) * 101)] * 120, "More of it: elsewhere.")
    pages.close()
    blocks = notion.written()["Long"].blocks
    for found in (blocks, blocks[0].blocks):
        assert len(found) == 100
        assert found[-1].runs[0].text == "More of it: elsewhere."
    assert [len(run.text) for run in blocks[0].runs] == [2000, 2000, 100]
