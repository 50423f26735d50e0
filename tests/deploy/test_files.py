"""What holds of the files of ``deploy/``: parts that exist, and nothing open by default."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy.files import DEPLOY, UNITS, compose, helm, instructions, manifests, pods, unit
from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OURS = [name for name in compose()["services"] if name != "postgres"]


def _only(**keys: Any) -> dict[str, Any]:
    """A JSON schema of an object that has no other keys than these."""
    return {"type": "object", "additionalProperties": False, "properties": keys}


_TEXT, _WORDS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
_SECONDS = {"type": "string", "pattern": r"^\d+[sm]$"}
_SERVICE = _only(
    image=_TEXT,
    build=_only(context=_TEXT, dockerfile=_TEXT),
    init={"type": "boolean"},
    read_only={"type": "boolean"},
    tmpfs=_WORDS,
    cap_drop=_WORDS,
    security_opt=_WORDS,
    restart={"enum": ["unless-stopped"]},
    stop_grace_period=_SECONDS,
    logging=_only(driver=_TEXT, options={"type": "object"}),
    command=_WORDS,
    environment={"type": "object", "additionalProperties": _TEXT},
    env_file={"type": "array", "items": _only(path=_TEXT, required={"type": "boolean"})},
    volumes=_WORDS,
    ports=_WORDS,
    networks=_WORDS,
    depends_on={"type": "object", "additionalProperties": _only(condition=_TEXT)},
    healthcheck=_only(
        test=_WORDS,
        interval=_SECONDS,
        timeout=_SECONDS,
        start_period=_SECONDS,
        start_interval=_SECONDS,
    ),
)
_COMPOSE = {
    **_only(
        name=_TEXT,
        services={"type": "object", "additionalProperties": _SERVICE},
        volumes={"type": "object", "additionalProperties": {"type": "null"}},
        networks={
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "null"}, _only(internal={"type": "boolean"})]
            },
        },
    ),
    "patternProperties": {"^x-": {}},
}


def test_compose_has_the_keys_of_its_specification_and_no_other() -> None:
    jsonschema.validate(compose(), _COMPOSE)
    wrong = compose()
    wrong["services"]["code"]["readonly"] = True
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, _COMPOSE)


@pytest.mark.parametrize("name", OURS)
def test_a_service_may_write_only_where_it_must(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    written = [one for one in service.get("volumes", []) if not one.endswith(":ro")]
    assert written in ([], ["data:/srv/okr/data"])


def test_compose_publishes_on_this_machine_alone() -> None:
    services = compose()["services"]
    ports = {name: one["ports"] for name, one in services.items() if "ports" in one}
    assert ports == {"webserver": ["127.0.0.1:3000:3000"], "page": ["127.0.0.1:8700:8700"]}
    # What has neither sign-in nor a published port is on a network that leads nowhere else.
    assert compose()["networks"]["inside"] == {"internal": True}
    assert services["postgres"]["networks"] == services["daemon"]["networks"] == ["inside"]


def test_what_compose_names_is_declared() -> None:
    told = compose()
    for name, service in told["services"].items():
        assert set(service["networks"]) <= set(told["networks"]), name
        assert set(service.get("depends_on", {})) <= set(told["services"]), name
        for one in service.get("depends_on", {}):
            assert "healthcheck" in told["services"][one], f"{name} waits for {one}"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in told["volumes"], name
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    offered = (DEPLOY / "env.example").read_text("utf-8")
    assert all(re.search(rf"^{name}=$", offered, re.MULTILINE) for name in asked)


def test_the_image_is_small_pinned_and_nobody_s_root() -> None:
    told = instructions()
    kinds = [kind for kind, _ in told]
    assert kinds.count("FROM") == 2  # what builds is left behind
    assert all(":" in text and "latest" not in text for kind, text in told if kind == "FROM")
    assert [text for kind, text in told if kind == "USER"] == ["10001:10001"]
    assert kinds.index("USER") > max(at for at, kind in enumerate(kinds) if kind == "RUN")
    assert "ADD" not in kinds
    assert "HEALTHCHECK" in kinds
    assert all(text.startswith("[") for kind, text in told if kind in ("CMD", "ENTRYPOINT"))
    installs = [text for kind, text in told if kind == "RUN" and "install " in text]
    assert all("==" in one or "--require-hashes" in one or "install --" in one for one in installs)
    uv = re.search(r"^UV_VERSION := (\S+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert uv
    assert ("ARG", f"UV={uv[1]}") in told


def _pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text("utf-8")
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", text, re.MULTILINE))


def test_the_image_has_the_libraries_that_tests_run_with() -> None:
    deployed, usual = _pinned("deploy/requirements.lock"), _pinned("requirements.lock")
    assert {"apprise", "dagster-postgres", "psycopg2-binary"} <= set(deployed)
    assert usual.items() <= deployed.items()
    assert deployed.items() <= _pinned("requirements-dev.lock").items()


def test_the_image_gets_every_file_that_it_is_built_from_and_no_other() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    sent = [line[1:] for line in ignored if line.startswith("!")]
    copied: list[str] = []
    for kind, text in instructions():
        if kind == "COPY" and not text.startswith("--from"):
            copied += text.split()[:-1]
    assert sorted(copied) == sorted(sent)
    assert all((ROOT / one).exists() for one in copied)
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= set(copied)
    assert not [one for one in (".env", "okr.yaml", "data") if _matches(one, sent)]


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


_KINDS = {
    "Namespace": "v1",
    "ServiceAccount": "v1",
    "PersistentVolumeClaim": "v1",
    "Service": "v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Deployment": "apps/v1",
    "CronJob": "batch/v1",
}


def test_every_object_is_in_the_namespace_and_of_a_kind_that_there_is() -> None:
    for one in manifests():
        assert _KINDS[one["kind"]] == one["apiVersion"]
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "okr-sync"
    kinds = [one["kind"] for one in manifests()]
    assert "Ingress" not in kinds
    services = [one["spec"] for one in manifests() if one["kind"] == "Service"]
    assert [one["type"] for one in services] == ["ClusterIP"]
    named = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text("utf-8"))
    assert all((DEPLOY / "kubernetes" / name).is_file() for name in named["resources"])


def _pod_of_helm() -> dict[str, Any]:
    [one] = helm()["dagster-user-deployments"]["deployments"]
    container = {key: one[key] for key in ("securityContext", "volumeMounts", "resources")}
    return {**one, "securityContext": one["podSecurityContext"], "containers": [container]}


@pytest.mark.parametrize("name", [*pods(), "helm"])
def test_a_pod_is_restricted(name: str) -> None:
    pod = _pod_of_helm() if name == "helm" else pods()[name]
    of_pod = pod["securityContext"]
    assert of_pod["runAsNonRoot"] is True
    assert of_pod["runAsUser"] == of_pod["fsGroup"] == 10001
    assert of_pod["fsGroupChangePolicy"] == "OnRootMismatch"  # leaves 0700 as it is
    assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
    volumes = {one["name"] for one in pod["volumes"]}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} == set(container["resources"])
        assert {one["name"] for one in container["volumeMounts"]} <= volumes
    assert pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]


def test_only_the_page_can_be_reached_within_the_cluster() -> None:
    policies = [one["spec"] for one in manifests() if one["kind"] == "NetworkPolicy"]
    assert [one["ingress"] for one in policies] == [
        [],
        [{"ports": [{"protocol": "TCP", "port": 8700}]}],
    ]
    for pod in pods().values():
        for container in pod["containers"]:
            listens = (
                "--host" in container["args"]
                and container["args"][container["args"].index("--host") + 1]
            )
            assert listens in (False, "127.0.0.1") or container["name"] == "page"


def test_no_two_runs_at_once_and_none_twice() -> None:
    jobs = {one["metadata"]["name"]: one["spec"] for one in manifests() if one["kind"] == "CronJob"}
    for job in jobs.values():
        assert job["concurrencyPolicy"] == "Forbid"
        assert job["jobTemplate"]["spec"]["backoffLimit"] == 0
    for one in manifests():
        if one["kind"] == "Deployment":
            assert one["spec"]["replicas"] == 1
            assert one["spec"]["strategy"] == {"type": "Recreate"}
    # Clocks are changed between one and three in the morning, nowhere at four.
    assert jobs["okr-sync"]["schedule"] == "0 4 * * *"
    assert "04:00:00" in unit("okr-sync.timer")["Timer"]["OnCalendar"][0]
    cron = (DEPLOY / "cron.d" / "okr-sync").read_text("utf-8")
    assert re.findall(r"^(.{9}) okr \S+ sync$", cron, re.MULTILINE) == ["0 4 * * *"]


def test_no_secret_stands_in_any_file() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix != ".lock":
            text = path.read_text("utf-8")
            assert not re.search(
                r"(?i)(token|password|secret)\s*[:=]\s*[A-Za-z0-9+/_-]{12,}$", text
            )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    names = [*UNITS, "okr-sync.timer", "okr-alerts.timer"]
    for name in names:
        text = (DEPLOY / "systemd" / name).read_text("utf-8")
        # The program is where systemd looks whether it is there.
        (tmp_path / name).write_text(text.replace("/opt/okr-sync/bin/okr", "/bin/true"), "utf-8")
    done = subprocess.run(
        [str(shutil.which("systemd-analyze")), "verify", *[str(tmp_path / name) for name in names]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
