"""Damages of content and settings: what a night publishes of them, marks stale, or blocks.

Each script damages the sample company or its settings the day after a good run, runs a night, and
compares the published tables with the good run's. What belongs here: running a script and judging
what came of it. What does not: the scripts (``damage_scripts``).

Two promises hold whatever breaks. A number is never wrong: what is published of a Key Result is
what was true last night or, where the script says so, tonight. Nothing is lost silently: whatever
is gone or different is named in a finding, in a stale reason, or in what the command prints.

``python -m benchmarks damages`` prints the table; ``--only tab`` runs those whose name has it.
"""

from __future__ import annotations

import argparse
import copy
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from unittest import mock

import pandas as pd

from benchmarks.faults.damage_scripts import DAMAGES, Damage
from connectors.transport.retry import RetryPolicy
from okr_model.tables.vocabulary import SEVERITIES
from pipelines.nightly_run import NightlyResult, run_nightly
from pipelines.project import Project
from published.errors import UserError
from published.tables import PublishedTables
from sandbox.server import Sandbox

COMPARED = (
    "current_value", "current_value_at", "target", "target_high", "baseline", "unit", "progress",
    "attainment_probability", "stated_confidence", "computed_confidence", "initiatives", "team",
)  # fmt: skip
"""What readers act on, of the columns of ``key_results``."""
_COUNTED = {
    "check_ins": ["key_result_id", "date", "confidence_text"],
    "measurements": ["key_result_id", "date", "measure"],
    "initiatives": ["initiative_id"],
    "objectives": ["objective_id", "cycle_id"],
    "kpis": ["kpi_id", "date"],
}
"""What tells the rows of other tables apart; the id of a sheet's record is its row."""
_KEY = ["key_result_id", "cycle_id"]


@dataclass(frozen=True)
class Ended:
    """What a night made of a damage.

    Attributes:
        exit_code: Of the command.
        outcome: ``published``, ``blocked`` or ``refused``.
        stale: The Key Results that say since when they are stale.
        said: Everything the command would print.
        found: The sentences of findings that are new.
        wrong: Numbers that were true on neither night; none, or the promise is broken.
        silent: What differs or is gone and is named nowhere; none, or the promise is broken.
        seconds: How long the night took.
    """

    exit_code: int
    outcome: str
    stale: tuple[str, ...]
    said: str
    found: tuple[str, ...]
    wrong: tuple[str, ...]
    silent: tuple[str, ...]
    seconds: float

    @property
    def sentence(self) -> str:
        """The first line that was said, or else of what was found."""
        lines = self.said.strip().splitlines() or self.found
        return lines[0].strip("- ") if lines else ""


class Ward:
    """The sample company after a good run, to be damaged again and again.

    Args:
        folder: Working directory.
        issues: How many Jira issues there are.
        more_settings: Appended to the sample settings.
    """

    def __init__(self, folder: Path, issues: int = 300, more_settings: str = "") -> None:
        self._folder, self._issues, self._more_settings = folder, issues, more_settings
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.box = self._stack.enter_context(Sandbox(issues=self._issues))
        self._stack.enter_context(mock.patch.dict(os.environ, self.box.environment()))
        self._stack.enter_context(mock.patch.object(RetryPolicy, "longest_wait", return_value=0.01))
        self._well = self._folder / "well"
        settings = self.box.write_settings(self._well)
        text = settings.read_text("utf-8")
        for name, most in (("notion", 600_000), ("sheets", 60_000)):
            text = text.replace(f"  {name}:\n", f"  {name}:\n    requests_per_minute: {most}\n", 1)
        settings.write_text(text + self._more_settings, "utf-8")
        night = run_nightly(Project(settings))
        if night.exit_code:
            raise RuntimeError(f"the good night failed: {night}")
        self._before = _tables(self._well)
        self._stores = {
            name: _copied(getattr(self.box, name), self.box.clock)
            for name in ("jira", "notion", "sheets")
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, damage: Damage) -> Ended:
        """Do the damage, run a night, judge it, and undo the damage."""
        with self.damaged(damage) as folder:
            return self.night(folder, damage)

    def night(self, folder: Path, damage: Damage) -> Ended:
        """Run a night and judge it."""
        started = time.monotonic()
        try:
            night = run_nightly(Project(folder / "okr.yaml"))
        except UserError as error:
            return Ended(2, "refused", (), str(error), (), (), (), time.monotonic() - started)
        seconds = time.monotonic() - started
        now = _tables(folder)
        said = _said(night)
        stale = now["key_results"].loc[now["key_results"]["stale_since"].notna(), "key_result_id"]
        return Ended(
            night.exit_code,
            "published" if night.published else "blocked",
            tuple(sorted(set(stale))) if night.published else (),
            said,
            tuple(_new_findings(self._before, now)["sentence"]) if night.published else (),
            tuple(_wrong(damage, self._before, now)) if night.published else (),
            tuple(_silent(self._before, now, said)) if night.published else (),
            seconds,
        )

    @contextmanager
    def damaged(self, damage: Damage) -> Iterator[Path]:
        """The folder of the good run, while the damage lasts or until it is healed."""
        folder = self._folder / "ill"
        shutil.copytree(self._well, folder)
        environ = dict(os.environ)
        self.box.clock.advance(3600)
        try:
            self.hurt(damage, folder)
            yield folder
        finally:
            self.heal(folder, environ)
            shutil.rmtree(folder)

    def hurt(self, damage: Damage, folder: Path) -> None:
        """Do the damage."""
        damage.do(self.box)
        settings = folder / "okr.yaml"
        settings.write_text(damage.edit(settings.read_text("utf-8")), "utf-8")
        os.environ.update(damage.environ)

    def heal(self, folder: Path, environ: Mapping[str, str]) -> None:
        """Undo all that was done to the services, the environment and the settings."""
        os.environ.clear()
        os.environ.update(environ)
        self.box.forget()
        for service in ("jira", "notion", "google"):
            self.box.switch_on(service)
        for name, saved in self._stores.items():
            _restore(getattr(self.box, name), saved, self.box.clock)
        shutil.copy(self._well / "okr.yaml", folder / "okr.yaml")

    def differences(self, folder: Path) -> list[str]:
        """What readers act on and what differs from the good run."""
        now = _tables(folder)
        calm = Damage("none", 0)
        return [*_wrong(calm, self._before, now), *_silent(self._before, now, "")]


