"""Suggestions rank by shared words and team, say why, and leave alone what people refused."""

from datetime import date
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from okr_model.links.decisions import STANDING_COLUMNS
from okr_model.links.suggestions.accuracy import accuracy_of
from okr_model.links.suggestions.chances import (
    ChanceCurve,
    chances_hidden_in_turn,
    learn,
    shares_of,
)
from okr_model.links.suggestions.linked_work import LinkedWork
from okr_model.links.suggestions.pair_scores import PairScores
from okr_model.links.suggestions.suggest import reason, suggest_links

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


def suggest(links=(), rejected=(), floor=0.0, **more):
    return everything(links, rejected, floor, **more).rows


def everything(links=(), rejected=(), floor=0.0, **more):
    active = pd.DataFrame(links, columns=["initiative_id", "key_result_id"])
    active = active.assign(state="active", rule="field", also_by=None)
    decided = pd.DataFrame(rejected, columns=["initiative_id", "key_result_id"])
    decided = decided.assign(decision="rejected").reindex(columns=list(STANDING_COLUMNS))
    initiatives = more.pop("initiatives", INITIATIVES)
    key_results = more.pop("key_results", KEY_RESULTS)
    return suggest_links(initiatives, key_results, active, decided, DAY, floor, **more)


def pairs(rows, asked_for="initiative"):
    mine = rows[rows["asked_for"] == asked_for]
    return list(zip(mine["initiative_id"], mine["key_result_id"], strict=True))


def test_the_reason_names_the_words_the_team_and_the_chance():
    assert (
        reason(["onboarding", "welcome"], same_team=True, alike=False, resembles=None, chance=0.638)
        == "shares “onboarding”, “welcome”; same team; chance 63 %"
    )
    assert (
        reason([], same_team=False, alike=True, resembles="SUP-3", chance=0.5)
        == "alike in meaning; resembles SUP-3, which serves it; chance 50 %"
    )
    assumed = reason(["web"], True, False, None, 0.5, team_is_stated=False)
    assert assumed == "shares “web”; its project mostly serves that team; chance 50 %"


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


def test_other_work_is_suggested_for_nothing():
    chose = pd.DataFrame({"initiative_id": ["jira:1"], "key_result_id": "", "decision": "other"})
    links = pd.DataFrame(columns=["initiative_id", "key_result_id", "state", "rule", "also_by"])
    decided = chose.reindex(columns=list(STANDING_COLUMNS))
    rows, trials = suggest_links(INITIATIVES, KEY_RESULTS, links, decided, DAY, 0.0)
    assert "jira:1" not in set(rows["initiative_id"])
    assert "jira:1" in set(suggest()["initiative_id"])
    # What would have been suggested for it teaches what is wrong, of the current cycle alone.
    assert set(trials["initiative_id"]) == {"jira:1"}
    assert set(trials["key_result_id"]) == {"KR-1", "KR-2"}
    assert not trials["right"].any()
    assert set(trials["right_ones"]) == {0}


def test_one_team_alone_is_no_reason():
    rows = suggest(links=[("jira:1", "KR-1")])
    assert "jira:4" not in set(rows["initiative_id"])


def test_the_team_that_a_project_works_for_counts_where_jira_names_none():
    work = INITIATIVES.assign(title=["Welcome mails", "Third floor", "Audit", "Search onboarding"])
    rows = suggest(links=[("jira:1", "KR-1")], initiatives=work)
    mine = rows[(rows["initiative_id"] == "jira:4") & (rows["asked_for"] == "initiative")]
    assert mine["key_result_id"].tolist() == ["KR-1", "KR-2"]
    assert mine["same_team"].tolist() == [True, False]


def test_a_link_that_is_hidden_does_not_tell_the_team_either():
    trials = everything(links=[("jira:1", "KR-1")]).trials
    without = trials[trials["initiative_id"] == "jira:1"].set_index("key_result_id")["score"]
    scores = PairScores(
        records(("jira:1", INITIATIVES["title"][0], "", "")),
        records(("KR-1", KEY_RESULTS["statement"][0], KEY_RESULTS["objective"][0], "Support")),
    ).scores(np.array([0]), np.array([0]))
    assert without["KR-1"] < 0.15 + float(scores[0, 0])
    told = everything(links=[("jira:1", "KR-1"), ("jira:2", "KR-1"), ("jira:4", "KR-1")]).trials
    assert told.set_index(["initiative_id", "key_result_id"])["score"][
        ("jira:1", "KR-1")
    ] == pytest.approx(without["KR-1"] + 0.15)


