"""Putting a state in place: uploading what is new of the local copy, and switching the head.

What belongs here: what is new, the upload, the switch, and deleting what nobody names any more.
What does not: who may do so (``lease``).

An object is named by the state that it was uploaded for and by a random number, and is never
written again. After state N was put in place, objects uploaded for it or for earlier ones are
deleted unless state N or the one before names them. That is safe whatever other machines do: only
who read state N as the head can put another in place, which names objects of N or of its own, and
these are of later numbers. Who is fetching state N - 1 can end; who fetches an older one begins
again with the newest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from pipelines.backup.contents import DATA, logs_in
from pipelines.backup.snapshot import DamagedStateError, UnsteadyStateError, snapshot
from pipelines.lake.manifest import STATE_VERSION, installed_version
from pipelines.paths import DataPaths
from pipelines.store import decisions
from pipelines.store.fetch import AT_ONCE
from pipelines.store.head import FOLDER, Head
from pipelines.store.lease import Held
from pipelines.store.listing import (
    Copy,
    Files,
    StoredFile,
    encode_listing,
    folder_of,
    generation_of,
    read_copy,
    read_listing,
    write_copy,
)
from pipelines.store.objects import Objects, StoreError, sha256_of
from pipelines.telemetry.log import event

_PATIENCE = 600.0  # seconds for a back-up of the same folder to end
Report = Callable[[str, str], None]


def put_in_place(
    objects: Objects,
    held: Held,
    paths: DataPaths,
    report: Report,
    *,
    organization: str = "",
    anew: bool = False,
) -> bool:
    """Make the local copy the newest state in the store; call it under the run lock.

    Args:
        objects: The store.
        held: The lease.
        paths: The local copy.
        report: Hears of the progress.
        organization: Whose state it is; see :class:`pipelines.store.head.Head`.
        anew: Whether every file is uploaded, whatever the store has.

    Returns:
        Whether there was anything new.

    Raises:
        pipelines.store.lease.LostLeaseError: Another machine works on the state, which stays as it
            is.
        pipelines.store.objects.StoreError: The store cannot be used, or the local copy is damaged;
            likewise.
    """
    if not logs_in([paths.lake, paths.history]):
        return False  # a run that was refused before it began to keep anything
    copy = read_copy(paths.copy)
    if copy is None or anew or not copy.is_of(held.head):  # nothing is known to be there
        copy = Copy(held.head.store, token=held.lease.token)
    beside = (paths.targets, paths.published_settings)
    with _in_words(objects), snapshot(paths, report, beside, _PATIENCE) as folder:
        there = {one.relative_to(folder).as_posix(): one for one in _files_in(folder)}
        kept = set(objects.names(FOLDER))  # what somebody deleted is uploaded again
        known = {name: one for name, one in copy.files.items() if one.object in kept}
        files, new = _compared(there, known)
        if not new and files.keys() == copy.files.keys() and copy.listing in kept:
            return False
        generation = held.head.generation + 1
        at = folder_of(generation, secrets.token_hex(8))
        uploaded = _upload(objects, at, {name: there[name] for name in new}, report)
        files = {**files, **uploaded}
        listing = encode_listing(files)
        objects.create(f"{at}/listing.json", listing)
        log = decisions.keys_of(decisions.log_in(folder / DATA))
    named = f"{at}/listing.json", hashlib.sha256(listing).hexdigest()
    change = partial(_next, held, named, organization)
    head = held.switch(change)
    write_copy(
        paths.copy,
        copy,
        store=head.store,
        generation=head.generation,
        listing=head.listing,
        files=files,
        decisions=log,
    )
    event("state put in place", generation=head.generation, files=len(uploaded))
    _tidy_up(objects, head, files, log)
    return True


@contextmanager
def _in_words(objects: Objects) -> Iterator[None]:
    """What is wrong with the local copy, as a reason to leave the store as it is."""
    try:
        yield
    except (DamagedStateError, UnsteadyStateError) as error:
        raise StoreError(
            f"{objects.url}: the state there stays as it was, because a copy of the data folder"
            f" cannot be taken. {error}"
        ) from None


def _next(held: Held, named: tuple[str, str], organization: str, head: Head) -> Head:
    """The head that names a listing, by its object and checksum."""
    return replace(
        head,
        generation=head.generation + 1,
        listing=named[0],
        sha256=named[1],
        before=head.listing,
        put_by=held.lease.holder,
        put_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        lease=held.lease,
        state=STATE_VERSION,
        okr_sync=installed_version(),
        organization=organization,
    )


def _files_in(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file())


def _compared(there: Mapping[str, Path], before: Files) -> tuple[Files, list[str]]:
    """The files that the store has already, and the names of those that are new."""
    files, new = Files(), list[str]()
    for name, path in there.items():
        was = before.get(name)
        if was and was.is_at(path):
            files[name] = was
        elif was and was.size == path.stat().st_size and was.sha256 == sha256_of(path):
            files[name] = replace(was, changed=path.stat().st_mtime_ns)
        else:
            new.append(name)
    return files, new


def _upload(objects: Objects, at: str, new: Mapping[str, Path], report: Report) -> Files:
    """Upload files, several at a time; returns where they are."""
    size = sum(path.stat().st_size for path in new.values())
    report("store", f"uploading {len(new):,} files, {size / 1e6:,.1f} MB")

    def one(numbered: tuple[int, tuple[str, Path]]) -> tuple[str, StoredFile]:
        number, (name, path) = numbered
        stat, sha256 = path.stat(), sha256_of(path)
        objects.upload(f"{at}/{number}", path)
        return name, StoredFile(f"{at}/{number}", stat.st_size, sha256, stat.st_mtime_ns)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload") as pool:
        try:
            return dict(pool.map(one, enumerate(new.items())))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _tidy_up(objects: Objects, head: Head, files: Files, log: frozenset[str]) -> None:
    """Delete what neither this state nor the one before names, and decisions that it has.

    What cannot be deleted now is deleted after the next night.
    """
    try:
        before = read_listing(objects, head.before) if head.before else Files()
        named = {one.object for one in (*files.values(), *before.values())}
        named |= {head.listing or "", head.before or ""}
        dead = [
            name
            for name in objects.names(FOLDER)
            if name not in named
            and (number := generation_of(name)) is not None
            and number <= head.generation
        ]
        waiting = decisions.waiting_in(objects)
        dead += [
            name for name, rows in waiting.items() if log.issuperset(map(decisions.key_of, rows))
        ]
        objects.delete(dead)
    except StoreError as error:
        event("store not tidied up", level=logging.WARNING, error=str(error))
