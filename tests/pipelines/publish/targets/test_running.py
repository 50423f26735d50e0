"""The Key Results that a target for people holds."""

from __future__ import annotations

from pipelines.publish.targets.running import running_key_results
from tests.support.published.running_key_results import kr, publish


def test_levels_are_called_as_the_organization_does() -> None:
    run = publish(
        1, kr(1, stated_confidence="low", computed_confidence="medium"), kr(2), kr(3, cycle_id="Q5")
    )
    rows = running_key_results(run, ("High", "Challenge", "Critical"))
    calls = [(row["stated_confidence"], row["computed_confidence"]) for row in rows]
    assert calls == [("Critical", "Challenge"), (None, None), (None, None)]
