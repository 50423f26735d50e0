"""``okr changes`` prints every kind of change that a comparison may find."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from okr_model.tables import BY_NAME
from pipelines.cli.changes.printing import _level
from pipelines.cli.changes.rows import for_people
from published.changes.movements import LEVELS, LevelChange
from published.changes.rows import TableChange, compare


def test_rows_are_called_what_people_call_them_and_machines_tables_are_left_out() -> None:
    linked = {"initiative_id": "jira:10017", "key_result_id": "KR-160", "state": "broken"}
    linked |= {"decided_at": None, "decision_id": None}
    at = dt.datetime(2026, 11, 30, 8, 26, 29, 167455, tzinfo=dt.UTC)
    decided = {**linked, "state": "rejected", "decided_at": at, "decision_id": "D-1"}
    links = compare(BY_NAME["links"], *(pd.DataFrame([one]) for one in (linked, decided)))
    found = {"finding_id": "418984589b84a6c2", "rule": "pace gap", "subject_id": "KR-22"}
    none, new = (pd.DataFrame(rows, columns=list(found)) for rows in ([], [found]))
    findings = compare(BY_NAME["findings"], none, new)
    trials = TableChange("suggestion_trials", ("jira:1 · KR-1",), (), {}, ())
    only_ids = TableChange("links", (), (), {"decision_id": 1}, ())
    works = {"jira:10017": "SUP-7 Faster answers"}
    changes, zone = [links, findings, trials, only_ids], ZoneInfo("Asia/Kuala_Lumpur")
    told = [*for_people(changes, works, zone)]
    assert [one.table for one in told] == ["links", "findings"]
    first, second = told
    assert [(one.row, one.column, one.after) for one in first.examples] == [
        ("SUP-7 Faster answers · KR-160", "state", "rejected"),
        ("SUP-7 Faster answers · KR-160", "decided_at", "30 Nov 2026 16:26"),
    ]
    assert first.changed == {"state": 1, "decided_at": 1}
    assert second.added == ("pace gap · KR-22",)


WORDS = {"high": "Grün", "medium": "Gelb", "low": "Rot"}


@pytest.mark.parametrize("name", LEVELS)
def test_every_level_is_printed(name: str) -> None:
    before, after = ("ahead", "on") if name == "pace" else ("high", "low")
    change = LevelChange(name, dt.date(2026, 11, 28), before, after, ("new value",))
    said = _level(change, ("Grün", "Gelb", "Rot"))
    assert f"{WORDS.get(before, before)} → {WORDS.get(after, after)} (28 Nov): new value" in said
