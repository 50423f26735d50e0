"""What a text of JQL, or of a measure, names.

What belongs here: reading it without a request. What does not: sending it (``api.search``).
"""

from __future__ import annotations

import re

_NAMED = re.compile(r"""(?ix)\bproject\s*(?:=|\bin\b)\s*(\([^()]*\)|"[^"]*"|'[^']*'|[\w-]+)""")


def projects_named(jql: str) -> list[str]:
    """The keys, names or ids of the projects that a query asks for by ``=`` or ``in``."""
    groups = (found[1].strip("()").split(",") for found in _NAMED.finditer(jql))
    return list(dict.fromkeys(one.strip(" \"'") for group in groups for one in group))
