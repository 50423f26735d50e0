"""Work that points at a Key Result's own record, or is part of other work, through whole nights."""

from __future__ import annotations

import re

from sandbox.company import ids
from sandbox.server.notion_records import Property, Run
from tests.company import Company

KR_18 = ids.page_url("key_results", "KR-18")


def links(company: Company) -> dict[str, list[tuple[str, str, str]]]:
    """Initiative -> Key Result, rule and state of each of its links."""
    rows = company.table("links")
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


def test_a_link_to_a_key_results_page_counts_by_the_way_it_was_made(fresh: Company) -> None:
    box = fresh.box
    box.jira.edit_issue("SUP-6", description=card(f"{KR_18}?pvs=4"))  # a smart link in prose
    box.jira.link_remotely("WEB-6", KR_18, "First-contact resolution")  # says no id anywhere
    box.jira.link_remotely("SAL-6", "https://www.notion.so/" + "0" * 32, "Some other page")
    address = f"https://www.notion.so/acme/Renamed-since-{KR_18.rsplit('/', 1)[1]}"
    box.notion.edit_page(
        ids.page_id("projects", "Brand refresh"), Brief=[Run("the page", href=address)]
    )
    assert fresh.night().exit_code == 0
    found = links(fresh)
    assert found["SUP-6"] == [("KR-18", "mention", "active")]
    assert found["WEB-6"] == [("KR-18", "relation", "active")]
    assert "SAL-6" not in found
    assert found["Brand refresh"] == [("KR-18", "mention", "active")]
    evidence = fresh.table("links").set_index("initiative")["evidence"]
    assert evidence["WEB-6"] == KR_18


def test_an_issue_link_to_a_key_results_issue_is_a_relation(fresh: Company) -> None:
    remapped(fresh, r"fields: \{key_result: customfield_10042\}", "JIRA_INITIATIVES")
    remapped(
        fresh,
        "JIRA_INITIATIVES.*",
        """fields: {key_result: [customfield_10042, Linked Issues]}
  - holds: key_results
    from: jira
    where: {labels: okr}
    fields: {id: key, target: customfield_10016, cycle: summary}""",
    )
    box = fresh.box
    box.jira.edit_issue("SUP-8", summary="2026-Q4", labels=["okr"], customfield_10016=8.0)
    box.jira.link_issues("SUP-6", "SUP-8")
    box.jira.link_issues("SUP-8", "WEB-6")
    box.jira.link_issues("SUP-6", "SAL-6")  # no Key Result at either end
    assert fresh.night().exit_code == 0
    found = links(fresh)
    assert found["SUP-6"] == [("SUP-8", "relation", "active")]
    assert found["WEB-6"] == [("SUP-8", "relation", "active")]
    assert "SAL-6" not in found


def test_a_sub_item_takes_over_the_links_of_what_it_is_a_part_of(fresh: Company) -> None:
    projects = ids.data_source_id("projects")
    fresh.box.notion.add_property(projects, "Parent item", Property("relation", to=projects))
    remapped(
        fresh,
        r"status: Status, key_result: \[Key Results, KR\]",
        "status: Status, parent: Parent item, key_result: [Key Results, KR]",
    )

    def page(title: str) -> str:
        return ids.page_id("projects", title)

    def put_below(title: str, parent: str) -> None:
        fresh.box.notion.edit_page(page(title), **{"Parent item": [page(parent)]})

    put_below("Brand refresh", "Technical SEO audit")
    put_below("Quarterly research report", "Six practitioner guides")  # has a link of its own
    assert fresh.night().exit_code == 0
    found, rows = links(fresh), fresh.table("links").set_index("initiative")
    (above,) = [link for link in found["Technical SEO audit"] if link[2] == "active"]
    assert found["Brand refresh"] == [(above[0], "inherited", "active")]
    assert rows.loc["Brand refresh", "evidence"].startswith("Technical SEO audit: ")
    assert "inherited" not in {rule for _, rule, _ in found["Quarterly research report"]}
    parent = fresh.table("initiatives").set_index("title")["parent_id"]
    assert parent["Brand refresh"] == f"notion:{page('Technical SEO audit')}"
    orphans = fresh.table("findings").query("rule == 'initiative without Key Result'")
    assert "Brand refresh" not in " ".join(orphans["sentence"])

    fresh.box.clock.advance(3600)
    fresh.box.notion.edit_page(page("Brand refresh"), KR="KR-18")
    assert fresh.night().exit_code == 0
    assert links(fresh)["Brand refresh"] == [("KR-18", "field", "active")]
