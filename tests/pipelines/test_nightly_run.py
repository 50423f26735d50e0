"""Runs that publish nothing: dry, blocked, refused, or with nothing to read or to write to."""

from __future__ import annotations

import json

from pipelines.project import Project
from tests.support.company import Company, good_night
from tests.support.review_desk import Desk


def test_dry_and_blocked_nights_publish_nothing_and_say_why_until_one_is_published(
    fresh: Company,
) -> None:
    text = fresh.settings.read_text("utf-8")
    desk = Desk(fresh)
    version = desk.drive.files[desk.id].version
    dry = good_night(fresh, publish=False)
    assert (dry.published, dry.review) == (False, None)
    assert desk.drive.files[desk.id].version == version
    assert "nothing is published yet" in fresh.okr_here("show").stderr

    without = text
    for cycle in ("2026-Q3", "2026-Q4", "2026-W43-48", "FY2027"):
        without = without.replace(f"id: {cycle}", f"id: {cycle.replace('20', '19')}")
    fresh.settings.write_text(without, "utf-8")
    done = fresh.night()
    assert done.exit_code == 1
    assert "no cycle (" in done.violations["key_results_found"]
    assert "names cycle 2026-Q" in done.violations["key_results_found"]

    fresh.settings.write_text(text.replace("id: 2026-Q4", "id: 2026-Q5"), "utf-8")
    refused = fresh.okr_here("sync")
    said = "15 Key Results name a cycle that settings do not have: 2026-Q4"
    assert refused.returncode == 1
    assert said in refused.stdout
    found = fresh.okr_here("findings")
    assert found.returncode == 0
    assert "NOT PUBLISHED" in found.stdout
    assert said in found.stdout
    rows = json.loads(fresh.okr_here("findings", "--json").stdout)
    assert {row["published"] for row in rows} == {False}
    assert any(row["rule"] == "no cycle" and row["evidence"] == "2026-Q4" for row in rows)
    one = next(row["subject_id"] for row in rows if row["subject_type"] == "key result")
    assert one in fresh.okr_here("findings", "--about", one.lower()).stdout
    assert (
        "no such finding is about 'KR-99'" in fresh.okr_here("findings", "--about", "KR-99").stderr
    )
    assert "there is no team 'Nobody'" in fresh.okr_here("findings", "--team", "Nobody").stderr
    assert fresh.okr_here("findings", "--rule", "No cycle", "--open").returncode == 0
    fresh.settings.write_text(text, "utf-8")
    good_night(fresh)
    assert "NOT PUBLISHED" not in fresh.okr_here("findings").stdout


def test_an_empty_lake_and_a_folder_that_cannot_be_written_are_told_in_a_sentence(
    fresh: Company,
) -> None:
    offline = fresh.okr_here("sync", "--offline")
    assert offline.returncode == 2
    assert offline.stderr.strip().endswith("the lake is empty. Run: okr sync")
    (fresh.folder / "file").write_text("in the way", "utf-8")
    text = fresh.settings.read_text("utf-8")
    fresh.settings.write_text(text.replace("data: data ", "data: file/data "), "utf-8")
    done = fresh.okr_here("sync")
    assert done.returncode == 2
    assert "cannot be written (Not a directory)" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_runs_at_once_are_refused(fresh: Company) -> None:
    with Project(fresh.settings, with_secrets=False).exclusively():
        second = fresh.okr("sync")
    assert second.returncode == 2
    assert "another run" in second.stderr
    assert fresh.box.requests == []
