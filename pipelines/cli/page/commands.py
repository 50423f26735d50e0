"""``okr serve`` and what belongs to it: commands and their options.

What belongs here: arguments, options and their help. What does not: the server (``cli.serve``),
tokens (``token``).
"""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.shared.options import Config, pass_on

serve = typer.Typer(invoke_without_command=True)


@serve.callback()
def run(
    context: typer.Context,
    config: Config = None,
    host: Annotated[
        str,
        typer.Option(help="Address to listen at; others than this machine's need sign-in."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes any that is free.")] = 8700,
) -> None:
    """Open the page: teams, Key Results, links to audit, last night."""
    pass_on(context, config=config)
    if context.invoked_subcommand is None:
        from pipelines.cli.page.serve import serve as run_server

        raise typer.Exit(run_server(config, port, host))


@serve.command()
def token(
    name: Annotated[str, typer.Argument(help="Which program reads with it.")],
    group: Annotated[
        list[str] | None,
        typer.Option("--group", help="A group it belongs to, for restricted rows; repeatable."),
    ] = None,
    config: Config = None,
) -> None:
    """Make a token with which a program reads the page's API."""
    from pipelines.cli.page.token import make_token

    raise typer.Exit(make_token(name, group or [], config))
