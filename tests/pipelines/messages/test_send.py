"""Messages to teams: once an address and day, also of a night that is repeated or ended."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from pipelines.alerts.senders import Address
from pipelines.messages.outgoing import hidden_from_team
from pipelines.messages.send import after_night, send_due
from pipelines.project import Project
from pipelines.setup.local_checks import check_alerts
from published.restricted import NOTHING, Restriction
from tests.support.commands import Answer, call_okr
from tests.support.page.small_tables import key_result
from tests.support.published.nights import PublishedNights
from tests.support.services.receivers import webhook
from tests.support.small_company import SETTINGS

MONDAY = dt.date(2026, 11, 30)
DAY = dt.timedelta(days=1)
MESSAGES = """
messages:
  teams:
    sales: ["${SALES}", "${BOTH}"]
    Product: ["${BOTH}"]
"""
_AS_JSON = ["messages", "--json"]
Sends = list[tuple[Address, str, str]]


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALES", "json://sales.example")
    monkeypatch.setenv("BOTH", "json://both.example")


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> PublishedNights:
    """A week's nights, a new value in the last; tests change nothing but what was told."""
    company = PublishedNights(tmp_path_factory.mktemp("messages"))
    for day, value, call in ((MONDAY - 7 * DAY, 1.0, "high"), (MONDAY, 2.0, "medium")):
        usual = {
            "cycle_id": "2026-Q4", "value_state": "measured", "current_value": value,
            "due_on": dt.date(2026, 12, 31), "missed_check_ins": 0, "stated_confidence": call,
        }  # fmt: skip
        found = [
            key_result(f"KR-{n}", team=team, teams=[team], **usual)
            for n, team in enumerate(("Sales", "Product"), 1)
        ]
        teams = [{"team": name, "state": "open"} for name in ("Product", "Sales")]
        company.night(day, key_results=found, teams=teams)
    return company


@pytest.fixture
def company(nights: PublishedNights) -> Iterator[PublishedNights]:
    configure(nights)
    yield nights
    for file in (nights.folder / "data" / "alerts").glob("messages.json"):
        file.unlink()


def configure(nights: PublishedNights, day: dt.date = MONDAY, messages: str = MESSAGES) -> None:
    nights.settings.write_text(f"as_of: {day}\n{SETTINGS}{messages}", encoding="utf-8")


def sending(answer: Any = None) -> Any:
    return mock.patch("pipelines.alerts.senders.send", side_effect=answer, return_value=None)


def project(company: PublishedNights) -> Project:
    return Project(company.settings, with_secrets=False)


def test_each_address_gets_one_message_however_often_the_night_runs(
    company: PublishedNights,
) -> None:
    with sending() as send:
        assert [after_night(project(company)) for _ in range(3)] == [[], [], []]
    calls: Sends = [call.args for call in send.call_args_list]
    assert [to.label for to, _, _ in calls] == [
        "messages: sales[0] (json)",
        "messages: sales[1] (json)",
    ]
    assert [title for _, title, _ in calls] == [
        "Acme · Sales: what is due and what has changed",
        "Acme · Sales, Product: what is due and what has changed",
    ]
    (_, _, body), (_, _, both) = calls
    assert "KR-1 The statement of KR-1: Team: High → Medium" in body
    assert "KR-2" not in body
    assert body in both
    assert "KR-2 The statement of KR-2: Team: High → Medium" in both
    state = (company.folder / "data" / "alerts" / "messages.json").read_text("utf-8")
    assert "example" not in state


def test_what_could_not_be_sent_is_told_and_tried_again(company: PublishedNights) -> None:
    refused = {"json://sales.example": "HTTP 500."}
    with sending(lambda to, *_: refused.get(to.url)) as send:
        (said,) = after_night(project(company))
        assert said == (
            "messages: sales[0] (json): a message could not be sent, and the next run of this day"
            " tries again: HTTP 500."
        )
        refused.clear()
        assert after_night(project(company)) == []
        assert after_night(project(company)) == []
    assert [call.args[0].url[7:] for call in send.call_args_list] == [
        "sales.example", "both.example", "sales.example"
    ]  # fmt: skip


