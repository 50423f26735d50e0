"""The nightly schedule: once per local day, whatever the clocks do and however long it was down."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.schedule import DAY_TAG, _request, is_retried, publish_after

_ZONES = [
    "Europe/Berlin",  # an hour at 02:00
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Africa/Cairo",  # at midnight
    "America/Santiago",  # at midnight, in the other half of the year
    "Asia/Kuala_Lumpur",  # never
]


@pytest.mark.parametrize("zone", _ZONES)
@pytest.mark.parametrize("at", ["00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "23:30"])
def test_dagster_starts_a_night_once_per_local_day_of_a_year(zone: str, at: str) -> None:
    hour, minute = map(int, at.split(":"))
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    times = schedule_execution_time_iterator(
        start.timestamp(), f"{minute} {hour} * * *", zone, ascending=True
    )
    nights = [
        time.astimezone(ZoneInfo(zone)).date() for time, _ in zip(times, range(366), strict=False)
    ]
    assert Counter(nights) == Counter(nights[0] + dt.timedelta(days=n) for n in range(366))


def test_a_night_is_started_once_however_often_it_is_asked_for() -> None:
    day = dt.date(2026, 10, 25)
    first, again = _request(day, day, "02:30"), _request(day, day, "02:30")
    assert isinstance(first, dg.RunRequest)
    assert isinstance(again, dg.RunRequest)
    assert first.run_key == again.run_key == "2026-10-25"
    assert first.tags == {DAY_TAG: "2026-10-25"}


def test_a_night_missed_on_an_earlier_day_is_not_caught_up_beside_the_day_s_own() -> None:
    skipped = _request(dt.date(2026, 10, 24), dt.date(2026, 10, 26), "02:30")
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == (
        "The night of 2026-10-24 was missed: the daemon was not running. It is 2026-10-26 now, "
        "whose own run starts at 02:30; to run at once, start the job or okr sync."
    )


@pytest.fixture
def jobs() -> tuple[dg.JobDefinition, dg.JobDefinition]:
    @dg.op
    def lost() -> None:
        raise RuntimeError

    @dg.op
    def fine() -> None:
        return

    @dg.job(name="sync_sources")
    def sync() -> None:
        lost()

    @dg.job(name="publish")
    def publish() -> None:
        fine()

    return sync, publish


@pytest.mark.parametrize(("retried", "follows"), [("true", False), ("false", True), (None, True)])
def test_publishing_follows_a_failed_reading_that_is_not_started_again(
    retried: str | None, follows: bool, jobs: tuple[dg.JobDefinition, dg.JobDefinition]
) -> None:
    tags = {DAY_TAG: "2026-10-25"} | ({"dagster/will_retry": retried} if retried else {})
    [_, after_failure] = publish_after(*jobs)
    with dg.DagsterInstance.ephemeral() as instance:
        done = jobs[0].execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        [event] = [event for event in done.all_events if event.is_failure and not event.step_key]
        context = dg.build_run_status_sensor_context(
            "publish_after_failure", event, instance, done.dagster_run
        )
        asked = after_failure(context)
    assert is_retried(done.dagster_run) is not follows
    assert isinstance(asked, dg.RunRequest if follows else dg.SkipReason)
    if isinstance(asked, dg.RunRequest):
        assert asked.tags == {DAY_TAG: "2026-10-25"}
