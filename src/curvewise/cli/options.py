"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import click

Decorated = Callable[..., Any]


class Talking(TypedDict):
    """What ``json_option`` and ``talk_options`` give a command."""

    as_json: bool
    quiet: bool
    verbose: bool


def debug_option(command: Decorated) -> Decorated:
    """``--debug``: read by ``main.run``, which sees errors that no command sees."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks of errors.")(
        command
    )


def json_option(command: Decorated) -> Decorated:
    """``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object on stdout; schema in docs/schemas."
    )(command)


def talk_options(command: Decorated) -> Decorated:
    """``-q`` and ``-v``: how much is said on stderr while a study runs."""
    verbose = click.option("-v", "--verbose", is_flag=True, help="A line for every decision about a trial.")
    quiet = click.option("-q", "--quiet", is_flag=True, help="Nothing but the result.")
    return quiet(verbose(command))


class BudgetText(click.ParamType[str]):
    """A budget, checked when the command line is read and kept as it was written."""

    name = "budget"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is no budget."""
        from curvewise.errors import BudgetError
        from curvewise.records.budget import Budget

        try:
            Budget.parse(value)
        except BudgetError as error:
            self.fail(str(error), param, ctx)
        return value


class ModelName(click.ParamType[str]):
    """A model, checked when the command line is read; the list of them is loaded only then."""

    name = "model"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is no model."""
        if value == "auto":
            return value
        from curvewise.records.model import MODELS

        if value not in MODELS:
            self.fail(f"there is no model {value!r}: choose one of {', '.join(MODELS)}", param, ctx)
        return value
