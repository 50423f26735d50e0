"""The decision log as a table: every decision, and which of them count."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from okr_model.links.decisions import LOG_COLUMNS, empty_log
from okr_model.review.decision_table import build_decisions
from okr_model.tables import DECISION_LOG
from okr_model.tables.contract import conform, violations

DAY = dt.date(2026, 11, 28)


def log(*rows: dict[str, Any]) -> pd.DataFrame:
    at = pd.Timestamp("2026-11-01", tz="UTC")
    told = [
        {
            "decision_id": f"D-{n}",
            "decided_at": at + pd.Timedelta(hours=n),
            "decided_by": "Ada",
            **row,
        }
        for n, row in enumerate(rows, 1)
    ]
    return pd.DataFrame(told).reindex(columns=list(LOG_COLUMNS)).astype(LOG_COLUMNS)


def link(action: str, key: str | None = None, **more: Any) -> dict[str, Any]:
    return {"action": action, "initiative_id": "jira:1", "key_result_id": key, **more}


def finding(action: str, **more: Any) -> dict[str, Any]:
    about = {"finding_rule": "no target", "finding_subject_type": "key result"}
    return {
        "action": action,
        "finding_subject": "KR-1",
        "finding_said": "KR-1: no target.",
        **about,
        **more,
    }


def counting(*rows: dict[str, Any]) -> set[str]:
    found = build_decisions(log(*rows), DAY)
    assert len(found) == len(rows)
    return set(found.loc[found["in_force"], "decision_id"])


def test_a_decision_counts_until_it_is_taken_back_or_overruled() -> None:
    assert counting(link("accept", "KR-1"), link("reject", "KR-2")) == {"D-1", "D-2"}
    assert counting(link("accept", "KR-1"), link("reject", "KR-1")) == {"D-2"}
    assert counting(link("accept", "KR-1"), link("undo", undoes="D-1")) == {"D-2"}
    undone = link("accept", "KR-1"), link("undo", undoes="D-1"), link("undo", undoes="D-2")
    assert counting(*undone) == {"D-1", "D-3"}
    assert counting(link("accept", "KR-1"), link("other")) == {"D-2"}
    assert counting(link("correct", "KR-1", wrong_key_result_id="KR-2")) == {"D-1"}


def test_a_decision_about_a_finding_counts_until_its_last_day() -> None:
    assert counting(finding("acknowledge", until="2026-11-28")) == {"D-1"}
    assert counting(finding("acknowledge", until="2026-11-27")) == set()
    assert counting(finding("acknowledge"), finding("dismiss")) == {"D-2"}


def test_the_rows_are_as_declared() -> None:
    rows = build_decisions(log(link("accept", "KR-1"), finding("dismiss", until="2026-12-24")), DAY)
    table = conform(rows.assign(as_of=DAY, run_id="run"), DECISION_LOG)
    assert violations(table, DECISION_LOG) == []
    assert table["until"].tolist()[1] == dt.date(2026, 12, 24)
    none = conform(build_decisions(empty_log(), DAY).assign(as_of=DAY, run_id="run"), DECISION_LOG)
    assert (len(none), violations(none, DECISION_LOG)) == (0, [])
