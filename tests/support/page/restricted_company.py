"""A company in which every prose tells of one Key Result, KR-9."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from okr_model.tables import BY_NAME
from tests.support.page.published_file import DAY, RUN

STATEMENT = "Close the Leeds office without a strike"
RECORD = "rec-secret-9"
URL = "https://notion.example/p/KR-9-Close-the-Leeds-office"
READING = "cell-77:9"
OBJECTIVE = "Leave the north of England"
ID = re.compile(r"kr[\s._–-]*0*9(?!\d)", re.IGNORECASE)
SAID = f"Depends on KR-9, kr_9_old, (KR–009) and kr 9; see {URL}, {RECORD}. {STATEMENT.upper()}!"
LEFT = "KR-90 and XKR-91 stay."


def key_result(key: str, team: str, objective: str, **more: Any) -> dict[str, Any]:
    texts = {c.name: f"{SAID} {LEFT}" for c in BY_NAME["key_results"].columns if is_prose(c)}
    return {
        **texts,
        "key_result_id": key,
        "cycle_id": "2026-Q4",
        "statement": f"Statement of {key}",
        "cycle_start": dt.date(2026, 10, 1),
        "cycle_end": dt.date(2026, 12, 31),
        "due_on": dt.date(2026, 12, 31),
        "phases": None,
        "value_state": "measured",
        "progress_state": "computed",
        "current_value": 5.0,
        "current_value_at": DAY,
        "value_age_days": 0,
        "pace_gap": -0.1,
        "progress_raw": 0.5,
        "evidence_state": "not enough evidence",
        "kind": "increase",
        "unit": "count",
        "baseline": 0.0,
        "target": 10.0,
        "objective_id": objective,
        "objective": f"Title of {objective}",
        "team": team,
        "teams": [team],
        "record_id": f"rec-{key}",
        "source": "files",
        "url": f"https://x.example/{key}",
        "like_examples": ["KR-9 2026-Q3", "KR-90 2026-Q3"],
        "progress": 0.5,
        "expected_progress": 0.4,
        "pace": "on",
        **more,
    }


def is_prose(column: Any) -> bool:
    fixed = ("run_id", "source", "cycle_id", "objective_id", "parent_id", "restated_by", "inputs")
    return column.type == "text" and not column.one_of and column.name not in fixed


def row(table: str, **given: Any) -> dict[str, Any]:
    """A row whose every prose speaks of the hidden Key Result, unless it is given."""
    prose = {c.name: f"{SAID} {LEFT}" for c in BY_NAME[table].columns if is_prose(c)}
    keys = {c.name: f"{c.name}-1" for c in BY_NAME[table].columns if c.name in BY_NAME[table].key}
    return {**prose, **{k: v for k, v in keys.items() if k in prose}, **given}


_SOUTH = {"finding_subject_type": "wave", "finding_subject": "South"}
DECIDED: list[dict[str, Any]] = [
    {
        "decision_id": "D-1",
        "action": "accept",
        "initiative_id": "jira:1",
        "key_result_id": "KR-1",
        "wrong_key_result_id": None,
    },
    {"decision_id": "D-2", "action": "reject", "initiative_id": "jira:1", "key_result_id": "KR-9"},
    {
        "decision_id": "D-3",
        "action": "correct",
        "initiative_id": "jira:1",
        "key_result_id": "KR-1",
        "wrong_key_result_id": "kr-9",
    },
    {
        "decision_id": "D-4",
        "action": "undo",
        "initiative_id": "jira:1",
        "key_result_id": None,
        "wrong_key_result_id": None,
        "undoes": "D-2",
    },
    *(
        {
            "decision_id": f"D-{number}",
            "action": "dismiss",
            "initiative_id": None,
            "key_result_id": None,
            "wrong_key_result_id": None,
            "finding_subject_type": "key result",
            "finding_subject": subject,
            "finding_said": said,
        }
        for number, subject, said in (
            (5, "KR-9", "It is late."),
            (6, "KR-1", "It is late."),
            (7, "KR-1", SAID),
        )
    ),
    *(
        {
            **dict.fromkeys(("initiative_id", "wrong_key_result_id")),
            "decision_id": f"D-{number}",
            "action": "close" if undoes is None else "undo",
            "key_result_id": key,
            "objective_id": objective,
            "undoes": undoes,
        }
        for number, key, objective, undoes in (
            (8, "KR-9", None, None),
            (9, None, "O-3", None),
            (10, None, None, "D-9"),
        )
    ),
    {
        **dict.fromkeys(("initiative_id", "key_result_id", "wrong_key_result_id")),
        "decision_id": "D-11",
        "action": "attest",
        "wave": "North",
    },
    {
        **dict.fromkeys(("initiative_id", "key_result_id", "wrong_key_result_id")),
        "decision_id": "D-12",
        "action": "undo",
        "undoes": "D-11",
    },
    *(
        {
            **dict.fromkeys(("initiative_id", "key_result_id", "wrong_key_result_id")),
            "decision_id": f"D-{number}",
            "why": "North waits; the Northern team does not.",
            **more,
        }
        for number, more in (
            (13, {"action": "attest", "wave": "South"}),
            (14, {"action": "dismiss", **_SOUTH, "finding_said": "North begins on 2026-12-07."}),
            (15, {"action": "dismiss", **_SOUTH, "finding_said": "It is not through."}),
        )
    ),
]
"""Of these D-1 and D-6 tell nothing of it but in words; D-9 and D-10 are of a hidden Objective."""

_ABOUT_A_WAVE = {"subject_type": "wave", "subject_id": "North", "sentence": "It is not through."}
"""A wave in which a team has a hidden Key Result."""


def company() -> dict[str, list[dict[str, Any]]]:
    secret = {
        "statement": STATEMENT,
        "record_id": RECORD,
        "url": URL,
        "progress": 0.1,
        "progress_raw": 0.1,
    }
    rows = [
        key_result("KR-9", "Sales", "O-1", **secret, findings=2),
        key_result("KR-1", "Sales", "O-1", findings=2),
        key_result("KR-90", "Product", "O-2", teams=["Product", "Sales"]),
        key_result("KR-5", "People", "O-3", statement="Pay review for all bands"),
        key_result("KR-6", "People ops", "O-2"),
    ]
    objective = {"source": "files", "key_results": 1, "cycle_id": "2026-Q4", "without_progress": 0}
    objective |= {"indicators": "lagging"}
    links = [
        ("jira:1", "KR-1", 0.5),
        ("jira:1", "KR-9", 0.5),
        ("jira:2", "KR-9", 1.0),
        ("jira:3", "kr-9", 1.0),
        ("jira:4", "KR-90", 1.0),
    ]
    link = {"state": "active", "rule": "field", "confidence": "high", "source": "jira"}
    linked = [
        row("links", initiative_id=i, key_result_id=k, weight=w, cycle_id="2026-Q4", **link)
        for i, k, w in links
    ]
    spans = [
        row("link_history", initiative_id=i, key_result_id=k, weight=w, **link) for i, k, w in links
    ]
    finding = {"severity": "warning", "rule": "pace gap", "evidence": None, "url": None}
    about = [
        ("f1", "key result", "KR-9", "x"),
        ("f2", "initiative", "jira:2", "x"),
        ("f3", "key result", "KR-1", f"{SAID}"),
        ("f4", "key result", "KR-1", "KR-1 is late; KR-90 is not."),
        ("f5", "record", READING, "x"),
        ("f6", "objective", "O-3", "x"),
        ("f7", "team", "People", "x"),
    ]
    found = [
        row("findings", finding_id=i, subject_type=t, subject_id=s, sentence=w, **finding)
        for i, t, s, w in about
    ]
    under = {"subject_type": "objective", "subject_id": "O-2", "sentence": "Its parent is O-3."}
    found.append(row("findings", finding_id="f8", **{**finding, **under, "evidence": "O-3"}))
    found.append(row("findings", finding_id="f9", **{**finding, **_ABOUT_A_WAVE}))
    south = {**_ABOUT_A_WAVE, "subject_id": "South"}
    south["acknowledged_why"] = "North waits; the Northern team does not."
    level = {"subject_type": "level", "subject_id": "Objectives of the level team"}
    level |= {"sentence": "3 of 3 contradict (such as O-1).", "evidence": "O-1, O-3, O-4"}
    found.append(row("findings", finding_id="f12", **{**finding, **level}))
    for number, said in ((10, "NORTH begins on 2026-12-07."), (11, "It is not through.")):
        found.append(
            row("findings", finding_id=f"f{number}", **{**finding, **south, "sentence": said})
        )
    asked = {"asked_for": "initiative", "initiative": "INI", "score": 1.0, "source": "jira"}
    suggested = [
        row("suggestions", initiative_id="jira:4", key_result_id=k, rank=n, **asked)
        for n, k in enumerate(("KR-9", "KR-1", "KR-5"), 1)
    ]
    tried = [
        row("suggestion_trials", initiative_id=i, key_result_id=k, rank=1, initiative="INI")
        for i, k in (("jira:1", "KR-9"), ("jira:1", "KR-1"), ("jira:4", "KR-90"))
    ]
    each = ("KR-9", "KR-1", "KR-90")
    return {
        "key_results": rows,
        "key_results_daily": [dict(one) for one in rows],
        "key_results_restated": [{**one, "restated_by": RUN} for one in rows],
        "objectives": [
            row("objectives", objective_id="O-1", title="Sell", team="Sales", **objective),
            row("objectives", objective_id="O-2", title="Build", parent_id="O-3", **objective),
            row("objectives", objective_id="O-3", title=OBJECTIVE, team="People", **objective),
        ],
        "rollups": [
            {"level": "company", "subject": "Acme", "cycle_id": "2026-Q4", "method": "mean"}
        ],
        "teams": [
            row("teams", team=t, state="open", declared=True, key_results=2, parent="People")
            for t in ("Sales", "People")
        ],
        "initiatives": [
            row("initiatives", initiative_id=f"jira:{n}", active_links=2, source="jira")
            for n in range(1, 5)
        ],
        "initiative_weeks": [
            row(
                "initiative_weeks",
                initiative_id=f"jira:{n}",
                week_starts_on=DAY,
                key_results=n,
                linked=True,
            )
            for n in range(1, 5)
        ],
        "new_work": [
            row(
                "new_work",
                initiative_id=f"jira:{n}",
                first_seen_at=dt.datetime(2026, 11, 28, tzinfo=dt.UTC),
                teams=teams,
            )
            for n, teams in ((1, ["Sales", "People"]), (2, ["Sales"]), (4, ["Sales"]))
        ],
        "key_result_weeks": [
            row("key_result_weeks", key_result_id=k, cycle_id="2026-Q4", week_starts_on=DAY)
            for k in each
        ],
        "links": linked,
        "link_history": spans,
        "suggestions": suggested,
        "suggestion_trials": tried,
        "check_ins": [row("check_ins", key_result_id=k, record_id=f"c-{k}") for k in each],
        "measurements": [
            row("measurements", key_result_id=k, record_id=READING if k == "KR-9" else f"m-{k}")
            for k in each
        ],
        "kpis": [
            row("kpis", kpi_id="K-1", team="People", source="files"),
            row("kpis", kpi_id="K-2", team="Sales", source="files"),
        ],
        "findings": found,
        "decisions": [
            row(
                "decisions",
                **{"undoes": None, "finding_subject": None, "finding_said": None, **one},
            )
            for one in DECIDED
        ],
        "cycles": [{"cycle_id": "2026-Q4", "phase": "running", "length": 92, "elapsed": 59}],
        "changes": [row("changes", key_result_id=k, number=1, cycle_id="2026-Q4") for k in each],
        "calibration": [
            row("calibration", cycle_id=c, method="computed", part="team", value=t, state="enough")
            for c in ("2026-Q3", "2026-Q4")
            for t in ("Sales", "People")
        ],
        "scores": [row("scores", key_result_id=k, cycle_id="2026-Q4") for k in each],
        "adoption": [
            row("adoption", team=team, cycle_id=cycle, week_starts_on=DAY, key_results=2)
            for cycle in ("2026-Q3", "2026-Q4")
            for team in ("Sales", "People")
        ],
        "rollout": [
            row(
                *("rollout",),
                **{"wave": wave, "kind": kind, "item": "x", "teams": teams},
                **{"sentence": f"{SAID} {LEFT} {said}", "state": "open", "how": "computed"},
            )
            for wave, kind, teams, said in (
                ("", "decision", None, "North from 2026-12-07 and South"),
                ("North", "gate", ["Product", "Sales"], ""),
                ("South", "gate", ["People"], ""),
            )
        ],
        "sources": [row("sources", source="files", state="complete")],
    }
