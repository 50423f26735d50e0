"""The Objectives and Key Results of Elsterwerk as issues; see ``definition.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.company.adf import Node, bullets, document, mention, paragraph, strong
from tests.second_company.jira_site import (
    INES,
    JANA,
    MEHMET,
    PIOTR,
    Draft,
    Said,
    Step,
)


def objectives() -> list[Draft]:
    def objective(number: int, title: str, *labels: str) -> Draft:
        return Draft(
            f"OKR-{number}", "Objective", title, "09-21 10:00", began={"labels": labels},
            assignee=JANA,
        )  # fmt: skip

    return [
        objective(1, "Drivers trust the dispatch app", "team-dispatch", "q4"),
        objective(2, "Invoices are right the first time", "team-billing", "q4"),
        objective(3, "People stay with Elsterwerk", "q4"),
        objective(4, "Gold customers get what they ask for", "q4", "team-dispatch"),
    ]


def key_results() -> list[Draft]:
    def key_result(
        number: int | str,
        objective: int,
        title: str,
        log: Sequence[Step] = (),
        comments: Sequence[Said] = (),
        *,
        labels: Sequence[str] = (),
        description: Node | None = None,
        **fields: Any,
    ) -> Draft:
        owner = {1: JANA, 2: MEHMET, 3: INES, 4: JANA}[objective]
        key = number if isinstance(number, str) else f"OKR-{number}"
        return Draft(
            key, "Key Result", title, "09-28 11:00", log,
            {"labels": labels, "due": "2026-12-31", **fields}, description,
            f"OKR-{objective}", (), comments, owner,
        )  # fmt: skip

    return [
        key_result(
            11, 1, "Share of proposed routes that drivers accept unchanged",
            [
                ("10-09 16:10", {"current": 64.5}),
                ("10-16 16:02", {"current": 66}),
                ("10-30 15:45", {"current": 71}),
                ("11-06 14:00", {"current": 7.1}),
                ("11-06 15:00", {"current": 71.8}),
                ("11-13 16:00", {"current": 73.4}),
                ("11-20 16:00", {"current": 74.2}),
            ],
            [
                Said("10-02 09:00", JANA, "Check-ins are on Fridays, please."),
                Said("10-16 16:05", JANA, "Check-in: 66 %, Zuversicht hoch, next: nights"),
                Said(
                    "10-30 16:00", JANA,
                    document(
                        paragraph(strong("Check-in")),
                        paragraph("Wert: 71 %"),
                        paragraph("Zuversicht: mittel"),
                        paragraph("Nur die Tagschicht, ", mention(PIOTR.account_id, PIOTR.name)),
                    ),
                    edited="11-02 09:30",
                ),
                Said("11-13 16:20", JANA, "Check-in: 73,4 %; Zuversicht: hoch; weiter so"),
            ],
            unit="%", kind="increase", baseline=62, target=80, labels=["team-dispatch"],
            description=document(
                paragraph("Accepted without any change, by ", strong("all drivers"), "."),
                bullets("source: dispatch log", "entered by hand every Friday"),
            ),
        ),
        key_result(
            12, 1, "Bugs in the driver app are fixed in two days instead of five",
            unit="days", kind="decrease", baseline=5, target=2, labels=["team-dispatch"],
        ),
        key_result(
            13, 1, "No more than five tickets come back this quarter",
            kind="at most", target=5, labels=["team-dispatch"],
        ),
        key_result(
            14, 1, "Offline mode: 40 points of version 5.0 are done",
            [("10-12 10:00", {"target": 40})],
            unit="points", kind="increase", baseline=0, target=30, due="2026-12-15",
            labels=["team-dispatch"],
        ),
        key_result(
            15, 4, "Six wishes of Gold customers in sprint 12",
            kind="increase", baseline=0, target=6,
        ),
        key_result(16, 4, "At most two stories start over", kind="at most", target=2),
        key_result(
            21, 2, "From start to done in four days",
            comments=[
                Said("11-06 11:00", MEHMET, "Check-in - Zuversicht niedrig, zwei Leute krank"),
                Said("11-13 11:00", MEHMET, "Check-in: läuft"),
            ],
            unit="Tage", kind="decrease", baseline=7, target=4,
        ),
        key_result(
            22, 2, "The new invoice layout is complete",
            unit="%", kind="increase", baseline=0, target=100, due="2026-11-30",
        ),
        key_result(
            23, 2, "Somebody looks at a billing bug within two working hours",
            unit="working hours", kind="decrease", baseline=8, target=2,
        ),
        key_result(
            24, 2, "Customers rate our invoices 8.5 or better",
            comments=[
                Said("10-23 17:00", MEHMET, "Check-in: 7,9, mittel"),
                Said("11-05 09:00", MEHMET, "Statusmeldung: Wert 8,1; Zuversicht mittel; 40 Mails"),
                Said("11-10 09:00", PIOTR, "Where do these answers come from?"),
                Said("11-19 09:00", MEHMET, "Check-in: 8,2 | mittel"),
                Said("11-19 15:30", PIOTR, "Check-in: 8,3 | hoch | drei Antworten fehlten"),
            ],
            kind="at least", target=8.5,
        ),
        key_result(
            25, 2, "The dunning rework is done by its estimate",
            unit="%", kind="increase", baseline=0, target=90,
        ),
        key_result(
            31, 3, "Fewer people leave within their first year",
            [
                ("10-05 10:00", {"current": 11}),
                ("11-02 23:45", {"current": 9.5}),
                ("11-04 09:15", {"target": 8}),
            ],
            [Said(
                "11-04 09:20", INES,
                "Check-in: Zuversicht mittel\nZiel von 6 auf 8 geändert: zwei gingen im Oktober.",
            )],
            unit="%", kind="decrease", baseline=12, target=6, current=12,
        ),
        key_result(
            32, 3, "The works agreement on remote work is signed",
            comments=[Said("11-12 00:10", INES, "Check-in: nein, Zuversicht: niedrig")],
            kind="yes/no", due="2026-11-30",
        ),
        key_result(
            "STR-4", 3, "Employees recommend us (eNPS)",
            [
                ("10-07 09:00", {"moved": "OKR-33"}),
                ("10-19 12:00", {"current": 21}),
                ("11-16 12:00", {"current": 24}),
            ],
            kind="increase", baseline=18, target=30, current=18,
            labels=["team-dispatch", "Team-Billing", "enps"],
        ),
    ]  # fmt: skip
