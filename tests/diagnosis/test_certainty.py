"""A finding in a log that is read again as it grows is raised when it is certain, once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from curvewise.curves.features import Features
from curvewise.curves.run import Run, Series
from curvewise.diagnosis import certainty
from curvewise.diagnosis.certainty import GOES_ON, Growing
from curvewise.diagnosis.signs.table import SIGNS, Sign
from curvewise.records import Finding
from tests.report.runs import finding

OVERFITTING = finding("overfitting", "dropout", 2.0)
SURE = msgspec.structs.replace(finding("non-finite", "learning_rate", 0.1), confidence=1.0)


def falling(points: int, last: float | None = None) -> Run:
    at = np.arange(1.0, points + 1)
    values = np.exp(-at / 20) + 0.1
    if last is not None:
        values[-1] = last
    return Run("a", "a.csv", "epoch", {"train_loss": Series(at, values)})


class Script:
    """Stands in for the signs: one look after another; counts them."""

    def __init__(self, *looks: Sequence[Finding]) -> None:
        self._looks = list(looks)
        self.offered: list[int] = []

    def __call__(self, features: Features, signs: Sequence[Sign] = SIGNS) -> list[tuple[Sign, Finding]]:
        self.offered.append(len(signs))
        return [(SIGNS[0], each) for each in self._looks.pop(0)]


def raised(monkeypatch: pytest.MonkeyPatch, *looks: Sequence[Finding]) -> list[list[str]]:
    """Signs raised at 10, 20, 40, ... points."""
    monkeypatch.setattr(certainty, "told", Script(*looks))
    growing = Growing(falling(1))
    return [[each.sign for each in growing.look(falling(10 * 2**i))] for i in range(len(looks))]


def test_two_looks_must_agree_and_it_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, [OVERFITTING], [OVERFITTING], [OVERFITTING]) == [[], ["overfitting"], []]


def test_what_comes_and_goes_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, [OVERFITTING], [], [OVERFITTING], []) == [[], [], [], []]


def test_what_is_beyond_doubt_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, [SURE], [SURE]) == [["non-finite"], []]


def test_looks_are_apart_but_for_numbers_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script([], [], [])
    monkeypatch.setattr(certainty, "told", script)
    growing = Growing(falling(1))
    for run in (falling(20), falling(21), falling(22), falling(23), falling(24, last=np.nan)):
        growing.look(run)
    assert len(script.offered) == 3  # at 20, 23 and 24 points


def test_signs_of_a_whole_run_wait_for_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script([], [])
    monkeypatch.setattr(certainty, "told", script)
    growing = Growing(falling(1))
    growing.look(falling(7))
    growing.look(falling(1000))
    assert 0 < script.offered[0] < script.offered[1] < len(SIGNS)


def test_a_problem_that_only_a_whole_run_can_have_is_none_yet() -> None:
    at = np.arange(1.0, 101)
    flat = Run("a", "a.csv", "epoch", {"train_loss": Series(at, np.linspace(2.0, 1.9, 100))})
    growing = Growing(flat)
    assert growing.diagnosis.missing == (GOES_ON,)
    early = growing.look(flat)
    final = growing.settle(flat)
    assert {each.sign for each in early} & {each.sign for each in final} == set()
    assert [each.sign for each in growing.findings] == [each.sign for each in [*early, *final]]


def test_the_end_tells_what_diagnose_tells() -> None:
    from curvewise.diagnosis.diagnose import diagnose

    run = falling(40, last=np.inf)
    growing = Growing(run)
    growing.look(run)
    growing.settle(run)
    assert growing.diagnosis == diagnose(run)
    assert {each.sign for each in growing.findings} == {each.sign for each in diagnose(run).findings}
