"""The damages of ``python -m benchmarks damages``, each against the night before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.faults.damage_scripts import DAMAGES, Damage
from benchmarks.faults.damages import Ended, Ward, table
from tests.support.company import dagster_in_memory

pytestmark = pytest.mark.night


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    with dagster_in_memory(), Ward(tmp_path_factory.mktemp("damages"), issues=120) as ward:
        yield ward


@pytest.fixture(scope="module")
def ended() -> Iterator[dict[str, Ended]]:
    """What came of each; printed in the end, for those who look with ``pytest -s``."""
    found: dict[str, Ended] = {}
    yield found
    print(f"\n{table(found)}")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(damage, marks=[] if number % 24 == 0 else pytest.mark.matrix)
        for number, damage in enumerate(DAMAGES)
    ],
    ids=lambda damage: damage.name,
)
def test_no_damage_gives_a_wrong_number_or_a_silent_loss(
    ward: Ward, ended: dict[str, Ended], damage: Damage
) -> None:
    end = ended[damage.name] = ward.run(damage)
    assert end.wrong == ()
    assert end.silent == ()
    assert end.exit_code == damage.exit_code, end.said
    assert damage.mentions in end.said
    assert set(damage.stale) <= set(end.stale), end.stale
    if damage.exit_code == 3:
        assert end.stale or damage.name == "a new dataset is misspelt"


def test_there_are_thirty_at_least_and_their_names_tell_them_apart() -> None:
    assert len({damage.name for damage in DAMAGES}) == len(DAMAGES) >= 30
