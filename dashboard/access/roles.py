"""Which role somebody's groups give.

What belongs here: that rule. What does not: what a role may do (``require``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dashboard.access.reader import ROLES, Role

EVERYONE = "everyone"
"""In place of a group: whoever can sign in."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The groups that give each role.

    Attributes:
        viewer: May read.
        lead: May decide, too.
        admin: May start runs, too.
    """

    viewer: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()

    def of(self, groups: Collection[str]) -> Role | None:
        """The highest role that one of ``groups`` gives; None if none gives any."""
        held = {*groups, EVERYONE}
        given: dict[Role, tuple[str, ...]] = {
            "viewer": self.viewer,
            "lead": self.lead,
            "admin": self.admin,
        }
        return next((role for role in reversed(ROLES) if held & set(given[role])), None)
