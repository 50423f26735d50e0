"""Speed, requests and memory of a Jira pull, against other clients.

What belongs here: the course of the comparison, and its report. Every contender runs in its own
process against a stand-in in another one, first once without latency to fill the stand-in's cache,
then with 50 ms added to each request: three alternating rounds, of which the best counts, because
other load on the machine only ever slows a contender down.

perceval uses Cloud's removed search endpoint, so it is measured on the Data Center stand-in, which
serves the same issues. It sends an extra request per issue, so it gets a tenth of them;
``--perceval 10000`` gives it all, which takes about twenty minutes.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.pulls.jira_stand_in import TOKEN, USER

LATENCY = 0.05
ISSUES = 10_000
TENTH = 1_000
ROUNDS = 3
MANY = 200_000
PERCEVAL = "perceval==1.6.1"
_HERE = Path(__file__).parent


class StandIn:
    """A running stand-in."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def control(self, **asked: float) -> dict[str, Any]:
        """Set ``latency``, ``edit`` issues; returns the stand-in's counters."""
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        with urllib.request.urlopen(f"{self.url}/control?{query}") as answer:  # noqa: S310 - our stand-in
            said: dict[str, Any] = json.load(answer)
            return said


def main() -> int:
    """Measure and report; a part that could not be measured prints the reason."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks jira")
    asked.add_argument("--perceval", type=int, default=TENTH, help="how many issues perceval gets")
    perceval_issues: int = asked.parse_args().perceval
    print(f"Jira pulls, {LATENCY * 1000:.0f} ms latency on every request\n")
    with stand_in(ISSUES) as jira, tempfile.TemporaryDirectory() as place:
        cursor = Path(place) / "cursor.json"
        cloud, centre_url = f"{jira.url}/cloud", f"{jira.url}/datacenter"
        chained, ours, library, centre = race(
            jira,
            {
                "chained search alone": contender("chained", cloud),
                "ours": contender("ours", cloud),
                "jira library": contender("library", cloud),
                "ours, Data Center": contender("ours-datacenter", centre_url),
            },
        )
        report_ratio("chained search alone", chained, ours)
        report_ratio("the jira library", library, ours, 5)
        jira.control(latency=0)
        report_requests(jira, cursor)
    report_perceval(centre, perceval_issues)
    report_memory(ours)
    return 0


@contextmanager
def stand_in(issues: int, *options: str) -> Iterator[StandIn]:
    """Run a stand-in in its own process."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.pulls.jira_stand_in",
        "--issues",
        str(issues),
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - no word from outside
        assert process.stdout is not None
        try:
            running = StandIn(int(process.stdout.readline()))
            yield running
        finally:
            process.terminate()


def contender(who: str, url: str, *options: str) -> list[str]:
    """The command of a contender in this project's environment."""
    return [sys.executable, "-m", "benchmarks.pulls.jira_contender", who, url, *options]


