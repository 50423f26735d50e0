"""Fault scripts: the faults of one nightly run, drawn from a seed.

What belongs here: the kinds of fault, and drawing a script of them. What does not: running it
(``run``).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.server import Dictated, Fault

STARTS = ("empty", "yesterday")
SERVICES = {"jira": 26, "notion": 24, "google": 9}  # about how many requests a full pull makes
KILLED_SHARE = 0.15
_HTML = {"Content-Type": "text/html"}
_PAGE = b"<html><body><h1>Something went wrong</h1></body></html>"
_CODES = (408, 429, 500, 502, 503, 529)

Answer = Dictated | Fault | Callable[[], object] | None


@dataclass(frozen=True)
class Script:
    """The faults of one nightly run.

    Attributes:
        seed: The seed that draws it.
        start: ``empty`` or ``yesterday``.
        answers: The fault for each of the next requests, by service; None for no fault.
        kill: Service, number of its request, and seconds after it; None for no kill.
    """

    seed: int
    start: str
    answers: dict[str, list[Answer]] = field(repr=False)
    kill: tuple[str, int, float] | None = None

    @property
    def faults(self) -> Counter[str]:
        """The number of faults by name."""
        return Counter(_name(a) for some in self.answers.values() for a in some if a is not None)


def draw(seed: int) -> Script:
    """Draw the script of a seed."""
    dice = random.Random(seed)  # noqa: S311 - reproducible on purpose
    start, kill = STARTS[seed % 2], None
    if dice.random() < KILLED_SHARE:
        service = dice.choice(list(SERVICES))
        most = SERVICES[service] // 2 if start == "empty" else 2  # few requests follow a good run
        kill = (service, dice.randrange(most), dice.uniform(0.0, 0.8))
    answers = {
        service: _answers(dice, most, kill is not None) for service, most in SERVICES.items()
    }
    return Script(seed, start, answers, kill)


def _answers(dice: random.Random, requests: int, is_brief: bool) -> list[Answer]:
    """Faults for some of a service's requests; some runs of faults outlast every retry policy."""
    answers: list[Answer] = []
    while len(answers) < requests:
        if dice.random() < 0.75:
            answers.append(None)
            continue
        row = dice.choice((1, 1, 1, 2, 3) if is_brief else (1, 1, 1, 2, 3, 12))
        answers.extend(_fault(dice) for _ in range(row))
    return answers


def _fault(dice: random.Random) -> Answer:
    kind = dice.choice(("code", "code", "code", "reset", "truncate", "slow", "page"))
    if kind == "reset":
        return Fault("reset")
    if kind == "truncate":
        return Fault("truncate")
    if kind == "slow":
        return Fault("slow", dice.uniform(0.05, 0.3))
    if kind == "page":
        return Dictated(dice.choice((200, 502)), _PAGE, _HTML)
    wait = dice.choice((None, "0", "0.05", "Fri, 27 Nov 2026 18:00:00 GMT"))
    headers = {"Retry-After": wait} if wait else {}
    return Dictated(dice.choice(_CODES), dice.choice((b"", b"{}", _PAGE)), headers)


def _name(answer: Answer) -> str:
    if isinstance(answer, Fault):
        return answer.kind
    if isinstance(answer, Dictated):
        return "HTML for JSON" if answer.status == 200 else str(answer.status)
    return "kill"
