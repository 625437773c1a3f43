"""What first losses, gradients, updates and dead units show, where they were recorded.

Each function looks at one measurement. It says nothing of whether the run is in trouble: that is for the
signs to say.
"""

from __future__ import annotations

from curvewise.curves.features import Features
from curvewise.diagnosis import settings
from curvewise.diagnosis.suspect import STEP, Suspect, lower_rate, raise_rate

ABOVE_CHANCE = 3.0
"""First training loss over ln k. Twice is TheDeepChecker's tolerance; the first epoch's mean of a tuned run
was below 1 on each of our tables."""
STAYED = 0.8
"""Last training loss over ln k from which on a run that shot up stayed at guessing: 0.96 to 1.06 in runs of
ours at a hundred times the best rate, and a fifth below guessing something was learned."""
SHOT = 100.0
"""First training loss over ln k from which on weights or inputs are the likelier cause: initial weights 30
times as large began at 338 and more, half of the runs at a hundred times the best rate at 3 or less."""

GROWING_GRADIENT = 1.5
"""Times the first gradient norm. A loss that lies still while its gradient has grown is held up by something
that the gradient does not hold: the decay of the weights. On 60 healthy runs of three tables the norm grew as
well where training went on to fall, so this counts on plateaus near the start only."""

LARGE_UPDATE = 0.05
"""Update / weights per step, median of the first half: 0.025 at most in 399 healthy runs of ours, and usually
0.007. DeepDiagnosis takes 0.1."""
SMALL_UPDATE = 3e-4
"""The same of steps that are too short. CS231n: about 0.001; 1 of 20 healthy runs of ours is below 0.0004,
those at a hundredth of the best rate at 0.00007 to 0.0007. DeepDiagnosis takes 0.00001."""

DEAD = 0.9
"""Share of a layer's units. SageMaker flags a layer at half, AutoTrainer at 0.7; many healthy networks have
half of a layer silent, and a run must also have stopped learning."""
DIED = 0.5
"""The same where units cannot be silent by chance: of smooth activations (beyond 5 or below -5), or beside a
learning rate far above the usual. None was dead in 280 healthy runs of our engine with gelu, and 0.6 to 0.9
of a layer at ten times the best rate."""
SMOOTH = ("gelu", "silu", "tanh", "sigmoid")
NO_GRADIENT = 1e-3
"""Gradient norm / loss below which nothing reaches the weights (AutoTrainer: norm 1e-4 at losses near 1)."""


def start_above_chance(features: Features) -> float | None:
    """First training loss / loss of guessing, no unit; None where either is not known."""
    train, guess = features.train, features.chance
    return train.start / guess.loss if train is not None and guess is not None else None


def start(features: Features) -> Suspect | None:
    """A training loss that begins at three times that of guessing, or more."""
    above, train = start_above_chance(features), features.train
    if above is None or train is None or above < ABOVE_CHANCE:
        return None
    rate = settings.rate(features)
    if rate is not None and rate.too_much:
        return rate
    if features.chance is not None and train.end > STAYED * features.chance.loss and above < SHOT:
        return lower_rate(
            f"the loss shot up to {above:.3g} times that of guessing at once, and stayed at guessing"
        )
    because = "initial weights or inputs are far too large: draw smaller weights, standardise the inputs"
    source = "CS231n and Karpathy: the first loss is ln k; He et al. 2015, arXiv 1502.01852"
    return Suspect("initialisation", "change", None, because, source)


def gradient(features: Features) -> Suspect | None:
    """A gradient norm below a thousandth of the loss, at both ends."""
    found, train = features.shapes.get("gradient_norm"), features.train
    if found is None or train is None or not train.end > 0:
        return None
    if max(found.end, found.start) >= NO_GRADIENT * train.end:
        return None
    because = f"the gradient is only {found.end:.2g} long: it vanishes on its way through the layers"
    source = "AutoTrainer 2021 (vanishing gradient); Glorot and Bengio 2010; He et al. 2015 for relu"
    return Suspect("activation", "change", None, because, source)


def dead(features: Features) -> Suspect | None:
    """Nine tenths of a layer's units are dead, or half of them where they died in training.

    Steps kill units; those dead at the first look, under a rate that is known and usual, were born so.
    """
    share = features.shapes.get("dead_units")
    if share is None or share.end < (DIED if died(features) else DEAD):
        return None
    if (
        share.start >= DEAD
        and features.setting("learning_rate") is not None
        and settings.rate(features) is None
    ):
        because = (
            f"{share.start:.0%} of a layer's units are dead from the start: weights or inputs put them there"
        )
        return Suspect("initialisation", "change", None, because, "Lu et al. 2019, arXiv 1903.06733")
    return lower_rate(f"{share.end:.0%} of a layer's units are dead, which large steps do")


def died(features: Features) -> bool:
    """Half of a layer is dead, and was not from the start, though no unit is silent by chance."""
    share, rate = features.shapes.get("dead_units"), settings.rate(features)
    if share is None or share.end < DIED or share.end < DIED / 2 + share.start:
        return False
    return features.word("activation") in SMOOTH or (rate is not None and rate.too_much)


def update(features: Features) -> Suspect | None:
    """Steps that change the weights by more than 0.05, or by less than 0.0003, of their length."""
    ratio = features.typical("update_ratio")
    if ratio is None:
        return None
    if ratio > LARGE_UPDATE:
        return lower_rate(f"each step changes the weights by {ratio:.2g} of their length, and 0.001 is usual")
    if ratio < SMALL_UPDATE:
        return raise_rate(f"each step changes the weights by {ratio:.2g} of their length only")
    return None


def held_up(features: Features) -> Suspect | None:
    """Weight decay, where the gradient has grown by half or more; ask it of plateaus only.

    Not where the settings tell that there is no more weight decay than usual.
    """
    norm = features.shapes.get("gradient_norm")
    if features.setting("weight_decay") is not None or norm is None:
        return None  # a heavy one was blamed before
    if norm.start <= 0 or norm.end < GROWING_GRADIENT * norm.start:
        return None
    because = (
        f"the gradient grew from {norm.start:.2g} to {norm.end:.2g} while the loss lay still: something "
        "other than the loss holds the weights back"
    )
    source = (
        "TheDeepChecker 2022 (regularisation that overwhelms the loss); our engine's runs at a decay of 30"
    )
    return Suspect("weight_decay", "lower", 1 / STEP, because, source)
