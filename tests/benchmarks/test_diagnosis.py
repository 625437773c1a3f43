"""The published rules flag what they say they flag, and shares are counted by program."""

from dataclasses import replace

import numpy as np
import pytest

from curvewise.curves.run import Run, Series
from curvewise.diagnosis.diagnose import diagnose
from diagnosis import Curve, percent, summarise
from diagnosis_causes import OURS, judged, rows
from diagnosis_causes import percent as percent_of_groups
from diagnosis_causes import summarise as summarise_causes
from diagnosis_rules import GRADIENT_RULES, RULES
from known_causes import CAUSES, HEALTHY, HELD_OUT, LOOKED_AT, Cause, Labelled
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


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("SageMaker WeightUpdateRatio", {"update": np.full(30, 1e-9)}),
        ("SageMaker DeadRelu", {"dead": np.full(30, 0.6)}),
        ("DeepDiagnosis with updates", {"update": np.full(30, 0.2)}),
        ("DeepDiagnosis with updates", {"dead": np.full(30, 0.8)}),
        ("AutoTrainer with dead units", {"dead": np.full(30, 0.8)}),
    ],
)
def test_rules_on_updates_and_dead_units_flag_them_only(rule: str, changes: dict[str, np.ndarray]) -> None:
    good = {**GOOD, "update": np.full(30, 1e-3), "dead": np.zeros(30)}
    relu = {"activation": "relu"}
    assert not GRADIENT_RULES[rule](replace(run(**good), settings=relu))
    assert GRADIENT_RULES[rule](replace(run(**{**good, **changes}), settings=relu))


def labelled(table: str, cause: str, seed: int) -> Labelled:
    losses = np.r_[2.3, np.full(29, np.nan)] if cause else falling(30)
    return Labelled(table, cause, cause or "linear", seed, run(train=losses, valid=losses), 1.0)


def test_causes_are_counted_by_table_and_held_out_tables_apart() -> None:
    tables, cause = (LOOKED_AT[0], HELD_OUT[0]), CAUSES[0].name
    curves = [labelled(table, name, seed) for table in tables for name in ("", cause) for seed in (0, 1)]
    found = {OURS: [judged(each, diagnose(each.run)) for each in curves]}
    summary = summarise_causes(found)
    assert (summary["faulty_curves"], summary["healthy_curves"], summary["healthy_curves_held_out"]) == (
        4,
        4,
        2,
    )
    ours = summary[OURS]
    assert isinstance(ours, dict)
    assert (ours["recall"], ours["held_out_recall"], ours["false_alarms"]) == (100.0, 100.0, 0.0)
    assert ours["right_hyperparameter"] == 100.0
    assert [row["told"] for row in rows(found)] == [{"healthy": 2}, {"non-finite: learning_rate": 2}] * 2


def test_a_fault_is_one_draw_however_many_seeds_it_has() -> None:
    found = percent_of_groups("share", [[True] * 20, [False] * 20])
    assert found == {"share": 50.0, "share_low": 0.0, "share_high": 100.0}
    assert not percent_of_groups("share", [])
