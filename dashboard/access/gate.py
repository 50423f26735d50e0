"""What every request passes: the page's own address, its own forms, a known reader.

What belongs here: those checks. What does not: what a role may do (``require``), sign-in pages.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import Request

from dashboard.access.known import ApiToken, Identify, by_machine, by_token
from dashboard.access.reader import Reader
from dashboard.access.refusal import Refusal
from dashboard.access.seals import digest, equal
from dashboard.access.sign_in import SignIn
from published.restricted.rights import Restriction, hidden_from
from published.snapshot import Snapshot

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing, whatever they are asked."""
OPEN = ("/sign-in", "/sign-in/start", "/sign-in/callback")
"""Paths that need no known reader, beside those of files of the page itself."""
HEALTH = "/health"
"""Says that the server answers, and no more: to whoever watches over it, under any of its names."""
FORM_FIELD = "csrf_token"
FORM_HEADER = "X-CSRF-Token"
# A name or number and a port; with a path in it, an address made of it would have another path.
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _new_secret() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read one page, and at which address.

    Attributes:
        identify: Who a request comes from; a refusal if that is nobody who may read.
        secret: What sessions and form tokens are sealed with.
        address: Where readers find the page, ``https://okr.example.com``; None on this machine
            alone.
        sign_in: How people sign in; None where they need not, or a proxy does it.
        tokens: With which programs read the API.
        restrictions: Which rows only some readers see.
        aliases: Tells the former ids of Key Results and the present ones, asked once a run.
    """

    identify: Identify
    secret: bytes = field(default_factory=_new_secret, repr=False)
    address: str | None = None
    sign_in: SignIn | None = None
    tokens: tuple[ApiToken, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    aliases: Callable[[], Mapping[str, str]] = dict

    @classmethod
    def local(cls, user: str, secret: bytes | None = None) -> Access:
        """For the user of this machine alone."""
        return cls(by_machine(user), secret or _new_secret())

    @property
    def secure(self) -> bool:
        """Whether browsers reach the page encrypted, and keep its cookies for that alone."""
        return self.address is not None and self.address.startswith("https:")

    def admit(self, request: Request) -> Refusal | None:
        """Check a request and remember its reader; what is wrong with it, if anything is."""
        if _path(request) == HEALTH and request.method in SAFE:
            return None
        if not self._is_own_host(request):
            where = self.address or "http://127.0.0.1 and its port"
            return Refusal("address", f"This page is at {where}; open it there.")
        if request.method not in SAFE and not self._is_own_origin(request):
            return Refusal(
                "address", "This was not sent from a page of this site. Go back and try again."
            )
        if _is_open(_path(request)):
            return None
        found = by_token(self.tokens, request) if _is_api(request) else None
        if found is None:
            found = self.identify(request)
        if isinstance(found, Refusal):
            return found
        request.state.reader = found
        return None

    def seen_by(self, reader: Reader, tables: Snapshot, tolerance: float) -> Snapshot:
        """The published tables as a reader may see them.

        Args:
            reader: The reader.
            tables: All of them.
            tolerance: As :meth:`published.snapshot.Snapshot.seen_by` takes it.
        """
        if reader.sees_all or not self.restrictions:
            return tables
        aliases = tables.once("former ids", self.aliases)
        hidden = hidden_from(reader.groups, self.restrictions, aliases)
        return tables.seen_by(hidden, tolerance)

    def hides_from(self, reader: Reader) -> bool:
        """Whether anything may be hidden from a reader."""
        return not reader.sees_all and bool(hidden_from(reader.groups, self.restrictions))

    def form_token(self, reader: Reader) -> str:
        """What a form of a reader's page carries, and nobody else can know."""
        return digest(self.secret, "form", reader.session)

    def has_form_token(self, reader: Reader, sent: object) -> bool:
        """Whether what a form carried is that reader's token."""
        return isinstance(sent, str) and equal(sent, self.form_token(reader))

    def _is_own_host(self, request: Request) -> bool:
        """Whether the browser was told to open this page, not a name that leads here as well."""
        host = request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            return False
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


def _path(request: Request) -> str:
    """The path by which a route is found, not one of an address made with the Host header."""
    return str(request.scope["path"])


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith("/static/")


def _is_api(request: Request) -> bool:
    return _path(request).startswith("/api/")


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
