"""The roll-out for people: printed in its order, and a sentence where there is none."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.rituals.rollout import show_rollout
from pipelines.project import Project
from published.rituals.adoption.rollout import NoRolloutError, rollout_of
from published.snapshot import Snapshots
from tests.support.page.small_tables import publish_rows
from tests.support.small_company import SmallCompany

WAVE = {"wave": "Pilot", "how": "computed"}
ROWS = [
    {
        **{**WAVE, "kind": "gate", "item": "rhythm", "state": "not passed", "number": 3},
        **{"part": 3, "whole": 5, "value": 0.6, "bound": 0.8, "sentence": "3 of 5 were on time"},
        "missing": [f"KR-{n}" for n in range(1, 8)],
    },
    {
        **{**WAVE, "kind": "wave", "item": "stage", "state": "running", "number": 2},
        **{"due_on": dt.date(2026, 7, 1), "sentence": "Pilot began"},
    },
    {
        **{"wave": "", "kind": "decision", "item": "levels", "state": "decided", "number": 1},
        **{"how": "settings", "sentence": "Which levels", "decided_by": "Ada"},
    },
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(SmallCompany(tmp_path).folder / "okr.yaml", with_secrets=False)


def test_it_is_printed_in_its_order_with_what_is_missing(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    publish_rows(project.paths.duckdb, rollout=ROWS)
    config = project.paths.data.parent / "okr.yaml"
    assert show_rollout(config, as_json=False) == 0
    told = capsys.readouterr().out
    assert "3 of 5 were on time; not KR-1, KR-2, KR-3, KR-4, KR-5 and 2 more" in told
    headings = [
        told.index(words) for words in ("Nine decisions\n", "Stage of Pilot", "Gate of Pilot")
    ]
    assert headings == sorted(headings)
    assert "1 Jul 2026" in told

    assert show_rollout(config, as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [one["item"] for one in rows] == ["levels", "stage", "rhythm"]
    assert rows[0]["decided_by"] == "Ada"
    assert (rows[2]["value"], rows[2]["missing"][-1]) == (0.6, "KR-7")


def test_where_none_is_published_it_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "published.duckdb"
    publish_rows(path)
    with pytest.raises(
        NoRolloutError, match=r"Declare one in okr\.yaml under organization: rollout"
    ):
        rollout_of(Snapshots(path).current())
    with duckdb.connect(str(path)) as older:
        older.execute("DROP TABLE okr.rollout")
    with pytest.raises(NoRolloutError, match="no roll-out is published"):
        rollout_of(Snapshots(path).current())
