"""Searching the Jira stand-in: queries, pages, tokens, limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox.company.generate import build_jira
from sandbox.server.clock import to_ms
from sandbox.server.jira.jql import JqlError, matching, parse
from sandbox.server.jira.store import JiraSite
from tests.sandbox.support.serving import JiraApi, jira_session

EVERYTHING = "project in (SUP, WEB, SAL)"
ISSUES = 700


@pytest.fixture(scope="module")
def site() -> JiraSite:
    return build_jira(ISSUES, 7)


@pytest.fixture
def fresh() -> JiraSite:
    """A site that the test may change."""
    return build_jira(ISSUES, 7)


@pytest.fixture(scope="module")
def api(site: JiraSite) -> Iterator[Api]:
    with _api_of(site) as api:
        yield api


@contextmanager
def _api_of(site: JiraSite) -> Iterator[Api]:
    with jira_session(site) as (base, session):
        yield Api(base, session)


class Api(JiraApi):
    def search(self, jql: str = EVERYTHING, **more: Any) -> requests.Response:
        return self.post("/search/jql", jql=jql, **more)

    def pages(self, jql: str = EVERYTHING, **more: Any) -> list[dict[str, Any]]:
        pages = [self.search(jql, **more).json()]
        while "nextPageToken" in pages[-1]:
            pages.append(self.search(jql, nextPageToken=pages[-1]["nextPageToken"], **more).json())
        return pages

    def ids(self, jql: str = EVERYTHING, **more: Any) -> list[int]:
        return [int(each["id"]) for page in self.pages(jql, **more) for each in page["issues"]]

    def keys(self, jql: str) -> set[str]:
        pages = self.pages(jql, fields=["key"], maxResults=5000)
        return {each["key"] for page in pages for each in page["issues"]}


def test_a_census_takes_ids_only_in_large_pages(api: Api) -> None:
    pages = api.pages(maxResults=5000)

    assert len(pages) == 1
    assert pages[0]["isLast"] is True
    assert "total" not in pages[0]
    assert set(pages[0]["issues"][0]) == {"id"}
    assert len(pages[0]["issues"]) == ISSUES - 1  # one is archived


def test_pages_with_fields_hold_a_hundred_at_most(api: Api) -> None:
    pages = api.pages(fields=["summary"], maxResults=5000)

    assert [len(page["issues"]) for page in pages] == [100] * 6 + [99]
    assert [page["isLast"] for page in pages] == [False] * 6 + [True]
    assert set(pages[0]["issues"][0]["fields"]) == {"summary"}


def test_a_page_is_fifty_long_unless_asked_otherwise(api: Api) -> None:
    assert len(api.search().json()["issues"]) == 50


@pytest.mark.parametrize("order", ["updated ASC", "updated DESC", "created", "id", "key DESC"])
def test_every_issue_comes_once_whatever_the_order(order: str, api: Api) -> None:
    ids = api.ids(f"{EVERYTHING} ORDER BY {order}", maxResults=90)

    assert len(ids) == len(set(ids)) == ISSUES - 1


def test_results_are_in_the_order_asked_for(api: Api) -> None:
    pages = api.pages(f"{EVERYTHING} ORDER BY updated", fields=["updated"], maxResults=100)
    updated = [each["fields"]["updated"] for page in pages for each in page["issues"]]

    assert updated == sorted(updated)
    assert updated[0].endswith("+0800")


def test_numbers_in_dates_are_epoch_milliseconds(api: Api, site: JiraSite) -> None:
    moment = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    expected = {
        site.issue(index).id
        for index, updated in enumerate(site.columns.updated)
        if updated >= to_ms(moment)
    }

    assert set(api.ids(f"({EVERYTHING}) AND updated >= {to_ms(moment)}")) == expected


def test_quoted_dates_are_minutes_in_the_users_own_zone(api: Api) -> None:
    noon_utc = to_ms(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))

    quoted = api.ids(f'{EVERYTHING} AND updated >= "2026-11-20 20:00"')
    assert quoted == api.ids(f"{EVERYTHING} AND updated >= {noon_utc}")
    assert quoted != api.ids(f'{EVERYTHING} AND updated >= "2026-11-20 12:00"')


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = WEB and issuetype = Epic", {f"WEB-{number}" for number in range(1, 7)}),
        ("project = 'Web product' AND type = epic AND labels = kr-24", {"WEB-3"}),
        ("project = SAL AND (type in (Epic) AND status = 'To Do')", {"SAL-5", "SAL-6"}),
        ("key in (SUP-1, WEB-2)", {"SUP-1", "WEB-2"}),
        ("issuekey = SUP-9001", {"WEB-8"}),
        ("labels in (KR-1, KR-18)", {"SUP-5", "SUP-3"}),
        ("labels = KR", set()),
        (
            "project = SUP AND type = Epic AND statusCategory != Done",
            {"SUP-1", "SUP-2", "SUP-3", "SUP-6"},
        ),
        ("type = 'Support ticket' AND status not in (Done) ", {"SUP-10", "SUP-11"}),
    ],
)
def test_queries_find_what_they_say(jql: str, keys: set[str], api: Api) -> None:
    assert api.keys(jql) == keys


@pytest.mark.parametrize(
    "jql",
    [
        "",
        "ORDER BY created",
        "project = SUP OR project = WEB",
        "assignee = currentUser()",
        "text ~ 'hello'",
        "project = NOPE",
        "project in (SUP",
        "project = SUP AND",
        "project = SUP extra",
        "updated = 5",
        "updated >= yesterday",
        "project = SUP ORDER BY votes",
        'project = "SUP',
        "key = SUP-99999",
    ],
)
def test_what_it_does_not_understand_is_refused(jql: str, api: Api) -> None:
    answer = api.search(jql)

    assert answer.status_code == 400
    assert answer.json()["errorMessages"][0]
    assert answer.json()["errors"] == {}


def test_the_removed_search_is_gone(api: Api) -> None:
    for method in ("GET", "POST"):
        answer = api.session.request(method, f"{api.base}/search?jql=project=SUP", timeout=60)
        assert answer.status_code == 410
        assert "search/jql" in answer.json()["errorMessages"][0]


def test_unknown_keys_in_a_payload_are_refused(api: Api) -> None:
    assert api.search(startAt=0).status_code == 400
    assert api.search(maxResults="many").status_code == 400
    assert api.search(fields="summary").status_code == 400


def test_a_token_can_be_used_for_seven_days_and_again(fresh: JiraSite) -> None:
    with _api_of(fresh) as api:
        token = api.search(maxResults=10).json()["nextPageToken"]
        fresh.clock.advance(6 * 86_400)
        second, again = (api.search(maxResults=10, nextPageToken=token) for _ in range(2))
        assert second.json() == again.json()

        fresh.clock.advance(86_401)
        assert api.search(maxResults=10, nextPageToken=token).status_code == 400


def test_a_token_is_worth_nothing_elsewhere(api: Api) -> None:
    token = api.search(maxResults=10).json()["nextPageToken"]

    assert api.search("project = SUP", nextPageToken=token).status_code == 400
    assert api.search(nextPageToken="bm9uc2Vuc2U=").status_code == 400
    assert api.search(nextPageToken="?").status_code == 400


def test_an_issue_edited_between_pages_moves_behind_those_still_to_come(fresh: JiraSite) -> None:
    jql = f"{EVERYTHING} ORDER BY updated ASC"
    rest: list[str] = []
    with _api_of(fresh) as api:
        page = api.search(jql, maxResults=100).json()
        edited = page["issues"][3]["id"]
        fresh.edit_issue(edited, summary="Changed meanwhile")
        while "nextPageToken" in page:
            page = api.search(jql, maxResults=100, nextPageToken=page["nextPageToken"]).json()
            rest += [each["id"] for each in page["issues"]]

    assert rest[-1] == edited
    assert len(rest) == ISSUES - 1 - 100 + 1


def test_names_and_the_newest_forty_entries_can_be_expanded(api: Api) -> None:
    answer = api.search("key = WEB-7", fields=["summary"], expand="names,changelog").json()
    changelog = answer["issues"][0]["changelog"]

    assert answer["names"] == {"summary": "Summary"}
    assert (changelog["total"], len(changelog["histories"])) == (57, 40)
    created = [entry["created"] for entry in changelog["histories"]]
    assert created == sorted(created, reverse=True)


def test_fields_can_be_left_out_by_name(api: Api) -> None:
    answer = api.search("key = WEB-1", fields=["*all", "-comment"]).json()
    fields = answer["issues"][0]["fields"]

    assert "comment" not in fields
    assert fields["customfield_10042"] == "KR-22"
    assert fields["customfield_10077"]["value"] == "KR-3"


def test_a_relative_date_counts_from_now(site: JiraSite) -> None:
    day_ago = to_ms(site.clock.now) - 86_400_000

    relative = matching(parse("updated >= -1d"), site)
    assert list(relative) == list(matching(parse(f"updated >= {day_ago}"), site))
    assert 0 < len(relative) < ISSUES


def test_a_query_must_restrict_something() -> None:
    with pytest.raises(JqlError, match="Unbounded"):
        parse("order by key desc")
