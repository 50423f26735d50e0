"""The cases of ``damages``: what is damaged, and what happens while a night runs.

What belongs here: the cases. What does not: running and judging them.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.state.damages import Case, Said, Ward, ended

_DISK_SIZES_MB = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32, 48, 64)
_SIGNALS = 10  # moments at which SIGTERM and SIGINT are sent
_SKIPPED = ("staging/", "run.lock", "run.pid")


def cases(ward: Ward, kills: int) -> Iterator[Case]:
    """Every case, in the order of the matrix."""
    yield from _files(ward)
    yield from _disks()
    yield from _clocks()
    yield Case("two runs at once", _two_runs, "tonight")
    for number in range(1, _SIGNALS + 1):
        for name in ("SIGTERM", "SIGINT"):
            run = partial(_signalled, name, number / (_SIGNALS + 1))
            yield Case(f"{name} {number}", run)
    for number in range(1, kills + 1):
        yield Case(f"SIGKILL {number}", partial(_signalled, "SIGKILL", number / (kills + 1)))


def _truncate(path: Path) -> None:
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size // 2)


def _garble(path: Path) -> None:
    path.write_bytes(random.Random(path.name).randbytes(path.stat().st_size))  # noqa: S311 - the same garbage every time


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _files(ward: Ward) -> Iterator[Case]:
    """Each state file, and each table's folder, in each way."""
    data = ward.well / "data"
    for path in _state(data):
        name = path.relative_to(data).as_posix()
        decides = name.startswith("lake/decisions")
        expected = "last night" if decides else "tonight"
        if name.startswith("dagster"):  # which the operator is told to move away
            expected = "either"
        heal = _restore_decisions if decides else _nothing
        ways = {"gone": _remove}
        if path.is_file():
            ways = {"truncated": _truncate, "garbage": _garble, **ways}
        for way, damage in ways.items():
            tells = not name.startswith(("dagster", "backup", "embeddings"))
            run = partial(_damaged, name, damage)
            yield Case(f"{_short(name)} {way}", run, expected, heal, tells)
        yield Case(f"{_short(name)} read-only", partial(_read_only, name), "either", _writable)


def _state(data: Path) -> Iterator[Path]:
    """Of each table its newest commit, its newest rows and its folder; and every other file."""
    logs = sorted(data.rglob("_delta_log"))
    tables = [log.parent for log in logs]
    for table in tables:
        yield sorted((table / "_delta_log").glob("*.json"))[-1]
        rows = sorted(table.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)
        yield from rows[-1:]
        yield table
    for path in sorted(data.rglob("*")):
        inside = any(path.is_relative_to(table) for table in tables)
        name = path.relative_to(data).as_posix()
        if path.is_file() and not inside and not name.startswith(_SKIPPED):
            yield path


def _short(name: str) -> str:
    """A path without the parts that differ from run to run."""
    if name.endswith(".parquet"):
        return f"{name.rpartition('/')[0]}/*.parquet"
    return name


def _damaged(name: str, damage: Callable[[Path], None], ward: Ward, folder: Path) -> Said:
    damage(folder / "data" / name)
    return ward.sync(folder, dagster_in_memory=not name.startswith("dagster"))


def _read_only(name: str, ward: Ward, folder: Path) -> Said:
    path = folder / "data" / name
    path.chmod(0o555 if path.is_dir() else 0o444)
    return ended(ward.start(folder, as_root=False))


def _writable(folder: Path) -> None:
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)  # noqa: S603, S607


def _restore_decisions(folder: Path) -> None:
    """What the sentence says: put the copy in the place of the decision log."""
    data = folder / "data"
    shutil.rmtree(data / "lake" / "decisions", ignore_errors=True)
    shutil.copytree(data / "backup" / "decisions", data / "lake" / "decisions")


def _nothing(_: Path) -> None:
    """There is nothing that the operator has to do."""


def _disks() -> Iterator[Case]:
    """A file system with so much left, with and without the check before the night."""
    for size in _DISK_SIZES_MB:
        yield Case(f"disk: {size} MB free", partial(_full_disk, size, True))
    for size in _DISK_SIZES_MB:
        yield Case(f"disk: {size} MB free, not checked before", partial(_full_disk, size, False))


def _full_disk(free: int, checked: bool, ward: Ward, folder: Path) -> Said:
    """The night in a small file system that has the data folder and ``free`` MB more."""
    used = sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())
    small = folder.parent / "small"
    small.mkdir()
    size = f"size={used + free * 1_000_000 + 500_000}"
    mounted = not subprocess.run(  # noqa: S603 - our own folder
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(small)],  # noqa: S607
        check=False,
        capture_output=True,
    ).returncode
    limit = "" if mounted else f"{free * 500_000}"
    place = small / "night" if mounted else folder
    try:
        if mounted:
            shutil.copytree(folder, place)
        child = subprocess.Popen(  # noqa: S603 - our own command
            [
                sys.executable,
                "-m",
                "benchmarks.state.night",
                str(place),
                limit,
                str(checked),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "TMPDIR": str(folder.parent)},
        )
        said = ended(child)
        if mounted:
            shutil.rmtree(folder)
            shutil.copytree(place, folder)
        return said
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(small)], check=True)  # noqa: S603, S607


def _clocks() -> Iterator[Case]:
    """The clock back, far ahead, and back again after a night in between."""
    for day in ("2026-11-01", "2025-11-28", "1970-01-01", "2027-06-01", "2038-01-19"):
        run = partial(_on_day, day)
        yield Case(f"clock: {day}", run, "last night", _nothing, True)
    yield Case("clock: a day ahead by --as-of, then back", _ahead_and_back, "tonight")


def _on_day(day: str, ward: Ward, folder: Path) -> Said:
    settings = folder / "okr.yaml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace(f"as_of: {ward.box.day}", f"as_of: {day}"), "utf-8")
    said = ward.sync(folder)
    settings.write_text(text, "utf-8")
    return said


def _ahead_and_back(ward: Ward, folder: Path) -> Said:
    ward.sync(folder, "--as-of", "2026-12-20")
    return ward.sync(folder)


def _two_runs(ward: Ward, folder: Path) -> Said:
    """Whoever comes second is told to wait, and the first is not disturbed."""
    first, second = ward.start(folder), ward.start(folder)
    both = sorted((ended(first), ended(second)), key=lambda said: said.exit_code)
    if [said.exit_code for said in both] not in ([0, 2], [0, 0]):
        return Said(1, "\n".join(said.text for said in both))
    return both[0]


def _signalled(name: str, share: float, ward: Ward, folder: Path) -> Said:
    """A night that is sent a signal when so much of a night's time is over."""
    child = ward.start(folder)
    time.sleep(share * ward.night_seconds)
    child.send_signal(getattr(signal, name))
    return ended(child)
