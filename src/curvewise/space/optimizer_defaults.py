"""Optimizer hyperparameters of every network: how it is trained (the article's first category)."""

from __future__ import annotations

import math

from curvewise.space.domain import Choice, Fixed, Integer, Real
from curvewise.space.hyperparameter import Condition, Hyperparameter
from curvewise.space.unsearched import OTHER_DECAYS, OTHER_OPTIMIZERS, of_training, with_others

OPTIMIZERS = {"sgd": 0.5, "momentum": 1, "nesterov": 2, "adagrad": 0.5, "rmsprop": 1, "adam": 2, "adamw": 8}
DECAYS = {"constant": 1, "step": 1, "exponential": 2, "linear": 3, "cosine": 3, "wsd": 2}
LOSSES = {"squared": 2, "huber": 1}
CLIPS = {0.0: 1, 1.0: 3, 5.0: 1}


def optimizer_hyperparameters(task: str, rows: int) -> tuple[Hyperparameter, ...]:
    """All of them in order, for a task with ``rows`` training rows."""
    return (
        _learning_rate(),
        _decay(),
        _optimizer(),
        _momentum(),
        _beta2(),
        _minibatch(rows),
        _weight_decay(),
        *_loss(task),
        _clip(),
        *of_training(),
    )


def likely_minibatch(rows: int) -> int:
    """Rows per step where the prior is centred: the power of two that gives 64 to 128 steps per epoch.

    From 16 to 64 (docs/space.md, screening).
    """
    exponent = max(0, (rows // 64).bit_length() - 1)
    return min(max(1 << exponent, 16), 64, max(rows // 4, 2))


def _learning_rate() -> Hyperparameter:
    return Hyperparameter(
        name="learning_rate",
        domain=Real(1e-5, 1.0, log=True).peaked(0.01, 0.17),
        category="optimizer",
        default=0.01,
        source="article 2: start at 0.01; best for AdamW on digits: 0.006, 0.005, 0.002 after 2, 5, 15 "
        "epochs; screening: 0.01 to 0.03 for AdamW, 0.1 to 0.3 for momentum; one prior for all "
        "optimizers, which the race's probe moves",
        unit="",
        help="Length of a step along the gradient, at the schedule's peak",
        legal=Real(1e-9, 1e3),
    )


def _decay() -> Hyperparameter:
    return Hyperparameter(
        name="decay",
        domain=Choice(list(DECAYS), list(DECAYS.values())),
        category="optimizer",
        default="linear",
        source="article 5; linear to zero: arXiv 2502.15938; screening: cosine 1.08, step 1.26, wsd "
        "1.37, constant 1.42 times the loss of linear, exponential 0.95; over 50 epochs on digits "
        "cosine 0.035, wsd 0.039, constant 0.045",
        unit="",
        help="How the learning rate falls over the planned epochs",
        legal=with_others(list(DECAYS), OTHER_DECAYS),
    )


def _optimizer() -> Hyperparameter:
    return Hyperparameter(
        name="optimizer",
        domain=Choice(list(OPTIMIZERS), list(OPTIMIZERS.values())),
        category="optimizer",
        default="adamw",
        source="article 5; decoupled weight decay: Loshchilov and Hutter, arXiv 1711.05101; screening, "
        "weight decay 1e-4: Adam 1.00, Nesterov 1.12 times the loss of AdamW",
        unit="",
        help="Rule by which a gradient becomes a step",
        legal=with_others(list(OPTIMIZERS), OTHER_OPTIMIZERS),
    )


def _momentum() -> Hyperparameter:
    return Hyperparameter(
        name="momentum",
        domain=Real(0.5, 0.99, complement=True).peaked(0.9, 0.2),
        category="optimizer",
        default=0.9,
        source="beta1 of Adam: Kingma and Ba, arXiv 1412.6980; under 1 % of the test error's variance: "
        "Greff et al., arXiv 1503.04069",
        unit="",
        help="Share of the last step's direction that is kept (beta1 of Adam)",
        needs=Condition("optimizer", among=("momentum", "nesterov", "adam", "adamw", *OTHER_OPTIMIZERS)),
        legal=Real(0.0, 0.99999),
    )


def _beta2() -> Hyperparameter:
    return Hyperparameter(
        name="beta2",
        domain=Real(0.9, 0.9999, complement=True).peaked(0.95, 0.25),
        category="optimizer",
        default=0.95,
        source="0.95 in RealMLP, arXiv 2407.04491, 0.999 in Adam, arXiv 1412.6980; screening: 0.9 to "
        "0.99 alike, 0.999 has 1.06 times the loss",
        unit="",
        help="Share of the squared gradients' average that is kept (alpha of RMSProp)",
        needs=Condition("optimizer", among=("rmsprop", "adam", "adamw", *OTHER_OPTIMIZERS)),
        legal=Real(0.0, 0.99999),
    )


def _minibatch(rows: int) -> Hyperparameter:
    axis = Integer(1, max(rows, 2), log=True)
    likely = likely_minibatch(rows)
    return Hyperparameter(
        name="minibatch",
        domain=axis.peaked(likely, math.log(2.5) / axis.width),
        category="optimizer",
        default=likely,
        source="article 6 and 7: any size from 1 to the training set, 32 a good candidate; 64 to 128 "
        "steps per epoch, within 16 to 64 rows, give or take a factor of 2.5; screening: a "
        "quarter of that alike at equal epochs, four times as many 1.24 times the loss",
        unit="rows",
        help="Rows per step",
        legal=Integer(1, axis.high),
    )


def _weight_decay() -> Hyperparameter:
    return Hyperparameter(
        name="weight_decay",
        domain=Real(1e-6, 1.0, log=True).peaked(5e-4, 0.2),
        category="optimizer",
        default=0.001,
        source="article 10; screening: 1e-5 to 0.1 alike for AdamW; L2 (all other optimizers) of 0.01 "
        "has 2.3 times the loss, 1e-4 is best; with 20 % label noise on images 0.005 and 0.02 "
        "gain 0.5 and 0.8 points",
        unit="",
        help="Pull of the weights towards zero: decoupled for AdamW, L2 otherwise",
        legal=Real(0.0, 100.0),
    )


def _loss(task: str) -> tuple[Hyperparameter, Hyperparameter]:
    match task:
        case "regression":
            return _regression_loss()
        case "multilabel":
            reason = "labels that are there or not are trained by the cross-entropy of each"
            none = _one_way("label_smoothing", 0.0, "smoothing of such labels is not offered (choice)")
            return none, _one_way("loss", "binary", reason)
        case _:
            return _classification_loss()


def _classification_loss() -> tuple[Hyperparameter, Hyperparameter]:
    smoothing = Hyperparameter(
        name="label_smoothing",
        domain=Real(0.0, 0.2).peaked(0.0, 0.4),
        category="optimizer",
        default=0.0,
        source="0.1 in Szegedy et al., arXiv 1512.00567, and RealMLP, arXiv 2407.04491; screening: 0.05 "
        "and 0.1 halve the error and double the loss on three tables; none by default, so that "
        "loss means cross-entropy (choice)",
        unit="",
        help="Share of each target spread over all classes while training",
        legal=Real(0.0, 0.9),
    )
    return smoothing, _one_way("loss", "cross_entropy", "a classification is trained by cross-entropy")


def _regression_loss() -> tuple[Hyperparameter, Hyperparameter]:
    loss = Hyperparameter(
        name="loss",
        domain=Choice(list(LOSSES), list(LOSSES.values())),
        category="optimizer",
        default="squared",
        source="Huber's, delta 1, bears outliers: Huber 1964, doi 10.1214/aoms/1177703732; weights: choice",
        unit="",
        help="What training minimises; validation loss is squared always",
        legal=Choice(list(LOSSES)),
    )
    return _one_way("label_smoothing", 0.0, "a regression has no labels to smooth"), loss


def _one_way(name: str, value: str | float, reason: str) -> Hyperparameter:
    """A hyperparameter that this task leaves no choice of."""
    words = "What training minimises" if name == "loss" else "Share of each target spread over all classes"
    return Hyperparameter(name, Fixed(value), "optimizer", value, reason, "", words, alone=reason)


def _clip() -> Hyperparameter:
    return Hyperparameter(
        name="clip",
        domain=Choice(list(CLIPS), list(CLIPS.values())),
        category="optimizer",
        default=1.0,
        source="1 in Chung et al., arXiv 1412.3555; screening: none and 5 have 1.07 and 1.08 times the "
        "loss of 1",
        unit="",
        help="Largest L2 norm of the gradient; 0 lets every gradient through",
        legal=Real(0.0, 1e6),
    )
