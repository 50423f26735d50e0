"""Comments as Jira serves them: with issues, cut, and by themselves, whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.company.adf import document, paragraph
from sandbox.company.generate import build_jira
from sandbox.server.jira.store import JiraSite
from tests.sandbox.support.serving import JiraApi, jira_session


@pytest.fixture
def site() -> JiraSite:
    return build_jira(700, 7)


@pytest.fixture
def api(site: JiraSite) -> Iterator[JiraApi]:
    with jira_session(site) as (base, session):
        yield JiraApi(base, session)


def test_an_issue_in_a_search_has_its_first_comments_and_says_how_many_there_are(
    site: JiraSite, api: JiraApi
) -> None:
    before = len(site.comments(site._must_find("WEB-7").index))
    for number in range(30):
        site.comment_on("WEB-7", document(paragraph(f"Comment {number}")))
    answers = [
        api.post("/search/jql", jql="key = WEB-7", fields=["comment"]).json(),
        api.post("/issue/bulkfetch", issueIdsOrKeys=["WEB-7"], fields=["comment"]).json(),
    ]
    for answer in answers:
        found = answer["issues"][0]["fields"]["comment"]
        assert (len(found["comments"]), found["total"]) == (20, 30 + before)
    whole = api.get("/issue/WEB-7/comment?startAt=20&maxResults=100").json()
    assert len(whole["comments"]) == 10 + before
    assert whole["total"] == 30 + before


def test_a_comment_can_be_edited_and_deleted_and_updates_its_issue(
    site: JiraSite, api: JiraApi
) -> None:
    site.clock.advance(60)
    said = site.comment_on("WEB-7", document(paragraph("42 %")), site.users[0])
    site.clock.advance(60)
    site.edit_comment("WEB-7", said.id, document(paragraph("43 %")))
    last = api.get("/issue/WEB-7/comment?maxResults=100").json()["comments"][-1]
    assert last["author"]["displayName"] == site.users[0].name
    assert last["created"] < last["updated"]
    assert last["body"] == document(paragraph("43 %"))
    log = len(site.histories(site._must_find("WEB-7").index))
    site.clock.advance(60)
    site.delete_comment("WEB-7", said.id)
    assert site._must_find("WEB-7").updated == site.clock.now_ms
    assert len(site.histories(site._must_find("WEB-7").index)) == log
