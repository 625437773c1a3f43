"""A running study in plain lines."""

from __future__ import annotations

from curvewise.records import Configuration, Decided, Decision, Event, Failed, Found, Opened
from curvewise.records.extent import ImageExtent, RowExtent, SequenceExtent
from curvewise.report.numerals import (
    count_text,
    duration_text,
    error_name,
    error_text,
    example_name,
    value_text,
)
from curvewise.report.standing import Standing


def opening_line(opened: Opened) -> str:
    """What is being tuned, with what was inferred."""
    rows = " / ".join(f"{count_text(count)} {part}" for part, count in opened.rows.items())
    target = f" of {opened.target!r}" if opened.target else ""
    kind = f"{opened.task}{target}"
    if opened.task != "regression":
        kind += f", {opened.outputs} {'classes' if opened.task == 'classification' else 'labels'}"
    return (
        f"{opened.study}: {kind}, {_made_of(opened)}, {example_name(opened.extent)}s {rows}, "
        f"budget {opened.budget}, seed {opened.seed}"
    )


def _made_of(opened: Opened) -> str:
    """What one example is made of."""
    match opened.extent:
        case RowExtent():
            return count_text(opened.features, "column")
        case SequenceExtent(longest=longest):
            return f"up to {count_text(longest, 'step')} of {count_text(opened.features, 'number')}"
        case ImageExtent(channels=channels, height=height, width=width):
            return f"{height} x {width} pixels in {count_text(channels, 'channel')}"


def progress_line(seen: Standing) -> str:
    """Time, counts and the best so far, on one line."""
    parts = [f"{duration_text(seen.elapsed)}: {count_text(seen.trials, 'trial')} ({counts(seen)})"]
    if seen.rows:
        best = seen.rows[0]
        error = f"{error_name(seen.task, 'best validation')} {error_text(best.error, seen.task)}"
        parts.append(f"{error} at epoch {best.epoch} of trial {best.trial}")
    return "; ".join([*parts, left(seen)])


def counts(seen: Standing) -> str:
    """``16 running, 22 stopped, 2 finished``."""
    stopped = sum(seen.stopped.values())
    numbers = {"running": seen.running, "stopped": stopped, "finished": seen.finished}
    return ", ".join(f"{count_text(number)} {name}" for name, number in numbers.items())


def left(seen: Standing, since: float = 0.0) -> str:
    """What is left of the budget, ``since`` seconds after this was taken."""
    if seen.phase == "ended":
        return "ended"
    if seen.budget is None:
        return seen.phase
    if seen.budget.slot_epochs is not None:
        return f"{count_text(max(0, seen.budget.slot_epochs - seen.slot_epochs), 'epoch')} left"
    return f"{duration_text(seen.seconds_left(since) or 0.0)} left"


def decision_lines(event: Event) -> list[str]:
    """Decisions, failures and findings of one event, a line each."""
    match event:
        case Decided(decisions=decisions):
            return [line for decision in decisions if (line := _decision(decision))]
        case Failed(trial=trial, reason=reason):
            return [f"trial {trial} failed: {reason}"]
        case Found(findings=findings):
            spans = [f"epochs {f.span[0]:g} to {f.span[1]:g}" for f in findings]
            return [
                f"trial {f.trial}, {span}: {f.sign}: {f.reason}"
                for f, span in zip(findings, spans, strict=True)
            ]
        case _:
            return []


def _decision(decision: Decision) -> str:
    if decision.start is not None:
        trial = decision.start
        return f"trial {trial.number} started ({decision.rule}): {short(trial.configuration)}"
    who = f"trial {decision.trial}: " if decision.trial is not None else ""
    return f"{who}{decision.action}: {decision.rule}: {decision.reason}"


def short(configuration: Configuration) -> str:
    """The hyperparameters that matter most, in a few words: ``adamw 0.0093, 2 x 64``."""
    values = configuration.values
    parts = []
    if "optimizer" in values and "learning_rate" in values:
        parts.append(f"{values['optimizer']} {value_text(values['learning_rate'])}")
    if "layers" in values and "units" in values:
        cell = f"{values['cell']} " if "cell" in values else ""
        parts.append(f"{cell}{values['layers']} x {values['units']}" if values["layers"] else "linear")
    if "stages" in values and "filters" in values:
        parts.append(
            f"{values['block']} {values['stages']} x {values['convolutions']}, {values['filters']} filters"
        )
    return ", ".join(parts) or ", ".join(f"{name} {value_text(value)}" for name, value in values.items())
