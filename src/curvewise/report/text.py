"""The summary that a person reads after a study, in a terminal or as plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from curvewise.curves.ledger import Ledger
from curvewise.report.answer import Answer, answer
from curvewise.report.importance.importance import Importance, importances
from curvewise.report.mattered import table
from curvewise.report.narration import narration
from curvewise.report.next_steps import next_steps, warnings
from curvewise.report.numerals import (
    count_text,
    duration_text,
    error_name,
    error_text,
    example_name,
    spread_text,
    value_text,
)
from curvewise.report.plain import as_plain
from curvewise.report.signs import MOST, signs
from curvewise.report.stops import stop_sentences


def renderable(ledger: Ledger, folder: str) -> Group:
    """The whole summary, at most 80 columns wide where its words allow it."""
    parts: list[RenderableType] = [_heading(ledger), Text(), result(ledger)]
    found = importances(ledger)
    if answer(ledger) is not None:
        parts += [_trained_on(ledger), Text(), *table(found, ledger), *_unvaried(ledger, found)]
    parts += [*narration(ledger), Text(), _stopped(ledger), *_signs(ledger)]
    parts += [Text(f"! {text}", style="yellow") for text in warnings(ledger, found)]
    return Group(*parts, Text(), _next(ledger, folder))


def plain(ledger: Ledger, folder: str, width: int = 80) -> str:
    """The same without colours or control codes."""
    return as_plain(renderable(ledger, folder), width)


def _heading(ledger: Ledger) -> Text:
    opened = ledger.opened
    if opened is None:
        return Text("an empty history", style="bold")
    text = Text(opened.study, style="bold")
    target = f", target {opened.target!r}" if opened.target else ""
    text.append(f"  {opened.task} of {opened.source}{target}\n", style="not bold")
    spent = f"{duration_text(ledger.elapsed)} (budget {ledger.budget or opened.budget})"
    trials, epochs = count_text(len(ledger.entries), "trial"), count_text(ledger.slot_epochs, "epoch")
    return text.append(f"{spent}, {trials}, {epochs}; seed {opened.seed}", style="not bold")


def _trained_on(ledger: Ledger) -> Text:
    """Why this one, and which rows did what."""
    rows = ledger.opened.rows if ledger.opened else {}
    train, valid, test = (count_text(rows.get(part, 0)) for part in ("train", "valid", "test"))
    why = f"{ledger.chosen.reason}\n" if ledger.chosen else ""
    name = f"{_example(ledger)}s"
    return Text(
        f"{why}trained on the {train} train {name} only, stopped by the {valid} valid {name}; "
        f"the {test} test {name} are read once, at the end",
        style="dim",
    )


def result(ledger: Ledger) -> Table | Text:
    """The answer and how sure it is; a sentence where there is none."""
    found = answer(ledger)
    if found is None or ledger.opened is None:
        return Text("no answer: no trial has a finite result yet", style="bold yellow")
    task = ledger.opened.task
    scored = ledger.scored if ledger.scored and ledger.scored.trial == found.trial else None
    table = Table.grid(padding=(0, 2))
    name = "best configuration" if found.chosen else "best so far"
    why = f"{ledger.chosen.rule}" if ledger.chosen and found.chosen else f"epoch {found.point.epoch}"
    table.add_row(
        Text(name, style="bold"), Text(f"trial {found.trial}", style="bold"), Text(why, style="dim")
    )
    error = scored.validation["error"] if scored else found.point.valid_error
    table.add_row(error_name(task, "validation"), _strong(error_text(error, task)), _spread(found, task))
    if scored is not None:
        rows = ledger.opened.rows.get("test", 0)
        sure = _row_error(scored.test["error"], count_text(rows, _example(ledger)), rows, task)
        table.add_row(error_name(task, "test"), _strong(error_text(scored.test["error"], task)), sure)
        if scored.ensemble:
            parts = {
                part: error_text(scored.ensemble[part]["error"], task) for part in ("validation", "test")
            }
            members = count_text(len(scored.members), "network")
            table.add_row(
                error_name(task, "ensemble test"),
                parts["test"],
                f"validation {parts['validation']}; {members}",
            )
    return table


def _example(ledger: Ledger) -> str:
    return example_name(ledger.opened.extent) if ledger.opened else "row"


def _strong(text: str) -> Text:
    return Text(text, style="bold green")


def _spread(found: Answer, task: str) -> str:
    """How far seeds are apart."""
    spread = found.standard_error
    if spread is None:
        return "one seed"
    low, high = (error_text(end, task) for end in (min(found.errors), max(found.errors)))
    mean, sure = error_text(found.mean, task), spread_text(spread, task)
    return f"{mean} ± {sure} over {len(found.errors)} seeds ({low} to {high})"


def _row_error(error: float, counted: str, rows: int, task: str) -> str:
    """Binomial standard error sqrt(e (1 - e) / N) of a share over N rows; only their number otherwise."""
    if task != "classification" or not rows:
        return counted
    return f"± {100 * (error * (1 - error) / rows) ** 0.5:.2f} % (1 standard error of {counted})"


def _unvaried(ledger: Ledger, found: Sequence[Importance]) -> list[Text]:
    """What the answer has of hyperparameters that all trials of the race share."""
    best, varied = answer(ledger), {each.hyperparameter for each in found}
    values = best.configuration.values if best else {}
    fixed = [f"{name} {value_text(value)}" for name, value in sorted(values.items()) if name not in varied]
    return [Text("not varied: " + ", ".join(fixed), style="dim")] if fixed else []


def _stopped(ledger: Ledger) -> Text:
    """How the trials ended, counted by rule."""
    ends = Counter((entry.status, entry.rule) for entry in ledger.entries.values())
    text = Text()
    for status in ("stopped", "failed", "finished", "running"):
        rules = {rule: count for (state, rule), count in ends.most_common() if state == status}
        if rules:
            named = ", ".join(f"{count_text(count)} {rule}" for rule, count in rules.items() if rule)
            text.append(f"{status} {count_text(sum(rules.values()))}", style="bold")
            text.append(f" ({named})  " if named else "  ")
    return text


def _signs(ledger: Ledger) -> list[Text]:
    """What trials were stopped for, a sentence each; then the signs in the others' curves, by trials."""
    parts = [Text(sentence) for sentence in stop_sentences(ledger)]
    stopped = {f.trial for f in ledger.findings if f.trial is not None and _is_stopped(ledger, f.trial)}
    seen: dict[str, set[int | None]] = {}
    for finding in signs(ledger):
        if finding.trial in stopped:
            continue
        seen.setdefault(finding.sign, set()).add(finding.trial)
    if not seen:
        return parts
    counts = sorted(seen.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    told = ", ".join(f"{sign} in {count_text(len(trials), 'trial')}" for sign, trials in counts)
    where = f" in the {MOST} longest curves" if len(ledger.entries) > MOST else ""
    return [*parts, Text(f"signs seen{where}: {told}")]


def _is_stopped(ledger: Ledger, trial: int) -> bool:
    return ledger.entries[trial].status == "stopped"


def _next(ledger: Ledger, folder: str) -> Group:
    """Commands are never wrapped, so that they can be copied."""
    steps = next_steps(ledger, folder)
    width = max((len(step.purpose) for step in steps), default=0)
    lines = [Text("next", style="bold")]
    for step in steps:
        line = Text(f"  {step.purpose:<{width}}  ", no_wrap=True, overflow="ignore")
        lines.append(line.append(step.command, style="cyan"))
    return Group(*lines)
