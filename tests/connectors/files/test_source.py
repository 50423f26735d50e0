"""A folder of files: what is read, what is refused, and what is gone."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cells import Cell, decode_cells, plain_cell
from connectors.errors import MissingError
from connectors.files.source import MOST_BROKEN_ROWS, FilesSettings, FilesSource
from connectors.records import Cursor, Message, Present, Problem, Rows

LONG_AGO = 1_700_000_000


def write(folder: Path, name: str, content: str | bytes, at: int = LONG_AGO) -> Path:
    """A file as if it had been there for long."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (at, at))
    return path


def pull(
    folder: Path, *places: str, cursor: Cursor | None = None, locale: str | None = None
) -> list[Message]:
    return list(FilesSource(FilesSettings(folder, places, locale)).pull(cursor or {}))


def rows(messages: list[Message]) -> dict[str, dict[str, Cell]]:
    tables = [message.table for message in messages if isinstance(message, Rows)]
    return {row["id"]: decode_cells(row["cells"]) for t in tables for row in t.to_pylist()}


def problems(messages: list[Message]) -> list[tuple[str, str]]:
    return [(said.rule, said.sentence) for said in messages if isinstance(said, Problem)]


def present(messages: list[Message]) -> dict[str, list[str]]:
    return {said.place: said.ids.to_pylist() for said in messages if isinstance(said, Present)}


def last_cursor(messages: list[Message]) -> Mapping[str, Any]:
    assert isinstance(messages[-1], Rows)
    assert messages[-1].cursor is not None
    return messages[-1].cursor


def test_a_row_becomes_cells_that_name_their_line(tmp_path: Path) -> None:
    write(tmp_path, "weekly.csv", 'KR,Week,Value\nKR-1,2026-11-20,"12,5 %"\n\nKR-2,,7\n')
    found = rows(pull(tmp_path, "weekly.csv", locale="de_DE"))
    assert found["weekly.csv:KR-1"]["Value"] == Cell(
        "text", "12,5 %", locale="de_DE", name="Value", address="weekly.csv:2"
    )
    assert found["weekly.csv:KR-2"]["Week"].kind == "empty"
    assert found["weekly.csv:KR-2"]["Value"].address == "weekly.csv:4"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_need_no_telling(
    tmp_path: Path, mark: bytes, delimiter: str
) -> None:
    lines = (
        delimiter.join(["Schlüssel", "Wert"]) + "\r\n" + delimiter.join(["ä", '"1\n2"']) + "\r\n"
    )
    write(tmp_path, "a.csv", mark + lines.encode())
    found = rows(pull(tmp_path, "a.csv"))
    assert {name: cell.text for name, cell in found["a.csv:ä"].items()} == {
        "Schlüssel": "ä",
        "Wert": "1\n2",
    }


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a;b,c\n1;2,3\n", "may split its header"),
        ("Name;Größe\n".encode("latin-1"), "not UTF-8"),
        ("a,b,a\n1,2,3\n", "'a' twice"),
        ("", "empty"),
        ('a,b\n0,"\n"\n1,"2\n', "after line 2, unexpected end of data"),
        ('a;b\n1;2\n3;"4" x;5\n', "after line 2, ';' expected after"),
        ("a,b\n" + "1\n" * (MOST_BROKEN_ROWS + 1), f"more than {MOST_BROKEN_ROWS}"),
    ],
)
def test_a_file_that_leaves_a_doubt_is_named_and_stands(
    tmp_path: Path, content: str | bytes, why: str
) -> None:
    write(tmp_path, "good.csv", "a\n1\n")
    write(tmp_path, "odd.csv", content)
    messages = pull(tmp_path, "*.csv")
    refused = [sentence for rule, sentence in problems(messages) if rule == "unreadable file"]
    assert len(refused) == 1
    assert refused[0].startswith("odd.csv cannot be read:")
    assert refused[0].endswith(". Known rows are kept.")
    assert why in refused[0]
    assert present(messages) == {"good.csv": ["good.csv:1"]}
    assert list(last_cursor(messages)["files"]) == ["good.csv"]


