"""The pulls of ``python -m benchmarks servers``, from a server that does its worst."""

import pytest

from benchmarks.hostile.behaviours import behaviours
from benchmarks.hostile.servers import attack, table


@pytest.mark.matrix
def test_every_pull_from_a_malicious_server_ends_in_a_sentence_and_in_time() -> None:
    ended = attack()
    print(f"\n{table(ended)}")
    assert {key: end.broken for key, end in ended.items() if end.broken} == {}
    assert len({behaviour for behaviour, _ in ended}) >= 28


@pytest.mark.thorough
@pytest.mark.parametrize("only", ["a body at a byte a time", "unpacks to", "sent back"])
def test_the_deadline_the_size_and_the_secret_hold_for_every_client(only: str) -> None:
    assert only in " ".join(behaviours(""))
    assert {key: end.broken for key, end in attack(only).items() if end.broken} == {}
