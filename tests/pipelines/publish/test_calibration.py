"""The calls of the sample company's closed quarter, scored, printed and drawn."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyarrow as pa
import pytest

from okr_model.assemble import KeyResultParts, build_key_results
from okr_model.tables.columns import STALE_COLUMNS
from okr_model.tables.contract import conform
from okr_model.tables.key_results import KEY_RESULTS, KEY_RESULTS_DAILY
from pipelines.lake.step_files import StepFiles
from pipelines.project import Project
from pipelines.publish import history
from pipelines.publish.calibration import of_ended_cycles
from pipelines.publish.publish import publish
from published.formatting import chance, share
from sandbox.company.truth import load
from tests.support.company import Company, copy_of

TRUTH = load()
Q3 = TRUTH.cycle("2026-Q3")
WEEKS = [friday + dt.timedelta(days=1) for friday in Q3.fridays()]
SAYS = {"High": 0.8, "Challenge": 0.5, "Critical": 0.2}


def _day(staging: StepFiles, day: dt.date) -> pd.DataFrame:
    parts = KeyResultParts(
        key_results=staging.read("content.key_results"),
        measurements=staging.read("values.measurements"),
        check_ins=staging.read("content.check_ins"),
        links=staging.read("links.links"),
        activity=staging.read("activity.key_results"),
        stale=pd.DataFrame(columns=STALE_COLUMNS),
    )
    rows = build_key_results(parts, day)
    rows = rows[rows["cycle_id"] == Q3.id]
    return conform(rows.assign(findings=0, as_of=day, run_id="past"), KEY_RESULTS)


@pytest.fixture(scope="module")
def scored(published: Company, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company with the Saturdays of its closed quarter in its history."""
    folder = tmp_path_factory.mktemp("scored")
    company = copy_of(published, folder)
    project = Project(company.settings, with_secrets=False)
    run = company.published_run()
    past = [history.to_arrow(_day(project.step_files(run), day), KEY_RESULTS) for day in WEEKS]
    known = history.history(project.paths.history, KEY_RESULTS_DAILY)
    daily = {KEY_RESULTS_DAILY.name: pa.concat_tables([known, *past], promote_options="default")}
    history.write_delta(daily, project.paths.history, "past", project.instant, 30)
    publish(project, run)
    return company


def _outcome(key_result_id: str) -> float:
    true, definition = TRUTH.value(key_result_id, Q3.end), TRUTH.key_results[key_result_id]
    assert true is not None
    rising = definition.kind in ("increase", "at least")
    met = true.value >= definition.target if rising else true.value <= definition.target
    return float(met)


def test_the_teams_calls_are_scored_as_the_definition_has_them(scored: Company) -> None:
    losses: dict[str, list[float]] = {}
    for name, definition in TRUTH.key_results.items():
        if definition.cycle != Q3.id:
            continue
        for day in WEEKS:
            said = [call for call in TRUTH.check_ins_of(name) if call.day <= day]
            if said:
                loss = (SAYS[said[-1].confidence] - _outcome(name)) ** 2
                losses.setdefault(name, []).append(loss)
    every = [loss for of_one in losses.values() for loss in of_one]
    rows = scored.table("calibration").set_index(["method", "part", "value"]).sort_index()
    row = rows.loc[("team", "all", "all")]
    assert (row["calls"], row["key_results"]) == (len(every), 16)
    assert row["brier"] == pytest.approx(sum(every) / len(every))
    assert rows.loc[("team", "team")]["state"].eq("too few").all()  # three Key Results each
    assert set(rows.index.get_level_values("method")) == {"computed", "team", "pace"}


def test_the_computed_calls_come_with_the_evidence(scored: Company) -> None:
    rows = scored.table("calibration").set_index(["method", "part", "value"]).sort_index()
    weeks = rows.loc[("computed", "week")]
    assert weeks.loc["1", "calls"] == 0
    assert weeks.loc["13", "unanswered"] == 0
    common = rows.loc[(slice(None), "in common", "all"), "calls"]
    assert common["computed"].tolist() == common["team"].tolist()


def test_nights_long_after_a_cycle_are_left_alone_but_for_the_last() -> None:
    names = {"KR-1": Q3.end + dt.timedelta(days=31), "KR-2": Q3.end + dt.timedelta(days=32)}
    last = Q3.end + dt.timedelta(days=200)
    rows = [(name, Q3.end, day) for name, day in names.items()]
    rows += [("KR-3", Q3.end, last), ("KR-4", last, last)]
    daily = pa.table(
        {
            "key_result_id": [row[0] for row in rows],
            "cycle_end": pa.array([row[1] for row in rows], pa.date32()),
            "as_of": pa.array([row[2] for row in rows], pa.date32()),
        }
    )
    assert of_ended_cycles(daily)["key_result_id"].to_pylist() == ["KR-1", "KR-3"]


def test_a_closed_cycle_alone_is_scored(scored: Company, published: Company) -> None:
    assert set(scored.table("calibration")["cycle_id"]) == {Q3.id}
    assert published.table("calibration").empty
    assert "once it has ended" in published.okr_here("calibration").stdout


def test_the_command_prints_what_is_published(scored: Company, tmp_path: Path) -> None:
    said = json.loads(scored.okr_here("calibration", "--json").stdout)
    assert {row["part"] for row in said} == {"all", "in common"}
    brier = next(row["brier"] for row in said if row["part"] == "all" and row["method"] == "team")
    text = scored.okr_here("calibration").stdout
    assert f"{brier:.3f}" in text
    assert "2026-Q3" in text
    for row in (row for row in said if row["brier"] is not None):
        figures = f"{chance(row['stated'], settled=True)} +{share(row['observed'])} "
        assert re.search(rf"{row['brier']:.3f} .* {figures}", text), row
    weeks = scored.okr_here("calibration", "--by", "week", "--csv").stdout.splitlines()
    assert len(weeks) == 1 + 3 * 13
    assert "too few" in scored.okr_here("calibration", "--by", "team").stdout
    assert "█" in scored.okr_here("calibration", "--by", "probability").stdout
    wrong = scored.okr_here("calibration", "--cycle", "2025-Q1")
    assert wrong.returncode == 2
    assert "there are 2026-Q3" in wrong.stderr


def test_the_drawing_has_a_mark_for_each_scored_tenth(scored: Company, tmp_path: Path) -> None:
    file = tmp_path / "reliability.svg"
    assert scored.okr_here("calibration", "--plot", str(file)).returncode == 0
    root = ElementTree.parse(file).getroot()  # noqa: S314  # we have just written it
    words = [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")]
    rows = scored.table("calibration")
    drawn = rows[(rows["part"] == "probability") & rows["method"].isin(["computed", "team"])]
    assert len(words) - 1 == drawn["stated"].notna().sum() > 0
