"""Datasets: the lake's records in the shape that the model takes.

What belongs here: finding each dataset's records, mapping the source's fields to the model's, and
reporting by name what is missing. What does not: interpreting values (``okr_model``) and HTTP:
everything here works offline, from the lake alone.
"""

from pipelines.datasets.cells import long_cells, problem_finding, read_cells
from pipelines.datasets.claims import former_key_results, read_claims
from pipelines.datasets.last_reading import DatasetReading, UnreadDataset, read_dataset
from pipelines.datasets.link_tables import read_mappings
from pipelines.datasets.records import Missing, Record

__all__ = [
    "DatasetReading",
    "Missing",
    "Record",
    "UnreadDataset",
    "former_key_results",
    "long_cells",
    "problem_finding",
    "read_cells",
    "read_claims",
    "read_dataset",
    "read_mappings",
]
