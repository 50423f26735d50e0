"""The review tab as a person sees it: rows by header, edits by hand, and what the log says."""

from __future__ import annotations

import copy
import itertools
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd

from okr_model.review.questions import HEADERS
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.nightly_review import TAB_NUMBER, record_answers, update_tab
from pipelines.review.state import Review, review_of
from sandbox.server.google.service_account import EMAIL
from sandbox.server.google.sheets.a1 import column_letters
from sandbox.server.google.sheets.store import Cell, Sheet
from tests.support.company import Company, copy_of

_numbers = itertools.count(1)


def _new_id() -> str:
    return f"review-desk-{next(_numbers):04}"


class Desk:
    """A company with a review tab of its own, in a spreadsheet that nothing else uses.

    Args:
        company: Its settings get the tab.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self.drive = company.box.sheets
        self.id = _new_id()
        self.drive.add_spreadsheet(self.id, "Link review")
        self.drive.share(self.id, EMAIL)
        # However unlikely: what is asked about must not depend on what the evidence is worth.
        asked = "  suggestions: {least_chance: 0}\n"
        review = f"links:\n{asked}  review: {{spreadsheet: {self.id}}}\n"
        text = company.settings.read_text("utf-8")
        assert "\nlinks:\n" in text
        company.settings.write_text(text.replace("\nlinks:\n", "\n" + review), "utf-8")

    def copy(self, folder: Path) -> Desk:
        """The same company and tab once more, to be worked on apart from these."""
        other = copy.copy(self)
        other.company = copy_of(self.company, folder)
        other.id = _new_id()
        text = other.company.settings.read_text("utf-8")
        other.company.settings.write_text(text.replace(self.id, other.id), "utf-8")
        self.drive.files[other.id] = copy.deepcopy(self.drive.files[self.id])
        self.drive.files[other.id].id = other.id
        return other

    @property
    def project(self) -> Project:
        """A new reader's."""
        return Project(self.company.settings, with_secrets=False)

    @property
    def sheet(self) -> Sheet:
        return next(one for one in self.drive.files[self.id].sheets if one.sheet_id == TAB_NUMBER)

    @property
    def log(self) -> pd.DataFrame:
        return DecisionLog(self.project.paths.decisions).frame()

    def take(self, *, again: bool = False) -> Review:
        with mock.patch.dict(os.environ, self.company.environment):
            project = Project(self.company.settings)
            record_answers(project, again=again)
            return self._said(project)

    def bring(self, run: str = "run") -> Review:
        with mock.patch.dict(os.environ, self.company.environment):
            project = Project(self.company.settings)
            update_tab(project, run)
            return self._said(project)

    def night(self, run: str = "run") -> Review:
        """What a night does with the tab, without what lies between."""
        taken = self.take()
        brought = self.bring(run)
        assert brought.recorded == taken.recorded
        return brought

    def rows(self) -> list[dict[str, Any]]:
        """The rows below the header, by header; ``place`` is the row's number as people count."""
        cells = self.sheet.cells
        header = {column: cells[0, column].value for row, column in cells if row == 0}
        last = max(row for row, _ in cells)
        return [
            {str(name): cells.get((row, column), Cell()).value for column, name in header.items()}
            | {"place": row + 1}
            for row in range(1, last + 1)
        ]

    def row(self, initiative: str, asked_about: str = "") -> dict[str, Any]:
        (found,) = [
            row
            for row in self.rows()
            if str(row["Initiative"] or "").startswith(initiative)
            and str(row["Asked about"] or "").startswith(asked_about)
        ]
        return found

    def type(self, row: dict[str, Any], **typed: str | None) -> None:
        """Type into a row's cells, named as in HEADERS."""
        header = {
            cell.value: column for (place, column), cell in self.sheet.cells.items() if place == 0
        }
        for name, value in typed.items():
            letters = column_letters(header[HEADERS[name]])
            self.drive.set_cell(self.id, f"'{self.sheet.title}'!{letters}{row['place']}", value)

    def decide(self, row: dict[str, Any], decision: str, correct: str | None = None) -> None:
        """What a careful person types."""
        self.type(row, decision=decision, correct=correct, who="Mei Lin Tan", why="she knows")

    def _said(self, project: Project) -> Review:
        said = review_of(project)
        assert said is not None
        return said


def desk_of(published: Company, folder: Path) -> Desk:
    """A desk on a copy of what is published."""
    return Desk(copy_of(published, folder))
