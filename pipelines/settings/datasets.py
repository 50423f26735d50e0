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

from pydantic import BeforeValidator, Field, field_validator, model_validator

from connectors.registry import SOURCE_FACTS
from okr_model.entities.derived.chosen_teams import ANY
from okr_model.languages.locales import find_locale
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
    "objectives": (
        "id", "title", "team", "parent", "cycle", "owner", "level", "closed_as", "lesson",
    ),
    "key_results": (
        "id", "statement", "objective", "team", "cycle", "owner", "kind", "unit",
        "baseline", "target", "target_high", "start", "due", "phases", "ambition", "rationale",
        "measure", "tolerance", "weight", "path", "initiatives", "closed_as", "lesson",
        "carried_from",
    ),
    "check_ins": (
        "key_result", "date", "confidence", "value", "note", "author",
        "changed", "cause", "impediment", "impediment_kind", "impediment_owner",
        "impediment_since", "next_action", "action_owner", "action_due", "action_done",
        "last_action_done", "adjustment", "depends_on", "dependency_confirmed",
    ),
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


Words = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]
"""One word or several."""


class CommentSettings(Part):
    """How people write a check-in in a comment."""

    begins: Words = Field(
        default=("Check-in",),
        min_length=1,
        description="What such a comment begins with, in any case; one or several.",
    )
    value: Words = Field(
        default=("value",),
        min_length=1,
        description="Words before the value; without one, the first figure.",
    )
    confidence: Words = Field(
        default=("confidence",), min_length=1, description="Words before the confidence level."
    )
    locale: str | None = Field(
        default=None, description="How numbers are written in comments, such as de_DE."
    )

    @field_validator("begins", "value", "confidence")
    @classmethod
    def _are_words(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(word.strip() for word in value):
            raise ValueError("write at least one letter.")
        return value

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, value: str | None) -> str | None:
        if value is not None and not find_locale(value):
            raise ValueError(f"{value!r} is not a locale; write one such as de_DE.")
        return value


def _as_names(teams: object) -> object:
    """``team-*``, several such, or value -> name: as the latter."""
    patterns = [teams] if isinstance(teams, str) else teams
    if not isinstance(patterns, list | tuple) or not all(isinstance(p, str) for p in patterns):
        return teams
    return {one: ANY if ANY in one else one for one in patterns}


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

    teams: Annotated[dict[str, str], BeforeValidator(_as_names)] = Field(
        default_factory=dict,
        description="Which values of the field team are teams, such as team-* among labels (* "
        "stands for any text, and that is the team's name), one or several; or value -> name.",
        json_schema_extra={"type": ["string", "array", "object"]},
    )
    comments: CommentSettings | None = Field(
        default=None,
        description="Of check_ins from jira or notion: they are comments on Key Results, in place "
        "of records with fields. All keys have defaults: comments: {}.",
    )

    @model_validator(mode="after")
    def _teams_fit(self) -> Self:
        if self.teams and "team" not in self.fields:
            raise ValueError(
                "teams: says which values of a field are teams; map that field: fields: {team: …}."
            )
        if any(pattern.count(ANY) > 1 or not pattern.strip() for pattern in self.teams):
            raise ValueError(f"teams: a value has at most one {ANY}, such as team-*.")
        return self

    @model_validator(mode="after")
    def _comments_fit(self) -> Self:
        if self.comments is None:
            return self
        if self.holds != "check_ins" or self.source not in ("jira", "notion"):
            raise ValueError("only check_ins from jira or notion can be comments.")
        if self.fields:
            raise ValueError("check-ins are read from fields: or from comments:, not from both.")
        if self.source == "jira" and not self.where.get("issue_type"):
            raise ValueError(
                "comments from jira need where: {issue_type: …}: they are read of these issues"
                " only, such as: where: {issue_type: Key Result}."
            )
        return self

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
        is_mapped = self.source != "jira" or self.holds not in ("initiatives", "activity")
        if is_mapped and self.comments is None:
            missing = [n for n in REQUIRED_FIELDS.get(self.holds, ()) if n not in self.fields]
            if missing:
                raise ValueError(f"{self.holds} needs fields for {', '.join(missing)}.")
        return self

    @property
    def mapping(self) -> str:
        """What tells it from other datasets over the same place, whatever their order."""
        parts: list[object] = [sorted(self.where.items()), sorted(self.fields.items())]
        if self.teams:
            parts.append(list(self.teams.items()))
        if self.comments:
            parts.append(self.comments.model_dump())
        return json.dumps(parts)

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


_LONGEST_SETTLING = 366
_SETTLE = re.compile(r"(\d+) *(?:(weeks?)|days?)", re.IGNORECASE)


def settle_days(text: str) -> int:
    """The number of days in ``5 days`` or ``1 week``.

    Raises:
        ValueError: It is neither, or more than a year.
    """
    match = _SETTLE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"settle: {text!r} is not a number of days. Write it such as 5 days.")
    days = int(match[1]) * (7 if match[2] else 1)
    if days > _LONGEST_SETTLING:
        raise ValueError(f"settle: {text!r} is more than a year ({_LONGEST_SETTLING} days).")
    return days


class MeasureSettings(Part):
    """How Key Results are measured; several measures in the order of precedence.

    A text that is no measure is not refused here: it must not stop the other Key Results.
    """

    key_result: tuple[str, ...] = Field(description="The Key Result or Key Results it measures.")
    measure: tuple[str, ...] = Field(
        min_length=1,
        description="Such as: median of resolution time from jira where project = SUP over 28 days."
        " See docs/measures.md.",
    )

    settle: str | None = Field(
        default=None,
        description="Such as 5 days, for figures whose books close late: a day's value is shown at"
        " once, and judged only after so many days.",
    )

    @field_validator("settle")
    @classmethod
    def _is_a_number_of_days(cls, value: str | None) -> str | None:
        settle_days(value or "0 days")
        return value

    @property
    def settle_days(self) -> int:
        """After how many days a value is settled; 0: at once."""
        return settle_days(self.settle) if self.settle else 0

    @field_validator("key_result", "measure", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value
