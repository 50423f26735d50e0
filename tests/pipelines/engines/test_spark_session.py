"""What is said where Spark is not there; nothing here starts one."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from pipelines.engines import spark_session as session
from pipelines.settings.operation import SparkSettings


@pytest.mark.parametrize(
    ("address", "packages", "java", "said"),
    [
        ("local[*]", (), 21, "needs the package pyspark. Run pip install 'okr-sync[spark]'"),
        ("local[*]", ("pyspark",), None, "needs Java 17 or newer, and there is none."),
        ("spark://a:7077", ("pyspark",), 11, "needs Java 17 or newer, and there is Java 11."),
        ("sc://a", ("pyspark", "grpc"), None, "Spark Connect needs grpc_status, zstandard."),
    ],
)
def test_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    packages: tuple[str, ...],
    java: int | None,
    said: str,
) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: name if name in packages else None)
    monkeypatch.setattr(session, "java_version", lambda: java)
    with pytest.raises(session.SparkError, match=re.escape(said)):
        session.spark_session(address)


@pytest.mark.parametrize("address", ["local", "local[4]", "spark://a:7077", "yarn", "sc://a:15002"])
def test_addresses_of_spark(address: str) -> None:
    assert SparkSettings(address=address).address == address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("localhost", "expected local"),
        ("http://a:8080", "expected local"),
        ("sc://a:15002/;token=abc", "SPARK_CONNECT_AUTHENTICATE_TOKEN"),
    ],
)
def test_what_is_no_address_of_spark(address: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SparkSettings(address=address)
