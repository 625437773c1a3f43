"""A published case as the engine trains it: programs before and after the fix, and what departs from them.

What departs in all: biases are drawn from U(-1 / sqrt(inputs), 1 / sqrt(inputs)) where Keras begins at 0;
he_uniform is he_normal, of the same variance; the epsilon of Adam and RMSProp is 1e-8 where Keras has 1e-7;
one output with a sigmoid is two with a softmax, the same function; the seed draws weights and order only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curvewise.records import Configuration, Value
from curvewise.space.defaults import convolutional_space, perceptron_space

Changes = Mapping[str, Value]

KERAS: Changes = {
    "decay": "constant",
    "clip": 0.0,
    "weight_decay": 0.0,
    "dropout": 0.0,
    "normalisation": "none",
    "initialisation": "glorot_uniform",
    "momentum": 0.9,
    "beta2": 0.999,
}
"""What a Keras program has where it says nothing; RMSProp's average differs, and each says it."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "learning_rate": ("learning_rate",),
    "epochs": ("epochs",),
    "batch_size": ("minibatch",),
    "optimizer": ("optimizer",),
    "capacity": ("units",),
    "missing normalization": ("encoding",),
    "hidden_activation": ("activation",),
    "weight_init": ("initialisation",),
    "over_regularization": ("weight_decay", "dropout"),
    "under_regularization": ("weight_decay", "dropout", "normalisation"),
    "architecture mutant": ("layers", "activation", "initialisation", "normalisation"),
    "loss_function": ("loss",),
}
"""The diagnosis's names for what cases.jsonl calls faulty; what is not here is no hyperparameter of ours."""


@dataclass(frozen=True)
class Program:
    """One training: its data by name, what it changes of ``KERAS``, its epochs."""

    data: str
    changes: Changes
    epochs: int


@dataclass(frozen=True)
class Case:
    """A published case. ``fixed`` is None where the published program is healthy."""

    name: str
    """Its ``id`` in cases.jsonl."""
    published: Program
    fixed: Program | None = None
    departures: tuple[str, ...] = ()
    """From the published program, beyond those of all."""


def rights(faulty: Sequence[str]) -> frozenset[str]:
    """Hyperparameters that are a true one, of ``faulty`` in cases.jsonl; empty: none can be named.

    What follows a bracket or a colon there explains.
    """
    stems = [each.partition("(")[0].partition(":")[0].strip() for each in faulty]
    return frozenset(
        name for stem in stems for known, names in NAMES.items() if stem.startswith(known) for name in names
    )


def configured(changes: Changes, *, images: bool) -> Configuration:
    """``changes`` of a Keras program, in the space of perceptrons or of convolutional networks.

    The spaces' defaults depend on the data, but for none of what counts here: all of it is said.
    """
    space = (
        convolutional_space(task="classification", rows=1000, side=14)
        if images
        else perceptron_space(
            task="classification",
            rows=1000,
            features=2,
            inputs=2,
            embedded_columns=0,
            classes=2,
            encodings=("plain", "piecewise"),
        )
    )
    default = space.default()
    known = set(default.values)
    unknown = set(changes) - known
    if unknown:
        raise KeyError(f"the space has no {', '.join(sorted(unknown))}")
    return default.replace({**{name: KERAS[name] for name in KERAS if name in known}, **changes})
