"""What people decided beats every source, survives the nights, and is never silently dropped."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.links.decisions import (
    ACTIONS,
    LOG_COLUMNS,
    decisions_in_force,
    empty_log,
    undone_ids,
)
from okr_model.links.resolve import LinkInputs, resolve_links
from tests.okr_model.links.test_resolve import claim, initiatives, key_results, of_rule

EARLY = pd.Timestamp("2026-11-01T00:00Z")
DECIDED = pd.Timestamp("2026-11-10T09:00Z")
LATE = pd.Timestamp("2026-11-20T00:00Z")


def decision(number, action, key=None, *, of="jira:1", at=DECIDED, **more):
    return dict.fromkeys(LOG_COLUMNS) | {
        "decision_id": f"D-{number:02}",
        "decided_at": at + pd.Timedelta(seconds=number),
        "action": action,
        "initiative_id": None if action == "undo" else of,
        "key_result_id": key,
        "decided_by": "Mei",
        "why": "she knows",
        **more,
    }


def log(*rows):
    return pd.DataFrame(rows, columns=list(LOG_COLUMNS)).astype(LOG_COLUMNS)


def verdicts(*rows):
    frame = decisions_in_force(log(*rows))
    return dict(zip(zip(frame["initiative_id"], frame["key_result_id"], strict=True),
                    frame["decision"], strict=True))  # fmt: skip


def resolve(claims, *decisions, krs=("KR-1", "KR-2", "KR-3"), subjects=("jira:1",), **more):
    inputs = LinkInputs(
        pd.DataFrame(claims),
        key_results(*krs),
        initiatives(*subjects).assign(source="jira", record_id="1", url="https://example.com/1"),
        decided=decisions_in_force(log(*decisions)),
        **more,
    )
    return resolve_links(inputs)


def states(links):
    return {row["key_result_id"]: row["state"] for row in links.to_dict("records")}


def test_the_latest_decision_about_a_pair_is_in_force():
    assert verdicts(decision(1, "accept", "KR-1"), decision(2, "reject", "KR-1")) == {
        ("jira:1", "KR-1"): "rejected"
    }


def test_a_correction_rejects_one_and_accepts_the_other():
    corrected = decision(1, "correct", "KR-2", wrong_key_result_id="KR-1")
    assert verdicts(corrected) == {
        ("jira:1", "KR-1"): "rejected",
        ("jira:1", "KR-2"): "accepted",
    }


def test_undo_restores_the_earlier_decision_and_can_be_undone():
    rows = [
        decision(1, "accept", "KR-1"),
        decision(2, "reject", "KR-1"),
        decision(3, "undo", undoes="D-02"),
    ]
    assert verdicts(*rows) == {("jira:1", "KR-1"): "accepted"}
    assert undone_ids(log(*rows)) == {"D-02"}
    rows.append(decision(4, "undo", undoes="D-03"))
    assert verdicts(*rows) == {("jira:1", "KR-1"): "rejected"}


def test_a_claim_is_known_since_it_was_first_read_whatever_else_the_record_changed():
    earlier, _ = resolve([claim("jira:1", "field", "KR-1", seen_at=EARLY)])
    again = [claim("jira:1", "field", "KR-1", seen_at=LATE)]
    assert resolve(again, earlier=earlier)[0]["first_seen_at"].tolist() == [EARLY]
    moved = [claim("jira:1", "label", "KR-1", seen_at=LATE)]
    assert resolve(moved, earlier=earlier)[0]["first_seen_at"].tolist() == [LATE]


def test_nothing_decided_changes_nothing():
    claims = [claim("jira:1", "field", "KR-1"), claim("jira:1", "label", "KR-2")]
    results = key_results("KR-1", "KR-2")
    plain = resolve_links(LinkInputs(pd.DataFrame(claims), results, initiatives("jira:1")))
    pd.testing.assert_frame_equal(plain[0], resolve(claims, krs=("KR-1", "KR-2"))[0])
    assert decisions_in_force(empty_log()).empty


def test_an_accepted_link_needs_no_source_and_says_who_made_it():
    links, findings = resolve([], decision(1, "accept", "KR-2"))
    (link,) = links.to_dict("records")
    assert (link["state"], link["rule"], link["confidence"]) == ("active", "decision", "high")
    assert (link["evidence"], link["decided_by"]) == ("Mei: she knows", "Mei")
    assert (link["decision_id"], link["url"]) == ("D-01", "https://example.com/1")
    assert of_rule(findings, "initiative without Key Result") == []


def test_an_accepted_link_keeps_the_proof_of_the_source_that_claims_it():
    claims = [claim("jira:1", "field", "KR-1"), claim("jira:1", "label", "KR-2", "kr-2")]
    links, findings = resolve(claims, decision(1, "accept", "KR-2"))
    assert states(links) == {"KR-1": "overruled", "KR-2": "active"}
    accepted = links.set_index("key_result_id").loc["KR-2"]
    assert (accepted["rule"], accepted["evidence"], accepted["weight"]) == ("label", "kr-2", 1.0)
    (conflict,) = of_rule(findings, "conflicting links")
    assert "KR-2 (by decision), which overrules KR-1 (by field)" in conflict["sentence"]


def test_a_rejected_claim_counts_for_nothing_and_is_no_conflict():
    claims = [claim("jira:1", "field", "KR-1"), claim("jira:1", "label", "KR-2")]
    known = decision(1, "reject", "KR-1", claims="KR-1 by field, KR-2 by label")
    links, findings = resolve(claims, known)
    assert states(links) == {"KR-1": "rejected", "KR-2": "active"}
    assert of_rule(findings, "conflicting links") == []
    assert of_rule(findings, "decision contradicted") == []


def test_a_rejected_only_link_leaves_an_orphan():
    links, findings = resolve([claim("jira:1", "field", "KR-1")], decision(1, "reject", "KR-1"))
    assert states(links) == {"KR-1": "rejected"}
    assert len(of_rule(findings, "initiative without Key Result")) == 1


def test_a_claim_made_on_purpose_after_a_rejection_is_shown_and_overruled():
    claims = [claim("jira:1", "field", "KR-1", seen_at=LATE)]
    links, findings = resolve(claims, decision(1, "reject", "KR-1"))
    assert states(links) == {"KR-1": "rejected"}
    (shown,) = of_rule(findings, "decision contradicted")
    assert "names KR-1 by field since 2026-11-20, after Mei on 2026-11-10" in shown["sentence"]
    assert "undo D-01" in shown["sentence"]


def test_a_claim_that_the_decision_knew_of_contradicts_nothing_however_often_it_is_read():
    claims = [claim("jira:1", "field", "KR-1", seen_at=LATE), claim("jira:1", "label", "KR-2")]
    known = decision(1, "reject", "KR-1", claims="KR-1 by field, KR-2 by label")
    _, findings = resolve(claims, known)
    assert of_rule(findings, "decision contradicted") == []
    accepted = decision(1, "accept", "KR-3", claims="KR-1 by field, KR-2 by label")
    _, findings = resolve(claims, accepted)
    assert of_rule(findings, "decision contradicted") == []


def test_a_claim_by_a_former_id_is_known_by_the_new_one():
    claims = [claim("jira:1", "field", "KR-9")]
    known = decision(1, "reject", "KR-9", claims="KR-9 by field")
    links, findings = resolve(claims, known, aliases={"KR-9": "KR-1"})
    assert states(links) == {"KR-1": "rejected"}
    assert of_rule(findings, "decision contradicted") == []


def test_another_key_result_named_on_purpose_after_an_acceptance_is_shown():
    claims = [claim("jira:1", "field", "KR-3", seen_at=LATE)]
    links, findings = resolve(claims, decision(1, "correct", "KR-2", wrong_key_result_id="KR-1"))
    assert states(links) == {"KR-2": "active", "KR-3": "overruled"}
    assert len(of_rule(findings, "decision contradicted")) == 1


def test_a_mention_contradicts_no_decision():
    claims = [claim("jira:1", "mention", "KR-1", seen_at=LATE)]
    _, findings = resolve(claims, decision(1, "reject", "KR-1"))
    assert of_rule(findings, "decision contradicted") == []


def test_a_confirmed_claim_that_its_source_drops_is_shown_and_stays():
    links, findings = resolve([], decision(1, "accept", "KR-1", claims="KR-1 by field"))
    assert states(links) == {"KR-1": "active"}
    (shown,) = of_rule(findings, "decision contradicted")
    assert "no longer names KR-1 by field" in shown["sentence"]


def test_a_decision_about_an_initiative_that_is_gone_is_kept_and_named():
    links, findings = resolve([], decision(1, "accept", "KR-1", of="sheets:I-9"))
    assert links.empty
    (kept,) = of_rule(findings, "decision without initiative")
    assert kept["subject_id"] == "sheets:I-9"


def test_other_work_serves_nothing_whatever_sources_say():
    claims = [claim("jira:1", "field", "KR-1"), claim("jira:1", "mention", "KR-160")]
    known = {"claims": "KR-1 by field, KR-160 by mention"}
    links, findings = resolve(claims, decision(1, "other", **known))
    assert states(links) == {"KR-1": "rejected", "KR-160": "rejected"}
    assert set(links["decision"]) == {"other"}
    assert set(links["decision_id"]) == {"D-01"}
    about = set(findings.loc[findings["subject_type"] == "initiative", "rule"])
    assert not about  # neither broken, nor without a Key Result, nor contradicted


def test_other_work_that_names_a_key_result_on_purpose_afterwards_is_shown_and_stays():
    claims = [claim("jira:1", "field", "KR-1", seen_at=LATE), claim("jira:1", "mention", "KR-2")]
    links, findings = resolve(claims, decision(1, "other"))
    assert states(links) == {"KR-1": "rejected", "KR-2": "rejected"}
    (found,) = of_rule(findings, "decision contradicted")
    said = found["sentence"]
    assert "names KR-1 by field since 2026-11-20, after Mei on 2026-11-10 chose other work." in said
    assert "undo D-01 if it should not" in said


@pytest.mark.parametrize(
    ("timezone", "claimed", "decided"),
    [
        ("UTC", "2026-11-30", "2026-11-30"),
        ("Asia/Kuala_Lumpur", "2026-12-01", "2026-12-01"),  # 00:30 and 02:00 there
        ("America/Los_Angeles", "2026-11-30", "2026-11-30"),
    ],
)
def test_days_are_told_in_the_organization_s_zone(timezone, claimed, decided):
    night = pd.Timestamp("2026-11-30T18:00Z")
    at = pd.Timestamp("2026-11-30T16:30Z")
    claims = [claim("jira:1", "field", "KR-1", seen_at=night)]
    gone = decision(2, "accept", "KR-2", of="jira:9", at=at, initiative="SUP-9")
    _, findings = resolve(claims, decision(1, "other", at=at), gone, timezone=timezone)
    (found,) = of_rule(findings, "decision contradicted")
    told = f"by field since {claimed}, after Mei on {decided} chose other work."
    assert told in found["sentence"]
    (found,) = of_rule(findings, "decision without initiative")
    assert found["sentence"].startswith(f"Mei on {decided} accepted KR-2 for SUP-9,")


def test_a_rejection_made_before_stays_that_of_its_pair_when_the_work_is_other_work():
    claims = [claim("jira:1", "field", "KR-1"), claim("jira:1", "label", "KR-2")]
    links, _ = resolve(claims, decision(1, "reject", "KR-1"), decision(2, "other"))
    decided = dict(zip(links["key_result_id"], links["decision"], strict=True))
    assert decided == {"KR-1": "rejected", "KR-2": "other"}


def test_what_is_accepted_after_other_work_counts_and_the_other_way_round():
    accepted_last = verdicts(decision(1, "other"), decision(2, "accept", "KR-1"))
    assert accepted_last == {("jira:1", "KR-1"): "accepted"}
    other_last = verdicts(decision(1, "accept", "KR-1"), decision(2, "other"))
    assert other_last == {("jira:1", ""): "other"}
    undone = verdicts(
        decision(1, "other"),
        decision(2, "accept", "KR-1"),
        decision(3, "undo", undoes="D-02"),
    )
    assert undone == {("jira:1", ""): "other"}


def test_other_work_that_is_gone_is_kept_and_named():
    _, findings = resolve([], decision(1, "other", initiative="Desk move"), subjects=("jira:2",))
    (found,) = of_rule(findings, "decision without initiative")
    assert "chose other work for Desk move, which is no longer read" in found["sentence"]


def test_an_accepted_link_follows_a_renamed_key_result():
    links, _ = resolve([], decision(1, "accept", "KR-9"), aliases={"kr-9": "KR-8", "KR-8": "KR-1"})
    assert states(links) == {"KR-1": "active"}


def test_an_accepted_link_to_a_key_result_that_is_gone_is_broken():
    links, findings = resolve([], decision(1, "accept", "KR-77"))
    assert states(links) == {"KR-77": "broken"}
    assert len(of_rule(findings, "broken link")) == 1


random_log = st.lists(
    st.tuples(
        st.sampled_from(ACTIONS),
        st.sampled_from(["KR-1", "KR-2", "KR-3"]),
        st.sampled_from(["jira:1", "jira:2"]),
        st.integers(0, 9),
    ),
    max_size=10,
)


def by_hand(rows):
    """The log replayed step by step, every undo by replaying without what it takes back."""
    void = set()
    for row in reversed(rows):
        if row["action"] == "undo" and row["decision_id"] not in void:
            void.add(row["undoes"])
    out = {}
    for row in rows:
        if row["decision_id"] in void or row["action"] == "undo":
            continue
        of = row["initiative_id"]
        if row["action"] == "other":
            out = {pair: said for pair, said in out.items() if pair[0] != of or said != "accepted"}
            out[of, ""] = "other"
            continue
        if row["action"] != "reject":
            out.pop((of, ""), None)
        if row["action"] == "correct":
            out[row["initiative_id"], row["wrong_key_result_id"]] = "rejected"
        verdict = "rejected" if row["action"] == "reject" else "accepted"
        out[row["initiative_id"], row["key_result_id"]] = verdict
    return out


@given(random_log, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_log_is_replayed_as_by_hand_whatever_order_it_is_read_in(steps, random):
    rows = []
    for number, (action, key, of, back) in enumerate(steps):
        more = {}
        if action == "undo":
            if not rows:
                continue
            more = {"undoes": rows[back % len(rows)]["decision_id"]}
        if action == "correct":
            more = {"wrong_key_result_id": "KR-9"}
        about = None if action in ("undo", "other") else key
        rows.append(decision(number, action, about, of=of, **more))
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert verdicts(*shuffled) == by_hand(rows)


@pytest.mark.thorough
@given(random_log)
@settings(max_examples=20)
def test_a_rejected_pair_is_never_active_and_weights_add_up(steps):
    rows = [decision(n, a, k, of=of) for n, (a, k, of, _) in enumerate(steps)
            if a in ("accept", "reject")]  # fmt: skip
    claims = [claim("jira:1", "field", "KR-1"), claim("jira:2", "label", "KR-2")]
    links, _ = resolve(claims, *rows, subjects=("jira:1", "jira:2"))
    said = verdicts(*rows)
    active = links[links["state"] == "active"]
    pairs = set(zip(active["initiative_id"], active["key_result_id"], strict=True))
    assert not pairs & {pair for pair, verdict in said.items() if verdict == "rejected"}
    assert {pair for pair, verdict in said.items() if verdict == "accepted"} <= pairs
    weights = active.groupby("initiative_id")["weight"].sum()
    assert weights.tolist() == [pytest.approx(1.0)] * len(weights)
