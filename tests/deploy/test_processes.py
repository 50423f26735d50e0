"""The commands of ``compose.yaml`` as processes of this machine, with a real Postgres."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from email import message_from_string
from email.policy import default as default_policy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.files import DEPLOY, compose
from tests.support.company import Company
from tests.support.services.postgres import PASSWORD, Cluster, cluster
from tests.support.services.receivers import mail_server, webhook

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(os.name == "nt", reason="the files are for Linux"),
]
_PAGE = "https://okr.example.com"
_PROXY_SECRET = "what-only-the-proxy-knows-0123456789"
_SCRIPTS = Path(sys.executable).parent


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def _until(true: Callable[[], Any], seconds: float = 180) -> Any:
    """The first answer that is something, asked once a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            if found := true():
                return found
        time.sleep(1)
    raise AssertionError("it did not come")


class Services:
    """The services of ``compose.yaml``, on ports of this test, until they are told to end."""

    def __init__(
        self, folder: Path, database: Cluster, company: Company, alerts: dict[str, str]
    ) -> None:
        self.database = database
        self.ports = {"4000": _free_port(), "3000": _free_port(), "8700": _free_port()}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._folder, self._services = folder, compose()["services"]
        home = folder / "dagster-home"
        home.mkdir()
        (home / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text("utf-8"), "utf-8")
        home.chmod(0o555)
        self._values = {
            "DAGSTER_HOME": str(home),
            "DAGSTER_POSTGRES_HOST": "127.0.0.1",
            "DAGSTER_POSTGRES_PORT": str(database.port),
            "DAGSTER_POSTGRES_PASSWORD": PASSWORD,
        }
        # As in the image: where the settings are. Credentials are in files, for code alone.
        self._base = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
        secrets = {"code": company.box.environment() | alerts, "page": {}}
        for name in ("OKR_JIRA_TOKEN", "OKR_NOTION_TOKEN"):
            file = folder / name.lower()
            file.write_text(secrets["code"].pop(name))
            secrets["code"][f"{name}_FILE"] = str(file)
        secrets["page"]["OKR_PROXY_SECRET"] = _PROXY_SECRET
        self._own = {
            name: {**one, "OKR_CONFIG": str(company.settings)} for name, one in secrets.items()
        }

    def start(self, name: str) -> None:
        """Start one as its container would."""
        service = self._services[name]
        words = [self.ports.get(word, word) for word in map(str, service["command"])]
        words = ["127.0.0.1" if word in ("0.0.0.0", "code") else word for word in words]  # noqa: S104 - told apart, not bound
        environ = self._base | {
            key: self._values.get(key, value) for key, value in service["environment"].items()
        }
        with (self._folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                [_SCRIPTS / words[0], *words[1:]],
                env=environ | self._own.get(name, {}),
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # Where a shell started the tests in the background, SIGINT is ignored, and Dagster
                # gives SIGTERM the handler of SIGINT.
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
            )

    def healthy(self, name: str) -> bool:
        """What its health check says."""
        words = [str(word) for word in self._services[name]["healthcheck"]["test"][1:]]
        for inside, here in self.ports.items():
            words = [word.replace(f":{inside}/", f":{here}/") for word in words]
        words = [self.ports.get(word, word) for word in words]
        environ = self._base | {
            key: self._values.get(key, str(value))
            for key, value in self._services[name]["environment"].items()
        }
        checked = subprocess.run(
            [_SCRIPTS / words[0], *words[1:]], env=environ, capture_output=True, check=False
        )
        return checked.returncode == 0

    def end(self) -> dict[str, tuple[int, float, bool]]:
        """SIGTERM to each, as an engine does: exit code, seconds, whether a process is left."""
        told = {}
        for name in reversed(self.running):
            process, began = self.running[name], time.monotonic()
            process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=60)
            told[name] = code, time.monotonic() - began, _is_left(process.pid)
        return told

    def lose(self, name: str) -> None:
        """SIGKILL to one and to all that it started, and it is started again."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running.pop(name).wait()
        self.start(name)

    def kill(self) -> None:
        """Whatever is left, after a failed test."""
        for process in self.running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _is_left(group: int) -> bool:
    """Whether a process of the group outlives the one that was told to end, by ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True


