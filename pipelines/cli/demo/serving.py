"""Where the sample company's services can be reached while they are up, by a file in its folder.

What belongs here: writing, reading and removing that file. What does not: the services.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from published.errors import UserError

_SECONDS = 10.0


class NotServingError(UserError):
    """The sample company's services are not up."""


class RefusedEditError(UserError):
    """The services are up, and say why they cannot do it."""


@contextmanager
def announced(folder: Path, url: str, token: str) -> Iterator[None]:
    """Let other commands find the services at ``url`` for as long as the context lasts."""
    path = _path(folder)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"url": url, "token": token}), "utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def is_serving(folder: Path) -> bool:
    """Whether services of this folder are up."""
    try:
        with urllib.request.urlopen(f"{_known(folder)['url']}/", timeout=_SECONDS) as answer:  # noqa: S310 - our own file names it
            return bool(answer.status == 200)
    except (NotServingError, OSError):
        return False


def ask(folder: Path, command: Mapping[str, Any]) -> dict[str, Any]:
    """Let the services do something.

    Returns:
        ``told`` (sentences), ``records`` (how addresses end) and ``day``.

    Raises:
        NotServingError: They are not up.
        RefusedEditError: They cannot do it.
    """
    known = _known(folder)
    request = urllib.request.Request(  # noqa: S310 - our own file names it
        f"{known['url']}/control",
        json.dumps(command).encode(),
        {"Authorization": f"Bearer {known['token']}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            said: dict[str, Any] = json.load(answer)
            return said
    except urllib.error.HTTPError as error:
        if error.code == 422:
            raise RefusedEditError(f"Nothing changed: {json.load(error)['error']}.") from None
        raise NotServingError(_not_up(folder)) from None
    except OSError:
        raise NotServingError(_not_up(folder)) from None


def _known(folder: Path) -> dict[str, str]:
    try:
        said: dict[str, str] = json.loads(_path(folder).read_text("utf-8"))
    except (OSError, ValueError):
        raise NotServingError(_not_up(folder)) from None
    return said


def _not_up(folder: Path) -> str:
    elsewhere = "" if folder == Path("demo") else f" --folder {folder}"
    return (
        "The sample company's services are not up. Start them in another terminal: "
        f"okr demo{elsewhere} --serve"
    )


def _path(folder: Path) -> Path:
    return folder / "serving.json"
