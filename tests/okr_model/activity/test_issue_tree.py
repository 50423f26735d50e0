"""Links come down to the issues below an initiative, on every engine alike."""

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from okr_model.activity.issue_tree import descendants, effective_links
from okr_model.links.vocabulary import MAX_DEPTH
from tests.support.engines import ENGINES, TEXT, collected, engine

ISSUE = {"id": TEXT, "parent_id": TEXT}
OWN = {"issue_id": TEXT, "key_result_id": TEXT, "weight": pa.float64()}
ROOT = {"root_id": TEXT}

EPIC_STORY_SUBTASK = [("epic", None), ("story", "epic"), ("sub", "story"), ("other", None)]


def links(name, issues, own):
    make = engine(name)
    frame = effective_links(make(ISSUE, issues), make(OWN, own))
    rows = collected(frame)
    assert list(rows.columns) == ["issue_id", "key_result_id", "weight", "via_id", "depth"]
    return sorted(rows.itertuples(index=False, name=None))


def below(name, issues, roots):
    make = engine(name)
    rows = collected(descendants(make(ISSUE, issues), make(ROOT, [(root,) for root in roots])))
    return sorted(rows[["root_id", "issue_id"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("name", ENGINES)
def test_an_issue_that_serves_nothing_keeps_what_is_below_it_from_what_is_above(name):
    own = [("epic", "KR-1", 1.0), ("story", None, None)]
    assert links(name, EPIC_STORY_SUBTASK, own) == [("epic", "KR-1", 1.0, "epic", 0)]


@pytest.mark.parametrize("name", ENGINES)
def test_everything_below_an_epic_inherits_its_link(name):
    assert links(name, EPIC_STORY_SUBTASK, [("epic", "KR-1", 1.0)]) == [
        ("epic", "KR-1", 1.0, "epic", 0),
        ("story", "KR-1", 1.0, "epic", 1),
        ("sub", "KR-1", 1.0, "epic", 2),
    ]


@pytest.mark.parametrize("name", ENGINES)
def test_an_own_link_beats_the_inherited_one_and_is_what_goes_further_down(name):
    own = [("epic", "KR-1", 1.0), ("story", "KR-2", 1.0)]
    assert links(name, EPIC_STORY_SUBTASK, own) == [
        ("epic", "KR-1", 1.0, "epic", 0),
        ("story", "KR-2", 1.0, "story", 0),
        ("sub", "KR-2", 1.0, "story", 1),
    ]


@pytest.mark.parametrize("name", ENGINES)
def test_shares_of_two_key_results_are_inherited_as_they_are(name):
    own = [("epic", "KR-1", 0.5), ("epic", "KR-2", 0.5)]
    found = links(name, EPIC_STORY_SUBTASK, own)
    assert [row for row in found if row[0] == "sub"] == [
        ("sub", "KR-1", 0.5, "epic", 2),
        ("sub", "KR-2", 0.5, "epic", 2),
    ]


@pytest.mark.parametrize("name", ENGINES)
def test_the_walk_ends_at_six_levels(name):
    chain = [("0", None), *((str(n), str(n - 1)) for n in range(1, MAX_DEPTH + 2))]
    found = links(name, chain, [("0", "KR-1", 1.0)])
    assert {(row[0], row[4]) for row in found} == {(str(n), n) for n in range(MAX_DEPTH + 1)}
    assert len(below(name, chain, ["0"])) == MAX_DEPTH


@pytest.mark.parametrize("name", ENGINES)
def test_loops_of_parents_survive(name):
    loops = [("self", "self"), ("a", "b"), ("b", "a"), ("c", "b")]
    assert links(name, loops, [("a", "KR-1", 1.0)]) == [
        ("a", "KR-1", 1.0, "a", 0),
        ("b", "KR-1", 1.0, "a", 1),
        ("c", "KR-1", 1.0, "a", 2),
    ]
    assert below(name, loops, ["a", "self"]) == [("a", "b"), ("a", "c")]


@pytest.mark.parametrize("name", ENGINES)
def test_links_of_records_that_are_no_issue_and_missing_parents_count_for_nothing(name):
    issues = [("a", "gone"), ("b", None)]
    assert links(name, issues, [("gone", "KR-1", 1.0)]) == []
    assert links(name, issues, []) == []
    assert links(name, [], [("gone", "KR-1", 1.0)]) == []


@pytest.mark.parametrize("name", ENGINES)
def test_a_root_below_a_root_counts_for_both(name):
    assert below(name, EPIC_STORY_SUBTASK, ["epic", "story"]) == [
        ("epic", "story"),
        ("epic", "sub"),
        ("story", "sub"),
    ]


# Few large examples, because a query costs the same however many rows it has.
nodes = st.integers(0, 30).map(str)
parents = st.dictionaries(nodes, st.none() | nodes, min_size=20)
own_links = st.dictionaries(
    st.tuples(nodes, st.sampled_from(["KR-1", "KR-2"])), st.just(0.5), max_size=8
)


def lineage(issues, start):
    """The issues above one, nearest first, by plain steps."""
    above, at = [], issues.get(start)
    while at is not None and len(above) < MAX_DEPTH and at in issues:
        above.append(at)
        at = issues[at]
    return above


def plain_links(issues, own):
    found = []
    for issue in issues:
        for depth, via in enumerate([issue, *lineage(issues, issue)]):
            stated = [(kr, weight) for (by, kr), weight in own.items() if by == via]
            if stated:
                found += [(issue, kr, weight, via, depth) for kr, weight in stated]
                break
    return sorted(found)


@pytest.mark.thorough
@given(parents, own_links)
@settings(max_examples=10, phases=[Phase.generate])
def test_any_forest_and_any_loops_give_what_plain_steps_give(issues, own):
    rows = [(issue, parent) for issue, parent in issues.items()]
    stated = [(by, kr, weight) for (by, kr), weight in own.items()]
    expected = plain_links(issues, own)
    under = sorted(
        {(up, issue) for issue in issues for up in lineage(issues, issue) if up in ["0", "1", "2"]}
        - {(issue, issue) for issue in issues}
    )
    for name in ENGINES:
        assert links(name, rows, stated) == expected
        assert below(name, rows, ["0", "1", "2"]) == under