def test_a_vague_word_alone_is_no_reason_and_is_never_named():
    work = INITIATIVES.assign(title="Raise the number a month")
    assert suggest(initiatives=work).empty
    named = suggest(initiatives=INITIATIVES.assign(title="Organic sessions a month"))
    assert set(named["shared"].map(tuple)) == {("organic", "sessions")}


def test_a_word_in_most_records_is_no_reason():
    everywhere = INITIATIVES.assign(title="Customers")
    many = pd.concat([everywhere.assign(initiative_id=f"jira:{n}") for n in range(9)])
    rows = suggest(initiatives=many.drop_duplicates("initiative_id"))
    assert rows.empty


def test_words_are_named_as_the_key_result_spells_them():
    rows = suggest(initiatives=INITIATIVES[:1].assign(title="They onboarded; onboards; searches"))
    words = {word for shared in rows["shared"] for word in shared}
    assert words == {"onboarding", "search"}


def test_nothing_less_likely_than_the_floor_is_suggested():
    work = INITIATIVES.assign(title=["Onboarding rate", "Search", "Audit", "Completion, organic"])
    rows = suggest(initiatives=work)
    middle = float(rows["chance"].median())
    left = suggest(initiatives=work, floor=middle)
    assert 0 < len(left) < len(rows)
    assert (left["chance"] >= middle).all()
    assert suggest(floor=1.0).empty


def test_a_pair_has_one_score_chance_and_reason_whoever_asks():
    rows = suggest()
    facts = ["score", "share", "chance", "reason"]
    twice = rows[rows.duplicated(["initiative_id", "key_result_id"], keep=False)]
    assert len(twice)
    for _, pair in twice.groupby(["initiative_id", "key_result_id"]):
        assert len(pair[facts].drop_duplicates()) == 1


def test_every_chance_can_be_computed_from_the_row_and_the_curve():
    told = everything(links=[("jira:1", "KR-1")], rejected=[("jira:2", "KR-2")])
    curve = learn(*(told.trials[name].to_numpy("float64") for name in ("share", "right")))
    for row in told.rows.to_dict("records"):
        odds = np.log(row["share"] / (1 - row["share"]))
        by_hand = 1 / (1 + np.exp(-(curve.intercept + curve.slope * odds)))
        assert row["chance"] == pytest.approx(by_hand)
        assert f"chance {row['chance'] * 100:.0f} %" in row["reason"]


def test_a_share_counts_all_candidates_and_none_of_them():
    shares = shares_of(np.array([[0.3, 0.1, -np.inf]]))
    weight = np.exp([16 * 0.3, 16 * 0.1, 16 * 0.1])
    assert shares[0].tolist() == pytest.approx([*(weight[:2] / weight.sum()), 0])


def test_without_anything_known_the_default_curve_counts_and_knowledge_moves_it():
    assert learn(np.array([]), np.array([])) == ChanceCurve()
    share = np.tile([0.2, 0.5, 0.8], 200)
    never, always = learn(share, np.zeros(600)), learn(share, np.ones(600))
    assert (never.chance(share) < 0.1).all()
    assert (always.chance(share) > 0.9).all()
    one = learn(np.array([0.5]), np.array([0.0]))
    assert abs(one.chance(0.5) - ChanceCurve().chance(0.5)) < 0.1


def test_what_is_learnt_is_reliable_where_the_curve_is_another_one():
    random = np.random.default_rng(5)
    share = random.uniform(0.01, 0.99, 900)
    true = ChanceCurve(-1.0, 0.5).chance(share)
    right = (random.uniform(size=900) < true).astype("float64")
    chance = chances_hidden_in_turn(share, right, np.arange(900, dtype="uint64"))
    assert np.abs(chance - true).max() < 0.1


def test_work_that_mentions_its_key_result_teaches_nothing():
    active = pd.DataFrame(
        [
            ("jira:1", "KR-1", "active", "field", ["mention"]),
            ("jira:4", "KR-2", "active", "mention", None),
        ],
        columns=["initiative_id", "key_result_id", "state", "rule", "also_by"],
    )
    decided = pd.DataFrame(columns=list(STANDING_COLUMNS))
    assert suggest_links(INITIATIVES, KEY_RESULTS, active, decided, DAY).trials.empty


