"""Machines with small states, and a store in memory; nothing of a night but its files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from obstore.store import MemoryStore

from pipelines.paths import DataPaths
from pipelines.project import Project
from pipelines.store import decisions
from pipelines.store.fetch import Fetched, fetch
from pipelines.store.head import Head, read_head
from pipelines.store.lease import Held, take_lease
from pipelines.store.objects import Objects
from pipelines.store.put import put_in_place
from tests.support.small_company import SETTINGS, SmallCompany

URL = "s3://okr/state"
TABLES = ("lake/issues", "lake/pages", "published/key_results")


def silent(_: str, __: str) -> None:
    """Hear nothing of the progress."""


def in_memory() -> Objects:
    return Objects(URL, MemoryStore())


class Machine:
    """A data folder of its own."""

    def __init__(self, folder: Path, objects: Objects) -> None:
        self.paths = DataPaths(folder, folder / "published.duckdb")
        self.objects = objects

    def work(self, number: int, *, tables: tuple[str, ...] = TABLES) -> None:
        """What a night would leave: a row more in each table, and small files."""
        for name in tables:
            rows = pa.table({"number": [number], "table": [name]})
            write_deltalake(str(self.paths.data / name), rows, mode="append")
        self.paths.alerts.mkdir(exist_ok=True)
        (self.paths.alerts / "open.json").write_text(f"[{number}]")
        (self.paths.alerts / "volumes.json").touch()  # nothing in it
        self.paths.targets.write_text(f'{{"run": {number}}}')
        new = self.paths.duckdb.with_suffix(".new")
        with duckdb.connect(str(new)) as connection:
            connection.execute("CREATE SCHEMA okr")
            connection.execute(f"CREATE TABLE okr.runs AS SELECT {number} AS number")
        new.replace(self.paths.duckdb)

    def fetch(self, *, instead: bool = False) -> Fetched:
        return fetch(self.objects, self.paths, silent, instead=instead)

    @contextmanager
    def holding(self) -> Iterator[Held]:
        """The lease, and the newest state."""
        held = take_lease(self.objects, patience=0, own=None, report=silent)
        try:
            self.fetch()
            yield held
        finally:
            held.give_back()

    def put(self, held: Held) -> bool:
        return put_in_place(self.objects, held, self.paths, silent)

    def night(self, number: int) -> None:
        """Fetch, work, put in place."""
        with self.holding() as held:
            self.work(number)
            self.put(held)

    def decide(self, name: str) -> None:
        """As commands and the page do: on the newest state."""
        self.fetch()
        decisions.keep(self.objects, self.paths, [decision(name)])

    def decided(self) -> list[str]:
        frame = decisions.log_in(self.paths.data).frame()
        return sorted(frame["decision_id"])

    def state(self) -> dict[str, Any]:
        """What readers find."""
        found: dict[str, Any] = {
            name: sorted(
                DeltaTable(str(self.paths.data / name)).to_pyarrow_table()["number"].to_pylist()
            )
            for name in TABLES
            if (self.paths.data / name).exists()
        }
        if self.paths.duckdb.exists():
            with duckdb.connect(str(self.paths.duckdb), read_only=True) as connection:
                found["duckdb"] = connection.execute("SELECT number FROM okr.runs").fetchall()
        for path in (self.paths.alerts / "open.json", self.paths.targets):
            found[path.name] = path.read_text() if path.exists() else None
        return found


def decision(name: str) -> dict[str, Any]:
    at = dt.datetime(2026, 11, 5, 9, 0, 0, 123456, dt.UTC)
    return {"decision_id": name, "decided_at": at, "action": "reject", "why": "it says “so”"}


def project_in(folder: Path, *, store: bool = True) -> Project:
    company = SmallCompany(folder)
    told = f"{SETTINGS}store: {URL}\n" if store else SETTINGS
    (company.folder / "okr.yaml").write_text(told, "utf-8")
    return Project(company.folder / "okr.yaml", with_secrets=False)


def of(project: Project, objects: Objects) -> Machine:
    return Machine(project.paths.data, objects)


def head_of(objects: Objects) -> Head:
    found = read_head(objects)
    assert found is not None
    return found[0]


def end(machine: Machine, number: int, by: BaseException) -> None:
    """Work, and be ended by an error."""
    machine.work(number)
    raise by
