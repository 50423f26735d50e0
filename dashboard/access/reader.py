"""A reader of the page: name, role, groups, and how they are known.

What belongs here: those values and the order of roles. What does not: recognizing a reader
(``gate``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "lead", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "lead", "admin")
"""From the one who may do least; each may do all that those before it may."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a request comes from.

    Attributes:
        name: As decisions are signed.
        role: viewer reads, lead decides, admin may start runs.
        groups: Groups of the organization that they belong to; they open restricted rows.
        signed_how: How they are known, in words, such as ``OpenID Connect, login.example.com``.
        session: What their form tokens are bound to.
        sees_all: Whether nothing is restricted for them: the local user.
    """

    name: str
    role: Role
    groups: frozenset[str]
    signed_how: str
    session: str
    sees_all: bool = False

    def may(self, role: Role) -> bool:
        """Whether they may do what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)


def local_user(name: str) -> Reader:
    """The user of this machine, who owns the published file anyway."""
    return Reader(name, "admin", frozenset(), "on this machine", f"local {name}", sees_all=True)
