"""``okr demo`` and what can be done to the sample company under it: commands and their options.

What belongs here: arguments, options and their help. What does not: runs (``run``) and edits
(``play``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

demo = typer.Typer(invoke_without_command=True)
edit = typer.Typer(
    no_args_is_help=True, help="Change a record of the sample company, while okr demo --serve runs."
)
demo.add_typer(edit, name="edit")


@demo.callback()
def run(
    context: typer.Context,
    folder: Annotated[Path, typer.Option(help="Where the demo's files go.")] = Path("demo"),
    serve: Annotated[
        bool, typer.Option("--serve", help="Keep the stand-in services running until Ctrl-C.")
    ] = False,
    issues: Annotated[int, typer.Option(min=100, max=1_000_000, help="Jira issues.")] = 1500,
) -> None:
    """Run the nights of a sample company, and play with it; no accounts needed."""
    context.obj = folder
    if context.invoked_subcommand is None:
        from pipelines.cli.demo.run import run_demo

        raise typer.Exit(run_demo(folder, serve=serve, issues=issues))


@edit.command("issue")
def edit_issue(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Such as SUP-3.")],
    status: Annotated[str | None, typer.Option(help="Its new status.")] = None,
    summary: Annotated[str | None, typer.Option(help="Its new summary.")] = None,
    field: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--field", metavar="NAME VALUE", help="Another field's name or id, and its new value."
        ),
    ] = None,
) -> None:
    """Change an issue in Jira: status, summary or any other field."""
    from pipelines.cli.demo.play import play

    named = [("status", status), ("summary", summary), field or ("", None)]
    fields = [(name, text) for name, text in named if text is not None]
    play(context.obj, {"do": "edit issue", "of": key, "fields": fields})


@edit.command("page")
def edit_page(
    context: typer.Context,
    page: Annotated[str, typer.Argument(help="Its title, key or id, such as KR-17.")],
    changed: Annotated[
        tuple[str, str],
        typer.Option("--set", metavar="NAME VALUE", help="A property's name, and its new value."),
    ],
) -> None:
    """Change a property of a page in Notion."""
    from pipelines.cli.demo.play import play

    play(context.obj, {"do": "edit page", "of": page, "fields": [changed]})


@edit.command("cell", context_settings={"ignore_unknown_options": True})
def edit_cell(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="Such as 'Metrics/Weekly!C4'.")],
    text: Annotated[str, typer.Argument(help="What is typed into it; '' empties it.")],
) -> None:
    """Change a cell in Google Sheets, as a person types it."""
    from pipelines.cli.demo.play import play

    play(context.obj, {"do": "edit cell", "of": address, "text": text})


@demo.command("next-day")
def next_day(context: typer.Context) -> None:
    """Move the sample company on to its next day."""
    from pipelines.cli.demo.play import next_day as go_on

    go_on(context.obj)