def run(command: list[str]) -> dict[str, Any]:
    """Run a contender; returns the figures that it prints."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - no word from outside
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def race(
    jira: StandIn, commands: dict[str, list[str]], rounds: int = ROUNDS
) -> list[dict[str, Any]]:
    """The best figures of each contender with latency, after a warm-up run without."""
    jira.control(latency=0)
    for command in commands.values():
        run(command)
    jira.control(latency=LATENCY)
    best: dict[str, dict[str, Any]] = {}
    every: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before = jira.control()
            said = run(command)
            after = jira.control()
            said["requests"] = after["requests"] - before["requests"]
            said["share"] = (after["cpu_seconds"] - before["cpu_seconds"]) / said["seconds"]
            every[name].append(said["seconds"])
            best[name] = min(best.get(name, said), said, key=lambda one: one["seconds"])
    for name, said in best.items():
        rounds_taken = ", ".join(f"{seconds:.1f}" for seconds in every[name])
        print(
            f"{name:22} {said['seconds']:6.2f} s ({rounds_taken}), {said['cpu_seconds']:5.2f} s of "
            f"CPU, {said['requests']} requests, {said['issues']} issues, {said['entries']} log "
            f"entries, {said['peak_mb']:.0f} MB, stand-in's CPU {said['share']:.0%} of it"
        )
    return [best[name] for name in commands]


def report_ratio(
    name: str, other: dict[str, Any], ours: dict[str, Any], target: int | None = None
) -> None:
    """How many times faster an issue is pulled."""
    ratio = (other["seconds"] / other["issues"]) / (ours["seconds"] / ours["issues"])
    wanted = f" (wanted: {target})" if target else ""
    print(f"-> {ratio:.1f} times faster than {name}{wanted}")


def report_requests(jira: StandIn, cursor: Path) -> None:
    """Requests of a full pull, of a pull with 80 changes, and of one with 0.5 % changed."""
    asked = contender("ours", f"{jira.url}/cloud", "--cursor", str(cursor))
    full = run(asked)
    print()
    _print_floor("full pull", full["requests"], floor(full) + 1)
    census = math.ceil(full["issues"] / 5000)
    jira.control(edit=80)
    _print_floor("night, 80 changed", run(asked)["requests"], 1 + 1 + census)
    report_night(jira, asked, full)
    _print_floor("night, none changed", run(asked)["requests"], 1 + census)


def report_night(jira: StandIn, asked: list[str], full: dict[str, Any]) -> None:
    """Requests of a pull with 0.5 % of all issues changed."""
    jira.control(edit=round(full["issues"] / 200))
    night = run(asked)
    least = floor(night) + math.ceil(full["issues"] / 5000)
    _print_floor(f"0.5 % of {full['issues']:,} changed", night["requests"], least)
    print(
        f"-> {night['requests'] / full['requests']:.1%} of the full pull's requests (wanted: under "
        f"3 %; the floors themselves are {least / (floor(full) + 1):.1%} apart)"
    )


def floor(pulled: dict[str, Any]) -> int:
    """The least requests of a full pull: pages of issues and of their change logs."""
    logs: int = max(math.ceil(pulled["issues"] / 1000), math.ceil(pulled["entries"] / 10_000))
    pages: int = math.ceil(pulled["issues"] / 100)
    return pages + logs


def _print_floor(what: str, requests: int, least: int) -> None:
    print(f"{what:24} {requests:4} requests, floor {least:4}: {requests / least:.3f} times")


def report_perceval(centre: dict[str, Any], issues: int) -> None:
    """Pulls with perceval on Cloud (prints its error) and Data Center; needs a package index."""
    print()
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=True)
        python = Path(place) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run([*install, PERCEVAL], capture_output=True, text=True)  # noqa: S603 - no word from outside
        if done.returncode:
            print(f"perceval could not be installed: {done.stderr.strip().splitlines()[-1]}")
            return
        _race_perceval(python, centre, issues)


def _race_perceval(python: Path, centre: dict[str, Any], issues: int) -> None:
    script = [str(python), str(_HERE / "jira_perceval.py")]
    with stand_in(issues) as jira:
        cloud = run([*script, f"{jira.url}/cloud", USER, TOKEN])
        print(f"perceval on Cloud      {cloud.get('error', 'works')}")
        asked = [*script, f"{jira.url}/datacenter", USER, TOKEN]
        mine = contender("ours-datacenter", f"{jira.url}/datacenter")
        perceval, small = race(
            jira, {"perceval, Data Center": asked, "ours, Data Center": mine}, rounds=1
        )
    report_ratio(f"perceval, both with {perceval['issues']:,} issues", perceval, small, 10)
    if issues < ISSUES:
        report_ratio(f"perceval an issue, ours with {ISSUES:,}", perceval, centre, 10)


def report_memory(ours: dict[str, Any]) -> None:
    """Peak memory of the process, with few and with many issues."""
    print()
    with stand_in(MANY, "--forgetful") as jira, tempfile.TemporaryDirectory() as place:
        asked = contender("ours", f"{jira.url}/cloud", "--cursor", f"{place}/cursor.json")
        many = run(asked)
        report_night(jira, asked, many)
    print(f"peak memory with {ours['issues']:7,} issues: {ours['peak_mb']:4.0f} MB (wanted: < 300)")
    ratio = many["peak_mb"] / ours["peak_mb"]
    print(
        f"peak memory with {many['issues']:7,} issues: {many['peak_mb']:4.0f} MB, "
        f"{ratio:.2f} times as much (wanted: < 1.2)"
    )


if __name__ == "__main__":
    sys.exit(main())
