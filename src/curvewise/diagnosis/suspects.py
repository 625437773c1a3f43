"""Which hyperparameter a run that has not learned enough is to be blamed on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from curvewise.curves.features import Features
from curvewise.records import Direction

USUAL_RATES = {"sgd": 0.03, "momentum": 0.03, "nesterov": 0.03, "adagrad": 0.03, "rmsprop": 0.001}
"""Middle of the suspects: the article's 0.01 for SGD and what the engine's screening found (0.1 to 0.3 with
momentum, 0.001 to 0.01 with RMSProp; docs/space.md); Adam and AdamW below."""
USUAL_ADAM = 0.002
FAR = 20.0
"""A rate 20 times off the usual one is suspect: tuned rates of one optimizer spread over a factor of 10
either way (docs/space.md: 0.001 to 0.03 over the cells of one task). It takes a sign as well."""

ODD_SCALE = 5.0
"""Times, or a part of, the initial weights that the chosen initialisation draws: a layer of five times the
usual weights grows its input as often, which two layers do not forgive."""

ABOVE_CHANCE = 3.0
"""First training loss over ln k. Twice is TheDeepChecker's tolerance; the first epoch's mean of a tuned run
was below 1 on each of our tables."""

LARGE_DROPOUT = 0.6
"""UMLAUT warns above 0.5, which the article's sources use: so above 0.6."""
LARGE_COUPLED_DECAY = 0.05
"""Coupled L2: 5e-4 is usual in images, 1e-2 the largest in the playbooks; five times that."""
LARGE_DECOUPLED_DECAY = 1.0
"""AdamW's: 0.1 is the largest usual one; ten times that."""
GROWING_GRADIENT = 1.5
"""Times the first gradient norm. A loss that lies still while its gradient has grown is held up by something
that the gradient does not hold: the decay of the weights. On 60 healthy runs of three tables the norm grew as
well where training went on to fall, so this counts on plateaus near the start only."""

WHOLE_SET = 0.25
"""Minibatch / training rows: fewer than 4 steps per epoch."""
LARGE_MINIBATCH = 512
"""Examples: twice the largest that the article calls good. Smaller ones are usual however few rows there are:
published programs take all of 300 rows at once, and learn."""
ONLINE = 2
"""Minibatches of 1 and 2: the article's online training."""

LARGE_UPDATE = 0.05
SMALL_UPDATE = 3e-4
"""Update / weights per step. CS231n: about 1e-3; healthy runs of our engine begin at 1e-3 to 4e-2, those at a
hundredth of the rate at 7e-5 to 7e-4. DeepDiagnosis takes 1e-5 to 1e-1."""

FEW_UNITS = 4
"""Fewer units than that, and than classes, can hardly be enough for anything."""
FEWEST_UNITS = 2
"""Nor can so few for two classes, or for numbers."""

MANY_LAYERS = 5
"""Layers of sigmoid through which gradients fade: Glorot and Bengio's have 4 and 5, AutoTrainer's vanishing
networks 8 and more. Those of tanh train, published ones of 17 layers, too."""

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

STEP = 0.1
"""A tenth: the article's step from one usual suspect to the next."""


@dataclass(frozen=True)
class Suspect:
    """A hyperparameter, what to do to it, and the evidence in half a sentence."""

    hyperparameter: str | None
    """None where no hyperparameter is at fault, such as labels that do not belong to their rows."""
    direction: Direction
    factor: float | None
    because: str
    source: str


def suspect(features: Features) -> Suspect | None:
    """The first hyperparameter with evidence of its own, surest evidence first; None where there is none.

    Settings far from anything usual come first, then what gradients and updates show. It says nothing of
    whether a run is in trouble: ask it when a sign says so.
    """
    found = (look(features) for look in LOOKS)
    return next((each for each in found if each is not None), None)


def start_above_chance(features: Features) -> float | None:
    """First training loss / loss of guessing; None where either is not known."""
    train, guess = features.train, features.chance
    return train.start / guess.loss if train is not None and guess is not None else None


def _initial_scale(features: Features) -> Suspect | None:
    scale = features.setting("initial_scale")
    if scale is None or scale <= 0 or 1 / ODD_SCALE < scale < ODD_SCALE:
        return None
    return Suspect(
        "initialisation",
        "change",
        None,
        f"initial weights are {scale:.3g} times those that keep signals and gradients at their size",
        "He et al. 2015, arXiv 1502.01852, section 2.2; Glorot and Bengio 2010",
    )


