from datetime import date
from typing import Any

import pandas as pd
import pytest

from okr_model.entities import read_key_results, read_objectives
from okr_model.progress.progress import compute_progress
from okr_model.quantities.cells import empty_cells
from tests.support.okr_cells import Q3, Q4, ZONE, frame, record

# Team, baseline and target as they are written, and what they are: unit, from, to, kind.
FIFTEEN: list[tuple[str, str | None, str, str | None, float | None, float, str]] = [
    ("KR-16", "42 %", "75 %", "%", 42, 75, "increase"),
    ("KR-17", "3 days", "4 hours", "hours", 72, 4, "decrease"),
    ("KR-18", None, "≥ 8.5", None, None, 8.5, "at least"),
    ("KR-19", "8,000", "18,000", None, 8000, 18000, "increase"),
    ("KR-20", "45", "120", None, 45, 120, "increase"),
    ("KR-21", None, "4 minutes", "minutes", None, 4, "at least"),
    ("KR-22", "1,200", "2,000", None, 1200, 2000, "increase"),
    ("KR-23", "5 days", "48 hours", "hours", 120, 48, "decrease"),
    ("KR-24", "32", "52", None, 32, 52, "increase"),
    ("KR-25", "2.0x", "3.0x", "x", 2, 3, "increase"),
    ("KR-26", "18 %", "24 %", "%", 18, 24, "increase"),
    ("KR-27", "52 days", "45 days", "days", 52, 45, "decrease"),
    ("KR-28", "90 days", "60 days", "days", 90, 60, "decrease"),
    ("KR-29", "6.8", "8.0", None, 6.8, 8, "increase"),
    ("KR-30", "22 %", "12 %", "%", 22, 12, "decrease"),
]


