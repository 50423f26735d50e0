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


class Following:
    """How it goes.

    Attributes:
        trouble: Why the last look failed, in a sentence; empty if it did not.
    """

    trouble = ""

    def failed(self, why: str) -> None:
        """The last look failed; what is here is shown on."""
        self.trouble = why
        event("state not fetched", level=logging.WARNING, error=why)


@contextmanager
def following(project: Project, every: float = EVERY) -> Iterator[Following]:
    """Refresh the local copy now, and every so often as long as the context lasts.

    If it cannot be refreshed, that is logged and known, and what is here is shown on.

    Raises:
        published.errors.UserError: It cannot be refreshed now, and nothing is here.
    """
    found = Following()
    if project.settings.store is None:
        yield found
        return
    try:
        refresh(project)
    except StoreError as error:
        if not project.paths.duckdb.is_file():
            raise
        found.failed(str(error))
    ended = threading.Event()
    thread = threading.Thread(
        target=_follow, args=(project, found, ended, every), name="follow", daemon=True
    )
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _follow(project: Project, found: Following, ended: threading.Event, every: float) -> None:
    while not ended.wait(every):
        try:
            refresh(project)
        except UserError as error:
            found.failed(str(error))
        except Exception as fault:  # the page goes on with what is here, and looks again
            found.failed(disk_trouble(fault) or place_of_fault(fault))
        else:
            found.trouble = ""
