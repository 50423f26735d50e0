"""Nights of ``python -m benchmarks secrets``, and what ``okr doctor`` mends of earlier ones."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from benchmarks.hostile.secrets import NIGHTS, Hideout, Night
from connectors.secrets import remember
from pipelines.publish.scrub import scrub

SECRET = "planted-s3cr3t/of+long=ago"
TEXT = pa.list_(pa.struct([("role", pa.string()), ("text", pa.string())]))


@pytest.mark.matrix
@pytest.mark.night
def test_a_night_of_refusals_and_one_with_a_record_that_has_them_leave_no_credential(
    tmp_path: Path,
) -> None:
    by_name = {night.name: night for night in NIGHTS}
    with Hideout(tmp_path, issues=30) as hideout:
        ended = hideout.spend(by_name["a record that has them"])
        assert (ended.exit_code, ended.found) == (0, ())
        ended = hideout.spend(by_name["401 with the credentials"])
        assert (ended.exit_code, ended.found) == (3, ())
        assert "<secret>" in (tmp_path / "data/lake/jira.attempt.json").read_text("utf-8")
        rights = {path.stat().st_mode & 0o077 for path in (tmp_path / "data").rglob("*")}
        assert rights == {0}
        _see_the_doctor(hideout, tmp_path / "data")


def _see_the_doctor(hideout: Hideout, data: Path) -> None:
    look, scrubbing = (
        Night("", command=("doctor", "--offline", *more)) for more in ((), ("--scrub",))
    )
    clean = "No file holds a credential."
    assert clean in hideout.spend(look).printed
    attempt = data / "lake/notion.attempt.json"
    token = hideout.box.environment()["OKR_NOTION_TOKEN"]
    attempt.write_text(json.dumps({**json.loads(attempt.read_text("utf-8")), "error": token}))
    ended = hideout.spend(look)
    assert ended.exit_code == 1
    assert "A credential stands in 1 file:" in ended.printed
    assert clean in hideout.spend(scrubbing).printed
    assert token not in attempt.read_text("utf-8")
    data.chmod(0o755)
    ended = hideout.spend(look)
    assert ended.exit_code == 1
    assert "Others may enter or read 1 of the files and folders:" in ended.printed


def _rows(text: str) -> pa.Table:
    texts = pa.array([[{"role": "text", "text": text}], None], TEXT)
    return pa.table({"id": ["1", "2"], "said": [text, None], "n": [1.5, None], "texts": texts})


def test_what_an_older_version_wrote_is_replaced_and_every_version_stays(tmp_path: Path) -> None:
    remember(SECRET)
    data = tmp_path / "data"
    delta, file = data / "lake/some", data / "published.duckdb"
    for number in range(3):
        write_deltalake(str(delta), _rows(f"{number} {SECRET}"), mode="overwrite")
    DeltaTable(str(delta)).create_checkpoint()
    write_deltalake(str(delta), _rows("3 fine, see https://mia:hunter2@x.example"), mode="append")
    (data / "log.db").write_bytes(b"\0\1" + SECRET.encode() + b"\2")
    (data / "attempt.json").write_text(json.dumps({"error": f"no {SECRET}"}), "utf-8")
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE SCHEMA okr")
        connection.execute("CREATE TABLE okr.t (id VARCHAR PRIMARY KEY, said VARCHAR, l VARCHAR[])")
        connection.execute("COMMENT ON TABLE okr.t IS 'kept'")
        connection.execute(
            "INSERT INTO okr.t VALUES ('1', ?, [?]), ('2', NULL, NULL)", [SECRET] * 2
        )
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    found = scrub([data], file, write=False).holding
    assert {path: path.read_bytes() for path in before} == before
    assert {file, data / "log.db", data / "attempt.json"} < set(found)
    assert scrub([data], file, write=True).holding == found
    assert scrub([data], file, write=False).holding == []
    for number in range(3):
        told = DeltaTable(str(delta), version=number).to_pyarrow_table().to_pydict()
        assert told["said"] == [f"{number} <secret>", None]
        assert told["texts"][0][0]["text"] == f"{number} <secret>"
        assert told["n"] == [1.5, None]
    last = DeltaTable(str(delta)).to_pyarrow_table()["said"].to_pylist()
    assert "3 fine, see https://<secret>@x.example" in last
    assert SECRET not in "".join(map(str, (delta / "_delta_log").glob("*.json")))
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("FROM okr.t ORDER BY id").fetchall() == [
            ("1", "<secret>", ["<secret>"]),
            ("2", None, None),
        ]
        assert connection.execute("SELECT comment FROM duckdb_tables()").fetchall() == [("kept",)]
        keys = connection.execute("SELECT constraint_type FROM duckdb_constraints()").fetchall()
        assert ("PRIMARY KEY",) in keys
    assert SECRET.encode() not in file.read_bytes()
    assert (data / "log.db").stat().st_size == len(before[data / "log.db"])
