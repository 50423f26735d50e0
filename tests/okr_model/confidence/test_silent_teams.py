"""A team that has stopped checking in is one finding, not one for each Key Result."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from okr_model.confidence.signal_findings import signal_findings
from okr_model.confidence.signals import BY_NAME
from tests.okr_model.confidence.test_signals import NO_CALLS, TODAY, rows_of
from tests.support.key_result_frames import day


def test_a_silent_team_is_one_finding_and_a_lone_silence_its_own() -> None:
    silent = {"missed_check_ins": 5, "last_check_in_at": day(22)}
    team = [
        {**silent, "key_result_id": "KR-1"},
        {**silent, "key_result_id": "KR-2", "last_check_in_at": day(15)},
        {"key_result_id": "KR-0", "due_on": TODAY},  # over, so it says nothing either way
        {"key_result_id": "KR-6", "check_ins_from": TODAY + timedelta(days=1)},  # nor does this
        {**silent, "key_result_id": "KR-3", "team": "Sales"},
        {"key_result_id": "KR-4", "team": "Sales"},
        {**silent, "key_result_id": "KR-5", "team": "Alone"},
    ]
    found = signal_findings(rows_of(*team), NO_CALLS, TODAY).to_dict("records")
    assert [(row["subject_type"], row["subject_id"]) for row in found] == [
        ("key result", "KR-3"),
        ("key result", "KR-5"),
        ("team", "Support"),
    ]
    assert "any of its 2 running Key Results since 2026-10-23" in found[-1]["sentence"]
    assert found[-1]["evidence"] == "KR-1, KR-2"


def test_a_team_that_never_checked_in_gets_a_finding() -> None:
    never = {"missed_check_ins": 8, "last_check_in_at": None}
    rows = rows_of({**never, "key_result_id": "KR-1"}, {**never, "key_result_id": "KR-2"})
    rows["last_check_in_at"] = pd.Series([pd.NaT, pd.NaT], dtype="datetime64[us]")
    (row,) = signal_findings(rows, NO_CALLS, TODAY).to_dict("records")
    assert "any of its 2 running Key Results in this cycle" in row["sentence"]
    assert BY_NAME["missed check-ins"].sentence(next(rows.itertuples())) == (
        "8 check-ins in a row were missed: there is none in this cycle."
    )
