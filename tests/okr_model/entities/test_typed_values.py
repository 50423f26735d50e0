"""Typed values of whole records: what is read, what is asked about."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from okr_model.entities import (
    implausible_values,
    read_check_ins,
    read_key_results,
    read_measurements,
    read_objectives,
)
from tests.support.okr_cells import Q3, Q4, ZONE, frame, record

WORDS = ("High", "Challenge", "Critical")


def key_results(*records: dict[str, Any]) -> tuple[pd.DataFrame, list[str]]:
    """Key Results of Q4, by id, and what is said about them."""
    rows = []
    for n, fields in enumerate(records, 1):
        stated = {"id": f"KR-{n}", "cycle": "2026-Q4"} | fields
        stated = {name: value for name, value in stated.items() if value is not None}
        rows.append(record("key_results", f"r{n}", **stated))
    cells = frame(*rows)
    objectives, _ = read_objectives(cells, (Q3, Q4))
    read, findings = read_key_results(cells, objectives, (Q3, Q4), ZONE)
    return read, findings["sentence"].tolist()


def one(**fields: Any) -> tuple[pd.Series, str]:
    read, said = key_results(fields)
    return read.iloc[0], " ".join(said)


def text(typed: str, locale: str | None = None) -> dict[str, Any]:
    return {"kind": "text", "text": typed, "locale": locale}


@pytest.mark.parametrize(
    ("fields", "kind", "unit", "low", "high"),
    [
        ({"target": "40–60"}, "band", None, 40, 60),
        ({"target": "40-60 %"}, "band", "%", 40, 60),
        ({"target": "between 10 and 20"}, "band", None, 10, 20),
        ({"target": "10 bis 20", "kind": "band"}, "band", None, 10, 20),
        ({"target": "10 bis 20 Tage", "kind": "Bandbreite"}, "band", "days", 10, 20),
        ({"target": "1h 30m–2h", "unit": "min"}, "band", "minutes", 90, 120),
        ({"target": "20–10", "kind": "range"}, "band", None, 10, 20),
        ({"target": text("1.000–2.000", "de_DE")}, "band", None, 1000, 2000),
    ],
)
def test_a_target_of_two_edges_is_a_band(fields, kind, unit, low, high):
    row, said = one(**fields)
    assert (row["kind"], row["target"], row["target_high"]) == (kind, low, high)
    assert row["unit"] == unit or pd.isna(row["unit"])
    assert said == ""


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"target": "10 to 20"}, "a band between 10 and 20, or a way from 10 to 20"),
        ({"target": "10–20", "kind": "increase"}, "the kind increase has one target"),
        ({"target": "10–20", "target_high": "30"}, "an upper edge in a field of its own"),
        ({"target": "10–20k"}, "10 or 10 k"),
        ({"target": "30m", "baseline": "2 hours"}, "30 minutes or 30 million"),
        ({"target": "3 billion"}, "3,000,000,000 or 3,000,000,000,000"),
        ({"target": "12.400"}, "12.4 or 12400"),
        ({"target": "Design 20 %, Build 50 %"}, "add up to 70 %"),
        ({"target": float("inf"), "unit": "%"}, "no finite number"),
        ({"target": 5, "due": "3/4/2026"}, "2026-03-04 or 2026-04-03"),
        ({"target": 5, "weight": "heavy"}, "does not begin with a number"),
    ],
)
def test_two_readings_are_asked_about(fields, reason):
    _, said = one(**fields)
    assert reason in said


@pytest.mark.parametrize(
    ("weight", "read"),
    [
        ("82.6 %", 0.826),
        ({"kind": "percent", "number": 0.165, "text": "16.5%"}, 0.165),
        ("3", 3.0),
        (text("0,5", "de_DE"), 0.5),
    ],
)
def test_weights(weight, read):
    row, said = one(target=5, weight=weight)
    assert row["weight"] == read
    assert said == ""


@pytest.mark.parametrize(
    ("due", "day"),
    [
        (text("20. Dezember 2026", "de_DE"), date(2026, 12, 20)),
        ("20 décembre 2026", date(2026, 12, 20)),
        ("Q4 2026", date(2026, 12, 31)),
        ("2026\u2011Q4", date(2026, 12, 31)),
        ("Ende November 2026", date(2026, 11, 30)),
        ("2026-12-20T17:30:00Z", date(2026, 12, 21)),
    ],
)
def test_due_days(due, day):
    row, said = one(target=5, cycle=None, due=due)
    assert (row["due_on"].date(), row["cycle_id"]) == (day, "2026-Q4")
    assert said == ""


@pytest.mark.parametrize(
    ("typed", "target", "kind"),
    [
        ("verringern", "5", "decrease"),
        ("at_most", "5", "at most"),
        ("At-Most", "5", "at most"),
        ("ja/nein", "ja", "yes/no"),
        ("oui/non", "oui", "yes/no"),
        ("Sí/No", "sí", "yes/no"),
    ],
)
def test_kinds_in_other_languages(typed, target, kind):
    baseline = "9" if kind == "decrease" else None
    row, said = one(kind=typed, target=target, baseline=baseline)
    assert row["kind"] == kind
    assert said == ""


def test_stages_and_the_values_that_name_them():
    fields = {"target": "Design 20 %, Build 50 %, Launch 30 %"}
    read, said = key_results(fields)
    assert said == []
    assert read.loc[0, ["kind", "unit", "target"]].tolist() == ["milestones", "%", 100.0]
    typed = ("Design", "design, Build", "Design, Build, Launch", "Build", "40 %", "Ship")
    measurements, findings = read_measurements(
        frame(
            *(
                record(
                    "measurements", f"m{n}", key_result="kr–1", date=date(2026, 11, n), value=value
                )
                for n, value in enumerate(typed, 1)
            )
        ),
        read,
        ZONE,
    )
    assert measurements["value"].fillna(-1).tolist() == [20, 70, 100, -1, 40, -1]
    assert "50%, this stage alone, or 70%" in findings["sentence"].iloc[0]


def values_of(*values: Any, **fields: Any) -> list[str]:
    """What is asked about a Key Result's values of one week after the other."""
    read, _ = key_results({"target": "75 %", "baseline": "42 %"} | fields)
    cells = frame(
        *(
            record("measurements", f"m{n}", key_result="KR-1", date=date(2026, 10, n), value=value)
            for n, value in enumerate(values, 1)
        )
    )
    measurements, _ = read_measurements(cells, read, ZONE)
    assert measurements["value"].notna().all()
    check_ins, _ = read_check_ins(frame(), read, WORDS, ZONE)
    found = implausible_values(read, measurements, check_ins)
    assert set(found["rule"]) <= {"implausible value"}
    return found["sentence"].tolist()


