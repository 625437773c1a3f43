"""What ``--model`` can say, and which family of networks that is."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal, get_args

from curvewise.errors import UsageError

Family = Literal["perceptron", "recurrent", "convolutional"]

Cell = Literal[
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
]
"""The recurrent cells; each one's equations are in ``cohort/families/cells.py``.

``lstm`` is the one without peepholes, as in torch.nn.LSTM (NP of Greff et al. 2015, arXiv 1503.04069);
``lstm_peephole`` is their vanilla LSTM (V), and those after it are V with one thing changed: no input
gate, no forget gate, no output gate, no input activation, no output activation, coupled input and
forget gates, full gate recurrence.
"""

CELLS: tuple[Cell, ...] = get_args(Cell)

MODELS = ("auto", "mlp", "rnn", *CELLS, "cnn")
"""auto: what suits the data · mlp: perceptrons · rnn: recurrent networks of several cells, or the one
named · cnn: convolutional networks."""


def known_model(model: str) -> str:
    """``model`` as ``MODELS`` spells it, whatever the case; raises UsageError where it is no model."""
    spelt = model.lower().replace("-", "_")
    if spelt in MODELS:
        return spelt
    near = get_close_matches(spelt, MODELS, n=1)
    hint = f"; did you mean {near[0]}? There are" if near else ": choose one of"
    raise UsageError(f"there is no model {model!r}{hint} {', '.join(MODELS)}")


def family_of(model: str) -> Family | None:
    """The family that ``model`` asks for; None for ``auto``."""
    if model == "auto":
        return None
    return "perceptron" if model == "mlp" else "convolutional" if model == "cnn" else "recurrent"
