"""A finding in a run that grows is raised when it is certain, once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from curvewise.curves.run import Run
from curvewise.diagnosis import certainty
from curvewise.diagnosis.certainty import Growing
from curvewise.records import Diagnosis, Finding
from tests.report.runs import finding, run


class Script:
    """Stands in for ``diagnose``: one look after another."""

    def __init__(self, *looks: Sequence[Finding]) -> None:
        self._looks = iter(looks)

    def __call__(self, seen: Run) -> Diagnosis:
        findings = tuple(next(self._looks))
        return Diagnosis(seen.name, seen.source, seen.points, "problem" if findings else "healthy", findings)


OVERFITTING = finding("overfitting", "dropout", 2.0)
LENGTH = finding("stopped too early", "epochs", 2.0)
SURE = msgspec.structs.replace(finding("non-finite", "learning_rate", 0.1), confidence=1.0)


def raised(monkeypatch: pytest.MonkeyPatch, *looks: Sequence[Finding]) -> list[list[str]]:
    monkeypatch.setattr(certainty, "diagnose", Script(*looks))
    growing = Growing()
    told = [[each.sign for each in growing.look(run([1.0]))] for _ in looks]
    return [*told, [each.sign for each in growing.settle()]]


def test_two_looks_must_agree_and_it_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [[OVERFITTING], [OVERFITTING], [OVERFITTING]]
    assert raised(monkeypatch, *looks) == [[], ["overfitting"], [], []]


def test_what_comes_and_goes_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, [OVERFITTING], [], [OVERFITTING], []) == [[], [], [], [], []]


def test_what_is_sure_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, [SURE], [SURE]) == [["non-finite"], [], []]


def test_at_the_end_one_look_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, [], [OVERFITTING]) == [[], [], ["overfitting"]]


def test_that_a_run_is_too_short_is_said_at_its_end_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, [LENGTH], [LENGTH], [LENGTH]) == [[], [], [], ["stopped too early"]]


def test_the_same_sign_of_another_hyperparameter_is_another_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    other = msgspec.structs.replace(OVERFITTING, hyperparameter="weight_decay")
    looks = [[OVERFITTING, other]] * 2
    assert raised(monkeypatch, *looks)[1] == ["overfitting", "overfitting"]
