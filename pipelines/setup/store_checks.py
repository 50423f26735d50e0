"""What ``okr doctor`` checks of the object store that holds the state.

What belongs here: the check. What does not: how a store is tried out (``store.status``).
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.project import Project
from pipelines.setup.checks import Check, Line
from pipelines.store.objects import open_objects
from pipelines.store.status import status_of, try_out


def check_store(project: Project) -> Iterator[Line]:
    """Whether the store can be used as a night needs it, and what it holds.

    Raises:
        pipelines.store.objects.StoreError: It cannot.
    """
    url = project.settings.store
    assert url is not None  # noqa: S101 - asked before
    objects = open_objects(url)
    try_out(objects)
    found = status_of(objects, project.paths)
    holds = f"It holds state {found.generation}" if found.generation else "It holds no state yet"
    here = ", which the data folder is of" if found.is_current else ""
    said = f"Reads, writes and conditional writes work. {holds}{here}."
    yield Line(Check.STORE, url, "ok", said)
    if found.missing:
        said = (
            f"{found.missing:,} of its {found.files:,} files are not there, such as {found.lost}."
        )
        remedy = "Run okr sync where the newest state is, or restore a back-up with okr restore."
        yield Line(Check.STORE, url, "fail", said, remedy)
    if found.refusal:
        yield Line(Check.STORE, url, "fail", found.refusal)
    elif found.local_generation is not None and not found.is_current:
        said = f"The data folder is of state {found.local_generation}, which commands here print."
        remedy = "Any run fetches the newest, and so does: okr store fetch"
        yield Line(Check.STORE, url, "warn", said, remedy)
    if found.lease:
        said = f"{found.lease.holder} is at work on the state, since {found.lease.since}."
        remedy = "That is right during a run. If that machine is gone, run: okr store release"
        yield Line(Check.STORE, url, "warn", said, remedy)
