"""Every process that a file of ``deploy/`` starts: is there such a command, with these options?"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.cli.app import app
from tests.deploy.files import DEPLOY, Started, compose, helm, instructions, started
from tests.support.paths import ROOT

STARTED = list(started())
_HOME = "/opt/okr-sync/dagster"
_OKR_YAML = "/srv/okr/okr.yaml"
# What a process reads beside what settings name.
_OWN = {"OKR_CONFIG", "DAGSTER_HOME", "MAILTO"}


def _okr() -> Any:
    import typer

    return typer.main.get_command(app)


def _dagster() -> Any:
    from dagster._cli import create_dagster_cli

    return create_dagster_cli()


def _daemon() -> Any:
    from dagster._daemon.cli import create_dagster_daemon_cli

    return create_dagster_daemon_cli()


def _webserver() -> Any:
    from dagster_webserver.cli import dagster_webserver

    return dagster_webserver


_PROGRAMS: dict[str, Callable[[], Any]] = {
    "okr": _okr,
    "dagster": _dagster,
    "dagster-daemon": _daemon,
    "dagster-webserver": _webserver,
}
_program = cache(lambda name: _PROGRAMS[name]())


def parsed(words: list[str]) -> dict[str, Any]:
    """The options of a command line, as the program itself takes them; nothing is run."""
    command, rest = _program(Path(words[0]).name), list(words[1:])
    context = None
    while True:
        context = command.make_context(command.name, rest, parent=context)
        if not hasattr(command, "commands"):
            return dict(context.params)
        rest = [*context._protected_args, *context.args]
        if not rest:
            return dict(context.params)
        command, rest = command.commands[rest[0]], rest[1:]


@pytest.mark.parametrize("one", STARTED, ids=lambda one: one.where)
def test_the_command_exists_with_these_options(one: Started) -> None:
    if one.words[0] == "pg_isready":
        return
    if one.words[0] == "python":
        assert one.words[1] == "-c"
        compile(one.words[2], one.where, "exec")
        return
    given = [word for word in one.words if word.startswith("--")]
    assert len(parsed(one.words)) >= len(given)


def test_an_option_that_there_is_not_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option: --hots"):
        parsed(["okr", "serve", "--hots", "0.0.0.0"])  # noqa: S104
    with pytest.raises(KeyError):
        parsed(["dagster-daemon", "rum"])


def test_every_variable_is_one_that_something_reads() -> None:
    storage = {name for _, name in _env_names((DEPLOY / "dagster.yaml").read_text("utf-8"))}
    pages = (ROOT / "docs" / f"{name}.md" for name in ("set-up", "page-access", "alerts"))
    documented = "".join(page.read_text("utf-8") for page in pages)
    for one in STARTED:
        for name in one.variables:
            read = name in _OWN | storage or f"${{{name.removesuffix('_FILE')}}}" in documented
            assert read, f"{one.where}: nothing reads {name}"
        if one.variables.get("DAGSTER_HOME") == _HOME:
            assert storage <= set(one.variables), one.where


def _env_names(text: str) -> list[tuple[str, str]]:
    return [(key, value) for key, value in re.findall(r"\{(env): (\w+)\}", text)]


def test_settings_and_data_are_where_the_image_looks_for_them() -> None:
    [environment] = [text for kind, text in instructions() if kind == "ENV"]
    assert f"OKR_CONFIG={_OKR_YAML}" in environment
    assert ("COPY", f"deploy/dagster.yaml {_HOME}/dagster.yaml") in instructions()
    for one in STARTED:
        if not any("/srv/okr" in path for path in one.mounts):
            continue
        assert one.mounts[_OKR_YAML] == "ro", one.where
        [data] = [path for path, rights in one.mounts.items() if rights == "rw" and path != "/tmp"]  # noqa: S108
        assert data in ("/srv/okr/data", "/srv/okr/volume"), one.where
        for name, value in one.variables.items():
            if name.endswith("_FILE"):
                assert str(Path(value).parent) in one.mounts, one.where


def test_only_what_runs_the_night_has_the_credentials_of_the_sources() -> None:
    services = compose()["services"]
    named = {
        name: any("secrets/sources" in mount for mount in service.get("volumes", []))
        for name, service in services.items()
    }
    assert [name for name, has in named.items() if has] == ["code"]


def test_the_code_server_is_where_the_others_look_for_it() -> None:
    asked = {"compose": set(), "kubernetes okr-dagster": set()}  # type: ignore[var-annotated]
    offered: dict[str, tuple[str, int]] = {}
    for one in STARTED:
        place = one.where.rpartition(" ")[0]
        options = parsed(one.words) if one.words[0].startswith("dagster") else {}
        if "grpc_host" in options:
            asked[place].add((options["grpc_host"], options["grpc_port"]))
        elif "code-server" in one.words and one.where != "helm":
            offered[place] = options["host"], options["port"]
    assert asked == {"compose": {("code", 4000)}, "kubernetes okr-dagster": {("127.0.0.1", 4000)}}
    assert offered == {
        "compose": ("0.0.0.0", 4000),  # noqa: S104
        "kubernetes okr-dagster": ("127.0.0.1", 4000),
    }
    assert "code" in compose()["services"]


def test_dagster_behaves_in_containers_as_everywhere() -> None:
    contained = yaml.safe_load((DEPLOY / "dagster.yaml").read_text("utf-8"))
    usual = yaml.safe_load((ROOT / "pipelines" / "dagster.yaml").read_text("utf-8"))
    assert {key: contained[key] for key in usual} == usual
    monitored = contained["run_monitoring"]["max_runtime_seconds"]
    assert monitored > 12 * 3600  # for which a pull may last
    daemon = helm()["dagsterDaemon"]
    assert daemon["runMonitoring"] == {"enabled": True, "maxRuntimeSeconds": monitored}
    assert daemon["runRetries"] == {
        "enabled": usual["run_retries"]["enabled"],
        "maxRetries": usual["run_retries"]["max_retries"],
        "retryOnAssetOrOpFailure": usual["run_retries"]["retry_on_asset_or_op_failure"],
    }
    scheme = contained["storage"]["postgres"]["postgres_db"]["scheme"]
    assert helm()["postgresql"]["postgresqlScheme"] == scheme
