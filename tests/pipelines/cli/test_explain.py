"""Explanations as JSON: from them alone, every value and progress is worked out again by hand."""

from __future__ import annotations

import json
import math
import os
import re
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from pipelines.cli.explain import explain_key_result
from pipelines.cli.shared.options import Format
from tests.support.company import Company

Said = Mapping[str, Any]
SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}
KEYS = {
    "key_result_id", "cycle_id", "as_of", "value", "progress", "records", "changes", "sections",
    "measures", "issues", "rows",
}  # fmt: skip
RECORD_KEYS = {"role", "source", "record_id", "url", "field", "text", "true_for", "seen_at"}


@pytest.fixture(scope="module")
def explained(published: Company) -> list[Said]:
    """Every published row, explained."""
    found: list[Said] = []
    with mock.patch.dict(os.environ, published.environment):
        for key in sorted(set(published.table("key_results")["key_result_id"])):
            found += said_of(published.settings, key)
    return found


def said_of(settings: Path, key: str) -> list[Said]:
    with mock.patch("sys.stdout") as out:
        assert explain_key_result(settings, key, Format.JSON) == 0
    return list(json.loads("".join(call.args[0] for call in out.write.call_args_list)))


def number(text: str) -> float:
    """The number in a text such as ``19.6 %`` or ``1,234.5 hours``."""
    match = re.search(r"-?[\d,]*\.?\d+", text)
    assert match, text
    return float(match[0].replace(",", ""))


def value_by_hand(said: Said) -> float:
    value = said["value"]
    reading = value["reading"]
    if said["issues"]:
        hours = statistics.median(issue["hours"] for issue in said["issues"])
        return hours * 3600 / SECONDS[value["unit"]]
    if reading["conversion"]:
        return number(re.split(r" = | read as ", reading["conversion"])[-1])
    assert shows(reading["text"], reading["value"])
    return float(reading["value"])


def shows(text: str, value: float) -> bool:
    """Whether a cell that holds a value may show it so: rounded, in some locale."""
    digits = re.sub(r"[^\d.,-]", "", text)
    if not digits:
        return text.casefold() == {1.0: "yes", 0.0: "no"}[value]
    plain, german = digits.replace(",", ""), digits.replace(".", "").replace(",", ".")
    return any(
        abs(float(one) - value) <= 0.51 * 10 ** -len(one.partition(".")[2])
        for one in (plain, german)
    )


def progress_by_hand(said: Said) -> float:
    """From the formula's name and what is put into it."""
    put, kind = said["progress"]["inputs"], said["progress"]["kind"]
    current, start, end = put["current_value"], put["baseline"], put["target"]
    if kind == "yes/no":
        return current
    if kind == "milestones":
        return current / 100 if put["unit"] == "%" else current
    if kind == "band":
        low, high = end, put["target_high"]
        return 1 - max(low - current, current - high, 0) / (high - low)
    if said["progress"]["formula"].startswith("1 while"):
        return float(current >= end if kind in ("increase", "at least") else current <= end)
    return (current - start) / (end - start)


def measured(explained: list[Said]) -> Iterator[Said]:
    return (said for said in explained if said["value"]["value"] is not None)


def test_every_row_is_explained_under_the_same_names(
    published: Company, explained: list[Said]
) -> None:
    assert len(explained) == len(published.table("key_results"))
    for said in explained:
        assert set(said) == KEYS
        assert all(set(record) >= RECORD_KEYS for record in said["records"])
        assert said["records"][0]["role"] == "definition"


def test_what_became_of_it_is_told_as_the_scores_have_it(
    published: Company, explained: list[Said]
) -> None:
    scores = published.table("scores").set_index(["key_result_id", "cycle_id"])
    closed = 0
    for said in explained:
        lines = {one["title"]: one["lines"] for one in said["sections"]}
        score = scores.loc[(said["key_result_id"], said["cycle_id"])].to_dict()
        ended = lines["In short"][1].startswith("Its cycle ended")
        if isinstance(score["closed_as"], str):
            closed += ended
            assert lines["Closing"][0] == f"Closed as {score['closed_as']} (its record)"
            learnt = isinstance(score["lesson"], str)
            assert (f"Lesson: {score['lesson']}" in lines["Closing"]) == learnt
        else:
            assert "Closing" not in lines
        if ended:
            left = f"nothing, as it is closed as {score['closed_as']}."
            undecided = "decide whether it is continued, abandoned or done."
            wanted = left if isinstance(score["closed_as"], str) else undecided
            assert lines["In short"][2].endswith(f"next: {wanted}")
    assert closed


