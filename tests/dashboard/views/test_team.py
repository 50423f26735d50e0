"""The team view, the Key Result page and the meeting over the sample company."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from dashboard.sentences import with_own_days
from published.formatting import ENGLISH, chance, share, target_of, value_of
from tests.support.company import Company
from tests.support.small_company import SmallCompany

DAY = dt.date(2026, 11, 28)


def text_of(page: str) -> str:
    """What a reader sees of a page, its white space folded."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def lines_in(page: str) -> list[str]:
    return re.findall(r'<li class="l[^"]*" id="([^"]+)"', page)


def test_every_figure_of_the_company_view_is_that_of_the_command(
    page: TestClient, published: Company
) -> None:
    shown = page.get("/team").text
    rows = json.loads(published.okr_here("show", "--json").stdout)
    assert sorted(lines_in(shown)) == sorted(row["key_result_id"] for row in rows)
    for row in rows:
        at = shown.index(f'id="{row["key_result_id"]}"')
        line = text_of(shown[at : shown.index("</li>", at)])
        assert value_of(row) in line
        assert target_of(row) in line
        if row["progress"] is not None:
            assert f"{share(row['progress'])} done" in line
        if row["attainment_probability"] is not None:
            stale = "stale value" in row["signals"]
            stands = (
                f"on {ENGLISH.short_day(dt.date.fromisoformat(row['current_value_at']))}"
                if stale
                else "likely"
            )
            assert f"{chance(row['attainment_probability'])} {stands}" in line
    assert any("stale value" in row["signals"] for row in rows)


def test_a_cycle_that_is_over_is_told_as_over(page: TestClient, published: Company) -> None:
    shown = page.get("/team?cycle=2026-Q3").text
    rows = published.table("key_results")
    chances = rows.loc[rows["cycle_id"] == "2026-Q3", "attainment_probability"]
    met = int((chances >= 0.5).sum())
    assert f"2026-Q3 is over: {met} of {len(chances)} met" in shown
    assert "Company, 2026-Q3" in shown
    assert "this week" not in shown
    assert "more likely than not" not in shown


def test_a_team_has_its_objectives_first_and_the_others_after(page: TestClient) -> None:
    shown = page.get("/team/Marketing").text
    own, _, others = shown.partition("Elsewhere in the company")
    assert len(lines_in(own)) == 3
    assert len(lines_in(others)) == 12
    assert "Practitioners find us" in text_of(own)


def test_worst_first_and_the_reason_is_said(page: TestClient) -> None:
    shown = page.get("/team").text
    assert lines_in(shown)[0] == "KR-26"
    assert "Below its start" in text_of(shown)
    assert "Team says High, evidence says Critical" in text_of(shown)


def test_a_key_results_page_says_what_okr_explain_says(
    page: TestClient, published: Company
) -> None:
    shown = text_of(page.get("/key-results/kr-17").text)
    told = json.loads(published.okr_here("explain", "KR-17", "--json").stdout)
    [one] = [one for one in told if one["cycle_id"] == "2026-Q4"]
    sections = {section["title"]: section["lines"] for section in one["sections"]}
    organization = page.app.state.site.organization
    for title in ("In short", "Progress", "Forecast"):
        for line in sections[title]:
            assert " ".join(with_own_days(line, organization).split()) in shown, line


def test_the_records_behind_a_value_are_one_click_away(
    page: TestClient, published: Company
) -> None:
    shown = page.get("/key-results/KR-17/records").text
    told = json.loads(published.okr_here("explain", "KR-17", "--json").stdout)
    [one] = [one for one in told if one["cycle_id"] == "2026-Q4"]
    assert one["issues"]
    for issue in one["issues"]:
        assert html.escape(issue["url"]) in shown


def test_a_meeting_has_every_key_result_of_the_team(page: TestClient) -> None:
    shown = page.get("/meeting/Customer experience").text
    assert shown.count('class="mk"') == 3
    assert "Four hours needs the weekend rota." in text_of(shown)


def test_a_meeting_and_the_command_tell_the_same_agenda(
    page: TestClient, published: Company
) -> None:
    shown = text_of(page.get("/meeting/Customer experience").text)
    told = json.loads(published.okr_here("agenda", "customer experience", "--json").stdout)
    written = published.okr_here("agenda", "Customer experience").stdout
    ids = [one["key_result_id"] for one in told["key_results"]]
    assert ids == re.findall(r"^## (KR-\d+) ", written, re.M)
    places = [shown.index(f"{key} · ") for key in ids]
    assert places == sorted(places)
    (rota,) = [one for one in told["key_results"] if one["key_result_id"] == "KR-17"]
    assert rota["impediments"]["impediment"] == {
        "text": "nobody staffs the chat at weekends",
        "kind": "resource",
        "owner": "Arun Pillai",
        "since": "2026-11-13",
    }
    assert [one["done"] for one in rota["activities"]["last_actions"]] == [False]
    (action,) = rota["activities"]["next_actions"]
    assert (action["owner"], action["due_on"]) == ("Arun Pillai", "2026-12-04")
    for words in (
        *("nobody staffs the chat at weekends", ", open since 13 Nov", "Arun Pillai", "not done"),
        *("half of the slow tickets wait over a weekend", "agree on the rota for December"),
        "KR-17 needs People and operations: not confirmed",
    ):
        assert words in shown
        assert words in written


