"""Objects of one store: reading, writing, conditional puts, and errors in words.

What belongs here: everything that calls the library ``obstore``. What does not: what the objects
mean (``head``, ``decisions``, ``fetch``, ``put``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from connectors.secrets import redact
from published.errors import UserError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_PIECE = 1 << 20
_LONGEST = 300  # characters of what a store answers
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist")
_NO_RIGHT = (
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"),
    *("403 Forbidden", "401 Unauthorized"),
)
"""Of what the library calls neither forbidden nor unauthenticated."""
_AGAIN = {
    "max_retries": 4,
    "retry_timeout": dt.timedelta(seconds=60),
    "backoff": {"init_backoff": dt.timedelta(milliseconds=200)},
}
_CLIENT = {"connect_timeout": "10s", "timeout": "10m"}


class StoreError(UserError):
    """The object store cannot be used, or not now."""


class NoLibraryError(StoreError):
    """The library for object stores is not installed."""


class StoreAwayError(StoreError):
    """The object store cannot be reached, or does not let us."""


class NoObjectError(StoreError):
    """There is no such object, or no such bucket."""


class LostRaceError(StoreError):
    """Somebody else has written an object since it was read."""


class DamagedObjectError(StoreError):
    """An object is not as it was uploaded."""


class Objects:
    """The objects below one address.

    Args:
        url: The address, as the settings have it; for messages.
        store: The library's store of that address.
    """

    def __init__(self, url: str, store: ObjectStore) -> None:
        self.url = url
        self._store = store

    def read(self, name: str) -> tuple[bytes, str]:
        """The content of a small object, and the tag by which it can be replaced.

        Raises:
            NoObjectError: There is none.
            StoreAwayError: It cannot be read.
        """
        with self._in_words("read", name):
            found = self._library.get(self._store, name)
            content = bytes(found.bytes())
        return content, self._tag(found.meta.get("e_tag"))

    def create(self, name: str, content: bytes) -> str:
        """Write an object that is not there yet; returns its tag.

        Raises:
            LostRaceError: It is there.
            StoreAwayError: It cannot be written, or that is not known.
        """
        with self._in_words("written", name):
            done = self._library.put(self._store, name, content, mode="create", use_multipart=False)
        return self._tag(done.get("e_tag"))

    def replace(self, name: str, content: bytes, tag: str) -> str:
        """Write an object that still has this tag; returns its new one.

        Raises:
            LostRaceError: It has another, or is gone.
            StoreAwayError: It cannot be written, or that is not known.
        """
        mode: Any = {"e_tag": tag}
        with self._in_words("written", name):
            done = self._library.put(self._store, name, content, mode=mode, use_multipart=False)
        return self._tag(done.get("e_tag"))

    def upload(self, name: str, file: Path) -> None:
        """Write a file under a name that nobody else uses.

        Raises:
            StoreAwayError: It cannot be written.
        """
        with self._in_words("written", name):
            self._library.put(self._store, name, file)

    def download(self, name: str, to: Path, size: int, sha256: str) -> None:
        """Write an object into a new file, and make sure that it is as it was uploaded.

        Raises:
            NoObjectError: There is none.
            DamagedObjectError: It has another size or checksum.
            StoreAwayError: It cannot be read.
        """
        digest, there = hashlib.sha256(), 0
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("xb") as file:
            for piece in self._pieces(name):
                digest.update(piece)
                there += len(piece)
                file.write(piece)
        if there != size or digest.hexdigest() != sha256:
            raise DamagedObjectError(
                f"{self.url}: the object {name} is not as it was uploaded ({there:,} bytes of"
                f" {size:,}). Put it back by your store's versions, or restore a back-up with:"
                " okr restore BACKUP --replace"
            )

    def _pieces(self, name: str) -> Iterator[bytes]:
        with self._in_words("read", name):
            stream = self._library.get(self._store, name).stream(min_chunk_size=_PIECE)
        while True:  # errors of writing the file are not the store's
            with self._in_words("read", name):
                piece = next(stream, None)
            if piece is None:
                return
            yield bytes(piece)

    def names(self, folder: str) -> list[str]:
        """The names of all objects in a folder, and below it.

        Raises:
            StoreAwayError: They cannot be listed.
        """
        with self._in_words("listed", folder):
            return [
                one["path"] for batch in self._library.list(self._store, folder) for one in batch
            ]

    def delete(self, names: Sequence[str]) -> None:
        """Delete objects, whether or not they are there.

        Raises:
            StoreAwayError: They cannot be deleted.
        """
        for one in _batches(names, 500):
            with self._in_words("deleted", one[0]):
                self._library.delete(self._store, one)

    @property
    def _library(self) -> Any:
        import obstore

        return obstore

    def _tag(self, found: str | None) -> str:
        if not found:
            raise StoreError(
                f"{self.url}: this store gives objects no tag (ETag), without which two machines"
                " could overwrite each other. Use S3, Google Cloud Storage, Azure Blob Storage, or"
                " one that is compatible and has conditional writes."
            )
        return found

    @contextmanager
    def _in_words(self, what: str, name: str) -> Iterator[None]:
        """Turn the library's errors into ours."""
        from obstore import exceptions as of

        try:
            yield
        except (of.AlreadyExistsError, of.PreconditionError):
            raise LostRaceError(f"{self.url}: somebody else wrote {name} meanwhile.") from None
        except FileNotFoundError as error:
            if what == "read" and not any(word in str(error) for word in _NO_BUCKET):
                raise NoObjectError(
                    f"{self.url}: there is no object {name}. If somebody deleted it: okr sync on a"
                    " machine that has the newest state puts it there again; else run okr restore"
                    " with a back-up and --replace."
                ) from None
            raise self._no_bucket() from None
        except (of.PermissionDeniedError, of.UnauthenticatedError) as error:
            raise self._no_right(what, name, error) from None
        except (of.NotSupportedError, NotImplementedError):
            raise StoreError(
                f"{self.url}: this store has no conditional writes, without which two machines"
                " could overwrite each other. Use another."
            ) from None
        except (of.BaseError, TimeoutError) as error:
            if any(word in str(error) for word in _NO_BUCKET):
                raise self._no_bucket() from None
            if any(word in str(error) for word in _NO_RIGHT):
                raise self._no_right(what, name, error) from None
            raise StoreAwayError(
                f"{self.url}: {name} cannot be {what} ({_short(error)}). Is the store reachable"
                " from here, and do its address and credentials in the environment fit?"
            ) from None

    def _no_right(self, what: str, name: str, error: Exception) -> StoreAwayError:
        return StoreAwayError(
            f"{self.url}: {name} cannot be {what} with these credentials ({_short(error)})."
            " Give them the right to list, read, write and delete below this address; they come"
            " from the environment, such as AWS_ACCESS_KEY_ID."
        )

    def _no_bucket(self) -> StoreAwayError:
        return StoreAwayError(
            f"{self.url}: there is no such bucket or container. Make it, or correct store: in"
            " okr.yaml."
        )


