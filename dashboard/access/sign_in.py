"""How people sign in to one page: the provider, sessions, roles, and how often they may try.

What belongs here: keeping these together. What does not: each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.access.attempts import Attempts
from dashboard.access.openid import OpenId
from dashboard.access.roles import Roles
from dashboard.access.sessions import Cookie, Sessions


@dataclass(frozen=True, slots=True)
class SignIn:
    """Sign-in of one page.

    Attributes:
        openid: The provider.
        sessions: Who has signed in.
        roles: Which groups may do what.
        groups: The groups that mean anything: those of roles and of restrictions.
        under_way: The cookie of a sign-in that has begun.
        attempts: How often one address may try.
    """

    openid: OpenId
    sessions: Sessions
    roles: Roles
    groups: frozenset[str]
    under_way: Cookie
    attempts: Attempts


def own_path(wanted: str) -> str:
    r"""``wanted`` if it is a path of this page, else its start; never another site.

    Browsers take ``\`` for ``/``, drop tabs and line breaks, and what begins with ``//`` is a host.
    """
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    is_clean = wanted.isprintable() and "\\" not in wanted and not wanted.startswith("/sign-")
    return wanted if is_path and is_clean else "/"
