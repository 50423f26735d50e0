"""The shape of ``okr.yaml``: every key, its type, its default and its meaning.

The JSON schema for editors (``okr schema``) is made from these classes, so each key's description
here is what an editor shows.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from okr_model.measure_text import MeasureText, parse_measure
from okr_model.references import compile_key_pattern
from okr_model.thresholds import SignalThresholds

SourceName = Literal["jira", "notion", "sheets", "files"]
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

_FILE_NAME = re.compile(r"(?i)[^/\\]+\.(csv|parquet)")

CANONICAL_FIELDS: dict[str, tuple[str, ...]] = {
    "objectives": ("id", "title", "team", "parent", "cycle", "owner", "level"),
    "key_results": (
        "id", "statement", "objective", "team", "cycle", "owner", "kind", "unit",
        "baseline", "target", "target_high", "due", "ambition", "rationale", "measure",
        "tolerance", "weight", "initiatives",
    ),
    "check_ins": ("key_result", "date", "confidence", "value", "note", "author"),
    "initiatives": ("id", "title", "team", "owner", "status", "due", "key_result"),
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


class _Part(BaseModel):
    """A part of the settings: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Organization(_Part):
    """Who this is for and how it words things."""

    name: str = Field(description="Shown at the head of every page and message.")
    timezone: str = Field(description="IANA name; its midnight is where a day begins.")
    confidence: tuple[str, str, str] = Field(
        default=("High", "Medium", "Low"),
        description="The three confidence levels in the organization's words, best first.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            close = difflib.get_close_matches(value, available_timezones(), n=1)
            hint = f" Did you mean {close[0]}?" if close else " Use a name such as Europe/Berlin."
            raise ValueError(f"{value!r} is not a time zone.{hint}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.timezone)


class CycleSettings(_Part):
    """One OKR cycle; both days belong to it."""

    id: str = Field(description="Such as 2026-Q4.")
    start: dt.date = Field(description="Its first day.")
    end: dt.date = Field(description="Its last day.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"cycle {self.id} ends before it starts.")
        return self


class JiraSource(_Part):
    """Jira, Cloud or Data Center."""

    url: str = Field(description="Such as https://acme.atlassian.net.")
    user: str | None = Field(
        default=None,
        description="E-mail of the account that the token belongs to; left out for a bearer "
        "token, such as Data Center's personal access tokens.",
    )
    token: SecretStr = Field(description='API token: "${JIRA_TOKEN}" or {file: path}.')
    deployment: Literal["cloud", "data-center"] | None = Field(
        default=None, description="Which kind of Jira it is; found out if left out."
    )
    jql: str = Field(description="Which issues to read, such as: project in (SUP, WEB).")

    @field_validator("jql")
    @classmethod
    def _bounded(cls, value: str) -> str:
        if not value.strip() or re.match(r"(?i)^\s*order\s+by\b", value):
            raise ValueError("jql must name a restriction, such as: project in (SUP, WEB).")
        if re.search(r"(?i)\border\s+by\b", value):
            raise ValueError("jql must not hold ORDER BY; the pull chooses its own order.")
        return value.strip()


class NotionSource(_Part):
    """Notion."""

    token: SecretStr = Field(description='Integration secret: "${NOTION_TOKEN}" or {file: path}.')
    url: str = Field(default="https://api.notion.com", description="Only for a stand-in.")
    version: Literal["2025-09-03", "2026-03-11"] = Field(
        default="2025-09-03", description="Which version of Notion's API to speak."
    )
    requests_per_minute: int = Field(
        default=180, ge=1, description="How many requests the workspace's plan grants a minute."
    )


class SheetsSource(_Part):
    """Google Sheets, read by a service account or by who is signed in on this machine."""

    credentials: Path | None = Field(
        default=None,
        description="The service account's key file, from okr.yaml's folder; left out, the "
        "application-default credentials of this machine are used.",
    )
    url: str | None = Field(default=None, description="Only for a stand-in.")
    requests_per_minute: int = Field(
        default=60, ge=1, description="How many requests Google grants the account a minute."
    )


class FilesSource(_Part):
    """A folder of CSV and Parquet files."""

    folder: Path = Field(description="The folder, from okr.yaml's own.")
    locale: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")] | None = Field(
        default=None, description="Such as de_DE: how numbers and days are written in CSV files."
    )


class Sources(_Part):
    """The services to read; leave out what you do not use."""

    jira: JiraSource | None = None
    notion: NotionSource | None = None
    sheets: SheetsSource | None = None
    files: FilesSource | None = None


class SheetPlace(_Part):
    """A table on a tab of a spreadsheet."""

    spreadsheet: str = Field(description="The long id in the spreadsheet's address.")
    tab: str = Field(description="The tab's name.")
    header_row: int | None = Field(
        default=None, ge=1, description="The row with the headers; found by itself if left out."
    )


class Dataset(_Part):
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
        description="Jira only: which issues, by issue_type, project, status, labels.",
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
        fits = {
            "notion": isinstance(self.place, str),
            "sheets": isinstance(self.place, SheetPlace),
            "jira": self.place is None,
            "files": isinstance(self.place, str) and bool(_FILE_NAME.fullmatch(self.place)),
        }[self.source]
        if not fits:
            wanted = {
                "notion": "place: the id of a database or data source",
                "sheets": "place: {spreadsheet: <id>, tab: <name>}",
                "jira": "no place; use where: to choose issues",
                "files": "place: a name such as weekly.csv or weekly-*.parquet, without folder",
            }[self.source]
            raise ValueError(f"a dataset from {self.source} needs {wanted}.")
        if (self.holds == "table") != (self.name is not None):
            raise ValueError("a dataset has a name if, and only if, it holds: table.")
        if (self.source, self.holds) == ("jira", "links"):
            raise ValueError("a table of links is of notion, sheets or files, not of jira.")
        if (self.source, self.holds) == ("jira", "table"):
            raise ValueError("a table is of notion, sheets or files; measures name jira itself.")
        if (self.source, self.holds) == ("files", "activity"):
            raise ValueError("activity is read from jira alone; files may hold everything else.")
        return self


class MeasureSettings(_Part):
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


class LinkSettings(_Part):
    """How work names the Key Results it serves."""

    key_pattern: str = Field(
        default=r"KR-\d+", description="Regular expression of a Key Result's id as people write it."
    )

    @field_validator("key_pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        compile_key_pattern(value)
        return value

    aliases: dict[str, str] = Field(
        default_factory=dict,
        description="Former id of a Key Result -> the one it was renamed to or merged into.",
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


class PublishSettings(_Part):
    """Where the tables go."""

    duckdb: Path = Field(
        default=Path("published.duckdb"),
        description="The published DuckDB file, from the data folder.",
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


class ScheduleSettings(_Part):
    """When the nightly run starts."""

    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        default="02:00", description="Local time in the organization's zone, HH:MM."
    )


class Thresholds(_Part):
    """Numbers that decide a call."""

    pace_tolerance: float = Field(
        default=0.10, ge=0, le=1, description="Within this of expected progress is on pace."
    )
    rollup: Literal["mean", "weakest"] = Field(
        default="mean",
        description="What an Objective's progress is: the weighted mean of its Key Results and of "
        "the Objectives under it, or the least of them.",
    )
    measure_tolerance: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Measures of one Key Result that lie further apart than this share of the "
        "larger one disagree; a Key Result may have a tolerance of its own.",
    )


_SIGNALS = SignalThresholds()
Share = Annotated[float, Field(ge=0, le=1)]


class SignalSettings(_Part):
    """When a signal fires, and what probability a computed level needs; durations in days."""

    likely: Share = Field(
        default=_SIGNALS.likely,
        description="Computed confidence is high from this probability on, if nothing speaks "
        "against it.",
    )
    unlikely: Share = Field(
        default=_SIGNALS.unlikely, description="Computed confidence is low below this probability."
    )
    pace_gap: Share = Field(
        default=_SIGNALS.pace_gap,
        description="pace gap: progress was so far behind a straight path on the value's day.",
    )
    stale_after_days: int = Field(
        default=_SIGNALS.stale_after_days, ge=1, description="stale value: it is older than this."
    )
    check_in_every_days: int = Field(
        default=_SIGNALS.check_in_every_days,
        ge=0,
        description="How often a team checks in on each Key Result; 0 expects no check-ins.",
    )
    missed_check_ins: int = Field(
        default=_SIGNALS.missed_check_ins,
        ge=1,
        description="missed check-ins: so many in a row.",
    )
    decline_stands_days: int = Field(
        default=_SIGNALS.decline_stands_days,
        ge=1,
        description="declining confidence: told for so long after the last fall.",
    )
    early_share: Share = Field(
        default=_SIGNALS.early_share,
        description="early red: a call of low up to this share of the way to the due date.",
    )
    silent_after_days: int = Field(
        default=_SIGNALS.silent_after_days,
        ge=1,
        description="initiatives silent: nothing happened in any of them for longer than this.",
    )
    blocked_statuses: tuple[str, ...] = Field(
        default=_SIGNALS.blocked_statuses,
        description="initiatives blocked: all have one of these statuses, in any case.",
    )
    scope_ratio: float = Field(
        default=_SIGNALS.scope_ratio,
        ge=1,
        description="scope growing: issues added in 28 days are this many times those finished …",
    )
    scope_share: float = Field(
        default=_SIGNALS.scope_share,
        ge=0,
        description="… and the open issues grew by this share …",
    )
    scope_fewest: int = Field(
        default=_SIGNALS.scope_fewest, ge=1, description="… and at least so many were added."
    )
    volatile_share: float = Field(
        default=_SIGNALS.volatile_share,
        gt=0,
        description="volatile value: a week's usual scatter is over this share of the way from "
        "baseline to target.",
    )
    treadmill_activity: int = Field(
        default=_SIGNALS.treadmill_activity,
        ge=1,
        description="treadmill: so many changes in linked work in 28 days, behind the pace …",
    )
    treadmill_progress: Share = Field(
        default=_SIGNALS.treadmill_progress,
        description="… and less progress than this, up or down.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.unlikely > self.likely:
            raise ValueError("signals: unlikely must not be above likely.")
        return self


class CalibrationSettings(_Part):
    """How the calls of a cycle are scored once it has ended."""

    high: Share = Field(default=0.8, description="The probability that a call of high stands for.")
    medium: Share = Field(default=0.5, description="… and a call of medium.")
    low: Share = Field(default=0.2, description="… and a call of low.")
    fewest_key_results: int = Field(
        default=5, ge=2, description="A group of fewer Key Results is counted, but not scored."
    )

    @model_validator(mode="after")
    def _falling(self) -> Self:
        if not self.high >= self.medium >= self.low:
            raise ValueError("calibration: high, medium and low must not rise in this order.")
        return self

    @property
    def levels(self) -> dict[str, float]:
        """The probability of each level."""
        return {"high": self.high, "medium": self.medium, "low": self.low}


class Settings(_Part):
    """The whole of ``okr.yaml``."""

    organization: Organization
    cycles: tuple[CycleSettings, ...] = Field(min_length=1)
    sources: Sources
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    measures: tuple[MeasureSettings, ...] = ()
    links: LinkSettings = LinkSettings()
    publish: PublishSettings = PublishSettings()
    schedule: ScheduleSettings | None = None
    thresholds: Thresholds = Thresholds()
    signals: SignalSettings = SignalSettings()
    calibration: CalibrationSettings = CalibrationSettings()
    data: Path = Field(
        default=Path("data"), description="Folder of lake and tables, from okr.yaml's folder."
    )
    as_of: dt.date | None = Field(
        default=None, description="Pins the day that is computed; for samples and rehearsals."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for index, dataset in enumerate(self.datasets):
            if getattr(self.sources, dataset.source) is None:
                raise ValueError(
                    f"datasets[{index}] reads from {dataset.source}, which sources: does not name."
                )
        names = [dataset.name for dataset in self.datasets if dataset.name]
        if len(set(names)) < len(names):
            raise ValueError("two datasets have the same name.")
        for declared in self.measures:
            for text in declared.measure:
                self.check_measure(parse_measure(text))
        if not any(dataset.holds == "key_results" for dataset in self.datasets):
            raise ValueError("no dataset holds key_results; there would be nothing to publish.")
        ids = [cycle.id for cycle in self.cycles]
        if len(set(ids)) < len(ids):
            raise ValueError("two cycles have the same id.")
        return self

    def check_measure(self, what: MeasureText) -> None:
        """Refuse a measure of a source that the settings do not name.

        Raises:
            ValueError: There is no such source or table.
        """
        if what.kind == "issues" and self.sources.jira is None:
            raise ValueError(f"“{what.text}” reads from jira, which sources: does not name.")
        tables = {dataset.name: dataset.source for dataset in self.datasets if dataset.name}
        if what.kind in ("rows", "cell") and what.source not in tables:
            known = ", ".join(sorted(map(str, tables))) or "none"
            raise ValueError(
                f"“{what.text}”: no table is named {what.source!r}; known: {known}. Give a dataset"
                " of holds: table that name."
            )
        if what.kind == "cell" and tables[what.source] != "sheets":
            raise ValueError(f"“{what.text}”: only a table from sheets has cells.")

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
