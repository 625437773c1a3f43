"""Optimizer hyperparameters of every network: how it is trained (the article's first category)."""

from __future__ import annotations

import math

from curvewise.space.domain import Choice, Fixed, Integer, Real
from curvewise.space.hyperparameter import Condition, Hyperparameter

OPTIMIZERS = {"sgd": 0.5, "momentum": 1, "nesterov": 2, "adagrad": 0.5, "rmsprop": 1, "adam": 2, "adamw": 8}
DECAYS = {"constant": 1, "step": 1, "exponential": 1, "linear": 3, "cosine": 3, "wsd": 2}
LOSSES = {"squared": 2, "huber": 1}
CLIPS = {0.0: 2, 1.0: 2, 5.0: 1}


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
        *(_regression_loss() if task == "regression" else _classification_loss()),
        _clip(),
    )


def likely_minibatch(rows: int) -> int:
    """Rows per step where the prior is centred: the power of two that gives about 32 steps per epoch.

    From 8 to 128: article 6 has 32 as a good candidate and 32 to 256 as good starting values.
    """
    exponent = max(0, round(rows / 32).bit_length() - 1)
    return min(max(1 << exponent, 8), 128, max(rows, 2))


def _learning_rate() -> Hyperparameter:
    return Hyperparameter(
        name="learning_rate",
        domain=Real(1e-5, 1.0, log=True).peaked(0.003, 0.15),
        category="optimizer",
        default=0.003,
        source="article 2 and 4: the usual suspects, 0.01 for SGD; measured: the best rate of AdamW on "
        "digits at 64 units is 0.006, 0.005 and 0.002 for 2, 5 and 15 epochs; one prior for all optimizers, "
        "which the race's probe moves",
        unit="",
        help="Length of a step along the gradient, at the schedule's peak",
        legal=Real(1e-9, 1e3),
    )


def _decay() -> Hyperparameter:
    return Hyperparameter(
        name="decay",
        domain=Choice(list(DECAYS), list(DECAYS.values())),
        category="optimizer",
        default="cosine",
        source="article 5; measured on digits: best mean validation loss cosine 0.035, wsd 0.039, constant "
        "0.045; linear to zero: arXiv 2502.15938",
        unit="",
        help="How the learning rate falls over the planned epochs",
        legal=Choice(list(DECAYS)),
    )


def _optimizer() -> Hyperparameter:
    return Hyperparameter(
        name="optimizer",
        domain=Choice(list(OPTIMIZERS), list(OPTIMIZERS.values())),
        category="optimizer",
        default="adamw",
        source="article 8; decoupled weight decay: Loshchilov and Hutter, arXiv 1711.05101; weights: choice",
        unit="",
        help="Rule by which a gradient becomes a step",
        legal=Choice(list(OPTIMIZERS)),
    )


def _momentum() -> Hyperparameter:
    return Hyperparameter(
        name="momentum",
        domain=Real(0.5, 0.99, complement=True).peaked(0.9, 0.2),
        category="optimizer",
        default=0.9,
        source="beta1 of Adam: Kingma and Ba, arXiv 1412.6980; under 1 % of the test error's variance: Greff "
        "et al., arXiv 1503.04069",
        unit="",
        help="Share of the last step's direction that is kept (beta1 of Adam)",
        needs=Condition("optimizer", among=("momentum", "nesterov", "adam", "adamw")),
        legal=Real(0.0, 0.99999),
    )


def _beta2() -> Hyperparameter:
    return Hyperparameter(
        name="beta2",
        domain=Real(0.9, 0.9999, complement=True).peaked(0.99, 0.2),
        category="optimizer",
        default=0.99,
        source="between 0.95 of RealMLP, arXiv 2407.04491, and 0.999 of Adam, arXiv 1412.6980; alpha of "
        "RMSProp in PyTorch is 0.99",
        unit="",
        help="Share of the squared gradients' average that is kept (alpha of RMSProp)",
        needs=Condition("optimizer", among=("rmsprop", "adam", "adamw")),
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
        source="article 6 and 7: any size from 1 to the training set, 32 a good candidate; about 32 steps "
        "per epoch, within 8 to 128 rows, give or take a factor of 2.5 (choice)",
        unit="rows",
        help="Rows per step",
        legal=Integer(1, axis.high),
    )


def _weight_decay() -> Hyperparameter:
    return Hyperparameter(
        name="weight_decay",
        domain=Real(1e-6, 1.0, log=True).peaked(0.003, 0.2),
        category="optimizer",
        default=0.01,
        source="article 10; default of AdamW in PyTorch, near RealMLP's 0.02, arXiv 2407.04491; measured "
        "with 20 % label noise: 0.005 and 0.02 gain 0.5 and 0.8 points",
        unit="",
        help="Pull of the weights towards zero: decoupled for AdamW, L2 otherwise",
        legal=Real(0.0, 100.0),
    )


def _classification_loss() -> tuple[Hyperparameter, Hyperparameter]:
    smoothing = Hyperparameter(
        name="label_smoothing",
        domain=Real(0.0, 0.2).peaked(0.0, 0.4),
        category="optimizer",
        default=0.0,
        source="0.1 in Szegedy et al., arXiv 1512.00567, and RealMLP, arXiv 2407.04491; none by default, so "
        "that loss means cross-entropy (choice)",
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
    return Hyperparameter(name, Fixed(value), "optimizer", value, reason, "", words)


def _clip() -> Hyperparameter:
    return Hyperparameter(
        name="clip",
        domain=Choice(list(CLIPS), list(CLIPS.values())),
        category="optimizer",
        default=0.0,
        source="1 in Chung et al., arXiv 1412.3555; none by default, as in torch.optim",
        unit="",
        help="Largest L2 norm of the gradient; 0 lets every gradient through",
        legal=Real(0.0, 1e6),
    )
