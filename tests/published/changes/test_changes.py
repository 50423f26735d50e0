"""What changed between two runs: rows, figures, and why."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.published.nights import PublishedNights

MONDAY = dt.date(2026, 11, 2)
DAYS = [MONDAY + dt.timedelta(days=n) for n in range(7)]


def key_result(key: str, value: float | None, day: dt.date | None, **more: Any) -> dict[str, Any]:
    """A row as a night publishes it: the value and what follows from it."""
    told: dict[str, Any] = {
        "key_result_id": key,
        "record_id": key,
        "statement": f"The statement of {key}",
        "kind": "increase",
        "unit": "count",
        "baseline": 0.0,
        "baseline_source": "declared",
        "target": 100.0,
        "current_value": value,
        "current_value_at": day,
        "current_value_seen_at": day and dt.datetime.combine(day, dt.time(0, 30), dt.UTC),
        "value_source": "weekly.csv, value",
        "value_state": "no value" if value is None else "measured",
        "progress_state": "computed",
        "evidence_state": "enough",
        **more,
    }
    if value is not None and "progress" not in more:
        way = told["target"] - told["baseline"]
        told["progress"] = min(max((value - told["baseline"]) / way, 0.0), 1.0)
    return told


def link(initiative: str, key: str, state: str = "active") -> dict[str, Any]:
    return {
        "initiative_id": f"jira:{initiative}",
        "initiative": initiative,
        "key_result_id": key,
        "state": state,
        "rule": "field",
        "confidence": "high",
        "record_id": initiative,
    }


def work(initiative: str) -> dict[str, Any]:
    names = {"initiative_id": f"jira:{initiative}", "initiative": initiative}
    return {**names, "record_id": initiative}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> PublishedNights:
    """A week in which something else happens every day."""
    one = PublishedNights(tmp_path_factory.mktemp("week"))
    same = {"version": "0.1.0", "code": "c1", "settings": "s1"}
    low = {"computed_confidence": "low", "attainment_probability": 0.2}
    both = [work("SUP-1"), work("SUP-2")]
    one.night(
        DAYS[0],
        same,
        key_results=[
            key_result("KR-1", 40.0, DAYS[0], **low),
            key_result("KR-2", None, None),
            key_result("KR-3", 1.0, DAYS[0]),
        ],
        initiatives=both,
        links=[link("SUP-1", "KR-1")],
    )
    # A value is read; the chance goes with it, and another Key Result has its first value.
    medium = {"computed_confidence": "medium", "attainment_probability": 0.5}
    one.night(
        DAYS[1],
        same,
        key_results=[key_result("KR-1", 50.0, DAYS[1], **medium), key_result("KR-2", 5.0, DAYS[1])],
        initiatives=both,
        links=[link("SUP-1", "KR-1")],
    )
    # Nothing but a day goes by; then the target is raised, and work is linked instead of other.
    later = medium | {"attainment_probability": 0.45}
    one.night(
        DAYS[2],
        same,
        key_results=[key_result("KR-1", 50.0, DAYS[1], **later), key_result("KR-2", 5.0, DAYS[1])],
        initiatives=both,
        links=[link("SUP-1", "KR-1")],
    )
    raised = later | {"target": 125.0, "attainment_probability": 0.25}
    one.night(
        DAYS[3],
        same,
        key_results=[key_result("KR-1", 50.0, DAYS[1], **raised), key_result("KR-2", 5.0, DAYS[1])],
        initiatives=both,
        links=[link("SUP-2", "KR-1")],
    )
    # Other settings move a figure that is read as before.
    judged = raised | {"computed_confidence": "low", "stated_confidence": "high"}
    one.night(
        DAYS[4],
        same | {"settings": "s2"},
        key_results=[key_result("KR-1", 50.0, DAYS[1], **judged), key_result("KR-4", 1.0, DAYS[4])],
        initiatives=both,
        links=[link("SUP-2", "KR-1")],
    )
    return one


def answer(nights: PublishedNights, *words: str) -> dict[str, Any]:
    done = nights.okr(*words, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def week(nights: PublishedNights) -> dict[str, Any]:
    """From the first night to the last one."""
    return answer(nights, "diff", "run-1", "run-5")


def figures(found: dict[str, Any], key: str) -> dict[str, Any]:
    (one,) = [row for row in found["key_results"] if row["key_result_id"] == key]
    return {row["figure"]: row for row in one["figures"]}


def parts(movement: dict[str, Any]) -> dict[tuple[str, ...], float]:
    return {tuple(part["why"]): round(part["change"], 9) for part in movement["parts"]}


def test_each_part_of_a_movement_has_its_cause_and_they_add_up(week: dict[str, Any]) -> None:
    moved = figures(week, "KR-1")
    assert parts(moved["current_value"]) == {("new value",): 10.0}
    assert parts(moved["progress"]) == {("new value",): 0.1, ("new target",): -0.1}
    assert parts(moved["attainment_probability"]) == {
        ("new value",): 0.3,
        ("new target",): -0.2,
        ("new day",): -0.05,
    }
    for movement in moved.values():
        assert sum(part["change"] for part in movement["parts"]) == pytest.approx(
            movement["change"]
        )
        assert movement["change"] == pytest.approx(movement["after"] - movement["before"])


def test_a_movement_that_was_undone_is_told_with_both_parts(week: dict[str, Any]) -> None:
    # Progress went up by a value and down by a target: the same figure stands at both ends.
    moved = figures(week, "KR-1")["progress"]
    assert (moved["before"], moved["after"], moved["change"]) == (0.4, 0.4, 0.0)
    assert parts(moved) == {("new value",): 0.1, ("new target",): -0.1}


def test_levels_and_links_are_told_by_the_day(week: dict[str, Any]) -> None:
    (one,) = [row for row in week["key_results"] if row["key_result_id"] == "KR-1"]
    names = ("level", "day", "before", "after", "why")
    assert [tuple(row[name] for name in names) for row in one["levels"]] == [
        ("computed_confidence", "2026-11-03", "low", "medium", ["new value"]),
        ("computed_confidence", "2026-11-06", "medium", "low", ["new check-in", "new settings"]),
        ("stated_confidence", "2026-11-06", None, "high", ["new check-in"]),
    ]
    assert one["links"] == [
        {"initiative": "SUP-2", "day": "2026-11-05", "what": "new link"},
        {"initiative": "SUP-1", "day": "2026-11-05", "what": "lost link"},
    ]
    assert week["with_what"] == ["settings"]


def test_what_was_not_known_has_no_difference(nights: PublishedNights) -> None:
    found = answer(nights, "diff", "run-1", "run-3")
    value = figures(found, "KR-2")["current_value"]
    assert (value["before"], value["after"]) == (None, 5.0)
    assert (value["change"], value["parts"]) == (None, [])
    assert value["why"] == ["new value"]


def test_key_results_come_and_go(week: dict[str, Any]) -> None:
    states = {row["key_result_id"]: row["state"] for row in week["key_results"]}
    assert states == {"KR-1": "there", "KR-2": "gone", "KR-3": "gone", "KR-4": "new"}
    tables = {row["table"]: row for row in week["tables"]}
    assert tables["key_results"]["added"] == ["KR-4 · 2026-Q4"]
    assert tables["key_results"]["gone"] == ["KR-2 · 2026-Q4", "KR-3 · 2026-Q4"]
    assert tables["key_results"]["changed"]["target"] == 1
    assert tables["links"]["added"] == ["jira:SUP-2 · KR-1"]
    assert tables["links"]["gone"] == ["jira:SUP-1 · KR-1"]
    assert "initiatives" not in tables
    assert week["not_kept"] == []


def test_the_other_way_round_everything_is_turned(nights: PublishedNights) -> None:
    tables = {row["table"]: row for row in answer(nights, "diff", "run-5", "run-1")["tables"]}
    assert tables["links"]["added"] == ["jira:SUP-1 · KR-1"]


def test_between_a_run_and_itself_nothing_changed(nights: PublishedNights) -> None:
    found = answer(nights, "diff", "run-3", "run-3")
    assert (found["key_results"], found["tables"], found["with_what"]) == ([], [], [])


def test_changes_go_to_the_newest_run(nights: PublishedNights) -> None:
    nights.pin(DAYS[5])
    found = answer(nights, "changes", "--since", "wednesday")
    assert (found["from"]["run_id"], found["to"]["run_id"]) == ("run-3", "run-5")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("changes", "--since", "2026-10-31"), "The first is 2026-11-02."),
        (("diff", "run-1", "run-9"), "no run 'run-9' is published."),
    ],
)
def test_what_is_not_published_is_told_in_a_sentence(
    nights: PublishedNights, words: tuple[str, ...], told: str
) -> None:
    nights.pin(DAYS[5])
    done = nights.okr(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_text_has_the_figures_and_their_causes(nights: PublishedNights) -> None:
    shown = nights.okr("diff", "run-1", "run-5").stdout
    for line in (
        "From Mon 2 Nov 2026 (run run-1) to Fri 6 Nov 2026 (run run-5)",
        "Computed with others: settings",
        "  KR-1 · 2026-Q4  The statement of KR-1",
        "    value     40 → 50  +10",
        "      new value +10 (3 Nov)",
        "      new day −5 points (4 Nov)",
        "    said      – → High (6 Nov): new check-in",
        "    lost link 5 Nov 2026: SUP-1",
        "  KR-4 · 2026-Q4 · new  The statement of KR-4",
        "  links: added 1, gone 1",
    ):
        assert line in shown.splitlines(), shown


def test_tables_whose_rows_are_no_longer_kept_are_named(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    one.night(
        DAYS[0],
        key_results=[key_result("KR-1", 1.0, DAYS[0])],
        initiatives=[work("SUP-1")],
        links=[link("SUP-1", "KR-1")],
    )
    one.night(DAYS[1], key_results=[key_result("KR-1", 2.0, DAYS[1])])
    for file in (one.history / "links").glob("*.parquet"):
        file.unlink()
    found = answer(one, "diff", "run-1", "run-2")
    assert found["not_kept"] == ["links"]
    assert parts(figures(found, "KR-1")["current_value"]) == {("new value",): 1.0}


def test_a_table_that_an_earlier_version_did_not_publish_is_named(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    one.night(DAYS[0])
    with duckdb.connect(str(one.duckdb)) as connection:
        connection.execute("DROP TABLE okr.cycles")
    assert answer(one, "diff", "run-1", "run-1")["not_kept"] == ["cycles"]


def test_a_reading_that_only_moved_is_no_new_reading(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    places = ("files, value (weekly.csv:2)", "files, value (weekly.csv:3)", "check-in, value")
    for day, place, chance in zip(DAYS, places, (0.4, 0.3, 0.2), strict=False):
        same = {"value_source": place, "attainment_probability": chance}
        one.night(day, key_results=[key_result("KR-1", 40.0, DAYS[0], **same)])
    moved = figures(answer(one, "diff", "run-1", "run-3"), "KR-1")["attainment_probability"]
    assert parts(moved) == {
        ("new day",): -0.1,
        ("new reading",): -0.1,
    }


def test_a_day_that_was_computed_again_since_is_no_reason(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    one.night(DAYS[0], key_results=[key_result("KR-1", 1.0, DAYS[0])])
    one.night(DAYS[1], key_results=[key_result("KR-1", 7.0, DAYS[1])])
    # Later, the first day is computed again: what is known of it is younger than the second day.
    later = {"kind": "rebuild", "started_at": dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)}
    one.night(DAYS[0], later, key_results=[key_result("KR-1", 2.0, DAYS[0])])
    one.night(DAYS[2], key_results=[key_result("KR-1", 7.0, DAYS[1])])
    found = answer(one, "diff", "run-1", "run-4")
    assert parts(figures(found, "KR-1")["current_value"]) == {("new value",): 6.0}


def test_a_day_published_twice_is_compared_as_each_run_published_it(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    gone = key_result("KR-2", 1.0, DAYS[0])
    one.night(DAYS[0], key_results=[key_result("KR-1", 1.0, DAYS[0]), gone])
    one.night(DAYS[0], key_results=[key_result("KR-1", 7.0, DAYS[0])])
    one.night(DAYS[1], key_results=[key_result("KR-1", 7.0, DAYS[0], target=140.0)])
    again = answer(one, "diff", "run-1", "run-2")
    assert figures(again, "KR-1")["current_value"]["change"] == 6.0
    assert {row["key_result_id"]: row["state"] for row in again["key_results"]} == {
        "KR-1": "there",
        "KR-2": "gone",
    }
    moved = figures(answer(one, "diff", "run-2", "run-3"), "KR-1")
    assert list(moved) == ["progress"]
    assert parts(moved["progress"]) == {("new target",): -0.02}


def test_rows_that_a_second_run_of_the_day_leaves_are_not_new(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    same, other = key_result("KR-1", 1.0, DAYS[0]), key_result("KR-2", 1.0, DAYS[0])
    raised = key_result("KR-2", 1.0, DAYS[0], target=80.0)
    one.night(DAYS[0], key_results=[same, other])
    one.night(DAYS[0], {"settings": "s2"}, key_results=[same, raised])
    one.night(DAYS[0], key_results=[same, raised, key_result("KR-3", 1.0, None)])
    told = {
        ("run-1", "run-2"): {"KR-2": "there"},
        ("run-2", "run-3"): {"KR-3": "new"},
    }
    # The second time what each run wrote is no longer kept, but for the accumulated tables.
    for _ in range(2):
        for (first, last), states in told.items():
            found = answer(one, "diff", first, last)["key_results"]
            assert {row["key_result_id"]: row["state"] for row in found} == states, (first, last)
        for file in (one.history / "key_results").glob("*.parquet"):
            file.unlink()


@pytest.mark.thorough
def test_rows_that_all_name_a_later_run_are_not_new(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    for _ in range(2):
        one.night(DAYS[0], key_results=[key_result("KR-1", 1.0, DAYS[0])])
    with duckdb.connect(str(one.duckdb)) as connection:  # as an earlier version published them
        connection.execute("UPDATE okr.key_results_daily SET run_id = 'run-2'")
    for file in (one.history / "key_results").glob("*.parquet"):
        file.unlink()
    assert answer(one, "diff", "run-1", "run-2")["key_results"] == []


@pytest.mark.thorough
def test_a_day_computed_again_since_is_no_step_from_a_run_to_itself(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    one.night(DAYS[0], key_results=[key_result("KR-1", 1.0, DAYS[0], target=90.0)])
    one.night(DAYS[1], key_results=[key_result("KR-1", 7.0, DAYS[1])])
    for number in range(2):
        again = key_result("KR-1", 2.0 + number, DAYS[0], target=80.0)
        one.night(DAYS[0], {"kind": "rebuild"}, key_results=[again])
    for run in ("run-1", "run-4"):
        found = answer(one, "diff", run, run)
        assert (found["key_results"], found["tables"]) == ([], [])
    moved = figures(answer(one, "diff", "run-1", "run-2"), "KR-1")
    assert parts(moved["current_value"]) == {("new value",): 6.0}
    assert {day for part in moved["progress"]["parts"] for day in part["days"]} == {"2026-11-03"}
