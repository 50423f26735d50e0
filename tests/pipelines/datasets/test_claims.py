"""A link field belongs to its own dataset."""

from __future__ import annotations

from unittest import mock

import pandas as pd
import pytest

from pipelines.datasets import claims
from pipelines.settings import Dataset

CLAIMS = pd.DataFrame(
    [
        ("web-epic", "customfield_7", "KR ID"),
        ("web-epic", "customfield_8", "Goal"),
        ("sup-epic", "customfield_7", "KR ID"),
        ("sup-epic", "customfield_8", "Goal"),
        ("story", "customfield_8", "Goal"),
        ("story", "customfield_9", "Other"),
    ],
    columns=["record_id", "field", "shown"],
)
SELECTED = {"WEB": ["web-epic"], "SUP": ["sup-epic"]}


def dataset(project: str, field: str) -> Dataset:
    return Dataset.model_validate(
        {
            "holds": "initiatives",
            "from": "jira",
            "where": {"project": project},
            "fields": {"key_result": field},
        }
    )


@pytest.mark.parametrize(
    ("datasets", "mapped"),
    [
        ([], [False] * 6),
        # One field for all: no issue has to be looked up.
        ([dataset("WEB", "KR ID")], [True, False, True, False, False, False]),
        # Two fields: each of its own issues; of an issue that neither selects, both.
        (
            [dataset("WEB", "KR ID"), dataset("SUP", "customfield_8")],
            [True, False, False, True, True, False],
        ),
    ],
)
def test_a_claim_counts_by_a_field_of_its_records_dataset(
    datasets: list[Dataset], mapped: list[bool]
) -> None:
    def selected(lake: object, connection: object, of: Dataset) -> list[str]:
        return SELECTED[str(of.where["project"])]

    with mock.patch.object(claims, "record_ids", selected):
        for order in (datasets, datasets[::-1]):
            found = claims._is_mapped(mock.Mock(), mock.Mock(), CLAIMS, order)
            assert found.tolist() == mapped
