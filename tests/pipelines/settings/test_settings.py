"""Settings: what is accepted, and errors that name the line and the remedy."""

import datetime as dt
import json
from pathlib import Path

import pytest

from connectors.secrets import SHOWN, redact
from pipelines.model.organization import organization_of
from pipelines.settings import Settings, SettingsError, SheetPlace, load_settings
from pipelines.settings.organization.organization import Organization
from pipelines.settings.page import PageSettings
from tests.support.paths import ROOT

GOOD = """\
organization: {name: Acme, timezone: Asia/Kuala_Lumpur, confidence: [High, Challenge, Critical]}
cycles:
  - {id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}
sources:
  jira:
    url: https://acme.example
    user: "${JIRA_USER}"
    token: "${JIRA_TOKEN}"
    jql: project in (SUP, WEB)
  notion: {token: {file: secrets/notion}}
  sheets: {credentials: service-account.json}
datasets:
  - {holds: key_results, from: notion, place: abc, fields: {id: Key, target: Target}}
  - holds: measurements
    from: sheets
    place: {spreadsheet: s1, tab: Metrics}
    fields: {key_result: KR, date: Week, value: Value}
  - {holds: initiatives, from: jira, where: {issue_type: Epic}, fields: {key_result: Key Result}}
measures:
  - key_result: KR-1
    measure: median of resolution time from jira where issue_type = Bug over 28 days
"""
ENVIRON = {"JIRA_USER": "ops@acme.example", "JIRA_TOKEN": "t0p-secret"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/notion").write_text("n0tion-secret\n")
    return tmp_path


def load(folder: Path, text: str, environ: dict[str, str] = ENVIRON) -> Settings:
    path = folder / "okr.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ)


def violation(folder: Path, text: str, environ: dict[str, str] = ENVIRON) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, text, environ)
    return str(caught.value)


def test_a_variable_is_what_env_var_of_dagster_reads_in_each_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster import EnvVar  # heavy, and needed only here

    monkeypatch.setenv("JIRA_USER", "ops@acme.example")
    for token in ("t0p-secret", "renewed-secret"):
        monkeypatch.setenv("JIRA_TOKEN", token)
        (folder / "okr.yaml").write_text(GOOD, encoding="utf-8")
        jira = load_settings(folder / "okr.yaml").sources.jira
        assert jira is not None
        assert jira.token.get_secret_value() == EnvVar("JIRA_TOKEN").get_value() == token


def test_a_good_file_is_read_with_its_secrets_and_defaults(folder: Path) -> None:
    settings = load(folder, GOOD)
    assert settings.sources.jira is not None
    assert settings.sources.jira.user == "ops@acme.example"
    assert settings.sources.jira.token.get_secret_value() == "t0p-secret"
    assert settings.sources.notion is not None
    assert settings.sources.notion.token.get_secret_value() == "n0tion-secret"
    assert settings.datasets[1].place == SheetPlace(spreadsheet="s1", tab="Metrics")
    assert settings.measures[0].key_result == ("KR-1",)
    assert settings.measures[0].measure[0].endswith("over 28 days")
    assert settings.cycles[0].end == dt.date(2026, 12, 31)
    assert settings.links.key_pattern == r"KR-\d+"


def test_paths_are_taken_from_the_files_own_folder(folder: Path) -> None:
    settings = load(folder, GOOD)
    assert settings.data == folder.resolve() / "data"
    assert settings.publish.duckdb == folder.resolve() / "data" / "published.duckdb"
    assert settings.sources.sheets is not None
    assert settings.sources.sheets.credentials == folder.resolve() / "service-account.json"


def test_without_a_key_file_sheets_are_read_by_default_credentials(folder: Path) -> None:
    settings = load(folder, GOOD.replace("{credentials: service-account.json}", "{}"))
    assert settings.sources.sheets is not None
    assert settings.sources.sheets.credentials is None


def test_secrets_are_in_no_repr(folder: Path) -> None:
    shown = repr(load(folder, GOOD))
    assert "t0p-secret" not in shown
    assert "n0tion-secret" not in shown


def test_a_secret_in_the_file_is_refused_and_not_repeated(folder: Path) -> None:
    said = violation(folder, GOOD.replace('"${JIRA_TOKEN}"', "ATATT-very-secret"))
    assert "okr.yaml:8: sources.jira.token" in said
    assert "${NAME}" in said
    assert "ATATT" not in said


def test_order_by_within_quotes_orders_nothing(folder: Path) -> None:
    jql = """summary ~ "order by phone" OR summary ~ 'it''s order by mail'"""
    settings = load(folder, GOOD.replace("project in (SUP, WEB)", f"|\n      {jql}", 1))
    assert settings.sources.jira is not None
    assert settings.sources.jira.jql == jql
    said = violation(folder, GOOD.replace("(SUP, WEB)", '(SUP) AND summary ~ "a" order by key', 1))
    assert "must not hold ORDER BY" in said


