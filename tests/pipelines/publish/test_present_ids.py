"""The published history under the ids that its Key Results have now."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines.publish.present_ids import under_present_ids

Row = tuple[str, int, list[str] | None]
_NAMES = ["key_result_id", "as_of", "former_ids"]


def after(*rows: Row) -> list[tuple[int, str]]:
    """Each day with the ids of its rows, in one cycle."""
    kinds = pa.schema(
        [
            pa.field("key_result_id", pa.string()),
            pa.field("as_of", pa.int64()),
            pa.field("former_ids", pa.list_(pa.string())),
            pa.field("cycle_id", pa.string()),
        ]
    )
    told = [dict(zip(_NAMES, row, strict=True)) | {"cycle_id": "Q4"} for row in rows]
    found = under_present_ids(pa.Table.from_pylist(told, schema=kinds)).to_pylist()
    return sorted((row["as_of"], row["key_result_id"]) for row in found)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([("A", 1, None), ("B", 1, None)], [(1, "A"), (1, "B")], id="none renamed"),
        pytest.param([("A", 1, None), ("B", 2, ["A"])], [(1, "B"), (2, "B")], id="renamed"),
        pytest.param(
            [("A", 1, None), ("B", 2, ["A"]), ("C", 3, ["B", "A"])],
            [(1, "C"), (2, "C"), (3, "C")],
            id="renamed twice",
        ),
        pytest.param(
            [("A", 1, None), ("B", 2, ["A"]), ("A", 3, ["B"])],
            [(1, "A"), (2, "A"), (3, "A")],
            id="renamed there and back",
        ),
        pytest.param(
            [("A", 1, None), ("B", 2, ["A"]), ("B", 3, None), ("A", 3, None)],
            [(1, "A"), (2, "B"), (3, "A"), (3, "B")],
            id="its former id was used again",
        ),
        pytest.param(
            [("A", 1, None), ("B", 2, ["A"]), ("C", 3, None)],
            [(1, "B"), (2, "B"), (3, "C")],
            id="gone since",
        ),
    ],
)
def test_each_day_has_the_ids_of_the_last_row(
    rows: list[Row], expected: list[tuple[int, str]]
) -> None:
    assert after(*rows) == expected