def read(*records: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    cells = frame(
        record(
            "objectives", "page-1", "notion", id="O-1", title="Delight", cycle="2026-Q4", team="CX"
        ),
        record("objectives", "page-2", "notion", id="O-2", title="Grow", cycle="2026-Q3"),
        *records,
    )
    objectives, found = read_objectives(cells, [Q3, Q4])
    assert found.empty
    return read_key_results(cells, objectives, [Q3, Q4], ZONE)


def one(**fields: Any) -> tuple[dict[str, Any], list[str]]:
    fields = {"id": "KR-1", "objective": "O-1", **fields}
    rows, findings = read(record("key_results", "r:2", **fields))
    return rows.iloc[0].to_dict(), findings["rule"].tolist()


@pytest.mark.parametrize("declared", [False, True])
def test_all_fifteen_sample_key_results_are_read(declared: bool) -> None:
    records = []
    for number, (name, start, end, unit, *_) in enumerate(FIFTEEN):
        fields = {"id": name, "objective": "O-1", "target": end, "baseline": start}
        if declared:
            fields["unit"] = unit or "score"
        given = {field: text for field, text in fields.items() if text is not None}
        records.append(record("key_results", f"r:{number}", **given))
    rows, findings = read(*records)
    assert findings.empty
    got = rows.sort_values("key_result_id")[["key_result_id", "unit", "baseline", "target", "kind"]]
    wanted = pd.DataFrame(
        [(n, u or ("score" if declared else None), b, t, k) for n, _, _, u, b, t, k in FIFTEEN],
        columns=got.columns,
    )
    pd.testing.assert_frame_equal(
        got.reset_index(drop=True), wanted.astype(got.dtypes.to_dict()), check_exact=True
    )


SENTENCES = {
    "KR-16": "Raise the onboarding completion rate from 42 % to 75 %",
    "KR-17": "Median first-contact resolution time from 3 days to 4 hours",
    "KR-18": "Reach a customer satisfaction score of 8.5 or higher",
    "KR-19": "Organic search sessions a month from 8,000 to 18,000",
    "KR-20": "Qualified inbound leads a month from 45 to 120",
    "KR-21": "Average time on page of our guides reaches 4 minutes",
    "KR-22": "Daily active users from 1,200 to 2,000",
    "KR-23": "Critical bugs resolved in 48 hours instead of 5 days",
    "KR-24": "Net Promoter Score from 32 to 52",
    "KR-25": "Pipeline covers 3.0x of next quarter's target instead of 2.0x",
    "KR-26": "SQL-to-close rate from 18 % to 24 %",
    "KR-27": "Median sales cycle from 52 to 45 days",
    "KR-28": "New hires are productive after 60 days instead of 90",
    "KR-29": "90-day engagement score from 6.8 to 8.0",
    "KR-30": "First-year attrition from 22 % to 12 %",
}


@pytest.mark.parametrize("as_sentence", [False, True])
def test_all_fifteen_compute_from_columns_and_from_plain_sentences(as_sentence: bool) -> None:
    records = []
    for name, start, end, *_ in FIFTEEN:
        columns = {"target": end} if start is None else {"target": end, "baseline": start}
        fields = {"statement": SENTENCES[name]} if as_sentence else columns
        records.append(record("key_results", name, id=name, objective="O-1", **fields))
    rows, findings = read(*records)
    assert findings.empty
    rows = rows.set_index("key_result_id").loc[[name for name, *_ in FIFTEEN]].reset_index()
    assert rows["kind"].tolist() == [kind for *_, kind in FIFTEEN]
    declared = pd.Series([start for *_, start, _, _ in FIFTEEN], dtype="float64")
    pd.testing.assert_series_equal(rows["baseline"], declared, check_names=False)
    assert rows["target"].tolist() == [target for *_, target, _ in FIFTEEN]
    starts = declared.fillna(1.0)  # the first measurement, where no baseline was given
    quarter = starts + (rows["target"] - starts) / 4
    computed = compute_progress(
        rows.assign(current_value=quarter, first_value=starts), date(2026, 11, 28)
    )
    assert computed["progress_raw"].tolist() == pytest.approx([0.25] * 15)
    first = computed["progress_state"] == "from first measurement"
    assert rows.loc[first, "key_result_id"].tolist() == ["KR-18", "KR-21"]


def test_a_rate_is_a_unit_and_another_period_is_not_guessed() -> None:
    unit = "sessions a month"
    row, rules = one(baseline="8,000 sessions a month", target="54,000 sessions/quarter", unit=unit)
    assert (row["unit"], row["baseline"], row["target"]) == ("sessions per month", 8000, 18000)
    assert rules == []
    row, rules = one(baseline="2,000 sessions a week", target="18,000", unit=unit)
    assert (pd.isna(row["baseline"]), rules) == (True, ["unreadable value"])
    row, rules = one(baseline="EUR 1,000 per month", target="USD 2,000 per month")
    assert (row["unit"], pd.isna(row["baseline"])) == ("USD per month", True)
    assert rules == ["unreadable value"]


def test_a_sentence_gives_the_figures_that_no_field_does() -> None:
    said = "Bring the median resolution time from 3 days to 4 hours"
    row, rules = one(statement=said)
    assert (row["baseline"], row["target"], row["unit"]) == (72.0, 4.0, "hours")
    assert (row["kind"], rules) == ("decrease", [])
    row, _ = one(statement=said, target="8 hours")
    assert row["target"] == 8.0
    assert pd.isna(row["baseline"])  # a field of its own goes before the sentence, for both
    _, rules = one(statement="Ship the new dashboard")
    assert "no target" in rules


def test_the_way_from_text_to_figure_is_kept() -> None:
    row, _ = one(baseline="3 days", target="4 hours")
    assert row["baseline_text"] == "3 days = 72 hours"
    assert row["target_text"] == "4 hours"


def test_a_declared_unit_overrides_that_of_the_target() -> None:
    row, rules = one(baseline="3 days", target="4 hours", unit="Minutes")
    assert (row["unit"], row["baseline"], row["target"], rules) == ("minutes", 4320, 240, [])


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"baseline": 5, "target": 3}, "decrease"),
        ({"baseline": 3, "target": "≥ 5"}, "at least"),
        ({"target": "≤ 5"}, "at most"),
        ({"target": 5}, "at least"),
        ({"target": 40, "target_high": 60}, "band"),
        ({"kind": "Band", "target": 60, "target_high": 40}, "band"),
        ({"kind": "At most", "baseline": 9, "target": 5}, "at most"),
        ({"kind": "Yes/No"}, "yes/no"),
        ({"kind": "milestones", "target": "100 %"}, "milestones"),
    ],
)
def test_the_kind_is_the_declared_one_or_follows_from_the_figures(
    fields: dict[str, Any], kind: str
) -> None:
    row, rules = one(**fields)
    assert (row["kind"], rules) == (kind, [])


