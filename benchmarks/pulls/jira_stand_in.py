"""The Jira stand-in of the benchmark, in its own process.

What belongs here: serving the sample company's Jira, Cloud and Data Center, with cached responses,
so that the contender is measured and not the stand-in; and a control endpoint for setting the
latency, editing issues and reading counters.
"""

import argparse
import json
import socket
import sys
import time
from urllib.parse import parse_qsl

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.serving import CachedResponses
from sandbox.company.generate import build_jira
from sandbox.server.gate import Gate
from sandbox.server.jira.app import jira_app
from sandbox.server.jira.datacenter import datacenter_app
from sandbox.server.jira.store import JiraSite

USER, TOKEN = "okr-sync@larkfield.example", "benchmark"


class Control:
    """The control endpoint, ``/control?latency=0.05&edit=50``; responds with counters."""

    def __init__(self, gate: Gate, site: JiraSite) -> None:
        self._gate = gate
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["path"] != "/control":
            await self._gate(scope, receive, send)
            return
        asked = dict(parse_qsl(scope["query_string"].decode()))
        self._gate.latency = float(asked.get("latency", self._gate.latency))
        if "edit" in asked:
            self._site.clock.advance(86_400)
            for number in range(int(asked["edit"])):
                self._site.edit_issue(10_400 + 7 * number, summary="Edited for the benchmark")
            self._site.clock.advance(3600)
        said = {"requests": len(self._gate.requests), "cpu_seconds": time.process_time()}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})


def main() -> int:
    """Serve until killed; prints the port once it is ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, required=True)
    parser.add_argument("--forgetful", action="store_true", help="do not cache responses")
    chosen = parser.parse_args()
    site = build_jira(chosen.issues, 7)
    apps: dict[str, ASGIApp] = {
        "cloud": jira_app(site, {USER: TOKEN}),
        "datacenter": datacenter_app(site, [TOKEN], {USER: TOKEN}),
    }
    if not chosen.forgetful:
        apps = {name: CachedResponses(app, lambda: site.version) for name, app in apps.items()}
    config = uvicorn.Config(
        Control(Gate(apps, site.clock), site),
        log_config=None,
        access_log=False,
        date_header=False,
        lifespan="off",
        ws="none",
    )
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