def test_trials_rank_work_with_links_of_any_cycle_as_if_it_had_none():
    trials = everything(links=[("jira:1", "KR-1"), ("jira:3", "KR-3"), ("jira:3", "KR-2")]).trials
    right = trials[trials["right"]]
    assert set(zip(right["initiative_id"], right["key_result_id"], strict=True)) == {
        ("jira:1", "KR-1"),
        ("jira:3", "KR-2"),
        ("jira:3", "KR-3"),
    }
    assert (trials["right_ones"] == 1).all()


def many_links(serving):
    """Work with the words of three subjects, one after the other, and what each piece serves."""
    subjects = ["Buddy scheme", "Office lease", "Payroll audit"]
    count = len(serving)
    work = INITIATIVES.iloc[[0] * (count + 1)].assign(
        initiative_id=[f"jira:{n:02}" for n in range(count + 1)],
        initiative=[f"SUP-{n}" for n in range(count + 1)],
        title=[f"{subjects[n % 3]} part {chr(97 + n) * 3}" for n in range(count + 1)],
    )
    links = [(f"jira:{n:02}", key) for n, key in enumerate(serving) if key]
    key_results = pd.concat([KEY_RESULTS[:2], KEY_RESULTS[:1].assign(key_result_id="KR-4")])
    key_results["statement"] = ["Zebra", "Giraffe", "Okapi"]
    return work, links, key_results.assign(objective="", team="")


def test_work_like_that_which_serves_a_key_result_is_suggested_for_it_and_says_so():
    work, links, key_results = many_links(["KR-1", "KR-2", "KR-4"] * 4)
    assert suggest(initiatives=work, key_results=key_results).empty
    rows = suggest(links=links, initiatives=work, key_results=key_results)
    first = rows[rows["initiative_id"] == "jira:12"].iloc[0]
    assert first["key_result_id"] == "KR-1"
    assert f"resembles {first['resembles']}, which serves it" in first["reason"]
    assert int(first["resembles"].partition("-")[2]) % 3 == 0


def test_linked_work_counts_nothing_where_every_key_result_has_one_piece_of_work():
    subjects = ["scheme", "lease", "audit", "search", "mails", "floor", "guides", "bugs"]
    work = records(*[(f"w{n}", f"Better {one}", "", "") for n, one in enumerate(subjects)])
    targets = records(*[(f"t{n}", f"More {one}", "", "") for n, one in enumerate(subjects)])
    every = np.arange(8)
    scores = PairScores(work, targets, linked=(every, every))
    assert scores.weight_of_linked_work([(every, every, csr_matrix(np.eye(8)))]) == 0
    assert PairScores(work, targets).weight_of_linked_work([]) == 0


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_the_work_of_a_target_never_counts_the_work_that_is_compared(seed):
    random = np.random.default_rng(seed)
    vectors = random.uniform(size=(6, 4)) * (random.uniform(size=(6, 4)) < 0.6)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.where(length > 0, length, 1)
    serves = random.uniform(size=(6, 3)) < 0.5
    found = LinkedWork(csr_matrix(vectors), 3, np.nonzero(serves)).toward(np.arange(3))
    for row in range(6):
        for column in range(3):
            others = serves[:, column] & (np.arange(6) != row)
            total = vectors[others].sum(axis=0)
            size = np.linalg.norm(total)
            expected = vectors[row] @ total / size if size > 1e-4 else 0
            assert found(np.array([row]))[0, column] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("work", "target"),
    [
        ("Umfrage zur Zufriedenheit der Kunden im Service", "Die Kundenzufriedenheit ist hoch"),
        ("Wir verbessern die Beratung der Kunden", "Kundenberatung für alle"),
        ("Kortere levertijd voor de klanten", "De klanten zijn tevreden met de levertijden"),
        ("Réduire les délais de livraison", "Le délai de la livraison est court"),
        ("Mejorar la satisfacción de los clientes", "El cliente está satisfecho con la empresa"),
        ("Ridurre i tempi di consegna per i clienti", "Il cliente riceve la consegna in tempo"),
        ("顧客満足度を上げる", "顧客満足"),
    ],
)
def test_words_meet_in_other_languages(work, target):
    key_results = KEY_RESULTS[:2].assign(statement=[target, "Zebra"], objective="")
    rows = suggest(initiatives=INITIATIVES[:1].assign(title=work), key_results=key_results)
    assert pairs(rows)[0] == ("jira:1", "KR-1")
    assert rows["shared"].map(len).gt(0).all()


