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


def column_options(command: Decorated) -> Decorated:
    """``--x``, ``--train`` and ``--valid``: columns of a log, where the guess is wrong."""
    valid = click.option("--valid", metavar="COLUMN", help="The column of the validation loss.")
    train = click.option("--train", metavar="COLUMN", help="The column of the training loss.")
    x = click.option("--x", metavar="COLUMN", help="The column that counts epochs or steps.")
    return x(train(valid(command)))


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
        from curvewise.errors import UsageError
        from curvewise.records.model import known_model

        try:
            return known_model(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)
