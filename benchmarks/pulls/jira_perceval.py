"""perceval's pull of issues, run in an environment of its own.

What belongs here: only the standard library and perceval, because that environment does not have
this project.
"""

import json
import sys
import time
from pathlib import Path

import requests
from perceval.backends.core.jira import Jira


def main() -> int:
    """Pull, and print issues, entries, seconds and peak memory, or the error."""
    url, user, password = sys.argv[1:]
    backend = Jira(url, user=user, password=password)
    started, worked = time.perf_counter(), time.process_time()
    issues = entries = 0
    try:
        for item in backend.fetch():
            issues += 1
            entries += len(item["data"]["changelog"]["histories"])
    except requests.RequestException as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        return 0
    said = {"issues": issues, "entries": entries, "seconds": time.perf_counter() - started}
    said["cpu_seconds"] = time.process_time() - worked
    said["peak_mb"] = _peak_megabytes()
    print(json.dumps(said))
    return 0


def _peak_megabytes() -> float:
    """As ``benchmarks.memory`` reads it, which cannot be imported here."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    sys.exit(main())
