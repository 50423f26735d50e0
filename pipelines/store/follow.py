"""Following the store: the local copy of a process that runs for long is refreshed beside it.

What belongs here: when. What does not: how (``session``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.errors import disk_trouble, place_of_fault
from pipelines.project import Project
from pipelines.store.objects import StoreError
from pipelines.store.session import refresh
from pipelines.telemetry.log import event
from published.errors import UserError

EVERY = 30.0
"""Seconds between two looks at the store."""


@contextmanager
def following(project: Project, every: float = EVERY) -> Iterator[None]:
    """Refresh the local copy now, and every so often as long as the context lasts.

    If it cannot be refreshed, that is logged, and what is here is shown on.

    Raises:
        published.errors.UserError: It cannot be refreshed now, and nothing is here.
    """
    if project.settings.store is None:
        yield
        return
    try:
        refresh(project)
    except StoreError as error:
        if not project.paths.duckdb.is_file():
            raise
        event("state not fetched", level=logging.WARNING, error=str(error))
    ended = threading.Event()
    thread = threading.Thread(
        target=_follow, args=(project, ended, every), name="follow", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _follow(project: Project, ended: threading.Event, every: float) -> None:
    while not ended.wait(every):
        try:
            refresh(project)
        except UserError as error:
            event("state not fetched", level=logging.WARNING, error=str(error))
        except Exception as fault:  # the page goes on with what is here, and looks again
            told = disk_trouble(fault) or place_of_fault(fault)
            event("state not fetched", level=logging.WARNING, error=told)
