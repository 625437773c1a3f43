"""For which signs a study's trials were stopped, and what would have helped them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from curvewise.curves.ledger import Ledger
from curvewise.records import Finding
from curvewise.report.numerals import count_text

MOST_ADVICE = 3
"""Pieces of advice that a sentence has at most, the most frequent ones."""


@dataclass(frozen=True)
class Stops:
    """Trials that were stopped and showed one sign."""

    sign: str
    trials: int
    advice: tuple[tuple[str, int], ...]
    """``raise the learning rate`` and the trials that it was said of, the most frequent first."""


def stops(ledger: Ledger) -> list[Stops]:
    """By sign, the most frequent first; a trial counts once, by the first sign that the race saw in it."""
    first: dict[int, Finding] = {}
    for finding in ledger.findings:
        if finding.trial is not None and ledger.entries[finding.trial].status == "stopped":
            first.setdefault(finding.trial, finding)
    found = []
    for sign, trials in Counter(each.sign for each in first.values()).most_common():
        advice = Counter(told for each in first.values() if each.sign == sign and (told := _advice(each)))
        found.append(Stops(sign, trials, tuple(advice.most_common(MOST_ADVICE))))
    return found


def stop_sentences(ledger: Ledger) -> list[str]:
    """``41 of 212 trials were stopped as too slow: raise the learning rate (in 38 of them)``."""
    return [_sentence(each, len(ledger.entries)) for each in stops(ledger)]


def _sentence(each: Stops, trials: int) -> str:
    were = "was" if each.trials == 1 else "were"
    text = f"{count_text(each.trials)} of {count_text(trials, 'trial')} {were} stopped as {each.sign}"
    if not each.advice:
        return text
    if len(each.advice) == 1 and each.advice[0][1] == each.trials:
        return f"{text}: {each.advice[0][0]}"
    named = ", ".join(f"{told} in {count_text(count)}" for told, count in each.advice)
    return f"{text}: {named}"


def _advice(finding: Finding) -> str:
    if finding.hyperparameter is None or finding.direction == "keep":
        return ""
    return f"{finding.direction} the {finding.hyperparameter.replace('_', ' ')}"
