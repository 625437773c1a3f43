"""What ``--model`` can say, and which family of networks that is."""

from __future__ import annotations

from typing import Literal

Family = Literal["perceptron", "recurrent", "convolutional"]

CELLS = (
    "tanh",
    "relu",
    "gru",
    "lstm",
    "lstm_peephole",
    "lstm_nig",
    "lstm_nfg",
    "lstm_nog",
    "lstm_niaf",
    "lstm_noaf",
    "lstm_cifg",
    "lstm_fgr",
)
"""The recurrent cells, named as in ``cohort/families/cells.py``, which has their equations."""

MODELS = ("auto", "mlp", "rnn", *CELLS, "cnn")
"""auto: what suits the data · mlp: perceptrons · rnn: recurrent networks of several cells, or the one
named · cnn: convolutional networks."""


def family_of(model: str) -> Family | None:
    """The family that ``model`` asks for; None for ``auto``."""
    if model == "auto":
        return None
    return "perceptron" if model == "mlp" else "convolutional" if model == "cnn" else "recurrent"
