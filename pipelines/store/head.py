"""The head: the one object that is ever replaced. It says which state counts, and who is at work.

What belongs here: its form, reading it, and switching it. What does not: waiting for another
machine (``lease``), and the files that a state consists of (``listing``).

Every switch is a conditional put: it succeeds only if nobody has switched since the head was read.
Each carries a random number, so that a switch whose answer was lost can be told from another's.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Self

import msgspec

from pipelines.lake.manifest import STATE_VERSION, installed_version
from pipelines.store.objects import LostRaceError, NoObjectError, Objects, StoreError

FORMAT = 1
"""The version of the form of a store; a later one may only add to it without a new number."""
NAME = "head.json"
FOLDER = "files"
"""Of the objects that states consist of."""


class NewerStoreError(StoreError):
    """A newer version wrote the state in the store."""


class LostHeadError(StoreError):
    """There are files of a state in the store, and no head that names them."""


class Lease(msgspec.Struct, frozen=True):
    """Who is at work on the state.

    Attributes:
        holder: The machine and the process, for people.
        token: A random number that no other holder has.
        seconds: For how long it counts without being renewed.
        since: When it was taken, by the holder's clock; for people, nothing is computed with it.
    """

    holder: str
    token: str
    seconds: float
    since: str


class Head(msgspec.Struct, frozen=True):
    """What the head says.

    Attributes:
        store: A random number that no other store has.
        generation: How many states were put in place; 0 before the first.
        listing: The object that lists the files of the state; None before the first.
        sha256: The checksum of that object.
        before: The listing of the state before, whose files are kept for who fetches them.
        put_by: Who put the state in place.
        put_at: When, by that machine's clock; for people.
        lease: Who is at work; None if nobody is.
        switch: A random number of this switch.
        format: The version of the store's form.
        state: The version of the state.
        okr_sync: The version that put it in place.
        organization: Whose state it is, by its name in the settings; empty if that is not known.
    """

    store: str
    generation: int = 0
    listing: str | None = None
    sha256: str | None = None
    before: str | None = None
    put_by: str | None = None
    put_at: str | None = None
    lease: Lease | None = None
    switch: str = ""
    format: int = FORMAT
    state: int = STATE_VERSION
    okr_sync: str = ""
    organization: str = ""

    @classmethod
    def first(cls) -> Self:
        """The head of an empty store."""
        return cls(store=secrets.token_hex(8), okr_sync=installed_version())


class _Form(msgspec.Struct):
    """What can be read of the head of any version."""

    format: int
    state: int
    okr_sync: str = "of a newer version"


def read_head(objects: Objects) -> tuple[Head, str] | None:
    """The head and its tag; None in a store that was never used.

    Raises:
        NewerStoreError: Only a newer version can read it, or the state that it names.
        LostHeadError: Somebody has deleted it.
        pipelines.store.objects.StoreError: It cannot be read, or is no head.
    """
    try:
        content, tag = objects.read(NAME)
    except NoObjectError:
        if not objects.names(FOLDER):
            return None
        content, tag = _read_again(objects)
    try:
        form = msgspec.json.decode(content, type=_Form)
        if form.format > FORMAT or form.state > STATE_VERSION:
            raise NewerStoreError(
                f"{objects.url}: okr-sync {form.okr_sync} wrote the state there, and okr-sync"
                f" {installed_version()} cannot read it. Install okr-sync {form.okr_sync} or newer."
            )
        return msgspec.json.decode(content, type=Head), tag
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise StoreError(
            f"{objects.url}: {NAME} is no head of okr-sync. Put it back by your store's versions,"
            " or name another address by store: in okr.yaml."
        ) from None


def _read_again(objects: Objects) -> tuple[bytes, str]:
    """The head, which another machine may have made since; a second history must not begin."""
    try:
        return objects.read(NAME)
    except NoObjectError:
        raise LostHeadError(
            f"{objects.url}: has files of a state, but no {NAME}, which says which of them count."
            " Put it back by your store's versions. Without versions: run okr backup on the machine"
            " with the newest copy, name another address by store: in okr.yaml, and run okr restore"
            " there."
        ) from None


class Switch:
    """The head as one machine knows it, and its switches.

    Args:
        objects: The store.
        head: The head as it was read; None if there is none.
        tag: Its tag; None likewise.
    """

    def __init__(self, objects: Objects, head: Head | None, tag: str | None) -> None:
        self.head = head
        self._objects, self._tag = objects, tag
        self._own: set[str] = set()

    def to(self, change: Callable[[Head], Head]) -> Head:
        """Switch to what the head becomes by a change; returns it.

        Raises:
            pipelines.store.objects.LostRaceError: Somebody else has switched since.
            pipelines.store.objects.StoreAwayError: It failed, or that is not known; the next switch
                finds out.
        """
        while True:
            new = msgspec.structs.replace(
                change(self.head or Head.first()), switch=secrets.token_hex(8)
            )
            self._own.add(new.switch)
            try:
                self._tag = self._put(msgspec.json.format(msgspec.json.encode(new), indent=1))
            except LostRaceError:
                there = read_head(self._objects)
                if there is None or there[0].switch not in self._own:
                    raise
                # A switch of our own whose answer was lost: this one, or one before it.
                self.head, self._tag = there
                if self.head.switch != new.switch:
                    continue
            self.head = new
            return new

    def _put(self, content: bytes) -> str:
        if self._tag is None:
            return self._objects.create(NAME, content)
        return self._objects.replace(NAME, content, self._tag)
