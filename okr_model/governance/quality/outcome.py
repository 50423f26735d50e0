"""Whether a Key Result counts an effect or work: outcome or output.

What belongs here: reading a line for that. What does not: the words (``lexicon``), and the other
questions (``questions``).

A line that begins with something to do is an output, unless what it is for is measured ("Launch
onboarding to raise completion from 42 % to 75 %"). A line that moves or reaches something is what
that is. Any other is what its head noun is, or says what has been done. Where nothing is known, a
figure that is no mere count speaks for an outcome; no figure, for a task.
"""

from __future__ import annotations

from collections.abc import Sequence

from okr_model.governance.quality.figures import (
    counts_products,
    has_value,
    is_measured,
    is_pair,
    values_of,
)
from okr_model.governance.quality.verdict import HOLDS, Verdict
from okr_model.governance.quality.words_of_line import Line, Part

_DONE = frozenset({"make-ed"})
_MOVES = frozenset({"change", "change-s", "change-ing", "reach", "reach-s", "reach-ing"})
_NEAR = 4
_BEFORE_A_VERB = ("to", "successfully", "fully", "we", "will", "by")


def outcome(line: Line) -> Verdict:
    """Whether what a Key Result counts is an effect."""
    parts = line.parts
    first = first_verb(line)
    if first is None:
        return _of_noun(line)
    tags = parts[first].tags
    if tags & {"change", "change-ing", "comparative"}:
        return _of_change(line, first)
    if tags & {"reach", "reach-ing"} and not (tags & {"make"} and not _wins(line, first)):
        return _of_reach(line, first)
    if _wins(line, first):
        return HOLDS
    return HOLDS if _has_measured_purpose(line, first + 1) else _output(line, first)


def first_verb(line: Line) -> int | None:
    """Where the verb is that a line begins with; None if it begins otherwise.

    "Build time from 25 to 8 minutes" begins with a noun: a measure follows the verb at once.
    """
    parts = line.parts
    at = 0
    while at < len(parts) - 1 and parts[at].word in _BEFORE_A_VERB:
        if parts[at].word == "by" and not parts[at + 1].tags & {"make-ing"}:
            return None
        at += 1
    tags = parts[at].tags
    if tags & {"change", "change-ing", "comparative"}:
        return at
    if not tags & {"make", "make-ing", "make-ed", "reach", "reach-ing", "open"}:
        return None
    if any(part.word in ("used", "adopted") for part in parts[at + 1 : at + 5]):
        return None
    return None if line.language == "en" and _is_compound(line, at) else at


def _is_compound(line: Line, at: int) -> bool:
    """Whether a verb is part of a noun: "release defects", "launch-week sales", "open bugs"."""
    parts = line.parts
    head = noun_end(parts, at + 1)
    if head == at + 1:
        return len(parts) == 1 or (
            at + 1 < len(parts)
            and parts[at + 1].word in ("that", "which", "of", "from")
            and "make" in parts[at].tags
        )
    last = parts[head - 1].tags
    if parts[at + 1].tags & {"determiner", "number"} or parts[at + 1].kind == "figure":
        return False
    after = parts[head] if head < len(parts) else None
    figures = after is not None and (
        after.kind in ("figure", "arrow", "sign", "mark")
        or after.word in ("from", "of", "below", "under", "per", "between", "within", "at", "is")
        or bool(after.tags & {"limit", "change-s"})
    )
    return (
        "effect" in last and figures and has_value(parts[head:]) and not parts[at].tags & {"reach"}
    )


def noun_end(parts: Sequence[Part], start: int) -> int:
    """Where the nouns end that begin at a part: at a preposition, a mark or a figure."""
    at = start
    while at < len(parts):
        part = parts[at]
        if part.kind in ("arrow", "sign", "figure", "other") or part.text in ",;:|–—-":
            break
        if "preposition" in part.tags and at > start:
            break
        at += 1
    return at


def head_noun(line: Line, start: int) -> tuple[str | None, int]:
    """The kind of the noun that a phrase beginning at a part is about, and where it is.

    Figures and determiners before it are skipped, and so is "number of": the number of guides is
    about guides.

    Returns:
        ``effect``, ``product``, ``people`` or None, and the part.
    """
    parts = line.parts
    at = start
    while at < len(parts) and (
        parts[at].value
        or parts[at].kind in ("sign", "other")
        or parts[at].text == "%"
        or parts[at].tags & {"determiner", "limit", "preposition"}
    ):
        at += 1
    for skip in range(at, min(at + 3, len(parts) - 1)):
        if "amount" in parts[skip].tags and "of" in parts[skip + 1].tags:
            at = skip + 2
            break
        if parts[skip].text == "#":
            at = skip + 1
            break
    end = noun_end(parts, at)
    kind, place = None, min(at, len(parts) - 1)
    for index in range(at, end):
        tags = parts[index].tags
        for name in ("effect", "product", "people"):
            if name in tags:
                kind, place = name, index
                break
    if kind == "effect" and "product" in parts[place].tags and "strong" not in parts[place].tags:
        kind = "product"
    return kind, place


