"""What a watch finds in real trainings, and what it does not say of healthy ones."""

import pytest

from watch_findings import row, summarise
from watch_trainings import FAULTS, HEALTHY


def test_shares_are_of_faults_and_of_healthy_ones() -> None:
    fault = {"fault": True, "verdict": "problem", "right": True, "warned_at": 200, "accuracy": 0.1}
    missed = {"fault": True, "verdict": "healthy", "right": False, "warned_at": None, "accuracy": 0.1}
    fine = {"fault": False, "verdict": "healthy", "right": True, "warned_at": None, "accuracy": 0.97}
    found = summarise([fault, missed, fine, {**fine, "warned_at": 300}])
    assert (found["found"], found["right_hyperparameter"], found["found_live"]) == (50, 50, 50)
    assert (found["steps"], found["false_alarms"], found["accuracy"]) == (200, 50, 0.97)


@pytest.mark.slow
@pytest.mark.parametrize("training", FAULTS, ids=lambda each: each.name)
def test_a_fault_is_found_and_named(training: object) -> None:
    found = row(training, seed=0)  # type: ignore[arg-type]
    assert found["verdict"] == "problem"
    assert found["right"], found


@pytest.mark.slow
@pytest.mark.parametrize("training", HEALTHY, ids=lambda each: each.name)
def test_a_healthy_training_is_let_be(training: object) -> None:
    found = row(training, seed=0)  # type: ignore[arg-type]
    assert found["accuracy"] > 0.95
    assert found["verdict"] != "problem" and found["warned_at"] is None
