"""The questions that are asked of one line, and their answers.

What belongs here: which questions a Key Result and an Objective are asked. What does not: answering
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from okr_model.governance.quality.one_thing import one_thing
from okr_model.governance.quality.outcome import outcome
from okr_model.governance.quality.questions import aim, bounded, measurable, plain, qualitative
from okr_model.governance.quality.verdict import UNKNOWN, Verdict
from okr_model.governance.quality.words_of_line import Line, read_line

Kind = Literal["key result", "objective"]
QUESTIONS: Mapping[Kind, Mapping[str, Callable[[Line], Verdict]]] = {
    "key result": {
        "outcome": outcome,
        "measurable": measurable,
        "one thing": one_thing,
        "bounded": bounded,
        "plain": plain,
    },
    "objective": {"aim": aim, "qualitative": qualitative, "one thing": one_thing, "plain": plain},
}
"""By what a line is: the name of each question and how it is answered, the gravest first."""


@lru_cache(maxsize=100_000)
def judge(text: str, kind: Kind, language: str, *, measured: bool = False) -> Mapping[str, Verdict]:
    """The answer to each question about a line.

    Args:
        text: The line as it was typed.
        kind: What it is.
        language: Whose words count, one of :data:`okr_model.governance.quality.lexicon.LANGUAGES`.
        measured: Whether a field beside it holds the figure it should arrive at.
    """
    line = read_line(text, language, measured=measured)
    if not any(part.kind == "word" for part in line.parts):
        return MappingProxyType(dict.fromkeys(QUESTIONS[kind], UNKNOWN))
    return MappingProxyType({name: ask(line) for name, ask in QUESTIONS[kind].items()})
