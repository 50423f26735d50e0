"""Opening the engine that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.engines.duckdb import DuckDBEngine
from pipelines.engines.engine import Engine
from pipelines.engines.spark import SparkEngine
from pipelines.engines.spark_session import spark_session
from pipelines.settings import Settings


@contextmanager
def open_engine(settings: Settings) -> Iterator[Engine]:
    """The engine that the settings name; its frames may be used until the block ends.

    Raises:
        pipelines.engines.spark_session.SparkError: It is Spark, which is not there.
    """
    spark = settings.engine == "spark"
    engine = SparkEngine(spark_session(settings.spark.address)) if spark else DuckDBEngine()
    try:
        yield engine
    finally:
        engine.release()
