"""Deciding the opposite of what a colleague decided: it is said and asked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.app import app
from pipelines.cli.links import decisions
from pipelines.lake.decision_log import DecisionLog
from published.errors import UserError
from tests.support.small_company import SETTINGS, SmallCompany

pytestmark = pytest.mark.night

INITIATIVES = "id,title,kr\nI-1,Call the first hundred,KR-1\nI-2,Write the guide,\n"
DATASET = (
    "  - {holds: initiatives, from: files, place: work.csv,"
    " fields: {id: id, title: title, key_result: kr}}\n"
)
WORK = "Call the first hundred"
SAID = (
    "Grace Okafor rejected KR-1 for Call the first hundred on 2026-11-10 ({id}): “named in"
    " passing”."
)


class Desk:
    """One published day, and the commands of people who decide."""

    def __init__(self, folder: Path) -> None:
        self.company = SmallCompany(folder)
        self.company.write("work.csv", INITIATIVES)
        settings = SETTINGS + DATASET + "links: {aliases: {KR-100: KR-1}}\n"
        (folder / "okr.yaml").write_text(settings, encoding="utf-8")
        self.company.night(dt.date(2026, 11, 10))

    def decide(self, *words: str, by: str = "Mei", why: str = "because", typed: str = "") -> Result:
        options = ["--by", by, "--why", why]
        environ = {"OKR_CONFIG": str(self.company.folder / "okr.yaml")}
        return CliRunner().invoke(app, ["links", *words, *options], input=typed, env=environ)

    def log(self) -> pd.DataFrame:
        project = self.company.project(dt.date(2026, 11, 10))
        return DecisionLog(project.paths.decisions).frame()

    def refused(self, *words: str) -> str:
        done = self.decide(*words)
        assert isinstance(done.exception, UserError), done.output
        return str(done.exception)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three published days, between which two were not."""
    found = Desk(tmp_path_factory.mktemp("nights"))
    found.company.night(dt.date(2026, 11, 11))
    assert found.decide("accept", WORK, "KR-1").exit_code == 0
    found.company.night(dt.date(2026, 11, 14))
    return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


def test_the_opposite_of_a_decision_is_said_and_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.decide("reject", WORK, "KR-1", by="Grace Okafor", why="named in passing")
    assert first.exit_code == 0, first.output
    rejected = desk.log().iloc[0]
    said = SAID.format(id=rejected["decision_id"]).replace(
        "2026-11-10", f"{rejected['decided_at'].tz_convert('Europe/Berlin'):%Y-%m-%d}"
    )
    opposite = ("accept", WORK, "KR-1")
    assert desk.refused(*opposite) == f"{said} To overrule that, add --yes."
    assert desk.refused(*opposite, "--json") == f"{said} To overrule that, add --yes."
    assert said in desk.refused("correct", WORK, "--from", "KR-2", "--to", "KR-1")
    dry = desk.decide(*opposite, "--dry-run")
    assert dry.exit_code == 0
    assert said in " ".join(dry.stderr.split())
    assert len(desk.log()) == 1

    monkeypatch.setattr(decisions, "_can_ask", lambda: True)
    assert desk.decide(*opposite, typed="n\n").exit_code == 1
    assert len(desk.log()) == 1
    answered = desk.decide(*opposite, typed="y\n")
    assert answered.exit_code == 0
    assert f"{said} Overrule that?" in answered.output
    monkeypatch.undo()

    assert "Mei accepted KR-1 for" in desk.refused("reject", WORK, "KR-1")
    assert desk.decide("reject", WORK, "KR-1", "--yes").exit_code == 0
    assert list(desk.log().sort_values("decided_at")["action"]) == ["reject", "accept", "reject"]
    assert "rejected it already" in desk.refused("reject", WORK, "KR-1", "--yes")


def test_other_work_is_decided_remembered_and_counted_apart(desk: Desk) -> None:
    guide = "Write the guide"
    before = len(desk.log())
    assert desk.decide("other", guide, why="it is for the office").exit_code == 0
    assert "Mei chose other work already on" in desk.refused("other", guide)
    row = desk.log().sort_values("decided_at").iloc[-1]
    assert (row["action"], row["via"], row["signed"]) == ("other", "command", "local user")
    assert pd.isna(row["key_result_id"])
    assert "Mei chose other work for Write the guide on" in desk.refused("accept", guide, "KR-1")
    assert len(desk.log()) == before + 1

    desk.company.write("work.csv", INITIATIVES.replace("guide,", "guide,KR-2"))
    desk.company.night(dt.date(2026, 11, 11))
    about = desk.company.table("initiatives").set_index("title").loc[guide]
    assert about["other_work"]
    assert about["decided_why"] == "it is for the office"
    link = desk.company.table("links").set_index("initiative").loc[guide]
    assert (link["state"], link["decision"]) == ("rejected", "other")
    findings = desk.company.table("findings").query(f"subject_id == '{about['initiative_id']}'")
    assert findings["rule"].tolist() == ["decision contradicted"]
    assert "after Mei on" in findings["sentence"].item()
    assert "other work: 1. " in desk.company.okr("links").stdout
    assert guide not in desk.company.okr("links", "--orphans", "--csv").stdout

    assert desk.decide("accept", guide, "KR-2", "--yes").exit_code == 0
    desk.company.night(dt.date(2026, 11, 12))
    link = desk.company.table("links").set_index("initiative").loc[guide]
    assert (link["state"], link["decision"]) == ("active", "accepted")
    assert "other work" not in desk.company.okr("links").stdout
    assert "other work: 1. " in desk.company.okr("links", "--as-of", "2026-11-11").stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--as-of", "2026-11-09"), "no links are known of 2026-11-09: the first day published is"),
        (("--as-of", "2026-11-11"), None),
        (("--as-of", "2026-11-12"), "2026-11-12: nothing was published for this day. The nearest"),
        (("--as-of", "2027-01-01"), "2027-01-01: nothing was published for this day. The nearest"),
        (("--orphans", "--as-of", "2026-11-12"), "2026-11-12: nothing was published for this day."),
        (("--since", "2026-11-09"), "no links are known of 2026-11-09: the first day published is"),
        (("--since", "2026-11-12"), None),  # what has changed since is told from the night before
        (("--since", "2027-01-01"), "2027-01-01: this day lies after 2026-11-14, with which it is"),
        (("--since", "2026-11-14", "--as-of", "2026-11-11"), "2026-11-14: this day lies after"),
    ],
)
def test_links_are_told_of_published_days_alone(
    nights: Desk, asked: tuple[str, ...], said: str | None
) -> None:
    environ = {"OKR_CONFIG": str(nights.company.folder / "okr.yaml"), "COLUMNS": "160"}
    done = CliRunner().invoke(app, ["links", *asked], env=environ)
    if said is None:
        assert done.exit_code == 0
        if asked[0] == "--since":
            assert (
                "From 2026-11-11 to 2026-11-14: 0 appeared, 0 vanished, 1 changed." in done.output
            )
            assert "decision: none → accepted" in done.output
    else:
        assert isinstance(done.exception, UserError)
        assert str(done.exception).startswith(said)
