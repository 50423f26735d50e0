"""``python -m sandbox``: serve the sample company until interrupted."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
import threading
from pathlib import Path

from sandbox.server import Sandbox


def main(arguments: list[str] | None = None) -> int:
    """Start the stand-ins, and print their addresses and the variables that the settings need."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8700, help="port on 127.0.0.1; 0 is any")
    parser.add_argument("--issues", type=int, default=1500, help="how many Jira issues")
    parser.add_argument("--seed", type=int, default=7, help="another seed, other everyday issues")
    parser.add_argument(
        "--settings", type=Path, help="folder for okr.yaml and service-account.json"
    )
    chosen = parser.parse_args(arguments)
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with Sandbox(chosen.issues, chosen.seed, chosen.port) as box:
        folder = chosen.settings or Path(tempfile.mkdtemp(prefix="okr-sandbox-"))
        settings = box.write_settings(folder)
        for address in (box.jira_url, box.notion_url, box.sheets_url):
            print(f"# {address}")
        print(f"# settings: {settings}")
        for name, value in box.environment().items():
            print(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()
        done.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
