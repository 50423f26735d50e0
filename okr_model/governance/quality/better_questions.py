"""The better question for each answer of no, with the words it is about.

What belongs here: sentences for people. What does not: the answers (``judge``).
"""

from __future__ import annotations

from okr_model.governance.quality.judge import Kind
from okr_model.governance.quality.questions import MOST_WORDS
from okr_model.governance.quality.verdict import Verdict

_PLAIN = "“{words}” may mean many things. What would a colleague of another department see then?"
_KEY_RESULT = {
    "outcome": "“{words}” counts work done, not what comes of it. What is different afterwards for"
    " the people it is for, and by which figure would you see it?",
    "measurable": "“{words}” names no figure. From which value to which should it move until the"
    " end of the cycle?",
    "one thing": "“{words}” is more than one thing, so one progress cannot say how it goes. Which"
    " of them matters most? The other may be a Key Result of its own.",
    "bounded": "“{words}” has no end. At which value, or with what in hand, would you say that it"
    " is met?",
    "plain": _PLAIN,
}
_OBJECTIVE = {
    "aim": "“{words}” is a task. What is better, and for whom, once it is done? That is the"
    " Objective; the task is an initiative.",
    "qualitative": "“{words}” is a figure, which is for a Key Result to name. What do you want to"
    " be true, in words that people remember?",
    "one thing": "“{words}” is more than one aim. Which of them does this cycle serve? The other"
    " may be an Objective of its own.",
    "plain": _PLAIN,
}
_WHY = {
    "length": f"“{{words}}” goes on for more than {MOST_WORDS} words. How would you say it in one"
    " breath to a colleague of another department?",
    "abbreviations": "“{words}” are abbreviations that other departments may not know. How would"
    " you say it to them?",
}


def better_question(kind: Kind, question: str, answer: Verdict) -> str:
    """What to ask the people who wrote a line, where the answer to a question is no."""
    by_kind = _KEY_RESULT if kind == "key result" else _OBJECTIVE
    sentence = _WHY.get(answer.why or "", by_kind[question])
    return sentence.format(words=answer.words)
