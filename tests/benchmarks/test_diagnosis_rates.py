"""Runs of a landscape of learning rates are labelled by where they end."""

import numpy as np

from curvewise.diagnosis.diagnose import diagnose
from diagnosis_rates import labels, right
from tests.diagnosis.curves import falling, run

RATES = np.array([1e-4, 1e-3, 0.04, 0.1, 0.3, 1.0, 10.0])


def landscape(ends: list[float]) -> list[str]:
    table = {"lr": RATES, "test_loss": np.full((7, 10), 2.3)}
    return labels(table, np.arange(7), np.array(ends))


def test_labels_are_by_the_end_and_the_distance_from_the_best_rate() -> None:
    found = landscape([2.3, 1.5, 0.31, 0.3, 0.35, 1.9, np.inf])
    assert found == ["too low", "too low", "good", "good", "", "too high", "too high"]


def test_what_ends_as_low_is_not_too_low() -> None:
    assert landscape([0.4, 0.35, 0.31, 0.3, 0.31, 0.32, 0.33])[:2] == ["", ""]


def test_right_is_the_learning_rate_in_the_right_direction() -> None:
    lost = diagnose(run(train=np.r_[falling(10), np.full(5, np.nan)]))
    assert right("too high", lost)
    assert not right("too low", lost)
    assert not right("too high", diagnose(run(train=falling(30))))
