"""Working on the state: with an object store, it is fetched before and put in place after.

What belongs here: the order of it, for whatever changes the state or records a decision. What does
not: its steps (``lease``, ``fetch``, ``put``, ``decisions``).

Without ``store:`` in the settings, nothing here does anything, and the data folder is the state.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipelines.errors import ensure_writable, place_of_fault
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.private_files import private_files
from pipelines.lake.run_lock import AlreadyRunningError, exclusive_run
from pipelines.maintenance.examine import ensure_decisions
from pipelines.paths import DataPaths
from pipelines.project import Project, ensure_usable
from pipelines.store import decisions
from pipelines.store.fetch import Fetched, fetch, fetch_whatever_is_there
from pipelines.store.lease import SECONDS, Held, take_lease
from pipelines.store.listing import Copy, read_copy, write_copy
from pipelines.store.objects import Objects, StoreError, open_objects
from pipelines.store.put import put_in_place
from pipelines.store.shown import put_back_published, remember_published
from pipelines.telemetry.log import event
from published.errors import UserError

_PATIENCE = SECONDS / 4
"""Seconds for a command of this machine to end that is at work for a moment only."""
_AT_WORK: dict[Path, _Session] = {}
_REFRESHING = threading.Lock()


class _Session:
    """A piece of work on the state of one data folder, by this process.

    Attributes:
        objects: The store.
        held: The lease.
        instead: Whether the local copy takes the place of whatever the store holds.
        trouble: What kept the state from being put in place.
    """

    def __init__(self, objects: Objects, held: Held, *, instead: bool) -> None:
        self.objects, self.held, self.instead = objects, held, instead
        self.trouble: Exception | None = None

    def put(self, project: Project) -> None:
        """Put the state in place, and know the tables that are published with it."""
        paths = _paths(project)
        try:
            put_in_place(
                self.objects,
                self.held,
                paths,
                project.report,
                organization=project.settings.organization.name,
                anew=self.instead,
            )
        except Exception as error:
            self.trouble = error
            raise
        self.instead = False
        remember_published(paths)


@contextmanager
def kept(project: Project, patience: float = 0.0, *, instead: bool = False) -> Iterator[None]:
    """Fetch the state before, put it in place afterwards, and let no other machine work on it.

    It may be entered again within itself. If the work ends by an error, what it left is put in
    place all the same: the state of any instant is whole, and the next run goes on from it.

    Args:
        project: Whose state.
        patience: Seconds to wait for another run, here or on another machine.
        instead: Whether what the work makes takes the place of whatever the store holds, unless it
            ends by an error. That is fetched before, for the work to set it aside.

    Raises:
        pipelines.lake.run_lock.AlreadyRunningError: Another run is at work.
        pipelines.store.lease.LostLeaseError: Another machine took over meanwhile, and nothing of
            this work is put in place.
        pipelines.store.objects.StoreError: The store cannot be used.
        pipelines.store.fetch.OtherStateError: The data folder holds state that is not of the store.
    """
    url, paths = project.settings.store, _paths(project)
    if url is None or paths.data in _AT_WORK:
        yield
        return
    with ExitStack() as stack:
        stack.enter_context(private_files([paths.data], project.settings.files.group))
        stack.enter_context(exclusive_run(paths.run_lock, max(patience, _PATIENCE)))
        session = _begun(project, open_objects(url), patience, instead=instead)
        try:
            _AT_WORK[paths.data] = session
            put_back_published(paths)  # of a run that was killed
            if not instead:  # what is restored is shown with the tables that belong to it
                remember_published(paths)
            yield
            if session.trouble is None:
                put_now(project)
        except Exception:
            if session.trouble is None and not instead:
                _try_to_put(session, project)
            raise
        finally:
            del _AT_WORK[paths.data]
            session.held.give_back()
            put_back_published(paths)


@contextmanager
def kept_if_possible(project: Project) -> Iterator[None]:
    """The same for what must be done in any case: without the store if it cannot be used now."""
    with ExitStack() as stack:
        try:
            stack.enter_context(kept(project))
        except (AlreadyRunningError, StoreError) as error:
            event("state not fetched", level=logging.WARNING, error=str(error))
        yield
        try:
            put_now(project)
        except StoreError as error:  # what had to be done is done
            event("state not put in place", level=logging.WARNING, error=str(error))


def _begun(project: Project, objects: Objects, patience: float, *, instead: bool) -> _Session:
    paths = _paths(project)
    copy = read_copy(paths.copy)
    held = take_lease(
        objects, patience=patience, own=copy.token if copy else None, report=project.report
    )
    try:
        with FileLock(paths.store_lock):
            if instead:
                fetch_whatever_is_there(objects, paths, project.report)
            else:
                name = project.settings.organization.name
                fetch(objects, paths, project.report, organization=name)
        if not instead:
            ensure_usable(paths)  # or what is left of a restore would be put in place
        copy = read_copy(paths.copy)
        if copy is None or (instead and copy.store != held.head.store):
            copy = Copy(held.head.store)
        write_copy(paths.copy, copy, token=held.lease.token)
    except BaseException:
        held.give_back()
        raise
    return _Session(objects, held, instead=instead)


def _try_to_put(session: _Session, project: Project) -> None:
    """The same after an error, which says more than that this fails, too."""
    try:
        session.put(project)
    except UserError as error:
        event("state not put in place", level=logging.ERROR, error=str(error))
    except Exception as fault:  # the error that ended the work is the one to be told
        event("state not put in place", level=logging.ERROR, error=place_of_fault(fault))


def put_now(project: Project) -> None:
    """Put the state in place as it is, within :func:`kept`; before others are told of it.

    Raises:
        pipelines.store.lease.LostLeaseError: Another machine took over meanwhile.
        pipelines.store.objects.StoreError: The store cannot be used.
    """
    session = _AT_WORK.get(_paths(project).data)
    if session is None:
        return
    session.put(project)


def is_in_place(project: Project) -> bool:
    """Whether nothing kept the state of this run from being put in place."""
    session = _AT_WORK.get(_paths(project).data)
    return session is None or session.trouble is None


def refresh(project: Project, *, instead: bool = False) -> Fetched | None:
    """Make the local copy the newest state, unless a run is at work here; None without a store.

    Decisions of others are added in any case.

    Args:
        project: Whose state.
        instead: Whether the local copy is set aside and replaced, whatever it is.

    Raises:
        pipelines.store.objects.StoreError: The store cannot be used.
        pipelines.store.fetch.OtherStateError: The data folder holds state that is not of the store.
    """
    url, paths = project.settings.store, _paths(project)
    if url is None or paths.data in _AT_WORK:
        return None
    objects = open_objects(url)
    ensure_writable(paths.data, "data: in okr.yaml")
    group = project.settings.files.group
    with private_files([paths.data], group), _REFRESHING, FileLock(paths.store_lock):
        if _is_free(paths):
            name = project.settings.organization.name
            return fetch(objects, paths, project.report, organization=name, instead=instead)
        added = decisions.add_waiting(paths, decisions.waiting_in(objects))
        return Fetched(None, decisions=added)


def _is_free(paths: DataPaths) -> bool:
    """Whether no run is at work here; one that begins now waits for what is being fetched."""
    try:
        with exclusive_run(paths.run_lock):
            return True
    except AlreadyRunningError:
        return False


def ensure_newest(project: Project) -> None:
    """Make the local copy the newest state, and make sure that no decision is lost.

    Raises:
        pipelines.maintenance.examine.LostDecisionsError: Some are.
        pipelines.store.objects.StoreError: The store cannot be used.
        pipelines.store.fetch.OtherStateError: The data folder holds state that is not of the store.
    """
    refresh(project)
    ensure_decisions(project)


def record(project: Project, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record decisions of people; with a store, they are there before this returns.

    Raises:
        pipelines.store.objects.StoreError: They are not recorded.
    """
    url = project.settings.store
    if url is None:
        DecisionLog(project.paths.decisions).append(rows)
        return
    try:
        decisions.keep(open_objects(url), project.paths, rows)
    except StoreError as error:
        raise StoreError(f"the decision is not recorded. {error}") from None


def _paths(project: Project) -> DataPaths:
    """Those of the project, also while what was fetched is not in its place yet."""
    return DataPaths(project.settings.data, project.settings.publish.duckdb)
