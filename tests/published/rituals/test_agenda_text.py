"""An agenda as Markdown and JSON: its figures are the rows', its texts mark nothing."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

from okr_model.progress.kinds import is_held
from okr_model.rituals.agenda import Agenda, Item, Topic, build_agenda
from published.export import json_text, machine
from published.formatting import ENGLISH
from published.key_results.movement import movement_words
from published.organization import Organization
from published.rituals.agenda import agenda_record
from published.rituals.agenda_text import agenda_markdown, marked_text
from tests.support.published.agendas import DAY, ODD_TEXTS, topics

LEVELS = ("High", "Challenge", "Critical")
OURS = Organization("Us", dt.UTC, LEVELS, ())
MEASURES = re.compile(
    r"(?P<value>.+?) → (?P<target>.+?) by (?P<due>\d+ \w+ \d+)\."
    r"(?: (?P<change>.+?) since (?P<since>\d+ \w+ \d+)\.)?"
    r"(?: Value of (?P<at>\d+ \w+ \d+), (?P<age>\d+) days? (?:old|before its end)\.)?"
    r"(?: (?:(?P<met>It has met its target)|(?P<fallen>It stands below where it started, )?"
    r"(?P<progress>\S+ %) of the way)(?:, the path is at (?P<path>\S+ %))?\.)?"
)
CALLS = re.compile(
    r"Team: (?P<stated>[\w ]+?)(?: \((?P<on>\d+ \w+ \d+)\))?\."
    r" Evidence: (?P<computed>[\w ]+?)(?: \((?P<chance>\S+ %) likely\))?\."
    r"(?: Falling since (?P<falling>\d+ \w+ \d+), from (?P<before>\w+)\.)?"
    r"(?: (?P<missed>\d+) check-ins? missed\.)?"
)


def check(item: Item, line: str) -> None:
    """Read the figures back and compare them with the row's, by the one formatter."""
    row = item.row
    told = MEASURES.match(line)
    assert told, line
    compared = item.since is not None
    assert told["value"] == ENGLISH.value_of(row)
    assert told["target"] == ENGLISH.target_of(row)
    change = movement_words(row, item.change, ENGLISH)
    assert told["change"] == (f"{change[:1].upper()}{change[1:]}" if compared else None)
    assert told["since"] == (ENGLISH.day(item.since) if compared else None)
    assert told["age"] == (None if row["value_age_days"] is None else str(row["value_age_days"]))
    way = row["progress_raw"]
    assert bool(told["met"]) == (way is not None and way >= 1)
    assert bool(told["fallen"]) == (way is not None and way < 0)
    assert told["progress"] == (None if way is None or way >= 1 else ENGLISH.share(way))
    path = row["expected_progress"] if way is not None and not is_held(row) else None
    assert told["path"] == (None if path is None else ENGLISH.share(path))


def check_calls(item: Item, line: str) -> None:
    row = item.row
    told = CALLS.fullmatch(line)
    assert told, line
    words = {None: None, **dict(zip(("high", "medium", "low"), LEVELS, strict=True))}
    assert told["stated"] == (words[row["stated_confidence"]] or "no call")
    assert told["computed"] == (words[row["computed_confidence"]] or "not enough evidence")
    chance = row["attainment_probability"]
    assert told["chance"] == (None if chance is None else ENGLISH.chance_of(row))
    since = row["declining_since"]
    assert told["falling"] == (None if since is None else ENGLISH.day(since))
    assert told["missed"] == (str(row["missed_check_ins"]) if row["missed_check_ins"] else None)


@given(topics())
@settings(max_examples=60)
def test_every_figure_is_the_rows_own(known: list[Topic]) -> None:
    told = build_agenda("Sales", "2026-Q4", DAY, known)
    lines = agenda_markdown(told, OURS).splitlines()
    measures = [line for line in lines if line.startswith("1. **Measures.** ")]
    calls = [line for line in lines if line.startswith("2. **Confidence.** ")]
    opened = [item for item in told.items if not item.collapsed]
    assert len(measures) == len(calls) == len(opened)
    for item, measure, call in zip(opened, measures, calls, strict=True):
        check(item, measure.removeprefix("1. **Measures.** "))
        check_calls(item, call.removeprefix("2. **Confidence.** "))
    assert ("## Before we close" in lines) == (told.ended_on is None)
    for item in told.items:
        if item.collapsed:
            heading = "## How they ended" if item.attention == "ended" else "## Moving on"
            rest = lines[lines.index(heading) + 2 :]
            line = next(one for one in rest if one.startswith(f"- {item.key_result_id} "))
            between = rest[: rest.index(line)]
            assert not [one for one in between if one.startswith("## ")]
            title = f"- {item.key_result_id} {marked_text(item.row['statement'])}: "
            check(item, line.removeprefix(title))


