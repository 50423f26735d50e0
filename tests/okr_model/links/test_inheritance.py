"""An initiative without a link of its own takes over those of what it is a part of."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.links.decisions import STANDING_COLUMNS
from okr_model.links.resolve import LinkInputs, own_links, resolve_links
from okr_model.links.vocabulary import MAX_DEPTH
from tests.okr_model.links.test_resolve import claim, key_results

KEYS = ("KR-1", "KR-2", "KR-3")


def tree(**parents):
    """Initiatives, and what each is a part of: ``tree(b="a")`` puts jira:b below jira:a."""
    ids = sorted({*parents, *(above for above in parents.values() if above)})
    return pd.DataFrame(
        [(f"jira:{one}", one.upper(), parents.get(one)) for one in ids],
        columns=["initiative_id", "initiative", "parent_id"],
    ).assign(parent_id=lambda rows: ("jira:" + rows["parent_id"]).astype("object"))


def resolved(claims, initiatives, rejected=(), decided=None):
    if decided is None:
        decided = pd.DataFrame(rejected, columns=["initiative_id", "key_result_id"]).assign(
            decision="rejected"
        )
        decided = decided.reindex(columns=list(STANDING_COLUMNS)).astype(STANDING_COLUMNS)
    frame = pd.DataFrame(claims)
    return resolve_links(LinkInputs(frame, key_results(*KEYS), initiatives, decided=decided))


def served(links):
    active = links[links["state"] == "active"]
    found = zip(active["initiative_id"], active["key_result_id"], active["rule"], strict=True)
    return {(one.removeprefix("jira:"), key, rule) for one, key, rule in found}


def test_the_nearest_one_above_with_a_link_counts_and_its_evidence_is_shown():
    claims = [claim("jira:a", "field", "KR-1"), claim("jira:b", "label", "KR-2")]
    links, findings = resolved(claims, tree(b="a", c="b", d="c"))
    assert served(links) == {
        ("a", "KR-1", "field"),
        ("b", "KR-2", "label"),
        ("c", "KR-2", "inherited"),
        ("d", "KR-2", "inherited"),
    }
    row = links.set_index("initiative_id").loc["jira:d"]
    assert (row["evidence"], row["url"]) == ("B: as written", "https://example.com/b")
    assert (row["confidence"], row["weight"]) == ("medium", 1.0)
    assert "initiative without Key Result" not in set(findings["rule"])


def test_a_refused_pair_is_not_taken_over_and_the_others_share_its_weight():
    claims = [claim("jira:a", "field", key) for key in KEYS]
    links, _ = resolved(claims, tree(b="a"), rejected=[("jira:b", "KR-2")])
    assert ("b", "KR-2", "inherited") not in served(links)
    mine = links[(links["initiative_id"] == "jira:b") & (links["state"] == "active")]
    assert mine["weight"].tolist() == pytest.approx([0.5, 0.5])


def test_loops_end_and_beyond_six_levels_nothing_is_taken_over():
    claims = [claim("jira:a", "field", "KR-1")]
    assert served(resolved(claims, tree(b="c", c="b", a=None))[0]) == {("a", "KR-1", "field")}
    names = "abcdefgh"
    assert len(names) == MAX_DEPTH + 2
    chain = dict(zip(names[1:], names, strict=False))
    heirs = {one for one, _, rule in served(resolved(claims, tree(**chain))[0]) if rule != "field"}
    assert heirs == set(names[1 : MAX_DEPTH + 1])


def test_what_is_taken_over_is_no_link_of_the_issues_own():
    claims = [claim("jira:a", "field", "KR-1")]
    links, _ = resolved(claims, tree(b="a"))
    own = own_links(links, pd.DataFrame(claims), key_results(*KEYS), "jira")
    assert own["issue_id"].tolist() == ["a"]


def test_other_work_takes_nothing_over_and_nothing_is_taken_over_through_it():
    claims = [claim("jira:a", "field", "KR-1")]
    chose = pd.DataFrame({"initiative_id": ["jira:b"], "key_result_id": "", "decision": "other"})
    decided = chose.reindex(columns=list(STANDING_COLUMNS)).astype(STANDING_COLUMNS)
    links, _ = resolved(claims, tree(b="a", c="b", d="a"), decided=decided)
    assert served(links) == {("a", "KR-1", "field"), ("d", "KR-1", "inherited")}
    own = own_links(links, pd.DataFrame(claims), key_results(*KEYS), "jira", decided=decided)
    stops = own[own["key_result_id"].isna()]
    assert stops["issue_id"].tolist() == ["b"]


def test_the_issues_of_who_refuses_a_pair_serve_what_it_serves():
    """What is above says otherwise, and would count for the issues below, if nothing stood here."""
    # b refuses one of two, e the only one; c, d and f are below b, and f refuses what none offers.
    refused = {"jira:b": "KR-1", "jira:e": "KR-3", "jira:f": "KR-1"}
    decided = pd.DataFrame(refused.items(), columns=["initiative_id", "key_result_id"])
    decided = (
        decided.assign(decision="rejected")
        .reindex(columns=list(STANDING_COLUMNS))
        .astype(STANDING_COLUMNS)
    )
    claims = [claim("jira:a", "field", "KR-1"), claim("jira:a", "field", "KR-2")]
    claims += [claim("jira:d", "field", "KR-3")]
    initiatives = tree(b="a", c="b", d="c", e="d", f="d", g="a")
    links, _ = resolved(claims, initiatives, decided=decided)
    own = own_links(
        links, pd.DataFrame(claims), key_results(*KEYS), "jira", None, decided, initiatives
    )
    found = own.set_index("issue_id")["key_result_id"]
    assert found["a"].tolist() == ["KR-1", "KR-2"]
    assert found["b"] == "KR-2"
    assert own.set_index("issue_id").loc["b", "weight"] == 1.0
    assert found["c"].tolist() == ["KR-1", "KR-2"]  # as okr.links has it
    assert found["d"] == "KR-3"
    assert pd.isna(found["e"])
    assert found["f"] == "KR-3"
    assert "g" not in found


@pytest.mark.thorough
@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from("bcdef"), st.sampled_from("abcdef"), max_size=5),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(KEYS)), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
def test_it_agrees_with_climbing_step_by_step_whatever_the_order(parents, stated, random):
    initiatives = tree(a=None, **parents)
    there = set(initiatives["initiative"].str.lower())
    claims = [claim(f"jira:{one}", "field", key) for one, key in stated if one in there]
    if not claims:
        return
    expected = set()
    for one in there:
        at, steps = one, 0
        while at and steps <= MAX_DEPTH and not any(at == other for other, _ in stated):
            at, steps = parents.get(at), steps + 1
        if at and steps <= MAX_DEPTH:
            rule = "field" if steps == 0 else "inherited"
            expected |= {(one, key, rule) for other, key in stated if other == at}
    random.shuffle(claims)
    shuffled = initiatives.sample(frac=1, random_state=random.randint(0, 99))
    assert served(resolved(claims, shuffled)[0]) == expected
