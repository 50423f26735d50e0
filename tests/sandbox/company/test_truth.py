"""The sample company's definition: complete, free of contradictions, and true to its stories."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.company.truth import Definition, TrueValue, load

AS_OF = date(2026, 11, 28)


@pytest.fixture(scope="module")
def truth() -> Definition:
    return load()


@pytest.mark.parametrize(
    ("key_result", "value", "unit", "true_for"),
    [
        ("KR-16", 100 * 20 / 31, "%", date(2026, 11, 27)),
        ("KR-18", 8.4, "score", date(2026, 11, 27)),
        ("KR-20", 48, "count", date(2026, 11, 27)),
        ("KR-21", 3.6, "minutes", date(2026, 11, 27)),
        ("KR-26", 16.4, "%", date(2026, 11, 27)),
        ("KR-29", 7.1, "score", date(2026, 10, 23)),
        ("KR-4", 7725, "count", date(2026, 9, 25)),
    ],
)
def test_values_today(
    key_result: str, value: float, unit: str, true_for: date, truth: Definition
) -> None:
    assert truth.value(key_result, AS_OF) == TrueValue(pytest.approx(value), unit, true_for)


def test_a_median_counts_the_28_local_days_up_to_the_day(truth: Definition) -> None:
    # Resolved in November, local time: the ticket of half past midnight on the 1st is in the
    # window though it was still October in UTC, the one of an hour before is not.
    november = [
        *(16.75, 30.5, 36, 47, 50.25),
        *(32.75, 26.75, 20.75, 30.25, 57.25),
        *(17.5, 37.5, 30.75, 44.5, 32.75, 22.75),
        *(19.75, 29.25, 9.75, 15.75, 14.5, 24.75),
        2.25,
    ]
    assert truth.value("KR-17", AS_OF) == TrueValue(median(november), "hours", AS_OF)
    assert median([*november, 310]) != median(november) != median(november[:-1])


def test_a_key_result_in_days_gives_its_hours_as_days(truth: Definition) -> None:
    closing = truth.value("KR-2", date(2026, 9, 30))

    assert closing is not None
    assert closing.unit == "days"
    assert 2.5 < closing.value < 4


def test_a_cycle_starts_without_values_and_ends_with_its_last(truth: Definition) -> None:
    assert truth.value("KR-16", date(2026, 10, 1)) is None
    assert truth.value("KR-16", date(2026, 9, 30)) is None
    assert truth.value("KR-1", AS_OF) == truth.value("KR-1", date(2026, 9, 30))


@settings(max_examples=60)
@given(st.sampled_from(sorted(load().key_results)), st.integers(0, 180))
def test_a_value_is_never_from_the_future_nor_from_another_cycle(name: str, days: int) -> None:
    truth, day = load(), date(2026, 6, 20) + timedelta(days=days)
    value = truth.value(name, day)
    cycle = truth.cycle(truth.key_results[name].cycle)

    if value is not None:
        assert cycle.start <= value.true_for <= min(day, cycle.end)
    if day < cycle.start:
        assert value is None


def test_everything_referred_to_is_there(truth: Definition) -> None:
    for key_result in truth.key_results.values():
        assert truth.objectives[key_result.objective].cycle == key_result.cycle
        assert key_result.metric in truth.metrics
        assert key_result.owner is None or key_result.owner in truth.people
    for objective in truth.objectives.values():
        assert objective.owner is None or objective.owner in truth.people
        assert objective.parent is None or objective.parent in truth.objectives
    for fault in truth.faults:
        assert fault.week in truth.metrics[fault.metric].values
    assert list(truth.key_results) == [f"KR-{number}" for number in range(1, 35)]


def test_the_company_has_teams_and_cycles_of_different_kinds(truth: Definition) -> None:
    closed = [team.name for team in truth.teams if team.until and team.until < truth.as_of]
    assert (len(truth.teams), closed) == (6, ["Partnerships"])
    assert [cycle.id for cycle in truth.quarters] == ["2026-Q3", "2026-Q4"]
    running = [cycle for cycle in truth.cycles if cycle.start <= truth.as_of <= cycle.end]
    lengths = sorted((cycle.end - cycle.start).days + 1 for cycle in running)
    assert lengths == [42, 92, 365]
    for said in truth.check_ins:
        team = next((t for t in truth.teams if t.name == truth.team_of(said.key_result)), None)
        assert team is None or team.until is None or said.day <= team.until


def test_every_week_without_a_value_has_a_fault_that_says_why(truth: Definition) -> None:
    for metric in truth.metrics.values():
        if metric.place in ("metrics", "german"):
            empty = {week for week, value in metric.values.items() if value is None}
            explained = {
                fault.week
                for fault in truth.faults
                if fault.metric == metric.name
                and (fault.missing or fault.error or fault.unreadable)
            }
            assert empty == explained, metric.name


def test_every_series_covers_its_cycles_up_to_today(truth: Definition) -> None:
    for metric in truth.metrics.values():
        cycles = [one.cycle for one in truth.key_results.values() if one.metric == metric.name]
        fridays = [
            friday
            for cycle in cycles
            for friday in truth.cycle(cycle).fridays()
            if friday <= truth.as_of
        ]
        if metric.place in ("cohorts", "metrics", "german"):
            assert list(metric.values) == fridays, metric.name
        elif metric.place == "check_ins":
            assert set(metric.values) <= set(fridays), metric.name
            assert max(metric.values) >= max(fridays) - timedelta(weeks=1), metric.name


def test_nothing_happens_after_the_clock(truth: Definition) -> None:
    assert all(check_in.day <= truth.as_of for check_in in truth.check_ins)
    for metric in truth.metrics.values():
        assert all(ticket.resolved < truth.clock for ticket in metric.tickets)
    assert truth.clock.astimezone(truth.zone).date() == truth.as_of == AS_OF


def _calls(truth: Definition, key_result: str) -> list[str]:
    return [said.confidence for said in truth.check_ins_of(key_result)]


def _numbers(truth: Definition, key_result: str) -> list[float]:
    metric = truth.metrics[truth.key_results[key_result].metric]
    start = truth.cycle(truth.key_results[key_result].cycle).start
    return [value for day, value in metric.values.items() if day >= start and value is not None]


def test_the_watermelon_is_green_over_numbers_that_stand_still(truth: Definition) -> None:
    assert set(_calls(truth, "KR-20")) == {"High"}
    assert max(_numbers(truth, "KR-20")) - min(_numbers(truth, "KR-20")) < 0.1 * (120 - 45)


def test_the_early_red_was_called_in_week_three_and_turned_around(truth: Definition) -> None:
    third_week = next(
        said for said in truth.check_ins_of("KR-24") if said.day == date(2026, 10, 16)
    )
    assert third_week.confidence == "Critical"
    assert _numbers(truth, "KR-24")[-1] > 40
    assert _calls(truth, "KR-24")[-1] == "High"


def test_the_slow_decline_goes_down_while_its_target_is_up(truth: Definition) -> None:
    numbers = _numbers(truth, "KR-26")

    assert numbers[2:] == sorted(numbers[2:], reverse=True)
    assert _calls(truth, "KR-26")[0] == "High"
    assert _calls(truth, "KR-26")[-1] == "Critical"


def test_the_silent_team_has_said_nothing_for_over_four_weeks(truth: Definition) -> None:
    for name in ("KR-28", "KR-29", "KR-30"):
        assert (AS_OF - truth.check_ins_of(name)[-1].day).days > 28


def test_the_treadmill_hardly_moves_and_its_epic_gets_most_work(truth: Definition) -> None:
    assert max(_numbers(truth, "KR-22")) - min(_numbers(truth, "KR-22")) < 0.05 * (2000 - 1200)
    shares = {each.name: each.share for each in truth.initiatives if each.key}
    assert max(shares, key=lambda name: shares[name]) == "WEB-1"


def test_links_are_active_overruled_or_broken(truth: Definition) -> None:
    states = {(link.initiative, link.key_result): link.state for link in truth.links()}

    assert states["SUP-3", "KR-17"] == "active"
    assert states["SUP-3", "KR-18"] == "overruled"
    assert states["SAL-2", "KR-99"] == "broken"
    for link in truth.links():
        assert (link.state == "broken") == (link.key_result not in truth.key_results)
    assert [link.initiative for link in truth.links_of("KR-26")] == ["SAL-3"]


def test_orphans_are_found_both_ways(truth: Definition) -> None:
    orphans = truth.orphans()

    assert {"SUP-6", "SAL-2", "Brand refresh"} <= set(orphans.initiatives)
    in_q4 = [name for name in orphans.key_results if truth.key_results[name].cycle == "2026-Q4"]
    assert in_q4 == ["KR-18", "KR-30"]
