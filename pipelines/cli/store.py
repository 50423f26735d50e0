"""``okr store``: the state in an object store, seen from this machine.

What belongs here: the commands and their output. What does not: the store (``pipelines.store``).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.shared.options import Config, Json, ShowsByDefault

if TYPE_CHECKING:
    from pipelines.project import Project
    from pipelines.store.fetch import Fetched
    from pipelines.store.objects import Objects
    from pipelines.store.status import StoreStatus

store = typer.Typer(
    cls=ShowsByDefault,
    help="Print which state the object store holds and who is at work; fetch it, end a dead lease.",
)


@store.command("show")
def show(config: Config = None, as_json: Json = False) -> None:
    """Print the newest state, who put it in place, whether it is here, and who is at work.

    Exit codes: 0 answered; 2 okr.yaml names no store, or it cannot be used.
    """
    from pipelines.cli.shared.output import print_json
    from pipelines.store.status import status_of

    project, objects = _opened(config)
    found = status_of(objects, project.paths)
    if as_json:
        print_json(_plain(found))
    else:
        _print(found)


@store.command()
def fetch(
    config: Config = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Set aside what the data folder holds, whatever it is."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the data folder the newest state.

    Exit codes: 0 it is; 1 a run is at work here, so only decisions were added; 2 refused: the store
    cannot be used, there is no room, or the data folder holds another state.
    """
    from pipelines.cli.shared.output import print_json, say
    from pipelines.cli.shared.signals import ended_by_signals
    from pipelines.store.session import refresh

    project, _ = _opened(config)
    with ended_by_signals():
        done = refresh(project, instead=replace)
    assert done is not None  # noqa: S101 - there is a store
    if as_json:
        print_json(asdict(done) | {"set_aside": [str(one) for one in done.set_aside]})
    else:
        say(_fetched(done))
    raise typer.Exit(1 if done.generation is None else 0)


@store.command()
def release(config: Config = None, as_json: Json = False) -> None:
    """Take the lease from a machine that is gone, so that another may work at once.

    A machine that is still at work loses what it computes, and no state.

    Exit codes: 0 nobody has it now; 2 the store cannot be used.
    """
    from pipelines.cli.shared.output import print_json, say
    from pipelines.store.lease import release as take_away

    _, objects = _opened(config)
    lease = take_away(objects)
    if as_json:
        print_json({"released": lease and {"holder": lease.holder, "since": lease.since}})
    elif lease:
        say(f"{lease.holder} had the lease since {lease.since}; nobody has it now.")
    else:
        say("Nobody had the lease.")


def _opened(config: Config) -> tuple[Project, Objects]:
    from pipelines.project import Project
    from pipelines.store.objects import open_objects
    from published.errors import UserError

    project = Project(config, with_secrets=False)
    if project.settings.store is None:
        raise UserError(
            "okr.yaml names no object store: the data folder is the state. See"
            " docs/object-store.md."
        )
    return project, open_objects(project.settings.store)


def _plain(found: StoreStatus) -> dict[str, Any]:
    lease = found.lease
    return asdict(found) | {
        "lease": lease and {"holder": lease.holder, "since": lease.since, "seconds": lease.seconds}
    }


def _print(found: StoreStatus) -> None:
    from pipelines.cli.shared.output import say

    if found.generation:
        say(
            f"{found.store}: state {found.generation}, put in place by {found.put_by} at"
            f" {found.put_at} with okr-sync {found.okr_sync}; {found.files:,} files,"
            f" {found.size / 1e6:,.1f} MB."
        )
    else:
        following = "" if found.refusal else " Next: okr sync"
        say(f"{found.store}: holds no state yet.{following}")
    if found.missing:
        say(f"Files of it that are gone: {found.missing:,}, such as {found.lost}.")
    if found.waiting_decisions:
        say(f"Decisions that wait for the next night: {found.waiting_decisions:,}.")
    if found.is_current:
        say("The data folder is of that state.")
    elif found.refusal:
        say(found.refusal)
    elif found.local_generation is not None:
        say(f"The data folder is of state {found.local_generation}. Next: okr store fetch")
    elif found.generation:
        say("The data folder is no copy of it yet. Next: okr store fetch")
    if found.lease:
        say(
            f"At work: {found.lease.holder}, since {found.lease.since}. If that machine is gone:"
            " okr store release"
        )
    else:
        say("Nobody is at work on it.")


def _fetched(done: Fetched) -> str:
    more = f" Decisions of others added: {done.decisions:,}." if done.decisions else ""
    if done.generation is None:
        return f"A run is at work in the data folder, which stays as it is.{more}"
    if not done.generation:
        return f"The store holds no state yet; the data folder stays as it is.{more} Next: okr sync"
    folders = ", ".join(dict.fromkeys(str(path.parent) for path in done.set_aside))
    aside = f" What was there before is in {folders}." if folders else ""
    return (
        f"The data folder is of state {done.generation}; {done.files:,} files of"
        f" {done.size / 1e6:,.1f} MB were fetched.{aside}{more}"
    )