def test_a_run_that_is_ended_while_it_sends_tells_nobody_twice(company: PublishedNights) -> None:
    with sending(KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        send_due(project(company))
    with sending() as send:
        send_due(project(company))
    assert [call.args[0].url for call in send.call_args_list] == ["json://both.example"]


@pytest.mark.parametrize(
    "messages", [MESSAGES + "  due: never\n", MESSAGES + "  due: Tue\n", "", "messages: {due: Mon}"]
)
def test_nothing_goes_out_on_another_day_or_to_nobody(
    company: PublishedNights, messages: str
) -> None:
    configure(company, messages=messages)
    with sending() as send:
        assert after_night(project(company)) == []
    assert not send.called


def test_tables_of_another_day_are_told_to_nobody(company: PublishedNights) -> None:
    configure(company, MONDAY + 7 * DAY)
    with sending() as send:
        assert after_night(project(company)) == []
        assert after_night(Project(company.settings, MONDAY, with_secrets=False)) == []
    assert not send.called


def test_a_team_that_there_is_not_is_named_and_trouble_ends_no_night(
    company: PublishedNights,
) -> None:
    configure(company, messages='\nmessages: {teams: {Slaes: ["${SALES}"]}}')
    assert after_night(project(company)) == [
        "messages: Slaes: there is no such team. There are: Product, Sales."
    ]
    configure(company)
    with sending(RuntimeError("json://sales.example")):
        (said,) = after_night(project(company))
    assert said.startswith("Messages to teams failed (")
    assert "example" not in said


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_the_command_sends_once_and_says_what_became_of_it(
    company: PublishedNights,
) -> None:
    with webhook() as (port, got), webhook(500) as (broken, _):
        urls = {"SALES": f"json://127.0.0.1:{port}", "BOTH": f"json://127.0.0.1:{broken}"}
        first, second = (answer(company, urls, *words) for words in (["messages"], _AS_JSON))
    assert [json.loads(one)["title"] for one in got] == [
        "Acme · Sales: what is due and what has changed"
    ]
    assert first.returncode == second.returncode == 1
    sent, failed = first.stdout.splitlines()
    assert sent.endswith("what is due and what has changed: sent")
    assert "NOT SENT: " in failed
    assert [(one["to"], one["sent"]) for one in json.loads(second.stdout)] == [
        ("messages: sales[1] (json)", False)
    ]


def answer(company: PublishedNights, urls: dict[str, str], *words: str) -> Answer:
    environ = {"OKR_CONFIG": str(company.settings), "COLUMNS": "160", **urls}
    return call_okr(company.folder, environ, *words)


def test_a_dry_run_shows_a_day_and_sends_nothing(company: PublishedNights) -> None:
    with sending() as send:
        shown = company.okr("messages", "--dry-run", "--team", "SALES").stdout
        other = json.loads(company.okr("messages", "--dry-run", "--json").stdout)
        past = company.okr("messages", "--dry-run", "--day", str(MONDAY - 7 * DAY)).stdout
    assert not send.called
    assert shown.startswith(
        "Sales: what is due and what has changed\n"
        "    to messages: sales[0] (not set), messages: sales[1] (not set): today, 2026-11-30\n"
    )
    assert "on Fridays, so not on 2026-11-30" in shown
    assert "Product" not in shown
    assert [(one["team"], one["goes_out"]) for one in other] == [
        ("Sales", True), ("Sales", False), ("Product", True), ("Product", False)
    ]  # fmt: skip
    assert "Nothing to tell, so nothing is sent." in past
    assert company.okr("messages", "--team", "Sales").stderr.strip().endswith("add --dry-run.")
    assert "no team 'X'" in company.okr("messages", "--dry-run", "--team", "X").stderr
    configure(company, messages="")
    assert "names no team's address" in company.okr("messages").stdout


def test_the_doctor_names_an_address_that_is_not_set(
    company: PublishedNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOTH")
    lines = [one for one in check_alerts(project(company)) if "messages" in one.subject]
    assert [(one.subject, one.state) for one in lines] == [
        ("messages: sales[1] (not set)", "warn"),
        ("messages: Product[0] (not set)", "warn"),
    ]
    assert lines[0].sentence == "Nothing can be sent: the environment variable BOTH is not set."


@pytest.mark.parametrize(
    ("restriction", "hidden"),
    [
        (Restriction(("hr",), teams=("Sales",)), (set(), set())),
        (Restriction((), teams=("Sales",)), ({"sales"}, set())),
        (Restriction(("hr",), teams=("sales", "People")), ({"people"}, set())),
        (Restriction(("hr",), ("SALES",), ("KR-9",)), (set(), {"kr-9"})),
    ],
)
def test_a_team_may_see_its_own_and_nothing_restricted_to_others(
    restriction: Restriction, hidden: tuple[set[str], set[str]]
) -> None:
    found = hidden_from_team("Sales", [restriction], {})
    assert (set(found.teams), set(found.key_results)) == hidden
    assert bool(found) == (found != NOTHING)


def test_restricted_rows_are_in_no_message_to_others(company: PublishedNights) -> None:
    configure(company, messages=f"{MESSAGES}page: {{restricted: [{{key_results: [KR-1]}}]}}\n")
    with sending() as send:
        assert after_night(project(company)) == []
    (call,) = send.call_args_list
    assert call.args[1] == "Acme · Product: what is due and what has changed"
    assert "KR-1" not in call.args[2]


def test_a_link_leads_to_the_agenda_where_the_page_has_an_address(company: PublishedNights) -> None:
    page = "page: {address: 'https://okr.example.com'}\n"
    configure(company, messages=MESSAGES + page)
    text = json.loads(company.okr("messages", "--dry-run", "--json").stdout)[0]["text"]
    assert text.endswith("\nAll of it: https://okr.example.com/meeting/Sales")


def test_without_teams_to_tell_no_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "okr.yaml").write_text(SETTINGS, "utf-8")
    assert after_night(Project(tmp_path / "okr.yaml", with_secrets=False)) == []
