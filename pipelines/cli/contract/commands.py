"""``okr contract``: the contract of the published tables in a form that other tools read.

What belongs here: the command and its options. What does not: the forms.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """In which form the contract is written."""

    ODCS = "odcs"
    DBT = "dbt"
    JSON_SCHEMA = "json-schema"


def contract(
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="Open Data Contract Standard, sources of dbt with tests, or JSON Schema.",
        ),
    ] = Form.ODCS,
    output: Annotated[
        Path | None, typer.Option(help="The file to write. Default: the standard output.")
    ] = None,
) -> None:
    """Print what the published tables promise: columns, types, units, keys, fixed words."""
    from pipelines.cli.contract.forms import contract_text
    from pipelines.cli.shared.output import say
    from published.errors import UserError

    text = contract_text(form.value)
    if output is None:
        say(text.rstrip("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{output}: cannot be written ({error.strerror}).") from None
    say(f"Written: {output}")
