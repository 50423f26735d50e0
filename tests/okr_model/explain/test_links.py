"""What links and suggestions look like from a Key Result and from an initiative."""

from __future__ import annotations

from datetime import date
from math import nan

import pandas as pd

from okr_model.explain.links import initiative_sections, link_lines, suggestion_lines

LINK = {
    "initiative_id": "jira:3", "initiative": "SUP-3", "title": "Triage rules",
    "key_result_id": "KR-17", "cycle_id": "2026-Q4", "statement": "Answer in 4 hours",
    "state": "active", "rule": "field", "field": "Key Result", "evidence": "KR-17",
    "source": "jira", "record_id": "3", "url": "https://j/3",
}  # fmt: skip
SUGGESTED = {
    "initiative_id": "jira:6", "initiative": "SUP-6", "title": None, "key_result_id": "KR-17",
    "statement": None, "asked_for": "initiative", "rank": 1, "score": 0.4, "chance": 0.54,
    "reason": "same team; chance 54 %", "source": "jira", "record_id": "6", "url": None,
}  # fmt: skip
SUP_6 = {
    "initiative_id": "jira:6", "initiative": "SUP-6", "title": "Move the desk", "team": None,
    "owner": "Arun", "status": "To Do", "due_on": date(2026, 12, 1), "source": "jira",
    "record_id": "6", "url": "https://j/6",
}  # fmt: skip


def test_a_link_names_its_evidence_and_a_suggestion_its_chance() -> None:
    overruled = {**LINK, "state": "overruled", "rule": "label", "field": None, "url": None}
    assert link_lines(pd.DataFrame([overruled, LINK])) == [
        "SUP-3 Triage rules: active, by field in Key Result: “KR-17” (jira record 3, https://j/3)",
        "SUP-3 Triage rules: overruled, by label in no field named: “KR-17” (jira record 3)",
    ]
    assert link_lines(pd.DataFrame([LINK]).iloc[:0]) == ["No initiative names it."]
    assert suggestion_lines(pd.DataFrame([SUGGESTED])) == [
        "SUP-6: suggested, not linked: same team; chance 54 % (jira record 6)"
    ]
    assert suggestion_lines(pd.DataFrame([SUGGESTED]).iloc[:0]) == []


def test_a_decision_is_told_with_who_made_it_and_why_before_the_claim() -> None:
    made = {
        "decision": "rejected", "decision_id": "D-12d06673", "decided_by": "Mei Lin Tan",
        "decided_why": "only mentioned",
    }  # fmt: skip
    rejected = {**LINK, **made, "state": "rejected", "rule": "mention", "field": "description"}
    claimed = "claimed by mention in description: “KR-17” (jira record 3, https://j/3)"
    told = f"rejected by Mei Lin Tan (D-12d06673): “only mentioned”; {claimed}"
    assert link_lines(pd.DataFrame([rejected])) == [f"SUP-3 Triage rules: {told}"]
    of_work = initiative_sections(SUP_6, pd.DataFrame([rejected]), pd.DataFrame([SUGGESTED]))
    assert of_work["Links"] == [f"KR-17 of 2026-Q4, Answer in 4 hours: {told}"]
    others = [
        {**rejected, "decision": "other", "decided_why": None},
        {**rejected, "state": "active", "decision": "accepted"},
        {**rejected, "state": "active", "decision": "accepted", "rule": "decision"},
        {**rejected, "state": "overruled", "decision": None, "decision_id": None},
    ]
    assert [link_lines(pd.DataFrame([one]))[0].partition(": ")[2] for one in others] == [
        f"rejected, called other work by Mei Lin Tan (D-12d06673); {claimed}",
        f"active, accepted by Mei Lin Tan (D-12d06673): “only mentioned”; {claimed}",
        "active, accepted by Mei Lin Tan (D-12d06673): “only mentioned” (jira record 3,"
        " https://j/3)",
        f"overruled, {claimed.removeprefix('claimed ')}",
    ]


def test_a_pair_is_suggested_once_and_the_likeliest_first() -> None:
    from_the_other_side = {**SUGGESTED, "asked_for": "key result"}
    likelier = {**SUGGESTED, "key_result_id": "KR-2", "chance": 0.7, "reason": "chance 70 %"}
    rows = pd.DataFrame([SUGGESTED, from_the_other_side, likelier])
    expected, links = ["KR-2: chance 70 %", "KR-17: same team; chance 54 %"], pd.DataFrame([LINK])
    assert initiative_sections(SUP_6, links, rows)["Suggestions"] == expected
    older = rows.drop(columns="chance").assign(score=[0.1, 0.1, 0.9])
    assert initiative_sections(SUP_6, links, older)["Suggestions"] == expected


def test_an_initiative_is_told_with_what_it_serves() -> None:
    nothing = pd.DataFrame([SUGGESTED]).iloc[:0]
    assert initiative_sections(SUP_6, pd.DataFrame([LINK]), nothing) == {
        "Initiative": [
            "SUP-6 Move the desk",
            "Team: none. Owner: Arun. Status: To Do. Due: 2026-12-01.",
            "Record: jira 6, https://j/6",
        ],
        "Links": [
            "KR-17 of 2026-Q4, Answer in 4 hours: active, by field in Key Result: “KR-17”"
            " (jira record 3, https://j/3)"
        ],
        "Suggestions": ["None."],
    }
    without = initiative_sections({**SUP_6, "due_on": None}, pd.DataFrame([LINK]).iloc[:0], nothing)
    assert without["Initiative"][1] == "Team: none. Owner: Arun. Status: To Do."
    assert without["Links"] == ["It names no Key Result."]


def test_a_rejected_suggestion_is_told_with_who_rejected_it() -> None:
    made = {
        "decision_id": "D-203b070d", "action": "reject", "in_force": True, "decided_by": "Tom",
        "why": "not for it", "key_result_id": "KR-4", "statement": "Win back five",
    }  # fmt: skip
    decisions = pd.DataFrame(
        [
            {**made, "key_result_id": "KR-5", "why": None, "statement": None},
            made,
            {**made, "key_result_id": "KR-6", "in_force": False},
            {**made, "key_result_id": "KR-7", "action": "accept"},
            {**made, "key_result_id": "KR-17"},  # told with its claim
        ]
    )
    nothing = pd.DataFrame([SUGGESTED]).iloc[:0]
    found = initiative_sections(SUP_6, pd.DataFrame([LINK]), nothing, decisions)
    assert found["Links"][1:] == [
        "KR-4 Win back five: rejected by Tom (D-203b070d): “not for it”; no source names it",
        "KR-5: rejected by Tom (D-203b070d); no source names it",
    ]


def test_a_link_says_for_which_share_of_the_work_it_counts() -> None:
    shares = {0.7: "active × 70 %", 1.0: "active", 1 / 3: "active × 33.3 %"}
    for weight, said in shares.items():
        line = link_lines(pd.DataFrame([{**LINK, "weight": weight}]))[0]
        assert line.startswith(f"SUP-3 Triage rules: {said}, by field in Key Result: ")
    unknown = {**LINK, "state": "broken", "weight": None, "cycle_id": None, "statement": None}
    nothing = pd.DataFrame([SUGGESTED]).iloc[:0]
    found = initiative_sections(
        SUP_6, pd.DataFrame([unknown, {**unknown, "cycle_id": nan}]), nothing
    )
    assert all(line.startswith("KR-17: broken, by field") for line in found["Links"])