@given(topics())
@settings(max_examples=30)
def test_programs_get_the_rows_figures_unrounded(known: list[Topic]) -> None:
    told = build_agenda("Sales", "2026-Q4", DAY, known)
    record = json.loads(json_text(agenda_record(told)))
    for item, one in zip(told.items, record["key_results"], strict=True):
        figures = {**one["measures"], **one["confidence"], **one["impediments"]}
        figures |= one["activities"]
        for name in figures.keys() & item.row.keys():
            assert figures[name] == machine(item.row[name]), name
        assert figures["change"] == machine(item.change)
        assert len(figures["work"]) == len(item.work)


def lines_of(known: Agenda) -> list[str]:
    return agenda_markdown(known, OURS).splitlines()


@given(topics())
@settings(max_examples=30)
def test_no_text_of_a_source_adds_a_line_or_a_mark(known: list[Topic]) -> None:
    lines = lines_of(build_agenda("Sales", "2026-Q4", DAY, known))
    own = (
        r"# Check-in: |## |Cycle |\d\. \*\*|   - |- |\Z"  # what the agenda itself begins lines with
    )
    for line in lines:
        assert re.match(own, line), line
        assert line.isprintable()
        bare = re.sub(r"\\.", "", re.sub(r"^\d\. \*\*\w+\.\*\*|^#+ ", "", line))
        bare = re.sub(r"[<>]\d", "", bare)  # a chance of <1 %
        assert not re.search(r"[*_`<>\[\]|]", bare), line
        assert "://" not in line.replace("\\://", "")


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_a_text_stays_short_and_on_its_line(text: str) -> None:
    told = marked_text(text)
    assert "\n" not in told
    assert len(told) < 400


def test_of_a_cycle_that_is_over_it_tells_how_it_ended_and_asks_nothing() -> None:
    row = {
        "key_result_id": "KR-33", "statement": "More sign-ups", "as_of": DAY,
        "cycle_end": dt.date(2026, 11, 27), "due_on": dt.date(2026, 11, 27), "unit": "count",
        "kind": "increase", "baseline": 150.0,
        "value_state": "measured", "current_value": 213.0, "target": 220.0, "target_high": None,
        "current_value_at": dt.date(2026, 11, 25), "value_age_days": 2, "progress_raw": 0.91,
        "progress_state": "computed", "expected_progress": 1.0, "stated_confidence": "high",
        "stated_confidence_at": dt.date(2026, 11, 20), "computed_confidence": "low",
        "evidence_state": "enough", "attainment_probability": 0.0, "missed_check_ins": 0,
    }  # fmt: skip
    told = build_agenda("Web", "W43-48", DAY, [Topic(row, None, None, [], [])])
    assert agenda_markdown(told, OURS) == (
        "# Check-in: Web, 28 Nov 2026\n\n"
        "Cycle W43-48 ended on 27 Nov 2026: no check-in can move it any more. What to look back at:"
        " okr retro --cycle W43-48\n\n"
        "## How they ended\n\n"
        "- KR-33 More sign-ups: 213 → 220 by 27 Nov 2026. Value of 25 Nov 2026, 2 days before its"
        " end. 91 % of the way, the path is at 100 %. It was missed. Last call: High (20 Nov"
        " 2026).\n"
    )
    assert build_agenda("Web", "W43-48", DAY, []).ended_on is None


def test_one_agenda_reads_like_this() -> None:
    row = {
        "key_result_id": "KR-17", "statement": "Answer in 4 hours", "as_of": DAY,
        "cycle_end": dt.date(2026, 12, 31), "due_on": dt.date(2026, 12, 31), "unit": "hours",
        "kind": "decrease", "baseline": 72.0,
        "value_state": "measured", "current_value": 29.25, "target": 4.0, "target_high": None,
        "current_value_at": DAY, "value_age_days": 0, "progress_raw": 0.6287,
        "expected_progress": 0.637, "stated_confidence": "medium",
        "stated_confidence_at": DAY, "computed_confidence": "low",
        "evidence_state": "enough", "attainment_probability": 0.32,
        "declining_since": None, "missed_check_ins": 0,
        "initiatives": 1, "blocked_initiatives": 1, "open_initiatives": 2,
    }  # fmt: skip
    before = {"date": dt.date(2026, 11, 20), "next_action": "try a rota", "action_done": False}
    last = {
        "date": dt.date(2026, 11, 27), "cause": "weekends", "impediment": "nobody at weekends",
        "impediment_kind": "resource", "impediment_since": dt.date(2026, 11, 13),
        "next_action": "agree on a rota", "action_owner": "Arun Pillai",
        "action_due_on": dt.date(2026, 12, 4), "depends_on": "People", "adjustment": "less chat",
    }  # fmt: skip
    work = {
        "initiative_id": "jira:1", "initiative": "SUP-2", "title": "Chat pilot", "open_issues": 3,
        "done_issues": 10, "last_activity_on": DAY,
    }  # fmt: skip
    topic = Topic(row, -3.5, dt.date(2026, 11, 20), [before, last], [work])
    assert lines_of(build_agenda("Support", "2026-Q4", DAY, [topic])) == [
        "# Check-in: Support, 28 Nov 2026",
        "",
        "Cycle 2026-Q4. High: move on. Challenge: name what slows it. Critical: a way back, or a"
        " meeting of its own.",
        "",
        "## KR-17 Answer in 4 hours",
        "",
        "1. **Measures.** 29.25 hours → 4 hours by 31 Dec 2026. 32.75 hours → 29.25 hours"
        " since 20 Nov 2026. Value of 28 Nov 2026, 0 days old."
        " 62.9 % of the way, the path is at 63.7 %.",
        "   - Why: weekends",
        "2. **Confidence.** Team: Challenge (28 Nov 2026). Evidence: Critical (32 % likely).",
        "3. **Impediments.** Agree on a way back, or a meeting of its own.",
        "   - resource: nobody at weekends, open since 13 Nov 2026, nobody is named to remove it",
        "   - 1 of 2 open initiatives blocked.",
        "   - Adjusted: less chat",
        "4. **Activities.**",
        "   - Last: try a rota (no owner), promised on 20 Nov 2026: not done",
        "   - Next: agree on a rota by 4 Dec 2026 (Arun Pillai)",
        "   - Moved: SUP-2 Chat pilot, 3 open, 10 done, last on 28 Nov 2026",
        "",
        "## Before we close",
        "",
        "- Deep-dives to plan: KR-17",
        "- KR-17 needs People: nobody said whether it is agreed",
        "- Adjustments?",
        "- Dependencies on other teams?",
        "- Anything to escalate?",
    ]


