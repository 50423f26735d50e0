"""A number field of a Key Result's own Jira issue: its value for any day, from the change log."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.cells import Cell
from okr_model.measures.parser import parse_measure
from okr_model.progress.value_series import all_measurements, cycle_series, latest_values
from pipelines.datasets.records import Record
from pipelines.ingest.connectors import build_source
from pipelines.model.measures.declared import DeclaredMeasure
from pipelines.model.measures.own_fields import OwnFields, field_values
from tests.support.scripted_jira import Issue, ScriptedJira, number, series

VALUE = "customfield_1"
ZONE = "Asia/Kuala_Lumpur"


@pytest.fixture
def jira(tmp_path: Path) -> ScriptedJira:
    return ScriptedJira(tmp_path, zone="Europe/Berlin")


def grown() -> Issue:
    return Issue(
        "OKR-1",
        {VALUE: number(42.5)},
        [
            ("2026-10-12T10:00", VALUE, None, "10"),
            ("2026-10-20T08:00", VALUE, "10", "20"),
            ("2026-10-20T15:00", VALUE, "20", "25"),
            ("2026-11-02T23:30", VALUE, "25", "42.5"),  # the third in Berlin
        ],
    )


@pytest.mark.parametrize(
    "text", ['property "Current value"', 'field "current VALUE"', "field customfield_1"]
)
def test_the_series_has_a_value_on_every_day_on_which_it_changed(
    jira: ScriptedJira, text: str
) -> None:
    jira.night(grown())
    found = jira.measured(text)
    assert series(found) == {"10-12": 10.0, "10-20": 25.0, "11-03": 42.5}
    assert found.findings.empty
    row = found.values.iloc[-1]
    assert row["field"] == "Current value (customfield_1)"
    assert (row["source"], row["record_id"], row["url"]) == (
        *("jira", "10001", "https://jira.example/browse/OKR-1"),
    )


def test_a_value_that_never_changed_is_true_from_the_issues_creation(jira: ScriptedJira) -> None:
    jira.night(Issue("OKR-1", {VALUE: number(7)}, created="2026-10-05T23:00"))
    assert series(jira.measured(f"field {VALUE}")) == {"10-06": 7.0}


def test_a_value_from_before_the_cycle_is_true_for_its_first_day(jira: ScriptedJira) -> None:
    log = [("2026-09-02T10:00", VALUE, "3", "4"), ("2026-11-02T10:00", VALUE, "4", "5")]
    jira.night(Issue("OKR-1", {VALUE: number(5)}, log, created="2026-08-01T09:00"))
    found = series(jira.measured(f"field {VALUE}"))
    assert found == {"08-01": 3.0, "09-02": 4.0, "10-01": 4.0, "11-02": 5.0}


def test_an_emptied_field_is_unknown_from_that_day_and_never_nought(jira: ScriptedJira) -> None:
    log = [
        ("2026-10-12T10:00", VALUE, None, "10"),
        ("2026-10-14T10:00", VALUE, "10", ""),
        ("2026-10-20T10:00", VALUE, "", "12"),
        ("2026-11-03T10:00", VALUE, "12", None),
    ]
    jira.night(Issue("OKR-1", {VALUE: number(None)}, log))
    found = jira.measured(f"field {VALUE}")
    values = series(found)
    assert list(values) == ["10-12", "10-14", "10-20", "11-03"]
    assert [values["10-12"], values["10-20"]] == [10, 12]
    assert math.isnan(values["10-14"])
    assert math.isnan(values["11-03"])
    (finding,) = found.findings.to_dict("records")
    assert finding["severity"] == "error"
    assert "was emptied on 2026-11-03" in finding["sentence"]
    for day, expected in (("2026-10-13", 10), ("2026-10-15", None), ("2026-11-02", 12)):
        row = current(found.values, day)
        assert row["current_value"] == expected if expected else pd.isna(row["current_value"])
    assert current(found.values, "2026-11-28")["value_state"] == "no value"


def current(values: pd.DataFrame, day: str) -> pd.Series:
    """The current value of KR-1 as of a day."""
    key_results = pd.DataFrame(
        {
            "key_result_id": ["KR-1"],
            "cycle_id": ["2026-Q4"],
            "cycle_start": [pd.Timestamp("2026-10-01")],
            "cycle_end": [pd.Timestamp("2026-12-31")],
            "starts_on": [pd.Timestamp("2026-10-01")],
            "due_on": [pd.Timestamp("2026-12-31")],
        }
    )
    none = pd.DataFrame(
        {name: pd.Series(dtype="str") for name in ("key_result_id", "value_text", "problem")}
    ).assign(value=pd.Series(dtype="float64"), date=pd.Series(dtype="datetime64[us]"))
    rows = all_measurements(key_results, values, none)
    series_ = cycle_series(key_results, rows, dt.date.fromisoformat(day))
    return latest_values(key_results, series_).iloc[0]


def test_a_field_that_is_not_there_is_told_with_those_that_are(jira: ScriptedJira) -> None:
    jira.night(grown())
    (finding,) = jira.measured('field "Curent value"').findings.to_dict("records")
    assert "no issue that was read has a field “Curent value”" in finding["sentence"]
    assert "Current value" in finding["sentence"]


def test_the_former_name_of_a_field_is_understood(jira: ScriptedJira) -> None:
    renamed = Cell("number", "42.5", 42.5, name="Ist-Wert", address=VALUE)
    issue = grown()
    jira.night(Issue("OKR-1", {VALUE: renamed}, issue.changes))  # the log keeps the former name
    for text in ('field "Current value"', 'field "Ist-Wert"'):
        assert series(jira.measured(text)) == {"10-12": 10.0, "10-20": 25.0, "11-03": 42.5}


def test_percent_and_durations_typed_as_text_are_read(jira: ScriptedJira) -> None:
    cell = Cell("text", "40 %", name="Current value", address=VALUE)
    log = [("2026-10-12T10:00", VALUE, "25 %", "30 %"), ("2026-10-20T10:00", VALUE, "30 %", "40 %")]
    jira.night(Issue("OKR-1", {VALUE: cell}, log))
    assert series(jira.measured(f"field {VALUE}", unit="%")) == {
        "10-05": 25.0,
        "10-12": 30.0,
        "10-20": 40.0,
    }


CHANGES = st.lists(
    st.tuples(st.integers(0, 24 * 50), st.sampled_from([None, 0.0, 1.0, 2.5, 1000.0])), max_size=8
)


@pytest.mark.thorough
@settings(max_examples=40, deadline=None)
@given(first=st.sampled_from([None, 5.0]), changes=CHANGES)
def test_the_series_agrees_with_replaying_the_log_day_by_day(
    first: float | None, changes: list[tuple[int, float | None]]
) -> None:
    begun = dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)
    moments = sorted(dict(changes).items())
    log, held = [], first
    for hour, value in moments:
        at = pd.Timestamp(begun + dt.timedelta(hours=hour, minutes=1)).tz_localize(None)
        old, new = (None if one is None else f"{one:g}" for one in (held, value))
        log.append(("10001", VALUE, at, old, new))
        held = value
    columns = ["issue_id", "field_id", "at", "from_text", "to_text"]
    texts = dict.fromkeys(["issue_id", "field_id", "from_text", "to_text"], "str")
    frame = pd.DataFrame(log, columns=columns).astype(texts | {"at": "datetime64[us]"})
    record = Record("jira", "OKR", "10001", None, begun, {VALUE: number(held)})
    loaded = OwnFields(frame, {"10001": record}, {"10001": begun})
    each = DeclaredMeasure("KR-1", parse_measure(f"field {VALUE}"), 0, f"property {VALUE}")
    key_result = pd.Series({"key_result_id": "KR-1", "unit": None, "record_id": "10001"})
    known = pd.DataFrame([key_result]).astype("str")
    marks = [dt.date(2026, 10, 1), dt.date(2026, 11, 1)]
    rows, _ = field_values(each, loaded, key_result, known, marks, ZoneInfo(ZONE))
    values = list(rows[["date", "value"]].sort_values("date").itertuples(index=False, name=None))
    for day in range(60):
        last = dt.date(2026, 10, 5) + dt.timedelta(days=day)
        assert carried(values, last) == replayed(begun, first, moments, last)


def replayed(
    begun: dt.datetime, first: float | None, moments: list[tuple[int, float | None]], day: dt.date
) -> float | None:
    """What the field held at the end of a day: every change up to then, one by one."""
    end = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1) - dt.timedelta(hours=8)
    held = first if begun < end else None
    for hour, value in moments:
        if begun + dt.timedelta(hours=hour, minutes=1) < end:
            held = value
    return held


def carried(values: list[tuple[pd.Timestamp, float]], day: dt.date) -> float | None:
    """The last of the values, which are in the order of their days, up to a day."""
    past = [value for date, value in values if date <= pd.Timestamp(day)]
    return float(past[-1]) if past and pd.notna(past[-1]) else None


def test_a_measure_in_a_record_has_its_field_read_by_the_next_run(tmp_path: Path) -> None:
    jira = ScriptedJira(tmp_path)
    text = jira.settings.read_text("utf-8").replace(
        "target: To}", "target: To, measure: Measured by}"
    )
    jira.settings.write_text(text, "utf-8")
    assert build_source(jira.project, "jira")._settings.measured == ()  # type: ignore[attr-defined]
    cell = Cell(
        "text", 'field "Current value"; nonsense', name="Measured by", address="customfield_9"
    )
    jira.night(Issue("OKR-1", {"customfield_9": cell, VALUE: number(7)}))
    wanted = build_source(jira.project, "jira")._settings  # type: ignore[attr-defined]
    assert wanted.measured == ("Current value",)
    assert wanted.measured_ids == (VALUE,)
