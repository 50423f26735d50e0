"""What a whole night comes to: expected paths, units, sources that disagree, the architecture."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest

from tests.support.small_company import SmallCompany

pytestmark = pytest.mark.night

TODAY = dt.date(2026, 11, 10)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    """The company after one night; tests must not change it."""
    company = SmallCompany(tmp_path_factory.mktemp("small"))
    settings = company.folder / "okr.yaml"
    chosen = settings.read_text().replace("name: Acme", "name: Acme, architecture: company_okrs")
    settings.write_text(chosen)
    company.night(TODAY)
    return company


def test_phases_and_a_start_of_its_own_reach_the_table(small: SmallCompany) -> None:
    phased, late = small.key_result("KR-1"), small.key_result("KR-2")
    assert phased["phases"] == "2026-10-31: 20; 2026-11-30: 80"
    assert phased["expected_progress"] == pytest.approx(0.4)
    assert (phased["progress"], phased["pace"]) == (0.3, "on")
    assert late["starts_on"] == dt.date(2026, 10, 15)
    assert late["expected_progress"] == pytest.approx(26 / 77)
    assert small.key_result("KR-3")["expected_progress"] == pytest.approx(40 / 91)


def test_a_faulty_phase_and_another_currency_are_findings_that_open_the_record(
    small: SmallCompany,
) -> None:
    findings = small.table("findings")
    found = findings[findings["rule"] == "unreadable value"].set_index("subject_id")
    assert found.index.tolist() == ["KR-4", "KR-4"]
    phase, money = sorted(found["sentence"])
    assert "“someday” names no day and no month" in phase
    assert "it is in EUR, which does not convert into USD" in money
    row = small.key_result("KR-4")
    assert (row["value_state"], row["progress_state"]) == ("unreadable", "no value")
    assert row["expected_progress"] == pytest.approx(40 / 91)


def test_what_the_chosen_architecture_does_not_admit_is_published(small: SmallCompany) -> None:
    findings = small.table("findings")
    found = findings[findings["rule"] == "against the architecture"]
    assert found[["subject_id", "severity"]].to_numpy().tolist() == [["O-2", "warning"]]


def test_the_company_and_its_teams_are_rolled_up_and_printed(small: SmallCompany) -> None:
    printed = small.okr("rollup", "--json")
    assert printed.returncode == 0, printed.stderr
    rows = {(row["level"], row["subject"]): row for row in json.loads(printed.stdout)}
    assert list(rows) == [
        ("company", "Acme"),
        ("team", "Sales"),
        ("objective", "O-1"),
        ("objective", "O-2"),
    ]
    assert rows[("team", "Sales")]["progress"] == pytest.approx((0.3 + 2 * 0.5) / 3)
    company = rows[("company", "Acme")]
    assert (company["key_results"], company["weakest"]) == (4, "KR-3")
    assert (company["without_progress"], company["pace"]) == (1, None)
    assert company["progress"] == pytest.approx((0.3 + 2 * 0.5 + 0.2) / 4)
    assert "Sales" in small.okr("rollup", "--level", "team").stdout
    wrong = small.okr("rollup", "--cycle", "2019-Q1")
    assert (wrong.returncode, "there are 2026-Q4" in wrong.stderr) == (2, True)


def test_two_sources_that_disagree_are_both_shown_with_the_precedence(small: SmallCompany) -> None:
    row = small.key_result("KR-2")
    assert (row["current_value"], row["other_value"]) == (1500, 1400)
    assert (row["other_value_source"], row["other_value_difference"]) == ("files", -100)
    assert row["other_value_apart"] == pytest.approx(100 / 1500)
    assert row["other_value_at"] == dt.date(2026, 11, 5)
    first = "other last, declared measure 1, takes precedence over files, a source row"
    assert row["precedence"] == first
    findings = small.table("findings")
    (found,) = findings[findings["rule"] == "sources disagree"].to_dict("records")
    assert found["sentence"] == (
        "KR-2 on 2026-11-05 is 1500 EUR by other last, but 1400 EUR by files: 6.7 % apart."
        f" {first}. Correct one of them."
    )
    assert pd.isna(small.key_result("KR-1")["other_value"])
    told = small.okr("explain", "KR-2")
    assert "files says 1400 EUR" in told.stdout
    apart = "|1400 − 1500| / max(|1400|, |1500|) = 0.0666667, so they are 6.7 % apart"
    assert f"{apart}. {first}." in told.stdout