def one_item(row: dict[str, Any], *changes: dict[str, Any]) -> list[str]:
    of_row = {
        "key_result_id": "KR-18", "statement": "Rate 8.5", "as_of": DAY, "unit": "points",
        "kind": "at least", "baseline": 7.0,
        "cycle_end": dt.date(2026, 12, 31), "due_on": dt.date(2026, 12, 31),
        "value_state": "measured", "current_value": 8.6, "target": 8.5, "target_high": None,
        "current_value_at": DAY, "value_age_days": 0, "expected_progress": 0.6,
        "stated_confidence": "medium", "stated_confidence_at": DAY, "computed_confidence": "low",
        "evidence_state": "enough", "attainment_probability": None, "declining_since": None,
        "missed_check_ins": 0, "initiatives": 1, "blocked_initiatives": 0, "open_initiatives": 1,
        **row,
    }  # fmt: skip
    topic = Topic(of_row, None, None, [], [], changes)
    return lines_of(build_agenda("Support", "2026-Q4", DAY, [topic]))


def test_a_met_one_says_so_and_asks_for_no_way_back() -> None:
    lines = one_item({"progress_raw": 4 / 3})
    assert lines[6].endswith("0 days old. It has met its target, the path is at 60 %.")
    assert "3. **Impediments.**" in lines
    assert not any(line.startswith("- Deep-dives") for line in lines)
    no_call = one_item(
        {"progress_raw": 1.0, "stated_confidence": None, "computed_confidence": None}
    )
    assert "3. **Impediments.** Say how confident the team is." in no_call


def test_a_fallen_one_says_that_it_stands_below_its_start() -> None:
    lines = one_item({"progress_raw": -0.2667, "current_value": -0.5, "baseline": 1.0})
    assert lines[6].startswith("1. **Measures.** -0.5 points → 8.5 points")
    assert "It stands below where it started, -26.7 % of the way, the path is at 60 %." in lines[6]
    assert "3. **Impediments.** Agree on a way back, or a meeting of its own." in lines


def test_a_moved_target_or_baseline_is_told_with_its_reason() -> None:
    moved = {
        "field": "target", "old": "9", "new": "8.5", "old_value": 9.0, "new_value": 8.5,
        "unit": "points", "changed_on": DAY, "rationale": "*new* survey",
    }  # fmt: skip
    due = {
        "field": "due_on", "old": "2026-12-15", "new": None, "changed_on": DAY, "rationale": None
    }  # fmt: skip
    lines = one_item({"progress_raw": 0.5}, moved, due)
    assert lines[7:9] == [
        "   - Target moved: 9 → 8.5 points, 28 Nov 2026: “\\*new\\* survey”",
        "   - Due day moved: 2026-12-15 → none, 28 Nov 2026; no reason is stated.",
    ]
    met = {"progress_raw": 0.5, "stated_confidence": "high", "computed_confidence": "high"}
    assert lines[7] in one_item(met, moved)


def test_a_closed_team_says_since_when() -> None:
    told = build_agenda("Support", "2026-Q4", DAY, [], dt.date(2026, 11, 20))
    assert "This team is closed: its last day was 20 Nov 2026." in lines_of(told)
    assert agenda_record(told)["closed_on"] == "2026-11-20"
