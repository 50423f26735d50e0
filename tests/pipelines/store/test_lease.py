"""One machine at a time; and one that lost the lease can change nothing, whatever clocks say."""

from __future__ import annotations

import time
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipelines.lake.run_lock import AlreadyRunningError
from pipelines.store import lease
from pipelines.store.head import Head, Switch, read_head
from pipelines.store.lease import Held, LostLeaseError, release, take_lease
from pipelines.store.objects import LostRaceError, Objects, StoreAwayError
from tests.pipelines.store.machines import in_memory, silent


def take(objects: Objects, *, patience: float = 0, own: str | None = None) -> Held:
    return take_lease(objects, patience=patience, own=own, report=silent)


def head_of(objects: Objects) -> Head:
    found = read_head(objects)
    assert found is not None
    return found[0]


def die(held: Held) -> None:
    """End as a killed process does: without giving back."""
    held._ended.set()
    held._thread.join()


def raised(head: Head) -> Head:
    return replace(head, generation=head.generation + 1)


def test_a_machine_that_is_at_work_is_left_alone(objects: Objects) -> None:
    held = take(objects)
    with pytest.raises(AlreadyRunningError, match="okr store release"):
        take(objects)
    held.give_back()
    second = take(objects)
    second.give_back()
    assert head_of(objects).lease is None


def test_who_is_patient_gets_it_when_it_is_given_back(objects: Objects) -> None:
    held = take(objects)
    from threading import Timer

    timer = Timer(0.5, held.give_back)
    timer.start()
    take(objects, patience=30).give_back()
    timer.join()


def test_the_lease_of_a_dead_process_is_taken_after_its_time(objects: Objects) -> None:
    dead = take(objects)
    die(dead)
    begun = time.monotonic()
    held = take(objects)
    assert time.monotonic() - begun >= lease.SECONDS
    with pytest.raises(LostLeaseError):
        dead.switch(raised)
    assert held.switch(raised).generation == 1
    held.give_back()


def test_the_own_lease_of_an_ended_process_is_taken_at_once(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "SECONDS", 1000.0)
    dead = take(objects)
    die(dead)
    take(objects, own=dead.lease.token).give_back()


def test_a_lease_is_taken_away_by_hand(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    assert release(objects) is None
    monkeypatch.setattr(lease, "SECONDS", 1000.0)
    dead = take(objects)
    found = release(objects)
    assert found is not None
    assert found.holder == dead.lease.holder
    assert release(objects) is None
    take(objects).give_back()
    with pytest.raises(LostLeaseError, match="okr store release"):
        dead.switch(raised)
    die(dead)


def test_a_holder_renews_although_the_store_is_away_for_a_while(objects: Objects) -> None:
    away = StoreAwayError("away")
    held = take(objects)
    with mock.patch.object(Objects, "replace", side_effect=away):
        time.sleep(lease.SECONDS / 2)
        with pytest.raises(StoreAwayError):
            held.switch(raised)
    assert held.switch(raised).generation == 1
    held.give_back()


@pytest.mark.parametrize("asked_again", [False, True])
def test_a_switch_whose_answer_is_lost_is_told_from_one_of_another(
    objects: Objects, *, asked_again: bool
) -> None:
    put = Objects.replace
    switch = Switch(objects, None, None)
    switch.to(lambda head: head)

    def unheard(self: Objects, name: str, content: bytes, tag: str) -> str:
        put(self, name, content, tag)
        # The library asks again by itself, and then is told that the tag is another.
        raise LostRaceError("lost") if asked_again else StoreAwayError("away")

    with mock.patch.object(Objects, "replace", unheard):
        if asked_again:
            assert switch.to(raised).generation == 1
        else:
            with pytest.raises(StoreAwayError):
                switch.to(raised)
    assert head_of(objects).generation == 1
    assert switch.to(raised).generation == 2, "goes on from the switch that was not heard of"
    assert head_of(objects).generation == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["read", "switch", "deaf"]))))
def test_every_head_follows_from_the_one_before(steps: list[tuple[int, str]]) -> None:
    """Three machines that read and switch in any order, some of whose answers are lost."""
    objects = in_memory()
    known: dict[int, Switch] = {}
    put, created = Objects.replace, Objects.create
    switched: list[int] = []

    def deaf(self: Objects, *given: object) -> str:
        (put if len(given) == 3 else created)(self, *given)  # type: ignore[operator]
        raise StoreAwayError("away")

    for machine, what in steps:
        if what == "read" or machine not in known:
            head, tag = read_head(objects) or (None, None)
            known[machine] = Switch(objects, head, tag)
        if what == "read":
            continue
        before = read_head(objects)
        try:
            if what == "deaf":
                with (
                    mock.patch.object(Objects, "replace", deaf),
                    mock.patch.object(Objects, "create", deaf),
                ):
                    known[machine].to(raised)
            else:
                known[machine].to(raised)
        except LostRaceError:
            assert read_head(objects) == before
            continue
        except StoreAwayError:
            pass
        after = head_of(objects).generation
        assert after - (before[0].generation if before else 0) in (0, 1)
        switched.append(after)
    assert switched == sorted(switched)
