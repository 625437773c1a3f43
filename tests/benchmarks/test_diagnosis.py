"""The published rules flag what they say they flag, and shares are counted by program."""

import numpy as np
import pytest

from curvewise.curves.run import Run, Series
from diagnosis import Curve, percent, summarise
from diagnosis_causes import CAUSES, HEALTHY, Cause
from diagnosis_rules import RULES
from tests.diagnosis.curves import falling, run

GOOD = {"train": falling(30), "train_error": 0.6 * falling(30) / 2.3, "valid": falling(30) + 0.01}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("SageMaker Overfit", {"valid": falling(30) * 1.5}),
        ("SageMaker LossNotDecreasing", {"train": np.ones(30)}),
        ("SageMaker ExplodingTensor", {"train": np.r_[falling(29), np.nan]}),
        ("AutoTrainer", {"train_error": np.full(30, 0.9)}),
        ("AutoTrainer", {"train_error": 0.2 + 0.1 * (-1.0) ** np.arange(30)}),
        ("DeepDiagnosis", {"train": np.r_[falling(25), np.full(5, 0.3)]}),
    ],
)
def test_each_rule_flags_its_fault_and_no_smooth_fall(rule: str, changes: dict[str, np.ndarray]) -> None:
    assert not RULES[rule](run(**GOOD))
    assert RULES[rule](run(**{**GOOD, **changes}))


def curve(program: str, problem: bool) -> Curve:
    return Curve(program, problem, Run(program, "-", "epoch", {"train_loss": Series(np.ones(1), np.ones(1))}))


def test_intervals_draw_programs_and_not_curves() -> None:
    curves = [curve("a", True)] * 8 + [curve("b", True)] * 8
    assert percent(curves, [True] * 8 + [False] * 8, True) == (50.0, 0.0, 100.0)
    assert percent(curves, [True] * 16, False) is None


def test_held_out_programs_are_every_second_by_name() -> None:
    curves = [curve("a", True), curve("b", True), curve("c", False)]
    found = summarise(curves, {"tool": [True, False, True]})["tool"]
    assert isinstance(found, dict)
    assert (found["recall"], found["held_out_recall"], found["false_alarms"]) == (50.0, 0.0, 100.0)


def test_causes_are_twelve_at_least_and_each_changes_one_thing() -> None:
    assert len(CAUSES) >= 12
    assert len({cause.name for cause in CAUSES}) == len(CAUSES)
    assert all(cause != Cause(cause.name, rights=cause.rights) for cause in CAUSES)
    assert len(HEALTHY) >= 5
