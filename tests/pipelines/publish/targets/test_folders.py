"""Targets that are folders: Parquet, CSV and Delta."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from okr_model.tables import BY_NAME
from okr_model.tables.contract import arrow_schema
from pipelines.publish.targets import delta, folders
from pipelines.publish.targets.delta import DeltaTarget
from pipelines.publish.targets.manifest import TableState, Target, TargetError
from pipelines.publish.targets.published_run import PublishedRun
from pipelines.publish.targets.write import make_target
from pipelines.settings.targets import TargetSettings
from published.errors import UserError
from tests.support.published.runs import run_id, seen_while, values_of

KINDS = ("parquet", "csv", "delta")
FEW = ("key_results", "links", "findings")


class Killed(BaseException):
    """The process ends."""


def target_of(kind: str, folder: Path) -> Target:
    settings = TargetSettings(name="there", kind=kind, folder=str(folder))  # type: ignore[arg-type]
    return make_target(settings, None)


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return found


def same(one: object, other: object) -> bool:
    return repr(one) == repr(other)  # NaN is NaN here


def test_parquet_reads_back_as_published(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path
) -> None:
    target_of("parquet", tmp_path).write(runs[0])
    for name, table in told(tmp_path)["tables"].items():
        found = pq.read_table(tmp_path / table["file"])
        assert found.schema.equals(arrow_schema(BY_NAME[name])), name
        rows = sorted(found.to_pylist(), key=lambda row: [str(row[key]) for key in table["key"]])
        assert same(rows, values_of(runs[0], name)), name
        assert table["rows"] == len(rows)
        content = (tmp_path / table["file"]).read_bytes()
        assert table["sha256"] == hashlib.sha256(content).hexdigest()
        assert table["bytes"] == len(content)
    unit = pq.read_schema(tmp_path / table["file"]).field(0).metadata[b"description"]
    assert unit.decode() == BY_NAME[name].columns[0].meaning


def test_delta_reads_back_as_published(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path
) -> None:
    target = target_of("delta", tmp_path)
    target.write(runs[0].only(FEW))
    target.write(runs[1])
    named = DeltaTable(str(tmp_path / "manifest")).to_pyarrow_table().to_pylist()
    assert {row["run_id"] for row in named} == {run_id(2)}
    assert {row["table"] for row in named} == set(BY_NAME)
    for row in named:
        table = DeltaTable(str(tmp_path / row["table"]), version=row["version"])
        found = sorted(
            table.to_pyarrow_table().to_pylist(),
            key=lambda one: [str(one[key]) for key in BY_NAME[row["table"]].key],
        )
        assert same(found, values_of(runs[1], row["table"])), row["table"]
    assert json.loads(DeltaTable(str(tmp_path / "links")).history(1)[0]["run_id"]) == run_id(2)


def test_csv_holds_no_formula_and_all_else_as_published(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path
) -> None:
    target_of("csv", tmp_path).write(runs[0].only(["findings"]))
    with (tmp_path / told(tmp_path)["tables"]["findings"]["file"]).open(newline="") as file:
        found = sorted(csv.DictReader(file), key=lambda row: row["finding_id"])
    wanted = values_of(runs[0], "findings")
    texts = {(row["sentence"], one["sentence"]) for row, one in zip(wanted, found, strict=True)}
    assert ("=1+1", "'=1+1") in texts
    assert ("plain", "plain") in texts
    assert ("nul\x00within", "nul\\u0000within") in texts
    assert {(str(row["as_of"]), one["as_of"]) for row, one in zip(wanted, found, strict=True)} == {
        ("2026-11-02", "2026-11-02")
    }


def test_a_folder_in_an_object_store_is_written_by_its_address(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path
) -> None:
    target = DeltaTarget("store", f"file://{tmp_path}/lake", None, in_store=True)
    assert target.manifest() is None
    target.write(runs[1].only(["links", "runs"]))
    found = target.manifest()
    assert found is not None
    assert found.rows == {"links": 3, "runs": 2}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            "Generic S3 error\n \x1b[31m↳\x1b[0m GET http://x?sig=y\n ↳ 403 Forbidden\n",
            "403 Forbidden",
        ),
        (
            "S3\n ↳ 404\n ↳ <?xml?>\n<Error><Message>No such bucket.</Message></Error>",
            "No such bucket",
        ),
    ],
)
def test_what_a_store_refuses_is_a_sentence_without_addresses(
    tmp_path: Path, runs: tuple[PublishedRun, PublishedRun], error: str, said: str
) -> None:
    target = target_of("delta", tmp_path)
    refused = mock.patch.object(delta, "write_deltalake", side_effect=OSError(error))
    with refused, pytest.raises(TargetError) as told:
        target.write(runs[1].only(["links"]))
    assert f"{tmp_path}: {said}. Give this account" in str(told.value)
    assert "sig=y" not in str(told.value)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_target_says_is_the_run_it_was_written_from(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path, kind: str
) -> None:
    target = target_of(kind, tmp_path / "new" / "folder")
    one, other = (run.only(FEW) for run in runs)
    assert target.manifest() is None
    assert target.look()
    for run in (one, other.only(["links", "key_results"]), one):
        wrote = target.write(run)
        found = target.manifest()
        assert found is not None
        assert found.is_of(run)
        assert wrote.rows == found.rows == {table.name: table.rows for table in run.tables}
        assert (found.run_id, found.as_of, found.published_at) == (
            run.run_id,
            run.as_of,
            run.published_at,
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_before_the_switch_leaves_the_run_before(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path, kind: str
) -> None:
    target, (one, other) = target_of(kind, tmp_path), (run.only(FEW) for run in runs)
    target.write(one)
    module = delta if kind == "delta" else folders
    commits = [None] * len(other.tables) if kind == "delta" else []
    killed = mock.patch.object(module, "about_to_commit", side_effect=[*commits, Killed])
    with killed, pytest.raises(Killed):
        target.write(other)
    found = target.manifest()
    assert found is not None
    assert found.is_of(one)
    target.write(other)
    found = target.manifest()
    assert found is not None
    assert found.is_of(other)
    if kind != "delta":  # what the killed one left is gone
        versions = sorted(path.name for path in tmp_path.iterdir())
        assert versions == ["manifest.json", run_id(1), f"{run_id(2)}-2"]


def test_the_version_before_stays_and_other_peoples_files_too(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path
) -> None:
    target, run = target_of("parquet", tmp_path), runs[1].only(["links"])
    target.write(run)
    first = tmp_path / told(tmp_path)["tables"]["links"]["file"]
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "manifest.json").write_text("{}")
    (first.parent / "mine.txt").write_text("somebody's own")
    target.write(run)
    assert first.exists()
    target.write(run)
    assert not first.exists()
    assert (first.parent / "mine.txt").exists()
    assert (tmp_path / "notes" / "manifest.json").exists()
    assert len([path for path in tmp_path.glob("run-2*") if (path / "links.parquet").exists()]) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_others_made_is_refused(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path, kind: str
) -> None:
    if kind == "delta":
        write_deltalake(str(tmp_path / "links"), pa.table({"a": [1]}))
    else:
        (tmp_path / "manifest.json").write_text('{"name": "a web page"}')
    for ask in (target_of(kind, tmp_path).rehearse, target_of(kind, tmp_path).write):
        with pytest.raises(TargetError, match=r"folder of its own, or move that"):
            ask(runs[1].only(["links"]))
    if kind == "delta":
        assert DeltaTable(str(tmp_path / "links")).to_pyarrow_table().to_pylist() == [{"a": 1}]


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_that_cannot_be_written_is_a_sentence(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path, kind: str
) -> None:
    (tmp_path / "file").write_text("")
    target = target_of(kind, tmp_path / "file" / "folder")
    for ask in (target.rehearse, target.write):
        with pytest.raises(TargetError, match="Give this account the right"):
            ask(runs[1].only(["links"]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_rehearsal_refuses_what_has_no_room_and_makes_nothing(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path, kind: str
) -> None:
    target = target_of(kind, tmp_path / "exports" / "there")
    target.rehearse(runs[1])
    usage = mock.patch("pipelines.errors.shutil.disk_usage", return_value=mock.Mock(free=1_000))
    with usage, pytest.raises(UserError, match="MB are free"):
        target.rehearse(runs[1])
    assert not (tmp_path / "exports").exists()


@pytest.mark.parametrize(
    ("kind", "gone", "said"),
    [
        ("parquet", "*/links.parquet", "{path} is missing"),
        ("csv", "*/links.csv", "{path} is missing"),
        ("delta", "links/_delta_log", "{folder}/links is no Delta table any more"),
        ("delta", "links/*.parquet", "{path} is missing"),
    ],
)
def test_what_is_missing_is_named(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path, kind: str, gone: str, said: str
) -> None:
    folder = tmp_path / "a folder, 100 % größer"
    target, run = target_of(kind, folder), runs[1].only(["links"])
    assert target.missing(target.write(run)) is None
    (path,) = folder.glob(gone)
    path.rename(tmp_path / "elsewhere")
    found = target.manifest()
    assert found is not None
    assert target.missing(found) == said.format(path=path, folder=folder)
    assert target.missing(target.write(run)) is None


def test_a_version_that_a_manifest_names_has_to_be_there(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path
) -> None:
    target = target_of("delta", tmp_path)
    target.write(runs[1].only(["links"]))
    shutil.rmtree(tmp_path / "links")
    write = {"description": "Made again. Written by okr-sync."}
    write_deltalake(str(tmp_path / "links"), pa.table({"a": [1]}), **write)
    manifest = target.manifest()
    assert manifest is not None
    later = msgspec.structs.replace(manifest, tables={"links": TableState(1, version=7)})
    assert target.missing(later) == f"version 7 of {tmp_path}/links is missing"


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_who_reads_meanwhile_sees_one_run(
    runs: tuple[PublishedRun, PublishedRun], tmp_path: Path, kind: str
) -> None:
    one, other = (run.only(FEW) for run in runs)
    target = target_of(kind, tmp_path)
    target.write(one)

    def in_files() -> set[str]:
        tables = told(tmp_path)["tables"].values()
        files = [pq.read_table(tmp_path / table["file"], columns=["run_id"]) for table in tables]
        return {found for file in files for found in file["run_id"].to_pylist()}

    def in_delta() -> set[str]:
        rows = DeltaTable(str(tmp_path / "manifest")).to_pyarrow_table().to_pylist()
        tables = [DeltaTable(f"{tmp_path}/{row['table']}", row["version"]) for row in rows]
        found = [table.to_pyarrow_table(columns=["run_id"]) for table in tables]
        return {one for rows in found for one in rows["run_id"].to_pylist()}

    writes = [partial(target.write, run) for run in (other, one, other)]
    seen = seen_while(in_delta if kind == "delta" else in_files, writes)
    assert seen
    assert all(len(found) == 1 for found in seen), seen
