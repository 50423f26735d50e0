"""The figures of the last run as a text that Prometheus reads.

What belongs here: gathering and writing it. What does not: measuring (``pipelines.telemetry``), and
alerts, which are sent whether or not anybody collects figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from okr_model.tables import RUNS
from pipelines.project import Project
from pipelines.run_status.closing import Closing, closing
from pipelines.telemetry.meter import Cost, with_pull
from published.errors import UserError
from published.tables import PublishedTables

_HELP = {
    "run_timestamp_seconds": "When the last run ended.",
    "run_published": "Whether the last run published its tables.",
    "published_timestamp_seconds": "When a run last published its tables.",
    "open_alerts": "Causes of alerts that are open.",
    "source_up": "Whether the last attempt read the source.",
    "source_requests": "Requests of the last attempt.",
    "source_retries": "How many of them were repeats.",
    "source_waited_seconds": "How long they waited, all together.",
    "source_rows": "Records that it returned.",
    "source_bytes": "Bytes that it returned.",
    "source_seconds": "How long it took.",
    "step_seconds": "How long a step of the last run took.",
    "step_peak_memory_bytes": "The most memory that it held.",
    "key_results": "Key Results that are published.",
    "stale_key_results": "How many of them are stale.",
    "findings": "Findings that are published.",
    "links": "Links that count.",
}
_OF_ATTEMPT = {
    "source_requests": "requests",
    "source_retries": "retries",
    "source_waited_seconds": "waited",
    "source_rows": "rows",
    "source_bytes": "bytes",
    "source_seconds": "seconds",
}
_Sample = tuple[str, Mapping[str, str], float]


def write_metrics(project: Project, *, published: bool, last_good: float, open_alerts: int) -> None:
    """Replace the file that the settings name, in one step; nothing if they name none.

    Args:
        project: Whose figures.
        published: Whether the last run published its tables.
        last_good: When a run last did, in seconds since 1970; 0 if never.
        open_alerts: How many causes of alerts are open.

    Raises:
        OSError: It cannot be written.
    """
    path = project.settings.metrics.file
    if path is None:
        return
    samples: list[_Sample] = [
        ("run_timestamp_seconds", {}, project.instant().timestamp()),
        ("run_published", {}, published),
        ("published_timestamp_seconds", {}, last_good),
        ("open_alerts", {}, open_alerts),
    ]
    attempts = {name: project.attempts.latest(name) for name in project.settings.source_names}
    for name, attempt in attempts.items():
        samples.append(("source_up", {"source": name}, attempt.get("state") == "complete"))
        samples += [
            (metric, {"source": name}, attempt[key])
            for metric, key in _OF_ATTEMPT.items()
            if attempt.get(key) is not None
        ]
    steps = project.meter.steps or _published_steps(project)
    samples += _of_steps(with_pull(steps, list(attempts.values())))
    if now := closing(project, set()):
        samples += _of_tables(now)
    _replace(path, "".join(_lines(samples)))


def _published_steps(project: Project) -> dict[str, Cost]:
    """Those of the run that was published last: under Dagster, its process has ended."""
    try:
        runs = PublishedTables(project.paths.duckdb).frame(RUNS.name)
        last = runs[runs["kind"] == "night"].sort_values("published_at", kind="stable").iloc[-1]
        return {name: Cost(**cost) for name, cost in json.loads(last["steps"]).items()}
    except (UserError, KeyError, IndexError, TypeError, ValueError):
        return {}  # nothing yet, or by a version without figures


def _of_steps(steps: Mapping[str, Cost]) -> Iterator[_Sample]:
    for name, cost in steps.items():
        yield "step_seconds", {"step": name}, cost.seconds
        if cost.peak_memory is not None:
            yield "step_peak_memory_bytes", {"step": name}, cost.peak_memory


def _of_tables(now: Closing) -> Iterator[_Sample]:
    yield "key_results", {}, now.key_results
    yield "stale_key_results", {}, now.stale
    yield "findings", {}, now.findings
    yield "links", {}, now.links


def _lines(samples: list[_Sample]) -> Iterator[str]:
    for metric, about in _HELP.items():
        mine = [(labels, value) for name, labels, value in samples if name == metric]
        if mine:
            yield f"# HELP okr_sync_{metric} {about}\n# TYPE okr_sync_{metric} gauge\n"
        for labels, value in mine:
            pairs = ",".join(f'{name}="{label}"' for name, label in labels.items())
            yield f"okr_sync_{metric}{f'{{{pairs}}}' if pairs else ''} {float(value):.15g}\n"


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.tmp")  # a collector reads files that end with .prom alone
    try:
        beside.write_text(text, encoding="utf-8")
        beside.chmod(0o644)  # whoever collects it is another account; it has numbers only
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
