"""Suggestions rank by shared words and team, say why, and leave alone what people refused."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.links.decisions import STANDING_COLUMNS
from okr_model.links.suggestions import rank_targets, reason, suggest_links
from okr_model.links.text_similarity import stem_of, words_of

DAY = date(2026, 11, 28)
ABOUT = ["id", "title", "text", "team"]


def records(*rows):
    return pd.DataFrame(rows, columns=ABOUT).astype("str")


KEY_RESULTS = pd.DataFrame(
    [
        ("KR-1", "Raise the onboarding completion rate", "New customers succeed", "Support"),
        ("KR-2", "Organic search sessions a month", "People find us", "Marketing"),
        ("KR-3", "Onboarding of the cycle before", "New customers succeed", "Support"),
    ],
    columns=["key_result_id", "statement", "objective", "team"],
).assign(cycle_start=pd.Timestamp("2026-10-01"), cycle_end=pd.Timestamp("2026-12-31"))
KEY_RESULTS.loc[2, ["cycle_start", "cycle_end"]] = [
    pd.Timestamp("2026-07-01"),
    pd.Timestamp("2026-09-30"),
]
INITIATIVES = pd.DataFrame(
    [
        ("jira:1", "SUP-1", "Welcome mails for customers being onboarded", None, "Open"),
        ("jira:2", "SUP-2", "Move to the third floor", None, "Open"),
        ("jira:3", "SUP-3", "Technical audit of search", "Marketing", "Done"),
        ("jira:4", "SUP-4", "Checklists", None, "Open"),
    ],
    columns=["initiative_id", "initiative", "title", "team", "status"],
).assign(status_category=None, source="jira", record_id="1", url=None, text="")


def suggest(links=(), rejected=(), initiatives=INITIATIVES, key_results=KEY_RESULTS, meaning=None):
    active = pd.DataFrame(links, columns=["initiative_id", "key_result_id"]).assign(state="active")
    decided = pd.DataFrame(rejected, columns=["initiative_id", "key_result_id"])
    decided = decided.assign(decision="rejected").reindex(columns=list(STANDING_COLUMNS))
    return suggest_links(initiatives, key_results, active, decided, DAY, meaning=meaning)


def pairs(rows, asked_for="initiative"):
    mine = rows[rows["asked_for"] == asked_for]
    return list(zip(mine["initiative_id"], mine["key_result_id"], strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("onboarding", "onboarded"),
        ("customers", "customer"),
        ("completion", "completed"),
        ("guides", "guide"),
        ("stopping", "stop"),
        ("stories", "story"),
    ],
)
def test_forms_of_one_word_meet(one, other):
    assert stem_of(one) == stem_of(other)


@pytest.mark.parametrize(("one", "other"), [("sales", "salt"), ("time", "team"), ("rate", "rota")])
def test_different_words_stay_different(one, other):
    assert stem_of(one) != stem_of(other)


def test_words_leave_out_digits_and_stop_words():
    assert words_of("Raise the KR-16 rate from 42 % to 75 %") == ["raise", "kr", "rate"]
    assert words_of("signUpForm") == ["sign", "form"]
    assert words_of(None) == words_of(float("nan")) == []


def test_the_reason_names_the_words_and_the_team():
    assert reason(["onboarding", "welcome"], True) == "shares “onboarding”, “welcome”; same team"
    assert reason([], True) == "same team"


def test_unlinked_work_gets_key_results_of_the_current_cycle_with_a_reason():
    rows = suggest()
    assert pairs(rows)[0] == ("jira:1", "KR-1")
    first = rows.iloc[0]
    assert "onboarded" in first["reason"] or "onboarding" in first["reason"]
    assert first["rank"] == 1
    assert "KR-3" not in set(rows["key_result_id"])
    assert "jira:3" not in set(rows["initiative_id"])  # done


def test_linked_work_is_not_asked_about_but_may_serve_a_bare_key_result():
    rows = suggest(links=[("jira:1", "KR-2")])
    assert "jira:1" not in {one for one, _ in pairs(rows)}
    assert ("jira:1", "KR-1") in pairs(rows, "key result")
    assert {key for _, key in pairs(rows, "key result")} == {"KR-1"}


def test_a_rejected_pair_never_comes_back_and_makes_room_for_the_next():
    assert ("jira:1", "KR-1") in pairs(suggest())
    rows = suggest(rejected=[("jira:1", "KR-1")])
    assert ("jira:1", "KR-1") not in [*pairs(rows), *pairs(rows, "key result")]


def test_the_team_that_a_project_works_for_counts_where_jira_names_none():
    rows = suggest(links=[("jira:1", "KR-1")])
    mine = rows[(rows["initiative_id"] == "jira:4") & (rows["asked_for"] == "initiative")]
    assert mine["key_result_id"].tolist() == ["KR-1"]
    assert mine["reason"].tolist() == ["same team"]


def test_nothing_to_suggest_is_an_empty_table():
    none = suggest(initiatives=INITIATIVES[:0])
    assert none.empty
    assert {"asked_for", "reason", "rank"} <= set(none.columns)
    assert suggest(key_results=KEY_RESULTS[:0]).empty


texts = st.text(alphabet="abc de", max_size=12)
some_records = st.lists(st.tuples(texts, texts, st.sampled_from(["", "A", "B"])), max_size=5)


@given(some_records, some_records, st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_records_makes_no_difference_and_ranks_are_whole(left, right, random):
    work = records(*[(f"I-{n}", *row) for n, row in enumerate(left)])
    targets = records(*[(f"KR-{n}", *row) for n, row in enumerate(right)])
    ranked = rank_targets(work, targets, 3)
    shuffled = [
        frame.sample(frac=1, random_state=random.randint(0, 9)) for frame in (work, targets)
    ]
    again = rank_targets(*shuffled, 3)
    columns = ["work_id", "target_id", "rank"]
    assert ranked[columns].to_numpy().tolist() == again[columns].to_numpy().tolist()
    if left and right:
        assert (ranked.groupby("work_id").size() == min(3, len(right))).all()
        assert ranked["score"].between(0, 1.16).all()


def meaning_of_first_letters(texts):
    """A model of meanings for tests: texts mean alike if they begin alike."""
    rows = np.zeros((len(texts), 27))
    for row, text in zip(rows, texts, strict=True):
        row["abcdefghijklmnopqrstuvwxyz".find(text[:1].casefold())] = 1
    return rows


def test_what_means_alike_is_suggested_and_says_so_though_no_word_is_shared():
    work = records(("w", "Quarterly leavers", "", ""))
    targets = records(("t1", "Churn", "", ""), ("t2", "Quota", "", ""))
    ranked = rank_targets(work, targets, 2, meaning_of_first_letters)
    assert ranked["target_id"].tolist() == ["t2", "t1"]
    assert ranked["alike"].tolist() == [True, False]
    assert ranked["score"].tolist() == pytest.approx([0.2, 0.0])
    assert reason([], same_team=True, alike=True) == "alike in meaning; same team"
    without = rank_targets(work, targets, 2)
    assert not without["alike"].any()
    rows = suggest(
        initiatives=INITIATIVES.assign(title="Rota"),
        key_results=KEY_RESULTS,
        meaning=meaning_of_first_letters,
    )
    assert set(rows.loc[rows["key_result_id"] == "KR-1", "reason"]) == {"alike in meaning"}
