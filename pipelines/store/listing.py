"""The files of a state: the listing of them in the store, and the note of what the local copy is.

What belongs here: both forms, reading and writing them. What does not: moving files (``fetch``,
``put``).

A file of the state never changes in the store: its object has a name that is used once, below a
folder that begins with the number of the state that it was uploaded for.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from pipelines.backup.contents import is_expected
from pipelines.lake.manifest import write_whole
from pipelines.store.head import FOLDER, Head
from pipelines.store.objects import DamagedObjectError, Objects


class StoredFile(msgspec.Struct, frozen=True):
    """A file of the state.

    Attributes:
        object: The object that holds it.
        size: Its bytes.
        sha256: Its checksum.
        changed: When it was last written, in nanoseconds, as the machine that did so has it.
    """

    object: str
    size: int
    sha256: str
    changed: int

    def is_at(self, path: Path) -> bool:
        """Whether a file is this one, judged by size and time as ``make`` does."""
        try:
            stat = path.stat()
        except OSError:
            return False
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.changed)


Files = dict[str, StoredFile]
"""By the name that a file has in a back-up."""


class Copy(msgspec.Struct, frozen=True):
    """What the local copy was when it was last the state of a store.

    Attributes:
        store: The store, by its random number.
        generation: Which state.
        listing: The listing of it; None before anything was put in place.
        files: Its files.
        decisions: The decisions that it had.
        token: The lease that this data folder had last.
    """

    store: str
    generation: int = 0
    listing: str | None = None
    files: Files = {}
    decisions: frozenset[str] = frozenset()
    token: str | None = None

    def is_of(self, head: Head) -> bool:
        """Whether it is the state that a head names."""
        return (self.store, self.listing) == (head.store, head.listing)


def folder_of(generation: int, attempt: str) -> str:
    """Where the objects of one attempt to put a state in place lie."""
    return f"{FOLDER}/{generation:010}-{attempt}"


def generation_of(name: str) -> int | None:
    """For which state an object was uploaded; None if that cannot be told from its name."""
    number = name.removeprefix(f"{FOLDER}/").partition("-")[0]
    return int(number) if number.isdigit() else None


def encode_listing(files: Files) -> bytes:
    """A listing as it is uploaded."""
    return msgspec.json.encode(files)


def read_listing(objects: Objects, name: str, sha256: str | None = None) -> Files:
    """The files of a state.

    Args:
        objects: The store.
        name: The listing.
        sha256: Its checksum; None leaves it unchecked, where nothing is fetched by it.

    Raises:
        pipelines.store.objects.NoObjectError: A newer state is in place, and it was deleted.
        pipelines.store.objects.DamagedObjectError: It is not as it was uploaded.
    """
    content, _ = objects.read(name)
    try:
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError
        files = msgspec.json.decode(content, type=Files)
        if not all(map(is_part, files)):
            raise ValueError
    except ValueError:  # of msgspec, too
        raise DamagedObjectError(
            f"{objects.url}: the list of the state's files ({name}) is not as it was uploaded. Put"
            " it back by your store's versions, or restore a back-up with: okr restore BACKUP"
            " --replace"
        ) from None
    return files


SMALL = ("data/targets.json", "data/published-settings.json")
"""Files that travel although a back-up does without them."""


def is_part(name: str) -> bool:
    """Whether a file of this name belongs to the state; any other is never written."""
    return name in SMALL or is_expected(name)


def read_copy(path: Path) -> Copy | None:
    """The note of what the local copy is; None if it never was a store's."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Copy)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write_copy(path: Path, copy: Copy, **changed: Any) -> Copy:
    """Replace the note, with some of it changed; returns it."""
    new = msgspec.structs.replace(copy, **changed)
    write_whole(path, msgspec.json.encode(new))
    return new
