"""Whether an Objective states an aim or a task.

What belongs here: that question. What does not: Key Results (``outcome``).
"""

from __future__ import annotations

from okr_model.governance.quality.outcome import first_verb, head_noun, noun_end
from okr_model.governance.quality.verdict import HOLDS, UNKNOWN, Verdict
from okr_model.governance.quality.words_of_line import Line


def aim(line: Line) -> Verdict:
    """Whether it says what shall be so, instead of what to build, launch or finish.

    Verbs that serve both ("build trust", "build the portal") are told by their noun.
    """
    parts = line.parts
    if not parts:
        return UNKNOWN
    first = first_verb(line)
    if first is None:
        done = next((at for at, part in enumerate(parts) if "make-ed" in part.tags and at), None)
        return HOLDS if done is None or len(parts) > done + 2 else Verdict(False, line.text)
    tags = parts[first].tags
    if not tags & {"make", "make-ing", "make-ed"} or (
        tags & {"change", "reach"} and "hard" not in tags
    ):
        return HOLDS
    kind, _ = head_noun(line, first + 1)
    end = max(noun_end(parts, first + 1) - 1, first)
    if "hard" not in tags and kind != "product":
        return HOLDS
    if "hard" not in tags and any("aim" in part.tags for part in parts[first + 1 : end + 1]):
        last = parts[end].tags
        if "aim" in last or "product" not in last:
            return HOLDS
    return Verdict(False, line.words(first, end))
