"""Every property type as Notion serves it, and the ways it trips readers up."""

from typing import Any

import pytest

from connectors.cells import Cell
from connectors.notion.properties import decode_property, show_number


def value(kind: str, held: Any) -> dict[str, Any]:
    return {"id": "aB%3Ac", "type": kind, kind: held}


def run(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "plain_text": text, "href": None, **more}


def decoded(kind: str, held: Any, number_format: str | None = None) -> Cell:
    return decode_property("Field", value(kind, held), number_format)


def bare(cell: Cell) -> tuple[str, str]:
    return cell.kind, cell.text


def test_a_cell_keeps_name_and_the_immutable_id() -> None:
    cell = decoded("number", 3)
    assert (cell.name, cell.address) == ("Field", "aB%3Ac")


def test_a_title_split_over_runs_is_one_text() -> None:
    assert bare(decoded("title", [run("Reach "), run("KR-"), run("12")])) == ("text", "Reach KR-12")


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("title", []),
        ("rich_text", [run("  ")]),
        ("number", None),
        ("select", None),
        ("status", None),
        ("multi_select", []),
        ("date", None),
        ("people", []),
        ("files", []),
        ("url", None),
        ("email", None),
        ("phone_number", None),
        ("relation", []),
        ("formula", None),
        ("formula", {"type": "string", "string": None}),
        ("formula", {"type": "number", "number": None}),
        ("formula", {"type": "date", "date": None}),
        ("rollup", {"type": "number", "number": None, "function": "sum"}),
        ("rollup", {"type": "date", "date": None, "function": "latest_date"}),
        ("rollup", {"type": "array", "array": [], "function": "show_original"}),
        ("unique_id", {"prefix": "KR", "number": None}),
        ("button", {}),
        ("verification", None),
    ],
)
def test_nothing_is_empty_and_never_zero(kind: str, held: Any) -> None:
    cell = decoded(kind, held)
    assert (cell.kind, cell.text, cell.number) == ("empty", "", None)


def test_zero_and_an_unticked_box_are_not_nothing() -> None:
    assert decoded("number", 0).number == 0.0
    assert decoded("checkbox", False) == Cell(
        kind="bool", text="No", number=0.0, name="Field", address="aB%3Ac"
    )


@pytest.mark.parametrize(
    ("number", "number_format", "expected"),
    [
        (0.125, "percent", ("percent", "12.5%", 0.125, None)),
        (0.58, "percent", ("percent", "58%", 0.58, None)),
        (1, "percent", ("percent", "100%", 1.0, None)),
        (0.58, "number", ("number", "0.58", 0.58, None)),
        (0.58, None, ("number", "0.58", 0.58, None)),
        (1200, "euro", ("money", "1200", 1200.0, "EUR")),
        (9.5, "ringgit", ("money", "9.5", 9.5, "MYR")),
    ],
)
def test_the_schema_tells_a_percentage_from_a_number(
    number: float, number_format: str | None, expected: tuple[Any, ...]
) -> None:
    cell = decoded("number", number, number_format)
    assert (cell.kind, cell.text, cell.number, cell.unit) == expected


def test_a_select_turned_into_a_status_reads_the_same() -> None:
    option = {"id": "o1", "name": "High", "color": "green"}
    select, status = decoded("select", option), decoded("status", option)
    assert select == status
    assert (bare(select), select.refs) == (("text", "High"), ("o1",))


def test_references_keep_their_order_without_repeats() -> None:
    people = [{"id": "u2", "name": "Mia"}, {"id": "u1"}, {"id": "u2", "name": "Mia"}]
    cell = decoded("people", people)
    assert (cell.kind, cell.text, cell.refs) == ("refs", "Mia", ("u2", "u1"))
    assert decoded("relation", [{"id": "p1"}, {"id": "p2"}]).refs == ("p1", "p2")
    options = decoded("multi_select", [{"id": "a", "name": "KR-1"}, {"id": "b", "name": "KR-2"}])
    assert (options.text, options.refs) == ("KR-1, KR-2", ("a", "b"))


