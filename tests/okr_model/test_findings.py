"""Finding ids: the same from release to release, or every open finding would look new."""

from __future__ import annotations

from datetime import date

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame, identify


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