def test_an_omitted_plural_is_the_singular_and_levels_are_known_in_any_case(folder: Path) -> None:
    own = "words: {objective: Ziel, key_result: KR, key_results: KRs, levels: {TEAM: Squad}}, "
    told = organization_of(load(folder, GOOD.replace("{name: Acme", f"{{{own}name: Acme", 1))).words
    assert (told.objective, told.objectives) == ("Ziel", "Ziel")
    assert (told.key_result, told.key_results) == ("KR", "KRs")
    assert (told.team, told.teams, told.company) == ("Squad", "Squad", "company")
    assert told.level("Team") == "Squad"
    assert told.level("Guild") == "Guild"
    assert (told.initiative, told.initiatives) == ("initiative", "initiatives")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("{name: Acme", "{language: xx_YY, name: Acme", 1, "is not a language"),
        ("{name: Acme", "{architecture: team_okr, name: Acme", 1, "Did you mean team_okrs?"),
        ("{name: Acme", "{words: {goal: Ziel}, name: Acme", 1, "goal"),
        ("{name: Acme", "{words: {objective: ' '}, name: Acme", 1, "objective"),
        ("{name: Acme", "{words: {levels: {Team: A, team: B}}, name: Acme", 1, "given twice"),
        ("organization: {name", "organisation: {name", 1, "Did you mean organization?"),
        ("Asia/Kuala_Lumpur", "Asia/Kuala_Lumpor", 1, "Did you mean Asia/Kuala_Lumpur?"),
        ("end: 2026-12-31", "end: 2026-09-31", 3, "cycles[0].end"),
        ("end: 2026-12-31", "end: 2026-09-30", 3, "ends before it starts"),
        ("url: https", "ulr: https", 6, "Did you mean url?"),
        ("jql: project in (SUP, WEB)", "jql: order by created", 9, "restriction"),
        ("holds: measurements", "holds: measurement", 14, "datasets[1].holds"),
        ("{id: Key, target: Target}", "{id: Key, targte: Target}", 13, "Did you mean target?"),
        ("{id: Key, target: Target}", "{id: Key}", 13, "needs fields for target"),
        ("place: abc, ", "", 13, "database or data source"),
        ("{spreadsheet: s1, tab: Metrics}", "s1", 14, "{spreadsheet: <id>, tab: <name>}"),
        ("  sheets: {credentials: service-account.json}\n", "", 13, "sources: does not name"),
        ("secrets/notion", "secrets/nothing", 10, "cannot read the secret file"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_remedy(
    folder: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in GOOD
    said = violation(folder, GOOD.replace(old, new, 1))
    assert words in said
    if "does not name" not in words:
        assert f"okr.yaml:{line}:" in said


def test_every_mistake_is_told_at_once(folder: Path) -> None:
    said = violation(
        folder, GOOD.replace("Asia/Kuala_Lumpur", "Mars").replace("jql: project", "jgl: project")
    )
    assert "Mars" in said
    assert "jgl" in said


def test_addresses_of_teams_are_secrets_that_may_be_missing(folder: Path) -> None:
    written = 'messages: {{teams: {{Sales: ["${{CHAT}}", {{file: none}}]}}{more}}}\n'
    told = load(folder, GOOD + written.format(more=", due: tue, wins: Never")).messages
    assert [one.get_secret_value() for one in told.teams["Sales"]] == ["${CHAT}", ""]
    assert (told.due, told.wins) == ("Tuesday", "never")
    known = ENVIRON | {"CHAT": "slack://kept-secret"}
    shown = load(folder, GOOD + written.format(more=""), known)
    assert "kept-secret" not in repr(shown)
    for mistake, words in (
        (written.format(more=", due: Someday"), "is not a day of the week"),
        ("messages: {teams: {Sales: [slack://kept-secret]}}\n", "must not be written here"),
        ("messages: {teams: {Sales: '${CHAT}'}}\n", "expected a list"),
        ("messages: {teams: {Sales: [], SALES: []}}\n", "named twice"),
    ):
        said = violation(folder, GOOD + mistake, known)
        assert f"okr.yaml:{len(GOOD.splitlines()) + 1}: messages" in said
        assert words in said
        assert "kept-secret" not in said


def test_a_missing_variable_is_named(folder: Path) -> None:
    said = violation(folder, GOOD, {"JIRA_USER": "x"})
    assert "okr.yaml:8" in said
    assert "JIRA_TOKEN is not set" in said


def test_whoever_only_reads_tables_needs_no_secrets(folder: Path) -> None:
    path = folder / "okr.yaml"
    path.write_text(GOOD, encoding="utf-8")
    (folder / "secrets/notion").unlink()
    settings = load_settings(path, {}, with_secrets=False)
    assert settings.publish.duckdb.name == "published.duckdb"


def test_broken_yaml_is_told_with_its_line(folder: Path) -> None:
    assert "okr.yaml:2" in violation(folder, "organization: {name: x}\ncycles: ]\n")


def test_the_same_key_twice_is_refused(folder: Path) -> None:
    said = violation(folder, GOOD + "organization: {name: Other, timezone: UTC}\n")
    assert "organization is given twice" in said


def test_yaml_cannot_build_objects(folder: Path) -> None:
    violation(folder, "organization: !!python/object/apply:os.getcwd []\n")


def test_a_key_pattern_that_could_run_away_is_refused(folder: Path) -> None:
    assert "links.key_pattern" in violation(folder, GOOD + "links: {key_pattern: '(a+)+'}\n")


def test_a_review_tab_needs_a_sign_in_and_a_spreadsheet_of_its_own(folder: Path) -> None:
    review = load(folder, GOOD + "links: {review: {spreadsheet: r1}}\n").links.review
    assert review is not None
    assert (review.spreadsheet, review.tab) == ("r1", "Link review")
    said = violation(folder, GOOD + "links: {review: {spreadsheet: s1}}\n")
    assert "s1 is read by a dataset, too. Give it a spreadsheet of its own" in said
    files = "  files: {folder: files}\ndatasets:\n"
    files += "  - {holds: key_results, from: files, place: k.csv, fields: {id: Key, target: To}}\n"
    without = GOOD.partition("  jira:")[0] + files + "links: {review: {spreadsheet: r1}}\n"
    assert "needs sources: sheets: to sign in with" in violation(folder, without)


def test_the_committed_schema_is_the_one_the_settings_have() -> None:
    committed = json.loads((ROOT / "docs/okr.schema.json").read_text())
    assert committed == Settings.model_json_schema(by_alias=True)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://dagster.example.com/", "https://dagster.example.com"),
        ("http://dagster:3000/okr", "http://dagster:3000/okr"),
    ],
)
def test_dagster_is_where_the_settings_say(given: str, kept: str) -> None:
    assert PageSettings(dagster_url=given).dagster_url == kept


