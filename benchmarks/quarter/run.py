"""``python -m benchmarks quarter``: a quarter night by night, with people who act on the agenda.

What belongs here: the nights, when who acts, and the log that is printed. What does not: what
people do (``people``), what is true (``company``).

Every night reads, computes and publishes as ``okr sync`` does, without Dagster; ``--every 7``
leaves all nights out but those before Mondays and Fridays. Commands are asked as people ask them.
Exit code 1: a planted story was not told, or something is still open at the end.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from benchmarks.quarter.company import CYCLE, END, START, TEAMS, Company
from benchmarks.quarter.people import Lead, Team
from pipelines.cli.app import app
from pipelines.ingest.pull import pull_sources
from pipelines.maintenance.examine import begin_run, record_state
from pipelines.maintenance.tables import tidy_up
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.past_days.late_entries import publish_night
from pipelines.project import Project
from published.tables import PublishedTables

_AFTER = dt.timedelta(days=33)  # nights after the cycle, in which it is scored and closed
_EDITED = dt.date(2026, 11, 18)  # somebody types over a target
_STORIES = {
    "KR-2 fell behind, and its team said High": ("watermelon", "KR-2"),
    "Support was silent": ("missed check-ins", "Support"),
    "the target of KR-6 was typed over": ("target moved", "KR-6"),
    "the chairs serve nothing": ("initiative without Key Result", ""),
    "the cycle was to be closed": ("cycle not closed", ""),
    "an Objective was to be closed": ("Objective not closed", "O-3"),
}


@dataclass
class Quarter:
    """The company, its people and its nights.

    Args:
        folder: Of its files, settings and data.
        every: Whether nights are every day (1), or only before Mondays and Fridays (7).
    """

    folder: Path
    every: int
    told: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.company = Company(self.folder / "company")
        self.teams = [Team(name, self.company) for name in TEAMS]
        self.lead = Lead(self.company)
        self.nights = 0

    def days(self) -> Iterator[dt.date]:
        """The days of the quarter, and those after it until it is closed."""
        for number in range(-3, (END + _AFTER - START).days):
            yield START + dt.timedelta(days=number)

    def live(self) -> None:
        """Let it go by, and print what a reader of the log would want to know."""
        for day in self.days():
            if self.every == 1 or day.weekday() in (0, 4):
                self._night(day)
            self._day(day)

    def _day(self, day: dt.date) -> None:
        if day == _EDITED:
            self.company.aim("KR-6").target = 99.2
            self.company.save()
        if START <= day <= END and day.weekday() == 3:
            self.company.measure(day, (day - START).days // 7)
            self.company.save()
        if START <= day <= END and day.weekday() == 4:
            print(f"\n{day:%a %-d %b}, week {(day - START).days // 7 + 1}")
            for team in self.teams:
                team.meet(day, self.ask, say)
            self.company.save()
            self._standing()
        if day.weekday() == 0 and self.nights:
            print(f"\n{day:%a %-d %b}")
            self.lead.monday(day, self._project(day), self.ask, say)
            self.company.save()

    def _project(self, day: dt.date) -> Project:
        now = dt.datetime.combine(day, dt.time(1), dt.UTC)
        return Project(self.company.folder / "okr.yaml", now=now)

    def _night(self, day: dt.date) -> None:
        project, run_id = self._project(day), f"night of {day}"
        with project.exclusively():
            assert begin_run(project) == ()
            for outcome in pull_sources(project, project.settings.source_names):
                assert outcome.error is None, outcome.error
            assert tidy_up(project) == []
            project.step_files(run_id).begin()
            run_steps(NIGHTLY, project, run_id)
            publish_night(project, run_id)
            record_state(project)
        self.nights += 1
        findings = PublishedTables(project.paths.duckdb).frame("findings")
        self.told |= set(zip(findings["rule"], findings["subject_id"], strict=True))

    def _standing(self) -> None:
        rows = PublishedTables(self._project(START).paths.duckdb).frame("key_results")
        said = (
            f"{row.key_result_id} {row.progress:.0%} {row.computed_confidence or '–'}"
            for row in rows.itertuples()
            if row.progress == row.progress
        )
        say("stands: " + ", ".join(said))

    def ask(self, *words: str) -> str:
        """What an ``okr`` command prints."""
        settings = str(self.company.folder / "okr.yaml")
        done = CliRunner().invoke(app, [*words, "--config", settings], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    def untold(self) -> list[str]:
        """The planted stories that no finding told."""
        return [
            name
            for name, (rule, about) in _STORIES.items()
            if not any(one == rule and about in subject for one, subject in self.told)
        ]


def say(words: str) -> None:
    """A line of the log."""
    print(f"  {words}")


def main() -> int:
    """Let the quarter go by."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks quarter")
    parser.add_argument("--every", type=int, choices=(1, 7), default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        quarter = Quarter(Path(folder), asked.every)
        quarter.live()
        for words in (("score",), ("adoption",), ("retro", "--cycle", CYCLE)):
            print(f"\n$ okr {' '.join(words)}\n{quarter.ask(*words)}")
    untold, left = quarter.untold(), sorted(quarter.lead.known.values())
    print(f"\n{quarter.nights} nights.")
    print(f"Stories that were not told: {', '.join(untold) or 'none'}.")
    print(f"Findings open at the end: {len(left)}.", *left, sep="\n  ")
    return 1 if untold else 0


if __name__ == "__main__":
    sys.exit(main())
