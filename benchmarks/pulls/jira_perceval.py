"""perceval's pull of issues, run in an environment of its own.

What belongs here: only the standard library and perceval, because that environment does not have
this project.
"""

import json
import resource
import sys
import time

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
    said["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
