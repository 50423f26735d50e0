"""From ``page:`` of the settings to who may read; the refusal to open the page without sign-in."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.access.reader import Reader
from dashboard.access.refusal import Refusal
from pipelines.cli.app import app
from pipelines.cli.page.access import PageSecretError, access_of, page_secret
from pipelines.cli.page.serve import OpenToOthersError, serve
from pipelines.project import Project
from pipelines.settings import SettingsError, load_settings
from pipelines.settings.page import PageSettings
from published.restricted import Restriction
from tests.support.small_company import SETTINGS

LONG = "x" * 32
PROXY = 'page: {address: "https://okr.example.com", proxy: {secret: "${S}"}, roles: {viewer: [a]}}'


def project(folder: Path, page: str) -> Project:
    path = folder / "okr.yaml"
    path.write_text(f"{SETTINGS}\n{page}\n", encoding="utf-8")
    return Project(path, with_secrets=False, with_page_secrets=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "::", "okr.example.com", "localhost.evil"])  # noqa: S104 - refused
def test_others_are_not_let_in_without_sign_in(tmp_path: Path, host: str) -> None:
    path = tmp_path / "okr.yaml"
    path.write_text(SETTINGS, encoding="utf-8")
    with pytest.raises(OpenToOthersError, match="would show the page to others without sign-in"):
        serve(path, 0, host)


def test_a_proxy_s_secret_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = project(tmp_path, PROXY)
    monkeypatch.delenv("S", raising=False)
    with pytest.raises(SettingsError, match="the environment variable S is not set"):
        _ = one.settings
    monkeypatch.setenv("S", "short")
    with pytest.raises(PageSecretError, match="page: proxy: secret: has fewer than 32"):
        access_of(project(tmp_path, PROXY), "ada", lambda: dt.datetime.now(dt.UTC))
    monkeypatch.setenv("S", LONG)
    access = access_of(project(tmp_path, PROXY), "ada", lambda: dt.datetime.now(dt.UTC))
    assert access.address == "https://okr.example.com"
    assert access.secure


def test_a_night_needs_no_secret_of_the_page_and_has_none(tmp_path: Path) -> None:
    path = tmp_path / "okr.yaml"
    path.write_text(f"{SETTINGS}\n{PROXY}\n", encoding="utf-8")
    proxy = load_settings(path, {}).page.proxy
    assert proxy is not None
    assert proxy.secret.get_secret_value() == ""
    assert LONG not in load_settings(path, {"S": LONG}).model_dump_json()


def test_a_secret_in_the_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a secret must not be written here"):
        _ = project(tmp_path, f"page: {{secret: {LONG}}}").settings


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("{proxy: {secret: '${S}'}, roles: {viewer: [a]}}", "address: is needed"),
        ("{address: 'http://okr.example.com'}", "write it as https://"),
        ("{address: 'https://x@okr.example.com'}", "must not be part of the address"),
        ("{address: 'https://okr.example.com/okr'}", "at the root of its address"),
        ("{address: 'https://a.b', proxy: {secret: '${S}'}}", "nobody could read the page"),
        (
            "{address: 'https://a.b', roles: {lead: [x]}, proxy: {secret: '${S}'},"
            " sign_in: {issuer: 'https://c.d', client_id: x}}",
            "not both",
        ),
        ("{sign_in: {issuer: 'http://c.d', client_id: x}}", "is no issuer"),
        ("{sign_in: {issuer: 'https://c.d', client_id: x, scopes: [email]}}", "openid has to be"),
        ("{restricted: [{groups: [x]}]}", "names teams or key_results"),
        ("{tokens: [{name: x, sha256: abc}]}", "sha256"),
        ("{session_hours: 0}", "session_hours"),
    ],
)
def test_settings_that_would_let_in_nobody_or_anybody_are_refused(
    tmp_path: Path, page: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S", LONG)
    with pytest.raises(SettingsError, match=said):
        _ = project(tmp_path, f"page: {page}").settings


def test_without_sign_in_the_local_user_reads_and_restrictions_are_known(tmp_path: Path) -> None:
    page = "page: {restricted: [{teams: [People], groups: [hr]}]}"
    access = access_of(project(tmp_path, page), "ada", lambda: dt.datetime.now(dt.UTC))
    assert access.restrictions == (Restriction(("hr",), ("People",), ()),)
    assert access.sign_in is None
    assert access.aliases() == {}


def test_sign_in_is_made_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S", LONG)
    page = (
        "page: {address: 'https://a.b/', roles: {lead: [x]}, session_hours: 1,"
        " restricted: [{teams: [People], groups: [hr]}],"
        " sign_in: {issuer: 'https://c.d', client_id: page, client_secret: '${S}'}}"
    )
    way = access_of(project(tmp_path, page), "ada", lambda: dt.datetime.now(dt.UTC)).sign_in
    assert way is not None
    assert way.groups == {"x", "hr"}
    assert way.openid.provider.client_secret == LONG
    assert LONG not in repr(way.openid.provider)


def test_the_page_s_own_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "page-secret"
    first = page_secret(PageSettings(), path)
    assert len(first) >= 32
    assert page_secret(PageSettings(), path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["page-secret"]
    path.write_text("short", encoding="utf-8")
    with pytest.raises(PageSecretError, match="fewer than 32"):
        page_secret(PageSettings(), path)


def test_a_token_is_shown_once_and_kept_as_a_digest(tmp_path: Path) -> None:
    said = (
        CliRunner()
        .invoke(app, ["serve", "token", "reporting", "--group", "people", "-c", "x.yaml"])
        .output
    )
    token = said.split("shown once: ")[1].split()[0]
    line = said.split("alone:\n")[1].splitlines()[0]
    assert token not in line
    access = access_of(
        project(tmp_path, f"page:\n  tokens:\n  {line}"), "ada", lambda: dt.datetime.now(dt.UTC)
    )
    from dashboard.access.known import by_token

    class Asking:
        class headers:  # noqa: N801
            @staticmethod
            def getlist(_: str) -> list[str]:
                return [f"Bearer {token}"]

    found = by_token(access.tokens, Asking)
    assert isinstance(found, Reader)
    assert (found.name, found.groups) == ("reporting", {"people"})
    assert not isinstance(found, Refusal)
