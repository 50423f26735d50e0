"""The settings of publishing targets: further places that hold the published tables.

What belongs here: the entries of ``publish: targets:``, and which of their folders collide. What
does not: writing to them (``pipelines.publish.targets``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from okr_model.tables import BY_NAME
from pipelines.settings.addresses import notion_id, spreadsheet_id
from pipelines.settings.base import Part

Identifier = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
_STORE = re.compile(r"^[a-z][a-z0-9+.-]+://")
_NEEDED = {"postgres": "url", "sheet": "spreadsheet", "notion": "database"}
"""What a kind needs that has no folder."""
_ONLY_OF = {
    "postgres": {"url": "url", "schema_name": "schema", "readers": "readers"},
    "sheet": {"spreadsheet": "spreadsheet"},
    "notion": {"database": "database"},
}
_HELD = {"sheet": ("key_results",), "notion": ("key_results",)}
"""The tables of a kind that holds no others."""


class TargetSettings(Part):
    """A place that every run publishes to, beside the DuckDB file."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
        description="What commands and messages call it: small letters, digits, - and _.",
    )
    kind: Literal["postgres", "parquet", "csv", "delta", "sheet", "notion"] = Field(
        description="What it is."
    )
    folder: str | None = Field(
        default=None,
        min_length=1,
        description="Of parquet, csv and delta: a folder of its own, relative to that of okr.yaml;"
        " of delta also an address in an object store, such as s3://bucket/okr.",
    )
    url: SecretStr | None = Field(
        default=None,
        description='Of postgres: "${NAME}" or {file: path} of an address such as '
        "postgresql://user@host:5432/database, with :password after the user.",
    )
    spreadsheet: str | None = Field(
        default=None,
        min_length=1,
        description="Of sheet: the id or address of a spreadsheet that no dataset reads, shared"
        " with the account of sources: sheets: as an editor.",
    )
    database: str | None = Field(
        default=None,
        min_length=1,
        description="Of notion: the id or address of a database that no dataset reads, with one"
        " data source, connected to the integration of sources: notion:, which may insert and"
        " update content.",
    )
    schema_name: Identifier = Field(
        default="okr",
        alias="schema",
        description="Of postgres: the schema of the tables; made if missing.",
    )
    readers: tuple[str, ...] = Field(
        default=(), description="Of postgres: roles that may read all tables, new ones included."
    )
    groups: tuple[str, ...] | None = Field(
        default=None,
        description="For whom it is, by groups of page: restricted:. What none of them may see is"
        " absent, and roll-ups are computed without it. Default: everything is there.",
    )
    tables: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Which of the published tables it holds. Default: all.",
    )

    @field_validator("spreadsheet")
    @classmethod
    def _of_its_address(cls, value: str | None) -> str | None:
        return value and spreadsheet_id(value)

    @field_validator("database")
    @classmethod
    def _of_its_link(cls, value: str | None) -> str | None:
        return value and ((notion_id(value) if "/" in value else None) or value.strip())

    @field_validator("tables")
    @classmethod
    def _are_published(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in value or ():
            if name not in BY_NAME:
                close = difflib.get_close_matches(name, BY_NAME, n=1)
                hint = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(BY_NAME)}."
                raise ValueError(f"no table is named {name!r}. {hint}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _holds_what_its_kind_holds(cls, value: Any) -> Any:
        if isinstance(value, dict) and (held := _HELD.get(str(value.get("kind")))):
            if "tables" in value:
                raise ValueError(f"a target of kind {value['kind']} has no tables:.")
            return {**value, "tables": held}
        return value

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed = _NEEDED.get(self.kind, "folder")
        if getattr(self, needed) is None:
            raise ValueError(f"a target of kind {self.kind} needs {needed}:.")
        if needed != "folder" and self.folder is not None:
            raise ValueError(f"a target of kind {self.kind} has no folder:.")
        for kind, keys in _ONLY_OF.items():
            for field, key in keys.items() if kind != self.kind else ():
                if field in self.model_fields_set:
                    raise ValueError(f"only a target of kind {kind} has {key}:.")
        if self.in_store and self.kind != "delta":
            raise ValueError("only a target of kind delta may be in an object store.")
        return self

    @property
    def in_store(self) -> bool:
        """Whether its ``folder`` is an address in an object store."""
        return self.folder is not None and _STORE.match(self.folder) is not None

    @property
    def is_remote(self) -> bool:
        """Whether it is a service, and no folder."""
        return self.kind in _NEEDED or self.in_store

    def anchored(self, base: Path) -> TargetSettings:
        """The same with an absolute folder."""
        if self.folder is None or self.in_store:
            return self
        return self.model_copy(update={"folder": str((base / self.folder).resolve())})


def _named_apart(targets: tuple[TargetSettings, ...]) -> tuple[TargetSettings, ...]:
    if len({target.name for target in targets}) < len(targets):
        raise ValueError("two targets have the same name.")
    return targets


Targets = Annotated[tuple[TargetSettings, ...], AfterValidator(_named_apart)]


def ensure_written_apart(
    source: str, written: Mapping[str, str | None], read: Collection[str], *, signs_in: bool
) -> None:
    """Make sure that places can be written, and that none is read, too.

    Args:
        source: Where: sheets or notion.
        written: The place by the part of the settings that names it; None where none is.
        read: Those that datasets read.
        signs_in: Whether the settings have the credentials.

    Raises:
        ValueError: One cannot, or is.
    """
    what = "database" if source == "notion" else "spreadsheet"
    for name, place in written.items():
        if place and not signs_in:
            raise ValueError(
                f"{name}: needs sources: {source}: to sign in with; it may have no datasets."
            )
        if place and place.replace("-", "") in {one.replace("-", "") for one in read}:
            raise ValueError(
                f"{name}: {place} is read by a dataset, too. Give it a {what} of its own: then"
                " nothing that is read can be written."
            )


def ensure_distinct(
    targets: Sequence[TargetSettings], own: Sequence[Path], shared: Sequence[Path]
) -> None:
    """Make sure that no two targets write to one place, and none where okr-sync keeps its own.

    Args:
        targets: With absolute folders.
        own: Files and folders of okr-sync's own, in which nothing else may be.
        shared: Folders that hold such files beside others, in which it may have a folder.

    Raises:
        ValueError: One does.
    """
    folders: dict[str, str] = {}
    schemas: dict[object, str] = {}
    for one in targets:
        if written := one.spreadsheet or one.database:
            first = schemas.setdefault(written.replace("-", ""), one.name)
            if first != one.name:
                what = "spreadsheet" if one.spreadsheet else "database"
                raise ValueError(
                    f"publish: targets: {first} and {one.name} have the same {what}. Give each one"
                    " of its own."
                )
            continue
        if one.folder is None:
            first = schemas.setdefault((one.url, one.schema_name), one.name)
            if first != one.name:
                raise ValueError(
                    f"publish: targets: {first} and {one.name} have the same url and schema. Give"
                    " each a schema of its own."
                )
            continue
        for name, other in folders.items():
            if _overlap(one.folder, other):
                raise ValueError(
                    f"publish: targets: {name} and {one.name} have the same folder, or one lies in"
                    " the other's. Give each a folder of its own."
                )
        folders[one.name] = one.folder
        folder = Path(one.folder)
        inside = any(map(folder.is_relative_to, own))
        around = any(path.is_relative_to(folder) for path in (*own, *shared))
        if not one.in_store and (inside or around):
            raise ValueError(
                f"publish: targets: {one.name}: its folder is one in which okr-sync keeps its own"
                " files. Give it a folder of its own."
            )


def _overlap(one: str, other: str) -> bool:
    one, other = (text.rstrip("/\\").replace("\\", "/") + "/" for text in (one, other))
    return one.startswith(other) or other.startswith(one)
