"""Two simpler ways to judge a line, which the rules must beat.

What belongs here: them. What does not: the rules (``okr_model.governance.quality``).
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\d[\d.,]*")
_TASKS = (
    *("launch", "build", "create", "write", "publish", "hire", "implement", "develop", "migrate"),
    *("ship", "release", "design", "deliver", "run", "organize", "organise", "complete", "set"),
    *("roll", "introduce", "conduct", "define", "train", "prepare", "document"),
)
_VAGUE = ("improve", "better", "more", "continue", "support", "increase", "reduce")
_BUZZ = ("leverage", "synerg", "holistic", "world-class", "best-in-class", "seamless", "next level")


def holds_two_numbers(text: str, _question: str) -> bool:
    """A line with two numbers is good in every respect, any other in none."""
    return len(_NUMBER.findall(text)) >= 2


def word_list(text: str, question: str) -> bool:
    """A list of words for each question."""
    folded = text.casefold()
    first = re.sub(r"^[\W\d]*", "", folded).split(" ")[0]
    numbers = _NUMBER.findall(text)
    answers = {
        "outcome": first not in _TASKS,
        "measurable": bool(numbers),
        "one_thing": not re.search(r" and | & |;", folded),
        "bounded": first not in _VAGUE or bool(numbers),
        "plain": not any(word in folded for word in _BUZZ),
        "qualitative": not numbers,
    }
    return answers[question]


BASELINES = {"two numbers": holds_two_numbers, "word list": word_list}
