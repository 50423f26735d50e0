"""Finding ids: the same from release to release, or every open finding would look new."""

from __future__ import annotations

from datetime import date

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame, identify, still_asked


def test_frames_hold_plain_strings() -> None:
    found = identify(
        findings_frame(
            Finding(
                rule=rule,
                severity="info",
                subject_type="record",
                subject_id="x",
                sentence="Look at it.",
            )
            for rule in Rule
        )
    )
    assert {type(name) for name in found["rule"]} == {str}
    assert set(found["rule"]) == set(Rule)


def test_ids_stay_as_they_were_published() -> None:
    twice = Finding(
        rule=Rule.DUPLICATE_ID,
        severity="error",
        subject_type="key result",
        subject_id="KR-7",
        sentence="KR-7 is written twice.",
        evidence="x",
    )
    again = Finding(
        rule=Rule.DUPLICATE_ID,
        severity="error",
        subject_type="key result",
        subject_id="KR-7",
        sentence="KR-7 is written three times.",
        evidence="y",
        day=date(2026, 10, 1),
    )
    broken = Finding(
        rule=Rule.BROKEN_LINK,
        severity="warning",
        subject_type="initiative",
        subject_id="jira:10023",
        sentence="SUP-3 names KR-99.",
        evidence="KR-99",
        url="https://acme.example/browse/SUP-3",
    )
    found = identify(findings_frame([twice, again, broken]))
    assert found.set_index("sentence")["finding_id"].to_dict() == {
        "SUP-3 names KR-99.": "8b12f096d578d863",
        "KR-7 is written three times.": "12c4b7d62745c26c",
        "KR-7 is written twice.": "393bd89c4e9112ce",
    }


def test_nothing_is_asked_about_an_ended_cycle_but_what_may_change_its_score() -> None:
    def about(key: str, rule: Rule) -> Finding:
        return Finding(
            rule=rule,
            severity="info",
            subject_type="key result",
            subject_id=key,
            sentence=f"{key}: {rule}.",
        )

    asked = (Rule.KEY_RESULT_WITHOUT_INITIATIVE, Rule.NO_TARGET)
    keys = ("ended", "running", "in both")
    found = findings_frame(about(key, rule) for key in keys for rule in asked)
    ends = [("ended", "2026-09-30"), ("in both", "2026-09-30"), ("in both", "2026-12-31")]
    ends += [("running", "2026-12-31")]
    key_results = pd.DataFrame(ends, columns=["key_result_id", "cycle_end"])
    key_results["cycle_end"] = key_results["cycle_end"].astype("datetime64[us]")
    kept = still_asked(found, key_results, date(2026, 10, 1))
    gone = found[~found.index.isin(kept.index)]
    assert gone[["subject_id", "rule"]].to_numpy().tolist() == [
        ["ended", "Key Result without initiative"]
    ]
    assert len(still_asked(found, key_results, date(2026, 9, 30))) == len(found)
