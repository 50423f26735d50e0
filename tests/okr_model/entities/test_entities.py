from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest

from okr_model.entities import (
    known_by_row,
    read_check_ins,
    read_initiatives,
    read_key_results,
    read_kpis,
    read_measurements,
    read_objectives,
)
from okr_model.quantities.cells import empty_cells
from tests.support.okr_cells import Q3, Q4, ZONE, frame, record

WORDS = ("High", "Challenge", "Critical")
FRIDAY = date(2026, 11, 20)
KEY_RESULTS = (
    record(
        "key_results", "kr-a", "notion", id="KR-1", cycle="2026-Q4", target="75 %", baseline="42 %"
    ),
    record("key_results", "kr-b", "notion", id="KR-10", cycle="2026-Q4", target="4 hours"),
)


@cache
def definitions() -> pd.DataFrame:
    objectives, _ = read_objectives(empty_cells(), [Q4])
    return read_key_results(frame(*KEY_RESULTS), objectives, [Q3, Q4], ZONE)[0]


def measured(*records: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    return read_measurements(frame(*records), definitions(), ZONE)


def test_measurements_come_in_the_unit_of_their_key_result_with_their_place() -> None:
    share = {"kind": "percent", "number": 0.5, "text": "50%"}
    rows, findings = measured(
        record("measurements", "r:2", key_result="kr-1", date=FRIDAY, value=share),
        record(
            "measurements",
            "r:3",
            key_result={"kind": "refs", "refs": ["kr-b"]},
            date=FRIDAY,
            value="1 day",
        ),
    )
    assert findings.empty
    assert rows["key_result_id"].tolist() == ["KR-1", "KR-10"]
    assert rows["value"].tolist() == [50.0, 24.0]
    assert rows["unit"].tolist() == ["%", "hours"]
    assert rows["conversion"].tolist() == ["fraction 0.5 = 50 %", "1 day = 24 hours"]
    assert rows["field"].tolist() == ["value (Tab!value)"] * 2
    assert rows["cycle_id"].tolist() == ["2026-Q4"] * 2
    assert rows["measure"].tolist() == ["sheets"] * 2


def test_faulty_measurements_are_named_once_and_the_rest_is_read() -> None:
    rows, findings = measured(
        record("measurements", "r:2", key_result="KR-1", date=FRIDAY, value="n/a yet"),
        record("measurements", "r:3", key_result="KR-99", date=FRIDAY, value=1),
        record("measurements", "r:4", key_result="KR-99", date=FRIDAY, value=2),
        record("measurements", "r:5", key_result="KR-1", date="sometime", value=2),
        record(
            "measurements",
            "r:6",
            key_result="KR-1",
            date=date(2026, 11, 13),
            value={"kind": "empty"},
        ),
        record("measurements", "r:7", key_result="KR-1", date=date(2026, 11, 6), value=50),
        record("measurements", "r:8", key_result="KR-1", date=date(2026, 11, 6), value=51),
        record("measurements", "r:9", key_result="KR-1", date=date(2026, 11, 6), value=50),
    )
    assert rows[["date", "value"]].fillna(-1).to_numpy().tolist() == [
        [pd.Timestamp(2026, 11, 6), 50.0],
        [pd.Timestamp(FRIDAY), -1.0],
    ]
    assert sorted(findings["rule"]) == [
        "duplicate measurement",
        "unknown key result",
        "unreadable value",
        "unreadable value",
    ]
    unknown = findings[findings["rule"] == "unknown key result"].iloc[0]
    assert unknown["sentence"].startswith("2 measurements in sheets name KR-99")
    text = " ".join(findings["sentence"])
    assert "value for 2026-11-20 of KR-1 in value (Tab!value)" in text
    assert "50 in value (Tab!value) is taken as the later one, 51 in" in text


def test_a_readable_value_precedes_an_unreadable_one_of_the_same_day() -> None:
    rows, _ = measured(
        record("measurements", "r:2", key_result="KR-1", date=FRIDAY, value="?"),
        record("measurements", "r:3", key_result="KR-1", date=FRIDAY, value=50),
    )
    assert rows["value"].tolist() == [50.0]


def test_check_ins_are_read_in_the_organizations_words() -> None:
    rows, findings = read_check_ins(
        frame(
            record(
                "check_ins",
                "c:1",
                key_result="KR-1",
                date=FRIDAY,
                confidence="challenge",
                value=55,
                note="slow",
                author="A.",
            ),
            record("check_ins", "c:2", key_result="KR-1", date=FRIDAY, confidence="so so"),
            record("check_ins", "c:3", key_result="KR-7", date=FRIDAY, confidence="High"),
            record("check_ins", "c:4", key_result="KR-1", confidence="High"),
            record(
                "check_ins", "c:5", key_result="KR-10", date=FRIDAY, confidence="High", value="?"
            ),
        ),
        definitions(),
        WORDS,
        ZONE,
    )
    assert rows["record_id"].tolist() == ["c:1", "c:2", "c:5"]
    assert rows["confidence"].fillna("").tolist() == ["medium", "", "high"]
    assert rows["value"].fillna(-1).tolist() == [55.0, -1.0, -1.0]
    assert rows.iloc[0][["note", "author", "unit"]].tolist() == ["slow", "A.", "%"]
    assert sorted(findings["rule"]) == [
        "unknown confidence",
        "unknown key result",
        "unreadable value",
        "unreadable value",
    ]


def test_objectives_know_their_level_cycle_and_parent() -> None:
    rows, findings = read_objectives(
        frame(
            record("objectives", "a", id="O-1", title="All", cycle="2026-Q4"),
            record(
                "objectives",
                "b",
                id="O-2",
                title="Ours",
                level="Team",
                cycle="2026-Q4",
                team="CX",
                parent={"kind": "refs", "refs": ["a"]},
            ),
            record(
                "objectives", "c", id="O-3", title="Lost", cycle="2026-Q4", team="CX", parent="O-8"
            ),
            record("objectives", "e", title="Nameless", cycle="2026-Q4"),
            record("objectives", "f", id="O-4", title="Old", cycle="2019-Q1"),
        ),
        [Q3, Q4],
    )
    assert rows["objective_id"].tolist() == ["O-1", "O-2", "O-3", "O-4"]
    assert rows["level"].tolist() == ["company", "team", "team", "company"]
    assert rows["level_source"].tolist() == ["assumed", "declared", "assumed", "assumed"]
    assert rows["parent_id"].fillna("").tolist() == ["", "O-1", "O-8", ""]
    assert rows["cycle_id"].isna().tolist() == [False, False, False, True]
    assert sorted(findings["rule"]) == ["missing id", "no cycle", "unknown parent"]


def test_kpis_say_whether_they_are_inside_their_corridor() -> None:
    half = {"kind": "percent", "number": 0.5, "text": "50%"}
    rows, findings = read_kpis(
        frame(
            record(
                "kpis", "k:1", id="K-1", name="Uptime", date=FRIDAY, value=99.5, low=99, high=100
            ),
            record("kpis", "k:2", id="K-2", date=FRIDAY, value=half, low="60 %"),
            record("kpis", "k:3", id="K-3", date=FRIDAY, value=3),
            record("kpis", "k:4", id="K-3", date=FRIDAY, value=4),
            record("kpis", "k:5", id="K-4", date=FRIDAY, value="down"),
            record("kpis", "k:6", date=FRIDAY, value=4),
            record("kpis", "k:7", id="K-5", date=FRIDAY),
        ),
        ZONE,
    )
    assert rows["kpi_id"].tolist() == ["K-1", "K-2", "K-3"]
    assert rows["value"].tolist() == [99.5, 50.0, 4.0]
    assert rows["within"].tolist() == [True, False, pd.NA]
    assert sorted(findings["rule"]) == ["duplicate kpi", "missing id", "unreadable value"]


def test_a_rows_own_id_identifies_an_initiative_wherever_the_row_moves() -> None:
    before, _ = read_initiatives(
        frame(
            record("initiatives", "book:1:5", id="I-7", title="Guides"),
            record("initiatives", "book:1:6", id=" I-8", title="Webinars"),
        ),
        ZONE,
    )
    after, findings = read_initiatives(
        frame(
            record("initiatives", "book:1:2", id="I-8", title="Webinars"),
            record("initiatives", "book:1:9", id="I-7", title="Guides, renamed"),
        ),
        ZONE,
    )
    assert dict(zip(before["initiative_id"], before["record_id"], strict=True)) == {
        "sheets:I-7": "book:1:5",
        "sheets:I-8": "book:1:6",
    }
    assert set(after["initiative_id"]) == set(before["initiative_id"])
    assert findings.empty
    assert not known_by_row(after).any()


def test_missing_and_duplicate_ids_are_findings() -> None:
    rows, findings = read_initiatives(
        frame(
            record("initiatives", "book:1:5", id="I-7", title="Guides"),
            record("initiatives", "book:1:6", id="I-7", title="Copied"),
            record("initiatives", "book:1:7", id={"kind": "empty"}, title="Forgotten"),
            record("initiatives", "p1", "notion", title="Pages have an id of their own"),
        ),
        ZONE,
    )
    assert rows["initiative"].tolist() == [
        "Pages have an id of their own",
        "Guides",
        "Forgotten",
    ]
    assert rows.loc[known_by_row(rows), "initiative_id"].tolist() == ["sheets:book:1:7"]
    assert findings[["rule", "subject_id"]].to_numpy().tolist() == [
        ["initiative named twice", "sheets:I-7"],
        ["initiatives without id", "book/1"],
    ]


def test_initiatives_are_called_by_key_title_or_record() -> None:
    rows, findings = read_initiatives(
        frame(
            record(
                "initiatives",
                "101",
                "jira",
                key="SUP-1",
                title="Chat",
                status="Doing",
                status_category="Indeterminate",
                due="2026-11-30",
            ),
            record("initiatives", "p1", "notion", title="Guides", due="soon"),
            record("initiatives", "p2", "notion", team="Marketing"),
        ),
        ZONE,
    )
    assert rows["due_on"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["2026-11-30", "", ""]
    assert findings[["rule", "subject_id"]].to_numpy().tolist() == [
        ["unreadable value", "notion:p1"]
    ]
    assert rows["initiative_id"].tolist() == ["jira:101", "notion:p1", "notion:p2"]
    assert rows["initiative"].tolist() == ["SUP-1", "Guides", "p2"]
    assert rows["status_category"].fillna("").tolist() == ["indeterminate", "", ""]


def test_a_date_that_cannot_be_read_is_told_with_its_own_cell() -> None:
    _, findings = measured(
        record("measurements", "r:2", key_result="KR-1", date="31.11.2026", value=1)
    )
    (found,) = findings.to_dict("records")
    assert found["sentence"].startswith("The date of a measurement of KR-1 in date (Tab!date) ")
    assert found["evidence"] == "31.11.2026"


@pytest.mark.parametrize("missing", ["name", "address"])
def test_a_place_is_named_by_what_is_known_of_it(missing: str) -> None:
    cells = frame(record("measurements", "r:2", key_result="KR-1", date=FRIDAY, value=1))
    cells[missing] = None
    rows, _ = read_measurements(cells, definitions(), ZONE)
    assert rows["field"].tolist() == ["Tab!value" if missing == "name" else "value"]


def test_what_names_no_key_result_is_one_finding_a_place() -> None:
    rows, findings = measured(
        record("measurements", "r:2", date=FRIDAY, value=5),
        record("measurements", "r:3", date=FRIDAY, value=6),
        record("measurements", "r:4", date=FRIDAY),
        record("measurements", "r:5", "notion", value=6),
    )
    assert rows.empty
    assert findings["rule"].tolist() == ["unknown key result"] * 2
    assert findings["sentence"].tolist() == [
        "A measurement in value (Tab!value) names no Key Result, so it counts for nothing: write"
        " the Key Result there.",
        "2 measurements from value (Tab!value) on name no Key Result, so they count for nothing:"
        " write the Key Result there.",
    ]
    assert findings["evidence"].tolist() == ["r:5", "r:2, r:3"]
    rows, findings = read_check_ins(
        frame(
            record("check_ins", "c:2", date=FRIDAY, confidence="High"),
            record("check_ins", "c:3", date=FRIDAY),
        ),
        definitions(),
        WORDS,
        ZONE,
    )
    assert rows.empty
    assert findings["subject_id"].tolist() == ["c:2"]


@pytest.mark.parametrize("year", ["2126", "0026", "1970"])
def test_a_day_many_years_from_every_cycle_is_a_finding(year: str) -> None:
    rows, findings = measured(
        record("measurements", "r:2", key_result="KR-1", date=f"{year}-10-05", value="50 %"),
        record("measurements", "r:3", key_result="KR-1", date="2015-10-05", value="30 %"),
    )
    assert rows["record_id"].tolist() == ["r:3"]
    assert findings["rule"].tolist() == ["unreadable value"]
    assert f"it is {year}-10-05, many years from every cycle" in findings.at[0, "sentence"]
    assert findings["day"].isna().all()  # told tonight, too
    said = record("check_ins", "c:2", key_result="KR-1", date=f"{year}-10-05", confidence="High")
    rows, findings = read_check_ins(frame(said), definitions(), WORDS, ZONE)
    assert rows.empty
    assert findings["rule"].tolist() == ["unreadable value"]


def test_a_kpi_with_a_value_and_no_day_is_a_finding() -> None:
    rows, findings = read_kpis(
        frame(record("kpis", "k:2", id="K-1", value=5), record("kpis", "k:3", id="K-2")), ZONE
    )
    assert rows.empty
    assert findings["sentence"].tolist() == [
        "The date of K-1 cannot be read: it is empty. Correct it there."
    ]


def test_sentences_about_kpis_name_the_kpi_and_the_record() -> None:
    nameless = [{**cell, "record_url": None} for cell in record("kpis", "k.csv:3", value=5)]
    edge = record("kpis", "k:2", id="K-1", date=FRIDAY, value=5, low="4 hours")
    _, findings = read_kpis(frame(nameless, edge), ZONE)
    said = findings.set_index("rule")["sentence"]
    assert said["missing id"].startswith("A record of sheets (k.csv:3) that holds a KPI")
    assert "which does not convert into a KPI without a unit" in said["unreadable value"]


def test_an_objective_below_itself_is_a_finding() -> None:
    parents = {"O-1": "O-1", "O-2": "O-3", "O-3": "o-2", "O-4": "O-2", "O-5": None}
    objectives, findings = read_objectives(
        frame(
            *(
                record("objectives", f"o:{id}", id=id, **({"parent": up} if up else {}))
                for id, up in parents.items()
            )
        ),
        [Q4],
    )
    assert len(objectives) == 5
    assert findings["subject_id"].tolist() == ["O-1", "O-2", "O-3"]
    assert "O-2 stands below itself (O-2 below O-3 below O-2)" in findings.at[1, "sentence"]