def _copied(store: Any, clock: Any) -> dict[str, Any]:
    """A store's state, which shares nothing with it but the clock."""
    state: dict[str, Any] = copy.deepcopy(vars(store), {id(clock): clock})
    return state


def _restore(store: Any, saved: dict[str, Any], clock: Any) -> None:
    version = getattr(store, "version", None)
    vars(store).clear()
    vars(store).update(copy.deepcopy(saved, {id(clock): clock}))
    if version is not None:
        store.version = version + 1  # what is cached by version is not of this state


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    published = PublishedTables(folder / "data" / "published.duckdb")
    return {name: published.frame(name) for name in ("key_results", "findings", "links", *_COUNTED)}


def _said(night: NightlyResult) -> str:
    failed = (str(night.attempts[name]["error"]) for name in night.failed_sources)
    parts = [*failed, *night.violations.values(), *night.unreached, *night.unread]
    return "\n".join([*parts, *([night.crash] if night.crash else [])])


def _new_findings(before: dict[str, pd.DataFrame], now: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The findings that the good run had not, worst first."""
    new = now["findings"][~now["findings"]["finding_id"].isin(before["findings"]["finding_id"])]
    return new.sort_values("severity", key=lambda one: one.map(list(SEVERITIES).index))


def _wrong(
    damage: Damage, before: dict[str, pd.DataFrame], now: dict[str, pd.DataFrame]
) -> Iterator[str]:
    """Published figures that are neither last night's, nor tonight's, nor unknown."""
    was = before["key_results"].set_index(_KEY)
    for key, row in now["key_results"].set_index(_KEY).iterrows():
        for column in COMPARED:
            value = row[column]
            if pd.isna(value) or str(key[0]) in damage.changes:
                continue
            if key not in was.index:
                yield f"{key[0]} of {key[1]} is new"
                break
            if not _same(value, was.loc[key, column]):
                yield f"{key[0]} {column}: {was.loc[key, column]} → {value}"


def _silent(
    before: dict[str, pd.DataFrame], now: dict[str, pd.DataFrame], said: str
) -> Iterator[str]:
    """What is gone, or known no more, and named nowhere."""
    new = _new_findings(before, now)
    named = " ".join([said, *new["subject_id"], *new["sentence"]])
    was, rows = (tables["key_results"].set_index(_KEY) for tables in (before, now))
    for key, row in was.iterrows():
        told = str(key[0]) in named
        if key not in rows.index:
            if not told:
                yield f"{key[0]} of {key[1]} is gone"
            continue
        here = rows.loc[key]
        lost = [name for name in COMPARED if pd.notna(row[name]) and pd.isna(here[name])]
        lost += ["links"] if here["initiatives"] < row["initiatives"] else []
        if lost and not told and pd.isna(rows.loc[key, "stale_since"]):
            yield f"{key[0]} lost {', '.join(lost)}"
    for name, columns in _COUNTED.items():
        there = set(map(tuple, now[name][columns].to_numpy()))
        gone = [row for row in map(tuple, before[name][columns].to_numpy()) if row not in there]
        unnamed = [row for row in gone if str(row[0]) not in named]
        if unnamed:
            yield f"{len(unnamed)} {name} are gone, such as {unnamed[0]}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1.0)
    return bool(one == other)


def table(ended: dict[str, Ended]) -> str:
    """The table, as Markdown."""
    head = "| damage | published | stale | exit | what is said |\n|---|---|---|---|---|"
    rows = [
        f"| {name} | {end.outcome} | {len(end.stale) or ''} | {end.exit_code} |"
        f" {end.sentence[:220].replace('|', '/')} |"
        for name, end in ended.items()
    ]
    return "\n".join([head, *rows])


def main() -> int:
    """Run the scripts and print the table; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks damages")
    parser.add_argument("--only", default="", help="run those whose name has this")
    parser.add_argument("--from", dest="first", type=int, default=1, help="start with this one")
    asked = parser.parse_args()
    ended: dict[str, Ended] = {}
    with tempfile.TemporaryDirectory() as folder, Ward(Path(folder)) as ward:
        for damage in DAMAGES[asked.first - 1 :]:
            if asked.only in damage.name:
                ended[damage.name] = ward.run(damage)
                print(damage.name, ended[damage.name], file=sys.stderr, flush=True)
    print(table(ended))
    broken = [
        f"{name}: {said}" for name, end in ended.items() for said in (*end.wrong, *end.silent)
    ]
    print("\n".join(broken) or f"{len(ended)} damages: no wrong number, no silent loss")
    return 1 if broken else 0