def test_every_value_is_worked_out_again_from_its_record(explained: list[Said]) -> None:
    told = list(measured(explained))
    assert len(told) > 20
    for said in told:
        assert value_by_hand(said) == pytest.approx(said["value"]["value"]), said["key_result_id"]
        (record,) = [one for one in said["records"] if one["role"] == "value"]
        assert record["true_for"] == said["value"]["true_for"]
        assert record["value"] == said["value"]["value"]
        assert record["url"] or said["issues"]
        assert record["seen_at"] or said["issues"]


def test_every_progress_is_worked_out_again_from_its_formula(
    published: Company, explained: list[Said]
) -> None:
    rows = published.table("key_results").set_index(["key_result_id", "cycle_id"])
    told = [said for said in explained if said["progress"]["raw"] is not None]
    assert len(told) > 15
    for said in told:
        row = rows.loc[(said["key_result_id"], said["cycle_id"])]
        by_hand = progress_by_hand(said)
        assert by_hand == pytest.approx(row["progress_raw"]), said["key_result_id"]
        assert min(max(by_hand, 0), 1) == pytest.approx(row["progress"])
        if said["progress"]["inputs"]["baseline_source"] not in (None, "declared"):
            (first,) = [one for one in said["records"] if one["role"] == "baseline"]
            assert first["value"] == said["progress"]["inputs"]["baseline"]


def test_what_would_change_a_row_names_the_record_and_the_bounds(explained: list[Said]) -> None:
    for said in explained:
        first, second = said["changes"][:2]
        assert (first["what"], second["what"]) == ("value", "definition")
        assert second["record"]["record_id"] == said["records"][0]["record_id"]
        pace, bounds = said["progress"]["pace"], said["changes"]
        assert pace not in {one["to"] for one in bounds if one["what"] == "pace"}
    assert any(one["least"] is not None for said in explained for one in said["changes"])


def test_the_rows_of_an_aggregate_are_listed_and_give_its_value(
    published: Company, tmp_path: Path
) -> None:
    text = published.settings.read_text("utf-8")
    text = text.replace("data: data ", f"data: {published.folder / 'data'} ")
    table = """
  - holds: table
    name: weekly
    from: sheets
    place: {spreadsheet: 199acdf36ec84ba0c6ddd9c4c0ca170334a6dc0c4ab1, tab: Weekly}

measures:
  - {key_result: KR-25, measure: mean of Value from weekly where KR = KR-25 by Week over 28 days}
"""
    settings = tmp_path / "okr.yaml"
    settings.write_text(text.replace("\nmeasures:\n", table, 1), "utf-8")
    from pipelines.model.measures.key_results import value_sources
    from pipelines.project import Project

    row = published.key_result("KR-25").to_dict() | {"key_result_id": "KR-25"}
    with mock.patch.dict(os.environ, published.environment):
        project = Project(settings, with_secrets=False)
        found = value_sources(project, row, "weekly mean", row["current_value_at"])
    assert [one["name"] for one in found.declared] == ["weekly mean"]
    assert len(found.rows) == 4
    assert all("Weekly!C" in one["field"] and one["url"] for one in found.rows)
    assert all(shows(one["text"], one["value"]) for one in found.rows)
    hand = sum(one["value"] for one in found.rows) / 4
    assert hand == pytest.approx((2.39 + 2.51 + 2.55 + 2.65) / 4)


def test_a_former_id_explains_the_key_result_that_took_its_place(
    published: Company, tmp_path: Path
) -> None:
    text = published.settings.read_text("utf-8")
    data = published.settings.parent / "data"
    text = text.replace("data: data ", f"data: {data} ")
    other = tmp_path / "okr.yaml"
    former = "links:\n  aliases: {OLD-1: KR-1700, KR-1700: KR-17}\n"
    other.write_text(text.replace("links:\n", former), "utf-8")
    words = ("--config", str(other), "--json")
    (now,) = json.loads(published.okr_here("explain", "KR-17", *words).stdout)
    for name in ("KR-1700", "kr–1700", "OLD-1"):
        assert json.loads(published.okr_here("explain", name, *words).stdout) == [now]
    assert published.okr_here("explain", "KR-1701", *words).returncode == 2


def test_a_suggestion_is_explained_from_both_ends_with_its_chance(published: Company) -> None:
    rows = published.table("suggestions").to_dict("records")
    assert rows
    for row in rows[:3]:
        told = published.okr_here("explain", row["initiative"])
        assert told.returncode == 0
        assert row["reason"] in told.stdout
        assert f"chance {math.floor(row['chance'] * 100)} %" in row["reason"]
        of_key_result = published.okr_here("explain", row["key_result_id"]).stdout
        assert f": suggested, not linked: {row['reason']}" in of_key_result
    (said,) = json.loads(published.okr_here("explain", "sup-3", "--json").stdout)
    assert (said["initiative_id"], said["sections"][2]["lines"]) == ("jira:10003", ["None."])
    unknown = published.okr_here("explain", "SUP-3", "--as-of", "2026-11-20")
    assert unknown.returncode != 0
