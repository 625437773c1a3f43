"""A run that goes on: findings once, when they are certain."""

from __future__ import annotations

import numpy as np

from curvewise.curves.features import features
from curvewise.diagnosis import follow
from curvewise.diagnosis.follow import Follower
from tests.diagnosis.curves import falling, noisy, turning


def test_overfitting_is_raised_once_and_before_the_end() -> None:
    follower, raised = Follower(), []
    train, valid = falling(200, floor=0.0), noisy(turning(200), 0.004)
    for epoch in range(200):
        found = follower.add("train_loss", epoch, train[epoch]) + follower.add(
            "valid_loss", epoch, valid[epoch]
        )
        raised += [(epoch, each.sign) for each in found]
    assert [sign for _, sign in raised] == ["overfitting"]
    assert 60 < raised[0][0] < 140
    assert [found.sign for found in follower.findings] == ["overfitting"]
    assert follower.finish() == ()


def test_a_loss_that_is_no_number_is_raised_at_once() -> None:
    follower = Follower()
    assert follower.add("train_loss", 1, 2.3) == ()
    assert [found.sign for found in follower.add("train_loss", 2, float("nan"))] == ["non-finite"]
    assert follower.add("train_loss", 3, float("nan")) == ()


def test_a_healthy_run_raises_nothing_at_any_time() -> None:
    follower = Follower()
    for epoch, loss in enumerate(noisy(falling(300), 0.05)):
        assert follower.add("train_loss", epoch, loss) == ()


def test_a_slow_run_is_told_at_its_end_only() -> None:
    follower = Follower(settings={"learning_rate": 1e-6, "optimizer": "adam"})
    for epoch, loss in enumerate(np.linspace(2.3, 2.0, 50)):
        assert follower.add("train_loss", epoch, loss) == ()
    (found,) = follower.finish()
    assert (found.sign, found.hyperparameter, found.direction) == ("too slow", "learning_rate", "raise")


def test_a_restart_goes_on_from_where_it_went_back_to() -> None:
    follower = Follower()
    for step in (1, 2, 3, 4, 3, 4, 5):
        follower.add("train_loss", step, 1.0 / step)
    assert list(follower.run().series["train_loss"].at) == [1, 2, 3, 4, 5]


def test_looks_come_ever_more_seldom(monkeypatch) -> None:
    looks = []
    monkeypatch.setattr(follow, "features", lambda run: looks.append(run.points) or features(run))
    follower = Follower("step")
    for step in range(3000):
        follower.add("train_loss", step, 1.0 / (1 + step))
    assert len(looks) < 50
    assert looks == sorted(set(looks))
