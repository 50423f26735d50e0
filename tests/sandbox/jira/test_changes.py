"""Change logs, bulk reads, and what an edit, a deletion, a move or a lost permission does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.company.generate import build_jira
from sandbox.server.jira.store import JiraSite
from tests.sandbox.support.serving import JiraApi, jira_session


@pytest.fixture
def site() -> JiraSite:
    return build_jira(700, 7)


@pytest.fixture
def api(site: JiraSite) -> Iterator[Api]:
    with jira_session(site) as (base, session):
        yield Api(base, session)


class Api(JiraApi):
    def ids(self, jql: str) -> set[int]:
        answer = self.post("/search/jql", jql=jql, maxResults=5000).json()
        return {int(each["id"]) for each in answer["issues"]}

    def changelogs(self, ids: list[str], **more: Any) -> list[tuple[str, dict[str, Any]]]:
        entries, token = [], None
        while True:
            with_token = {"nextPageToken": token} if token else {}
            body = {"issueIdsOrKeys": ids, **more, **with_token}
            page = self.post("/changelog/bulkfetch", **body).json()
            for log in page["issueChangeLogs"]:
                entries += [(log["issueId"], entry) for entry in log["changeHistories"]]
            token = page.get("nextPageToken")
            if token is None:
                return entries


def test_bulk_fetch_leaves_missing_issues_out_without_a_word(api: Api) -> None:
    answer = api.post("/issue/bulkfetch", issueIdsOrKeys=["WEB-1", "SUP-99999", "10001", "1"])

    assert answer.status_code == 200
    assert [issue["key"] for issue in answer.json()["issues"]] == ["SUP-1", "WEB-1"]
    assert answer.json()["issueErrors"] == []


def test_bulk_requests_have_their_limits(api: Api) -> None:
    ids = [str(10001 + number) for number in range(1001)]

    assert api.post("/issue/bulkfetch", issueIdsOrKeys=ids[:101]).status_code == 400
    assert api.post("/issue/bulkfetch", issueIdsOrKeys=[]).status_code == 400
    assert api.post("/changelog/bulkfetch", issueIdsOrKeys=ids).status_code == 400
    fields = [f"field{number}" for number in range(11)]
    answer = api.post("/changelog/bulkfetch", issueIdsOrKeys=ids[:2], fieldIds=fields)
    assert answer.status_code == 400
    answer = api.post("/changelog/bulkfetch", issueIdsOrKeys=ids[:2], maxResults=10_001)
    assert answer.status_code == 400


def test_one_issues_change_log_is_split_over_pages(api: Api, site: JiraSite) -> None:
    ids = [str(10001 + number) for number in range(60)]
    widget_gallery = str(site.find("WEB-7").id)  # type: ignore[union-attr]  # it is planted
    entries = api.changelogs(ids, maxResults=25)

    expected = [history.id for index in range(60) for history in site.histories(index)]
    assert sorted(int(entry["id"]) for _, entry in entries) == sorted(expected)
    created = [entry["created"] for issue, entry in entries if issue == widget_gallery]
    assert created == sorted(created)
    pages_with_it = {n // 25 for n, (issue, _) in enumerate(entries) if issue == widget_gallery}
    assert len(pages_with_it) > 2


def test_bulk_change_logs_state_time_as_a_number_or_as_text(api: Api, site: JiraSite) -> None:
    _, entry = api.changelogs(["WEB-7"])[0]
    assert isinstance(entry["created"], int)

    site.iso_changelogs = True
    _, same = api.changelogs(["WEB-7"])[0]
    single = api.get("/issue/WEB-7/changelog").json()["values"][0]
    assert same["created"] == single["created"]
    assert same["created"].endswith("+0800")


def test_bulk_change_logs_can_be_of_some_fields_only(api: Api) -> None:
    entries = api.changelogs(["WEB-7", "SUP-1"], fieldIds=["status"])

    fields = [{item["field"] for item in entry["items"]} for _, entry in entries]
    assert fields
    assert all("status" in each for each in fields)


def test_a_long_change_log_is_paged_oldest_first(api: Api) -> None:
    first = api.get("/issue/WEB-7/changelog?maxResults=50").json()
    second = api.session.get(first["nextPage"], timeout=60).json()

    assert (first["total"], first["isLast"], second["isLast"]) == (57, False, True)
    values = first["values"] + second["values"]
    assert len({entry["id"] for entry in values}) == 57
    assert [entry["created"] for entry in values] == sorted(entry["created"] for entry in values)


def test_an_edit_writes_a_change_log_entry_and_moves_updated(api: Api, site: JiraSite) -> None:
    site.clock.advance(3600)
    site.edit_issue("WEB-2", status="Done", key_result="KR-23", labels=["a", "b"])
    fields = api.get("/issue/WEB-2").json()["fields"]

    assert fields["updated"] == "2026-11-28T03:00:00.000+0800"
    assert fields["resolutiondate"] == fields["updated"]
    assert fields["status"]["statusCategory"]["key"] == "done"
    assert fields["customfield_10042"] == "KR-23"
    last = api.get("/issue/WEB-2/changelog").json()["values"][-1]
    changed = {item["field"]: item["toString"] for item in last["items"]}
    assert changed == {
        "status": "Done",
        "resolution": "Done",
        "Key Result": "KR-23",
        "labels": "a b",
    }
    assert api.ids("updated >= -30m") == {site.find("WEB-2").id}  # type: ignore[union-attr]  # just edited
    assert api.ids("labels = b") == {site.find("WEB-2").id}  # type: ignore[union-attr]  # just edited


def test_searches_may_see_an_edit_late(api: Api, site: JiraSite) -> None:
    site.index_lag_seconds = 90
    site.clock.advance(3600)
    edited = site.edit_issue("WEB-2", summary="Not indexed yet")
    everything = api.ids("project = WEB")

    assert api.get("/issue/WEB-2").json()["fields"]["summary"] == "Not indexed yet"
    assert edited.id in everything
    assert edited.id not in api.ids("updated >= -30m")
    site.clock.advance(91)
    assert edited.id in api.ids("updated >= -30m")


def test_reopening_takes_the_resolution_away(api: Api, site: JiraSite) -> None:
    site.edit_issue("SUP-4", status="In Progress")
    fields = api.get("/issue/SUP-4").json()["fields"]

    assert fields["resolution"] is None
    assert fields["resolutiondate"] is None


def test_what_cannot_be_edited_is_named(site: JiraSite) -> None:
    with pytest.raises(TypeError, match="votes"):
        site.edit_issue("SUP-1", votes=3)
    with pytest.raises(LookupError, match="SUP-99999"):
        site.edit_issue("SUP-99999", summary="?")


def test_a_deleted_issue_is_nowhere_and_takes_its_sub_tasks_along(api: Api, site: JiraSite) -> None:
    before = api.ids("project = SUP")
    story, sub_task = site.find("SUP-7"), site.find("SUP-8")
    assert story
    assert sub_task
    site.delete_issue("SUP-7")

    assert before - api.ids("project = SUP") == {story.id, sub_task.id}
    assert api.get("/issue/SUP-7").status_code == 404
    assert api.post("/issue/bulkfetch", issueIdsOrKeys=[str(story.id)]).json()["issues"] == []
    assert api.changelogs([str(sub_task.id)]) == []


def test_a_moved_issue_keeps_its_id_and_answers_to_its_old_key(api: Api, site: JiraSite) -> None:
    before = api.get("/issue/SUP-2").json()
    moved = site.move_issue("SUP-2", "WEB")
    by_old_key = api.get("/issue/SUP-2").json()

    assert by_old_key["id"] == before["id"]
    assert by_old_key["key"] == moved.key
    assert by_old_key["fields"]["project"]["key"] == "WEB"
    assert int(before["id"]) in api.ids("project = WEB")
    assert int(before["id"]) not in api.ids("project = SUP")
    items = api.get("/issue/SUP-2/changelog").json()["values"][-1]["items"]
    assert {(item["fromString"], item["toString"]) for item in items} >= {("SUP-2", moved.key)}


def test_an_issue_moved_long_ago_answers_to_its_old_key(api: Api) -> None:
    assert api.get("/issue/SUP-9001").json()["key"] == "WEB-8"


def test_a_hidden_project_cannot_be_told_from_one_that_is_not_there(
    api: Api, site: JiraSite
) -> None:
    site.hide_project("SAL")

    assert [each["key"] for each in api.get("/project/search").json()["values"]] == ["SUP", "WEB"]
    assert api.post("/search/jql", jql="project in (SUP, SAL)").status_code == 400
    assert api.get("/issue/SAL-1").status_code == 404
    assert not {int(each) for each in api.ids("status = 'To Do'")} & {
        site.issue(index).id
        for index, code in enumerate(site.columns.project)
        if site.projects[code].key == "SAL"
    }
    site.show_project("SAL")
    assert api.get("/issue/SAL-1").status_code == 200


def test_an_archived_issue_is_found_by_its_key_only(api: Api, site: JiraSite) -> None:
    archived = api.get("/issue/WEB-9")

    assert archived.status_code == 200
    assert int(archived.json()["id"]) not in api.ids("project = WEB")


def test_who_has_left_shows_no_address(api: Api) -> None:
    assignee = api.get("/issue/SUP-9").json()["fields"]["assignee"]

    assert assignee["active"] is False
    assert "emailAddress" not in assignee
    assert assignee["accountId"]


def test_descriptions_are_documents_or_nothing(api: Api) -> None:
    table = api.get("/issue/WEB-2").json()["fields"]["description"]
    assert "table" in [node["type"] for node in table["content"]]
    cards = api.get("/issue/SUP-1").json()["fields"]["description"]["content"]
    inline = [node["type"] for block in cards for node in block["content"]]
    assert "inlineCard" in inline
    assert api.get("/issue/SUP-3").json()["fields"]["description"] is None


def test_the_hierarchy_is_epic_story_sub_task(api: Api) -> None:
    sub_task = api.get("/issue/SUP-8").json()["fields"]
    story = api.get("/issue/SUP-7").json()["fields"]

    assert sub_task["issuetype"]["subtask"] is True
    assert sub_task["parent"]["key"] == "SUP-7"
    assert story["parent"]["key"] == "SUP-1"
    assert [each["key"] for each in story["subtasks"]] == ["SUP-8"]
    assert "parent" not in api.get("/issue/SUP-1").json()["fields"]


def test_sprints_may_have_no_dates(api: Api) -> None:
    sprints = api.get("/issue/WEB-10").json()["fields"]["customfield_10020"]

    assert len(sprints) == 3
    assert "startDate" in sprints[0]
    assert "startDate" not in sprints[-1]
