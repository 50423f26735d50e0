"""The calendar feed, read back by what RFC 5545 says and not by the library that wrote it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from okr_model.governance.phases import build_cycles, phases_of
from okr_model.governance.preparation import preparation_steps
from okr_model.quantities.cycles import Cycle as ACycle
from okr_model.teams.teams import Rhythm, Team, Teams
from published.organization import Organization
from published.rituals.agenda import NoSuchTeamError
from published.rituals.calendar import calendar_text, entries_of
from published.snapshot import Snapshot
from tests.support.company import Company
from tests.support.page.page_of import browser, site
from tests.support.page.published_file import AT, DAY, publish
from tests.support.page.small_tables import key_result
from tests.support.published.nights import PublishedNights

HOSTILE = "Sales; R&D, “Größe”\\n\r\nEND:VEVENT\nATTENDEE:mailto:a@evil.example " + "ä" * 200
START, END = dt.date(2026, 10, 1), dt.date(2026, 12, 31)
TEAMS = Teams((Team("Sales", rhythm=Rhythm(14, 5), ends_on=dt.date(2026, 11, 20)),), Rhythm(28))


class Cycle:
    id, start, end = "2026-Q4", START, END


def read(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The properties of a feed and of each of its events."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    assert all(line.isprintable() for line in lines)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    feed: dict[str, str] = {}
    events: list[dict[str, str]] = []
    now = feed
    for line in lines[1:-1]:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append(now := {})
        elif line == "END:VEVENT":
            now = feed
        else:
            assert name not in now, line
            unescaped = re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)
            now[name] = unescaped
    return feed, events


def tables(tmp_path: Path, *teams: str, **more: Any) -> Snapshot:
    usual = {"cycle_id": "2026-Q4", "cycle_start": START, "cycle_end": END, "due_on": END}
    rows = [
        key_result(f"KR-{n}", team=team, teams=[team], **usual | more)
        for n, team in enumerate(teams, 1)
    ]
    declared = [{"team": name} for name in ("New", "Sales")]
    return Snapshot(
        publish(tmp_path / "published.duckdb", {"key_results": rows, "teams": declared})
    )


def ours(name: str = "Acme", teams: Teams = TEAMS) -> Organization:
    return Organization(name, dt.UTC, ("High", "Medium", "Low"), [Cycle], teams=teams)


def day(text: str) -> dt.date:
    return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC).date()


def test_it_holds_the_phases_the_freeze_and_the_last_day_to_close(tmp_path: Path) -> None:
    found = tables(tmp_path)
    feed, events = read(calendar_text(entries_of(found, ours()), found, "Acme"))
    assert (feed["VERSION"], feed["X-WR-CALNAME"]) == ("2.0", "Acme: OKRs")
    spans = {
        one["SUMMARY"]: (day(one["DTSTART;VALUE=DATE"]), day(one["DTEND;VALUE=DATE"]))
        for one in events
    }
    told = dt.timedelta(days=1)
    phases = phases_of(START, END, ours().phases)
    for one in phases[1:-1]:
        assert one.starts_on is not None
        assert one.ends_on is not None
        assert spans.pop(f"2026-Q4: {one.phase}") == (one.starts_on, one.ends_on + told)
    for step in preparation_steps(START, END, ours().phases):
        days = (step.starts_on, step.ends_on + told)
        assert spans.pop(f"2026-Q4, preparation: {step.step}") == days
    (row,) = build_cycles([("2026-Q4", START, END)], DAY, ours().phases).to_dict("records")
    frozen, close_by = (
        spans.pop("2026-Q4: targets are frozen"),
        spans["2026-Q4: last day to close it"],
    )
    assert frozen == (row["frozen_from"], row["frozen_from"] + told)
    assert close_by == (row["close_by"], row["close_by"] + told)
    assert len(spans) == 1
    assert {one["DTSTAMP"] for one in events} == {f"{AT:%Y%m%dT%H%M%SZ}"}


def test_check_ins_follow_the_teams_rhythm_and_end_with_it(tmp_path: Path) -> None:
    found = tables(tmp_path, "Sales", "SALES", "Product")
    due = [one for one in entries_of(found, ours(), "sales") if one.key[0] == "check-in"]
    assert [(one.first, one.more) for one in due if one.title.startswith("Sales")] == [
        (dt.date(2026, 10, 2) + dt.timedelta(days=14 * n), "KR-1") for n in range(4)
    ]
    everyone = entries_of(found, ours())
    product = [one.first for one in everyone if one.title == "Product: check-in is due"]
    assert product == [START + dt.timedelta(days=28 * n) for n in (1, 2, 3)]
    with pytest.raises(NoSuchTeamError, match="New, Product, SALES, Sales"):
        entries_of(found, ours(), "Nobody")


def test_a_team_has_the_cycles_it_takes_part_in_until_its_end(tmp_path: Path) -> None:
    found = tables(tmp_path, "Sales", "Product")

    def span(name: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> ACycle:
        return ACycle(name, dt.date(*start), dt.date(*end))

    cycles = [
        span("2026-Q4", (2026, 10, 1), (2026, 12, 31)),
        span("2027-Q1", (2027, 1, 1), (2027, 3, 31)),
        span("weeks", (2026, 11, 1), (2026, 12, 12)),
    ]
    late = Team("New", starts_on=dt.date(2027, 1, 4))
    teams = Teams((*TEAMS.declared, late), Rhythm(0))
    organization = replace(ours(teams=teams), cycles=cycles)

    def of(team: str | None) -> set[str]:
        entries = entries_of(found, organization, team)
        return {one.key[1] for one in entries if one.key[0] == "phase"}

    assert of(None) == {"2026-Q4", "2027-Q1", "weeks"}
    assert of("Product") == {"2026-Q4", "2027-Q1"}
    assert of("SALES") == {"2026-Q4"}
    assert max(one.first for one in entries_of(found, organization, "Sales")) <= dt.date(
        2026, 11, 20
    )
    assert of("new") == {"2027-Q1"}


def test_an_event_keeps_its_name_and_none_shares_it(tmp_path: Path) -> None:
    found = tables(tmp_path, "Sales", "Product", "Product")
    _, first = read(calendar_text(entries_of(found, ours()), found, "Acme"))
    _, again = read(calendar_text(entries_of(found, ours(), "Sales"), found, "Acme"))
    uids = {one["UID"]: one["SUMMARY"] for one in first}
    assert len(uids) == len(first)
    assert all(uids[one["UID"]] == one["SUMMARY"] for one in again)


def test_names_add_no_line(tmp_path: Path) -> None:
    found = tables(tmp_path, HOSTILE, key_result_id="x" * 300)
    feed, events = read(calendar_text(entries_of(found, ours(HOSTILE)), found, HOSTILE))
    assert set(feed) == {"VERSION", "PRODID", "METHOD", "X-WR-CALNAME"}
    titles = {one["SUMMARY"] for one in events if "check-in" in one["SUMMARY"]}
    assert titles == {HOSTILE.replace("\r", " ").replace("\n", " ") + ": check-in is due"}


def test_the_command_and_the_page_give_the_same(tmp_path: Path) -> None:
    company = PublishedNights(tmp_path)
    company.night(DAY, key_results=[key_result("KR-1", team="A/B", teams=["A/B"], due_on=END)])
    page = browser(site(company.duckdb))
    answer = page.get("/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    _, events = read(answer.text)
    written = tmp_path / "okrs.ics"
    assert company.okr("calendar", "--output", str(written)).returncode == 0
    assert len(read(written.read_bytes().decode())[1]) >= len(events)
    assert page.get("/calendar/A%2FB.ics").text.count("BEGIN:VEVENT") == len(events)
    assert page.get("/calendar/Nobody.ics").status_code == 404
    assert "no team 'X'" in company.okr("calendar", "--team", "X").stderr
    nowhere = str(tmp_path / "no" / "a.ics")
    assert "cannot be written" in company.okr("calendar", "--output", nowhere).stderr


@pytest.mark.night
def test_the_next_check_in_of_each_team_is_in_it(published: Company) -> None:
    _, events = read(published.okr_here("calendar").stdout)
    days = {(one["SUMMARY"], day(one["DTSTART;VALUE=DATE"])) for one in events}
    for row in published.table("teams").to_dict("records"):
        if row["state"] == "open" and row["next_check_in_due_on"] is not None:
            assert (f"{row['team']}: check-in is due", row["next_check_in_due_on"]) in days
