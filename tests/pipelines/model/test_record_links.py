"""Work that points at a Key Result's own record, or is part of other work, night by night."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from unittest import mock

import pandas as pd
import pytest

from okr_model.links.vocabulary import MAX_DEPTH
from pipelines.engines.opening import open_engine
from pipelines.ingest.pull import pull_sources
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.model.linked_work import load_linked_work
from pipelines.model.nightly_steps import CONTENT, LINKS
from pipelines.model.steps import run_steps
from pipelines.project import Project
from sandbox.company import ids
from sandbox.company.truth import Definition, load
from sandbox.server.notion.records import Property, Run
from tests.support.company import Company, company

pytestmark = pytest.mark.night

KR_18 = ids.page_url("key_results", "KR-18")


def links(company: Company) -> dict[str, list[tuple[str, str, str]]]:
    """Initiative -> Key Result, rule and state of each of its links."""
    return by_initiative(company.table("links"))


def by_initiative(rows: pd.DataFrame) -> dict[str, list[tuple[str, str, str]]]:
    columns = ["initiative", "key_result_id", "rule", "state"]
    found: dict[str, list[tuple[str, str, str]]] = {}
    for initiative, *link in rows[columns].itertuples(index=False, name=None):
        found.setdefault(initiative, []).append(tuple(link))
    return found


def card(url: str) -> dict[str, object]:
    inline = {"type": "inlineCard", "attrs": {"url": url}}
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "See "}, inline]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def remapped(company: Company, old: str, new: str) -> None:
    text = company.settings.read_text("utf-8")
    assert len(re.findall(old, text)) == 1
    company.settings.write_text(re.sub(old, new, text), encoding="utf-8")


def page(title: str) -> str:
    return ids.page_id("projects", title)


def point_at_key_results(company: Company) -> None:
    """Links of every kind to Key Results' own records, in Notion and in Jira."""
    jira = company.box.jira
    jira.edit_issue("SUP-6", description=card(f"{KR_18}?pvs=4"))  # a smart link in prose
    jira.link_remotely("WEB-6", KR_18, "First-contact resolution")  # says no id anywhere
    jira.link_remotely("SAL-6", "https://www.notion.so/" + "0" * 32, "Some other page")
    address = f"https://www.notion.so/acme/Renamed-since-{KR_18.rsplit('/', 1)[1]}"
    brief = [Run("the page", href=address)]
    company.box.notion.edit_page(page("Spring webinar series"), Brief=brief)
    jira.edit_issue("SUP-8", summary="2026-Q4", labels=["okr"], customfield_10016=8.0)
    jira.link_issues("SUP-4", "SUP-8")
    jira.link_issues("SUP-8", "WEB-5")
    jira.link_issues("SUP-4", "SAL-6")  # no Key Result at either end
    jira.edit_issue("SUP-3", parent="SUP-8")


def put_below(company: Company, title: str, parent: str) -> None:
    company.box.notion.edit_page(page(title), **{"Parent item": [page(parent)]})


