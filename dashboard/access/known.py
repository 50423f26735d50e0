"""Ways in which a reader is known: on this machine, by a trusted proxy, by a session, by a token.

What belongs here: from a request to its reader. What does not: how a session begins
(``openid``), what every request passes (``gate``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fastapi import Request

from dashboard.access.reader import Reader, local_user
from dashboard.access.refusal import Refusal
from dashboard.access.roles import Roles
from dashboard.access.seals import equal
from dashboard.access.sessions import Sessions

Identify = Callable[[Request], Reader | Refusal]
"""Who a request comes from; a refusal if that is nobody who may read."""
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_BEARER = "bearer "


def by_machine(user: str) -> Identify:
    """The user of this machine, unless a proxy passes on what others send."""
    reader = local_user(user)

    def identify(request: Request) -> Reader | Refusal:
        if any(name in request.headers for name in _FORWARDED):
            return Refusal(
                "forbidden",
                "This request came through a proxy, and without sign-in the page is for this"
                " machine alone. Set page: sign_in: or page: proxy: in okr.yaml; see"
                " docs/page-access.md.",
            )
        return reader

    return identify


@dataclass(frozen=True, slots=True)
class TrustedProxy:
    """A proxy that signs people in and tells who they are.

    Attributes:
        secret: What it sends to be believed.
        secret_header: In which header.
        user_header: The header with the person's name.
        groups_header: The header with their groups, separated by commas.
    """

    secret: str = field(repr=False)
    secret_header: str
    user_header: str
    groups_header: str


def by_proxy(proxy: TrustedProxy, roles: Roles) -> Identify:
    """Whom the proxy names; nobody is believed without its secret."""

    def identify(request: Request) -> Reader | Refusal:
        sent = request.headers.getlist(proxy.secret_header)
        if len(sent) != 1 or not equal(sent[0], proxy.secret):
            return Refusal("forbidden", "This page is reached through its proxy only.")
        names = request.headers.getlist(proxy.user_header)
        groups = request.headers.getlist(proxy.groups_header)
        # What the proxy adds beside what a browser sent may be either's.
        if len(names) != 1 or len(groups) > 1 or not names[0].strip():
            return Refusal(
                "forbidden",
                f"The proxy has to send {proxy.user_header} exactly once, and"
                f" {proxy.groups_header} at most once, in place of what it received.",
            )
        name = _text(names[0])
        held = [one.strip() for one in _text(groups[0] if groups else "").split(",")]
        return with_role(name, filter(None, held), roles, "trusted proxy", f"proxy {name}")

    return identify


def by_session(sessions: Sessions, roles: Roles) -> Identify:
    """Who has signed in and holds the cookie of it."""

    def identify(request: Request) -> Reader | Refusal:
        found = sessions.of(request)
        if found is None:
            return Refusal("sign in", "Sign in to read this.")
        return with_role(found.name, found.groups, roles, found.signed_how, found.id)

    return identify


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token with which a program reads the API.

    Attributes:
        name: Who reads, as logs and answers name it.
        sha256: The digest of the token, in hexadecimal; the token itself is nowhere kept.
        groups: Groups it belongs to, by which restricted rows open.
    """

    name: str
    sha256: str
    groups: frozenset[str] = frozenset()


def by_token(tokens: Sequence[ApiToken], request: Request) -> Reader | Refusal | None:
    """Whose token a request carries; None if it carries none."""
    sent = request.headers.getlist("authorization")
    if not sent:
        return None
    token = sent[0][len(_BEARER) :].strip() if sent[0].lower().startswith(_BEARER) else ""
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    # All are compared, so that the time tells nothing about which one is near.
    found = [one for one in tokens if equal(digest, one.sha256.lower())]
    if len(sent) > 1 or not token or not found:
        return Refusal("sign in", "This token is not known; see okr serve token.")
    one = found[0]
    return Reader(one.name, "viewer", one.groups, "API token", f"token {one.sha256}")


def with_role(
    name: str, groups: Iterable[str], roles: Roles, signed_how: str, session: str
) -> Reader | Refusal:
    """The reader with the role that their groups give."""
    held = frozenset(groups)
    role = roles.of(held)
    if role is None:
        told = ", ".join(sorted(held)) or "none"
        return Refusal(
            "forbidden",
            f"You are signed in as {name}, and no group of yours may read this page. Your groups:"
            f" {told}. Whoever runs it names those that may in page: roles: of okr.yaml.",
        )
    return Reader(name, role, held, signed_how, session)


def _text(header: str) -> str:
    """A header's text, in UTF-8 if it is: Starlette reads Latin-1."""
    return header.encode("latin-1").decode("utf-8", "replace").strip()
