"""Words that the links tables use."""

from __future__ import annotations

MAX_DEPTH = 6
"""How many levels up an ancestor may be. Loops of parents end here too."""


INHERITED = "inherited"
"""The rule of a link that an initiative has from the one it is a part of."""


CONFIDENCE = "medium"
