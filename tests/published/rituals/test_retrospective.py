"""What a retrospective says: every row once, every figure its own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.rituals.low_times import LowTime
from published.export import json_text
from published.formatting import ENGLISH
from published.rituals.adoption.team_cycles import CycleOfATeam
from published.rituals.agenda_text import marked_text
from published.rituals.retrospective import (
    Retrospective,
    retrospective_of,
    retrospective_record,
)
from published.rituals.retrospective_text import retrospective_markdown
from published.tables import PublishedTables
from tests.support.page.small_tables import key_result, publish_rows
from tests.support.published.agendas import DAY, ODD_TEXTS


def told(path: Path, *objectives: dict[str, Any], team: str | None = None) -> str:
    publish_rows(
        path,
        key_results=[key_result("KR-1", team="Sales", teams=["Sales"])],
        scores=[{"key_result_id": "KR-1", "objective_id": "O-1", "closed_as": "done"}],
        objectives=list(objectives),
        adoption=[{"team": "Sales", "key_results": 1}],
    )
    return retrospective_markdown(retrospective_of(PublishedTables(path), "2026-Q4", team), "Acme")


def test_lessons_and_open_decisions_of_objectives_are_told_each_to_its_team(tmp_path: Path) -> None:
    open_still = {"objective_id": "O-1", "title": "Sell more"}
    done = {"objective_id": "O-2", "title": "Hire", "closed_as": "done", "lesson": "Ask first."}
    text = told(tmp_path / "a.duckdb", open_still, done)
    assert "- Objective O-2: “Ask first.”" in text
    assert "- Objective O-1 (Sell more): continue, abandon or done?" in text
    assert "O-2 (Hire)" not in text
    text = told(tmp_path / "b.duckdb", {**open_still, "closed_as": "done"}, done, team="Sales")
    assert "O-2" not in text
    assert text.endswith("Every Key Result and Objective is closed.\n")


_TEXTS = st.sampled_from(ODD_TEXTS)
_SHARES = st.none() | st.floats(0, 1, allow_nan=False)
_SCORES = st.none() | st.sampled_from([0.0, 0.004, 0.995, 0.99999, 1.0]) | _SHARES
_COUNTS = st.integers(0, 400)


@st.composite
def packs(draw: st.DrawFn) -> Retrospective:
    """A pack of any team or of all, with texts of any kind."""
    keys = [f"KR-{number}" for number in range(draw(st.integers(1, 4)))]
    scores = [
        {
            "key_result_id": key,
            "statement": draw(_TEXTS),
            "team": draw(_TEXTS),
            "ambition": draw(st.sampled_from(["committed", "aspirational"])),
            "score": draw(_SCORES),
            "band": draw(st.sampled_from(["reached", "on the way", "failed", "none"])),
            "score_original": draw(_SCORES),
            "band_original": draw(st.none() | st.just("failed")),
            "terms_changed": draw(st.integers(0, 2)),
            "closed_as": draw(st.sampled_from([None, "done", "continue"])),
            "carried_to": draw(st.none() | st.just("KR-90")),
            "lesson": draw(st.none() | _TEXTS),
        }
        for key in keys
    ]
    changes = [
        {"key_result_id": key, "field": "due_on", "old": draw(st.none() | _TEXTS), "new": "5",
         "changed_on": DAY, "rationale": draw(st.none() | _TEXTS)}
        for key in draw(st.lists(st.sampled_from(keys), max_size=3))
    ]  # fmt: skip
    calls = [
        {"method": method, "brier": draw(st.floats(0, 1)), "calls": draw(_COUNTS),
         "observed": draw(st.floats(0, 1)), "base_rate_brier": draw(st.floats(0, 0.25))}
        for method in draw(st.lists(st.sampled_from(["team", "computed", "pace"]), unique=True))
    ]  # fmt: skip
    low = [
        LowTime(key, DAY, ("team",), None, DAY, None, ())
        for key in draw(st.lists(st.sampled_from(keys), unique=True))
    ]
    worked = CycleOfATeam(
        team=draw(_TEXTS), cycle_id="2026-Q4", weeks=draw(_COUNTS), kick_off_days=None,
        due=draw(_COUNTS), on_time=draw(_SHARES), missed=draw(_SHARES), updated=draw(_SHARES),
        called_low=draw(st.integers(0, 3)), called_low_early=draw(st.integers(0, 3)), scored=0,
        reached=None, redefined=0, first_value_days=None, key_results=3, asked_about=0,
            calls_brier=None, work=None, focus=None, new_issues=None, new_unlinked=None,
    )  # fmt: skip
    objective = {"objective_id": "O-1", "title": draw(_TEXTS), "lesson": draw(st.none() | _TEXTS),
                 "closed_as": draw(st.sampled_from([None, "done"]))}  # fmt: skip
    return Retrospective(
        "2026-Q4", draw(st.none() | st.just("Sales")), tuple(scores), ("A sentence.",),
        tuple(changes), tuple(calls), tuple(low), (worked,), (objective,),
    )  # fmt: skip


def section(text: str, title: str) -> list[str]:
    return text.partition(f"\n## {title}\n\n")[2].partition("\n\n## ")[0].splitlines()


def two(score: float | None) -> str:
    """A score as a person would write it: 1.00 is only what was reached."""
    if score is None:
        return "–"
    return "1.00" if score == 1 else f"{min(score, 0.99):.2f}"


@given(packs())
@settings(max_examples=60)
def test_every_row_is_told_once_with_its_own_figures(pack: Retrospective) -> None:
    text = retrospective_markdown(pack, "Acme")
    table = [line for line in text.partition("\n- ")[0].splitlines() if line.startswith("| KR")]
    for row, line in zip(pack.scores, table, strict=True):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        assert cells[0] == row["key_result_id"]
        assert cells[1] == marked_text(row["statement"])
        assert len(cells) == (8 if pack.team is None else 7)
        assert cells[-5:-2] == [row["ambition"], two(row["score"]), row["band"]]
        original = f"{two(row['score_original'])} {row['band_original'] or '–'}"
        assert cells[-2] == (original if row["terms_changed"] else "the same")
    changed = section(text, "What was changed on the way")
    assert len(changed) == max(len(pack.changes), 1)
    for row, line in zip(pack.changes, changed, strict=False):
        assert line.startswith(f"- {row['key_result_id']}: due on ")
        assert f"→ 5, {ENGLISH.day(row['changed_on'])}" in line
        assert line.endswith("no reason is stated") == (row["rationale"] is None)
    called = section(text, "How calls came true")
    for row, line in zip(pack.calls, called, strict=False):
        assert f"Brier score {row['brier']:.3f} of {row['calls']:,} weekly call" in line
        assert f"would have {row['base_rate_brier']:.3f} " in line
    assert len(called) == max(len(pack.calls), 1)
    assert len(section(text, "How we answered when it was low")) == max(len(pack.low), 1)
    (worked,) = section(text, "How we worked")
    one = pack.worked[0]
    assert (f"{one.called_low_early} of {one.called_low} low calls" in worked) == (
        one.called_low > 0
    )
    assert ("check-ins on time" in worked) == (one.on_time is not None)
    decide = section(text, "To decide")
    waiting = [row["key_result_id"] for row in pack.scores if not row["closed_as"]]
    assert [line.split(":")[0][2:] for line in decide if line.startswith("- KR")] == waiting
    assert any("Objective O-1" in line for line in decide) == (not pack.objectives[0]["closed_as"])
    learnt = [line for line in section(text, "What we learnt") if line.startswith("- KR")]
    missed = ("failed", "none")
    assert len(learnt) == sum(bool(row["lesson"]) or row["band"] in missed for row in pack.scores)


@given(packs())
@settings(max_examples=20)
def test_programs_get_every_row_unrounded(pack: Retrospective) -> None:
    record = json.loads(json_text(retrospective_record(pack)))
    for row, one in zip(pack.scores, record["scores"], strict=True):
        assert one["score"] == row["score"]
    assert [one["days"] for one in record["low"]] == [None] * len(pack.low)
    assert len(record["changes"]) == len(pack.changes)
