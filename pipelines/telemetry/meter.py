"""What each step of a run costs: seconds, and the most memory of the process meanwhile.

What belongs here: measuring. What does not: where the figures go (``run_status``, ``alerts``).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"  # see proc_pid_clear_refs(5)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step cost.

    Attributes:
        seconds: How long it took.
        peak_memory: The most memory, in bytes, that the process held meanwhile; where the system
            does not tell that, since it began. None where it tells neither.
    """

    seconds: float
    peak_memory: int | None


@dataclass(slots=True)
class Meter:
    """The costs of a run's steps by their names, in their order."""

    steps: dict[str, Cost] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step, also one that fails. Steps follow each other and do not overlap."""
        with suppress(OSError):
            _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
        started = time.monotonic()
        try:
            yield
        finally:
            self.steps[name] = Cost(round(time.monotonic() - started, 3), peak_memory())


def with_pull(steps: Mapping[str, Cost], attempts: Sequence[Mapping[str, Any]]) -> dict[str, Cost]:
    """The steps, and before them the pull: another process may have made it, and recorded it."""
    known = [attempt for attempt in attempts if attempt.get("seconds") is not None]
    if "pull" in steps or not known:
        return dict(steps)
    most = max((attempt.get("peak_memory") or 0 for attempt in known), default=0)
    return {"pull": Cost(max(one["seconds"] for one in known), most or None), **steps}


def as_json(steps: Mapping[str, Cost]) -> str:
    """The costs for a column of a table."""
    return json.dumps({name: asdict(cost) for name, cost in steps.items()})


def most_memory(steps: Mapping[str, Cost]) -> int | None:
    """The most memory of any step."""
    return max((cost.peak_memory for cost in steps.values() if cost.peak_memory), default=None)


def peak_memory() -> int | None:
    """The most memory of this process, in bytes, since it was last forgotten."""
    with suppress(OSError, ValueError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # where the system has none
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
