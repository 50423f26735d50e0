"""What an OKR Lead owes: which question stands in which queue, and what takes it out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from okr_model.links.decisions import LOG_COLUMNS
from okr_model.review.decision_index import DecisionIndex
from published.audit.decided import Decided, in_words
from published.audit.question import Question, questions_of
from published.audit.queues import LINK_QUEUES, Item, Owed, owed
from published.audit.visibility import names_of
from published.organization import Organization
from published.snapshot import Snapshot, Snapshots
from tests.support.page.small_tables import (
    DAY,
    RUN_AT,
    claim,
    finding,
    key_result,
    publish_rows,
    suggestion,
    work,
)

ACME = Organization("Acme", dt.UTC, ("High", "Medium", "Low"), [])
ROWS: dict[str, list[dict[str, Any]]] = {
    "key_results": [key_result("KR-1"), key_result("KR-2"), key_result("KR-3")],
    "initiatives": [
        work(1, title="Triage rules"),
        work(2),
        work(3),
        work(4),
        work(5, status_category="done"),
        work(6, initiative_id="files:w.csv:6", source="files", record_id="w.csv:6"),
    ],
    "links": [
        claim(1, "KR-1", "active"),
        claim(1, "KR-2", "overruled", "label", field="labels"),
        claim(2, "KR-160", "broken", "mention", evidence="It turns by KR-160 degrees."),
    ],
    "suggestions": [
        suggestion(2, "KR-1", 1, 0.3),
        suggestion(3, "KR-1", 1, 0.6),
        suggestion(3, "KR-2", 2, 0.3),
        suggestion(1, "KR-3", 1, 0.5, asked_for="key result"),
    ],
    "findings": [
        finding("Key Result without initiative", "key result", "KR-3"),
        finding("broken link", "initiative", "jira:2"),
        finding("pace gap", "key result", "KR-1"),
        finding("stale value", "key result", "KR-2", severity="error"),
        finding("pace gap", "key result", "KR-2", severity="info"),
    ],
}
LEFT = {
    "conflicting": ["jira:1"],
    "broken": ["jira:2"],
    "suggested": ["jira:3"],
    "bare": ["key-result:KR-3"],
    "idle": ["jira:4"],
}


def decision(number: int, action: str, of: int, key: str | None, **more: Any) -> dict[str, Any]:
    return dict.fromkeys(LOG_COLUMNS) | {
        "decision_id": f"D-{number}",
        "decided_at": pd.Timestamp("2026-11-28T09:00Z") + pd.Timedelta(seconds=number),
        "action": action,
        "initiative_id": f"jira:{of}",
        "initiative": f"SUP-{of}",
        "key_result_id": key,
        "decided_by": "Mei",
        "why": "so",
        **more,
    }


def decided(*rows: dict[str, Any]) -> Decided:
    frame = pd.DataFrame(list(rows), columns=list(LOG_COLUMNS)).astype(LOG_COLUMNS)
    return Decided(frame, {"KR-9": "KR-1"})


def published(path: Path, **more: list[dict[str, Any]]) -> Snapshot:
    publish_rows(path / "published.duckdb", **(ROWS | more))
    return Snapshots(path / "published.duckdb").current()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return published(tmp_path_factory.mktemp("queues"))


def question_of(tables: Snapshot, item: Item, log: DecisionIndex) -> Question:
    [found] = questions_of(tables, [item], log, ACME)
    return found


def left(found: Owed) -> dict[str, list[str]]:
    return {name: ids for name in LINK_QUEUES if (ids := [one.id for one in found.of(name)])}


def test_a_piece_of_work_stands_in_its_most_urgent_queue_alone(tables: Snapshot) -> None:
    found = owed(tables, decided())
    assert left(found) == LEFT
    assert found.asked == {name: len(LEFT.get(name, [])) for name in LINK_QUEUES}
    assert not found.pending


def test_other_findings_stand_by_rule_the_worst_first(tables: Snapshot) -> None:
    found = [(one.queue, one.subject) for one in owed(tables, decided()).findings]
    assert found == [
        ("stale value", "stale value KR-2"),
        ("pace gap", "pace gap KR-1"),
        ("pace gap", "pace gap KR-2"),
    ]


@pytest.mark.parametrize(
    ("made", "gone"),
    [
        (decision(1, "reject", 1, "KR-2"), "conflicting"),
        (decision(1, "correct", 1, "KR-1", wrong_key_result_id="KR-2"), "conflicting"),
        (decision(1, "accept", 1, "KR-1", claims="KR-1 by field, KR-2 by label"), "conflicting"),
        (decision(1, "other", 2, None), "broken"),
        (decision(1, "accept", 3, "KR-2"), "suggested"),
        (decision(1, "other", 3, None), "suggested"),
        (decision(1, "accept", 5, "KR-3"), "bare"),
        (decision(1, "accept", 4, "KR-9"), "idle"),
        (decision(1, "other", 4, None), "idle"),
    ],
)
def test_what_is_decided_leaves_its_queue_at_once_and_is_back_when_undone(
    tables: Snapshot, made: dict[str, Any], gone: str
) -> None:
    found = owed(tables, decided(made))
    assert left(found) == {name: ids for name, ids in LEFT.items() if name != gone}
    assert [row["decision_id"] for row in found.pending] == ["D-1"]
    undo = decision(2, "undo", 1, None, undoes="D-1")
    back = owed(tables, decided(made, undo))
    assert left(back) == LEFT
    assert not back.pending


def test_a_conflict_that_whoever_accepted_did_not_know_of_is_asked(tables: Snapshot) -> None:
    made = decision(1, "accept", 1, "KR-1", claims="KR-1 by field")
    assert "conflicting" in left(owed(tables, decided(made)))


def test_a_rejected_suggestion_makes_room_for_the_next(tables: Snapshot) -> None:
    log = decided(decision(1, "reject", 3, "KR-1"))
    found = owed(tables, log)
    assert found.of("suggested") == [Item("suggested", "initiative", "jira:3", "KR-2")]
    asked = question_of(tables, found.of("suggested")[0], log.index)
    assert [one.id for one in asked.candidates] == ["KR-2"]


def test_work_whose_only_claim_is_rejected_is_asked_for_its_key_result(tables: Snapshot) -> None:
    log = decided(decision(1, "reject", 2, "KR-160"))
    found = owed(tables, log)
    assert [one.id for one in found.of("suggested")] == ["jira:3", "jira:2"]
    assert question_of(tables, found.of("suggested")[1], log.index).words.startswith(
        "No Key Result that it names counts."
    )


def test_after_the_last_comes_the_first_and_nothing_after_the_only_one(tables: Snapshot) -> None:
    found = owed(tables, decided())
    passed = [found.questions[0]]
    while (following := found.after(passed[-1])) != found.questions[0]:
        assert following is not None
        passed.append(following)
    assert tuple(passed) == found.questions
    alone = owed(tables, decided(*(decision(n, "other", n, None) for n in (1, 2, 3, 4))))
    assert left(alone) == {"bare": ["key-result:KR-3"]}
    assert alone.after(alone.questions[0]) is None


def test_a_change_of_the_last_days_is_asked_about_once(tmp_path: Path) -> None:
    spans = (("KR-1", "field", 40), ("KR-2", "field", 0), ("KR-3", "inherited", 0))
    rows = [
        claim(5, key, "active", rule) | {"valid_from": DAY - dt.timedelta(days=ago)}
        for key, rule, ago in spans
    ]
    links = [*ROWS["links"], claim(5, "KR-1", "active"), claim(5, "KR-2", "active")]
    tables = published(tmp_path, link_history=rows, links=links)
    assert owed(tables, decided()).of("changed") == [
        Item("changed", "initiative", "jira:5", "KR-2")
    ]
    assert not owed(tables, decided(decision(1, "accept", 5, "KR-2"))).of("changed")


def test_a_contradicted_decision_is_asked_first_until_somebody_decides_again(
    tmp_path: Path,
) -> None:
    said = finding("decision contradicted", "initiative", "jira:3")
    links = [*ROWS["links"], claim(3, "KR-2", "rejected", decision="other")]
    tables = published(tmp_path, findings=[*ROWS["findings"], said], links=links)
    old = decision(1, "other", 3, None, decided_at=RUN_AT - pd.Timedelta(days=1))
    found = owed(tables, decided(old))
    assert found.questions[0] == Item("contradicted", "initiative", "jira:3")
    asked = question_of(tables, found.questions[0], decided(old).index)
    assert asked.words == (
        "Mei chose other work on 31 Dec. Since then its record names KR-2 by field."
        " Which of the two is right?"
    )
    assert (asked.refuted, [one.id for one in asked.candidates]) == (None, ["KR-2"])
    there = replace(ACME, zone=ZoneInfo("America/Los_Angeles"))
    [asked] = questions_of(tables, [found.questions[0]], decided(old).index, there)
    assert asked.words.startswith("Mei chose other work on 30 Dec. ")
    again = decision(2, "accept", 3, "KR-2")
    assert "contradicted" not in left(owed(tables, decided(old, again)))


def test_a_question_tells_claims_evidence_and_candidates(tables: Snapshot) -> None:
    log, questions = decided().index, owed(tables, decided()).questions
    conflict, broken, suggested, bare, idle = questions_of(tables, questions, log, ACME)
    assert conflict.words == (
        "It names KR-1 by field, which counts, and KR-2 by label, which does not."
        " Which one does it serve?"
    )
    assert [one.id for one in conflict.candidates] == ["KR-1", "KR-2"]
    assert broken.words.startswith("It names KR-160, and there is no such Key Result.")
    assert [row["evidence"] for row in broken.shown] == ["It turns by KR-160 degrees."]
    assert (broken.refuted, broken.candidates[0].id) == ("KR-160", "KR-1")
    [first, second] = suggested.candidates
    assert (first.because, first.chance) == ("shares “triage”; same team", 0.6)
    assert (second.id, second.title) == ("KR-2", "The statement of KR-2")
    assert [one.name for one in bare.candidates] == ["SUP-1"]
    assert (idle.refuted, idle.candidates) == (None, [])


def test_decisions_in_words(tables: Snapshot) -> None:
    named = names_of(tables)["jira:1"]
    assert named == "SUP-1 Triage rules"
    corrected = decision(1, "correct", 1, "KR-1", wrong_key_result_id="KR-2")
    assert in_words(corrected, named) == "SUP-1 Triage rules serves KR-1, not KR-2"
    assert in_words(decision(1, "other", 1, None), "SUP-1") == "SUP-1 is other work"


def test_a_key_result_without_work_shows_what_is_suggested_to_work_once(tmp_path: Path) -> None:
    suggested = [
        suggestion(4, "KR-3", 1, 0.4),
        suggestion(1, "KR-3", 2, 0.5),
        suggestion(1, "KR-3", 1, 0.5, asked_for="key result"),
        suggestion(2, "KR-1", 1, 0.9),
    ]
    publish_rows(tmp_path / "p.duckdb", **{**ROWS, "suggestions": suggested})
    tables = Snapshot(tmp_path / "p.duckdb")
    item = Item("bare", "key result", "KR-3", "KR-3")
    [asked] = questions_of(
        tables, [item], Decided(pd.DataFrame(columns=[*LOG_COLUMNS])).index, ACME
    )
    told = [(one.name, one.chance) for one in asked.candidates]
    assert told == [("SUP-1", 0.5), ("SUP-4", 0.4)]


def test_what_is_acknowledged_is_asked_no_more(tmp_path: Path) -> None:
    done = finding(
        "Key Result without initiative", "key result", "KR-3", acknowledgement="dismissed"
    )
    publish_rows(tmp_path / "p.duckdb", **{**ROWS, "findings": [done]})
    left = owed(
        Snapshot(tmp_path / "p.duckdb"),
        Decided(pd.DataFrame(columns=[*LOG_COLUMNS]), is_known=False),
    )
    assert not left.of("bare")
