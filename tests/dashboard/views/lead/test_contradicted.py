"""A decision that a source has contradicted: one answer is left, and the button says which."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.access.gate import FORM_FIELD
from okr_model.links.decisions import LOG_COLUMNS, decisions_in_force
from pipelines.lake.decision_log import DecisionLog
from tests.dashboard.views.lead.test_home import ROWS, Desk, text_of
from tests.support.page.small_tables import RUN_AT, claim, finding, key_result, publish_rows, work

PLACE = "/lead?queue=contradicted"
ACCEPTED = {"action": "accept", "key_result_id": "KR-1"}
CORRECTED = {"action": "correct", "key_result_id": "KR-1", "wrong_key_result_id": "KR-2"}
REJECTED = {"action": "reject", "key_result_id": "KR-2"}
OTHER = {"action": "other"}
COUNTS = claim(7, "KR-1", "active", "decision")
OVERRULED = claim(7, "KR-2", "overruled")
REFUSED = claim(7, "KR-2", "rejected")


def desk_of(
    folder: Path, decided: list[dict[str, Any]], links: list[dict[str, Any]], told: str = "D-0"
) -> Desk:
    """A page that asks about a decision of Ida's: what her log and the tables hold."""
    desk = Desk(folder)
    rows = {
        **ROWS,
        "key_results": [key_result(f"KR-{number}") for number in (1, 2, 3, 4)],
        "initiatives": [work(7, title="Night shifts")],
        "links": links,
        "suggestions": [],
        "findings": [
            finding("decision contradicted", "initiative", "jira:7", sentence=f"Undo {told}.")
        ],
    }
    publish_rows(desk.project.paths.duckdb, **rows)
    made = [
        dict.fromkeys(LOG_COLUMNS)
        | {"decision_id": f"D-{number}", "decided_by": "Ida Holm", "why": "so", "via": "command"}
        | {"initiative_id": "jira:7", "initiative": "SUP-7"}
        | {"decided_at": RUN_AT - pd.Timedelta(days=9 - number)}
        | one
        for number, one in enumerate(decided)
    ]
    DecisionLog(desk.project.paths.decisions).append(made)
    return desk


def standing(desk: Desk) -> dict[str, str]:
    rows = decisions_in_force(desk.log)
    return dict(zip(rows["key_result_id"], rows["decision"], strict=True))


def buttons(shown: str) -> list[str]:
    form = shown.partition('class="verdict"')[2].partition("</form>")[0]
    found = re.findall(r'<button class="btn[^>]*data-key="[arn]"[^>]*>(.*?)</button>', form)
    return [text_of(one)[2:] for one in found]


def answer(desk: Desk, verdict: str, pick: str = "", **more: str) -> None:
    place = f"{PLACE}&pick={pick}" if pick else PLACE
    assert desk.verdict(place, verdict, overrule="yes", **more).status_code == 303


@pytest.mark.parametrize(
    ("decided", "links", "asked", "said"),
    [
        (
            [ACCEPTED],
            [COUNTS, OVERRULED],
            "Ida Holm accepted KR-1 on {day}. Since then its record names KR-2 by field. "
            "Which of the two is right?",
            ["Accept KR-2, not KR-1", "Reject KR-2", "Other work"],
        ),
        (
            [CORRECTED],
            [COUNTS, REFUSED],
            "Ida Holm rejected KR-2 and accepted KR-1 on {day}. Since then its record names KR-2 "
            "by field. Which of the two is right?",
            ["Accept KR-2, not KR-1", "Reject KR-2 again", "Other work"],
        ),
        (
            [REJECTED],
            [REFUSED],
            "Ida Holm rejected KR-2 on {day}. Since then its record names KR-2 by field. "
            "Does it serve it after all?",
            ["Accept KR-2", "Reject KR-2 again", "Other work"],
        ),
        (
            [OTHER],
            [REFUSED],
            "Ida Holm chose other work on {day}. Since then its record names KR-2 by field. "
            "Which of the two is right?",
            ["Accept KR-2", "Other work again"],
        ),
        (
            [ACCEPTED | {"claims": "KR-1 by field"}],
            [COUNTS],
            "Ida Holm accepted KR-1 on {day}. Since then its record no longer names KR-1. "
            "Does it still serve it?",
            ["Accept KR-1 again", "Reject KR-1", "Other work"],
        ),
        (
            [ACCEPTED],
            [COUNTS, claim(7, "KR-77", "broken")],
            "Ida Holm accepted KR-1 on {day}. Since then its record names KR-77 by field. "
            "Which of the two is right?",
            ["Accept KR-1 again", "Reject KR-77", "Other work"],
        ),
    ],
)
def test_the_question_names_what_is_asked_and_each_button_what_it_leaves(
    tmp_path: Path,
    decided: list[dict[str, Any]],
    links: list[dict[str, Any]],
    asked: str,
    said: list[str],
) -> None:
    shown = desk_of(tmp_path, decided, links).page.get(PLACE).text
    day = f"{(RUN_AT - pd.Timedelta(days=9)).day} Dec"
    assert asked.format(day=day) in text_of(shown)
    assert buttons(shown) == said


