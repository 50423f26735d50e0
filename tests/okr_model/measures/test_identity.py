"""Measures compare what Jira holds by ids; people write present names, former names or ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from okr_model.activity.issue_history import read_log, states_at
from okr_model.activity.issue_names import IDS, IssueNames, read_names
from okr_model.measures.issue_measures import (
    IssueRecords,
    Measure,
    evaluate,
    logged_columns,
    named_columns,
)
from okr_model.measures.unknown_names import unknown_names
from tests.support.engines import ENGINES, INSTANT, TEXT, ToFrame, at, collected, engine

DAY = date(2026, 11, 28)
ISSUE = {
    **dict.fromkeys(("id", "key", *IDS, *IDS.values(), "project_name", "status_category"), TEXT),
    "status_category_name": TEXT,
    **dict.fromkeys(("created_at", "resolved_at", "gone_at", "seen_at"), INSTANT),
}
CHANGE = {
    "id": TEXT,
    "issue_id": TEXT,
    "changed_at": INSTANT,
    **dict.fromkeys(("field", "field_id", "from_id", "from_text", "to_id", "to_text"), TEXT),
}
TODO, DOING, DONE = (
    ("1", "To Do", "new"),
    ("3", "In Progress", "indeterminate"),
    ("9", "Done", "done"),
)


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> ToFrame:
    return engine(request.param)


def issue(id_: str, held: tuple[str, str, str], seen: str = "2026-11-27", **more: str) -> tuple:
    known = {
        "id": id_,
        "key": f"TREA-{id_}",
        "project": "TREA",
        "project_id": "100",
        "project_name": "Treasury",
        "issue_type": "Bug",
        "issue_type_id": "7",
        "priority": "High",
        "priority_id": "2",
        "status_id": held[0],
        "status": held[1],
        "status_category": held[2],
        "created_at": at("2026-11-01T00:00"),
        "seen_at": at(f"{seen}T00:00"),
        **more,
    }
    return tuple(known.get(name) for name in ISSUE)


def change(
    number: int, of: str, when: str, field: str, old: tuple[str, str], new: tuple[str, str]
) -> tuple:
    return (f"{number}:0", of, at(when), field, field, old[0], old[1], new[0], new[1])


def records(
    make: ToFrame, measures: list[Measure], issues: list, changes: Sequence
) -> IssueRecords:
    """The latest version of each issue, its log, and the names in all versions, for measures."""
    frame, log = make(ISSUE, [*{one[0]: one for one in issues}.values()]), make(CHANGE, changes)
    names = read_names(make(ISSUE, issues), log, named_columns(measures))
    return IssueRecords(frame, read_log(log, logged_columns(measures), names), names)


Answer = tuple[list[float], list[tuple[str, str]]]


def answers(make: ToFrame, texts: list[str], issues: list, changes: Sequence = ()) -> list[Answer]:
    """The values of measures, and what is said of their names, over one reading of the records."""
    measures = [Measure.of(text, "KR-1") for text in texts]
    held = records(make, measures, issues, changes)
    found = []
    for measure in measures:
        values = evaluate(measure, held, [DAY], "UTC")
        unknown = unknown_names(measure, held, has_values=not values.empty)
        said = [(one.rule, one.sentence) for one in unknown]
        found.append((values["value"].tolist(), said))
    return found


def answer(make: ToFrame, text: str, issues: list, changes: Sequence = ()) -> Answer:
    (found,) = answers(make, [text], issues, changes)
    return found


REVIEW_OF_TREA, REVIEW_OF_BOOK = ("20001", "Review", "indeterminate"), ("20002", "Review", "done")
TWO_REVIEWS = [
    *(issue(str(number), REVIEW_OF_TREA) for number in (1, 2, 3)),
    issue("4", REVIEW_OF_BOOK, project="BOOK", project_id="200", project_name="Books"),
]


@pytest.mark.thorough
@pytest.mark.parametrize("logged", [False, True])
def test_two_statuses_of_one_name_keep_their_own_categories(make: ToFrame, logged: bool) -> None:
    changes = [
        change(n, one[0], "2026-11-05T00:00", "status", ("1", "To Do"), (one[12], "Review"))
        for n, one in enumerate(TWO_REVIEWS)
    ]
    ids = [*ISSUE].index("status_id")
    changes = [(*row[:7], TWO_REVIEWS[n][ids], row[8]) for n, row in enumerate(changes)]
    log = changes if logged else []
    text = "share of (status_category = {}) of issues from jira where project = {}"
    both = "count of issues from jira where status = {}"
    expected = {
        text.format("done", "TREA"): [0.0],
        text.format("done", "BOOK"): [100.0],
        text.format("indeterminate", "Treasury"): [100.0],
        text.format('"In Progress"', "100"): [100.0],
        text.format("3", "books"): [100.0],
        both.format("review"): [4.0],
        both.format("20001"): [3.0],
    }
    found = answers(make, [*expected], TWO_REVIEWS, log)
    assert dict(zip(expected, (values for values, _ in found), strict=True)) == expected


def test_time_between_states_may_be_asked_in_either_language(make: ToFrame) -> None:
    erledigt, arbeit = ("9", "Erledigt", "done"), ("3", "In Arbeit", "indeterminate")
    issues = [issue("1", erledigt), issue("2", arbeit)]
    log = [
        change(1, "1", "2026-11-02T00:00", "status", ("1", "To Do"), ("3", "In Progress")),
        change(2, "1", "2026-11-04T00:00", "status", ("3", "In Progress"), ("9", "Done")),
    ]
    text = 'median of time from "{}" to {} from jira'
    asked = (("In Progress", "Done"), ("In Arbeit", "Erledigt"), ("3", "Done"))
    texts = [text.format(begun, ended) for begun, ended in asked]
    found = dict(zip(texts, answers(make, texts, issues, log), strict=True))
    assert found == dict.fromkeys(texts, ([48.0], []))


def test_a_state_that_nothing_was_ever_in_is_told_with_what_there_is(make: ToFrame) -> None:
    issues = [issue("1", DONE), issue("2", DOING)]
    log = [change(1, "1", "2026-11-02T00:00", "status", ("1", "To Do"), ("9", "Done"))]
    text = "median of time from Doing to Done from jira"
    assert answer(make, text, issues, log) == (
        [],
        [
            (
                "unknown name",
                "A measure of KR-1 can match nothing: no issue was ever in “Doing”; there are Done,"
                " In Progress, To Do. Correct it.",
            )
        ],
    )
    text = "count of issues from jira where issue_type in (Bug, Buk)"
    _, ((_, sentence),) = answer(make, text, issues, log)
    assert "no issue ever had the issue type “Buk”; there are Bug." in sentence


def test_conditions_that_no_issue_ever_met_together_are_told(make: ToFrame) -> None:
    text = "count of issues from jira where project = BOOK and status = 20001"
    plain = "count of issues from jira where status = Review"
    (_, told), (_, nothing) = answers(make, [text, plain], TWO_REVIEWS)
    assert [sentence for _, sentence in told] == [
        "A measure of KR-1 can match nothing: no issue ever had project = BOOK and status = 20001"
        " at the same time. Correct it."
    ]
    assert nothing == []


RENAMED = {
    "issue_type": ("7", ("Bug", "Defekt"), "issuetype"),
    "priority": ("2", ("High", "Hoch"), "priority"),
    "status": ("9", ("Done", "Erledigt"), "status"),
    "project_name": ("100", ("Treasury", "Finance"), ""),
    "project": ("100", ("TREA", "FIN"), ""),
}


@pytest.mark.thorough
@pytest.mark.parametrize("column", RENAMED)
def test_former_names_present_names_and_ids_mean_the_same(make: ToFrame, column: str) -> None:
    id_, (former, present), _ = RENAMED[column]
    old = [issue("1", DONE, "2026-11-02"), issue("2", DONE, "2026-11-02")]
    new = issue("2", DONE, "2026-11-20", **{column: present})
    tested = "project" if column == "project_name" else column
    words = (former, present.upper(), present, id_)
    texts = [f"count of issues from jira where {tested} = {word}" for word in words]
    found = dict(zip(texts, answers(make, texts, [*old, new]), strict=True))
    assert found == dict.fromkeys(texts, ([2.0], []))
    names = read_names(make(ISSUE, [*old, new]), make(CHANGE, []), [tested])
    if column != "project_name":
        assert names.present(tested) == {id_: present}


def test_a_name_goes_with_what_is_called_so_now_and_the_other_is_told(make: ToFrame) -> None:
    issues = [
        issue("1", ("20001", "Review", "indeterminate"), "2026-11-02"),
        issue("1", ("20001", "QA", "indeterminate"), "2026-11-20"),
        issue("2", ("20002", "Review", "done"), "2026-11-20"),
    ]
    text = "count of issues from jira where status = {}"
    (one, told), (other, _) = answers(make, [text.format("Review"), text.format("qa")], issues)
    assert (one, other) == ([1.0], [1.0])
    ((rule, sentence),) = told
    assert rule == "ambiguous name"
    assert "(20002), and not as what was once called so: QA (20001)" in sentence


@pytest.mark.thorough
@pytest.mark.parametrize("word", ["İstek", "ΟΔΟΣ", "Straße", "I/O ask", "Ｂｕｇ"])
def test_every_letter_case_of_a_name_is_the_name(make: ToFrame, word: str) -> None:
    issues = [issue("1", DONE, issue_type=word)]
    written = {word, word.lower(), word.upper(), word.casefold()}
    texts = [
        f'count of issues from jira where issue_type = "{one}"'
        for one in written
        if one.casefold() == word.casefold()
    ]
    found = [values for values, _ in answers(make, texts, issues)]
    assert dict(zip(texts, found, strict=True)) == {text: [1.0] for text in texts}


def test_a_log_without_ids_is_read_by_the_names_that_only_one_id_has(make: ToFrame) -> None:
    log = [
        ("1:0", "1", at("2026-11-02T00:00"), "status", None, None, "To Do", None, "In Progress"),
        ("2:0", "1", at("2026-11-03T00:00"), "status", None, None, "In Progress", None, "Done"),
    ]
    issues = [issue("1", DONE), issue("2", DOING)]
    text = 'median of time from "{}" to 9 from jira'
    texts = [text.format(begun) for begun in ("In Progress", "3", "To Do")]
    found = [values for values, _ in answers(make, texts, issues, log)]
    assert found == [[24.0], [24.0], [48.0]]


def test_a_past_day_knows_the_category_of_the_status_by_its_id(make: ToFrame) -> None:
    was = [
        change(1, "1", "2026-11-20T00:00", "status", ("20002", "Review"), ("20001", "Review")),
        change(2, "4", "2026-11-20T00:00", "status", ("77", "Gone"), ("20002", "Review")),
    ]
    frame, log = make(ISSUE, TWO_REVIEWS), make(CHANGE, was)
    rows = read_names(frame, log, ["status"]).category_rows()
    known = make({"status": TEXT, "category": TEXT}, [*rows.itertuples(index=False, name=None)])
    then = collected(
        states_at(frame, log, at("2026-11-10T00:00"), known).select("id", "status_category")
    )
    found = dict(zip(then["id"], then["status_category"].astype("object"), strict=True))
    assert (found["1"], found["2"]) == ("done", "indeterminate")
    assert not isinstance(found["4"], str)


def test_changes_of_the_same_instant_follow_each_other_by_the_numbers_of_the_log(
    make: ToFrame,
) -> None:
    when = "2026-11-05T09:00"
    was = [
        change(100_000, "1", when, "status", DOING[:2], DONE[:2]),
        change(99_999, "1", when, "status", TODO[:2], DOING[:2]),
        change(100_001, "1", "2026-11-29T09:00", "status", DONE[:2], TODO[:2]),
    ]
    texts = [f"count of issues from jira where status = {status[0]}" for status in (DOING, DONE)]
    texts += ["count of re-opened issues from jira over 28 days"]
    issues = [issue("1", TODO), issue("2", DOING), issue("3", DONE)]
    assert [values for values, _ in answers(make, texts, issues, was)] == [[1.0], [2.0], [0.0]]
    known = make({"status": TEXT, "category": TEXT}, [(one[0], one[2]) for one in (TODO, DOING)])
    for ids, category in ((("100000:0", "99999:0"), "new"), (("9:8", "9:10"), "indeterminate")):
        log = [(id_, *one[1:]) for id_, one in zip(ids, was, strict=False)]
        then = states_at(make(ISSUE, issues[:1]), make(CHANGE, log), at(when), known)
        assert collected(then.select("status_category")).squeeze() == category


NAMES = ["To Do", "In Progress", "Done", "Review", "Erledigt"]


@pytest.mark.thorough
@pytest.mark.parametrize("first", range(len(NAMES)))
@pytest.mark.parametrize("way", [1, -1])
def test_no_renaming_of_statuses_changes_a_value_asked_by_id(first: int, way: int) -> None:
    words = [*NAMES[first:], *NAMES[:first]][::way]  # each name once in each place, either way
    make = engine("pandas")
    plain = [("1", "a", "new"), ("3", "b", "indeterminate"), ("9", "c", "done")]
    named = [(id_, word, category) for (id_, _, category), word in zip(plain, words, strict=False)]
    log = [change(1, "1", "2026-11-02T00:00", "status", ("3", words[3]), ("9", words[4]))]
    expected = {
        "median of time from 3 to 9 from jira": [24.0],
        "share of (status_category = done) of issues from jira": [50.0],
        "count of issues from jira where status = 1": [1.0],
    }
    measures = [Measure.of(text, "KR-1") for text in expected]
    held = records(make, measures, [issue("1", named[2]), issue("2", named[0])], log)
    found = [evaluate(one, held, [DAY], "UTC")["value"].tolist() for one in measures]
    assert found == [*expected.values()]


def test_what_there_is_is_listed_by_present_names(make: ToFrame) -> None:
    names: IssueNames = read_names(
        make(ISSUE, [issue("1", DONE, "2026-11-02"), issue("1", ("9", "Fertig", "done"))]),
        make(CHANGE, []),
        ["status", "project"],
    )
    assert names.names("status") == ["Fertig"]
    assert names.names("project") == ["TREA"]
    assert names.words("status") == {"9": ["done", "fertig", "9"]}
