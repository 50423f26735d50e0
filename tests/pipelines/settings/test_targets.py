"""Publishing targets in the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.secrets import redact
from pipelines.project import Project
from pipelines.settings import Settings, SettingsError, load_settings
from pipelines.settings.targets import TargetSettings
from tests.support.small_company import SETTINGS


def settings_with(folder: Path, targets: str) -> Settings:
    path = folder / "okr.yaml"
    path.write_text(f"{SETTINGS}\npublish: {{targets: [{targets}]}}", encoding="utf-8")
    return Project(path).settings


@pytest.mark.parametrize(
    ("targets", "says"),
    [
        (
            "{name: a, kind: parkett, folder: x}",
            "targets[0].kind: unknown value. Did you mean parquet?",
        ),
        ("{name: a, kind: csv}", "targets[0]: a target of kind csv needs folder:."),
        ("{name: a, kind: postgres}", "targets[0]: a target of kind postgres needs url:."),
        (
            "{name: a, kind: postgres, url: '${U}', folder: x}",
            "targets[0]: a target of kind postgres has no folder:.",
        ),
        (
            "{name: a, kind: postgres, url: 'postgresql://u:p@h/d'}",
            "targets[0].url: a secret must not be written here",
        ),
        (
            "{name: a, kind: csv, folder: x, readers: [y]}",
            "targets[0]: only a target of kind postgres has readers:.",
        ),
        (
            "{name: a, kind: csv, folder: x, tables: [key_result]}",
            "targets[0].tables: no table is named 'key_result'. Did you mean key_results?",
        ),
        (
            "{name: a, kind: csv, folder: 's3://bucket/x'}",
            "targets[0]: only a target of kind delta may be in an object store.",
        ),
        ("{name: a, kind: sheet}", "targets[0]: a target of kind sheet needs spreadsheet:."),
        (
            "{name: a, kind: csv, folder: x, spreadsheet: s}",
            "targets[0]: only a target of kind sheet has spreadsheet:.",
        ),
        (
            "{name: a, kind: sheet, spreadsheet: s, tables: [links]}",
            "targets[0]: a target of kind sheet has no tables:.",
        ),
        (
            "{name: a, kind: sheet, spreadsheet: s}",
            "publish: targets: a: needs sources: sheets: to sign in with",
        ),
        (
            "{name: a, kind: notion, database: d}",
            "publish: targets: a: needs sources: notion: to sign in with",
        ),
        ("{name: A b, kind: csv, folder: x}", "targets[0].name: not of the form it needs."),
        ("{name: a, kind: csv, foldr: x}", "foldr: unknown key. Did you mean folder?"),
        (
            "{name: a, kind: csv, folder: x}, {name: a, kind: csv, folder: y}",
            "targets: two targets have the same name.",
        ),
        (
            "{name: a, kind: csv, folder: x}, {name: b, kind: parquet, folder: ./x/y/..}",
            "targets: a and b have the same folder, or one lies in the other's.",
        ),
        (
            "{name: a, kind: csv, folder: x}, {name: b, kind: delta, folder: x/y}",
            "targets: a and b have the same folder, or one lies in the other's.",
        ),
        (
            "{name: a, kind: postgres, url: '${U}'}, {name: b, kind: postgres, url: '${U}'}",
            "targets: a and b have the same url and schema.",
        ),
        *(
            (
                f"{{name: a, kind: csv, folder: {folder}}}",
                "targets: a: its folder is one in which okr-sync keeps its own files.",
            )
            for folder in (
                *("data", "data/lake", "data/published/links", "data/alerts/x", "./data/."),
                *(".", "..", "/"),
            )
        ),
    ],
)
def test_what_is_wrong_with_a_target_is_named(tmp_path: Path, targets: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_with(tmp_path, targets)
    assert says in str(refused.value)


def test_a_folder_is_relative_to_the_settings_and_an_address_is_none(tmp_path: Path) -> None:
    settings = settings_with(
        tmp_path,
        "{name: a, kind: csv, folder: data/exports}, {name: b, kind: delta, folder: 's3://c/d'},"
        " {name: c, kind: postgres, url: '${U}', schema: x}",
    )
    first, second, third = settings.publish.targets
    assert first.folder == str(tmp_path.resolve() / "data" / "exports")
    assert second.folder == "s3://c/d"
    assert third.schema_name == "x"


def test_no_run_is_refused_for_an_address_that_is_not_set(tmp_path: Path) -> None:
    path = tmp_path / "okr.yaml"
    targets = "{name: a, kind: postgres, url: '${U}'}, {name: b, kind: postgres, url: {file: no}}"
    path.write_text(f"{SETTINGS}\npublish: {{targets: [{targets}]}}", encoding="utf-8")
    urls = [one.url for one in load_settings(path, {}).publish.targets]
    assert [url.get_secret_value() for url in urls if url is not None] == ["${U}", ""]


def test_the_password_of_an_address_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "okr.yaml"
    targets = "{name: a, kind: postgres, url: '${U}'}"
    path.write_text(f"{SETTINGS}\npublish: {{targets: [{targets}]}}", encoding="utf-8")
    for with_secrets in (True, False):
        url = f"postgresql://ada:Tr0ub4dor%26{with_secrets}@db.example.com/x"
        settings = load_settings(path, {"U": url}, with_secrets=with_secrets)
        assert "Tr0ub4dor" not in repr(settings) + settings.model_dump_json()
        assert "Tr0ub4dor" not in redact(f"no role with Tr0ub4dor&{with_secrets} at {url}")


@pytest.mark.parametrize(
    ("written", "id"),
    [
        ("'https://docs.google.com/spreadsheets/d/1aBc_d-E/edit#gid=0'", "1aBc_d-E"),
        ("'https://docs.google.com/spreadsheets/u/1/d/1aBc_d-E/'", "1aBc_d-E"),
        ("1aBc_d-E", "1aBc_d-E"),
    ],
)
def test_a_spreadsheet_is_named_by_id_or_address(written: str, id: str) -> None:
    assert (
        TargetSettings.model_validate(
            {"name": "a", "kind": "sheet", "spreadsheet": written.strip("'")}
        ).spreadsheet
        == id
    )


@pytest.mark.parametrize(
    ("written", "id"),
    [
        (f"https://www.notion.so/acme/{'0f' * 16}?v={'1e' * 16}", "0f" * 16),
        (f"https://www.notion.so/acme/OKRs-{'0F' * 16}", "0f" * 16),
        ("0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f", "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f"),
        ("https://www.notion.so/acme", "https://www.notion.so/acme"),
    ],
)
def test_a_database_is_named_by_id_or_address(written: str, id: str) -> None:
    one = TargetSettings.model_validate({"name": "a", "kind": "notion", "database": written})
    assert one.database == id
