"""OKRs, measurements, initiatives and KPIs out of a folder of files, through a whole night."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.datasets.records import Missing, Record, dataset_records
from pipelines.ingest.pull import Outcome, pull_sources
from pipelines.lake.duckdb_session import connect
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.project import Project
from pipelines.publish.publish import publish
from pipelines.settings import SettingsError, load_settings
from published.tables import PublishedTables
from tests.support.small_company import SmallCompany

pytestmark = pytest.mark.night

SETTINGS = """
organization: {name: Acme, timezone: Europe/Berlin}
as_of: 2026-11-20
cycles: [{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: okrs, locale: de_DE}}
datasets:
  - {holds: objectives, from: files, place: objectives.csv, fields: {id: Id, title: Titel}}
  - holds: key_results
    from: files
    place: krs.csv
    fields: {id: Id, statement: Text, objective: Ziel, unit: Einheit, baseline: von, target: bis}
  - holds: measurements
    from: files
    place: week-*.csv
    fields: {key_result: KR, date: Tag, value: Wert}
  - holds: measurements
    from: files
    place: m.parquet
    fields: {key_result: kr, date: day, value: value}
  - {holds: initiatives, from: files, place: work.csv, fields: {title: Name, key_result: dient}}
  - {holds: kpis, from: files, place: kpis.csv, fields: {id: Id, date: Tag, value: Wert}}
  - holds: check_ins
    from: files
    place: calls.csv
    fields: {key_result: KR, date: Tag, confidence: Wort}