@pytest.mark.parametrize(
    ("baseline", "target", "read"),
    [
        ("40 %", "+5 %", (40, None)),
        ("1000", "+20 %", (1000, None)),
        ("100", "-20", (100, None)),
        ("", "+20", (None, None)),
        ("0", "-20", (0, -20)),
        ("-30", "+10", (-30, 10)),
        ("-30", "-10", (-30, -10)),
        ("+32", "+52", (32, 52)),
        ("90 %", "0.95", (90, None)),
        ("0.90", "95 %", (None, 95)),
        ("90 %", "1", (90, None)),
        ("0", "95 %", (0, 95)),
        ("1.2 %", "0.8", (1.2, 0.8)),
        ("0.5", "5 %", (0.5, 5)),
        ("0.90", "0.95", (0.9, 0.95)),
    ],
)
def test_a_change_or_a_fraction_that_may_be_meant_is_asked_about(
    baseline: str, target: str, read: tuple[float | None, float | None]
) -> None:
    row, rules = one(target=target, **({"baseline": baseline} if baseline else {}))
    got = tuple(None if pd.isna(row[name]) else row[name] for name in ("baseline", "target"))
    assert got == read
    unread = (bool(baseline) and read[0] is None) or read[1] is None
    assert ("unreadable value" in rules) == unread


def test_a_sign_is_asked_about_with_both_readings() -> None:
    cells = record("key_results", "r:2", id="KR-1", objective="O-1", baseline="40 %", target="+5 %")
    sentence = read(cells)[1].set_index("rule").loc["unreadable value", "sentence"]
    assert "it may be a change, or the value to arrive at" in sentence
    cells = record("key_results", "r:2", id="KR-1", objective="O-1", baseline="0.9", target="95 %")
    sentence = read(cells)[1].set_index("rule").loc["unreadable value", "sentence"]
    assert "it may be 0.9 % or 90 %" in sentence


@pytest.mark.parametrize(
    ("fields", "is_asked"),
    [
        ({"kind": "at least"}, False),
        ({"kind": "at most"}, False),
        ({"target": "≥ 5"}, False),
        ({"kind": "decrease"}, True),
        ({}, True),
    ],
)
def test_a_target_to_be_held_may_equal_the_baseline(fields: dict[str, Any], is_asked: bool) -> None:
    _, rules = one(**{"baseline": "5", "target": "5", **fields})
    assert rules == ["baseline equals target"] * is_asked


@pytest.mark.parametrize("written", ["from 40 to 60", "40 -> 60", "40 → 60", "von 40 auf 60"])
def test_a_way_in_the_target_is_asked_about(written: str) -> None:
    cells = record("key_results", "r:2", id="KR-1", objective="O-1", target=written)
    sentence = read(cells)[1].set_index("rule").loc["unreadable value", "sentence"]
    assert "it may be a band between 40 and 60, or a way from 40 to 60" in sentence


def test_a_due_day_that_cannot_be_read_is_named_by_its_column() -> None:
    due = {"kind": "text", "text": "whenever", "name": "Frist", "address": None}
    cells = record("key_results", "r:2", id="KR-1", objective="O-1", target="5", due=due)
    assert "The due date of KR-1 in Frist cannot be read" in read(cells)[1]["sentence"].item()