def _initial(features: Features) -> Suspect | None:
    above, train = start_above_chance(features), features.train
    if above is None or train is None or above < ABOVE_CHANCE:
        return None
    rate = _rate(features)
    if rate is not None and rate.direction == "lower":
        return rate
    if features.chance is not None and train.end > 0.8 * features.chance.loss and above < 100:
        return _lower(
            f"the loss shot up to {above:.3g} times that of guessing at once, and stayed at guessing"
        )
    return Suspect(
        "initialisation",
        "change",
        None,
        f"it began at {above:.3g} times the loss of guessing: initial weights or inputs are far too large",
        "CS231n and Karpathy: the first loss is ln k; He et al. 2015, arXiv 1502.01852",
    )


def _inputs(features: Features) -> Suspect | None:
    if features.word("encoding") != "raw":
        return None
    return Suspect(
        "encoding",
        "change",
        None,
        "its inputs are not standardised",
        "the article: 0.01 is a good start with normalised inputs; LeCun et al. 1998, section 4.3",
    )


def _dropout(features: Features) -> Suspect | None:
    dropout = features.setting("dropout")
    if dropout is None or dropout < LARGE_DROPOUT:
        return None
    return Suspect(
        "dropout",
        "lower",
        0.5,
        f"dropout {dropout:g} hides most of every layer",
        "UMLAUT 2021 (dropout above 0.5); the article proposes dropout against overfitting only",
    )


def _weight_decay(features: Features) -> Suspect | None:
    decay = features.setting("weight_decay")
    decoupled = features.word("optimizer") in ("adamw", "schedule_free")
    large = LARGE_DECOUPLED_DECAY if decoupled else LARGE_COUPLED_DECAY
    if decay is None or decay < large:
        return None
    return Suspect(
        "weight_decay",
        "lower",
        STEP,
        f"weight decay {decay:g} pulls the weights to zero as fast as they learn",
        "TheDeepChecker 2022 (regularisation that overwhelms the loss); Loshchilov and Hutter 2019",
    )


def _minibatch(features: Features) -> Suspect | None:
    size, rows = features.setting("minibatch"), features.setting("train_rows")
    if size is not None and 1 <= size <= ONLINE:
        return Suspect(
            "minibatch",
            "raise",
            16.0,
            f"steps are taken on {size:g} example{'s' if size > 1 else ''}: their noise is larger than what "
            "they teach (or scale the learning rate down with the minibatch)",
            "the article: 32 is a good candidate; Goyal et al. 2017, arXiv 1706.02677, for scaling the rate",
        )
    if size is None or rows is None or min(size, rows) < max(LARGE_MINIBATCH, WHOLE_SET * rows):
        return None
    return Suspect(
        "minibatch",
        "lower",
        max(32 / min(size, rows), 1 / 64),
        f"minibatches of {min(size, rows):g} of {rows:g} rows leave few steps per epoch",
        "the article: 32 to 256; McCandlish et al. 2018, arXiv 1812.06162: no use beyond the noise scale",
    )


def _units(features: Features) -> Suspect | None:
    units, guess = features.setting("units"), features.chance
    if units is None or guess is None or features.setting("layers") == 0:
        return None
    classes = guess.classes or FEW_UNITS
    if units >= max(min(classes, FEW_UNITS), FEWEST_UNITS + 1):
        return None
    return Suspect(
        "units",
        "raise",
        8.0,
        f"everything must pass through {units:g} units",
        "the article: a network that does not train may need more units; today rates are ruled out "
        "first (Karpathy: overfit one minibatch)",
    )


def _activation(features: Features) -> Suspect | None:
    layers, plain = features.setting("layers"), features.word("normalisation") in (None, "none")
    if features.word("activation") != "sigmoid" or layers is None or layers < MANY_LAYERS or not plain:
        return None
    return Suspect(
        "activation",
        "change",
        None,
        f"gradients fade on their way through {layers:g} layers of sigmoid; relu or gelu let them pass",
        "Glorot and Bengio 2010, section 3; AutoTrainer 2021 (vanishing gradient)",
    )


def _rate(features: Features) -> Suspect | None:
    rate, optimizer = features.setting("learning_rate"), features.word("optimizer")
    rate = rate if rate is not None else features.rates.peak if features.rates else None
    if rate is None or optimizer is None or rate <= 0:
        return None
    usual = USUAL_RATES.get(optimizer, USUAL_ADAM)
    if rate >= FAR * usual:
        return _lower(f"{rate:.3g} is far above the usual rates of {optimizer}")
    if rate * FAR <= usual:
        return _raise(f"{rate:.3g} is far below the usual rates of {optimizer}")
    return None