def test_accuracy_counts_initiatives_links_and_rejections():
    told = everything(links=[("jira:1", "KR-1"), ("jira:3", "KR-1")], rejected=[("jira:4", "KR-2")])
    accuracy = accuracy_of(told.trials, 0.0)
    assert accuracy.initiatives == 2
    assert accuracy.precision_at_1 == 0.5
    assert accuracy.recall_at_3 == 1.0
    assert accuracy.rejections == 1
    assert accuracy.reliability["candidates"].sum() == len(told.trials) == 5
    none = accuracy_of(told.trials[:0], 0.3)
    assert (none.initiatives, none.precision_at_1, none.suggested) == (0, None, None)
    assert none.curve == ChanceCurve()


def test_nothing_to_suggest_is_an_empty_table():
    none = suggest(initiatives=INITIATIVES[:0])
    assert none.empty
    assert {"asked_for", "reason", "rank"} <= set(none.columns)
    assert suggest(key_results=KEY_RESULTS[:0]).empty


texts = st.text(alphabet="abc de", max_size=12)
some_records = st.lists(st.tuples(texts, texts, st.sampled_from(["", "A", "B"])), max_size=5)


@pytest.mark.thorough
@given(some_records, some_records, st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_records_makes_no_difference(left, right, random):
    work = INITIATIVES.iloc[[0] * len(left)].assign(
        initiative_id=[f"jira:{n}" for n in range(len(left))],
        title=[title for title, _, _ in left],
        text=[text for _, text, _ in left],
        team=[team for _, _, team in left],
    )
    targets = KEY_RESULTS.iloc[[0] * len(right)].assign(
        key_result_id=[f"KR-{n}" for n in range(len(right))],
        statement=[title for title, _, _ in right],
        objective=[text for _, text, _ in right],
        team=[team for _, _, team in right],
    )
    shuffled = [
        frame.sample(frac=1, random_state=random.randint(0, 9)) for frame in (work, targets)
    ]
    rows = suggest(initiatives=work, key_results=targets)
    again = suggest(initiatives=shuffled[0], key_results=shuffled[1])
    columns = ["asked_for", "initiative_id", "key_result_id", "rank", "reason"]
    assert rows[columns].to_numpy().tolist() == again[columns].to_numpy().tolist()
    assert rows["chance"].between(0, 1).all()
    assert (rows["rank"] <= 3).all()


def meaning_of_first_letters(texts):
    """A model of meanings for tests: texts mean alike if they begin alike."""
    rows = np.zeros((len(texts), 27))
    for row, text in zip(rows, texts, strict=True):
        row["abcdefghijklmnopqrstuvwxyz".find(text[:1].casefold())] = 1
    return rows


def test_what_means_alike_is_suggested_and_says_so_though_no_word_is_shared():
    work = records(("w", "Quarterly leavers", "", ""))
    targets = records(("t1", "Churn", "", ""), ("t2", "Quota", "", ""))
    scores = PairScores(work, targets, meaning_of_first_letters)
    one = np.array([0, 0]), np.array([0, 1])
    assert scores.scores(np.array([0]), np.array([0, 1]))[0].tolist() == pytest.approx([0.0, 0.2])
    assert scores.facts(*one)["alike"].tolist() == [False, True]
    assert not PairScores(work, targets).facts(*one)["alike"].any()
    rows = suggest(initiatives=INITIATIVES.assign(title="Rota"), meaning=meaning_of_first_letters)
    found = set(rows.loc[rows["key_result_id"] == "KR-1", "reason"].str.partition(";")[0])
    assert found == {"alike in meaning"}


def test_a_model_of_meanings_is_asked_once_and_only_where_there_is_work():
    model = mock.Mock(side_effect=meaning_of_first_letters)
    assert suggest(initiatives=INITIATIVES[:0], meaning=model).empty
    suggest(meaning=model)
    assert model.call_count == 1  # what is not asked for at once is forgotten by the next night
