"""What a person can do after a study: commands that can be pasted, and what to look at first."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from curvewise.curves.ledger import Ledger
from curvewise.errors import BudgetError
from curvewise.records.budget import Budget
from curvewise.records.extent import RowExtent, SequenceExtent
from curvewise.report.answer import answer
from curvewise.report.importance.importance import Importance
from curvewise.report.numerals import count_text, example_name, value_text


@dataclass(frozen=True)
class Step:
    """One command and what it is for."""

    command: str
    purpose: str


def next_steps(ledger: Ledger, folder: str) -> list[Step]:
    """Commands for the study in ``folder``; predictions first, where there is an answer."""
    place = shlex.quote(folder)
    steps = []
    if (found := answer(ledger)) is not None:
        steps += [
            Step(f"curvewise predict {place} NEW.{_kind(ledger)} -o OUT.csv", _predicting(ledger)),
            Step(f"curvewise show {place} --figure curves.svg", "draw the curves"),
            Step(f"curvewise show {place} --trial {found.trial}", "how it was trained"),
        ]
    if ledger.ended is None:
        return [Step(f"curvewise resume {place}", "go on with the budget"), *steps]
    try:
        larger = Budget.parse(ledger.budget).doubled()
    except BudgetError:  # a history of another version: the rest of the report still stands
        return steps
    return [*steps, Step(f"curvewise resume {place} --budget {larger}", "search on, twice as long")]


def _kind(ledger: Ledger) -> str:
    """How a file of new examples ends."""
    match ledger.opened.extent if ledger.opened else RowExtent():
        case RowExtent():
            return "csv"
        case SequenceExtent(per_step=True):
            return "mat"
        case _:
            return "npz"


def _predicting(ledger: Ledger) -> str:
    return f"predict new {example_name(ledger.opened.extent) if ledger.opened else 'row'}s"


def warnings(ledger: Ledger, importances: Sequence[Importance] = ()) -> list[str]:
    """What went wrong, and what makes the answer less sure than it looks, one sentence each."""
    found, failures = answer(ledger), failed(ledger)
    if found is None:
        return failures
    texts = [*failures, *_edges(importances)]
    if found.chosen and len(found.replicates) == 1:
        texts.append("one seed only: how much the result depends on luck is not known")
    return texts


def failed(ledger: Ledger) -> list[str]:
    """Trials that could not be trained, and how to see why; empty where there are none."""
    numbers = [number for number, entry in ledger.entries.items() if entry.status == "failed"]
    if not numbers:
        return []
    reason = ledger.entries[numbers[0]].reason
    which = "the first" if len(numbers) > 1 else "it"
    told = f"{count_text(len(numbers), 'trial')} failed, {which} with {reason}"
    return [f"{told}; `show --trial {numbers[0]}` says where"]


def _edges(importances: Sequence[Importance]) -> list[str]:
    return [
        f"{each.hyperparameter}: the best value, {value_text(each.best)}, is at the {each.edge} edge of what "
        f"was tried; widen it in a space file and tune again"
        for each in importances
        if each.edge and each.best is not None
    ]
