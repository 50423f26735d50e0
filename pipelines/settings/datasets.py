"""The datasets in ``okr.yaml``: what lives where, and which field means what.

What belongs here: the form of a dataset and what can be wrong with it by itself. What does not:
what only several settings together can get wrong (``settings``), and reading datasets
(``pipelines.datasets``).
"""

from __future__ import annotations

import difflib
import json
import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from connectors.registry import SOURCE_FACTS
from okr_model.measures.parser import parse_measure
from pipelines.settings.base import Part
from pipelines.settings.sources import SourceName

Holds = Literal[
    "objectives",
    "key_results",
    "check_ins",
    "initiatives",
    "links",
    "measurements",
    "kpis",
    "activity",
    "table",
]


CANONICAL_FIELDS: dict[str, tuple[str, ...]] = {
    "objectives": ("id", "title", "team", "parent", "cycle", "owner", "level"),
    "key_results": (
        "id", "statement", "objective", "team", "cycle", "owner", "kind", "unit",
        "baseline", "target", "target_high", "start", "due", "phases", "ambition", "rationale",
        "measure", "tolerance", "weight", "initiatives",
    ),
    "check_ins": ("key_result", "date", "confidence", "value", "note", "author"),
    "initiatives": ("id", "title", "parent", "team", "owner", "status", "due", "key_result"),
    "links": ("initiative", "key_result", "weight"),
    "measurements": ("key_result", "date", "value"),
    "kpis": ("id", "name", "team", "date", "value", "low", "high"),
    "activity": (),
    "table": (),
}  # fmt: skip
"""What each kind of dataset may map, by the model's own names."""


REQUIRED_FIELDS: dict[str, tuple[str, ...]] = {
    "objectives": ("id", "title"),
    "key_results": ("id", "target"),
    "check_ins": ("key_result", "date", "confidence"),
    "links": ("initiative", "key_result"),
    "measurements": ("key_result", "date", "value"),
    "kpis": ("id", "date", "value"),
}


def in_words(holds: str) -> str:
    """What a dataset holds, as sentences name it."""
    return holds.replace("check_ins", "check-ins").replace("_", " ")


class SheetPlace(Part):
    """A table on a tab of a spreadsheet."""

    spreadsheet: str = Field(description="The long id in the spreadsheet's address.")
    tab: str = Field(description="The tab's name.")
    header_row: int | None = Field(
        default=None, ge=1, description="The row with the headers; found by itself if left out."
    )


class Dataset(Part):
    """One place that holds one kind of content."""

    holds: Holds = Field(description="What its rows are.")
    source: SourceName = Field(alias="from", description="Which source it is read from.")
    place: str | SheetPlace | None = Field(
        default=None,
        description="Notion: database or data source id. Sheets: {spreadsheet, tab}. Jira: none. "
        "Files: a name such as weekly.csv, or a pattern such as weekly-*.csv.",
    )
    where: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict,
        description="Jira only: which issues, by issue_type, project, status, status_category, "
        "priority and labels: present or former names, in any case, or ids.",
    )
    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")] | None = Field(
        default=None, description="Of a table: what measures call it."
    )
    fields: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict,
        description="The model's field -> the source's field, property or column, by name or id. "
        "An initiative may name its Key Results in several: key_result: [one, another].",
    )

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        known = CANONICAL_FIELDS[self.holds]
        for name, wanted in self.fields.items():
            if not isinstance(wanted, str) and (self.holds, name) != ("initiatives", "key_result"):
                raise ValueError(f"{self.holds}: {name} can be read from one field only.")
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f" Did you mean {close[0]}?" if close else f" Known: {', '.join(known)}."
                raise ValueError(f"{self.holds} has no field {name!r}.{hint}")
        if (
            self.holds == "initiatives"
            and self.source in ("jira", "notion")
            and "id" in self.fields
        ):
            raise ValueError(
                f"initiatives from {self.source} have ids of their own; only a sheet's or a file's "
                "may name a column as id."
            )
        if self.source != "jira" or self.holds not in ("initiatives", "activity"):
            missing = [n for n in REQUIRED_FIELDS.get(self.holds, ()) if n not in self.fields]
            if missing:
                raise ValueError(f"{self.holds} needs fields for {', '.join(missing)}.")
        return self

    @property
    def mapping(self) -> str:
        """What tells it from other datasets over the same place, whatever their order."""
        return json.dumps([sorted(self.where.items()), sorted(self.fields.items())])

    @property
    def single_fields(self) -> dict[str, str]:
        """The mapped fields, but for those in which an initiative names its Key Results."""
        return {
            name: wanted
            for name, wanted in self.fields.items()
            if isinstance(wanted, str) and wanted not in self.link_fields
        }

    @property
    def link_fields(self) -> tuple[str, ...]:
        """The fields in which an initiative names its Key Results."""
        if self.holds != "initiatives":
            return ()
        wanted = self.fields.get("key_result", ())
        return (wanted,) if isinstance(wanted, str) else wanted

    @model_validator(mode="after")
    def _place_fits(self) -> Self:
        place, facts = self.place, SOURCE_FACTS[self.source].place
        fits = {
            "none": place is None,
            "text": isinstance(place, str) and bool(re.fullmatch(facts.pattern, place)),
            "tab": isinstance(place, SheetPlace),
        }[facts.kind]
        if not fits:
            raise ValueError(f"a dataset from {self.source} needs {facts.hint}.")
        if (self.holds == "table") != (self.name is not None):
            raise ValueError("a dataset has a name if, and only if, it holds: table.")
        if (self.source, self.holds) == ("jira", "links"):
            raise ValueError("a table of links is of notion, sheets or files, not of jira.")
        if (self.source, self.holds) == ("jira", "table"):
            raise ValueError("a table is of notion, sheets or files; measures name jira itself.")
        if (self.source, self.holds) == ("files", "activity"):
            raise ValueError("activity is read from jira alone; files may hold everything else.")
        return self


class MeasureSettings(Part):
    """How Key Results are measured; several measures in the order of precedence."""

    key_result: tuple[str, ...] = Field(description="The Key Result or Key Results it measures.")
    measure: tuple[str, ...] = Field(
        min_length=1,
        description="Such as: median of resolution time from jira where project = SUP over 28 days."
        " See docs/measures.md.",
    )

    @field_validator("key_result", "measure", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("measure")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parse_measure(text)
        return value
