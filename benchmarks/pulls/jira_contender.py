"""One contender's pull of issues with change logs, alone in its process.

What belongs here: the pull, with its seconds, requests and peak memory of the process, printed as
one line of JSON. What does not: perceval (``jira_perceval``), which needs another environment.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from benchmarks.memory import peak_megabytes
from benchmarks.pulls.jira_stand_in import TOKEN, USER

JQL = "project in (SUP, WEB, SAL)"
KEY_RESULT = "customfield_10042"
Deployment = Literal["cloud", "data-center"]


def main() -> int:
    """Run one contender."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("who", choices=CONTENDERS)
    parser.add_argument("url")
    parser.add_argument("--cursor", type=Path, help="pull from this cursor, and keep the new one")
    chosen = parser.parse_args()
    pull = CONTENDERS[chosen.who](chosen.url, chosen.cursor)
    started, worked = time.perf_counter(), time.process_time()
    said = pull()
    said["seconds"] = time.perf_counter() - started
    said["cpu_seconds"] = time.process_time() - worked
    said["peak_mb"] = peak_megabytes()
    print(json.dumps(said))
    return 0


def _ours(url: str, cursor: Path | None, deployment: Deployment = "cloud") -> Callable[[], Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    from connectors.jira.settings import JiraSettings
    from connectors.jira.source import JiraSource
    from connectors.records import Rows

    pa.array([0])  # pyarrow imports pandas with its first array; imports are not measured
    user = USER if deployment == "cloud" else None
    settings = JiraSettings(url, user, TOKEN, JQL, (KEY_RESULT,), deployment=deployment)

    def pull() -> dict[str, Any]:
        source = JiraSource(settings)
        begin = json.loads(cursor.read_text()) if cursor and cursor.exists() else {}
        counted = {"issues": 0, "entries": 0}
        last = begin
        for message in source.pull(begin):
            if isinstance(message, Rows):
                last = message.cursor or last
                if message.stream == "jira_issues":
                    counted["issues"] += message.table.num_rows
                elif message.stream == "jira_changes":
                    first = pc.ends_with(message.table.column("id"), ":0")
                    counted["entries"] += pc.sum(first).as_py()
        if cursor:
            cursor.write_text(json.dumps(last))
        return {**counted, "requests": source.figures.requests}

    return pull


def _chained(url: str, cursor: Path | None) -> Callable[[], Any]:
    from connectors.jira import pull

    pull._PAGES_SEARCHED = sys.maxsize
    return _ours(url, cursor)


def _library(url: str, _: Path | None) -> Callable[[], Any]:
    from jira import JIRA

    def pull() -> dict[str, Any]:
        client = JIRA(url, basic_auth=(USER, TOKEN), options={"rest_api_version": "3"})
        issues = client.enhanced_search_issues(JQL, maxResults=0, expand="changelog")
        entries = sum(len(issue.changelog.histories) for issue in issues)
        return {"issues": len(issues), "entries": entries}

    return pull


CONTENDERS: dict[str, Callable[[str, Path | None], Callable[[], Any]]] = {
    "ours": _ours,
    "ours-datacenter": lambda url, cursor: _ours(url, cursor, "data-center"),
    "chained": _chained,
    "library": _library,
}


if __name__ == "__main__":
    sys.exit(main())