@pytest.mark.parametrize(
    ("held", "kind", "start", "end"),
    [
        ({"start": "2026-11-28", "end": None}, "date", "2026-11-28", None),
        ({"start": "2026-11-01", "end": "2026-11-28"}, "date", "2026-11-01", "2026-11-28"),
        (
            {"start": "2026-11-28T09:00:00.000+08:00", "end": None, "time_zone": None},
            "datetime",
            "2026-11-28T09:00:00+08:00",
            None,
        ),
        (
            {
                "start": "2026-03-28T09:00:00",
                "end": "2026-03-30T09:00:00",
                "time_zone": "Europe/Berlin",
            },
            "datetime",
            "2026-03-28T09:00:00+01:00",
            "2026-03-30T09:00:00+02:00",  # summer time began in between
        ),
        ({"start": "2026-11-28T01:00:00Z"}, "datetime", "2026-11-28T01:00:00+00:00", None),
    ],
)
def test_date_ranges_with_and_without_zone(
    held: Any, kind: str, start: str, end: str | None
) -> None:
    cell = decoded("date", held)
    assert (cell.kind, cell.date, cell.end) == (kind, start, end)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({"type": "string", "string": "on track"}, ("text", "on track", None)),
        ({"type": "number", "number": 4.5}, ("number", "4.5", 4.5)),
        ({"type": "boolean", "boolean": True}, ("bool", "Yes", 1.0)),
        ({"type": "boolean", "boolean": False}, ("bool", "No", 0.0)),
        ({"type": "date", "date": {"start": "2026-11-28"}}, ("date", "2026-11-28", None)),
        ({"type": "unsupported", "unsupported": {}}, ("error", "unsupported", None)),
    ],
)
def test_formulas_yield_whatever_they_yield(held: Any, expected: tuple[Any, ...]) -> None:
    cell = decoded("formula", held)
    assert (cell.kind, cell.text, cell.number) == expected


def test_a_rollup_that_counts_shares_is_a_percentage_without_any_schema() -> None:
    held = {"type": "number", "number": 0.58, "function": "percent_checked"}
    assert bare(decoded("rollup", held)) == ("percent", "58%")


def test_a_rollup_of_one_value_is_that_value() -> None:
    one = {"type": "number", "number": 12}
    held = {"type": "array", "array": [one], "function": "show_original"}
    assert decoded("rollup", held).number == 12.0


def test_a_rollup_of_relations_gathers_what_they_refer_to() -> None:
    items = [
        {"type": "relation", "relation": [{"id": "p1"}, {"id": "p2"}]},
        {"type": "relation", "relation": [{"id": "p2"}, {"id": "p3"}]},
    ]
    cell = decoded("rollup", {"type": "array", "array": items, "function": "show_original"})
    assert (cell.kind, cell.refs) == ("refs", ("p1", "p2", "p3"))


def test_a_rollup_of_texts_is_joined() -> None:
    items = [{"type": "title", "title": [run(name)]} for name in ("Alpha", "Beta")]
    cell = decoded("rollup", {"type": "array", "array": items, "function": "show_original"})
    assert bare(cell) == ("text", "Alpha, Beta")


@pytest.mark.parametrize("how", ["incomplete", "unsupported"])
def test_a_rollup_without_a_result_is_an_error_and_no_number(how: str) -> None:
    cell = decoded("rollup", {"type": how, how: {}, "function": "sum"})
    assert (cell.kind, cell.text, cell.number) == ("error", how, None)


def test_a_broken_item_breaks_the_rolled_up_list() -> None:
    items = [{"type": "number", "number": 1}, {"type": "hologram", "hologram": 1}]
    cell = decoded("rollup", {"type": "array", "array": items, "function": "show_original"})
    assert bare(cell) == ("error", "hologram")


def test_an_unknown_type_is_an_error_with_its_name() -> None:
    assert bare(decoded("hologram", {"x": 1})) == ("error", "hologram")


@pytest.mark.parametrize("held", [None, [], {}, ""])
def test_an_unknown_type_that_holds_nothing_is_empty(held: Any) -> None:
    assert decoded("hologram", held).kind == "empty"
    assert decoded("formula", {"type": "hologram", "hologram": None}).kind == "empty"


def test_unique_ids_with_and_without_prefix() -> None:
    assert bare(decoded("unique_id", {"prefix": "KR", "number": 7})) == ("text", "KR-7")
    assert bare(decoded("unique_id", {"prefix": None, "number": 7})) == ("text", "7")


def test_moments_people_files_and_the_rest() -> None:
    moment = decoded("created_time", "2026-07-04T09:08:00.000Z")
    assert (moment.kind, moment.date) == ("datetime", "2026-07-04T09:08:00+00:00")
    assert decoded("created_by", {"object": "user", "id": "u1"}).refs == ("u1",)
    assert bare(decoded("files", [{"name": "a.pdf"}, {"name": "b.png"}])) == (
        "text",
        "a.pdf, b.png",
    )
    assert bare(decoded("email", "mia@example.com")) == ("text", "mia@example.com")
    assert bare(decoded("verification", {"state": "verified"})) == ("text", "verified")


@pytest.mark.parametrize(
    ("kind", "held"),
    [("select", {"id": "a"}), ("people", "mia"), ("date", {"end": None}), ("title", [{}])],
)
def test_a_misshapen_value_is_never_guessed(kind: str, held: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        decoded(kind, held)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(4.0, "4"), (12.5, "12.5"), (-0.0, "0"), (1e21, "1" + "0" * 21)],
)
def test_numbers_are_shown_without_exponents(number: float, shown: str) -> None:
    assert show_number(number) == shown
