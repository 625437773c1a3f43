"""Curves as good runs have them, of many kinds: none is called a problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from curvewise.curves.run import Run
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Value
from tests.diagnosis.curves import Values, run

DRAWS = 40
Generator = np.random.Generator


def wandering(draw: Generator, points: int, size: float) -> Values:
    """Noise in which neighbours are alike: autoregressive with 0.8."""
    found = np.zeros(points)
    for i in range(1, points):
        found[i] = 0.8 * found[i - 1] + 0.6 * size * draw.normal()
    return found


def language_model(draw: Generator, t: Values) -> Mapping[str, Values]:
    steps = np.linspace(1, 3000, len(t))
    return {
        "train": 2 + 8 * steps ** -draw.uniform(0.2, 0.5) + draw.uniform(0.02, 0.4) * draw.normal(size=len(t))
    }


def fine_tuned(draw: Generator, t: Values) -> Mapping[str, Values]:
    return {"train": 1 + 0.25 * np.exp(-3 * t) + draw.uniform(0.01, 0.12) * draw.normal(size=len(t))}


def fine_tuned_epochs(draw: Generator, t: Values) -> Mapping[str, Values]:
    valid = 1 + 0.2 * np.exp(-4 * t) + 0.005 * draw.normal(size=len(t))
    return {"train": 1.3 - 0.5 * t + 0.02 * draw.normal(size=len(t)), "valid": valid}


def errors_only(draw: Generator, t: Values) -> Mapping[str, Values]:
    noise = draw.normal(size=(2, len(t)))
    fall = 0.75 * np.exp(-6 * t)
    return {"train_error": 0.05 + fall + 0.01 * noise[0], "valid_error": 0.1 + fall + 0.02 * noise[1]}


def correlated(draw: Generator, t: Values) -> Mapping[str, Values]:
    fall = 1.6 * np.exp(-6 * t)
    return {
        "train": 0.05 + fall + wandering(draw, len(t), 0.02),
        "valid": 0.4 + fall + wandering(draw, len(t), 0.06),
    }


def restarted(draw: Generator, t: Values) -> Mapping[str, Values]:
    cycle = (3 * t) % 1
    level = 2 * np.exp(-5 * t) * (1 - 0.3 * cycle) + 0.15 * (1 - cycle) * (t > 0.3)
    return {
        "train": 0.2 + level + 0.01 * draw.normal(size=len(t)),
        "valid": 0.4 + level + 0.02 * draw.normal(size=len(t)),
    }


def surer_but_better(draw: Generator, t: Values) -> Mapping[str, Values]:
    """The validation loss rises a little while its error falls: calibration, not overfitting."""
    return {
        "train": 2 * np.exp(-7 * t),
        "valid": 0.3 + 2 * np.exp(-10 * t) + 0.1 * t + 0.01 * draw.normal(size=len(t)),
        "train_error": 0.7 * np.exp(-7 * t),
        "valid_error": 0.08 + 0.6 * np.exp(-5 * t) + 0.004 * draw.normal(size=len(t)),
    }


def noisy_targets(draw: Generator, t: Values) -> Mapping[str, Values]:
    """Most of the loss cannot be learned."""
    floor = draw.uniform(0.3, 0.9)
    fall = (1 - floor) * np.exp(-8 * t)
    noise = draw.normal(size=(2, len(t)))
    return {"train": floor + fall + 0.005 * noise[0], "valid": floor + 0.05 + fall + 0.01 * noise[1]}


def late_starter(draw: Generator, t: Values) -> Mapping[str, Values]:
    """It lies still at guessing first, as XOR does."""
    return {"train": 0.05 + 2.2 / (1 + np.exp(20 * (t - 0.4))) + 0.01 * draw.normal(size=len(t))}


def below_zero(draw: Generator, t: Values) -> Mapping[str, Values]:
    return {"train": -5 + 6 * np.exp(-5 * t) + 0.2 * draw.normal(size=len(t))}


def steps_of_thirds(draw: Generator, t: Values) -> Mapping[str, Values]:
    """ResNet's schedule: each step of the rate brings a fall of its own."""
    third = np.minimum((3 * t).astype(int), 2)
    since = 3 * t - third
    level = np.array([2.2, 1.35, 1.05])[third] + np.array([4.5, 0.15, 0.05])[third] * np.exp(-8 * since)
    rough = np.array([0.05, 0.01, 0.005])[third] * draw.normal(size=len(t))
    return {"train": level, "valid": 0.12 + 0.9 * level + rough, "rate": 0.1 * 0.1**third}


