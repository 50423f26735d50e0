"""Typical mistakes in ``okr.yaml``: the exact message, and what is accepted as it is meant."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.settings import Settings, SettingsError, load_settings
from tests.pipelines.settings.test_settings import ENVIRON, GOOD

CYCLES = "cycles:\n  - {id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}\n"
A_LIST_OF_CYCLES = (
    "2: cycles: expected a list; begin each of its entries with “- ”: - {id: …, start: …, end: …}."
)
THREE_LEVELS = "The three confidence levels in the organization's words, best first."
NO_DAY = "expected a day of the calendar, such as 2026-10-01."
PLACES = (
    "Notion: database or data source id. Sheets: {spreadsheet, tab}. Jira: none. Files: a name"
    " such as weekly.csv, or a pattern such as weekly-*.csv."
)
LEVELS = "[High, Challenge, Critical]"
TAB = "{spreadsheet: s1, tab: Metrics}"
FIELDS = "fields: {id: Key, target: Target}"
END = "over 28 days\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/notion").write_text("n0tion-secret\n")
    return tmp_path


def load(folder: Path, old: str, new: str) -> Settings:
    assert old in GOOD
    path = folder / "okr.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    return load_settings(path, ENVIRON)


MISTAKES = [
    ("2026-Q4", "[2026, Q4]", "3: cycles[0].id: expected a text."),
    ("2026-Q4", "", "3: cycles[0].id: nothing is written here."),
    ("2026-10-01", "1.10.2026", f"3: cycles[0].start: {NO_DAY}"),
    ("2026-12-31", "2026-11-31", f"3: cycles[0].end: {NO_DAY}"),
    (CYCLES, "cycles: {id: 2026, start: 2026-10-01, end: 2026-12-31}\n", A_LIST_OF_CYCLES),
    (CYCLES, "cycles: 2026\n", A_LIST_OF_CYCLES),
    (CYCLES, "cycles: []\n", "2: cycles: the list is empty."),
    (CYCLES, "cycles:\n", "2: cycles: nothing is written here."),
    (CYCLES, "", "1: cycles: this key is missing."),
    (CYCLES, "cycles: [Q4]\n", "2: cycles[0]: expected keys of its own under it: id, start, end."),
    (LEVELS, "[High, Low]", f"1: organization.confidence: too few or too many. {THREE_LEVELS}"),
    (LEVELS, "[A, B, C, D]", f"1: organization.confidence: too few or too many. {THREE_LEVELS}"),
    (
        LEVELS,
        "High",
        "1: organization.confidence: expected a list, such as [one, another]. " + THREE_LEVELS,
    ),
    (TAB, "{spreadsheet: s1, tap: M}", "16: datasets[1].place.tap: unknown key. Did you mean tab?"),
    (TAB, "[s1, Metrics]", f"16: datasets[1].place: not of the form it needs. {PLACES}"),
    (
        TAB,
        "{spreadsheet: s1, tab: M, header_row: first}",
        "16: datasets[1].place.header_row: expected a whole number, such as 5.",
    ),
    (
        "holds: key_results",
        "holds: Key Results",
        "13: datasets[0].holds: unknown value. Did you mean key_results?",
    ),
    ("from: notion", "from: Notion", "13: datasets[0].from: unknown value. Did you mean notion?"),
    (
        FIELDS,
        "fields: [Key, Target]",
        "13: datasets[0].fields: expected a name and a value, such as {name: value}.",
    ),
    (FIELDS, "fields: {id: Key, target: {}}", "13: datasets[0].fields.target: expected a text."),
    (
        "measures:\n  - key_result: KR-1\n    measure",
        "measures:\n  key_result: KR-1\n  measure",
        "19: measures: expected a list; begin each of its entries with “- ”:"
        " - {key_result: …, measure: …}.",
    ),
    (
        END,
        END + "thresholds: {pace_tolerance: 10 %}\n",
        "22: thresholds.pace_tolerance: expected a number; write 10 % as 0.1.",
    ),
    (
        END,
        END + "thresholds: {pace_tolerance: 10}\n",
        "22: thresholds.pace_tolerance: expected 1 or less.",
    ),
    (
        END,
        END + "thresholds: {rollup: average}\n",
        "22: thresholds.rollup: unknown value. Known here: mean, weakest.",
    ),
    (
        END,
        END + "schedule: {at: 2am}\n",
        "22: schedule.at: not of the form it needs. Local time in the organization's zone, HH:MM.",
    ),
    (
        END,
        END + "quality: {fewest_key_results: 6}\n",
        "22: quality: fewest_key_results: 6 is more than most_key_results: 5. Raise one or lower"
        " the other.",
    ),
    (END, END + "links: {meanings: maybe}\n", "22: links.meanings: expected automatic, on or off."),
    (END, END + "links: {aliases: {KR-1: }}\n", "22: links.aliases.KR-1: nothing is written here."),
    (
        "name: Acme",
        "name: OKR: Acme",
        "1: not valid YAML: a bracket is not closed, or a comma is missing.",
    ),
    (
        END,
        END + "data: my: folder\n",
        "22: not valid YAML: a key stands where none can: check the indentation, or put a text that"
        " holds “: ” in quotes.",
    ),
    (
        "    url: https",
        "\turl: https",
        "6: not valid YAML: a tab stop stands where only spaces may: indent with spaces.",
    ),
    ("name: Acme", "name: @acme", "1: not valid YAML: a text that begins with a special character,"
     " such as @ or %, needs quotes."),
    ("jql: project in (SUP, WEB)", "jql: [SUP]", "9: sources.jira.jql: expected a text."),
    ("  notion: {token: {file: secrets/notion}}", "  notion:",
     "10: sources.notion.token: this key is missing."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_told_once_in_the_words_of_the_file(
    folder: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(folder, old, new)
    assert str(caught.value) == f"{folder / 'okr.yaml'}:{said}"


@pytest.mark.parametrize("name", ["2026", "2026.10", "0x1F", "1_000", "no", "12:30", "2026-10-01"])
def test_a_name_is_what_is_written_whatever_it_looks_like(folder: Path, name: str) -> None:
    assert load(folder, "2026-Q4", name).cycles[0].id == name
    assert load(folder, "tab: Metrics", f"tab: {name}").datasets[1].place.tab == name
    assert load(folder, "Acme", name).organization.name == name
    aliased = load(folder, END, END + f"links: {{aliases: {{{name}: KR-1}}}}\n")
    assert aliased.links.aliases == {name: "KR-1"}


def test_numbers_days_times_and_switches_are_still_what_their_keys_need(folder: Path) -> None:
    more = (
        "schedule: {at: 12:30}\nas_of: 2026-11-05\npublish: {restate_days: 7}\n"
        "thresholds: {pace_tolerance: .2, measure_tolerance: 1e-3}\nlinks: {meanings: off}\n"
        "signals: {blocked_statuses: On hold}\n"
        "quality: {ask: off, leave_out: [unclear wording], fewest_key_results: 1}\n"
    )
    settings = load(folder, END, END + more)
    assert settings.schedule is not None
    assert settings.schedule.at == "12:30"
    assert settings.as_of == dt.date(2026, 11, 5)
    assert settings.publish.restate_days == 7
    assert settings.thresholds.pace_tolerance == 0.2
    assert settings.thresholds.measure_tolerance == 0.001
    assert settings.links.meanings is False
    assert settings.signals.blocked_statuses == ("On hold",)
    assert settings.quality.ask is False
    assert settings.quality.leave_out == ("unclear wording",)


def test_a_rule_that_cannot_be_left_out_is_told_with_those_that_can(folder: Path) -> None:
    with pytest.raises(SettingsError, match="no target is no rule of quality; known: output as"):
        load(folder, END, END + "quality: {leave_out: [no target]}\n")


def test_a_key_with_nothing_behind_it_counts_as_left_out(folder: Path) -> None:
    settings = load(folder, END, END + "thresholds:\nschedule:\nlinks: {review: }\n")
    assert settings.thresholds.rollup == "mean"
    assert settings.schedule is None
    assert settings.links.review is None


def test_a_source_named_without_keys_is_a_source(folder: Path) -> None:
    assert load(folder, "{credentials: service-account.json}", "").sources.sheets is not None


def test_a_file_in_another_encoding_is_told(folder: Path) -> None:
    (folder / "okr.yaml").write_bytes("organization: {name: Müller}".encode("latin-1"))
    with pytest.raises(SettingsError, match="is not UTF-8"):
        load_settings(folder / "okr.yaml", ENVIRON)
