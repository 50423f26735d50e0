"""Fixtures that several rooms share: a company before its first night, and after it."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from pipelines.text_storage import hold_texts_as_strings
from published.tables import held_open
from sandbox.server import Sandbox
from tests.support.company import Company, FirstNight, company

# No test may depend on how fast the machine is.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
hold_texts_as_strings()  # as every process of okr-sync does
# Likewise: with the default thresholds, collecting garbage takes a twentieth of the suite.
gc.set_threshold(100_000, 20, 100)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One worker more than there are cores: they wait a sixth of their time, as for a browser."""
    return (yield) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs the sample company's night is a night, and left out by ``make check``.

    Files with nights come first: they take the longest, and a worker that begins one when nothing
    else is left keeps the others waiting for it.
    """
    for item in items:
        if {"published", "address", "page_after"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.night)
    with_nights = {item.path for item in items if item.get_closest_marker("night")}
    items.sort(key=lambda item: item.path not in with_nights)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company after its first night; tests must not change it.

    Whichever worker needs it first lets ``okr sync`` run; the others find its folder, and each has
    services of its own beside it.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "published"
    with Sandbox(issues=1500) as box:
        one = Company(box, folder)
        with FileLock(f"{folder}.lock"):
            if not (folder / "data" / "published.duckdb").exists():
                box.write_settings(folder)
                done = one.okr("sync")
                assert done.returncode == 0, done.stdout + done.stderr
        with held_open(folder / "data" / "published.duckdb"):  # which is half of reading a table
            yield one


@pytest.fixture(scope="session")
def address() -> Iterator[socket.socket]:
    """Where the services of one test after the other listen: addresses are in what is read."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def fresh(address: socket.socket, tmp_path: Path) -> Iterator[Company]:
    """A company of one's own, before its first night."""
    yield from company(tmp_path, address)


@pytest.fixture(scope="session")
def first_night(address: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> FirstNight:
    """A first night to begin with, again and again."""
    return FirstNight(address, tmp_path_factory.mktemp("first-night"))


@pytest.fixture
def after_first_night(first_night: FirstNight) -> Iterator[Company]:
    """A company of one's own, after its first night."""
    with first_night.restored() as one:
        yield one