def resumed_where_it_had_converged(draw: Generator, t: Values) -> Mapping[str, Values]:
    noise = draw.normal(size=(3, len(t)))
    return {
        "train": 0.31 + 0.003 * noise[0],
        "valid": 0.42 + 0.006 * noise[1],
        "valid_error": 0.12 + 0.003 * noise[2],
    }


def much_dropout(draw: Generator, t: Values) -> Mapping[str, Values]:
    """Dropout 0.7 keeps training high and does validation good."""
    noise = 0.01 * draw.normal(size=(2, len(t)))
    return {
        "train": 0.6 + 1.7 * np.exp(-7 * t) + noise[0],
        "valid": 0.3 + 1.7 * np.exp(-9 * t) + noise[1],
        "valid_error": 0.08 + 0.7 * np.exp(-9 * t),
    }


def fine_tuned_in_pairs(draw: Generator, t: Values) -> Mapping[str, Values]:
    """Adapters of a language model, two texts a step: their losses differ by more than is learned."""
    noise = draw.uniform(0.1, 0.25) * draw.normal(size=len(t))
    return {"train": 1.15 + 0.35 * np.exp(-20 * t) - 0.05 * t + noise}


Family = Callable[[Generator, Values], Mapping[str, Values]]
FAMILIES: dict[Family, tuple[int, int]] = {
    language_model: (30, 3000),
    fine_tuned: (8, 200),
    fine_tuned_epochs: (6, 12),
    errors_only: (8, 100),
    correlated: (20, 200),
    restarted: (30, 150),
    surer_but_better: (20, 100),
    noisy_targets: (15, 100),
    late_starter: (30, 300),
    below_zero: (30, 300),
    steps_of_thirds: (60, 120),
    resumed_where_it_had_converged: (12, 100),
    much_dropout: (20, 150),
    fine_tuned_in_pairs: (30, 400),
}
"""Each with its fewest and most points."""
BY_STEP = (language_model, fine_tuned, fine_tuned_in_pairs)
TOLD: dict[Family, dict[str, Value]] = {
    much_dropout: {"classes": 10, "dropout": 0.7, "minibatch": 64},
    fine_tuned_in_pairs: {"minibatch": 2, "learning_rate": 2e-4, "optimizer": "adamw"},
}
STILL = (resumed_where_it_had_converged, fine_tuned_in_pairs)
"""Nothing, or hardly anything, is left to be learned: of these it need not be told that they are healthy."""


def drawn(family: Family) -> Iterator[Run]:
    draw = np.random.default_rng(0)
    for _ in range(DRAWS):
        fewest, most = FAMILIES[family]
        points = int(np.exp(draw.uniform(np.log(fewest), np.log(most))))
        found = run(**family(draw, np.linspace(0, 1, points)))
        yield replace(found, unit="step" if family in BY_STEP else "epoch", settings=TOLD.get(family, {}))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_good_runs_of_every_kind_are_no_problem(family: Family) -> None:
    told = [diagnose(each) for each in drawn(family)]
    accused = [each.findings[0].reason for each in told if each.verdict == "problem"]
    assert not accused
    assert sum(each.verdict == "healthy" for each in told) >= (0 if family in STILL else DRAWS / 2)
