"""Whether a line is about one thing or about several.

What belongs here: telling two measures, two tasks and two aims from one. What does not: the words.

Nouns joined within one measure are one thing ("sales and marketing costs below 18 %"), and so is a
measure with what is done for it ("Launch chat, cutting calls by 40 %").
"""

from __future__ import annotations

from okr_model.governance.quality.figures import has_value
from okr_model.governance.quality.outcome import first_verb
from okr_model.governance.quality.verdict import HOLDS, Verdict
from okr_model.governance.quality.words_of_line import Line, Part

_VERBS = frozenset({"make", "change", "reach", "open"})
_FREE = frozenset({"determiner", "number", "comparative"})


def one_thing(line: Line) -> Verdict:
    """Whether it is about one measure, one deliverable, one aim."""
    for joint in _joints(line):
        if _two_measures(line, joint) or _two_tasks(line, joint) or _two_aims(line, joint):
            return Verdict(False, _both(line, joint))
    return HOLDS


def _joints(line: Line) -> list[int]:
    """Where a line may fall in two."""
    found = []
    for at, part in enumerate(line.parts):
        if not 0 < at < len(line.parts) - 1:
            continue
        if (
            part.tags & {"joins", "holding"}
            or part.text in (";", ",", "&", "+", "|")
            or (part.text == "/" and line.text[part.start - 1] == " ")
        ):
            found.append(at)
    return found


def _two_measures(line: Line, joint: int) -> bool:
    """Whether figures with nouns of their own stand on both sides."""
    parts = line.parts
    left, right = parts[:joint], parts[joint + 1 :]
    if not has_value(right):
        if "holding" in parts[joint].tags:
            return any(part.tags & {"change-ing", "reach-ing"} for part in right) or (
                any("effect" in part.tags for part in right) and has_value(left)
            )
        return False
    if any(part.tags & {"baseline"} for part in right[:2]):
        return False
    if right[0].tags & {"change-ing", "reach-ing"} and parts[joint].text == ",":
        return False
    if not has_value(left) or (parts[0].word == "by" and joint < 8):
        return False
    if "between" in {part.word for part in left} and parts[joint - 1].value:
        return False
    known = {"effect", "product", "people", "strong", *_VERBS}
    named = any(part.tags & known and not part.value for part in right)
    return (
        named
        or any(part.text[:1].isupper() and part.kind == "word" for part in right)
        or (
            any(part.value for part in right[:2])
            and any(
                part.kind == "word" and "preposition" not in part.tags and "unit" not in part.tags
                for part in right
            )
        )
    )


def _two_tasks(line: Line, joint: int) -> bool:
    """Whether a second verb with its own object follows: "hire a lead and define the job"."""
    parts = line.parts
    after = parts[joint + 1]
    if "holding" in parts[joint].tags or first_verb(line) is None or parts[0].word == "by":
        return False
    if not after.tags & _VERBS or after.tags & {"number"}:
        return False
    if joint + 2 >= len(parts) or joint == 1 or _is_verb(parts[joint - 1]):
        return False  # two verbs with one object: "write and send the invoice"
    following = parts[joint + 2]
    if following.word in ("them", "it"):
        return False  # "write the policies and get them approved"
    if after.tags & {"change", "reach"} and not after.tags & {"product", "effect"}:
        return True
    if not after.tags & {"product", "effect", "mass", "people"}:
        return following.kind in ("word", "figure") and "preposition" not in following.tags
    return bool(following.tags & _FREE) or following.kind == "figure"


def _is_verb(part: Part) -> bool:
    """Whether a word is a verb and no noun, too."""
    return bool(part.tags & _VERBS) and not part.tags & {"product", "effect", "mass", "people"}


def _two_aims(line: Line, joint: int) -> bool:
    """Whether two measures are moved without a figure, or two definite things are made."""
    parts = line.parts
    first = first_verb(line)
    if first is None or has_value(parts) or joint <= first + 1:
        return False
    between = parts[first + 1 : joint]
    if any("preposition" in part.tags for part in between):
        return False
    after = parts[joint + 1 :]
    if parts[first].tags & {"change", "change-ing"} and not parts[first].tags & {"comparative"}:
        return "effect" in parts[joint - 1].tags and any(
            "effect" in part.tags for part in after[:3]
        )
    article = ("the", "a", "an")
    return (
        "make" in parts[first].tags
        and parts[joint].tags >= {"joins"}
        and after[0].word in article
        and any(part.word in article for part in between)
    )


def _both(line: Line, joint: int) -> str:
    """What stands on both sides, a few words each."""
    first = max(0, joint - 4)
    last = min(len(line.parts) - 1, joint + 4)
    before = "… " if first else ""
    behind = " …" if last < len(line.parts) - 1 else ""
    return before + line.words(first, last) + behind
