"""A message in lines: its figures are the rows', and no text of a source does anything in it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.governance.phases import PhaseDays
from okr_model.rituals.agenda import Action, Redefinition, Topic, build_agenda
from published.formatting import ENGLISH
from published.key_results.movement import movement_words
from published.key_results.new_work import NewInitiative, NewWork
from published.rituals.message_text import harmless_words, message_text, message_title
from published.rituals.messages import (
    CALLS,
    ActionDue,
    Change,
    CheckInsDue,
    Message,
    PhaseDue,
)
from tests.support.published.agendas import DAY, ODD_TEXTS, topics

SINCE = DAY - dt.timedelta(days=7)
WORDS = ("High", "Challenge", "Critical")
HOSTILE = (
    "<!channel> <@U123> &lt;!here&gt; @everyone @all",
    "see https://evil.example/x, www.evil.example, evil.example or mailto:a@evil.example",
    "[click](http://evil.example) ![x](javascript:alert(1)) <a href='//evil.example'>x</a>",
    '=HYPERLINK("http://evil.example")\n- KR-9: met\n\nWins',
    r"\\evil\share `` ``` ~~not~~ ||hidden|| **bold** _it_ __under__",
    *ODD_TEXTS,
)
ACTING = re.compile(r"[@<>*`~|\\]|://|\]\(|\b_|_\b|&#?\w+;|\w\.[^\W\d_]{2}")
LEVEL = st.sampled_from([None, "high", "medium", "low"])


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_left_to_act_on(text: str) -> None:
    told = harmless_words(text)
    assert not ACTING.search(told), told
    assert told.isprintable()
    assert len(told) <= 160


@pytest.mark.parametrize(
    "text", ["R&D: 3.5 % in e.g. team_a (Nov.)", "KR-1", "2026-Q4", "a.b 1.2.3"]
)
def test_usual_words_stay_as_they_are(text: str) -> None:
    assert harmless_words(text) == text


@st.composite
def changes(draw: st.DrawFn) -> list[Change]:
    known: list[Topic] = draw(topics())
    found = []
    for item in build_agenda("Sales", "2026-Q4", DAY, known).items:
        moved: dict[str, Any] = {name: item.row[name] for name in CALLS}
        moved |= {f"{name}_then": draw(LEVEL) for name in CALLS}
        moved |= {"progress_then": draw(st.none() | st.floats(0, 1))}
        is_known = item.row["current_value"] is not None
        moved["current_value_change"] = draw(st.none() | st.floats(-9, 9)) if is_known else None
        found.append(Change(item, moved))
    return found


def rank(level: str) -> int:
    return ("low", "medium", "high").index(level)


@given(changes())
@settings(max_examples=30)
def test_every_figure_is_the_rows_own_and_each_change_is_told_once(known: list[Change]) -> None:
    told = Message("Sales", "wins and moves", DAY, SINCE, changes=tuple(known))
    wins, _, moves = message_text(told, WORDS).partition("Moves since")
    names = dict(zip(("high", "medium", "low"), WORDS, strict=True))
    for change in known:
        row, begins = change.item.row, f"- {change.item.key_result_id} "
        won, moved = ("".join(line for line in part.splitlines() if line.startswith(begins))
                      for part in (wins, moves))  # fmt: skip
        for name, said_by in zip(CALLS, ("Team", "Evidence"), strict=True):
            was, now = change.moved[f"{name}_then"], row[name]
            step = f"{said_by}: {names[was]} → {names[now]}" if was and now and was != now else None
            rose = step is not None and rank(now) > rank(was)
            assert (f"{said_by}: " in won) == rose
            assert (f"{said_by}: " in moved) == (step is not None and not rose)
            assert step is None or step in (won if rose else moved)
        before, way = change.moved["progress_then"], row["progress_raw"]
        newly = way is not None and way >= 1 and before is not None and before < 1
        assert (f": met, {ENGLISH.value_of(row)}" in won) == newly
        if by := change.moved["current_value_change"]:
            assert f": {movement_words(row, by, ENGLISH)}" in moved
            assert way is None or way >= 1 or f"{ENGLISH.share(way)} of the way" in moved
        elif change.value_change is None:
            assert "of the way" not in moved


@given(changes(), st.sampled_from(HOSTILE), st.sampled_from(HOSTILE))
@settings(max_examples=20)
def test_no_text_of_a_source_adds_a_line_or_a_mark(
    known: list[Change], text: str, other: str
) -> None:
    action = Action(text, other, DAY, None, SINCE)
    redefined = Redefinition("target", text, other, None, None, None, DAY, text)
    telling = tuple(replace(one, redefined=(redefined,), done=(action,)) for one in known)
    phase = PhaseDays("final push", DAY, DAY)
    due = Message(
        text, "what is due", DAY, SINCE, (CheckInsDue(DAY, (text, "KR-1")),),
        (ActionDue(text, action),), (PhaseDue(other, phase),), (text,), telling,
    )  # fmt: skip
    won = Message(text, "wins and moves", DAY, SINCE, changes=telling)
    headings = re.compile(
        r"- |Check-ins$|Actions$|The cycle$|To answer$|(Changed|Wins|Moves) since 21 Nov 2026$|$"
    )
    for line in (message_text(due, WORDS) + "\n" + message_text(won, WORDS)).splitlines():
        assert headings.match(line), line
        own = re.sub(r"[<>]\d", "", line)  # a chance of <1 %
        assert not ACTING.search(own), line
    assert not ACTING.search(message_title(text, [due, won]))


def test_one_message_reads_like_this() -> None:
    action = Action("agree on a rota", "Arun Pillai", dt.date(2026, 12, 4), None, SINCE)
    late = Action("call Ann", None, dt.date(2026, 11, 26), None, SINCE)
    due = Message(
        "Support", "what is due", DAY, SINCE,
        (CheckInsDue(dt.date(2026, 11, 27), ("KR-2",)), CheckInsDue(DAY, ("KR-1", "KR-3"))),
        (ActionDue("KR-2", late), ActionDue("KR-1", action)),
        (PhaseDue("2026-Q4", PhaseDays("final push", dt.date(2026, 12, 1), dt.date(2026, 12, 31))),
         PhaseDue("2026-Q3", PhaseDays("closing", SINCE, DAY))),
        ("Support has not closed 2026-Q3.",),
    )  # fmt: skip
    assert message_text(due, WORDS, "https://okr.example.com/meeting/Support").splitlines() == [
        "Check-ins",
        "- KR-2: check-in was due on 27 Nov 2026; now it is late, not missed",
        "- KR-1, KR-3: check-in due on Saturday, 28 Nov 2026",
        "",
        "Actions",
        "- KR-2: call Ann, was due on 26 Nov 2026",
        "- KR-1: agree on a rota (Arun Pillai), due on 4 Dec 2026",
        "",
        "The cycle",
        "- 2026-Q4, final push begins on 1 Dec 2026: no target is changed any more",
        "- 2026-Q3, closing ends on 28 Nov 2026: score and decide every Key Result",
        "",
        "To answer",
        "- Support has not closed 2026-Q3.",
        "",
        "All of it: https://okr.example.com/meeting/Support",
    ]
    assert message_title("Us", [due]) == "Us · Support: what is due and what has changed"


def test_a_long_part_is_cut_and_counted() -> None:
    asked = tuple(f"Sentence {n}." for n in range(11))
    lines = message_text(
        Message("Sales", "what is due", DAY, None, asked=asked), WORDS
    ).splitlines()
    assert lines[0] == "To answer"
    assert lines[-2:] == ["- Sentence 7.", "- and 3 more"]


def test_new_work_is_told_and_what_programs_made_alone_is_no_message() -> None:
    empty = Message("Sales", "what is due", DAY, SINCE)
    one = NewInitiative("jira:1", "SUP-1 @all", None, True, 0)
    new = replace(empty, new_work=NewWork("Sales", (one,), 40))
    assert message_text(new, WORDS).splitlines() == [
        "New work without a Key Result since 21 Nov 2026",
        "- SUP-1 ＠all: new",
        "- 40 more made by apps or in bulk are not counted",
    ]
    assert not new.is_empty
    assert replace(empty, new_work=NewWork("Sales", (), 40)).is_empty
