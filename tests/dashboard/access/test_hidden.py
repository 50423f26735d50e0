"""Restricted rows are absent from every view, answer and download; and runs are started here."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from dashboard.access.gate import Access
from dashboard.access.reader import Reader
from okr_model.tables import TABLES
from pipelines.cli.page.operation import OfflineRun, RunUnderWayError
from published.restricted.rights import Restriction
from tests.dashboard.views.test_views import KEY_RESULT
from tests.support.page.page_of import Browser, browser, site
from tests.support.page.published_file import AT, DAY, publish

SECRET = "Zauberwort"
HIDDEN = {"team": "Geheim", "teams": ["Geheim"], "objective_id": "O-9", "objective": SECRET}
BOTH: tuple[tuple[str, dict[str, Any]], ...] = (
    ("KR-1", {}),
    ("KR-77", {"statement": SECRET, **HIDDEN}),
)
OF_A_KEY_RESULT: dict[str, dict[str, Any]] = {
    "links": {"initiative_id": "jira:1", "initiative": "SUP-1", "state": "active", "rule": "field"},
    "check_ins": {
        "date": DAY,
        "source": "sheets",
        "record_id": "r",
        "depends_on": "Design",
    },
    "measurements": {
        "date": DAY,
        "measure": "sheets",
        "value": 1.0,
        "source": "sheets",
        "record_id": "r",
    },
    "changes": {"number": 1, "field": "target", "changed_on": DAY, "seen_on": DAY},
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    rows: dict[str, list[dict[str, Any]]] = {
        name: [KEY_RESULT | more | {"key_result_id": key} for key, more in BOTH]
        for name in ("key_results", "key_results_daily")
    }
    for name, values in OF_A_KEY_RESULT.items():
        rows[name] = [values | {"key_result_id": key, "cycle_id": "2026-Q4"} for key, _ in BOTH]
    rows["key_results"][1]["stale_since"] = AT
    rows["findings"] = [
        {
            "finding_id": key,
            "rule": "unreadable value",
            "severity": "warning",
            "subject_type": "key result",
            "subject_id": key,
            "sentence": more.get("statement", "A cell."),
        }
        for key, more in BOTH
    ]
    rows["objectives"] = [
        {"objective_id": "O-9", "cycle_id": "2026-Q4", "title": SECRET, "team": "Geheim"}
    ]
    rows["rollups"] = [
        {
            "level": "team",
            "subject": "Geheim",
            "cycle_id": "2026-Q4",
            "method": "mean",
            "key_results": 1,
        },
        {
            "level": "company",
            "subject": "Acme",
            "cycle_id": "2026-Q4",
            "method": "mean",
            "key_results": 2,
        },
    ]
    file = publish(tmp_path_factory.mktemp("hidden") / "published.duckdb", rows)
    reader = Reader("Bo", "viewer", frozenset(), "for a test", "s")
    access = Access(lambda request: reader, b"secret", restrictions=(Restriction((), ("Geheim",)),))
    return browser(site(file, access))


VIEWS = [
    "/company",
    "/cycle",
    "/tonight",
    "/tables",
    "/find?q=KR-7",
    "/find?q=Zauber",
    "/find?q=geheim",
    "/find?q=o-9",
    "/when",
    *(f"/tables/{table.name}{form}" for table in TABLES for form in ("", ".json", ".csv")),
    *(
        f"/api/{name}"
        for name in (
            "key-results",
            "links",
            "findings",
            "changes?since=2026-11-28",
            "runs",
            "tonight",
            "tables",
        )
    ),
]


@pytest.mark.parametrize("address", VIEWS)
def test_what_is_hidden_is_absent(page: Browser, address: str) -> None:
    answer = page.get(address)
    assert answer.status_code == 200
    told = answer.text.replace("/find?q=", "")
    for word in (SECRET, "KR-77", "Geheim"):
        assert word not in told, word


@pytest.mark.parametrize(
    "address",
    [
        "/tables/key_results?key_result_id=KR-77",
        "/tables/key_results?q=zauberwort",
        "/tables/links?key_result_id=KR-77",
    ],
)
def test_asking_for_it_finds_nothing(page: Browser, address: str) -> None:
    assert "No row meets this" in page.get(address).text
    assert page.get(address.replace("?", ".json?")).json()["total"] == 0
    assert page.get("/api/key-results/KR-77").status_code == 404


def test_numbers_count_only_what_is_seen(page: Browser) -> None:
    counts = {row["name"]: row["rows"] for row in page.get("/api/tables").json()["tables"]}
    assert counts["key_results"] == counts["links"] == counts["findings"] == 1
    assert "To look at: 1 unreadable." in page.get("/tonight").text
    company = page.get("/company").text
    assert "1 Key Result, without progress." in company
    assert company.count("<td>Design</td>") == 1


@pytest.mark.thorough
def test_a_run_says_how_it_ended(tmp_path: Path) -> None:
    run = OfflineRun(tmp_path / "okr.yaml")
    assert run.state() == ""
    run.start()
    with pytest.raises(RunUnderWayError):
        run.start()
    until = time.monotonic() + 120
    while "is at work" in run.state() and time.monotonic() < until:
        time.sleep(0.1)
    assert "ended with exit code 2" in run.state()
    assert "okr.yaml" in run.state()
