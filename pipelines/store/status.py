"""What there is to know of the store: who put which state in place, who is at work, what is here.

What belongs here: looking, and a trial of what a night needs of a store. What does not: printing
(``cli.store``, ``setup.local_checks``).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.paths import DataPaths
from pipelines.store import decisions
from pipelines.store.fetch import refusal
from pipelines.store.head import FOLDER, Lease, read_head
from pipelines.store.listing import read_copy, read_listing
from pipelines.store.objects import LostRaceError, NoObjectError, Objects, StoreError


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """What there is to know.

    Attributes:
        store: The address.
        generation: The number of the newest state; 0 if nothing was ever put in place.
        put_by: Who put it in place.
        put_at: When, by that machine's clock, in ISO format.
        okr_sync: The version that did.
        files: Its files.
        size: Their bytes.
        missing: How many of them are not there.
        lost: One of those; null if there is none.
        waiting_decisions: How many decisions wait to become part of the next state.
        local_generation: The state that the local copy is, or was before a run worked on it; None
            if it never was one.
        refusal: Why no run will begin with this data folder; empty if one can.
        is_current: Whether the local copy is of the newest state.
        lease: Who is at work; None if nobody is.
    """

    store: str
    generation: int
    put_by: str | None
    put_at: str | None
    okr_sync: str | None
    files: int
    size: int
    missing: int
    lost: str | None
    waiting_decisions: int
    local_generation: int | None
    refusal: str
    is_current: bool
    lease: Lease | None


def status_of(objects: Objects, paths: DataPaths) -> StoreStatus:
    """Look into the store; nothing is changed.

    Raises:
        pipelines.store.head.NewerStoreError: A newer version wrote the state there.
        pipelines.store.objects.StoreError: The store cannot be used.
    """
    waiting = decisions.waiting_in(objects)
    found = read_head(objects)
    head = found[0] if found else None
    copy = read_copy(paths.copy)
    files, lost = {}, list[str]()
    if head and head.listing:
        try:
            files = read_listing(objects, head.listing, head.sha256)
            there = set(objects.names(FOLDER))
            lost = sorted(name for name, one in files.items() if one.object not in there)
        except NoObjectError:
            if read_head(objects) == found:  # else newer states were put in place meanwhile
                raise
    return StoreStatus(
        store=objects.url,
        generation=head.generation if head else 0,
        put_by=head.put_by if head else None,
        put_at=head.put_at if head else None,
        okr_sync=head.okr_sync if head and head.listing else None,
        files=len(files),
        size=sum(one.size for one in files.values()),
        missing=len(lost),
        lost=lost[0] if lost else None,
        waiting_decisions=sum(map(len, waiting.values())),
        local_generation=copy.generation if copy and copy.listing else None,
        refusal=refusal(objects.url, paths, head, copy) if head else "",
        is_current=bool(head and copy and copy.listing and copy.is_of(head)),
        lease=head.lease if head else None,
    )


def is_used(objects: Objects) -> bool:
    """Whether a state was ever put in place there.

    Raises:
        pipelines.store.objects.StoreError: The store cannot be used.
    """
    found = read_head(objects)
    return found is not None and found[0].listing is not None


def try_out(objects: Objects) -> None:
    """Make sure that a store does what a night needs: list, write, read, delete, and conditions.

    Raises:
        pipelines.store.objects.StoreError: It does not.
    """
    name = f"trial/{secrets.token_hex(8)}"
    objects.names("trial")
    first = objects.create(name, b"1")
    try:
        if objects.read(name)[0] != b"1":
            raise StoreError(f"{objects.url}: an object that was just written reads otherwise.")
        if not _is_refused(lambda: objects.create(name, b"2")):
            raise _no_conditions(objects)
        objects.replace(name, b"3", first)
        if not _is_refused(lambda: objects.replace(name, b"4", first)):
            raise _no_conditions(objects)
    finally:
        objects.delete([name])


def _is_refused(write: Callable[[], object]) -> bool:
    try:
        write()
    except LostRaceError:
        return True
    return False


def _no_conditions(objects: Objects) -> StoreError:
    return StoreError(
        f"{objects.url}: this store ignores the conditions of writes, so two machines could"
        " overwrite each other. Use another, or a newer version of it."
    )
