"""The issues of Elsterwerk, as its people made and changed them; see ``definition.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.company.adf import card, document, paragraph
from tests.second_company.jira_site import (
    BIL_ACCEPTANCE,
    DONE,
    FLT_ACCEPTANCE,
    IN_PROGRESS,
    INES,
    MEHMET,
    REJECTED,
    REVIEW,
    TO_DO,
    Draft,
    Step,
)
from tests.second_company.okr_issues import key_results, objectives


def all_issues() -> list[Draft]:
    """Every issue, in the order of their ids."""
    return [
        *objectives(),
        *key_results(),
        *_epics(),
        *_driver_bugs(),
        *_version_stories(),
        *_gold_stories(),
        *_moved_back(),
        *_billing_stories(),
        *_below_epics(),
        *_billing_bugs(),
        *_chores(),
    ]


def _epics() -> list[Draft]:
    def epic(key: str, title: str, log: Sequence[Step] = (), **more: Any) -> Draft:
        began = more.pop("began", {})
        return Draft(key, "Epic", title, "10-01 09:00", log, began, **more)

    started: list[Step] = [("10-05 09:00", {"status": IN_PROGRESS})]
    link = document(paragraph("Serves ", card("https://elsterwerk.atlassian.net/browse/OKR-14")))
    aside = document(paragraph("Not for OKR-11, although drivers may notice."))
    vision = document(paragraph("Because of OKR-1 we should rethink the colours."))
    return [
        epic("FLT-1", "Explain the proposed route", started, parent="OKR-11"),
        epic("FLT-2", "Crash reports", started, began={"supports": "okr-12"}),
        epic("FLT-3", "Acceptance checklists", linked=["OKR-13"]),
        epic("FLT-4", "Offline mode", started, description=link),
        epic("FLT-5", "New colours", description=vision),
        epic("BIL-6", "Team days", [("10-20 14:00", {"moved": "FLT-6"})],
             began={"supports": "STR-4"}, assignee=INES),
        epic("FLT-7", "Gold programme", began={"supports": "OKR-15, OKR-16"}),
        epic("BIL-1", "Invoice layout", started, parent="OKR-22", assignee=MEHMET),
        epic("BIL-2", "Smaller stories", began={"labels": ["okr-21", "process"]}, assignee=MEHMET),
        epic("BIL-3", "Ask customers about invoices (OKR-24)", assignee=MEHMET),
        epic("BIL-4", "Dunning", started, parent="OKR-25", description=aside, assignee=MEHMET),
        epic("BIL-5", "Archive of paper invoices", assignee=None),
    ]  # fmt: skip


def begun(when: str) -> Step:
    """Work on it began."""
    return when, {"status": IN_PROGRESS}


def done(when: str) -> Step:
    """It was resolved as Done."""
    return when, {"status": DONE}


def _driver_bugs() -> list[Draft]:
    def bug(key: str, created: str, *log: Step, labels: Sequence[str] = ("driver-app",)) -> Draft:
        return Draft(key, "Bug", f"Driver app: fault {key}", created, log, {"labels": labels})

    return [
        bug("FLT-101", "10-20 09:00", begun("10-21 09:00"), done("10-26 09:00")),
        bug("FLT-102", "10-22 12:00", done("10-24 23:30")),
        bug("FLT-103", "11-02 10:00", begun("11-02 11:00"), done("11-04 10:00")),
        bug("FLT-104", "11-05 08:00", done("11-08 08:00")),
        bug("FLT-105", "11-09 09:00", begun("11-09 09:05"), done("11-10 21:00")),
        bug(
            "FLT-106", "11-10 10:00", done("11-12 10:00"),
            ("11-13 09:00", {"status": IN_PROGRESS}), done("11-17 10:00"),
        ),
        bug("FLT-107", "11-12 09:00", done("11-15 09:00"), ("11-18 09:00", {"status": TO_DO})),
        bug("FLT-108", "11-10 09:00", done("11-10 21:00"), labels=["web"]),
        bug(
            "FLT-109", "11-02 08:00", done("11-06 08:00"),
            ("11-16 12:00", {"labels": ["crash", "driver-app"]}), labels=["crash"],
        ),
        bug("BIL-110", "11-09 09:00", ("11-11 10:00", {"moved": "FLT-110"}), done("11-13 09:00")),
        bug("FLT-111", "11-16 08:00", ("11-16 14:00", {"status": REJECTED})),
        bug(
            "FLT-112", "09-20 09:00", done("09-29 12:00"),
            ("09-30 23:30", {"status": IN_PROGRESS}), done("10-02 12:00"),
        ),
        bug(
            "FLT-113", "10-10 09:00", done("10-13 12:00"), ("10-14 09:00", {"status": IN_PROGRESS}),
            done("10-19 12:00"), ("10-20 09:00", {"status": TO_DO}), done("10-22 12:00"),
        ),
        bug(
            "BIL-113", "10-10 09:00", done("10-13 12:00"), ("10-14 09:00", {"status": TO_DO}),
            labels=["invoice"],
        ),
    ]  # fmt: skip


def _version_stories() -> list[Draft]:
    def story(key: str, points: int | None, versions: Sequence[str], *log: Step) -> Draft:
        began = {"versions": versions} | ({} if points is None else {"points": points})
        return Draft(key, "Story", f"Offline: part {key}", "09-22 09:00", log, began, None, "FLT-4")

    return [
        story("FLT-21", 8, ["5.0"], done("10-08 12:00")),
        story("FLT-22", 3, ["5.0"], ("10-12 09:00", {"points": 5}), done("10-15 12:00")),
        story("FLT-23", 13, ["4.9"], done("10-29 12:00"), ("11-03 09:00", {"versions": ["5.0"]})),
        story("FLT-24", 8, ["5.0"], done("11-05 12:00"), ("11-10 09:00", {"versions": ["5.1"]})),
        story("FLT-25", 3, ["5.0"], done("09-29 12:00")),
        story("FLT-26", None, ["5.0"], done("11-12 12:00")),
        story("FLT-27", 5, ["5.0"], done("11-11 12:00"), ("11-17 09:00", {"status": REVIEW})),
        story("FLT-28", 8, ["4.9", "5.0"], done("11-18 12:00")),
        Draft("BIL-40", "Story", "Offline invoices", "10-02 09:00", [done("10-30 09:00")],
              {"versions": ["5.0"], "points": 20}),
    ]  # fmt: skip


def _gold_stories() -> list[Draft]:
    def story(key: str, tier: str, sprints: Sequence[str], *log: Step) -> Draft:
        began = {"tier": tier, "sprints": sprints}
        return Draft(key, "Story", f"Wish {key}", "10-06 09:00", log, began, None, "FLT-7")

    resolved = done("11-12 12:00")
    return [
        story("FLT-61", "Gold", ["FLT 12"], resolved),
        story("FLT-62", "Silver", ["FLT 12"], ("11-05 09:00", {"tier": "Gold"}), resolved),
        story(
            "FLT-63",
            "Gold",
            ["FLT 11"],
            ("10-30 17:00", {"sprints": ["FLT 11", "FLT 12"]}),
            resolved,
        ),
        story("FLT-64", "Gold", ["FLT 11"], done("10-28 12:00")),
        story("FLT-65", "Silver", ["FLT 12"], resolved),
        story("FLT-66", "Gold", ["FLT 12"], begun("11-10 12:00")),
    ]


def _moved_back() -> list[Draft]:
    def story(key: str, component: str, created: str, *days: str) -> Draft:
        log: list[Step] = [("09-11 09:00", {"status": IN_PROGRESS})]
        for day in days:
            log.append((f"{day} 10:00", {"status": TO_DO}))
            log.append((f"{day} 16:00", {"status": IN_PROGRESS}))
        return Draft(key, "Story", f"Story {key}", created, log, {"components": [component]})

    return [
        story("FLT-71", "API", "09-10 09:00", "10-07"),
        story("FLT-72", "Web app", "09-10 09:00", "10-13", "11-04"),
        story("FLT-73", "Mobile", "09-10 09:00", "10-15"),
        story("FLT-74", "API", "09-10 09:00", "09-24"),
        story("FLT-75", "API", "09-10 09:00"),
    ]


def _billing_stories() -> list[Draft]:
    def story(key: str, *log: Step, kind: str = "Story") -> Draft:
        return Draft(key, kind, f"Billing {key}", "10-12 09:00", log, {}, None, "BIL-2",
                     assignee=MEHMET)  # fmt: skip

    return [
        story("BIL-21", begun("10-27 09:00"), done("10-28 09:00")),
        story("BIL-22", begun("10-30 09:00"), done("11-04 09:00")),
        story("BIL-23", begun("11-09 09:00"), done("11-11 09:00")),
        story(
            "BIL-24", begun("11-10 09:00"), ("11-12 09:00", {"status": TO_DO}),
            begun("11-16 09:00"), done("11-18 09:00"),
        ),
        story(
            "BIL-25", begun("11-03 09:00"), done("11-03 21:00"),
            ("11-19 09:00", {"moved": "FLT-30"}),
        ),
        story(
            "FLT-29", begun("10-29 09:00"), ("11-02 12:00", {"moved": "BIL-26"}),
            done("11-05 09:00"),
        ),
        story("BIL-27", begun("11-09 09:00"), done("11-09 10:00"), kind="Task"),
        story("BIL-28", begun("11-09 09:00"), ("11-10 09:00", {"status": REVIEW})),
        story("BIL-29", begun("10-20 09:00"), done("10-20 11:00")),
    ]  # fmt: skip


def _below_epics() -> list[Draft]:
    def below(key: str, epic: str, *log: Step, points: int | None = None) -> Draft:
        began = {} if points is None else {"points": points}
        return Draft(key, "Task", f"Part {key}", "10-05 09:00", log, began, None, epic,
                     assignee=MEHMET)  # fmt: skip

    def now(status: int, when: str = "10-21 12:00") -> Step:
        return when, {"status": status}

    return [
        below("BIL-31", "BIL-1", now(DONE)),
        below("BIL-32", "BIL-1", now(IN_PROGRESS, "10-09 12:00"), now(DONE, "11-06 12:00")),
        below("BIL-33", "BIL-1", now(REJECTED)),
        below("BIL-34", "BIL-1", now(DONE, "11-19 12:00")),
        below("BIL-35", "BIL-1", now(BIL_ACCEPTANCE, "11-20 12:00")),
        below("BIL-36", "BIL-1"),
        below("BIL-37", "BIL-1", now(DONE), now(IN_PROGRESS, "11-12 12:00")),
        below(
            "BIL-38", "BIL-1", ("10-26 09:00", {"moved": "FLT-31"}),
            now(FLT_ACCEPTANCE, "11-09 12:00"),
        ),
        below("BIL-41", "BIL-4", now(DONE), points=5),
        below("BIL-42", "BIL-4", now(IN_PROGRESS), points=8),
        below("BIL-43", "BIL-4", now(DONE, "11-13 12:00"), points=3),
        below("BIL-44", "BIL-4", now(DONE, "11-13 13:00")),
    ]  # fmt: skip


def _billing_bugs() -> list[Draft]:
    def bug(key: str, created: str, when: str) -> Draft:
        log = [begun(when)]
        return Draft(key, "Bug", f"Wrong amount {key}", created, log, assignee=MEHMET)

    return [
        bug("BIL-51", "11-17 15:00", "11-19 11:00"),
        bug("BIL-52", "11-13 16:00", "11-16 10:00"),
        bug("BIL-53", "11-10 09:00", "11-10 15:00"),
        bug("BIL-54", "11-14 12:00", "11-16 12:00"),
        bug("BIL-55", "11-03 12:00", "11-04 12:00"),
    ]


def _chores() -> list[Draft]:
    """Work that serves nothing in particular, as most of a Jira is."""
    made = []
    for number in range(60):
        project, created = ("FLT", "BIL")[number % 2], f"10-{1 + number % 28:02} 1{number % 9}:15"
        log: list[Step] = []
        if number % 3:
            log.append((f"11-{1 + number % 9:02} 10:00", {"status": IN_PROGRESS}))
        if number % 3 == 2:
            log.append((f"11-{10 + number % 9} 10:00", {"status": DONE}))
        key, began = f"{project}-{200 + number}", {"labels": ["chore"], "points": 1 + number % 5}
        made.append(Draft(key, "Task", f"Chore {number}", created, log, began))
    return made
