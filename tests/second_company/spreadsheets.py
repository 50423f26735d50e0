"""The spreadsheet of Elsterwerk's sales team, in German; see ``definition.yaml``."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from sandbox.server.google.sheets.store import Cell, GoogleDrive, Scalar, Tab
from tests.second_company.jira_site import ZONE

SPREADSHEET = "1" + hashlib.sha256(b"OKR Vertrieb").hexdigest()[:43]

Row = list[Cell | Scalar]


def fill(drive: GoogleDrive) -> None:
    """Put the spreadsheet into an empty Drive."""
    drive.add_spreadsheet(
        SPREADSHEET,
        "OKR Vertrieb Q4",
        "de_DE",
        "Europe/Berlin",
        [_goals(), _weekly(), _check_ins(), _initiatives()],
        created_at=datetime(2026, 9, 21, 9, tzinfo=ZONE),
        modified_at=datetime(2026, 11, 16, 8, 30, tzinfo=ZONE),
    )


def _bold(*names: str) -> Row:
    return [Cell(name, bold=True) for name in names]


def _goals() -> Tab:
    """One team and each Objective merged over the rows of their Key Results."""
    more, faster = "Mehr Umsatz mit Bestandskunden", "Schneller vom Angebot zum Auftrag"
    money, share = '#,##0.00 "€"', "0.0%"
    rows: list[Row] = [
        _bold("OKR Vertrieb – 4. Quartal 2026"),
        ["Änderungen bitte nur nach Absprache mit Lena."],
        [],
        _bold("Nr.", "Ziel", "Ergebnis", "Team", "Verantwortlich", "Art", "Ausgangswert",
              "Zielwert", "Einheit", "Fällig"),
        ["VT-1", more, "Auftragseingang mit Bestandskunden", "Vertrieb", "Lena Fuchs", "erhöhen",
         Cell(1234500, money), Cell(1800000, money), "EUR", "31.12.2026"],
        ["VT-3", None, "Anteil verlängerter Verträge", None, "Lena Fuchs", "mindestens",
         None, Cell(0.85, share), None, Cell(date(2026, 12, 31), "dd.mm.yyyy")],
        ["VT-4", None, "Rahmenvertrag mit der Bahn ist unterschrieben", None, "Tom Reuter",
         "ja/nein", "nein", "ja", None, "20. Oktober 2026"],
        ["VT-2", faster, "Zeit vom Angebot bis zum Auftrag", None, "Tom Reuter", "verringern",
         "14,5 Tage", "10 Tage", None, "15. Dezember 2026"],
        ["VT-5", None, "Nachlass je Auftrag", None, "Tom Reuter", "höchstens",
         "1.234,5", "950,00", "EUR", "31.12.2026"],
        [],
        [None, None, "Stand: wird jeden Freitag gepflegt"],
    ]  # fmt: skip
    merges = ("A1:J1", "B5:B7", "B8:B9", "D5:D9")
    return Tab("Ziele", rows, merges=merges, frozen_rows=4)


def _weekly() -> Tab:
    """A header of two rows; a correction stands below what it corrects."""
    euros, day = '#,##0.00 "€"', "dd.mm.yyyy"
    october, november = date(2026, 10, 30), date(2026, 11, 13)
    rows: list[Row] = [
        _bold("Nr.", "Woche", "Kennzahlen"),
        [None, None, *_bold("Wert", "Notiz")],
        ["VT-4", Cell(date(2026, 10, 9), day), "nein", None],
        ["VT-1", Cell(date(2026, 10, 16), day), Cell(1290000, euros), None],
        ["VT-4", "19.10.2026", "ja", "unterschrieben am Montag"],
        ["VT-1", Cell(october, day), "1.401.750,25 €", None],
        ["VT-2", Cell(october, day), "12,5 Tage", None],
        ["VT-3", Cell(october, day), Cell(0.82, "0.0%"), None],
        ["VT-1", Cell(november, day), "1.521.300,50 €", None],
        ["VT-2", "13. November 2026", "11 Tage", None],
        ["VT-3", Cell(november, day), "83,5 %", "ohne Neukunden"],
        ["VT-5", Cell(october, day), "1.180", None],
        ["VT-5", Cell(november, day), "1.102,75", None],
        [],
        ["VT-1", Cell(november, day), Cell(1512300.5, euros), "Korrektur: Zahlendreher"],
        [],
        [None, None, None, "Quelle: Auswertung der Buchhaltung"],
    ]
    return Tab("Wochenwerte", rows, merges=("A1:A2", "B1:B2", "C1:D1"), frozen_rows=2)


def _check_ins() -> Tab:
    friday = Cell(date(2026, 11, 13), "dd.mm.yyyy")
    rows: list[Row] = [
        _bold("Nr.", "Datum", "Zuversicht", "Wert", "Notiz", "Von"),
        ["VT-1", "20. Oktober 2026", "hoch", None, "guter Start", "Lena Fuchs"],
        ["VT-1", friday, "hoch", None, None, "Lena Fuchs"],
        ["VT-2", friday, "niedrig ", "11 Tage", "zwei Angebote liegen beim Einkauf", "Tom Reuter"],
        ["vt-1", friday, "Mittel", None, "Korrektur nach dem Zahlendreher", "Lena Fuchs"],
    ]
    return Tab("Check-ins", rows, frozen_rows=1)


def _initiatives() -> Tab:
    rows: list[Row] = [
        _bold("ID", "Maßnahme", "Wer", "Status", "Zahlt ein auf", "Bis"),
        ["M-1", "Besuche bei den größten Kunden", "Lena Fuchs", "läuft", "VT-1", "30.11.2026"],
        ["M-2", "Vorlage für Angebote", "Tom Reuter", "erledigt", "VT-2, VT-5", None],
        ["M-3", "Erinnerung vor Vertragsende", "Lena Fuchs", "offen", "VT-3", "4. Quartal 2026"],
        ["M-4", "Neue Visitenkarten", "Tom Reuter", "offen", None, None],
        ["M-5", "Gespräche mit der Bahn", "Tom Reuter", "erledigt", "VT–4", "20.10.2026"],
    ]  # fmt: skip
    return Tab("Maßnahmen", rows, frozen_rows=1)
