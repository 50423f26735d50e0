"""One Spark for the tests of a module, where the machine has Java and the package.

What belongs here: starting it cheaply and ending it. What does not: what is computed in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pipelines.engines.spark_session import missing, spark_session

ADDRESS = "local[2]"
_FOR_FEW_ROWS = {  # compiling queries takes longer than running them
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",  # it makes a job of each stage
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.ui.showConsoleProgress": "false",
}

WARNING = "ignore:PySpark does not yet fully support pandas:FutureWarning"
"""Only Arrow tables cross the border to Spark."""


@contextmanager
def spark() -> Iterator[str]:
    """The address of a Spark of this process; in CI (``CI=true``) it must be there."""
    if trouble := missing(ADDRESS):
        if os.environ.get("CI") == "true":
            pytest.fail(trouble)
        pytest.skip(trouble)
    confs = " ".join(f"--conf {name}={value}" for name, value in _FOR_FEW_ROWS.items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", f"{confs} pyspark-shell")
        session = spark_session(ADDRESS)
    try:
        yield ADDRESS
    finally:
        session.stop()
        spark_session.cache_clear()
