"""What every request passes: the page's own address, its own forms, a known reader.

What belongs here: those checks. What does not: what a role may do (``require``), sign-in pages.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from fastapi import Request

from dashboard.access.reader import Reader, local_user
from dashboard.access.seals import digest, equal
from published.restricted.rights import NOTHING, Hidden, Restriction, hidden_from

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing, whatever they are asked."""
OPEN = ("/static/", "/sign-in", "/sign-out")
"""Where paths begin that need no known reader."""
FORM_FIELD = "csrf_token"
FORM_HEADER = "X-CSRF-Token"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further.

    Attributes:
        kind: ``sign in``: nobody is known, and signing in helps. ``forbidden``: somebody or
            something is known and may not. ``address``: it was not meant for this page.
        words: A sentence with the remedy.
    """

    kind: Literal["sign in", "forbidden", "address"]
    words: str


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read one page, and at which address.

    Attributes:
        identify: Who a request comes from; a refusal if that is nobody who may read.
        secret: What sessions and form tokens are sealed with.
        address: Where readers find the page, ``https://okr.example.com``; None on this machine
            alone.
        restrictions: Which rows only some readers see.
        aliases: Former id of a Key Result -> present one.
    """

    identify: Callable[[Request], Reader | Refusal]
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    address: str | None = None
    restrictions: tuple[Restriction, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def local(cls, user: str, secret: bytes | None = None) -> Access:
        """For the user of this machine alone."""
        reader = local_user(user)
        return cls(lambda request: _unless_forwarded(request, reader), secret or _new_secret())

    @property
    def secure(self) -> bool:
        """Whether browsers reach the page encrypted, and keep its cookies for that alone."""
        return self.address is not None and self.address.startswith("https:")

    def admit(self, request: Request) -> Refusal | None:
        """Check a request and remember its reader; what is wrong with it, if anything is."""
        if not self._is_own_host(request):
            where = self.address or "http://127.0.0.1 and its port"
            return Refusal("address", f"This page is at {where}; open it there.")
        if request.method not in SAFE and not self._is_own_origin(request):
            return Refusal(
                "address", "This was not sent from a page of this site. Go back and try again."
            )
        if request.url.path.startswith(OPEN):
            return None
        found = self.identify(request)
        if isinstance(found, Refusal):
            return found
        request.state.reader = found
        return None

    def hidden_from(self, reader: Reader) -> Hidden:
        """What a reader may not see of what is published."""
        if reader.sees_all:
            return NOTHING
        return hidden_from(reader.groups, self.restrictions, self.aliases)

    def form_token(self, reader: Reader) -> str:
        """What a form of a reader's page carries, and nobody else can know."""
        return digest(self.secret, "form", reader.session)

    def has_form_token(self, reader: Reader, sent: object) -> bool:
        """Whether what a form carried is that reader's token."""
        return isinstance(sent, str) and equal(sent, self.form_token(reader))

    def _is_own_host(self, request: Request) -> bool:
        """Whether the browser was told to open this page, not a name that leads here as well."""
        host = request.headers.get("host", "")
        if self.address is not None:
            return _origin(f"{urlsplit(self.address).scheme}://{host}") == _origin(self.address)
        return _name(host) in _LOOPBACK

    def _is_own_origin(self, request: Request) -> bool:
        own = self.address or f"http://{request.headers.get('host', '')}"
        sent = request.headers.get("origin")
        return sent is not None and _origin(sent) is not None and _origin(sent) == _origin(own)


def access_of(request: Request) -> Access:
    """The access rules of the page that a request is for."""
    access: Access = request.app.state.access
    return access


def reader_of(request: Request) -> Reader:
    """Who a request comes from; only behind the gate."""
    reader: Reader = request.state.reader
    return reader


def csrf_token(request: Request) -> str:
    """What a form of this answer has to carry in a hidden field; empty if nobody is known."""
    reader = getattr(request.state, "reader", None)
    return access_of(request).form_token(reader) if reader else ""


def _unless_forwarded(request: Request, reader: Reader) -> Reader | Refusal:
    """The local user, unless a proxy passes on what others send."""
    if any(name in request.headers for name in _FORWARDED):
        return Refusal(
            "forbidden",
            "This request came through a proxy, and without sign-in the page is for this machine"
            " alone. Set page: sign_in: or page: proxy: in okr.yaml; see docs/page-access.md.",
        )
    return reader


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, name and port of an address; None if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname.lower(), port


def _name(host: str) -> str | None:
    found = _origin(f"http://{host}")
    return found[1] if found else None


def _new_secret() -> bytes:
    return secrets.token_bytes(32)
