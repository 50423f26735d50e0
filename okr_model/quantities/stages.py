"""Milestones in one text: ``Design 20 %, Build 50 %, Launch 30 %``.

What belongs here: the stages of a Key Result with their weights, and which of them a value names.
What does not: how far it has come (``progress``).
"""

from __future__ import annotations

import math
import re

from okr_model.languages.folding import same_id
from okr_model.quantities.cells import LONGEST_SENTENCE, clean_text, is_prose
from okr_model.quantities.numbers import NUMBER, Unreadable, plain_text, read_number

_BETWEEN = re.compile(r"[;\n]|,(?!\d)|\s[/|•·]\s")
_STAGE = re.compile(rf"(?:[-*•]\s*)?(.*?[^\W\d_].*?)\s*[:=(–-]?\s*({NUMBER.pattern})\s*(%?)\)?")
_DONE = re.compile(
    r"\s*[:(-]?\s*(?:done|finished|completed?|erledigt|fertig|terminée?s?|faite?s?|hecho|listo|fatto"
    r"|gedaan|klaar|feito|concluído|✓|✔|✅)\)?$",
    re.IGNORECASE,
)


def parse_stages(text: str, locale: str | None = None) -> dict[str, float] | Unreadable | None:
    """Stages with their weights, which add up to 1; None where a text names no two of them.

    Args:
        text: As a person typed it: stages divided by commas, semicolons or lines, each with its
            weight behind it, in percent or as a share.
        locale: Of the place the text stands in.
    """
    if is_prose(text, LONGEST_SENTENCE):
        return None
    parts = [part.strip() for part in _BETWEEN.split(plain_text(text)) if part.strip()]
    matches = [_STAGE.fullmatch(part) for part in parts]
    if len(parts) < 2 or not all(matches):
        return None
    stages: dict[str, float] = {}
    signs = {match[3] for match in matches if match}
    for match in filter(None, matches):
        weight = read_number(match[2], locale)
        if isinstance(weight, Unreadable):
            return weight
        if same_id(match[1]) in map(same_id, stages):
            return Unreadable(f"it names the stage {match[1]} twice")
        stages[match[1]] = weight
    total = math.fsum(stages.values())
    whole = 100.0 if "%" in signs or total > 1.5 else 1.0
    if len(signs) > 1 or min(stages.values()) < 0 or not math.isclose(total, whole, rel_tol=1e-6):
        shown = f"{total:.6g} %" if whole > 1 else f"{total:.6g}"
        return Unreadable(f"the weights of its stages add up to {shown}, not to {whole:.6g}")
    return {name: weight / whole for name, weight in stages.items()}


def reached_share(text: str, stages: dict[str, float]) -> float | Unreadable | None:
    """The share that a value reaches by naming stages; None where it names none.

    A list of stages counts each of them. One stage alone counts only where it is the first: of a
    later one, two people would not agree whether those before it are done, too.
    """
    if is_prose(text, LONGEST_SENTENCE):
        return None
    known = {same_id(name): weight for name, weight in stages.items()}
    parts = map(clean_text, re.split(r"[,;+&\n]", text))
    words = [same_id(_DONE.sub("", part)) for part in parts if part]
    named = [word for word in dict.fromkeys(words) if word in known]
    if not named or len(named) < len(words):
        return None
    share = math.fsum(known[word] for word in named)
    order = list(known)
    at = order.index(named[0])
    if len(named) == 1 and at > 0:
        until = math.fsum(known[word] for word in order[: at + 1])
        return Unreadable(
            f"it may be {share:.0%}, this stage alone, or {until:.0%}, with those before it; list"
            " every stage that is done"
        )
    return share
