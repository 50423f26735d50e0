"""Spans of days say of every published day what was published then, and of no day two things."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.links.history import changes, links_on, with_day
from okr_model.tables.links import LINK_HISTORY

FIRST = date(2026, 11, 1)
INITIATIVES = ["jira:1", "jira:2"]


def day(number):
    return FIRST + timedelta(days=number)


def links_of(pairs):
    rows = [
        {
            "initiative_id": initiative,
            "key_result_id": key,
            "state": state,
            "rule": "field",
            "initiative": initiative,
            "weight": 1.0 if state == "active" else None,
            "also_by": [],
            "decision": None,
            "evidence": "as written",
            "url": "https://example.com/1",
        }
        for (initiative, key), state in sorted(pairs.items())
    ]
    columns = ["initiative_id", "initiative", "key_result_id", "state", "weight", "rule"]
    return pd.DataFrame(rows, columns=[*columns, "also_by", "decision", "evidence", "url"])


def initiatives():
    return pd.DataFrame(
        {"initiative_id": INITIATIVES, "initiative": INITIATIVES, "source": "jira",
         "record_id": "1", "url": None}
    )  # fmt: skip


def history_of(nights):
    spans = pd.DataFrame(columns=LINK_HISTORY.column_names)
    published = []
    for number, pairs in nights:
        others = {day(n) for n in published} - {day(number)}
        spans = with_day(spans, links_of(pairs), initiatives(), day(number), others)
        published.append(number)
    return spans


def said_on(spans, number):
    rows = links_on(spans, day(number))
    assert not rows.duplicated(["initiative_id", "key_result_id"]).any()
    assert set(rows["initiative_id"]) == set(INITIATIVES)
    claims = rows[rows["state"] != "none"]
    pairs = zip(claims["initiative_id"], claims["key_result_id"], strict=True)
    return dict(zip(pairs, claims["state"], strict=True))


A, B = ("jira:1", "KR-1"), ("jira:2", "KR-2")


def test_an_unchanged_claim_is_one_span():
    spans = history_of([(0, {A: "active"}), (1, {A: "active"}), (5, {A: "active"})])
    (span,) = spans[spans["key_result_id"] == "KR-1"].to_dict("records")
    assert (span["valid_from"].date(), pd.isna(span["valid_to"])) == (day(0), True)


def test_what_vanishes_ends_and_what_comes_back_begins_again():
    spans = history_of([(0, {A: "active"}), (2, {}), (4, {A: "active"})])
    rows = spans[spans["key_result_id"] == "KR-1"]
    begins = [stamp.date() for stamp in rows["valid_from"]]
    assert begins == [day(0), day(4)]
    assert rows["valid_to"].iloc[0].date() == day(2)


def test_changes_name_what_appeared_vanished_and_changed():
    before = links_of({A: "active", B: "active"})
    after = links_of({A: "overruled", ("jira:2", "KR-3"): "active"})
    found = changes(before, after)
    assert list(zip(found["change"], found["key_result_id"], strict=True)) == [
        ("appeared", "KR-3"),
        ("changed", "KR-1"),
        ("vanished", "KR-2"),
    ]
    assert found["state_before"].tolist()[1:] == ["active", "active"]
    assert changes(after, after).empty


nights = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.dictionaries(
            st.tuples(st.sampled_from(INITIATIVES), st.sampled_from(["KR-1", "KR-2"])),
            st.sampled_from(["active", "overruled", "broken"]),
        ),
    ),
    min_size=1,
    max_size=5,
)


@given(nights)
@settings(max_examples=15)
def test_every_day_says_what_was_last_published_for_it_in_whatever_order(runs):
    spans = history_of(runs)
    last = dict(runs)  # publishing a day again replaces it
    for number in range(8):
        known = [n for n in last if n <= number]
        if known:
            assert said_on(spans, number) == last[max(known)]
        else:
            assert links_on(spans, day(number)).empty


@given(nights)
@settings(max_examples=6)
def test_publishing_the_last_night_again_changes_nothing(runs):
    once = history_of(runs)
    again = history_of([*runs, runs[-1]])
    pd.testing.assert_frame_equal(once, again)


def test_work_without_a_link_says_whether_it_is_other_work():
    known = initiatives().assign(other_work=[True, False], decision_id=None, decided_by=None)
    none = pd.DataFrame(columns=LINK_HISTORY.column_names)
    spans = with_day(none, links_of({}), known, day(0), set())
    told = links_on(spans, day(0)).set_index("initiative_id")["decision"]
    assert told["jira:1"] == "other"
    assert pd.isna(told["jira:2"])