"""
CONTENT = {
    "objectives.csv": "Id;Titel\nO-1;Wachsen\n",
    "krs.csv": "Id;Text;Ziel;Einheit;von;bis\n"
    "KR-1;Besuche;O-1;Besuche;10.000;20.000\n"
    "KR-2;Quote;O-1;%;10 %;20 %\n",
    "week-46.csv": "KR;Tag;Wert\nKR-1;13.11.2026;12.400\n",
    "week-47.csv": "KR;Tag;Wert\nKR-1;19.11.2026;15.000\n",
    "work.csv": "Name;dient\nNeue Seite;KR-1\nAltlast;\n",
    "kpis.csv": "Id;Tag;Wert\nKPI-1;13.11.2026;1,5\nKPI-1;19.11.2026;1,75\n",
    "calls.csv": "KR;Tag;Wort\nKR-1;19.11.2026;High\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return made_in(tmp_path)


def made_in(folder: Path) -> Project:
    (folder / "okrs").mkdir()
    (folder / "okr.yaml").write_text(SETTINGS, encoding="utf-8")
    for name, content in CONTENT.items():
        write(folder, name, content)
    shares = pa.table({"kr": ["KR-2"], "day": ["2026-11-18"], "value": [17.5]})
    pq.write_table(shares, folder / "okrs" / "m.parquet")
    return Project(folder / "okr.yaml")


def write(folder: Path, name: str, content: str, at: int = 1_700_000_000) -> None:
    path = folder / "okrs" / name
    path.write_text(content, encoding="utf-8")
    os.utime(path, (at, at))


def read(project: Project) -> Outcome:
    again = Project(project.settings_path)
    (outcome,) = pull_sources(again, again.settings.source_names)
    return outcome


def night(project: Project) -> tuple[Outcome, PublishedTables]:
    outcome, again = read(project), Project(project.settings_path)
    run_steps(NIGHTLY, again, "run")
    publish(again, "run")
    return outcome, PublishedTables(again.paths.duckdb)


def values(tables: PublishedTables) -> Mapping[str, Any]:
    rows = tables.frame("key_results").set_index("key_result_id")
    return dict(rows["current_value"])


def test_a_folder_alone_makes_a_published_table(project: Project) -> None:
    outcome, tables = night(project)
    assert outcome.error is None
    assert values(tables) == {"KR-1": 15000.0, "KR-2": 17.5}
    row = tables.frame("key_results").set_index("key_result_id").loc["KR-1"]
    assert (row["progress"], row["objective"], row["stated_confidence"]) == (0.5, "Wachsen", "high")
    (link,) = tables.frame("links").to_dict("records")
    assert (link["initiative"], link["key_result_id"], link["rule"]) == (
        "Neue Seite",
        "KR-1",
        "field",
    )
    assert list(tables.frame("kpis")["value"]) == [1.5, 1.75]
    assert list(tables.frame("sources")["source"]) == ["files"]
    fields = " ".join(tables.frame("measurements")["field"].dropna())
    assert all(place in fields for place in ("week-46.csv:2", "week-47.csv:2", "m.parquet:1"))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Outcome], PublishedTables]:
    """What each reading came to, and the tables in the end: nothing changed, then files did.

    Last, a column is gone from one file and a row of another broke.
    """
    folder = tmp_path_factory.mktemp("changed")
    project = made_in(folder)
    read(project)
    outcomes = [read(project)]
    write(folder, "week-46.csv", "KR;Tag;Wert\nKR-1;13.11.2026;13.000\n", 1_700_000_060)
    (folder / "okrs" / "week-47.csv").unlink()
    outcomes.append(read(project))
    write(folder, "kpis.csv", "Id;Datum;Wert\nKPI-1;13.11.2026;1,5\n", 1_700_000_060)
    write(folder, "work.csv", "Name;dient\nNeue Seite;KR-1;KR-2\nAltlast;\n", 1_700_000_060)
    _, tables = night(project)
    return outcomes, tables


def test_another_night_reads_what_changed_and_drops_what_is_gone(
    changed: tuple[list[Outcome], PublishedTables],
) -> None:
    (same, other), tables = changed
    assert same.landed.rows == 0
    assert (other.landed.rows, other.landed.changed, other.landed.deleted) == (1, 1, 1)
    assert values(tables)["KR-1"] == 13000.0


def test_a_column_that_is_gone_and_a_row_that_broke_are_named(
    changed: tuple[list[Outcome], PublishedTables],
) -> None:
    _, tables = changed
    findings = tables.frame("findings").set_index("rule")["sentence"]
    assert "kpis.csv has no 'Tag'; there are Datum, Id, Wert" in findings["unreadable dataset"]
    assert (
        "work.csv:2: the row has 3 fields where the header has 2" in findings["unreadable record"]
    )
    assert len(tables.frame("links")) == 1  # the broken row stands as it was last read


@pytest.mark.parametrize(
    ("dataset", "violation"),
    [
        ("{holds: activity, from: files, place: a.csv}", "activity is read from jira alone"),
        (
            "{holds: kpis, from: files, place: ../a.csv, fields: {id: a, date: b, value: c}}",
            "without folder",
        ),
        (
            "{holds: kpis, from: files, place: a.xlsx, fields: {id: a, date: b, value: c}}",
            "a name such as weekly.csv",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(
    tmp_path: Path, dataset: str, violation: str
) -> None:
    (tmp_path / "okr.yaml").write_text(SETTINGS + f"  - {dataset}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=violation):
        load_settings(tmp_path / "okr.yaml")


def test_a_file_with_a_header_alone_is_empty_until_it_has_had_rows(project: Project) -> None:
    assert project.settings_path is not None
    folder = project.settings_path.parent
    (dataset,) = [one for one in project.settings.datasets if one.holds == "kpis"]

    def records() -> list[Record]:
        with connect() as connection:
            return dataset_records(project.lake, connection, dataset)[0]

    write(folder, "kpis.csv", "Id;Tag;Wert\n")
    read(project)
    assert records() == []
    write(folder, "kpis.csv", "Id;Tag;Wert\nKPI-1;13.11.2026;1,5\n", 1_700_000_060)
    read(project)
    assert len(records()) == 1
    write(folder, "kpis.csv", "Id;Tag;Wert\n", 1_700_000_120)
    read(project)
    with pytest.raises(Missing, match=r"no row of kpis\.csv"):
        records()  # it may be a failed export
    other = dataset.model_copy(update={"place": "never.csv"})
    with connect() as connection, pytest.raises(Missing, match=r"no row of never\.csv"):
        dataset_records(project.lake, connection, other)


def test_objectives_that_were_never_read_are_told_once(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.write("objectives.csv", 'id,title,level,team,parent\nO-1,"Grow" fast,,,\n')
    company.night(dt.date(2026, 11, 6))
    rules = company.table("findings")["rule"].tolist()
    assert rules.count("unreadable dataset") == 1
    assert "unknown objective" not in rules
    company.write("objectives.csv", "id,title,level,team,parent\nO-1,Grow,,,\n")
    company.night(dt.date(2026, 11, 6))
    found = company.table("findings").set_index("rule")["subject_id"]
    assert found.loc[["unknown objective"]].tolist() == ["KR-1", "KR-2"]