@pytest.fixture(scope="module")
def pointing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company after a night, some Key Results in Jira, sub-items in Notion."""
    for one in company(tmp_path_factory.mktemp("pointing")):
        projects = ids.data_source_id("projects")
        one.box.notion.add_property(projects, "Parent item", Property("relation", to=projects))
        remapped(one, r"(status: Status), (key_result:)", r"\1, parent: Parent item, \2")
        remapped(
            one,
            r"fields: \{key_result: customfield_10042\}.*",
            """fields: {key_result: [customfield_10042, Linked Issues]}
  - holds: key_results
    from: jira
    where: {labels: okr}
    fields: {id: key, target: customfield_10016, cycle: summary}""",
        )
        point_at_key_results(one)
        put_below(one, "Brand refresh", "Technical SEO audit")
        put_below(one, "Quarterly research report", "Six practitioner guides")  # has its own link
        assert one.night().exit_code == 0
        yield one


def test_a_link_to_a_key_results_page_counts_by_the_way_it_was_made(pointing: Company) -> None:
    found = links(pointing)
    assert found["SUP-6"] == [("KR-18", "mention", "active")]
    assert found["WEB-6"] == [("KR-18", "relation", "active")]
    assert "SAL-6" not in found
    assert ("KR-18", "mention") in {link[:2] for link in found["Spring webinar series"]}
    evidence = pointing.table("links").set_index("initiative")["evidence"]
    assert evidence["WEB-6"] == KR_18


def test_an_issue_link_to_a_key_results_issue_is_a_relation(pointing: Company) -> None:
    found = links(pointing)
    assert ("SUP-8", "relation") in {link[:2] for link in found["SUP-4"]}
    assert ("SUP-8", "relation") in {link[:2] for link in found["WEB-5"]}
    claimed = {link[0] for rows in found.values() for link in rows}
    assert not claimed & {"SUP-4", "SUP-6", "SAL-6", "WEB-5"}


def test_what_has_a_key_results_issue_as_its_parent_serves_it(pointing: Company) -> None:
    below = [link for link in links(pointing)["SUP-3"] if link[0] == "SUP-8"]
    assert [rule for _, rule, _ in below] == ["relation"]
    (row,) = (
        pointing.table("links")
        .query("initiative == 'SUP-3' and rule == 'relation'")
        .to_dict("records")
    )
    assert (row["field"], row["evidence"][-13:]) == ("Parent", "/browse/SUP-8")


def test_a_sub_item_takes_over_the_links_of_what_it_is_a_part_of(pointing: Company) -> None:
    found, rows = links(pointing), pointing.table("links").set_index("initiative")
    (above,) = [link for link in found["Technical SEO audit"] if link[2] == "active"]
    assert found["Brand refresh"] == [(above[0], "inherited", "active")]
    assert rows.loc["Brand refresh", "evidence"].startswith("Technical SEO audit: ")
    assert "inherited" not in {rule for _, rule, _ in found["Quarterly research report"]}
    parent = pointing.table("initiatives").set_index("title")["parent_id"]
    assert parent["Brand refresh"] == f"notion:{page('Technical SEO audit')}"
    orphans = pointing.table("findings").query("rule == 'initiative without Key Result'")
    assert "Brand refresh" not in " ".join(orphans["sentence"])

    pointing.box.clock.advance(3600)
    pointing.box.notion.edit_page(page("Brand refresh"), KR="KR-18")
    with mock.patch.dict(os.environ, pointing.environment):
        project = Project(pointing.settings)
        assert not any(one.error for one in pull_sources(project, ["notion"]))
        given = run_steps((CONTENT, LINKS), project, "edited")
    now = by_initiative(given["links"]["links"])
    assert now["Brand refresh"] == [("KR-18", "field", "active")]


def climbed(
    key: str | None, parents: dict[str, str | None], stated: dict[str, set[str]]
) -> set[str]:
    """The Key Results of an issue or of the nearest one above that states any."""
    for _ in range(MAX_DEPTH + 1):
        if key is None or key in stated:
            break
        key = parents.get(key)
    return stated.get(key or "", set())


def stated_by(truth: Definition) -> dict[str, set[str]]:
    """What the definition says of each issue itself: epics by their links, others by labels."""
    stated: dict[str, set[str]] = {}
    for link in truth.links():
        if link.state == "active":
            stated.setdefault(link.initiative, set()).add(link.key_result)
    for issue in truth.special_issues:
        if own := set(issue.labels) & set(truth.key_results):
            stated[issue.key] = own
    return stated


def test_every_issue_counts_for_what_the_definition_says_of_it_or_of_what_is_above(
    published: Company,
) -> None:
    truth = load()
    with mock.patch.dict(os.environ, published.environment):
        project = Project(published.settings)
        run_steps((CONTENT, LINKS), project, "inherited")
        staging = project.step_files("inherited")
        initiatives, own = staging.read("content.initiatives"), staging.read("links.own")
        with open_engine(project.settings) as engine:
            work = load_linked_work(project, engine, initiatives, own)
            found = work.linked.collect("pyarrow").to_native().to_pylist()
    live = f"SELECT id, key, parent_id FROM {project.lake.scan('jira_issues')} WHERE NOT deleted"  # noqa: S608 - our own files
    issues = arrow(connect(), live).to_pylist()
    keys = {issue["id"]: issue["key"] for issue in issues}
    parents = {issue["key"]: keys.get(issue["parent_id"]) for issue in issues}
    assert [each.parent for each in truth.special_issues if each.key in parents] == [
        parents[each.key] for each in truth.special_issues if each.key in parents
    ]
    stated = stated_by(truth)
    assert climbed("SUP-8", parents, stated) == {"KR-17"}  # as its parent SUP-7 says, not the epic
    assert {(keys[row["issue_id"]], row["key_result_id"]) for row in found} == {
        (key, key_result) for key in parents for key_result in climbed(key, parents, stated)
    }
    assert len(found) > 2 * len(stated)
