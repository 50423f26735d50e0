"""Three teams with six Key Results, as CSV files that their people write.

What belongs here: what is true (each Key Result's pace, and what speeds it up), and the files. What
does not: who decides to do what (``people``).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

START, END = dt.date(2026, 10, 1), dt.date(2026, 12, 31)
CYCLE = "2026-Q4"
TEAMS = ("Sales", "Support", "Product")
_SETTINGS = f"""
organization: {{name: Quarterly, timezone: Europe/Berlin}}
cycles:
  - {{id: 2026-Q3, start: 2026-07-01, end: 2026-09-30}}
  - {{id: {CYCLE}, start: {START}, end: {END}}}
  - {{id: 2027-Q1, start: 2027-01-01, end: 2027-03-31}}
teams:
  - {{name: Sales, check_ins: {{weekday: Friday}}}}
  - {{name: Support, check_ins: {{weekday: Friday}}}}
  - {{name: Product, check_ins: {{weekday: Friday}}}}
sources: {{files: {{folder: okrs, locale: en_US}}}}
datasets:
  - holds: objectives
    from: files
    place: objectives.csv
    fields: {{id: id, title: title, level: level, team: team, parent: parent, owner: owner,
             cycle: cycle}}
  - holds: key_results
    from: files
    place: key-results.csv
    fields: {{id: id, statement: statement, objective: objective, team: team, owner: owner,
             unit: unit, baseline: from, target: to, rationale: why, ambition: ambition,
             cycle: cycle}}
  - {{holds: measurements, from: files, place: weekly.csv,
     fields: {{key_result: kr, date: day, value: value}}}}
  - {{holds: check_ins, from: files, place: check-ins.csv,
     fields: {{key_result: kr, date: day, confidence: said, note: note, author: who}}}}
  - {{holds: initiatives, from: files, place: work.csv,
     fields: {{id: id, title: title, team: team, owner: owner, status: status, key_result: kr}}}}
"""
_OBJECTIVES = (
    ("O-1", "Customers stay because it works", "company", "", "", "Ada Lund"),
    ("O-2", "More of the right customers find us", "team", "Sales", "O-1", "Bo Reyes"),
    ("O-3", "Nobody waits for an answer", "team", "Support", "O-1", "Cleo Marsh"),
    ("O-4", "Teams rely on it every week", "team", "Product", "O-1", "Dev Patel"),
)


@dataclass
class Aim:
    """One Key Result, and how the world moves it.

    Attributes:
        pace: How much of the way it goes in a week without anybody's help, in thirteenths.
        helped: What ``pace`` becomes a week after its team puts more into it.
        wobble: How far a reading is off, in thirteenths, alternating.
    """

    key: str
    statement: str
    objective: str
    team: str
    owner: str
    unit: str
    start: float
    target: float
    pace: float
    helped: float
    wobble: float = 0.0
    ambition: str = "committed"
    why: str = ""
    done: float = 0.0
    helped_from: dt.date | None = None

    def week(self, day: dt.date) -> None:
        """A week goes by."""
        helped = self.helped_from is not None and day >= self.helped_from
        self.done += (self.helped if helped else self.pace) / 13

    def value(self, number: int) -> float:
        """What is measured in a week."""
        aim = AIMED[self.key]
        at = self.done + self.wobble / 13 * (1 if number % 2 else -1)
        return round(self.start + (aim - self.start) * at, 1)


def _aims() -> list[Aim]:
    return [
        Aim("KR-1", "Demos a week from 10 to 40", "O-2", "Sales", "Bo Reyes", "count",
            10, 40, 1.1, 1.2, 0.2),
        Aim("KR-2", "Share of demos won from 18 % to 25 %", "O-2", "Sales", "Ines Faber", "%",
            18, 25, 0.3, 1.5, 0.1),
        Aim("KR-3", "Median first reply from 12 hours to 4 hours", "O-3", "Support", "Cleo Marsh",
            "hours", 12, 4, 1.0, 1.1, 0.2),
        Aim("KR-4", "Customer satisfaction from 7.8 to 8.6", "O-3", "Support", "Noor Said", "score",
            7.8, 8.6, 0.2, 1.3),
        Aim("KR-5", "Weekly active teams from 300 to 500", "O-4", "Product", "Dev Patel", "count",
            300, 500, 1.0, 1.1, 0.1),
        Aim("KR-6", "Sessions without a crash from 97 % to 99.5 %", "O-4", "Product", "Eva Holm",
            "%", 97, 99.5, 0.5, 0.7, ambition="aspirational"),
    ]  # fmt: skip


AIMED = {one.key: one.target for one in _aims()}
"""What each was to reach at first: the world does not move because a target does."""


@dataclass
class Company:
    """The files, and what is true.

    Args:
        folder: Of settings, files and data.
    """

    folder: Path
    aims: list[Aim] = field(default_factory=_aims)
    readings: list[tuple[str, dt.date, float]] = field(default_factory=list)
    said: list[tuple[str, dt.date, str, str, str]] = field(default_factory=list)
    work: dict[str, tuple[str, str, str, str, str]] = field(default_factory=dict)
    _written: int = 0

    def __post_init__(self) -> None:
        (self.folder / "okrs").mkdir(parents=True)
        (self.folder / "okr.yaml").write_text(_SETTINGS, "utf-8")
        for number, aim in enumerate(self.aims, 1):
            if aim.key != "KR-4":  # whose team thinks that it moves by itself
                self.add_work(f"W-{number}", f"First steps for {aim.key}", aim)
        self.work["W-90"] = ("New chairs for the office", "Support", "Noor Said", "In progress", "")
        self.save()

    def aim(self, key: str) -> Aim:
        """One Key Result."""
        return next(one for one in self.aims if one.key == key)

    def add_work(self, key: str, title: str, aim: Aim) -> None:
        """Somebody begins an initiative that names a Key Result."""
        self.work[key] = (title, aim.team, aim.owner, "In progress", aim.key)

    def measure(self, day: dt.date, number: int) -> None:
        """A week goes by, and its values are written down."""
        for aim in self.aims:
            aim.week(day)
            self.readings.append((aim.key, day, aim.value(number)))

    def save(self) -> None:
        """Write the files, each at a later second than all before."""
        definitions = [
            (a.key, a.statement, a.objective, a.team, a.owner, a.unit, a.start, a.target, a.why,
             a.ambition, CYCLE)
            for a in self.aims
        ]  # fmt: skip
        objectives = [(*one, CYCLE) for one in _OBJECTIVES]
        columns = "id,statement,objective,team,owner,unit,from,to,why,ambition,cycle"
        self._write("objectives.csv", "id,title,level,team,parent,owner,cycle", objectives)
        self._write("key-results.csv", columns, definitions)
        self._write("weekly.csv", "kr,day,value", self.readings)
        self._write("check-ins.csv", "kr,day,said,note,who", self.said)
        rows = [(key, *of_work) for key, of_work in self.work.items()]
        self._write("work.csv", "id,title,team,owner,status,kr", rows)

    def _write(self, name: str, header: str, rows: Iterable[Sequence[object]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([header.split(","), *rows])
        path = self.folder / "okrs" / name
        if path.exists() and path.read_text("utf-8") == text.getvalue():
            return
        path.write_text(text.getvalue(), "utf-8")
        self._written += 1
        os.utime(path, (at := 1_700_000_000 + self._written, at))
