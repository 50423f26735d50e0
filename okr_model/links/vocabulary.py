"""Constants of link inheritance, shared by initiatives (``inheritance``) and issues (``activity``).

What belongs here: words and limits that several modules about links need. What does not: the rules,
states and decisions of the published tables (``tables.links``).
"""

from __future__ import annotations

MAX_DEPTH = 6
"""How many levels up an ancestor may be; this also ends cycles of parents."""
INHERITED = "inherited"
"""The rule of a link that an initiative inherits from an ancestor."""
CONFIDENCE = "medium"
"""The confidence of an inherited link."""