class Dagster:
    """Dagster's web page, as a program asks it."""

    def __init__(self, port: str) -> None:
        self._address = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(  # noqa: S310 - on loopback
            self._address, body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - on loopback
            return dict(json.load(answer)["data"])

    def launch_night(self) -> bool:
        """What the schedule launches at its hour; true, or it fails."""
        nodes = "{repositoriesOrError{... on RepositoryConnection{nodes{name location{name}}}}}"
        [one] = self.ask(nodes)["repositoriesOrError"]["nodes"]
        selector = {
            "repositoryName": one["name"],
            "repositoryLocationName": one["location"]["name"],
            "jobName": "sync_sources",
        }
        launched = self.ask(
            "mutation($given: ExecutionParams!){launchRun(executionParams: $given){__typename}}",
            given={"selector": selector, "mode": "default", "runConfigData": "{}"},
        )
        assert launched["launchRun"]["__typename"] == "LaunchRunSuccess"
        return True

    def statuses(self) -> list[str]:
        """Of every run, the newest first."""
        runs = self.ask("{runsOrError{... on Runs{results{status}}}}")["runsOrError"]["results"]
        return [run["status"] for run in runs]

    def ended(self, count: int) -> list[tuple[str, str]]:
        """Job and status of every run, oldest first, once there are ``count`` and all ended."""
        runs = self.ask("{runsOrError{... on Runs{results{jobName status}}}}")["runsOrError"]
        found = [(run["jobName"], run["status"]) for run in reversed(runs["results"])]
        ended = all(status in ("SUCCESS", "FAILURE") for _, status in found)
        return found if ended and len(found) >= count else []


@pytest.fixture
def told() -> Iterator[dict[str, list[Any]]]:
    """What a webhook and a mail server of this machine receive, and where they are."""
    with webhook() as (hook, bodies), mail_server() as (mail, letters):
        yield {
            "bodies": bodies,
            "letters": letters,
            "addresses": [
                f"json://127.0.0.1:{hook}/ops",
                f"mailto://127.0.0.1:{mail}?to=ops@example.com&from=okr@example.com&mode=insecure",
            ],
        }


@pytest.fixture
def services(fresh: Company, tmp_path: Path, told: dict[str, list[Any]]) -> Iterator[Services]:
    settings = yaml.safe_load(fresh.settings.read_text("utf-8"))
    settings["page"] = {
        "address": _PAGE,
        "proxy": {"secret": "${OKR_PROXY_SECRET}"},
        "roles": {"viewer": ["everyone"]},
    }
    alerts = dict(zip(("OKR_ALERT_CHAT", "OKR_ALERT_MAIL"), told["addresses"], strict=True))
    settings["alerts"] = {"to": [f"${{{name}}}" for name in alerts]}
    fresh.settings.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    folder = tmp_path / "services"
    folder.mkdir()
    with ExitStack() as stack:
        made = Services(folder, stack.enter_context(cluster()), fresh, alerts)
        stack.callback(made.kill)
        yield made


def test_a_night_of_the_services_and_their_end(
    services: Services, tmp_path: Path, told: dict[str, list[Any]]
) -> None:
    services.start("code")
    _until(lambda: services.healthy("code"))
    for name in ("daemon", "webserver", "page"):
        services.start(name)
    for name in ("webserver", "daemon"):
        _until(lambda name=name: services.healthy(name))
    page = f"http://127.0.0.1:{services.ports['8700']}"
    assert _until(lambda: urllib.request.urlopen(f"{page}/health").status) == 200  # noqa: S310 - on loopback

    # A credential that was wrong is right for the next run, without any restart.
    token = tmp_path / "services" / "okr_notion_token"
    right = token.read_text()
    token.write_text("expired")
    dagster = Dagster(services.ports["3000"])
    dagster.launch_night()
    [(job, status), *_] = _until(lambda: dagster.ended(2))
    assert (job, status) == ("sync_sources", "FAILURE")
    _until(lambda: told["bodies"] and told["letters"])
    token.write_text(right)
    dagster.launch_night()
    assert _until(lambda: dagster.ended(4))[2:] == [
        ("sync_sources", "SUCCESS"),
        ("publish", "SUCCESS"),
    ]

    # Both receivers were told of the cause once and of its end once.
    _until(lambda: len(told["bodies"]) > 1 and len(told["letters"]) > 1)
    titles = [json.loads(body)["title"] for body in told["bodies"]]
    assert len(titles) == 2, told["bodies"]
    begins = "Larkfield Desk: notion: Check the integration's token"
    assert titles[0].startswith(begins), told["bodies"]
    assert titles[1].endswith("Nothing to do: “source stale: notion” is over."), titles
    letters = [message_from_string(one, policy=default_policy) for one in told["letters"]]
    assert [letter["Subject"] for letter in letters] == titles

    # The page shows it to whom the proxy has signed in, and to nobody else.
    known = {
        "Host": "okr.example.com",
        "X-Okr-Proxy-Secret": _PROXY_SECRET,
        "X-Forwarded-User": "ada",
    }
    request = urllib.request.Request(f"{page}/team", headers=known)  # noqa: S310 - on loopback
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - on loopback
        assert b"worst first" in answer.read().lower()
    unknown = urllib.request.Request(f"{page}/team", headers={"Host": "okr.example.com"})  # noqa: S310 - on loopback
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(unknown, timeout=60)  # noqa: S310 - on loopback

    ends = services.end()
    assert not [name for name, (_, _, left) in ends.items() if left], ends
    assert max(seconds for _, seconds, _ in ends.values()) < 45, ends
    assert {code for code, _, _ in ends.values()} == {0}, ends


def test_a_lost_daemon_and_a_crashed_database_cost_no_night(
    services: Services, fresh: Company, told: dict[str, list[Any]]
) -> None:
    services.start("code")
    _until(lambda: services.healthy("code"))
    for name in ("daemon", "webserver"):
        services.start(name)
        _until(lambda name=name: services.healthy(name))
    dagster = Dagster(services.ports["3000"])

    def launch() -> None:
        dagster.launch_night()
        _until(lambda: dagster.statuses()[0] == "STARTED")

    # The daemon is lost while the run is at work: it goes on, and the daemon catches up.
    launch()
    services.lose("daemon")
    assert _until(lambda: dagster.ended(2)) == [("sync_sources", "SUCCESS"), ("publish", "SUCCESS")]
    [good] = set(fresh.table("key_results")["run_id"])

    # The database crashes while the run is at work. Whatever becomes of that run, readers have the
    # whole tables of one, and the next night publishes.
    launch()
    services.database.restart()
    _until(lambda: dagster.ended(3), 600)
    [kept] = set(fresh.table("key_results")["run_id"])
    _until(dagster.launch_night)  # Dagster's page answers 500 once for each connection it had
    _until(lambda: set(fresh.table("key_results")["run_id"]) - {good, kept}, 600)
    _until(lambda: dagster.ended(4), 600)
    assert {code for code, _, left in services.end().values() if not left} == {0}
