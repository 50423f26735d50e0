"""What people decide is in the store before they are told so, and stays."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import obstore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.lake.decision_log import DecisionLog
from pipelines.store import decisions
from pipelines.store.head import NewerStoreError
from pipelines.store.objects import DamagedObjectError, StoreAwayError
from tests.pipelines.store.machines import Machine, decision, in_memory


def waiting(machine: Machine) -> int:
    return len(machine.objects.names("decisions"))


def test_a_decision_outlives_the_night_of_another_machine(one: Machine, two: Machine) -> None:
    one.night(1)
    two.fetch()
    with one.holding() as held:
        two.decide("D-1")
        one.work(2)
        one.put(held)
    assert two.decided() == ["D-1"]
    assert one.decided() == []
    two.fetch()
    assert two.decided() == ["D-1"], "the newer state is without it, and it waits"
    assert waiting(two) == 1
    one.night(3)
    assert one.decided() == ["D-1"]
    assert waiting(one) == 0, "part of the state"
    two.fetch()
    assert two.decided() == ["D-1"]


def test_a_decision_is_there_as_it_was_made(one: Machine, two: Machine) -> None:
    one.decide("D-1")
    two.fetch()
    rows = [
        decisions.log_in(machine.paths.data).frame().dropna(axis="columns").to_dict("records")
        for machine in (one, two)
    ]
    assert rows[0] == rows[1] == [decision("D-1")]


def test_a_decision_that_cannot_be_kept_is_not_recorded_here(one: Machine) -> None:
    with (
        mock.patch.object(decisions, "_put", side_effect=StoreAwayError("away")),
        pytest.raises(StoreAwayError),
    ):
        one.decide("D-1")
    assert one.decided() == []


def test_what_was_decided_while_no_store_was_set_is_kept(one: Machine, two: Machine) -> None:
    one.decide("D-0")
    one.night(1)
    two.fetch()
    DecisionLog(two.paths.decisions).append([decision("D-1")])
    one.night(2)
    two.fetch()
    assert two.decided() == ["D-0", "D-1"]
    one.night(3)
    assert one.decided() == ["D-0", "D-1"]


def test_a_decision_of_a_newer_version_is_not_cut(one: Machine, two: Machine) -> None:
    one.decide("D-1")
    (name,) = one.objects.names("decisions")
    (row,) = json.loads(one.objects.read(name)[0])
    for content, error in (
        ([row | {"mood": "good"}], NewerStoreError),
        ([{"decision_id": "D-1"}], DamagedObjectError),
    ):
        decisions._READ.clear()
        obstore.put(one.objects._store, name, json.dumps(content).encode())
        with pytest.raises(error):
            two.fetch()
    decisions._READ.clear()
    obstore.put(one.objects._store, name, json.dumps([row | {"mood": None}]).encode())
    two.fetch()
    assert two.decided() == ["D-1"]


STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(["decide", "fetch", "night", "lost night"])),
    max_size=7,
)


@pytest.mark.thorough
@settings(max_examples=8, deadline=None)
@given(STEPS)
def test_no_decision_is_lost_or_there_twice(steps: list[tuple[int, str]]) -> None:
    objects = in_memory()
    made: list[str] = []
    with TemporaryDirectory() as folder:
        machines = [Machine(Path(folder) / str(number), objects) for number in (0, 1)]
        for number, (at, what) in enumerate(steps):
            machine = machines[at]
            if what == "decide":
                made.append(f"D-{number}")
                machine.decide(made[-1])
            elif what == "fetch":
                machine.fetch()
            else:
                with machine.holding() as held:
                    machine.work(number, tables=("lake/issues",))
                    if what == "night":
                        machine.put(held)
        for machine in machines:
            machine.fetch()
            assert machine.decided() == sorted(made)
