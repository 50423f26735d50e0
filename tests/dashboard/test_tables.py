"""Tables on the page: rows as they are published, whatever stands in them or in the address."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from okr_model.tables import TABLES
from pipelines.settings.settings import CycleSettings
from tests.support.page.page_of import Browser, browser, site
from tests.support.page.published_file import DAY, publish

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example","x")',
    "\u202eevil\u2066",
    "{{ 7 * 7 }}{% for x in y %}",
    "' OR 1=1; DROP TABLE okr.findings --",
    "../../etc/passwd",
    "x" * 10_000,
    "\x00\x1b[31m",
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    findings = [
        {
            "finding_id": text if number else "plain",
            "rule": text[:50],
            "severity": "warning",
            "subject_type": "key result",
            "subject_id": text,
            "sentence": text,
            "url": "javascript:alert(1)" if number % 2 else "https://example.com/?a=1&b=<",
        }
        for number, text in enumerate(HOSTILE)
    ]
    initiatives = [
        {"initiative_id": f"jira:{number}", "initiative": f"SUP-{number}", "source": "jira"}
        for number in range(1, 252)
    ]
    path = tmp_path_factory.mktemp("page") / "published.duckdb"
    days = [
        {"key_result_id": "KR-1", "cycle_id": "2026-Q4", "as_of": DAY - dt.timedelta(days=number)}
        for number in (0, 1)
    ]
    rows = {"findings": findings, "initiatives": initiatives, "key_results_daily": days}
    return publish(path, rows)


@pytest.fixture(scope="module")
def page(file: Path) -> Browser:
    return browser(site(file))


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.thorough
def test_every_table_is_listed_opened_and_downloaded(page: Browser) -> None:
    listed = page.get("/tables").text
    for table in TABLES:
        assert f'href="/tables/{table.name}"' in listed
        shown = page.get(f"/tables/{table.name}")
        assert shown.status_code == 200, table.name
        assert len(shown.content) < 150_000, table.name
        for column in table.columns:
            assert html.escape(column.meaning, quote=False).replace("'", "&#39;") in shown.text
        rows = page.get(f"/tables/{table.name}.json").json()
        assert rows["total"] == len(rows["rows"])
        told = list(csv.DictReader(io.StringIO(page.get(f"/tables/{table.name}.csv").text)))
        assert len(told) == rows["total"]


def test_hostile_words_stay_words(page: Browser) -> None:
    for address in ("/tables/findings", "/tables/findings?finding_id=plain"):
        shown = page.get(address).text
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "javascript:" not in re.sub(r">[^<]*<", "><", shown)
        assert "\u202e" not in shown
        assert "\x1b" not in shown
        assert "{{ 7 * 7 }}" in words(shown) or "plain" in address


def test_a_download_has_no_formula_and_json_every_character(page: Browser) -> None:
    told = list(csv.DictReader(io.StringIO(page.get("/tables/findings.csv").text)))
    sentences = [row["sentence"] for row in told]
    assert not any(text.startswith(("=", "+", "-", "@")) for text in sentences)
    assert "'" + HOSTILE[2] in sentences
    rows = page.get("/tables/findings.json").json()["rows"]
    assert {row["sentence"] for row in rows} == set(HOSTILE)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_download_holds_what_the_address_asks_for_and_its_query_finds_the_same(
    page: Browser, file: Path, text: str
) -> None:
    asked = {"sentence": text[:1000]}
    told = page.get("/tables/findings.json", params=asked).json()
    with duckdb.connect(str(file), read_only=True) as connection:
        there = connection.sql(told["query"])
        names = there.columns
        sentences = [row[names.index("sentence")] for row in there.fetchall()]
    assert sentences == [row["sentence"] for row in told["rows"]]
    assert sentences == ([text] if len(text) <= 1000 else [])


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["q", "sort", "page", "columns", "rule", "as_of", "cycle", "x"])
def test_no_parameter_breaks_anything(page: Browser, name: str, text: str) -> None:
    for path in ("/tables/findings", "/tables/findings.json", "/tables/findings.csv"):
        answer = page.get(path, params={name: text})
        assert answer.status_code in (200, 400, 404, 422), (path, name)
        assert "<script>alert" not in answer.text or path.endswith(("json", "csv"))
        if path.endswith(".json"):
            json.loads(answer.text)


@pytest.mark.parametrize("name", ["nope", "..%2f..%2fetc", "findings'", "FINDINGS", "a.b.json"])
def test_there_is_no_other_table(page: Browser, name: str) -> None:
    answer = page.get(f"/tables/{name}")
    assert answer.status_code == 404
    assert page.get(f"/tables/{name}.csv").status_code == 404


def test_pages_of_a_hundred(page: Browser) -> None:
    first = page.get("/tables/initiatives").text
    assert first.count('<tr class="l2">') == 100
    assert "Page 1 of 3" in words(first)
    last = page.get("/tables/initiatives?page=3").text
    assert last.count('<tr class="l2">') == 51
    assert 'data-key="n"' not in last
    beyond = page.get("/tables/initiatives?page=4")
    assert "There is no such page" in words(beyond.text)


def test_what_finds_nothing_says_what_next(page: Browser) -> None:
    assert "No rows yet" in words(page.get("/tables/kpis").text)
    assert "No row meets this" in words(page.get("/tables/findings?q=nothinglikethis").text)


def test_a_key_result_is_linked_where_it_stands_and_only_there(tmp_path: Path) -> None:
    file = publish(
        tmp_path / "published.duckdb",
        {
            "key_results": [
                {"key_result_id": "KR-1", "cycle_id": "2026-Q4", "as_of": DAY},
                {"key_result_id": "KR-2", "cycle_id": "2026-Q3", "as_of": DAY},
                {"key_result_id": "KR-3", "cycle_id": "2020-Q1", "as_of": DAY},  # no cycle of ours
            ],
            "decisions": [
                {"decision_id": f"D-{number}", "key_result_id": key, "cycle_id": cycle}
                for number, (key, cycle) in enumerate(
                    [
                        ("KR-1", None),
                        ("kr-2", None),
                        ("KR-2", "2026-Q4"),
                        ("KR-2", "2026-Q3"),
                        ("KR-3", None),
                        ("KR-99", None),
                        ("", None),
                    ]
                )
            ],
        },
    )
    mine = site(file)
    before = CycleSettings(id="2026-Q3", start=dt.date(2026, 7, 1), end=dt.date(2026, 9, 30))
    words_of = replace(mine.organization, cycles=[*mine.organization.cycles, before])
    shown = browser(replace(mine, organization=words_of)).get("/tables/decisions?sort=decision_id")
    cells = [
        re.search(r'href="(/key-results[^"]*)"', row) for row in shown.text.split('<tr class="l2">')
    ][1:]
    q3 = "/key-results/{}?cycle=2026-Q3"
    assert [one and one[1] for one in cells] == [
        *("/key-results/KR-1", q3.format("kr-2"), None, q3.format("KR-2")),
        *(None, None, None),
    ]


def test_a_table_of_one_day_says_so_of_another(page: Browser) -> None:
    other = DAY - dt.timedelta(days=1)
    shown = page.get(f"/tables/initiatives?as_of={other}&source=jira")
    assert "initiatives holds 28 Nov 2026 alone, the day of the last run: see" in words(shown.text)
    assert '<a href="?source=jira">see its rows</a>' in shown.text
    nothing = words(page.get(f"/tables/initiatives?as_of={DAY}&q=nothinglikethis").text)
    assert "alone" not in nothing
    assert "Take a filter away" in nothing


def test_columns_are_chosen_and_stay_chosen(page: Browser) -> None:
    chosen = page.get("/tables/initiatives?q=SUP-7&only=status&only=initiative")
    assert chosen.status_code == 303
    address = chosen.headers["location"]
    assert address == "/tables/initiatives?q=SUP-7&columns=status%2Cinitiative"
    assert page.get(address).status_code == 200
    rows = page.get(address.replace("?", ".json?")).json()["rows"]
    assert list(rows[0]) == ["status", "initiative"]


def test_a_row_alone_has_every_column(page: Browser) -> None:
    shown = page.get("/tables/initiatives?initiative_id=jira:7").text
    assert shown.count("<dt>") == len(next(t for t in TABLES if t.name == "initiatives").columns)
    assert f"{DAY}" in shown