@pytest.mark.parametrize(
    ("decided", "links", "verdict", "pick", "more", "left"),
    [
        ([ACCEPTED], [COUNTS, OVERRULED], "accept", "KR-2", {}, {"KR-2"}),
        ([ACCEPTED], [COUNTS, OVERRULED], "accept", "KR-1", {}, {"KR-1"}),
        ([ACCEPTED], [COUNTS, OVERRULED], "reject", "", {}, {"KR-1"}),
        ([ACCEPTED], [COUNTS, OVERRULED], "correct", "", {"to": "KR-3"}, {"KR-3"}),
        ([CORRECTED], [COUNTS, REFUSED], "accept", "KR-2", {}, {"KR-2"}),
        ([CORRECTED], [COUNTS, REFUSED], "accept", "KR-1", {}, {"KR-1"}),
        ([CORRECTED], [COUNTS, REFUSED], "correct", "", {"to": "KR-3"}, {"KR-3"}),
        ([REJECTED], [REFUSED], "accept", "", {}, {"KR-2"}),
        ([REJECTED], [REFUSED], "reject", "", {}, set()),
        ([OTHER], [REFUSED], "accept", "", {}, {"KR-2"}),
        ([OTHER], [REFUSED], "other", "", {}, set()),
    ],
)
def test_one_answer_leaves_that_one_alone(
    tmp_path: Path,
    decided: list[dict[str, Any]],
    links: list[dict[str, Any]],
    verdict: str,
    pick: str,
    more: dict[str, str],
    left: set[str],
) -> None:
    desk = desk_of(tmp_path, decided, links)
    answer(desk, verdict, pick, **more)
    assert {key for key, one in standing(desk).items() if one == "accepted"} == left
    assert "Contradicted" not in text_of(desk.page.get("/lead").text.partition('class="item"')[2])


def test_the_same_again_knows_of_what_the_source_says_now(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, [CORRECTED], [COUNTS, REFUSED])
    answer(desk, "accept", "KR-1")
    last = desk.log.iloc[-1]
    said = ("action", "key_result_id", "wrong_key_result_id", "claims")
    assert [last[name] for name in said] == ["correct", "KR-1", "KR-2", "KR-2 by field"]


def test_a_taken_back_answer_asks_again_at_once_and_a_taken_back_decision_does_not(
    tmp_path: Path,
) -> None:
    desk = desk_of(tmp_path, [ACCEPTED], [COUNTS, OVERRULED])
    form = desk.fields(PLACE)
    answer(desk, "accept")
    assert "Ida Holm accepted KR-1 on" not in text_of(desk.page.get(PLACE).text)
    undo = {FORM_FIELD: form[FORM_FIELD], "decision": desk.log["decision_id"].iloc[-1]}
    assert desk.page.post("/lead/undo", data=undo).status_code == 303
    assert "Ida Holm accepted KR-1 on" in text_of(desk.page.get(PLACE).text)
    assert desk.page.post("/lead/undo", data=undo | {"decision": "D-0"}).status_code == 303
    assert "“Contradicted decisions” is empty" in text_of(desk.page.get(PLACE).text)


def test_what_was_accepted_besides_stays_and_the_question_says_so(tmp_path: Path) -> None:
    both = [ACCEPTED | {"key_result_id": "KR-4"}, ACCEPTED]
    links = [COUNTS, claim(7, "KR-4", "active", "decision"), OVERRULED]
    desk = desk_of(tmp_path, both, links, told="D-0, D-1")
    assert "Which of the two is right? KR-4 stays accepted as well." in text_of(
        desk.page.get(PLACE).text
    )
    answer(desk, "accept")
    assert standing(desk) == {"KR-1": "rejected", "KR-2": "accepted", "KR-4": "accepted"}


def test_a_conflict_with_an_accepted_one_leaves_one_however_many_are_named(tmp_path: Path) -> None:
    links = [COUNTS, OVERRULED, claim(7, "KR-3", "overruled", "mention")]
    desk = desk_of(tmp_path, [ACCEPTED], links)
    publish_rows(
        desk.project.paths.duckdb,
        **{**ROWS, "links": links, "initiatives": [work(7)], "suggestions": [], "findings": []},
    )
    assert desk.verdict("/lead?queue=conflicting&pick=KR-2", "accept", overrule="yes").is_redirect
    assert standing(desk) == {"KR-1": "rejected", "KR-2": "accepted"}
