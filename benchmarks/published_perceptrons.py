"""Published cases of perceptrons: programs of posts, and AutoTrainer's mutants and normal programs."""

from __future__ import annotations

from published_case import Case, Changes, Program

_AFTER = "the fix is the first of AutoTrainer's repairs in its order that exists here"
_SOFTMAX = "sigmoid outputs are a softmax"

_SQUARES: Changes = {"optimizer": "adam", "activation": "sigmoid", "layers": 1, "units": 2, "minibatch": 32}
_ADAM: Changes = {"optimizer": "adam", "learning_rate": 0.001}
_RAW: Changes = {"encoding": "raw"}
_POWER: Changes = {
    **_ADAM,
    "loss": "squared",
    "activation": "sigmoid",
    "layers": 2,
    "units": 50,
    "minibatch": 400,
}
_IRIS: Changes = {**_ADAM, "activation": "relu", "layers": 1, "minibatch": 5, "initialisation": "he_normal"}
_IRIS_SCALE = 0.05 / 0.5**0.5
"""Keras's "normal" is N(0, 0.05^2), the engine's of 4 inputs N(0, 0.5)."""
_ADULT: Changes = {**_ADAM, "activation": "relu", "layers": 1, "units": 21, "minibatch": 100}
_WIDE: Changes = {
    "optimizer": "nesterov",
    "activation": "relu",
    "layers": 2,
    "units": 120,
    "first_ratio": 25 / 3,
    "dropout": 0.1,
    "minibatch": 133,
}

POSTS = (
    Case(
        "SO-50306988",
        Program("squares", {**_SQUARES, "learning_rate": 0.001}, 5),
        Program("squares", {**_SQUARES, "learning_rate": 0.1}, 100),
        ("the fix as ICST23-D6 has it, the same program: 0.1 and 100 epochs",),
    ),
    Case(
        "SO-52800582",
        Program("fourth power, raw", {**_POWER, **_RAW}, 1000),
        Program("fourth power", _POWER, 1000),
        ("sigmoid in both hidden layers, there being no ELU", "a quarter of the points validates"),
    ),
    Case(
        "SO-59278771",
        Program("iris, raw", {**_IRIS, **_RAW, "units": 4, "initial_scale": _IRIS_SCALE}, 200),
        Program("iris", {**_IRIS, "units": 8, "initial_scale": _IRIS_SCALE}, 200),
        (f"{_SOFTMAX} in the fault too, which takes one of its three faults away",),
    ),
    Case(
        "SO-47724077",
        Program("adult, raw", {**_ADULT, **_RAW}, 50),
        Program("adult", _ADULT, 50),
        ("5,000 rows of PMLB's Adult, 48,842", "the fix is the scaling alone"),
    ),
    Case(
        "SO-44164749",
        Program("mnist, rows", {**_WIDE, "learning_rate": 0.01}, 5),
        Program("mnist, rows", {**_WIDE, "learning_rate": 0.05}, 10),
        (
            "1,000 and 120 units where the program has 5,000 and 600",
            "4,000 images by 133 where it has 60,000 by 2,000: 30 steps an epoch in both",
            "the fix's rise of the rate after epoch 5 is left out",
        ),
    ),
)

_SIGMOID: Changes = {"activation": "sigmoid"}
_RELU: Changes = {"activation": "relu"}
_NARROW: Changes = {"activation": "relu", "initialisation": "uniform", "initial_scale": 0.05 * 5**0.5}
"""U(-0.05, 0.05) where 5 units enter: the engine's own is U(-b, b) with b = 1 / sqrt(inputs)."""
_HE: Changes = {"initialisation": "he_normal", "initial_scale": 1.0}
_NORMALISED: Changes = {"normalisation": "batch"}

_MUTANTS: tuple[tuple[str, int, Changes, Changes], ...] = (
    ("ATM-Blob-model_84c77206", 15, _RELU, _NORMALISED),
    ("ATM-Blob-model_384108d9", 8, _NARROW, _HE),
    ("ATM-Blob-model_f7e7b91b", 9, _NARROW, _HE),
    ("ATM-Blob-model_e706e7cd", 11, _SIGMOID, _RELU),
    ("ATM-Circle-model_46edb7df", 15, _RELU, _NORMALISED),
    ("ATM-Circle-model_e8a6e959", 17, _RELU, _NORMALISED),
    ("ATM-Circle-model_10702695", 8, _NARROW, _HE),
    ("ATM-Circle-model_c54b3d2e", 9, _NARROW, _HE),
    ("ATM-Circle-model_dd8c879b", 13, _SIGMOID, _RELU),
    ("ATM-Circle-model_ebc164bf", 11, _SIGMOID, _RELU),
)
"""Name, layers, what is faulty, and the fix."""

_NORMAL: tuple[tuple[str, str, int, int, int, Changes], ...] = (
    ("ATN-config_random_22eb8478-2", "blobs", 5, 256, 127, {"optimizer": "adagrad", "learning_rate": 1.0}),
    ("ATN-double_random_54f7ba3b-6", "blobs", 17, 256, 370, {"momentum": 0.3897, "beta2": 0.4435}),
    ("ATN-model_random_953b07b0-91", "blobs", 17, 256, 289, {}),
    ("ATN-config_random_b060fc17-d", "circles", 5, 32, 151, {"momentum": 0.3499, "beta2": 0.1259}),
    ("ATN-model_random_0db8c740-c4", "circles", 11, 128, 115, {}),
    ("ATN-model_random_46edd947-9d", "circles", 11, 128, 91, {}),
    ("ATN-model_random_5057d0d1-e9", "circles", 5, 128, 160, {}),
    ("ATN-model_random_88f274c5-c6", "circles", 17, 128, 91, {}),
)
"""Name, data, layers, minibatch, epochs of its log, and what is its own."""


def _mutant(name: str, layers: int, faulty: Changes, fix: Changes) -> Case:
    """Layers of 5 units, Adam at 0.001 ("inferred" in cases.jsonl), 300 epochs."""
    data, minibatch = ("blobs", 256) if "Blob" in name else ("circles", 128)
    network: Changes = {**_ADAM, "units": 5, "layers": layers, "minibatch": minibatch}
    published = {**network, "initialisation": "he_normal", **faulty}
    departures = (_AFTER, _SOFTMAX) if data == "blobs" else (_AFTER,)
    return Case(name, Program(data, published, 300), Program(data, {**published, **fix}, 300), departures)


def _normal(name: str, data: str, layers: int, minibatch: int, *own: int | Changes) -> Case:
    """Tanh layers of 5 units."""
    epochs, changes = own
    assert isinstance(epochs, int)
    assert not isinstance(changes, int)
    network: Changes = {"units": 5, "layers": layers, "minibatch": minibatch, "activation": "tanh"}
    program = {**_ADAM, **network, "initialisation": "he_normal", **changes}
    return Case(name, Program(data, program, epochs))


PERCEPTRONS = (
    *POSTS,
    *(_mutant(*each) for each in _MUTANTS),
    *(_normal(*each) for each in _NORMAL),
)