def open_objects(url: str) -> Objects:
    """The objects at an address; nothing is asked of the store yet.

    Raises:
        NoLibraryError: The library is not installed.
        StoreError: No store can have this address, or what the environment says of it is wrong.
    """
    if find_spec("obstore") is None:
        raise NoLibraryError(
            "store: in okr.yaml needs the package obstore. Install it with:"
            ' pip install "okr-sync[store]"'
        )
    from obstore.store import from_url

    client = _CLIENT | ({"allow_http": True} if _is_plain_loopback() else {})
    try:
        found = from_url(url, client_options=cast(Any, client), retry_config=cast(Any, _AGAIN))
    except Exception as error:  # whatever the library says of an address is about the address
        raise StoreError(
            f"store: {url}: cannot be opened ({_short(error)}). Correct it in okr.yaml; credentials"
            " and an endpoint of your own come from the environment, such as AWS_REGION and"
            " AWS_ENDPOINT_URL."
        ) from None
    return Objects(url, found)


def _is_plain_loopback() -> bool:
    """Whether the environment names an endpoint on this machine, which needs no TLS."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
    return endpoint.startswith(("http://127.0.0.1:", "http://localhost:"))


def sha256_of(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _short(error: Exception) -> str:
    """The first line of what a library says, without a credential."""
    first = str(error).partition("\n")[0]
    return redact(" ".join(first.split()))[:_LONGEST]


def _batches(names: Iterable[str], most: int) -> Iterator[list[str]]:
    every = list(names)
    return (every[at : at + most] for at in range(0, len(every), most))
