"""``python -m benchmarks <name>``: one benchmark, or the list of them."""

import sys
from importlib import import_module

_BENCHMARKS = {
    "jira": ("benchmarks.pulls.jira", "pulls of Jira, against perceval and the jira library"),
    "notion": ("benchmarks.pulls.notion", "pulls of Notion, against its client"),
    "sheets": ("benchmarks.pulls.sheets", "pulls of Google Sheets, against gspread"),
    "faults": ("benchmarks.faults.run", "runs with injected faults, against a run without any"),
    "damages": (
        "benchmarks.faults.damages",
        "damaged content and settings, against the run before",
    ),
    "outages": (
        "benchmarks.faults.outages",
        "outages of each source: tables, alerts, the night after",
    ),
    "hostile_sql": ("benchmarks.hostile_sql.run", "what becomes of hostile SQL in measures"),
    "state_damages": ("benchmarks.state.damages", "damaged state, full disks, clocks, kills"),
    "servers": ("benchmarks.hostile.servers", "pulls from a malicious server"),
    "inputs": ("benchmarks.hostile.inputs", "hostile values through every connector"),
    "secrets": ("benchmarks.hostile.secrets", "planted credentials, looked for on the whole disk"),
    "engines": ("benchmarks.engines", "the same rows by DuckDB and Spark, and the time of each"),
    "activity": (
        "benchmarks.beside_sql.activity",
        "counting ten million changes, against hand-written SQL",
    ),
    "links": ("benchmarks.beside_sql.links", "linking a million issues, against hand-written SQL"),
    "suggestions": ("benchmarks.suggestions", "suggested links, against TF-IDF and rapidfuzz"),
    "values": ("benchmarks.values", "a year of measurements of 50,000 Key Results"),
    "quality": ("benchmarks.quality.run", "the quality rules, on labelled lines of OKRs"),
    "forecast": ("benchmarks.forecast.run", "attainment probabilities, against simpler forecasts"),
    "page": ("benchmarks.page", "twenty people at once on 2,000 Key Results, and table swaps"),
    "schedule": ("benchmarks.state.schedule", "60 nights of the schedule over both clock changes"),
    "night": ("benchmarks.night", "whole nights as processes: processor time and memory"),
    "targets": ("benchmarks.targets", "50 kills of publishing to every target, with readers"),
    "store": ("benchmarks.store.run", "two machines and one object store, killed and stopped"),
    "quarter": ("benchmarks.quarter.run", "a simulated quarter: people act on the agenda"),
    "year": (
        "benchmarks.state.year",
        "400 nights: disk, files, seconds, and the same past days",
    ),
}


def main() -> int:
    """Run the named benchmark."""
    if len(sys.argv) > 1 and sys.argv[1] in _BENCHMARKS:
        module, _ = _BENCHMARKS[sys.argv.pop(1)]
        return import_module(module).main() or 0
    print("make bench BENCH=<name>, or python -m benchmarks <name>, where name is one of:")
    for name, (_, about) in _BENCHMARKS.items():
        print(f"  {name:12} {about}")
    return 2 if len(sys.argv) > 1 else 0


if __name__ == "__main__":
    sys.exit(main())
