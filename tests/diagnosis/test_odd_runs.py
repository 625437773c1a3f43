"""Runs as nobody should record them: no crash, no nonsense."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curvewise.curves.run import Quantity, Run, Series
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Value
from tests.diagnosis.curves import Values, falling, noisy, run

QUANTITIES: tuple[Quantity, ...] = (
    *("train_loss", "valid_loss", "train_error", "valid_error", "learning_rate"),
    *("gradient_norm", "update_ratio", "dead_units", "gradient_noise"),
)
LEVELS = (0.0, -1.0, 1.0, 2.3, 5e-324, 1e-310, 1e-150, 1e150, 1e300, 1.7e308)
LONG = np.linspace(0, 1, 40)


def grown(level: float, growth: float, points: int) -> Values:
    """From ``level`` by ``growth`` orders of magnitude, as far as there are numbers."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(level * 10.0 ** np.linspace(0, growth, points))


series = st.builds(
    lambda at, values: Series(np.minimum(at, 1e300)[: len(values)], values[: len(at)]),
    st.builds(grown, st.sampled_from((1e-310, 1e-9, 1.0, 1e290)), st.floats(0, 300), st.integers(0, 40)),
    st.one_of(
        st.builds(grown, st.sampled_from(LEVELS), st.floats(-300, 300), st.integers(0, 40)),
        st.lists(st.floats(width=64), max_size=40).map(np.array),
    ),
)
numbers = st.one_of(
    st.sampled_from((0, 1, -1, 1.5, True, None, "32", 10**400)), st.floats(), st.integers(-2, 1000)
)
names = (
    "learning_rate",
    "minibatch",
    "train_rows",
    "valid_rows",
    "layers",
    "units",
    "dropout",
    "weight_decay",
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(QUANTITIES), series),
    st.dictionaries(st.sampled_from(names), numbers),
    st.sampled_from(("sgd", "adam", "", 3, None)),
)
@example({"train_loss": Series(LONG, grown(1e300, 0, 40))}, {"minibatch": 0}, "sgd")
@example({"train_loss": Series(LONG * 5e-324, falling(40))}, {"learning_rate": 10**400}, "adam")
@example({"learning_rate": Series(LONG, falling(40) * 1e307)}, {}, "adam")
@example({name: Series(LONG, grown(1e-310, 300, 40)) for name in QUANTITIES}, {}, "adam")
def test_odd_numbers_have_a_verdict(
    found: dict[Quantity, Series], told: dict[str, Value], optimizer: Value
) -> None:
    for unit in ("epoch", "step"):
        verdict = diagnose(Run("run", "-", unit, found, {**told, "optimizer": optimizer}))
        for each in verdict.findings:
            assert np.isfinite([*each.evidence.values(), each.factor or 0, *each.span]).all()
            assert " nan " not in each.reason and " inf " not in each.reason


@pytest.mark.parametrize("level", [0.0, -3.0, 2.3])
def test_a_straight_line_does_not_oscillate(level: float) -> None:
    found = diagnose(run(train=np.full(60, level))).findings
    assert "oscillating on a plateau" not in [each.sign for each in found]


def test_what_was_thrown_out_by_its_first_step_does_not_learn() -> None:
    """A variational autoencoder of DeepOBS at ten times its best rate."""
    found = diagnose(run(train=np.r_[133.7, np.full(40, 149.7)])).findings[0]
    assert (found.sign, found.hyperparameter, found.direction) == ("not learning", "learning_rate", "lower")


def test_a_minibatch_of_no_examples_is_blamed_for_nothing() -> None:
    steps = run("step", train=noisy(falling(200), 0.3))
    told = Run("run", "-", "step", steps.series, {"minibatch": 0})
    assert all("0 example" not in each.reason for each in diagnose(told).findings)


def test_points_without_a_place_do_not_tell_where_a_loss_was_lost() -> None:
    lost = Series(np.array([1.0, 2.0, 3.0, np.nan]), np.array([2.3, 2.0, np.nan, np.nan]))
    found = diagnose(Run("run", "-", "epoch", {"train_loss": lost})).findings[0]
    assert (found.sign, found.span) == ("non-finite", (3.0, 3.0))


def test_logs_that_say_nothing_of_augmentation_are_not_told_of_their_split() -> None:
    mixed = run(
        train=falling(40, floor=1.0),
        valid=falling(40, floor=0.3),
        train_error=0.9 * falling(40, floor=0.9) / 2.3,
        valid_error=0.9 * falling(40, floor=0.2) / 2.3,
    )
    told = {"dropout": 0.0, "valid_rows": 10_000}
    assert diagnose(replace(mixed, settings=told)).verdict == "healthy"
    trial = diagnose(replace(mixed, settings={**told, "encoding": "standard"}))
    assert trial.findings[0].sign == "suspicious split"
