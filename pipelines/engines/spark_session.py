"""The Spark session of this process.

What belongs here: connecting to one, once, and saying what is missing. What does not: what is
computed in it (``spark``).
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from published.errors import UserError

LEAST_JAVA = 17
_REMOTE = "sc://"
_INSTALL = "pip install 'okr-sync[spark]'"
_ANY_ENGINE = "or remove engine: spark from okr.yaml"
_OURS = {
    "spark.app.name": "okr-sync",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
}
_LOCAL = {  # nobody else has to reach a Spark of this process, and it has few cores
    "spark.sql.shuffle.partitions": "4",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}


class SparkError(UserError):
    """Spark is not installed, or cannot be reached."""


@functools.cache
def spark_session(address: str) -> Any:
    """The ``pyspark.sql.SparkSession`` at an address; it lasts as long as this process.

    Args:
        address: ``local[*]``, the master of a cluster, or that of a Connect server.

    Raises:
        SparkError: It is not there; the message says what to do.
    """
    if trouble := missing(address):
        raise SparkError(trouble)
    from pyspark.sql import SparkSession  # an extra, and slow to import

    remote, local = address.startswith(_REMOTE), address.startswith("local")
    builder = SparkSession.builder
    builder = builder.remote(address) if remote else builder.master(address)
    # A server has settings of its own, but for those of a session.
    settings = {name: value for name, value in _OURS.items() if not remote or ".sql." in name}
    for name, value in (settings | (_LOCAL if local else {})).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:  # of py4j, gRPC or Spark, which share no class
        why = str(error).strip().partition("\n")[0]
        raise SparkError(f"spark: {address} cannot be reached: {why}") from error


def missing(address: str) -> str | None:
    """What has to be installed before an address can be used, in a sentence; None if nothing."""
    if find_spec("pyspark") is None:
        return f"engine: spark needs the package pyspark. Run {_INSTALL}, {_ANY_ENGINE}."
    if address.startswith(_REMOTE):
        lacking = [name for name in ("grpc", "grpc_status", "zstandard") if find_spec(name) is None]
        return f"Spark Connect needs {', '.join(lacking)}. Run {_INSTALL}." if lacking else None
    java = java_version()
    if java is None or java < LEAST_JAVA:
        there = "there is none" if java is None else f"there is Java {java}"
        return (
            f"engine: spark needs Java {LEAST_JAVA} or newer, and {there}. Install it, such as the"
            f" package openjdk-{LEAST_JAVA}-jre-headless, {_ANY_ENGINE}."
        )
    return None


def versions(address: str) -> str:
    """What is used, in words."""
    spark = f"Spark {version('pyspark')} at {address}"
    return spark if address.startswith(_REMOTE) else f"{spark}, Java {java_version()}"


def java_version() -> int | None:
    """The feature release of the Java that Spark would start, such as 17."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which(Path(home, "bin", "java")) if home else shutil.which("java")
    if program is None:
        return None
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - the user's own Java
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr)
    return int(found[1]) if found else None
