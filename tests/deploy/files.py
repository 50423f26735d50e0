"""The files of ``deploy/``, parsed.

What belongs here: reading them, and the commands and variables that they name. What does not: what
must hold of them (the tests).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
MANIFESTS = ("common", "page", "alerts", "dagster", "cronjob")
UNITS = ("okr-sync.service", "okr-alerts.service", "okr-page.service")


@dataclass(frozen=True)
class Started:
    """A process that one of the files starts."""

    where: str
    words: list[str]
    variables: dict[str, str] = field(default_factory=dict)
    mounts: dict[str, str] = field(default_factory=dict)


def compose() -> dict[str, Any]:
    """``compose.yaml``."""
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8")))


def manifests() -> list[dict[str, Any]]:
    """Every object of the Kubernetes manifests."""
    texts = ((DEPLOY / "kubernetes" / f"{name}.yaml").read_text("utf-8") for name in MANIFESTS)
    return [one for text in texts for one in yaml.safe_load_all(text)]


def helm() -> dict[str, Any]:
    """The values for Dagster's chart."""
    return dict(yaml.safe_load((DEPLOY / "helm" / "values.yaml").read_text("utf-8")))


def pods() -> dict[str, dict[str, Any]]:
    """Every pod's specification by the name of what makes it."""
    found = {}
    for one in manifests():
        spec = one.get("spec", {})
        template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get(
            "template"
        )
        if template:
            found[one["metadata"]["name"]] = template["spec"]
    return found


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Containerfile, continuation lines joined, comments left out."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """A systemd unit: section, key, every value in order."""
    found: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in (DEPLOY / "systemd" / name).read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(section, {}).setdefault(key, []).append(value)
    return found


def started() -> Iterator[Started]:
    """Every process of every file, those of health checks included."""
    yield from _of_compose()
    yield from _of_kubernetes()
    for kind, text in instructions():
        if kind == "CMD":
            yield Started("Containerfile", list(yaml.safe_load(text)))
    for name in UNITS:
        service = unit(name)["Service"]
        variables = dict(one.split("=", 1) for one in service["Environment"])
        yield Started(name, shlex.split(service["ExecStart"][0]), variables)
    lines = (DEPLOY / "cron.d" / "okr-sync").read_text("utf-8").splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in kept if re.match(r"[A-Z_]+=", line))
    for line in kept[len(variables) :]:
        yield Started("cron.d/okr-sync", line.split()[6:], variables)
    [deployment] = helm()["dagster-user-deployments"]["deployments"]
    words = ["dagster", "code-server", "start", *deployment["codeServerArgs"]]
    yield Started("helm", words, {one["name"]: one.get("value", "") for one in deployment["env"]})


def _of_compose() -> Iterator[Started]:
    for name, service in compose()["services"].items():
        if name == "postgres":
            continue
        where = f"compose {name}"
        mounts = [one.split(":") for one in service.get("volumes", [])]
        yield Started(
            where,
            list(map(str, service["command"])),
            service.get("environment", {}),
            {path: rights[0] if rights else "rw" for _, path, *rights in mounts},
        )
        if "healthcheck" in service:
            yield Started(f"{where} health", service["healthcheck"]["test"][1:])


def _of_kubernetes() -> Iterator[Started]:
    for pod, spec in pods().items():
        for container in spec["containers"]:
            where = f"kubernetes {pod} {container['name']}"
            variables = {one["name"]: one.get("value", "") for one in container["env"]}
            mounts = {
                one["mountPath"]: "ro" if one.get("readOnly") else "rw"
                for one in container["volumeMounts"]
            }
            yield Started(where, container["args"], variables, mounts)
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                if "exec" in container.get(kind, {}):
                    yield Started(f"{where} {kind}", container[kind]["exec"]["command"])
