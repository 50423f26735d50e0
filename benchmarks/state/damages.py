"""Damages of okr-sync's own state, full disks, wrong clocks and kills: what a night makes of them.

Every case begins with a company after its first night and a decision about a link. A day later,
with changes in every service, something is damaged or happens while ``okr sync`` runs. What belongs
here: running a case and judging what came of it. What does not: the cases (``cases``).

Three promises hold whatever breaks. The published tables are tonight's, or last night's and the
command says why. The next night in good health publishes the tables of a night that nothing
happened to. Nobody ever sees a traceback.

``python -m benchmarks state_damages`` prints the matrix; ``--only disk`` runs the cases whose name
has it, ``--part 3/10`` the third of every ten (parts may run side by side or on other days),
``--kills 20`` fewer kills. A full disk is a small file system
of its own where the account may mount one, else a limit on the size of files.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import dagster as dg
import pandas as pd

from benchmarks.faults.run import _change_everything, _lift_rate_limits, compare, published
from connectors.transport.retry import RetryPolicy
from okr_model.finding_rules import Rule
from pipelines import nightly_run
from pipelines.cli.app import main as okr
from published.tables import PublishedTables
from sandbox.server import Sandbox

_OKR = str(Path(sys.executable).with_name("okr"))
_LONGEST = 900.0
_NO_ROOT = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Takes from the superuser the right to write what is read-only."""
_GROWING = {"key_results_daily", "key_results_restated", "link_history", "calibration"}
"""Tables with a row for each night: they differ by what earlier nights published."""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    exit_code: int
    text: str

    @property
    def sentence(self) -> str:
        """The line that tells what happened."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        telling = ("MADE ANEW", "Not published", "FAILED", "Published", "Ended by", "cannot")
        told = [line for word in telling for line in lines if word in line]
        return (told or lines or [""])[0]


@dataclass(frozen=True)
class Case:
    """One thing that happens.

    Attributes:
        name: What.
        run: Lets it happen in a folder, runs the night, and returns how it ended.
        published: What must be published then: ``tonight``, ``last night`` or ``either``.
        heal: Undoes what the operator has to undo before the next night can be healthy.
        tells: Whether the command must say something of it: a notice, or a refusal.
    """

    name: str
    run: Callable[[Ward, Path], Said]
    published: str = "either"
    heal: Callable[[Path], object] = field(default=lambda _: None)
    tells: bool = False


@dataclass(frozen=True)
class Ended:
    """What came of a case; ``broken`` are the promises that were."""

    said: Said
    published: str
    next_exit_code: int
    broken: tuple[str, ...]
    seconds: float


class Ward:
    """The sample company after a good night, and what an undisturbed night then publishes."""

    def __init__(self, folder: Path, issues: int = 300) -> None:
        self._folder, self._issues = folder, issues
        self._stack = ExitStack()

    def __enter__(self) -> Ward:
        self.box = self._stack.enter_context(Sandbox(issues=self._issues))
        environ = {**self.box.environment(), "COLUMNS": "400", "TERM": "dumb"}
        self._stack.enter_context(mock.patch.dict(os.environ, environ))
        os.environ.pop("DAGSTER_HOME", None)
        self._stack.enter_context(mock.patch.object(RetryPolicy, "longest_wait", return_value=0.01))
        self.well = self._folder / "well"
        _lift_rate_limits(self.box.write_settings(self.well))
        self._require(self.sync(self.well))
        self._decide(self.well)
        self._require(self.sync(self.well, dagster_in_memory=False))
        self.last_night = _comparable(self.well)
        _change_everything(self.box)
        text = (self.well / "okr.yaml").read_text("utf-8")
        day = next(line for line in text.splitlines() if line.startswith("as_of:"))
        tonight = text.replace(day, f"as_of: {self.box.day}")
        (self.well / "okr.yaml").write_text(tonight, "utf-8")
        with self.copied() as folder:
            started = time.monotonic()
            self._require(ended(self.start(folder)))
            self.night_seconds = time.monotonic() - started
            self.tonight = _comparable(folder)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def end(self, case: Case) -> Ended:
        """Run a case and judge what came of it."""
        started = time.monotonic()
        with self.copied() as folder:
            said = case.run(self, folder)
            found = self._published(folder)
            broken = [] if found in ("tonight", "last night") else [f"published: {found}"]
            if case.published not in ("either", found):
                broken.append(f"{found} is published, not {case.published}")
            if found == "last night" and said.exit_code == 0:
                broken.append("nothing was published, and the exit code is 0")
            if case.tells and said.exit_code == 0 and "MADE ANEW" not in said.text:
                broken.append("nothing is said of it")
            case.heal(folder)
            then = self.sync(folder)
            if then.exit_code:
                broken.append(f"the next night: {then.exit_code}, {then.text[-300:]}")
            broken += [f"the next night: {one}" for one in self._differences(folder, self.tonight)]
            broken += [f"{_traceback(one.text)}" for one in (said, then) if _traceback(one.text)]
        return Ended(said, found, then.exit_code, tuple(broken), time.monotonic() - started)

    def sync(self, folder: Path, *words: str, dagster_in_memory: bool = True) -> Said:
        """``okr sync`` in this process, which spares it starting Python and Dagster."""
        out, code = io.StringIO(), 0
        ephemeral = dg.DagsterInstance.ephemeral
        argv = ["okr", "sync", "--config", str(folder / "okr.yaml"), *words]
        with (
            mock.patch.object(sys, "argv", argv),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
            mock.patch.object(nightly_run, "open_dagster", side_effect=lambda _: ephemeral())
            if dagster_in_memory
            else contextlib.nullcontext(),
        ):
            try:
                okr()
            except SystemExit as stop:
                code = int(stop.code or 0)
            except BaseException as error:
                return Said(1, f"{out.getvalue()}\nTraceback: {error!r}")
        return Said(code, out.getvalue())

    def start(self, folder: Path, *, as_root: bool = True) -> subprocess.Popen[str]:
        """The same as a process of its own; as an account that minds what is read-only."""
        command = [_OKR, "sync", "--config", str(folder / "okr.yaml")]
        if os.getuid() == 0 and not as_root:
            command = [*_NO_ROOT, *command]
        return subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextmanager
    def copied(self) -> Iterator[Path]:
        """A folder of its own with everything that the good night left."""
        with tempfile.TemporaryDirectory(dir=self._folder, ignore_cleanup_errors=True) as name:
            folder = Path(name) / "night"
            shutil.copytree(self.well, folder)
            yield folder

    def _decide(self, folder: Path) -> None:
        """Reject a link, so that there is a decision that could be lost."""
        links = PublishedTables(folder / "data" / "published.duckdb").frame("links")
        one = links[links["state"] == "active"].sort_values(["initiative_id", "key_result_id"])
        words = [str(one["initiative_id"].iloc[0]), str(one["key_result_id"].iloc[0])]
        more = ["--by", "Ann", "--why", "not about it", "--config", str(folder / "okr.yaml")]
        subprocess.run([_OKR, "links", "reject", *words, *more], check=True)  # noqa: S603

    def _published(self, folder: Path) -> str:
        """What is published: ``tonight``, ``last night``, or how it differs."""
        try:
            unlike = self._differences(folder, self.tonight)
            if not unlike:
                return "tonight"
            return "; ".join(unlike) if self._differences(folder, self.last_night) else "last night"
        except Exception as error:  # whatever a reader would get
            return f"cannot be read: {error}"

    def _differences(self, folder: Path, expected: dict[str, pd.DataFrame]) -> list[str]:
        return compare(_comparable(folder), expected)

    @staticmethod
    def _require(said: Said) -> None:
        if said.exit_code:
            raise RuntimeError(f"a good night failed: {said}")


def _comparable(folder: Path) -> dict[str, pd.DataFrame]:
    """The published tables without what differs between two good nights of one day."""
    tables = {name: frame for name, frame in published(folder).items() if name not in _GROWING}
    findings = tables["findings"]
    kept = findings[findings["rule"] != Rule.STATE_MADE_ANEW].reset_index(drop=True)
    return tables | {"findings": kept}


def _traceback(text: str) -> str | None:
    """The end of a traceback, if there is one."""
    told = any(word in text for word in ("Traceback", "itself failed"))
    return f"traceback: {text[-400:]}" if told else None


def ended(child: subprocess.Popen[str]) -> Said:
    """How a process ended; one that does not end is ended, and counts as a traceback."""
    try:
        text, _ = child.communicate(timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        child.kill()
        text, _ = child.communicate()
        text += "\nTraceback: it never ended"
    return Said(child.returncode, text)


def _line(name: str, end: Ended) -> str:
    """What came of a case, while the others are still to come."""
    result = f"{end.said.exit_code}, {end.published[:80]}: {end.said.sentence[:160]}"
    return f"{name}: {result} {end.broken or ''} ({end.seconds:.0f} s)"


def matrix(found: dict[str, Ended]) -> str:
    """The matrix, as Markdown."""
    head = "| what happens | exit | published | next night | what is said |\n|---|---|---|---|---|"
    rows = [
        f"| {name} | {end.said.exit_code} | {end.published[:60]} |"
        f" {'right' if not end.broken else 'WRONG'} | {end.said.sentence[:200].replace('|', '/')} |"
        for name, end in found.items()
    ]
    return "\n".join([head, *rows])


def _part(text: str) -> tuple[int, int]:
    number, _, parts = text.partition("/")
    return int(number), int(parts)


def main() -> int:
    """Run the cases and print the matrix; 1 if a promise was broken."""
    from benchmarks.state.cases import cases

    parser = argparse.ArgumentParser(prog="python -m benchmarks state_damages")
    parser.add_argument("--only", default="", help="run the cases whose name has this")
    parser.add_argument("--part", type=_part, default=(1, 1), help="such as 3/10: a tenth of them")
    parser.add_argument("--kills", type=int, default=100, help="how many kills by SIGKILL")
    asked = parser.parse_args()
    found: dict[str, Ended] = {}
    with tempfile.TemporaryDirectory() as name, Ward(Path(name)) as ward:
        wanted = [case for case in cases(ward, asked.kills) if asked.only in case.name]
        print(f"{len(wanted)} cases", file=sys.stderr, flush=True)
        for case in wanted[asked.part[0] - 1 :: asked.part[1]]:
            found[case.name] = end = ward.end(case)
            print(_line(case.name, end), file=sys.stderr, flush=True)
    print(matrix(found))
    broken = [f"{name}: {said}" for name, end in found.items() for said in end.broken]
    print("\n".join(broken) or f"{len(found)} cases: every promise was kept")
    return 1 if broken else 0
