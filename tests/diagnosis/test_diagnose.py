"""The three-way verdict on curves by formula."""

from __future__ import annotations

import numpy as np
import pytest

from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Diagnosis
from tests.diagnosis.curves import falling, noisy, run, turning


def signs(diagnosis: Diagnosis) -> list[str]:
    return [finding.sign for finding in diagnosis.findings]


@pytest.mark.parametrize("points", [10, 30, 300, 30_000])
def test_a_curve_that_falls_is_healthy(points: int) -> None:
    found = diagnose(run(train=falling(points), valid=falling(points, floor=0.5)))
    assert found.verdict == "healthy"
    assert found.findings[0].direction == "keep"
    assert not found.missing


@pytest.mark.parametrize("points", [20, 100, 1000])
def test_zig_zag_that_falls_is_healthy(points: int) -> None:
    zig_zag = falling(points, speed=3) * (1 + 0.15 * (-1.0) ** np.arange(points))
    assert diagnose(run(train=zig_zag)).verdict == "healthy"


def test_a_loss_that_is_no_number_any_more_is_certain_at_four_points() -> None:
    found = diagnose(run(train=np.array([2.3, 9.0, 1e30, np.nan])))
    assert found.verdict == "problem"
    assert signs(found) == ["non-finite"]
    assert found.findings[0].confidence == 1
    assert found.findings[0].span == (4, 4)


def test_a_loss_that_climbs_the_other_side_diverges() -> None:
    climbing = np.concatenate([falling(20), 0.4 * 1.3 ** np.arange(12)])
    assert signs(diagnose(run(train=noisy(climbing, 0.001)))) == ["diverging"]


def test_a_validation_loss_that_turns_up_is_overfitting() -> None:
    found = diagnose(run(train=falling(40, floor=0.0), valid=noisy(turning(40), 0.005)))
    assert signs(found) == ["overfitting"]
    assert found.findings[0].span[0] == pytest.approx(12, abs=3)


def test_a_gap_alone_is_not_overfitting() -> None:
    found = diagnose(run(train=falling(40, floor=0.0), valid=noisy(falling(40, floor=1.0), 0.005)))
    assert found.verdict == "healthy"


@pytest.mark.parametrize("curve", [falling(4), np.array([2.3, 2.4, 2.5, 2.9]), np.ones(4)])
def test_four_points_tell_nothing_that_is_not_certain(curve: np.ndarray) -> None:
    found = diagnose(run(train=curve, valid=curve))
    assert (found.verdict, found.findings) == ("cannot tell", ())
    assert "4 points are too few" in found.missing[0]


def test_a_run_without_a_loss_cannot_be_told() -> None:
    assert diagnose(run(rate=np.ones(30))).missing == ("there is no curve of a loss or an error in it",)


def test_of_many_points_with_few_losses_the_losses_are_too_few() -> None:
    found = diagnose(run(train=falling(5), rate=np.full(100, 0.1)))
    assert found.points == 100
    assert found.missing[0].startswith("5 points of a loss or an error are too few")
    assert diagnose(run(train=falling(1))).missing[0].startswith("1 point is too few")
