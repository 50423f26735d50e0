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
    head_noun,
    is_measured,
    is_pair,
    noun_end,
    values_of,
)
from okr_model.governance.quality.verdict import HOLDS, Verdict
from okr_model.governance.quality.words_of_line import Line, Part

_DONE = frozenset({"make-ed"})
_MOVES = frozenset({"change", "change-s", "change-ing", "reach", "reach-s", "reach-ing"})
_NEAR = 4
_ACT = ("who", "that", "say", "recommend", "attend", "complete", "are", "can")
_SAY = ("report", "rate", "share", "use", "trust", "score", "return", "order")
_NOTHING = ("no", "zero", "0")
_TAKE_PART = ("complete", "finish", "attend", "take", "join", "undergo", "receive", "pass")
_OWN_PEOPLE = ("employees", "managers", "colleagues", "leaders", "people", "everyone", "everybody")
_STATISTICS = ("median", "mean", "average", "typical")
_OF_A_NOUN = ("that", "which", "of", "from")
_BEFORE_A_VERB = ("to", "successfully", "fully", "we", "will", "by")


def outcome(line: Line) -> Verdict:
    """Whether what a Key Result counts is an effect."""
    parts = line.parts
    first = first_verb(line)
    if first is None:
        attended = _attended(line)
        return _of_noun(line) if attended is None else Verdict(False, line.words(0, attended))
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
        return at if line.language == "en" and _may_be_verb(parts, at) else None
    if any(part.word in ("used", "adopted") for part in parts[at + 1 : at + 5]):
        return None
    return None if line.language == "en" and _is_compound(line, at) else at


def _may_be_verb(parts: Sequence[Part], at: int) -> bool:
    """Whether an unknown first word is one: "inspect the bridges", "inspect 9 of the 10"."""
    if parts[at].kind != "word" or parts[at].tags or parts[at].text.isupper():
        return False
    if parts[at].word in _STATISTICS:
        return False
    after = parts[at + 1 : at + 4]
    if not after or after[0].tags & {"determiner"}:
        return bool(after)
    return after[0].value and any(part.word == "of" for part in after[1:])


def _is_compound(line: Line, at: int) -> bool:
    """Whether a verb is part of a noun: "release defects", "launch-week sales", "open bugs"."""
    parts = line.parts
    if at + 1 < len(parts) and "make" in parts[at].tags and parts[at + 1].word in _OF_A_NOUN:
        return True
    head = noun_end(parts, at + 1)
    if head == at + 1:
        return len(parts) == 1
    last = parts[head - 1].tags
    if parts[at + 1].tags & {"determiner", "number"} or parts[at + 1].kind == "figure":
        return False
    if line.measured and "noun" in parts[at].tags and "product" not in last:
        return True  # the name of a measure: "order intake"
    after = parts[head] if head < len(parts) else None
    figures = after is not None and (
        after.kind in ("figure", "arrow", "sign", "mark")
        or after.word in ("from", "of", "below", "under", "per", "between", "within", "at", "is")
        or bool(after.tags & {"limit", "change-s"})
    )
    return (
        "effect" in last and figures and has_value(parts[head:]) and not parts[at].tags & {"reach"}
    )


def _of_change(line: Line, first: int) -> Verdict:
    """It is an output if what it moves is made, or if the figure counts the work it is done by."""
    parts = line.parts
    kind, place = head_noun(line, first + 1)
    by = next((at for at in range(first + 1, len(parts) - 1) if parts[at].word == "by"), None)
    if by is not None and "make-ing" in parts[by + 1].tags and not has_value(parts[:by]):
        return _output(line, by + 1) if has_value(parts[by:]) else HOLDS
    figures = any(is_measured(parts, at) for at in values_of(line))
    if "lowering" in parts[first].tags and figures:
        return HOLDS  # fewer flaky tests
    if kind == "product" or (kind == "people" and "staff" in parts[place].tags):
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
    shares_alone = all("share_word" in parts[at].tags for at in values_of(line))
    limited = any("limit" in part.tags for part in parts)
    if kind == "product" or (kind != "effect" and figure and shares_alone and not limited):
        return _output(line, first)  # "have all teams on the new platform"
    return HOLDS


def _wins(line: Line, first: int) -> bool:
    """Whether it closes or signs what another party agrees to: deals, partners, an amount."""
    parts = line.parts
    if line.parts[first].word not in ("close", "sign", "closing", "signing", "secure", "book"):
        return False
    if any(part.value and part.text[0] in "€$£¥" for part in parts[first + 1 : first + 3]):
        return True
    return any("won" in part.tags for part in parts[first + 1 : noun_end(parts, first + 3)])


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
    if _is_effect(line):
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
    if line.measured:
        return HOLDS  # the name of a measure
    return Verdict(False, line.text if len(parts) < 9 else line.words(0, 7))


def _effect_before(line: Line, done: int) -> bool:
    """Whether what was done is counted as a measure.

    "Share of projects finished on budget", "orders delivered within two days".
    """
    parts = line.parts
    kind, place = head_noun(line, 0)
    if kind == "effect" and "strong" in parts[place].tags and place < done:
        return True
    if "strong" in parts[done - 1].tags:
        return True
    if "served" in parts[done].tags and any(is_measured(parts, at) for at in values_of(line)):
        return True
    later = values_of(line, done)
    return any(is_measured(parts, at) and parts[at].text[-1] != "%" for at in later)


def _is_effect(line: Line) -> bool:
    """Whether a line says so by how it begins, whatever its head noun is."""
    return _people_act(line) or line.parts[0].word in _NOTHING or _is_statistic(line)


def _attended(line: Line) -> int | None:
    """Where the thing is that one's own people take part in: "90 % of employees complete training".

    That they took part is work done; what customers complete is an effect.
    """
    parts = line.parts
    for at, part in enumerate(parts[:6]):
        own = "staff" in part.tags or part.word in _OWN_PEOPLE
        if own and at + 2 < len(parts) and parts[at + 1].word in _TAKE_PART:
            kind, place = head_noun(line, at + 2)
            return place if kind == "product" else None
    return None


def _is_statistic(line: Line) -> bool:
    """Whether a line names the middle of measured things: "median first reply of 2 hours"."""
    parts = line.parts
    return (
        len(parts) > 2
        and parts[0].word in _STATISTICS
        and parts[1].kind == "word"
        and not parts[1].tags & {"number"}
        and any(is_measured(parts, at) for at in values_of(line))
    )


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
        if after.word in _SAY and part.word.endswith("s"):
            return True
        if after.tags & {"make-ed", "people", "product"} and not after.tags & {"make", "reach"}:
            continue
        if after.word in _ACT:
            return True
        if after.tags & {"make", "reach", "change", "reach-s", "make-s", "change-s"}:
            return True
        if after.tags or after.word.endswith("ed"):
            return False
        return after.word.endswith("s") or part.word.endswith("s") or parts[0].value
    return False


def _output(line: Line, first: int) -> Verdict:
    """An output, with the verb and its object."""
    _, place = head_noun(line, first + 1)
    last = max(first, noun_end(line.parts, place) - 1)
    if last + 2 < len(line.parts) and line.parts[last + 1].kind == "other":  # "ISO 27001 certified"
        last = noun_end(line.parts, last + 2) - 1
    return Verdict(False, line.words(first, max(place, last)))