def _update(features: Features) -> Suspect | None:
    update = features.typical("update_ratio")
    if update is None:
        return None
    if update > LARGE_UPDATE:
        return _lower(f"each step changes the weights by {update:.2g} of their length, and 0.001 is usual")
    if update < SMALL_UPDATE:
        return _raise(f"each step changes the weights by {update:.2g} of their length only")
    return None


def _gradient(features: Features) -> Suspect | None:
    gradient, train = features.shapes.get("gradient_norm"), features.train
    if gradient is None or train is None or not train.end > 0:
        return None
    if max(gradient.end, gradient.start) >= NO_GRADIENT * train.end:
        return None
    return Suspect(
        "activation",
        "change",
        None,
        f"the gradient is only {gradient.end:.2g} long: it vanishes on its way through the layers",
        "AutoTrainer 2021 (vanishing gradient); Glorot and Bengio 2010; He et al. 2015 for relu",
    )


def _dead(features: Features) -> Suspect | None:
    dead = features.shapes.get("dead_units")
    if dead is None or dead.end < (DIED if died(features) else DEAD):
        return None
    return _lower(f"{dead.end:.0%} of a layer's units are dead, which large steps do")


def died(features: Features) -> bool:
    """Half of a layer is dead, and was not from the start, though no unit is silent by chance."""
    dead, rate = features.shapes.get("dead_units"), _rate(features)
    if dead is None or dead.end < DIED or dead.end < DIED / 2 + dead.start:
        return False
    return features.word("activation") in SMOOTH or (rate is not None and rate.direction == "lower")


def held_up(features: Features) -> Suspect | None:
    """Weight decay, where the gradient has grown by half or more; ask it of plateaus only.

    Not where the settings tell that there is no more weight decay than usual.
    """
    gradient = features.shapes.get("gradient_norm")
    if features.setting("weight_decay") is not None or gradient is None:
        return None  # a heavy one was blamed before
    if gradient.start <= 0 or gradient.end < GROWING_GRADIENT * gradient.start:
        return None
    return Suspect(
        "weight_decay",
        "lower",
        STEP,
        f"the gradient grew from {gradient.start:.2g} to {gradient.end:.2g} while the loss lay still: "
        f"something "
        "other than the loss holds the weights back",
        "TheDeepChecker 2022 (regularisation that overwhelms the loss); our engine's runs at a decay of 30",
    )


def _lower(because: str) -> Suspect:
    return Suspect(
        "learning_rate", "lower", STEP, because, "the article, learning rate; CS231n, update ratio"
    )


def _raise(because: str) -> Suspect:
    return Suspect(
        "learning_rate", "raise", 1 / STEP, because, "the article, learning rate; CS231n, update ratio"
    )


LOOKS: tuple[Callable[[Features], Suspect | None], ...] = (
    _inputs,
    _initial_scale,
    _minibatch,
    _initial,
    _dropout,
    _weight_decay,
    _units,
    _activation,
    _rate,
    _gradient,
    _dead,
    _update,
)
"""In order of certainty: what was set, then what was measured."""


def at_fault(features: Features) -> Suspect:
    """What to blame a run on that learned nothing: evidence, else its data, else its curve.

    Where the learning rate, its optimizer and the updates are known and usual, and no setting is odd, steps
    are not to blame.
    """
    found = suspect(features)
    if found is not None:
        return found
    known = features.setting("learning_rate") is not None and features.word("optimizer") is not None
    return unrelated() if known and features.typical("update_ratio") is not None else by_curve(features)


def unrelated() -> Suspect:
    """No hyperparameter: labels that do not belong to their rows."""
    return Suspect(
        None,
        "change",
        None,
        "check that labels belong to their rows and that both parts are alike",
        "Karpathy, A Recipe for Training Neural Networks",
    )


def by_curve(features: Features) -> Suspect:
    """What to blame by the curve alone: steps too long for a restless curve, too short for a smooth one."""
    curve = features.curve
    restless = curve is None or not math.isfinite(curve.oscillation) or curve.swing > abs(curve.late_fall)
    if restless or (curve is not None and curve.end >= curve.start):
        return _lower("it does not fall at all")
    return _raise("it falls smoothly, only slowly")
