"""Addresses at which there is no Postgres: a sentence, and no credential in it."""

from __future__ import annotations

import socket

import pytest

from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.postgres.target import PostgresTarget
from pipelines.publish.targets.published_run import PublishedRun

Runs = tuple[PublishedRun, PublishedRun]


def test_an_address_without_a_server_is_a_sentence_without_credentials(runs: Runs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    target = PostgresTarget("w", f"postgresql://ada:v3ry-s3cret@127.0.0.1:{port}/x", "okr", ())
    with pytest.raises(TargetError, match="Postgres cannot be reached") as refused:
        target.write(runs[0])
    assert "s3cret" not in str(refused.value)
    assert target.place == f"127.0.0.1:{port}/x.okr"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("${OKR_WAREHOUSE}", "The environment variable OKR_WAREHOUSE is not set."),
        ("", "The file of the url is missing or empty."),
        ("ada:v3ry-s3cret@host/x", "The url is no address of Postgres."),
        ("postgresql://ada:v3ry-s3cret@host/x?nonsense=1", "The url is no address of Postgres."),
    ],
)
def test_an_address_that_is_none_is_a_sentence(runs: Runs, url: str, said: str) -> None:
    target = PostgresTarget("w", url, "okr", ())
    with pytest.raises(TargetError) as refused:
        target.write(runs[0])
    assert str(refused.value).startswith(said)
    assert "s3cret" not in f"{refused.value} {target.place}"
