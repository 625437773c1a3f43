"""Validation that leaps in one step and stays, on curves by formula."""

from __future__ import annotations

import numpy as np

from curvewise.diagnosis.diagnose import diagnose
from tests.diagnosis.curves import Values, falling, noisy, run, turning


def told(train: Values, valid: Values) -> list[str]:
    return [finding.sign for finding in diagnose(run(train=train, valid=valid)).findings]


def test_a_leap_that_stays_is_told_with_its_place() -> None:
    valid = noisy(falling(40, floor=0.4), 0.005) + np.where(np.arange(40) < 25, 0.0, 0.8)
    found = diagnose(run(train=noisy(falling(40), 0.005), valid=valid)).findings
    jumps = [finding for finding in found if finding.sign == "validation jumps"]
    assert [finding.span for finding in jumps] == [(25, 26)]


def test_a_spike_a_slow_turn_and_a_leap_of_both_are_none() -> None:
    train, valid = noisy(falling(40), 0.005), noisy(falling(40, floor=0.4), 0.005)
    spike = valid + np.where(np.arange(40) == 25, 0.8, 0.0)
    both = np.where(np.arange(40) < 25, 0.0, 0.8)
    assert "validation jumps" not in told(train, valid)
    assert "validation jumps" not in told(train, spike)
    assert "validation jumps" not in told(train, turning(40, harm=0.6))
    assert "validation jumps" not in told(train + both, valid + both)
