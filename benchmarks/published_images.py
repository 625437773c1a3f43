"""Published cases of convolutional networks; the engine's have no dense layers behind the convolutions."""

from __future__ import annotations

from published_case import Case, Changes, Program

_MNIST = "1,500 images of MNIST in 14 x 14"
_CIFAR = "1,000 images of CIFAR-10 in 16 x 16"
_NO_DENSE = "no dense layers behind the convolutions"
_KERNELS = "kernels of 3 x 3"
_UNTOLD = "minibatch 64 and 10 epochs are ours, none are published"

_PLAIN: Changes = {"block": "plain", "activation": "relu", "convolutions": 1}
_TWO_STAGES: Changes = {
    **_PLAIN,
    "stages": 2,
    "filters": 32,
    "minibatch": 64,
    "initialisation": "he_normal",
    "weight_decay": 2e-5,
}
"""L2 of 1e-5 times the squared weights has this gradient."""
_SGD: Changes = {"optimizer": "sgd"}
_ADAM: Changes = {"optimizer": "adam", "learning_rate": 0.001}
_THREE_STAGES: Changes = {**_PLAIN, **_ADAM, "stages": 3, "filters": 32, "minibatch": 64}
_DEEP: Changes = {
    **_PLAIN,
    "convolutions": 2,
    "stages": 3,
    "filters": 16,
    "normalisation": "batch",
    "dropout": 0.4,
    "minibatch": 64,
    "initialisation": "he_normal",
    "optimizer": "momentum",
    "learning_rate": 0.001,
}
_LENET: Changes = {
    **_PLAIN,
    "stages": 2,
    "filters": 8,
    "minibatch": 256,
    "optimizer": "rmsprop",
    "beta2": 0.6751,
}

_BASE = (_MNIST, _NO_DENSE, _KERNELS, _UNTOLD)
_HALF = (_CIFAR, _NO_DENSE, "half the filters", "dropout before the output alone", _UNTOLD)

IMAGES = (
    Case(
        "ICST23-C2",
        Program("cifar", _THREE_STAGES, 1),
        Program("cifar", _THREE_STAGES, 10),
        (_CIFAR, _NO_DENSE, "the fix trains 10 epochs where the program has 50 and early stopping"),
    ),
    Case(
        "SO-59325381",
        Program("mnist, labels / 255", {**_THREE_STAGES, "stages": 2, "minibatch": 32}, 2),
        Program("mnist", {**_THREE_STAGES, "stages": 2, "minibatch": 32}, 2),
        (_MNIST, _NO_DENSE, "filters 32 and 64 where the program has 64 and 32"),
    ),
    Case(
        "ATN-MNIST-99fe3625",
        Program("mnist", {**_LENET, "learning_rate": 0.01}, 30),
        Program("mnist", {**_LENET, "learning_rate": 0.001}, 30),
        (_MNIST, _NO_DENSE, _KERNELS, "filters 8 and 16 for 6 and 16", "30 epochs of 100"),
    ),
    Case(
        "TDC-baseCNN-high_lr",
        Program("mnist", {**_TWO_STAGES, **_SGD, "learning_rate": 0.5}, 10),
        Program("mnist", {**_TWO_STAGES, **_SGD, "learning_rate": 0.1}, 10),
        _BASE,
    ),
    Case(
        "TDC-baseCNN-low_lr",
        Program("mnist", {**_TWO_STAGES, **_SGD, "learning_rate": 0.001}, 10),
        Program("mnist", {**_TWO_STAGES, **_SGD, "learning_rate": 0.1}, 10),
        _BASE,
    ),
    Case(
        "TDC-baseCNN-low_eps",
        Program("mnist", {**_TWO_STAGES, **_ADAM, "learning_rate": 0.1}, 10),
        Program("mnist", {**_TWO_STAGES, **_ADAM}, 10),
        (*_BASE, "epsilon stays 1e-8, so that of its two faults the rate is left"),
    ),
    Case(
        "TDC-deepCNN-low_lr",
        Program("cifar", {**_DEEP, "learning_rate": 1e-5}, 10),
        Program("cifar", _DEEP, 10),
        _HALF,
    ),
    Case(
        "TDC-deepCNN-miss_reg",
        Program("cifar", {**_DEEP, "normalisation": "none", "dropout": 0.0}, 10),
        Program("cifar", _DEEP, 10),
        _HALF,
    ),
)
