"""What steps cost."""

import json
import os

import numpy as np
import pytest

from pipelines.telemetry.meter import Cost, Meter, as_json, most_memory, with_pull


def test_a_step_has_seconds_and_the_memory_it_held_at_most() -> None:
    meter = Meter()
    with meter.step("large"):
        held = np.ones(10_000_000)
        assert held.sum()
        del held
    with meter.step("small"):
        pass
    large, small = meter.steps.values()
    assert list(meter.steps) == ["large", "small"]
    assert 0 <= small.seconds <= large.seconds
    assert large.peak_memory
    assert small.peak_memory
    if os.access("/proc/self/clear_refs", os.W_OK):
        assert large.peak_memory > small.peak_memory + 60_000_000


def test_a_step_that_fails_is_measured() -> None:
    meter = Meter()
    with pytest.raises(ValueError, match="no"), meter.step("content"):
        raise ValueError("no")
    assert meter.steps["content"].seconds >= 0


def test_a_pull_of_another_process_is_as_long_as_its_longest_source() -> None:
    attempts = [{"seconds": 2.5, "peak_memory": 10}, {"seconds": 1.0, "peak_memory": 30}, {}]
    steps = with_pull({"content": Cost(1.0, 20)}, attempts)
    assert steps == {"pull": Cost(2.5, 30), "content": Cost(1.0, 20)}
    assert most_memory(steps) == 30
    assert json.loads(as_json(steps))["content"] == {"seconds": 1.0, "peak_memory": 20}
    mine = {"pull": Cost(9.0, None)}
    assert with_pull(mine, attempts) == mine
    assert with_pull({}, [{}]) == {}
    assert most_memory(mine) is None
