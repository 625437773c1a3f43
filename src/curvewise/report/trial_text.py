"""One trial as a person reads it."""

from __future__ import annotations

import math

import numpy as np
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from curvewise.curves.run import Quantity, Run, Series
from curvewise.report.diagnosis_text import finding_report, picture, spans
from curvewise.report.numerals import duration_text, error_name, error_text, value_text
from curvewise.report.trial import TrialReport

WIDTH = 80
"""Columns of the picture, on paper or not."""


def trial_report(trial: TrialReport) -> Group:
    """Configuration, curve, decisions with reasons, signs, and how to train it again."""
    parts: list[RenderableType] = [_heading(trial), Text(), _configuration(trial), Text()]
    if trial.curve:
        parts += [_picture(trial), Text()]
    parts.append(Text("decisions", style="bold"))
    for ruling in trial.decisions:
        when = f"  {duration_text(ruling.elapsed):>10}  "
        parts.append(Text(when + ruling.action, style="bold").append(f": {ruling.rule}", style="not bold"))
        parts.append(Padding(Text(ruling.reason, style="dim"), (0, 0, 0, 14), expand=False))
    if trial.failure is not None:
        parts.append(Text(f"failed: {trial.failure.reason}", style="bold red"))
        parts.append(Text(trial.failure.traceback.rstrip("\n"), style="dim"))
    if trial.findings:
        parts += [Text(), Text("signs in its curves", style="bold")]
        parts += [Padding(finding_report(each, _run(trial)), (0, 0, 0, 2)) for each in trial.findings]
    return Group(*parts, Text(), _again(trial))


def _run(trial: TrialReport) -> Run:
    """The losses again, as pictures and advice are made of them."""
    epochs = np.array([moment.epoch for moment in trial.curve], dtype=np.float64)
    train = Series(epochs, np.array([_number(moment.train_loss) for moment in trial.curve]))
    valid = Series(epochs, np.array([_number(moment.valid_loss) for moment in trial.curve]))
    series: dict[Quantity, Series] = {"train_loss": train, "valid_loss": valid}
    return Run(f"trial {trial.trial}", trial.study, "epoch", series, trial.configuration)


def _picture(trial: TrialReport) -> Text:
    best = (trial.best.epoch, _number(trial.best.valid_loss)) if trial.best else None
    return picture(_run(trial), spans(trial.findings), WIDTH, best=best)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _heading(trial: TrialReport) -> Text:
    text = Text(f"trial {trial.trial} of {trial.study}", style="bold")
    parent = f" of trial {trial.parent}" if trial.parent is not None else ""
    text.append(f"  {trial.status}; {trial.origin}{parent}; seed {trial.seed}", style="not bold")
    text.append(f"; {len(trial.curve)} of {trial.horizon} planned epochs", style="not bold")
    if trial.best is not None:
        error = error_text(trial.best.valid_error, trial.task)
        text.append(f"\n{error_name(trial.task, 'validation')} ", style="not bold").append(
            error, style="bold green"
        )
        text.append(f" at epoch {trial.best.epoch}, best of {len(trial.curve)}", style="not bold")
    return text


def _configuration(trial: TrialReport) -> Text:
    return Text(", ".join(f"{name} {value_text(value)}" for name, value in trial.configuration.items()))


def _again(trial: TrialReport) -> Group:
    """Commands are never wrapped, so that they can be copied."""
    file = Text(trial.space.rstrip("\n"), no_wrap=True, overflow="ignore", style="cyan")
    return Group(
        Text(f"this configuration again, with the lines below as trial-{trial.trial}.toml", style="bold"),
        Text(f"  {trial.rerun}", no_wrap=True, overflow="ignore", style="cyan"),
        Text("the study that it is from", style="bold"),
        Text(f"  {trial.command}", no_wrap=True, overflow="ignore", style="cyan"),
        Text(),
        file,
    )
