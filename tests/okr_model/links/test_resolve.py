"""Claims become one set of links, whatever order they come in."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.findings import FINDING_COLUMNS
from okr_model.links.claims import _weights
from okr_model.links.resolve import LINK_COLUMNS, RULE_OF_ROLE, LinkInputs, own_links, resolve_links
from okr_model.tables.links import LINK_RULES

EARLY = pd.Timestamp("2026-11-01T00:00Z")
LATE = pd.Timestamp("2026-11-20T00:00Z")


def claim(subject, rule, key, text="as written", field="Key Result", seen_at=EARLY, **more):
    source, record_id = subject.split(":")
    return {
        "subject_id": subject,
        "rule": rule,
        "key": key,
        "text": text,
        "source": source,
        "record_id": record_id,
        "url": f"https://example.com/{record_id}",
        "field": field,
        "seen_at": seen_at,
        "suspect": False,
        **more,
    }


def key_results(*ids):
    return pd.DataFrame({"key_result_id": list(ids), "cycle_id": "2026-Q4"}, dtype="str")


def initiatives(*ids):
    names = [f"SUP-{name.removeprefix('jira:')}" for name in ids]
    return pd.DataFrame({"initiative_id": list(ids), "initiative": names}, dtype="str")


def resolve(claims, krs=("KR-1", "KR-2", "KR-3"), subjects=("jira:1",)):
    return resolve_links(
        LinkInputs(pd.DataFrame(claims), key_results(*krs), initiatives(*subjects))
    )


def states(links):
    columns = ["initiative_id", "key_result_id", "state", "rule"]
    return list(links[columns].itertuples(index=False, name=None))


def rules(findings):
    return sorted(findings["rule"])


def of_rule(findings, rule):
    return findings[findings["rule"] == rule].to_dict("records")


def test_the_strongest_rule_wins_and_weaker_ones_are_named():
    links, findings = resolve(
        [
            claim("jira:1", "mention", "KR-1", "helps KR-1", "description", seen_at=LATE),
            claim("jira:1", "field", "KR-1", "KR-1"),
            claim("jira:1", "label", "KR-1", "KR-1", "labels"),
        ],
        krs=["KR-1"],
    )
    (link,) = links.to_dict("records")
    assert list(links.columns) == LINK_COLUMNS
    assert link["also_by"] == ["label", "mention"]
    assert (link["state"], link["rule"], link["weight"]) == ("active", "field", 1.0)
    assert (link["evidence"], link["field"], link["record_id"]) == ("KR-1", "Key Result", "1")
    assert (link["first_seen_at"], link["last_seen_at"]) == (EARLY, LATE)
    assert (link["initiative"], link["cycle_id"]) == ("SUP-1", "2026-Q4")
    assert findings.empty


def test_claims_of_the_same_strength_share_the_initiative():
    links, _ = resolve([claim("jira:1", "field", key) for key in ("KR-1", "KR-2", "KR-3")])
    assert list(links["weight"]) == [pytest.approx(1 / 3)] * 3
    assert set(links["state"]) == {"active"}


def test_a_weaker_claim_of_another_key_result_is_overruled_with_one_finding():
    links, findings = resolve(
        [
            claim("jira:1", "field", "KR-1"),
            claim("jira:1", "label", "KR-2", "kr-2"),
            claim("jira:1", "mention", "KR-3"),
        ]
    )
    assert states(links) == [
        ("jira:1", "KR-1", "active", "field"),
        ("jira:1", "KR-2", "overruled", "label"),
        ("jira:1", "KR-3", "overruled", "mention"),
    ]
    assert links["weight"].isna().tolist() == [False, True, True]
    (conflict,) = of_rule(findings, "conflicting links")
    assert conflict["severity"] == "warning"
    assert "KR-1 (by field)" in conflict["sentence"]
    assert "KR-2 (by label) and KR-3 (by mention)" in conflict["sentence"]
    assert "label: kr-2" in conflict["evidence"]


def test_a_passing_mention_of_another_key_result_is_only_information():
    _, findings = resolve([claim("jira:1", "field", "KR-1"), claim("jira:1", "mention", "KR-2")])
    assert [row["severity"] for row in of_rule(findings, "conflicting links")] == ["info"]


def test_a_broken_stronger_claim_does_not_silence_a_weaker_good_one():
    links, findings = resolve([claim("jira:1", "field", "KR-99"), claim("jira:1", "label", "KR-1")])
    assert states(links) == [
        ("jira:1", "KR-1", "active", "label"),
        ("jira:1", "KR-99", "broken", "field"),
    ]
    assert links["cycle_id"].isna().tolist() == [False, True]
    (broken,) = of_rule(findings, "broken link")
    assert "SUP-1 names KR-99 by field in “Key Result”" in broken["sentence"]
    assert broken["url"] == "https://example.com/1"
    assert of_rule(findings, "conflicting links") == []


def test_each_unknown_key_result_is_one_finding_however_often_it_is_named():
    links, findings = resolve(
        [
            claim("jira:1", "field", "KR-99"),
            claim("jira:1", "label", "KR-99"),
            claim("jira:1", "mention", "KR-160"),
        ]
    )
    assert set(links["state"]) == {"broken"}
    assert len(of_rule(findings, "broken link")) == 2


def test_a_field_that_holds_something_else_is_named():
    links, findings = resolve([claim("jira:1", "field", "", text="the onboarding one")])
    assert links.empty
    (unreadable,) = of_rule(findings, "unreadable link")
    assert "“the onboarding one” in “Key Result”" in unreadable["sentence"]
    assert unreadable["subject_id"] == "jira:1"


def test_look_alike_characters_never_link():
    doubtful = claim("jira:1", "label", "KR-1", text="КR-1", field="labels", suspect=True)
    links, findings = resolve([doubtful])
    assert links.empty
    (finding,) = of_rule(findings, "look-alike characters")
    assert finding["evidence"] == "КR-1"


def test_orphans_are_named_both_ways():
    _, findings = resolve(
        [claim("jira:1", "field", "KR-1"), claim("jira:2", "field", "KR-99")],
        krs=["KR-1", "KR-2"],
        subjects=["jira:1", "jira:2", "jira:3"],
    )
    idle = of_rule(findings, "initiative without Key Result")
    bare = of_rule(findings, "Key Result without initiative")
    assert [row["subject_id"] for row in idle] == ["jira:2", "jira:3"]
    assert [row["subject_id"] for row in bare] == ["KR-2"]
    assert {row["severity"] for row in [*idle, *bare]} == {"info"}


@pytest.mark.parametrize(
    ("as_of", "category", "told"),
    [
        ("2026-09-30", "indeterminate", False),  # the cycle's last day is still its own
        ("2026-10-01", "indeterminate", True),
        ("2026-10-01", "new", True),
        ("2026-10-01", "done", False),
    ],
)
def test_open_work_for_a_cycle_that_is_over_is_named(as_of, category, told):
    results = key_results("KR-1", "KR-2").assign(
        cycle_id=["2026-Q3", "2026-Q4"], cycle_end=pd.to_datetime(["2026-09-30", "2026-12-31"])
    )
    inputs = LinkInputs(
        pd.DataFrame([claim("jira:1", "field", "KR-1"), claim("jira:2", "field", "KR-2")]),
        results,
        initiatives("jira:1", "jira:2").assign(status_category=category),
    )
    links, findings = resolve_links(inputs, pd.Timestamp(as_of).date())
    assert set(links["state"]) == {"active"}
    found = of_rule(findings, "link to another cycle")
    assert [row["subject_id"] for row in found] == (["jira:1"] if told else [])
    assert not told or "SUP-1 is not done and serves KR-1 of 2026-Q3" in found[0]["sentence"]


def test_a_key_result_that_was_there_once_is_not_called_unknown():
    inputs = LinkInputs(
        pd.DataFrame([claim("jira:1", "field", "kr-7"), claim("jira:1", "label", "KR-8")]),
        key_results("KR-1"),
        initiatives("jira:1"),
        former={"KR-7": pd.Timestamp("2026-10-05").date()},
    )
    _, findings = resolve_links(inputs)
    (archived,) = of_rule(findings, "link to an archived Key Result")
    assert "last published on 2026-10-05 and is no longer there" in archived["sentence"]
    assert archived["url"] == "https://example.com/1"
    (unknown,) = of_rule(findings, "broken link")
    assert "names KR-8" in unknown["sentence"]


def test_ids_meet_however_they_are_spelt_and_keep_the_declared_spelling():
    links, _ = resolve([claim("jira:1", "relation", "kr‑1"), claim("jira:1", "mention", "KR-1")],
                       krs=["Kr-1"])  # fmt: skip
    (link,) = links.to_dict("records")
    assert (link["key_result_id"], link["also_by"]) == ("Kr-1", ["mention"])


def test_claims_of_other_records_are_left_out():
    links, findings = resolve([claim("jira:7", "field", "KR-1")])
    assert links.empty
    assert "broken link" not in rules(findings)


def test_no_claims_at_all_give_empty_typed_frames():
    links, findings = resolve_links(LinkInputs(pd.DataFrame(), key_results(), initiatives()))
    assert list(links.columns) == LINK_COLUMNS
    assert list(findings.columns) == FINDING_COLUMNS
    assert (len(links), len(findings)) == (0, 0)
    assert str(links["first_seen_at"].dtype) == "datetime64[us, UTC]"
    assert str(links["weight"].dtype) == "float64"


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match=r"'guess'.*field, relation, mapping, label"):
        resolve([claim("jira:1", "guess", "KR-1")])


def test_single_issues_leave_their_initiative_by_explicit_claims_only():
    claims = pd.DataFrame(
        [
            claim("jira:1", "mention", "KR-1"),
            claim("jira:5", "label", "KR-2"),
            claim("jira:6", "mention", "KR-3"),
            claim("jira:7", "field", "KR-99"),
            claim("notion:a", "relation", "KR-3"),
        ]
    )
    krs = key_results("KR-1", "KR-2", "KR-3")
    links, _ = resolve_links(LinkInputs(claims, krs, initiatives("jira:1", "notion:a")))
    own = own_links(links, claims, krs, "jira")
    assert list(own.itertuples(index=False, name=None)) == [("1", "KR-1", 1.0), ("5", "KR-2", 1.0)]


def test_every_rule_a_role_stands_for_is_a_rule():
    assert set(RULE_OF_ROLE.values()) <= set(LINK_RULES)


any_claims = st.lists(
    st.builds(
        claim,
        st.sampled_from(["jira:1", "jira:2", "jira:3", "jira:9"]),
        st.sampled_from(LINK_RULES),
        st.sampled_from(["KR-1", "kr-2", "KR-3", "KR-99", ""]),
        text=st.sampled_from(["here", "there", ""]),
        field=st.sampled_from(["Key Result", "description"]),
        seen_at=st.sampled_from([EARLY, LATE]),
        suspect=st.booleans(),
    ),
    max_size=12,
)
SUBJECTS = ["jira:1", "jira:2", "jira:3"]


@pytest.mark.thorough
@given(any_claims, st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_order_and_repetition_of_claims_make_no_difference(claims, random):
    links, findings = resolve(claims, subjects=SUBJECTS)
    shuffled = claims + claims[:3]
    random.shuffle(shuffled)
    again, findings_again = resolve(shuffled, subjects=SUBJECTS[::-1], krs=["KR-3", "KR-1", "KR-2"])
    pd.testing.assert_frame_equal(links, again)
    by_all = {"by": FINDING_COLUMNS, "ignore_index": True}
    pd.testing.assert_frame_equal(
        findings.sort_values(**by_all), findings_again.sort_values(**by_all)
    )


@given(any_claims, st.sampled_from(["KR-1", "KR-3", "KR-99"]))
@settings(max_examples=10)
def test_an_unrelated_record_changes_no_other_link(claims, key):
    before, _ = resolve(claims, subjects=SUBJECTS)
    unrelated = [claim("jira:5", "field", key), claim("jira:77", "label", key)]
    after, _ = resolve([*unrelated, *claims], subjects=[*SUBJECTS, "jira:5"])
    others = after[after["initiative_id"] != "jira:5"].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, others, check_dtype=False)


@pytest.mark.thorough
@given(any_claims)
@settings(max_examples=25)
def test_what_every_set_of_links_keeps_to(claims):
    links, findings = resolve(claims, subjects=SUBJECTS)
    assert not links.duplicated(["initiative_id", "key_result_id"]).any()
    active = links[links["state"] == "active"]
    weights = active.groupby("initiative_id")["weight"].sum()
    assert weights.tolist() == [pytest.approx(1.0)] * len(weights)
    assert (active.groupby("initiative_id")["rule"].nunique() == 1).all()
    assert links.loc[links["state"] != "active", "weight"].isna().all()
    known = {"KR-1", "KR-2", "KR-3"}
    assert (links["key_result_id"].isin(known) == (links["state"] != "broken")).all()

    valid = {
        c["subject_id"] for c in claims if c["key"].upper() in known and not c["suspect"]
    } & set(SUBJECTS)
    assert set(active["initiative_id"]) == valid
    idle = [row["subject_id"] for row in of_rule(findings, "initiative without Key Result")]
    assert len(valid) + len(idle) == len(SUBJECTS)
    overruled = set(links.loc[links["state"] == "overruled", "initiative_id"])
    conflicts = [row["subject_id"] for row in of_rule(findings, "conflicting links")]
    assert sorted(conflicts) == sorted(overruled)
    assert rules(findings).count("broken link") == (links["state"] == "broken").sum()


def test_weights_over_the_whole_leave_nothing_for_a_link_without_one():
    subjects = pd.Series(["I-1", "I-1", "I-1"])
    weights = _weights(subjects, pd.Series([0.8, 0.5, None]), pd.Series([True, True, True]))
    assert weights.tolist() == pytest.approx([0.8 / 1.3, 0.5 / 1.3, 0.0])


def test_sentences_name_work_by_key_and_title_and_links_by_key_alone():
    work = initiatives("jira:1", "jira:2").assign(title=["Triage rules", "SUP-2"])
    claims = [
        claim("jira:1", "field", "KR-99"),
        claim("jira:1", "label", "KR-1"),
        claim("jira:1", "mention", "KR-2"),
    ]
    krs = key_results("KR-1", "KR-2")
    links, findings = resolve_links(LinkInputs(pd.DataFrame(claims), krs, work))
    assert set(links["initiative"]) == {"SUP-1"}
    (broken,) = of_rule(findings, "broken link")
    (conflict,) = of_rule(findings, "conflicting links")
    (idle,) = of_rule(findings, "initiative without Key Result")
    assert broken["sentence"].startswith("SUP-1 Triage rules names KR-99 by field")
    assert conflict["sentence"].startswith("SUP-1 Triage rules serves KR-1 (by label)")
    assert idle["sentence"].startswith("SUP-2 serves no Key Result")


def test_prose_may_mention_an_objective_but_a_field_or_label_may_not_name_one():
    claims = [
        claim("jira:1", "mention", "KR-O1", field="description"),
        claim("jira:1", "mention", "KR-99", field="description"),
        claim("jira:2", "label", "kr-o1", field="labels"),
        claim("jira:3", "field", "KR-1"),
        claim("jira:3", "mention", "KR-O1", field="description"),
    ]
    inputs = LinkInputs(
        pd.DataFrame(claims),
        key_results("KR-1"),
        initiatives("jira:1", "jira:2", "jira:3"),
        objectives=["KR\u2011O1", "KR-1"],  # a Key Result's id is that of a Key Result
    )
    links, findings = resolve_links(inputs)
    assert states(links) == [
        ("jira:1", "KR-99", "broken", "mention"),
        ("jira:2", "KR-O1", "broken", "label"),
        ("jira:3", "KR-1", "active", "field"),
    ]
    said = {one["subject_id"]: one["sentence"] for one in of_rule(findings, "broken link")}
    assert "there is no such Key Result" in said["jira:1"]
    assert said["jira:2"] == (
        "SUP-2 names KR-O1 by label in “labels”, which is an Objective. Name the Key Result of it"
        " that the work is to move."
    )