def test_an_agenda_is_written_to_a_file_and_unknown_teams_are_named(
    published: Company, tmp_path: Path
) -> None:
    file = tmp_path / "agenda.md"
    done = published.okr_here("agenda", "sales", "--output", str(file))
    assert done.stdout == f"The agenda of Sales is in {file}.\n"
    assert file.read_text("utf-8") == published.okr_here("agenda", "Sales").stdout
    day = published.okr_here("agenda", "Sales", "--day", "2026-11-28")
    assert day.stdout == file.read_text("utf-8")
    nobody = published.okr_here("agenda", "Nobody")
    assert nobody.returncode == 2
    assert "There are: Customer experience, Marketing" in nobody.stderr
    gone = published.okr_here("agenda", "Sales", "--output", str(tmp_path / "no" / "a.md"))
    assert gone.returncode == 2
    assert "cannot be written: No such file or directory." in gone.stderr


@pytest.mark.parametrize(
    "path",
    ["/team/Nobody", "/key-results/KR-999", "/meeting/Nobody", "/nowhere", "/team?cycle=1999-Q9"],
)
def test_what_there_is_not_is_not_found_in_words(page: TestClient, path: str) -> None:
    answer = page.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_a_day_that_was_not_published_names_the_nearest(page: TestClient) -> None:
    answer = page.get("/team?as_of=2020-01-01")
    assert answer.status_code == 404
    assert "The nearest published day is" in answer.text


def test_nothing_of_anybody_else_is_loaded(page: TestClient) -> None:
    for path in ("/team", "/team/Marketing", "/key-results/KR-17", "/meeting/Marketing"):
        answer = page.get(path)
        assert len(answer.content) < 150_000
        loaded = re.findall(r'(?:src|href)="([^"]+)"[^>]*(?:stylesheet|defer|icon)', answer.text)
        loaded += re.findall(r'<(?:script|img|iframe|link)[^>]+(?:src|href)="([^"]+)"', answer.text)
        assert {one.partition("?")[0] for one in loaded} <= {
            "/static/style.css",
            "/static/icon.svg",
            "/static/keys.js",
            "/static/meeting.js",
        }
        assert "default-src 'none'" in answer.headers["content-security-policy"]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% for %}",
    "\u202eevil\u202c \u2066x",
    "=HYPERLINK(1)",
    "x" * 10_000,
]


@pytest.mark.thorough
def test_hostile_words_are_shown_as_words(
    small: SmallCompany, page_after: Callable[[dt.date], TestClient]
) -> None:
    rows = [f"KR-{n},O-1,,0,100,,,," for n in range(len(HOSTILE))]
    head = "id,objective,unit,from,to,start,phases,measure,weight"
    small.write("key-results.csv", "\n".join([head, *rows, ""]))
    quoted = ['"' + one.replace('"', '""') + '"' for one in HOSTILE]
    objectives = "".join(f"O-{n},{one},team,Sales {n},\n" for n, one in enumerate(quoted, 1))
    small.write("objectives.csv", f"id,title,level,team,parent\n{objectives}")
    page = page_after(dt.date(2026, 11, 10))
    for path in ("/team", "/key-results/KR-0", "/key-results/KR-1"):
        shown = page.get(path)
        assert shown.status_code == 200
        assert "<script>alert" not in shown.text
        assert "<img" not in shown.text
        assert "\u202e" not in shown.text


@pytest.mark.thorough
def test_a_past_day_is_shown_as_known_now_and_as_published_then(
    small: SmallCompany, page_after: Callable[[dt.date], TestClient]
) -> None:
    page_after(dt.date(2026, 11, 10))
    late = "kr,day,value\nKR-1,2026-11-05,30\nKR-1,2026-11-08,55\n"
    small.write("weekly.csv", late)  # entered after the night of the 10th, true for the 8th
    page = page_after(dt.date(2026, 11, 12))
    now = text_of(page.get("/key-results/KR-1?as_of=2026-11-10").text)
    then = text_of(page.get("/key-results/KR-1?as_of=2026-11-10&known=then").text)
    assert "KR-1 stood at 55" in now
    assert "KR-1 stood at 30" in then
    assert "as published then" in then


def test_before_the_first_night_the_page_says_what_to_do(small: SmallCompany) -> None:
    from tests.dashboard.conftest import page_of

    answer = page_of(small.folder / "okr.yaml").get("/team")
    assert answer.status_code == 503
    assert "Nothing is published yet" in answer.text
    assert "okr sync" in answer.text


@pytest.mark.thorough
def test_names_with_slashes_and_signs_open_their_pages(
    small: SmallCompany, page_after: Callable[[dt.date], TestClient]
) -> None:
    teams = ["R&D/QA", "50% off?", "Ärzte #1"]
    objectives = "".join(f"O-{n},Title,team,{team},\n" for n, team in enumerate(teams, 1))
    small.write("objectives.csv", f"id,title,level,team,parent\n{objectives}")
    rows = "".join(f"KR/{n},O-{n},,0,100,,,,\n" for n in range(1, len(teams) + 1))
    head = "id,objective,unit,from,to,start,phases,measure,weight"
    small.write("key-results.csv", f"{head}\n{rows}")
    page = page_after(dt.date(2026, 11, 10))
    for start in ("/team", "/company"):
        links = re.findall(r'href="(/(?:team|key-results|meeting)/[^"]+)"', page.get(start).text)
        assert len(set(links)) >= len(teams)
        for link in set(links):
            assert page.get(html.unescape(link)).status_code == 200, link