def test_the_edges_of_a_band_may_be_written_either_way_round() -> None:
    row, _ = one(kind="band", target=60, target_high=40)
    assert (row["target"], row["target_high"]) == (40, 60)


def test_a_yes_no_key_result_aims_at_yes() -> None:
    row, _ = one(kind="yes/no")
    assert (row["unit"], row["target"]) == ("yes/no", 1.0)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"target": "soon"}, "unreadable value"),
        ({"target": {"kind": "error", "text": "#REF!"}}, "unreadable value"),
        ({"baseline": "5 %", "target": "4 hours"}, "unreadable value"),
        ({}, "no target"),
        ({"baseline": 5, "target": 5}, "baseline equals target"),
        ({"kind": "increase", "baseline": 5, "target": 3}, "kind against figures"),
        ({"kind": "sideways", "target": 3}, "unknown kind"),
        ({"objective": "O-9", "cycle": "2026-Q4", "target": 3}, "unknown objective"),
        ({"target": 3, "due": "whenever"}, "unreadable value"),
        ({"target": 3, "due": date(2027, 2, 1)}, "due outside cycle"),
        (
            {"target": 3, "objective": {"kind": "refs", "refs": ["page-1", "page-2"]}},
            "several objectives",
        ),
    ],
)
def test_a_fault_is_a_finding_that_names_the_record_and_never_a_crash(
    fields: dict[str, Any], rule: str
) -> None:
    rows, findings = read(
        record("key_results", "r:2", **{"id": "KR-1", "objective": "O-1", **fields})
    )
    found = findings[findings["rule"] == rule]
    assert len(found) == 1
    assert found["subject_id"].item() == "KR-1"
    assert "KR-1" in found["sentence"].item()
    assert found["url"].item() == "https://example.test/r:2"
    assert len(rows) == 1


def test_an_objective_may_be_an_id_in_any_case_or_a_relation() -> None:
    rows, findings = read(
        record("key_results", "r:2", id="KR-1", target=3, objective="o-1"),
        record(
            "key_results",
            "r:3",
            id="KR-2",
            target=3,
            objective={"kind": "refs", "refs": ["page-2"]},
        ),
    )
    assert rows["objective_id"].tolist() == ["O-1", "O-2"]
    assert rows["objective"].tolist() == ["Delight", "Grow"]
    assert rows["cycle_id"].tolist() == ["2026-Q4", "2026-Q3"]
    assert rows["team"].fillna("none").tolist() == ["CX", "none"]
    assert findings.empty


def test_cycle_and_due_day_say_where_they_come_from() -> None:
    declared, _ = one(target=3, cycle="2026-Q3", due=date(2026, 8, 31))
    assert (declared["cycle_id"], declared["due_source"]) == ("2026-Q3", "declared")
    assert declared["due_on"] == pd.Timestamp(2026, 8, 31)
    inherited, _ = one(target=3)
    assert (inherited["cycle_id"], inherited["due_source"]) == ("2026-Q4", "end of cycle")
    assert inherited["due_on"] == pd.Timestamp(2026, 12, 31)
    rows, _ = read(record("key_results", "r:2", id="KR-1", target=3, due=date(2026, 9, 1)))
    assert rows["cycle_id"].tolist() == ["2026-Q3"]


