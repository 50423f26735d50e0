"""What steps cost."""

import numpy as np
import pytest

from pipelines.telemetry.meter import Meter


def test_a_step_has_seconds_and_the_memory_it_held_at_most() -> None:
    meter = Meter()
    with meter.step("large"):
        held = np.ones(40_000_000)
        assert held.sum()
        del held
    with meter.step("small"):
        pass
    large, small = meter.steps.values()
    assert list(meter.steps) == ["large", "small"]
    assert 0 <= small.seconds <= large.seconds
    assert large.peak_memory
    assert large.peak_memory > 320_000_000


def test_a_step_that_fails_is_measured() -> None:
    meter = Meter()
    with pytest.raises(ValueError, match="no"), meter.step("content"):
        raise ValueError("no")
    assert meter.steps["content"].seconds >= 0
