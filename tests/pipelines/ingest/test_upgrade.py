"""A lake that an older version wrote: it gets the new columns, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from connectors.jira.decode.issues import IssueReader, issues_table
from connectors.jira.streams import JIRA_ISSUES_BACKFILL
from connectors.records import Figures, Present, Rows
from pipelines.datasets.issue_names import issue_names
from pipelines.ingest.landing import Landing
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.tables import Lake
from tests.pipelines.ingest.test_landing import NIGHT, land


def served(number: int, status: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "id": str(number),
            "key": f"WEB-{number}",
            "fields": {
                "summary": "Build",
                "status": status,
                "issuetype": {"id": "1", "name": "Bug"},
                "project": {"id": "2", "key": "WEB", "name": "Website"},
            },
        }
    ).encode()


DONE = {"id": "9", "name": "Done", "statusCategory": {"key": "done", "name": "Fertig"}}
NAMELESS = {"name": "Odd"}


class Jira:
    """A source with the issues it is given."""

    name = "jira"

    def __init__(self, *issues: bytes) -> None:
        self.figures = Figures()
        reader = IssueReader("https://example.atlassian.net", ())
        self._issues = issues_table([reader.read(one) for one in map(_raw, issues)])

    def pull(self, _: Any) -> Any:
        yield Rows("jira_issues", self._issues, {"page": 1})
        yield Present("jira_issues", "WEB", self._issues.column("id").combine_chunks())
        yield Rows("jira_issues", self._issues.slice(0, 0), {"complete": True})

    def close(self) -> None:
        """Nothing to let go of."""


def _raw(text: bytes) -> Any:
    return msgspec.Raw(text)


def older(root: Path) -> None:
    """Take the columns away from both tables, as if they had never been written."""
    for part in ("log", "current"):
        path = str(root / "jira_issues" / part)
        rows = pa.table(DeltaTable(path).to_pyarrow_table()).drop_columns([*JIRA_ISSUES_BACKFILL])
        write_deltalake(path, rows, mode="overwrite", schema_mode="overwrite")


def current(root: Path) -> list[dict[str, Any]]:
    scan = Lake(root).scan("jira_issues")
    return arrow(connect(), f"SELECT * FROM {scan} ORDER BY id").to_pylist()  # noqa: S608 - our files


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    land(tmp_path, Jira(served(1, DONE), served(2, NAMELESS)))
    return tmp_path


def test_an_older_lake_can_be_read_before_it_is_brought_up_to_date(lake: Path) -> None:
    older(lake)
    assert [row["status_id"] for row in current(lake)] == [None, None]
    names = issue_names(Lake(lake), ["status"])
    assert names.ids("status", ["done"]) == ["=Done"]


def test_the_columns_come_from_the_records_as_served(lake: Path) -> None:
    before = current(lake)
    older(lake)
    landed = land(lake, Jira(served(1, DONE), served(2, NAMELESS)), NIGHT)
    after = current(lake)
    assert [row["status_id"] for row in after] == ["9", None]
    assert after[0]["status_category_name"] == "Fertig"
    assert landed.changed == 0  # the digests are made with the new columns, too
    assert [row["id"] for row in after] == ["1", "2"]
    same = [name for name in before[0] if name not in ("digest", "landed")]
    assert [[row[n] for n in same] for row in after] == [[row[n] for n in same] for row in before]


def test_a_changed_id_under_the_same_name_is_a_new_version(lake: Path) -> None:
    older(lake)
    other = DONE | {"id": "10"}
    assert land(lake, Jira(served(1, other), served(2, NAMELESS))).changed == 1
    assert [row["status_id"] for row in current(lake)] == ["10", None]


def as_served(root: Path, part: str) -> list[bool]:
    """Whether each row of the issues has the record as served."""
    rows = DeltaTable(str(root / "jira_issues" / part)).to_pyarrow_table(columns=["raw"])
    return pa.table(rows)["raw"].is_valid().to_pylist()


def test_issues_as_served_are_kept_in_the_log_alone(lake: Path) -> None:
    assert as_served(lake, "log") == [True, True]
    assert as_served(lake, "current") == [False, False]
    Landing(Lake(lake), r"other-\d+", NIGHT).reextract_references("jira")
    assert as_served(lake, "log") == [True] * 4
    assert as_served(lake, "current") == [False, False]


def test_what_an_older_version_kept_goes_when_an_issue_changes(lake: Path) -> None:
    path = lake / "jira_issues" / "current"
    rows = pa.table(DeltaTable(str(path)).to_pyarrow_table())
    raw = rows.column_names.index("raw")
    write_deltalake(path, rows.set_column(raw, "raw", pa.array(["{}", "{}"])), mode="overwrite")
    land(lake, Jira(served(1, DONE), served(2, NAMELESS)), NIGHT)
    assert as_served(lake, "current") == [True, True]
    assert land(lake, Jira(served(1, DONE), served(2, DONE)), NIGHT).changed == 1
    assert as_served(lake, "current") == [False, False]
    assert [row["status_id"] for row in current(lake)] == ["9", "9"]