@pytest.mark.thorough
def test_without_cycle_and_readable_due_date_the_only_possible_cycle_is_taken() -> None:
    silent = [
        record("key_results", "r:1", id="KR-1", target=3, due="sometime soon"),
        record("key_results", "r:2", id="KR-2", target=3),
        record("key_results", "r:3", id="KR-3", target=3, cycle="2019-Q1"),
        record("key_results", "r:4", id="KR-4", target=3, due=date(2020, 1, 1)),
    ]
    objectives, _ = read_objectives(empty_cells(), [Q3, Q4])
    for cycles, as_of in (([Q4], None), ([Q3, Q4], date(2026, 11, 28)), ([Q4], date(2027, 2, 1))):
        rows, found = read_key_results(frame(*silent), objectives, cycles, ZONE, as_of)
        assert rows["key_result_id"].tolist() == ["KR-1", "KR-2"]
        assert set(rows["cycle_id"]) == {"2026-Q4"}
        assert set(rows["due_on"]) == {pd.Timestamp(2026, 12, 31)}
        rules = found.groupby("subject_id")["rule"].agg(sorted)
        assert rules["KR-1"] == ["assumed cycle", "unreadable value"]
        assert rules["KR-2"] == ["assumed cycle"]
        assert rules["KR-3"] == rules["KR-4"] == ["no cycle"]
    for as_of in (None, date(2027, 2, 1)):
        rows, _ = read_key_results(frame(*silent), objectives, [Q3, Q4], ZONE, as_of)
        assert rows.empty


def test_what_cannot_be_published_is_left_out_and_named() -> None:
    rows, findings = read(
        record("key_results", "r:9", id="KR-1", target=3, objective="O-1"),
        record("key_results", "r:11", statement="nameless", target=3, objective="O-1"),
        record("key_results", "r:12", id="KR-2", target=3),
        record("key_results", "r:13", id="KR-3", target=3, cycle="2019-Q1"),
    )
    assert rows[["key_result_id", "target"]].to_numpy().tolist() == [["KR-1", 3.0]]
    assert sorted(findings["rule"]) == ["missing id", "no cycle", "no cycle"]


def test_the_order_of_the_cells_makes_no_difference() -> None:
    records = [
        record("key_results", f"r:{n}", id=f"KR-{n % 3}", target=n, objective="O-1")
        for n in range(2, 9)
    ]
    rows, findings = read(*records)
    backwards, again = read(*[list(reversed(cells)) for cells in reversed(records)])
    pd.testing.assert_frame_equal(rows, backwards)
    pd.testing.assert_frame_equal(findings, again)


def test_no_cells_give_empty_frames_with_all_columns() -> None:
    objectives, _ = read_objectives(empty_cells(), [Q4])
    rows, findings = read_key_results(empty_cells(), objectives, [Q4], ZONE)
    assert rows.empty
    assert findings.empty
    full, _ = read(record("key_results", "r:2", id="KR-1", target=3, objective="O-1"))
    assert sorted(rows.columns) == sorted(full.columns)


@pytest.mark.parametrize(
    ("written", "closed_as"),
    [
        *(("Continue", "continue"), ("weiterführen", "continue"), ("À poursuivre", "continue")),
        *(("Dropped.", "abandon"), ("abandonado", "abandon"), ("gestopt", "abandon")),
        *(("DONE!", "done"), ("erreicht", "done"), ("raggiunto", "done"), ("concluído", "done")),
    ],
)
def test_what_became_of_it_is_read_in_any_language(written: str, closed_as: str) -> None:
    row, rules = one(target="5", closed_as=written, lesson="Ask sooner.")
    assert (row["closed_as"], row["lesson"], rules) == (closed_as, "Ask sooner.", [])


def test_another_word_for_it_is_a_finding() -> None:
    row, rules = one(target="5", closed_as="perhaps")
    assert pd.isna(row["closed_as"])
    assert rules == ["unreadable value"]


def test_what_it_goes_on_with_is_named_by_id_or_relation() -> None:
    earlier = record("key_results", "r:1", id="KR-1", target="5", objective="O-2")
    relation = {"kind": "refs", "refs": ["r:1"], "text": None}
    for stated in ("kr-1", relation):
        later = record(
            "key_results", "r:2", id="KR-2", target="5", objective="O-1", carried_from=stated
        )
        rows, findings = read(earlier, later)
        assert rows.set_index("key_result_id").loc["KR-2", "carried_from"] == "KR-1"
        assert findings.empty
    row, rules = one(target="5", carried_from="KR-99")
    assert pd.isna(row["carried_from"])
    assert rules == ["unreadable value"]
