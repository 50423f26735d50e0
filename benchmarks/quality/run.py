"""Precision and recall of the quality rules on the labelled lines, beside two baselines.

    python -m benchmarks quality             # the build half, with every line that is judged wrong
    python -m benchmarks quality --report    # both halves, figures alone
    python -m benchmarks quality --speed     # 50,000 Key Results, timed

What is to be found is a line of which the answer is no. Rules are written while looking at the
build half; lines of the report half are never shown. Each language is judged as an organization
that writes in it; the second baseline knows English words alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

from benchmarks.quality.baselines import BASELINES
from benchmarks.quality.lines import QUESTIONS, Line, read_lines
from okr_model.governance.quality.judge import Kind, judge
from okr_model.governance.quality.lexicon import LANGUAGES

_CALLED = {"one_thing": "one thing"}
_Judged = Callable[[Line, str], bool | None]


class Score(NamedTuple):
    """How often a line of which the answer is no was found.

    Attributes:
        found: Rightly.
        false: Lines found of which the answer is yes.
        missed: Not found, though the answer is no.
    """

    found: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the found lines that are rightly so; 1 if none is found."""
        return self.found / (self.found + self.false) if self.found + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of the lines to be found that are."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def main() -> int:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks quality")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    if asked.speed:
        return _speed()
    lines = read_lines()
    for half in ("build", "report") if asked.report else ("build",):
        chosen = [line for line in lines if line.half == half]
        print(f"\n{half} half: {len(chosen)} lines")
        for kind in ("key result", "objective"):
            _print_scores([line for line in chosen if line.kind == kind], kind)
        if not asked.report:
            _print_errors(chosen)
    return 0


def ours(line: Line, question: str) -> bool | None:
    """The rules' answer; None where they say nothing."""
    if line.language not in LANGUAGES:
        return None
    name = "aim" if (line.kind, question) == ("objective", "outcome") else question
    kind = cast("Kind", line.kind)
    return judge(line.text, kind, line.language)[_CALLED.get(name, name)].holds


def score(lines: Sequence[Line], question: str, judged: _Judged) -> Score:
    """Count over the lines whose label for the question is yes or no."""
    counts = {"found": 0, "false": 0, "missed": 0}
    for line in lines:
        label = getattr(line, question)
        found = label != "-" and judged(line, question) is False
        if label == "n":
            counts["found" if found else "missed"] += 1
        elif label == "y" and found:
            counts["false"] += 1
    return Score(**counts)


def _print_scores(lines: Sequence[Line], kind: str) -> None:
    ways = {"rules": ours, **{name: _alone(each) for name, each in BASELINES.items()}}
    print(f"{kind:12}{'':12}{'no':>4}" + "".join(f"{name:>24}" for name in ways))
    print(" " * 28 + "   precision recall   F1" * len(ways))
    for languages in (["en"], *[[each] for each in sorted({x.language for x in lines} - {"en"})]):
        spoken = [line for line in lines if line.language in languages]
        for question in QUESTIONS:
            wanted = sum(getattr(line, question) == "n" for line in spoken)
            if not wanted:
                continue
            scores = [score(spoken, question, judged) for judged in ways.values()]
            told = "".join(f"{s.precision:12.2f}{s.recall:7.2f}{s.f1:5.2f}" for s in scores)
            print(f"  {languages[0]:10}{question:12}{wanted:4}{told}")


def _alone(baseline: Callable[[str, str], bool]) -> _Judged:
    """A baseline, which looks at the text alone."""
    return lambda line, question: baseline(line.text, question)


def _print_errors(lines: Sequence[Line]) -> None:
    for question in QUESTIONS:
        for line in lines:
            label = getattr(line, question)
            if label != "-" and (ours(line, question) is False) != (label == "n"):
                mistake = "missed" if label == "n" else "false "
                print(f"{mistake} {question:12}{line.language} {line.kind:10} {line.text}")


def _speed() -> int:
    texts = [
        line.text for line in read_lines() if line.language == "en" and line.kind != "objective"
    ]
    many = [f"{texts[number % len(texts)]} {number}" for number in range(50_000)]
    started = time.process_time()
    for text in many:
        judge(text, "key result", "en")
    seconds = time.process_time() - started
    print(f"{len(many):,} different Key Results judged in {seconds:.1f} s of processor time")
    return 0