def test_a_percentage_typed_as_a_fraction_is_used_and_asked_about():
    (said,) = values_of("42 %", 45, 0.47, 49)
    assert "stands at 0.47 % on 2026-10-03" in said
    assert "45 % before" in said
    assert "was 47 % meant?" in said


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("values", "fields", "asked"),
    [
        ((45, 47, 49), {}, []),
        ((0.44,), {}, ["44 %"]),
        ((45, 4700, 49), {}, ["47 %"]),
        ((45, 0.5, 0.6, 0.7), {}, ["50 %"]),
        ((72, 0.2), {}, ["20 %"]),
        ((0, 45, 0, 47), {}, []),
        ((900, 1100, 120000), {"target": "2000", "baseline": "800"}, ["1200"]),
        ((900, 8000), {"target": "2000", "baseline": "800"}, []),
        ((76, 46327), {"target": "60 days", "baseline": "80 days"}, ["the day 2026-11-01"]),
        ((1218, 46327), {"target": "2000", "baseline": "1200"}, ["the day 2026-11-01"]),
        ((45000, 46327), {"target": "50000", "baseline": "40000"}, []),
        ((1218, 41000), {"target": "2000", "baseline": "1200"}, ["410"]),
        ((9000, 36000), {"target": "40000", "baseline": "8000"}, []),
        ((-4, -500), {"target": "-1", "baseline": "-5"}, ["-5"]),
        ((30, 60), {"target": "1000", "baseline": "0"}, []),  # an ordinary slow start
        ((40000, 60), {"target": "1000", "baseline": "0"}, ["400"]),
        ((30, 60), {"target": "1000", "baseline": None}, []),
        ((400, 390), {"target": "5", "baseline": None}, []),
        ((0.47, 49), {"target": "75 %", "baseline": None}, ["47 %"]),
        ((0.5, 0.8), {"target": "75 %", "baseline": "0 %"}, []),
        ((30, 32), {"target": "1000", "baseline": "1000"}, ["3000"]),
        (("yes", "no"), {"target": "yes", "baseline": None, "kind": "yes/no"}, []),
    ],
)
def test_jumps_of_two_orders(values, fields, asked):
    said = values_of(*values, **fields)
    assert len(said) == len(asked)
    for sentence, meant in zip(said, asked, strict=True):
        assert f"was {meant} meant?" in sentence


def test_the_end_that_a_first_value_is_compared_with_is_named_with_all_its_digits():
    (said,) = values_of(99.5, 1, target="2 %", baseline="0.995 %")
    assert "stands at 99.5 % on 2026-10-01" in said
    assert "while its baseline is 0.995 %. The value is used; was 0.995 % meant?" in said
    (said,) = values_of(40000, target="1000", baseline="0")
    assert "while its target is 1000." in said
