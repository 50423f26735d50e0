"""The labelled lines (``lines.tsv``): Key Results and Objectives, and what a reader says of them.

What belongs here: reading the lines, and the guide by which they were labelled, which was written
before them. What does not: judging a line (``okr_model.governance.quality``).

Each label is ``y`` (it is so), ``n`` (it is not: what a rule should find) or ``-`` (the guide does
not decide it, or the question is not asked of this kind of line; it is not counted). A label
judges the words alone, without target field, owner or date. The end of the cycle is the date of
every line.

**outcome**, of a Key Result: what is counted is what people outside the team's work list do, feel
or get, or how well product, process or business do: a rate, time, score, cost, revenue, number of
users, leads, orders, deals, partners, followers, open defects, delivery performance. Not so (an
output) when the line is met once the team has done or made something: a task, a deliverable, a
milestone, a certificate, a hire, a training or event held, a migration, a share of a plan carried
out, a number of things made or activities done. A line whose means is a task but whose measure is
an outcome is an outcome ("Launch onboarding to raise completion from 42 % to 75 %"). A task with a
purpose that has no measure stays an output ("Launch chat to help customers"); so do two numbers of
things made ("guides from 2 to 8"). People outside who complete, use or attend something: outcome.
A vague effect ("Improve customer satisfaction") is an outcome that cannot be measured.

**measurable**: the line holds a figure from which its value can be computed, in digits or words
(three, half, double, zero, all, every). A date, a quarter, a year, a version, a standard's number
is none. "First", "a" and "one of" are none. A rhythm alone ("weekly") is not decided.

**one_thing**: one measure or one deliverable. Two figures of two measures, two tasks, a measure
and a separate task, and a measure with a second one to hold ("while keeping churn below 2 %") are
several. A means with its measure is one. Nouns joined within one measure ("sales and marketing
costs", "from 3 to 4 in Spain and Italy") are one. An Objective: one aim; two verbs with an object
each are two; two adjectives or two predicates of one subject are one.

**bounded**: somebody could say at the end of the cycle that it is met: a target value, or one
definite deliverable ("the new website"). Not so: a direction without an amount, "as much as
possible", "continue", "ongoing", "support", "explore", "work on", plurals and materials without a
number ("publish guides", "write documentation"). A rhythm bounds ("monthly newsletter").

**plain**: a colleague of another department understands it at the first reading. Not so: more than
25 words; two or more abbreviations that are not common in any office (KPI, NPS, CRM, SEO, API, ARR
and the like are common); words that sound good and say nothing (leverage, synergies, holistic,
best-in-class, world-class, next level, seamless, paradigm, game-changing, cutting-edge).

Of Objectives, **outcome** asks for an aim instead of a task (a project to finish, a thing to build
or launch), and **qualitative** for words without a figure; they are not asked whether they are
measurable or bounded.

A line belongs to the half that the digest of its text says. Rules are written while looking at the
build half; the report half is for stating figures only.
"""

from __future__ import annotations

import csv
import hashlib
from importlib.resources import files
from typing import Literal, NamedTuple

Half = Literal["build", "report"]
QUESTIONS = ("outcome", "measurable", "one_thing", "bounded", "plain", "qualitative")


class Line(NamedTuple):
    """One labelled line.

    Attributes:
        half: Which half it belongs to, as :func:`half_of` says.
        language: ``en``, ``de``, ``fr``, ``es``, ``it``, ``nl`` or ``pt``.
        kind: ``key result`` or ``objective``.
        outcome: Labels, of this column and the next five: ``y``, ``n`` or ``-``.
        text: The line as a team would write it.
    """

    half: Half
    language: str
    kind: str
    outcome: str
    measurable: str
    one_thing: str
    bounded: str
    plain: str
    qualitative: str
    text: str


def read_lines() -> list[Line]:
    """Every labelled line.

    Raises:
        ValueError: A line stands in the other half than its text says, or has an unknown label.
    """
    text = files(__package__).joinpath("lines.tsv").read_text("utf-8")
    table = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    lines = [Line(**row) for row in table]  # type: ignore[arg-type]  # checked on the next lines
    for line in lines:
        labels = {getattr(line, question) for question in QUESTIONS}
        if line.half != half_of(line.text) or not labels <= {"y", "n", "-"}:
            raise ValueError(f"not a labelled line: {line}")
    return lines


def half_of(text: str) -> Half:
    """The half a line belongs to: by its text alone, so that nobody chooses."""
    return "build" if hashlib.sha256(text.encode()).digest()[0] % 2 == 0 else "report"
