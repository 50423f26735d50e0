"""The lease: one machine at a time works on the state.

What belongs here: taking it, waiting for whoever has it, renewing it and giving it back. What does
not: what the holder does with the state.

It stands in the head, so taking it is a switch like any other. That makes it safe: a holder that
was stopped for an hour, and whose lease another took, no longer knows the head and can switch it no
more. The time limit only says when another may take it, and is never a comparison of two clocks:
who waits watches the head, and takes a lease that was not renewed for its whole time as measured by
the own monotonic clock. A clock that runs too fast or stands still costs a night, never a state.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable

from msgspec.structs import replace

from pipelines.lake.run_lock import AlreadyRunningError
from pipelines.store.head import Head, Lease, Switch, read_head
from pipelines.store.objects import LostRaceError, Objects, StoreError
from pipelines.telemetry.log import event

SECONDS = 60.0
"""For how long a lease counts without being renewed; it is four times in that time."""
_PAUSE = 1.0
Report = Callable[[str, str], None]


class Held:
    """The lease while this process has it; renewed by a thread until it is given back.

    Args:
        objects: The store.
        switch: The head, in which the lease stands.
        lease: The lease.
    """

    def __init__(self, objects: Objects, switch: Switch, lease: Lease) -> None:
        self.lease = lease
        self._url = objects.url
        self._switch = switch
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._thread.start()

    @property
    def head(self) -> Head:
        """The head as it was last switched by this process."""
        with self._lock:
            assert self._switch.head is not None  # noqa: S101 - a lease stands in it
            return self._switch.head

    def switch(self, change: Callable[[Head], Head]) -> Head:
        """Switch the head as the holder of the lease.

        Raises:
            LostLeaseError: Another machine has taken the lease.
            pipelines.store.objects.StoreAwayError: It failed, or that is not known.
        """
        with self._lock:
            if self._lost:
                raise LostLeaseError(self._url)
            try:
                return self._switch.to(change)
            except LostRaceError:
                self._lost = True
                raise LostLeaseError(self._url) from None

    def give_back(self) -> None:
        """End renewing, and let others in at once; if that fails, its time runs out."""
        self._ended.set()
        self._thread.join()
        try:
            self.switch(lambda head: replace(head, lease=None))
        except StoreError as error:
            event("lease not given back", level=logging.WARNING, error=str(error))

    def _renew(self) -> None:
        while not self._ended.wait(self.lease.seconds / 4):
            try:
                self.switch(lambda head: replace(head, lease=self.lease))
            except LostLeaseError:
                return
            except StoreError as error:  # it is tried again; until then nothing is lost
                event("lease not renewed", level=logging.WARNING, error=str(error))


class LostLeaseError(StoreError):
    """Another machine has taken the lease, so nothing of this one is put in place any more."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url}: another machine has taken over the work on the state, because this one did not"
            " renew its lease, or somebody ran okr store release. What this run computed is not put"
            " in place; the state there is whole. Run it again if the other one fails."
        )


def take_lease(
    objects: Objects,
    *,
    patience: float,
    own: str | None,
    report: Report,
) -> Held:
    """Take the lease, or say who has it.

    A lease of a process that ended without giving it back is taken once its time has run out.

    Args:
        objects: The store.
        patience: Seconds to wait for a holder that is at work.
        own: The token that this data folder had last, whose process is known to have ended.
        report: Hears of the waiting.

    Raises:
        pipelines.lake.run_lock.AlreadyRunningError: Another machine is at work.
        pipelines.store.head.NewerStoreError: A newer version wrote the state there.
        pipelines.store.objects.StoreError: The store cannot be used.
    """
    lease = _new(SECONDS)
    begun, watched, since = time.monotonic(), "", 0.0
    told = False
    while True:
        head, tag = read_head(objects) or (None, None)
        holder = head.lease if head else None
        now = time.monotonic()
        if (
            holder is None
            or holder.token == own
            or (tag == watched and now - since > holder.seconds)
        ):
            try:
                switch = Switch(objects, head, tag)
                switch.to(lambda was: replace(was, lease=lease))
            except LostRaceError:
                continue
            return Held(objects, switch, lease)
        if tag != watched:
            if watched and now - begun >= patience:
                raise _at_work(objects, holder)
            watched, since = tag or "", now
        if not told:
            report("store", f"waiting for a sign of life of {holder.holder}, which has the lease")
            told = True
        time.sleep(min(_PAUSE, holder.seconds / 8))


def release(objects: Objects) -> Lease | None:
    """Take the lease from whoever has it; returns whose it was, None if nobody had it.

    Raises:
        pipelines.store.objects.StoreError: The store cannot be used.
    """
    while True:
        head, tag = read_head(objects) or (None, None)
        if head is None or head.lease is None:
            return None
        try:
            Switch(objects, head, tag).to(lambda was: replace(was, lease=None))
        except LostRaceError:
            continue
        return head.lease


def this_machine() -> str:
    """Who this is, for people: the machine and the process."""
    return f"{socket.gethostname()} (process {os.getpid()})"


def _new(seconds: float) -> Lease:
    since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Lease(this_machine(), secrets.token_hex(8), seconds, since)


def _at_work(objects: Objects, holder: Lease) -> AlreadyRunningError:
    return AlreadyRunningError(
        f"{objects.url}: another run is at work on {holder.holder}, since {holder.since}. Wait for"
        " it to end. If that machine is gone for good, run: okr store release"
    )