def test_quotes_settle_which_delimiter_is_meant(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", '"Wert; in %",KR\n1,2\n')
    assert list(rows(pull(tmp_path, "a.csv"))["a.csv:1"]) == ["Wert; in %", "KR"]


def test_a_broken_row_is_named_by_file_and_line_and_is_not_gone(tmp_path: Path) -> None:
    lines = ["a,b", "1,one", "2,two,2", '3,"three', '"', "4,f\xfcnf", "5,five"]
    write(tmp_path, "a.csv", "\n".join(lines).encode("latin-1"))
    messages = pull(tmp_path, "a.csv")
    assert [sentence.split(";")[0] for _, sentence in problems(messages)] == [
        "a.csv:3: the row has 3 fields where the header has 2",
        "a.csv:6: the row is not UTF-8",
    ]
    assert rows(messages).keys() == {"a.csv:1", "a.csv:3", "a.csv:5"}
    assert present(messages)["a.csv"] == [f"a.csv:{number}" for number in range(1, 6)]


def test_rows_with_the_same_first_column_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "KR,Value\nKR-1,1\nKR-2,2\nKR-1,3\n")
    found = rows(pull(tmp_path, "a.csv"))
    assert {id_: cells["Value"].text for id_, cells in found.items()} == {
        "a.csv:KR-1": "1",
        "a.csv:KR-2": "2",
        "a.csv:KR-1#2": "3",
    }


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    at = dt.datetime(2026, 11, 20, 1, 2, tzinfo=dt.UTC)
    table = pa.table(
        {
            "KR": ["KR-1", "KR-2"],
            "count": pa.array([3, None], pa.int64()),
            "share": pa.array([0.125, float("nan")]),
            "money": pa.array([Decimal("1.50"), None]),
            "day": pa.array([dt.date(2026, 11, 20), None]),
            "at": pa.array([at, None], pa.timestamp("us", tz="UTC")),
            "took": pa.array([dt.timedelta(hours=2), None]),
            "done": pa.array([True, None]),
            "serves": pa.array([["KR-1", "KR-2"], None]),
            "raw": pa.array([b"x", None]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = rows(pull(tmp_path, "a.parquet"))
    first, second = found["a.parquet:KR-1"], found["a.parquet:KR-2"]
    assert (first["count"].kind, first["count"].number) == ("number", 3.0)
    assert (first["share"].number, first["money"].number) == (0.125, 1.5)
    assert (first["day"].kind, first["day"].date) == ("date", "2026-11-20")
    assert (first["at"].kind, first["at"].date) == ("datetime", "2026-11-20T01:02:00+00:00")
    assert (first["took"].kind, first["took"].number) == ("duration", 7200.0)
    assert (first["done"].kind, first["done"].number) == ("bool", 1.0)
    assert (first["serves"].kind, first["serves"].text) == ("text", "KR-1, KR-2")
    assert (first["raw"].kind, first["raw"].text) == ("error", "a value of type bytes")
    assert {cell.kind for name, cell in second.items() if name != "KR"} == {"empty"}
    assert second["count"].address == "a.parquet:2"


def test_half_a_parquet_file_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    write(tmp_path, "a.parquet", whole[: len(whole) // 2])
    assert [rule for rule, _ in problems(pull(tmp_path, "a.parquet"))] == ["unreadable file"]


def test_an_unchanged_file_is_not_opened(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "a\n1\n")
    cursor = last_cursor(pull(tmp_path, "a.csv"))
    path.chmod(0)
    messages = pull(tmp_path, "a.csv", cursor=cursor)
    assert len(messages) == 1
    assert last_cursor(messages) == cursor


def test_a_touched_file_is_compared_and_not_read(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "a\n1\n")
    cursor = last_cursor(pull(tmp_path, "a.csv"))
    write(tmp_path, "a.csv", "a\n1\n", LONG_AGO + 60)
    messages = pull(tmp_path, "a.csv", cursor=cursor)
    assert rows(messages) == {}
    assert present(messages) == {}


def test_a_change_that_leaves_size_and_time_alone_is_seen_in_a_young_file(tmp_path: Path) -> None:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    write(tmp_path, "a.csv", "a\n1\n", now)
    cursor = last_cursor(pull(tmp_path, "a.csv"))
    write(tmp_path, "a.csv", "a\n2\n", now)
    assert rows(pull(tmp_path, "a.csv", cursor=cursor)).keys() == {"a.csv:2"}


def test_another_locale_reads_everything_again(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "a\n1\n")
    cursor = last_cursor(pull(tmp_path, "a.csv"))
    messages = pull(tmp_path, "a.csv", cursor=cursor, locale="de_DE")
    assert rows(messages)["a.csv:1"]["a"].locale == "de_DE"


def test_a_file_that_is_gone_is_so_for_certain_and_rows_are_as_the_lake_decides(
    tmp_path: Path,
) -> None:
    for week in ("46", "47"):
        write(tmp_path, f"week-{week}.csv", "a\n1\n2\n")
    cursor = last_cursor(pull(tmp_path, "week-*.csv"))
    write(tmp_path, "week-46.csv", "a\n2\n")
    (tmp_path / "week-47.csv").unlink()
    messages = pull(tmp_path, "week-*.csv", cursor=cursor)
    assert present(messages) == {"week-46.csv": ["week-46.csv:2"], "week-47.csv": []}
    certain = {said.place: said.certain for said in messages if isinstance(said, Present)}
    assert certain == {"week-46.csv": False, "week-47.csv": True}
    assert list(last_cursor(messages)["files"]) == ["week-46.csv"]


def test_a_place_without_any_file_is_named_and_its_rows_stand(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "a\n1\n")
    write(tmp_path, "b.csv", "a\n1\n")
    cursor = last_cursor(pull(tmp_path, "a.csv", "b.csv"))
    (tmp_path / "b.csv").unlink()
    messages = pull(tmp_path, "a.csv", "b.csv", cursor=cursor)
    assert [rule for rule, _ in problems(messages)] == ["unreachable place"]
    assert present(messages) == {}
    assert last_cursor(messages) == cursor
    taken_out = pull(tmp_path, "a.csv", cursor=cursor)
    assert present(taken_out) == {"b.csv": []}


def test_an_emptied_file_is_left_to_the_lakes_own_guard(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "a\n1\n")
    cursor = last_cursor(pull(tmp_path, "a.csv"))
    write(tmp_path, "a.csv", "a\n", LONG_AGO + 60)
    (said,) = [m for m in pull(tmp_path, "a.csv", cursor=cursor) if isinstance(m, Present)]
    assert (said.ids.to_pylist(), said.certain) == ([], False)


@pytest.mark.parametrize("folder", ["", "not-mounted"])
def test_an_empty_or_missing_folder_deletes_nothing(tmp_path: Path, folder: str) -> None:
    with pytest.raises(MissingError, match=r"has none of a\.csv.*Mount it"):
        pull(tmp_path / folder, "a.csv", cursor={"complete": True, "files": {"a.csv": ["", ""]}})


def test_a_file_that_is_being_written_is_read_another_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a.csv", "a\n1\n")
    source = FilesSource(FilesSettings(tmp_path, ("a.csv",)))
    stamps = iter(["2 1 None", "4 2 None"])
    monkeypatch.setattr(source, "_stamp", lambda _: next(stamps))
    messages = list(source.pull({}))
    assert "changed while it was read" in problems(messages)[0][1]
    assert path.name not in last_cursor(messages)["files"]
    assert rows(messages) == {}


cell_texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@pytest.mark.thorough
@given(table=st.lists(st.tuples(cell_texts, cell_texts), max_size=6))
def test_whatever_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    lines = [",".join('"' + text.replace('"', '""') + '"' for text in row) for row in table]
    write(folder, "a.csv", "\n".join(["a,b", *lines]))
    messages = pull(folder, "a.csv")
    found = [(c["a"].text, c["b"].text) for c in rows(messages).values()]
    told = [tuple("" if plain_cell(t, "", "").kind == "empty" else t for t in row) for row in table]
    assert found == [row for row in told if row != ("", "")]
    assert problems(messages) == []
