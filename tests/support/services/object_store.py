"""An object store of the kind of S3, in a process of its own on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

_START_SECONDS = 60.0


@contextmanager
def object_store(bucket: str = "okr") -> Iterator[dict[str, str]]:
    """Serve a bucket; gives the environment by which it is found."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(url, server)
        requests.put(f"{url}/{bucket}", timeout=_START_SECONDS).raise_for_status()
        yield {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "whatever",
            "AWS_REGION": "us-east-1",
        }
    finally:
        server.kill()
        server.wait()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            requests.get(f"{url}/moto-api/", timeout=_START_SECONDS)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError("the object store does not answer")
