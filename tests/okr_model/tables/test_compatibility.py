"""Which changes of the contract break a reader, and what the version must say of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from okr_model.tables import BY_NAME, CONTRACT_VERSION, TABLES, UNITS, Column, Table
from okr_model.tables.columns import Deprecation
from okr_model.tables.compatibility import (
    Contract,
    contract_changes,
    contract_problems,
    recorded,
)
from tests.support.paths import ROOT

WAS = Table(
    "sales",
    "sale",
    ("sale_id",),
    (
        Column("sale_id", "text", "Its id", required=True),
        Column("share", "number", "Its share", unit="fraction"),
        Column("state", "text", "Its state", one_of=("open", "closed")),
        Column("buyer", "text", "Who bought", refers="people.id"),
        Column("trial", "number", "Being tried", unit="score", stability="experimental"),
    ),
)
PEOPLE = Table("people", "person", ("id",), (Column("id", "text", "Its id", required=True),))


def with_column(name: str, /, **changed: object) -> Table:
    columns = (replace(c, **changed) if c.name == name else c for c in WAS.columns)
    return replace(WAS, columns=tuple(columns))


def without(name: str) -> Table:
    return replace(WAS, columns=tuple(c for c in WAS.columns if c.name != name))


def contract(*tables: Table, version: str = "1.3") -> Contract:
    # As it is once it has been written and read.
    found: Contract = json.loads(json.dumps(recorded(tables, version)))
    return found


BEFORE = contract(WAS, PEOPLE)
MORE = Column("more", "text", "More")
BREAKING = {
    "table removed": ((PEOPLE,), "sales"),
    "key": ((replace(WAS, key=("sale_id", "state")), PEOPLE), "sales"),
    "column removed": ((without("share"), PEOPLE), "sales.share"),
    "type": ((with_column("share", type="integer"), PEOPLE), "sales.share"),
    "may be null": ((with_column("sale_id", required=False), PEOPLE), "sales.sale_id"),
    "never null": ((with_column("share", required=True), PEOPLE), "sales.share"),
    "unit": ((with_column("share", unit="count"), PEOPLE), "sales.share"),
    "no unit": ((with_column("share", unit=None), PEOPLE), "sales.share"),
    "word removed": ((with_column("state", one_of=("open", "shut")), PEOPLE), "sales.state"),
    "words removed": ((with_column("state", one_of=()), PEOPLE), "sales.state"),
    "refers elsewhere": ((with_column("buyer", refers="people.name"), PEOPLE), "sales.buyer"),
    "refers nowhere": ((with_column("buyer", refers=None), PEOPLE), "sales.buyer"),
    "less stable": ((with_column("share", stability="experimental"), PEOPLE), "sales.share"),
}
ADDITIVE = {
    "table": ((WAS, PEOPLE, replace(WAS, name="returns")), "returns"),
    "column": ((replace(WAS, columns=(*WAS.columns, MORE)), PEOPLE), "sales.more"),
    "column in front": ((replace(WAS, columns=(MORE, *WAS.columns)), PEOPLE), "sales.more"),
    "word": ((with_column("state", one_of=("open", "closed", "lost")), PEOPLE), "sales.state"),
    "words fixed": ((with_column("buyer", one_of=("a", "b")), PEOPLE), "sales.buyer"),
    "refers": ((with_column("state", refers="people.id"), PEOPLE), "sales.state"),
    "deprecated": ((with_column("share", deprecated=Deprecation("1.4")), PEOPLE), "sales.share"),
    "stable": ((with_column("trial", stability="stable"), PEOPLE), "sales.trial"),
    "experiment gone": ((without("trial"), PEOPLE), "sales.trial"),
    "experiment retyped": ((with_column("trial", type="integer"), PEOPLE), "sales.trial"),
}


@pytest.mark.parametrize(("tables", "subject"), BREAKING.values(), ids=list(BREAKING))
def test_what_breaks_a_reader_needs_a_major_version_and_a_word(
    tables: tuple[Table, ...], subject: str
) -> None:
    def said(version: str, changelog: str = "") -> list[str]:
        return contract_problems(BEFORE, contract(*tables, version=version), changelog)

    broken = {change.subject for change in contract_changes(BEFORE, contract(*tables))}
    assert broken == {subject}
    for version in ("1.3", "1.4"):
        (problem,) = said(version)
        assert problem.startswith(f"{subject}: ")
        assert problem.endswith("Raise the contract's version to 2.0, or keep it.")
    (problem,) = said("2.0", f"### 1.3\n{subject}\n### 2.0\n{subject}x, x{subject}, {subject}.y\n")
    assert problem.endswith("Name it in the changes of contract 2.0.")
    assert said("2.0", f"# Changes\n### 2.0\n- `{subject}` is gone.\n### 1.3\n") == []


@pytest.mark.parametrize(("tables", "subject"), ADDITIVE.values(), ids=list(ADDITIVE))
def test_what_adds_needs_a_minor_version(tables: tuple[Table, ...], subject: str) -> None:
    (problem,) = contract_problems(BEFORE, contract(*tables), "")
    assert problem.startswith(f"{subject}: ")
    assert problem.endswith("Raise the contract's version to 1.4.")
    for version in ("1.4", "1.10", "2.0"):
        assert contract_problems(BEFORE, contract(*tables, version=version), "") == []


def test_a_renamed_column_breaks_and_adds() -> None:
    renamed = contract(with_column("share", name="part"), PEOPLE)
    found = [(one.subject, one.breaking) for one in contract_changes(BEFORE, renamed)]
    assert found == [("sales.share", True), ("sales.part", False)]


def test_neither_order_nor_wording_is_a_change() -> None:
    turned = replace(WAS, columns=WAS.columns[::-1], row_is="deal")
    assert contract_changes(BEFORE, contract(PEOPLE, turned)) == []
    assert contract_changes(BEFORE, contract(with_column("share", meaning="Other"), PEOPLE)) == []
    assert contract_problems(BEFORE, BEFORE, "") == []


def test_a_version_never_goes_back() -> None:
    (problem,) = contract_problems(BEFORE, contract(WAS, PEOPLE, version="1.2"), "")
    assert problem == "The contract's version goes back from 1.3 to 1.2."


def test_what_a_unit_means_is_promised_where_a_stable_column_has_it() -> None:
    def meaning(unit: str) -> Contract:
        return {**BEFORE, "units": {**BEFORE["units"], unit: "100 means 100 %"}}

    (used,) = contract_changes(BEFORE, meaning("fraction"))
    assert (used.subject, used.breaking) == ("unit fraction", True)
    for unit in ("bytes", "score"):  # no column has it, or an experimental one
        assert [one.breaking for one in contract_changes(BEFORE, meaning(unit))] == [False]


def test_a_record_says_since_which_version_there_is_a_column() -> None:
    more = replace(WAS, columns=(*WAS.columns, MORE))
    columns = recorded((more,), "1.4", BEFORE)["tables"]["sales"]["columns"]
    assert columns["more"]["since"] == "1.4"
    assert columns["share"] == {"since": "1.3", "type": "number", "unit": "fraction"}


def test_the_contract_is_recorded_and_keeps_its_promises() -> None:
    before = json.loads((ROOT / "docs/contract.json").read_text("utf-8"))
    after = recorded(TABLES, CONTRACT_VERSION, before)
    changelog = (ROOT / "docs/contract.md").read_text("utf-8")
    assert contract_problems(before, after, changelog) == []
    assert before == json.loads(json.dumps(after)), "make contract"


def test_every_figure_day_and_instant_says_its_unit_and_no_other_column_does() -> None:
    for table in TABLES:
        for column in table.columns:
            has = column.type in ("number", "integer", "date", "timestamp")
            assert (column.unit in UNITS) == has, f"{table.name}.{column.name}"
            days = {"date": "calendar day", "timestamp": "UTC"}.get(column.type, column.unit)
            assert column.unit == days, f"{table.name}.{column.name}"


def test_what_is_declared_of_other_columns_is_there() -> None:
    for table in TABLES:
        for column in table.columns:
            gone = column.deprecated
            named = [column.refers, gone and gone.instead]
            for of, _, name in (one.rpartition(".") for one in named if one):
                assert name in BY_NAME[of or table.name].column_names, f"{table.name}.{column.name}"
            assert gone is None or column.stability == "stable"
            assert gone is None or _numbers(gone.since) <= _numbers(CONTRACT_VERSION)
        stable = {column.name for column in table.columns if column.stability == "stable"}
        assert set(table.key) <= stable


def test_a_description_says_unit_and_what_will_become_of_a_column() -> None:
    share = Column("share", "number", "Its share", unit="fraction")
    assert share.described.startswith("Its share [fraction: 1 means 100 %")
    assert Column("id", "text", "Its id").described == "Its id"
    assert Column("at", "timestamp", "When").described == "When [UTC]"
    trial = replace(share, unit=None, stability="experimental")
    assert trial.described == "Its share. Experimental"
    old = replace(share, unit=None, deprecated=Deprecation("1.4", "part"))
    assert old.described == "Its share. Deprecated since 1.4: use part"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
