"""Fetching: making the local copy what the head names.

What belongs here: what is missing, downloading it, and putting it in its place. What does not:
uploading (``put``), and who may work on the state (``lease``).

Everything is downloaded and compared with its checksum beside the local copy, which stays whole
until then. What is there already is linked. Only then is the copy replaced, by a few renames; a
process that is killed between them leaves a folder that tells every other command so, and the next
fetch ends what was begun.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from pipelines.backup.contents import DATA, DUCKDB
from pipelines.backup.restore import move, state_in
from pipelines.backup.snapshot import link
from pipelines.errors import RESERVE, DiskFullError, ensure_space
from pipelines.lake.decision_log import UnreadableDecisionsError
from pipelines.lake.manifest import set_aside
from pipelines.paths import DataPaths
from pipelines.store import decisions
from pipelines.store.head import Head, Switch, read_head
from pipelines.store.listing import (
    SMALL,
    Copy,
    Files,
    StoredFile,
    read_copy,
    read_listing,
    write_copy,
)
from pipelines.store.objects import DamagedObjectError, LostRaceError, NoObjectError, Objects
from published.errors import UserError

AT_ONCE = 8
"""How many files travel at the same time."""
_TRIES = 5
Report = Callable[[str, str], None]


class OtherStateError(UserError):
    """The data folder holds state that is not of this store."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch did.

    Attributes:
        generation: The state that the local copy is now; 0 if nothing was ever put in place, None
            if it was left as it is because a run is at work here.
        files: How many files were downloaded.
        size: Their bytes.
        decisions: How many decisions of others were added.
        set_aside: Where state that is not of this store is now.
    """

    generation: int | None
    files: int = 0
    size: int = 0
    decisions: int = 0
    set_aside: tuple[Path, ...] = ()


def fetch(
    objects: Objects,
    paths: DataPaths,
    report: Report,
    *,
    organization: str = "",
    instead: bool = False,
) -> Fetched:
    """Make the local copy the newest state; call it under the run lock.

    What a run computed here and did not put in place is kept while no other machine has put a state
    in place since; then it is replaced.

    Args:
        objects: The store.
        paths: The local copy.
        report: Hears of the progress.
        organization: Whose state is expected, by its name; any if that is empty.
        instead: Whether the local copy is set aside and replaced, whatever it is.

    Raises:
        OtherStateError: There is such state, or the store has that of another organization and the
            local copy was never one of it; and ``instead`` is not set.
        pipelines.store.head.NewerStoreError: A newer version wrote the state there.
        pipelines.store.objects.DamagedObjectError: A file there is not as it was uploaded.
        pipelines.store.objects.StoreError: The store cannot be used.
        pipelines.errors.DiskFullError: There is no room for it.
    """
    finish(paths)
    for attempt in range(_TRIES):
        waiting = decisions.waiting_in(objects)  # before the head: see decisions
        head, copy = _head_of(objects), read_copy(paths.copy)
        if not instead and (copy is None or copy.store != head.store):
            _ensure_of(organization, head, objects)
        done = Fetched(head.generation)
        try:
            if _is_other(objects, paths, head, copy, instead=instead):
                done = _replaced(objects, paths, head, copy, report, aside=instead)
                waiting |= decisions.waiting_in(objects)  # of what was recorded here meanwhile
        except NoObjectError:  # newer states were put in place meanwhile
            if attempt == _TRIES - 1:
                raise
            continue
        return dataclasses.replace(done, decisions=decisions.add_waiting(paths, waiting))
    raise AssertionError


def _ensure_of(organization: str, head: Head, objects: Objects) -> None:
    """Make sure that a machine that is new to a store is one of the same organization.

    Raises:
        OtherStateError: It is not.
    """
    if organization and head.organization and head.organization != organization:
        raise OtherStateError(
            f"{objects.url}: holds the state of {head.organization}, and okr.yaml is of"
            f" {organization}. Correct store: in okr.yaml. If it has a new name only, run here,"
            " before the next run: okr store fetch --replace"
        )


def fetch_whatever_is_there(objects: Objects, paths: DataPaths, report: Report) -> None:
    """Make the local copy the newest state, so that what is put in its place can set it aside.

    State of another store is set aside first. What is damaged or missing, or for which there is no
    room, cannot be set aside, and is only told.

    Raises:
        pipelines.store.objects.StoreError: The store cannot be used.
    """
    try:
        try:
            fetch(objects, paths, report)
        except OtherStateError:
            fetch(objects, paths, report, instead=True)
    except (NoObjectError, DamagedObjectError, UnreadableDecisionsError, DiskFullError) as error:
        report("store", f"its state cannot be set aside. {error}")
    except OtherStateError:  # the store holds none, and the local copy is of another
        return


def _head_of(objects: Objects) -> Head:
    """The head; it is made in a store that was never used, so that copies know whose they are."""
    while True:
        if found := read_head(objects):
            return found[0]
        with suppress(LostRaceError):
            return Switch(objects, None, None).to(lambda head: head)


def _is_other(
    objects: Objects, paths: DataPaths, head: Head, copy: Copy | None, *, instead: bool
) -> bool:
    """Whether the local copy is to be replaced.

    Raises:
        OtherStateError: It must not be.
    """
    said = refusal(objects.url, paths, head, copy)
    if said and (head.listing is None or not instead):
        raise OtherStateError(said)
    if head.listing is None:
        if copy is None or copy.store != head.store:
            write_copy(paths.copy, Copy(head.store))
        return False
    return instead or copy is None or not copy.is_of(head)


def refusal(url: str, paths: DataPaths, head: Head, copy: Copy | None) -> str:
    """Why the local copy must not be replaced unasked, with what to do; empty if it may be."""
    if head.listing is None:
        if copy is None or not copy.listing:
            return ""
        return (
            f"{paths.data}: is a copy of state {copy.generation} of a store, and {url} holds none."
            " Correct store: in okr.yaml. To begin a store there with what is in this folder,"
            f" delete {paths.copy} and run okr sync."
        )
    is_newer = copy is not None and copy.store == head.store and copy.generation > head.generation
    if copy and copy.store == head.store and not is_newer:
        return ""
    there = [one.name for one in state_in(paths) if one != paths.alerts]
    if not there:
        return ""
    what = f"state {copy.generation}, newer than" if is_newer and copy else "state that is not of"
    return (
        f"{paths.data}: holds {what} {url} ({', '.join(there)}). Correct data: or store: in"
        " okr.yaml, or have it set aside and replaced with: okr store fetch --replace"
    )


def _replaced(
    objects: Objects,
    paths: DataPaths,
    head: Head,
    copy: Copy | None,
    report: Report,
    *,
    aside: bool,
) -> Fetched:
    """Download what is missing beside the local copy, and replace it."""
    assert head.listing is not None  # noqa: S101 - asked before
    files = read_listing(objects, head.listing, head.sha256)
    own = copy if copy and copy.store == head.store else None
    here, missing = _divided(paths, files, own.files if own else {})
    size = sum(one.size for one in missing.values())
    ensure_space(paths.data, RESERVE + size)
    shutil.rmtree(paths.fetching, ignore_errors=True)
    try:
        _gather(objects, paths, here, missing, report)
        there = decisions.keys_of(decisions.log_in(paths.fetching / DATA))
        if own:
            _save_decisions(objects, paths, there | own.decisions)
        token = copy.token if copy else None
        note = Copy(head.store, head.generation, head.listing, files | here, there, token)
        write_copy(paths.fetching / paths.copy.name, note)
    except BaseException:
        shutil.rmtree(paths.fetching, ignore_errors=True)
        raise
    moved: list[Path] = []
    if aside or own is None or own.listing is None:  # it may be nowhere else
        today = dt.datetime.now(dt.UTC).date()
        moved = [set_aside(one, paths.data, today) for one in state_in(paths)]
    paths.fetching.rename(paths.fetched)
    finish(paths)
    return Fetched(head.generation, len(missing), size, set_aside=tuple(moved))


def _gather(
    objects: Objects, paths: DataPaths, here: Files, missing: Files, report: Report
) -> None:
    """The files of a state in a folder beside the local copy."""
    for name in ("lake", "published", "alerts"):
        (paths.fetching / DATA / name).mkdir(parents=True)
    for name in here:
        link(place_of(paths, name), paths.fetching / name)
    if missing:
        size = sum(one.size for one in missing.values())
        report("store", f"fetching {len(missing):,} files, {size / 1e6:,.1f} MB")
        _download(objects, paths.fetching, missing)


def _divided(paths: DataPaths, files: Files, local: Files) -> tuple[Files, Files]:
    """The files that are here, as they are here, and those that are missing."""
    here, missing = {}, {}
    for name, one in files.items():
        was = local.get(name)
        if was and was.sha256 == one.sha256 and was.is_at(place_of(paths, name)):
            here[name] = replace(one, changed=was.changed)
        else:
            missing[name] = one
    return here, missing


def _download(objects: Objects, folder: Path, files: Files) -> None:
    def one(named: tuple[str, StoredFile]) -> None:
        name, file = named
        objects.download(file.object, folder / name, file.size, file.sha256)
        os.utime(folder / name, ns=(file.changed, file.changed))

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch") as pool:
        try:
            for _ in pool.map(one, files.items()):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _save_decisions(objects: Objects, paths: DataPaths, known: frozenset[str]) -> None:
    """Keep what was decided here and is nowhere in the store."""
    waiting = decisions.waiting_in(objects)
    known |= {decisions.key_of(row) for rows in waiting.values() for row in rows}
    try:
        saved = decisions.save_unknown(objects, paths, known)
    except UnreadableDecisionsError:  # whatever was recorded with a store is there
        return
    rows = [row for one in saved.values() for row in one]
    if rows:
        decisions.log_in(paths.fetching / DATA).append(rows)


def finish(paths: DataPaths) -> None:
    """Put what was fetched as a whole in its place; call it under the run lock."""
    if not paths.fetched.is_dir():
        return
    note = paths.fetched / paths.copy.name
    copy = read_copy(note)
    if copy is not None:  # else all of it is in its place
        with decisions.recording(paths):
            for folder in (paths.lake, paths.history):
                _swap(paths.fetched / DATA / folder.name, folder, paths.fetched / "old")
        for name in copy.files:
            if (file := paths.fetched / name).exists():
                (to := place_of(paths, name)).parent.mkdir(parents=True, exist_ok=True)
                move(file, to)
        for name, file in _alone(paths).items():
            if name not in copy.files:
                file.unlink(missing_ok=True)
        shutil.rmtree(paths.decisions_backup.parent, ignore_errors=True)  # the next night copies
        note.replace(paths.copy)
    shutil.rmtree(paths.fetched)


def _swap(new: Path, place: Path, old: Path) -> None:
    """Put a folder in the place of another, unless that is done."""
    if not new.is_dir():
        return
    if place.is_dir():
        old.mkdir(exist_ok=True)
        shutil.rmtree(old / place.name, ignore_errors=True)
        place.rename(old / place.name)
    new.rename(place)


def _alone(paths: DataPaths) -> dict[str, Path]:
    """The files of the state that lie in no folder that is replaced as a whole, by name."""
    names = [f"{DATA}/{one.name}" for one in (paths.manifest, paths.blocked_run)]
    names += [f"{DATA}/alerts/{one.name}" for one in paths.alerts.glob("*.json")]
    names += [*SMALL, f"{DATA}/alerts/last-good-run", DUCKDB]
    return {name: place_of(paths, name) for name in names}


def place_of(paths: DataPaths, name: str) -> Path:
    """Where a file of the state belongs, by its name in a back-up."""
    return paths.duckdb if name == DUCKDB else paths.data / name.removeprefix(f"{DATA}/")