@pytest.mark.parametrize(
    "given",
    [
        *("javascript:alert(1)", "file:///etc/passwd", "dagster.example.com", "//dagster", ""),
        *("https://u:p@dagster.example.com", "https://dagster/?a=b", "https://dagster/#x"),
        *("https://", "https://dag ster/", "https://dagster/\n"),
    ],
)
def test_what_is_no_address_of_dagster_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="dagster_url"):
        PageSettings(dagster_url=given)


def _token(folder: Path, environ: dict[str, str]) -> str:
    text = GOOD.replace("{file: secrets/notion}", '"${NOTION}"')
    notion = load(folder, text, ENVIRON | environ).sources.notion
    assert notion
    return notion.token.get_secret_value()


def test_a_mounted_secret_is_read_anew_by_each_run(folder: Path) -> None:
    mounted = {"NOTION_FILE": str(folder / "mounted")}
    (folder / "mounted").write_text("the first one\n")
    assert _token(folder, mounted) == "the first one"
    (folder / "mounted").write_text("the second one\n")
    assert _token(folder, mounted) == "the second one"
    assert redact("the second one, the first one") == f"{SHOWN}, {SHOWN}"
    assert _token(folder, mounted | {"NOTION": "of the environment"}) == "of the environment"


def test_a_mounted_secret_that_is_missing_or_empty_is_told(folder: Path) -> None:
    mounted = {"NOTION_FILE": str(folder / "mounted")}
    with pytest.raises(SettingsError, match="cannot read the secret file that NOTION_FILE names"):
        _token(folder, mounted)
    (folder / "mounted").write_text(" \n")
    with pytest.raises(SettingsError, match="the secret file that NOTION_FILE names is empty"):
        _token(folder, mounted)
    with pytest.raises(SettingsError, match="NOTION is not set, and neither is NOTION_FILE"):
        _token(folder, {})


@pytest.mark.parametrize(
    "words", [["Rot", "Gelb", "Rot"], ["Rot", "rot", "Grün"], ["", "Gelb", "Rot"]]
)
def test_a_word_names_one_level_of_confidence(words: list[str]) -> None:
    given = {"name": "Acme", "timezone": "UTC", "confidence": words}
    with pytest.raises(ValueError, match="three different words"):
        Organization.model_validate(given)
