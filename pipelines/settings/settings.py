"""The schema of ``okr.yaml``: every key with its type, default and meaning.

What belongs here: the settings classes, except those of sources, datasets and thresholds, and
validation across them. What does not: reading the file (``load``).

``okr schema`` generates the JSON schema from these classes, so editors show the descriptions of
the keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from connectors.registry import Sources
from okr_model.links.references import compile_key_pattern
from okr_model.links.suggestions import LEAST_CHANCE
from okr_model.measures.parser import MeasureText
from pipelines import text_embeddings
from pipelines.settings.base import MistakeError, Part
from pipelines.settings.datasets import (
    Dataset,
    MeasureSettings,
    SheetPlace,
)
from pipelines.settings.operation import (
    AlertSettings,
    LogSettings,
    MetricsSettings,
    ScheduleSettings,
    SparkSettings,
)
from pipelines.settings.organization.messages import MessageSettings
from pipelines.settings.organization.organization import Organization
from pipelines.settings.organization.rollout import ensure_waves_apart
from pipelines.settings.organization.teams import TeamList
from pipelines.settings.organization.working_time import WorkingTimeSettings
from pipelines.settings.page import PageSettings
from pipelines.settings.quality import QualitySettings
from pipelines.settings.targets import Targets, ensure_written_apart
from pipelines.settings.thresholds import (
    CalibrationSettings,
    PhaseSettings,
    SignalSettings,
    Thresholds,
)

_SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


class CycleSettings(Part):
    """One OKR cycle; both days belong to it."""

    id: str = Field(
        min_length=1,
        description="Such as 2026-Q4.",
        json_schema_extra={"type": ["string", "integer"]},  # for editors: 2026 is a name, too
    )
    start: dt.date = Field(description="Its first day.")
    end: dt.date = Field(description="Its last day.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"cycle {self.id} ends before it starts.")
        return self


class ReviewSettings(Part):
    """The tab of a Google Sheet in which people decide about links."""

    spreadsheet: str = Field(
        min_length=1,
        description="Id of a spreadsheet of its own, shared with the service account as an editor.",
    )
    tab: str = Field(
        default="Link review", min_length=1, description="The tab's name; created if missing."
    )


class SuggestionSettings(Part):
    """Which links are suggested to people."""

    least_chance: float = Field(
        default=LEAST_CHANCE,
        ge=0,
        le=1,
        description="Nothing less likely is suggested. By default about every second suggestion is "
        "right.",
    )


class LinkSettings(Part):
    """How work names the Key Results it serves."""

    key_pattern: str = Field(
        default=r"KR-\d+",
        description="Regular expression for a Key Result's id as people write it.",
    )

    @field_validator("key_pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        compile_key_pattern(value)
        return value

    suggestions: SuggestionSettings = SuggestionSettings()
    meanings: Literal["automatic"] | bool = Field(
        default="automatic",
        description="Whether suggestions also compare the meaning of texts, not only their words: "
        "on, off, or automatic (if the package is installed). Needs the package wordllama, which "
        "includes its model: pip install wordllama.",
    )

    @field_validator("meanings", mode="before")
    @classmethod
    def _is_a_switch(cls, value: object) -> object:
        switches = {"automatic": "automatic"} | _SWITCHES
        known = switches.get(str(value).casefold())
        if known is None:
            raise ValueError("expected automatic, on or off.")
        return known

    @field_validator("meanings")
    @classmethod
    def _is_installed(cls, value: Literal["automatic"] | bool) -> Literal["automatic"] | bool:
        if value is True and not text_embeddings.is_installed():
            raise ValueError(
                f"the package {text_embeddings.PACKAGE} is not installed. Run pip install "
                f"{text_embeddings.PACKAGE}, or remove this line."
            )
        return value

    aliases: dict[str, str] = Field(
        default_factory=dict,
        description="Former id of a Key Result or Objective -> the one it was renamed to or merged "
        "into. Links, check-ins, measurements, measures and decisions follow it.",
    )
    review: ReviewSettings | None = Field(
        default=None,
        description="A tab in which people decide about links; without it, and without a target of "
        "kind sheet, nothing is ever written to Google.",
    )

    @field_validator("aliases")
    @classmethod
    def _lead_somewhere(cls, value: dict[str, str]) -> dict[str, str]:
        for start in value:
            passed, now = {start}, value[start]
            while now in value and now not in passed:
                passed.add(now)
                now = value[now]
            if now in passed:
                raise ValueError(f"aliases: {start} leads back to {now}, so neither has a new id.")
        return value


class PublishSettings(Part):
    """Where the tables go."""

    duckdb: Path = Field(
        default=Path("published.duckdb"),
        description="The published DuckDB file, relative to the data folder.",
    )
    restate_days: int = Field(
        default=92,
        ge=0,
        description="How many days back a nightly run recomputes published days whose entries came "
        "late or were corrected; older days need okr rebuild. 0: none.",
    )
    by: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = Field(
        default=None,
        description="The local time by which each day's tables are promised, HH:MM; a day that is "
        "published later, or not, is alerted.",
    )

    targets: Targets = Field(
        default=(),
        description="Further places that get the published tables of every run; each may fail "
        "alone.",
    )

    @field_validator("duckdb")
    @classmethod
    def _is_not_the_schema(cls, value: Path) -> Path:
        if value.stem.casefold() == "okr":
            raise ValueError(
                "DuckDB names a file's catalog after it and could not tell it from the schema okr; "
                "choose another name, such as published.duckdb."
            )
        return value


class FileSettings(Part):
    """Who may read what a run writes."""

    group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")] | None = Field(
        default=None,
        description="A group of this machine that may read the data folder and the published "
        "tables. Default: nobody but the account that runs okr.",
    )


class RetentionSettings(Part):
    """How far back what was read, published and logged is kept.

    Published rows are kept for ever, and so are all versions of Objectives and Key Results.
    """

    raw_days: int = Field(
        default=400,
        ge=1,
        description="For how many days every version of a record is kept as it was read, and any "
        "past day can be computed anew. Of earlier ones the newest is kept.",
    )
    published_versions_days: int = Field(
        default=30,
        ge=1,
        description="For how many days the Delta tables of what is published can be read as a run "
        "wrote them.",
    )
    dagster_runs: int = Field(
        default=60, ge=10, description="How many of the latest runs Dagster keeps the events of."
    )


class Settings(Part):
    """The whole of ``okr.yaml``."""

    organization: Organization
    cycles: tuple[CycleSettings, ...] = Field(min_length=1)
    teams: TeamList = ()
    sources: Sources
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    measures: tuple[MeasureSettings, ...] = ()
    working_time: WorkingTimeSettings = WorkingTimeSettings()
    links: LinkSettings = LinkSettings()
    publish: PublishSettings = PublishSettings()
    files: FileSettings = FileSettings()
    retention: RetentionSettings = RetentionSettings()
    schedule: ScheduleSettings | None = None
    thresholds: Thresholds = Thresholds()
    signals: SignalSettings = SignalSettings()
    phases: PhaseSettings = PhaseSettings()
    quality: QualitySettings = QualitySettings()
    calibration: CalibrationSettings = CalibrationSettings()
    page: PageSettings = PageSettings()
    messages: MessageSettings = MessageSettings()
    alerts: AlertSettings = AlertSettings()
    logs: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb",
        description="What computes at the grain of single issues and changes. The tables are the "
        "same; Spark pays only for many millions of changes.",
    )
    spark: SparkSettings = SparkSettings()
    data: Path = Field(
        default=Path("data"),
        description="Folder of the lake and the tables, relative to that of okr.yaml.",
    )
    store: Annotated[str, Field(pattern=r"^(s3|gs|az)://[^/\s@?#]+(/[^\s?#]*)?$")] | None = Field(
        default=None,
        description="An address in an object store, such as s3://bucket/okr, that holds the state,"
        " so that any machine may run the night; the data folder is a copy of it then. Credentials"
        " come from the environment. Needs the package obstore.",
    )
    as_of: dt.date | None = Field(
        default=None, description="Fixes the day that is computed; for samples and trials."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for index, dataset in enumerate(self.datasets):
            if getattr(self.sources, dataset.source) is None:
                raise MistakeError(
                    ("datasets", index, "from"),
                    f"it reads from {dataset.source}, which sources: does not name.",
                )
        self._check_comments()
        self._check_written_places()
        self._check_store()
        if self.messages.agenda_page and self.sources.notion is None:
            raise MistakeError(
                ("messages", "agenda_page"),
                "it needs sources: notion: to sign in with; that may have no datasets.",
            )
        self._check_retention()
        if self.organization.rollout:
            ensure_waves_apart(self.organization.rollout, self.teams)
        names = [dataset.name for dataset in self.datasets]
        if (again := _repeated(names)) is not None:
            raise MistakeError(("datasets", again, "name"), "two datasets have the same name.")
        if not any(dataset.holds == "key_results" for dataset in self.datasets):
            raise MistakeError(
                ("datasets",), "no dataset holds key_results; there would be nothing to publish."
            )
        if (again := _repeated([cycle.id for cycle in self.cycles])) is not None:
            raise MistakeError(("cycles", again, "id"), "two cycles have the same id.")
        return self

    def _check_retention(self) -> None:
        """What a night restates has to be kept."""
        raw, restated = self.retention.raw_days, self.publish.restate_days
        if raw < restated:
            written = "raw_days" in self.retention.model_fields_set
            raise MistakeError(
                ("retention", "raw_days") if written else ("publish", "restate_days"),
                f"retention: raw_days: {raw} is less than publish: restate_days: {restated}; a"
                " night could not recompute so many days. Raise one or lower the other.",
            )

    def _check_comments(self) -> None:
        """Comments are read of pages that are Key Results only: each page costs a request."""
        read = self.datasets_from("notion", "key_results")
        places = {str(dataset.place).replace("-", "") for dataset in read}
        for dataset in self.datasets_from("notion", "check_ins"):
            if dataset.comments and str(dataset.place).replace("-", "") not in places:
                raise MistakeError(
                    ("datasets", self.datasets.index(dataset), "place"),
                    f"comments: {dataset.place} holds no key_results. Check-ins are comments on Key"
                    " Results: name the place of a dataset of key_results.",
                )

    def _check_store(self) -> None:
        """What is written into an object store stays apart from the state."""
        own = f"{(self.store or '').rstrip('/')}/"
        for one in self.publish.targets if self.store else ():
            there = f"{(one.folder or '').rstrip('/')}/"
            if one.in_store and (there.startswith(own) or own.startswith(there)):
                raise MistakeError(
                    ("store",),
                    f"publish: targets: {one.name} writes to {one.folder}, where the state would"
                    " be. Name an address of its own.",
                )

    def _check_written_places(self) -> None:
        """What is written to a service needs credentials, and a place that no dataset reads."""
        written = {f"publish: targets: {one.name}": one.spreadsheet for one in self.publish.targets}
        if review := self.links.review:
            written["links: review"] = review.spreadsheet
        places = [dataset.place for dataset in self.datasets_from("sheets")]
        read = {place.spreadsheet for place in places if isinstance(place, SheetPlace)}
        ensure_written_apart("sheets", written, read, signs_in=self.sources.sheets is not None)
        written = {f"publish: targets: {one.name}": one.database for one in self.publish.targets}
        read = {str(dataset.place) for dataset in self.datasets_from("notion")}
        ensure_written_apart("notion", written, read, signs_in=self.sources.notion is not None)

    def check_measure(self, what: MeasureText) -> None:
        """Reject a measure that reads from a source or table missing in the settings.

        Raises:
            ValueError: There is no such source or table.
        """
        if what.kind == "issues" and self.sources.jira is None:
            raise ValueError(f"“{what.text}” reads from jira, which sources: does not name.")
        tables = {dataset.name: dataset.source for dataset in self.datasets if dataset.name}
        if what.kind in ("rows", "cell", "range") and what.source not in tables:
            known = ", ".join(sorted(map(str, tables))) or "none"
            raise ValueError(
                f"“{what.text}”: no table is named {what.source!r}; known: {known}. Give a dataset"
                " of holds: table that name."
            )
        if what.kind in ("cell", "range") and tables[what.source] != "sheets":
            kind = "cells" if what.kind == "cell" else "named ranges"
            raise ValueError(f"“{what.text}”: only a table from sheets has {kind}.")

    @property
    def source_names(self) -> list[str]:
        """The sources that are configured."""
        return [name for name in Sources.model_fields if getattr(self.sources, name)]

    def datasets_from(self, source: str, *holds: str) -> list[Dataset]:
        """The datasets of one source, optionally only of some kinds."""
        return [
            dataset
            for dataset in self.datasets
            if dataset.source == source and (not holds or dataset.holds in holds)
        ]


def _repeated(names: Sequence[str | None]) -> int | None:
    """Where the first name stands that stood before; None if none does."""
    return next(
        (at for at, name in enumerate(names) if name is not None and name in names[:at]), None
    )