def _of_change(line: Line, first: int) -> Verdict:
    """It is an output if what it moves is made, or if the figure counts the work it is done by."""
    parts = line.parts
    kind, place = head_noun(line, first + 1)
    by = next((at for at in range(first + 1, len(parts) - 1) if parts[at].word == "by"), None)
    if by is not None and "make-ing" in parts[by + 1].tags and not has_value(parts[:by]):
        return _output(line, by + 1) if has_value(parts[by:]) else HOLDS
    if kind == "product":
        return Verdict(False, line.words(first, place))
    return HOLDS


def _of_reach(line: Line, first: int) -> Verdict:
    parts = line.parts
    kind, place = head_noun(line, first + 1)
    figure = has_value(parts)
    if kind == "product" and not any(is_measured(parts, at) for at in values_of(line)):
        return Verdict(False, line.words(first, place))
    if (
        kind is None
        and not figure
        and not any(part.tags & {"effect", "comparative", "people"} for part in parts)
    ):
        return _output(line, first)
    if any(_DONE & part.tags for part in parts[first + 1 :]) and kind != "effect":
        return _output(line, first)
    if kind == "product":
        return _output(line, first)
    return HOLDS


def _wins(line: Line, first: int) -> bool:
    """Whether it closes or signs what another party agrees to: deals, customers, partners."""
    if line.parts[first].word not in ("close", "sign", "closing", "signing", "secure", "book"):
        return False
    return any(
        "won" in part.tags for part in line.parts[first + 1 : noun_end(line.parts, first + 3)]
    )


def _has_measured_purpose(line: Line, start: int) -> bool:
    """Whether something is moved after "to", "so that" or a comma, by more than things made."""
    parts = line.parts
    for at in range(start, len(parts) - 1):
        part = parts[at]
        if not (part.tags & {"purpose"} or part.text in ",;:–—-" or part.tags & {"joins"}):
            continue
        near = parts[at + 1 : at + 1 + _NEAR]
        moved = any(each.tags & _MOVES for each in near)
        if not moved and "purpose" in part.tags and part.word != "to":
            moved = any(each.tags & {"effect", "change-ed", "use"} for each in parts[at + 1 :])
        if part.tags & {"joins"}:
            continue
        values = [
            value for value in values_of(line, at + 1) if "share_word" not in parts[value].tags
        ]
        if moved and values and not all(counts_products(parts, value) for value in values):
            return True
    return False


def _of_noun(line: Line) -> Verdict:
    parts = line.parts
    kind, place = head_noun(line, 0)
    values = values_of(line)
    if _people_act(line):
        return HOLDS
    done = next((at for at, part in enumerate(parts) if _DONE & part.tags and at > place), None)
    measured = any(is_measured(parts, at) for at in values)
    if done is not None and not _effect_before(line, done):
        return Verdict(False, line.words(0, done))
    if kind == "effect":
        return HOLDS
    strong = any("strong" in part.tags for part in parts)
    if strong and (measured or is_pair(parts)):
        return HOLDS
    if kind == "product":
        return Verdict(False, line.words(0, place))
    if kind == "people" and values:
        return HOLDS
    if measured or is_pair(parts) or any(part.tags & {"comparative"} for part in parts):
        return HOLDS
    if any(part.tags & {"effect"} for part in parts) and values:
        return HOLDS
    return Verdict(False, line.text if len(parts) < 9 else line.words(0, 7))


def _effect_before(line: Line, done: int) -> bool:
    """Whether a measure stands before what was done: "share of projects finished on budget"."""
    kind, place = head_noun(line, 0)
    if kind == "effect" and place < done:
        return True
    return any("strong" in part.tags for part in line.parts[:done])


def _people_act(line: Line) -> bool:
    """Whether people outside do something: "60 % of users activate", "customers publish apps"."""
    parts = line.parts
    for at, part in enumerate(parts[:6]):
        if "people" not in part.tags:
            if part.tags & {"product", "effect", "make-ed"} and not part.tags & {"number"}:
                return False
            continue
        after = parts[at + 1] if at + 1 < len(parts) else None
        if after is None or after.kind != "word":
            return False
        if after.tags & {"make-ed", "people", "product"} and not after.tags & {"make", "reach"}:
            continue
        if after.word in ("who", "that", "say", "recommend", "attend", "complete", "are", "can"):
            return True
        if after.tags & {"make", "reach", "change", "reach-s", "make-s", "change-s"}:
            return True
        if not after.tags and after.word.endswith("s") is False and not after.word.endswith("ed"):
            return at > 0 and parts[0].value
        return bool(not after.tags and after.word.endswith("s"))
    return False


def _output(line: Line, first: int) -> Verdict:
    """An output, with the verb and its object."""
    _, place = head_noun(line, first + 1)
    last = max(first, noun_end(line.parts, place) - 1)
    if last + 2 < len(line.parts) and line.parts[last + 1].kind == "other":  # "ISO 27001 certified"
        last = noun_end(line.parts, last + 2) - 1
    return Verdict(False, line.words(first, max(place, last)))
