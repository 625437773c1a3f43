"""Model hyperparameters of a perceptron: what is trained (the article's second category)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real
from curvewise.space.hyperparameter import Condition, Hyperparameter
from curvewise.space.unsearched import with_others

ACTIVATIONS = {"relu": 3, "leaky_relu": 1, "tanh": 1, "sigmoid": 0.25, "gelu": 4, "silu": 2}
NORMALISATIONS = {"none": 2, "batch": 2, "layer": 1}

MOST_UNITS = 512
"""Where the range ends: beyond it one epoch of one trial takes most of a second per 10,000 rows."""

HIDDEN = Condition("layers", least=1)
TWO_HIDDEN = Condition("layers", least=2)


def likely_units(rows: int, classes: int) -> int:
    """Hidden units where the prior is centred: 96 for 500 rows, growing with their fourth root.

    From 64 to 256, and no fewer than there are classes: on 2,000 images error stopped falling
    between 64 and 256 units (article 9), and wider networks cost their square.
    """
    grown = round(96 * math.pow(rows / 500, 0.25))
    return min(max(grown, 64, classes), max(256, classes), MOST_UNITS)


def layers() -> Hyperparameter:
    """Hidden layers."""
    return Hyperparameter(
        name="layers",
        domain=Integer(0, 4).peaked(2, 0.2),
        category="model",
        default=2,
        source="article 12; on 10,000 images 84.8, 87.2, 87.1, 87.0 and 86.7 % right for 0 to 4; "
        "screening: 0, 1, 3 and 4 have 2.3, 1.3, 1.2 and 1.2 times the loss of 2",
        unit="",
        help="Hidden layers; 0 is a linear model",
        legal=Integer(0, 8),
    )


def units(likely: int) -> Hyperparameter:
    """Hidden units, centred on ``likely``."""
    return Hyperparameter(
        name="units",
        domain=Integer(8, MOST_UNITS, log=True).peaked(likely, 0.2),
        category="model",
        default=likely,
        source="article 9; on 2,000 images 81.4, 83.4, 83.9 and 83.9 % right for 8, 16, 64 and 256, no "
        "fewer up to 1,024; 96 for 500 rows, growing with their fourth root; screening: a third "
        "and three times as many have 1.3 and 1.1 times the loss",
        unit="",
        help="Units of each hidden layer",
        needs=HIDDEN,
        legal=Integer(1, 2048),
    )


def first_ratio(inputs: int, likely: int) -> Hyperparameter:
    """Width of the first hidden layer, for ``likely`` units in the others."""
    return Hyperparameter(
        name="first_ratio",
        domain=Real(0.25, 4.0, log=True).peaked(min(max(1.25 * inputs / likely, 1.25), 2.0), 0.15),
        category="model",
        default=1.0,
        source="article 11 and Bengio, arXiv 1206.5533, section 3.3: a first layer larger than the "
        "inputs; centred on 1.25 units per input, within 1.25 to 2; screening: 0.5 has 1.04 times "
        "the loss of 1, 2 has 0.99",
        unit="",
        help="Units of the first hidden layer, as a multiple of the others",
        needs=TWO_HIDDEN,
        legal=Real(0.05, 20.0),
    )


def activation() -> Hyperparameter:
    """Activation function."""
    return Hyperparameter(
        name="activation",
        domain=Choice(list(ACTIVATIONS), list(ACTIVATIONS.values())),
        category="model",
        default="gelu",
        source="GELU: Hendrycks and Gimpel, arXiv 1606.08415; screening: ReLU and SiLU have 1.14 times "
        "its loss, tanh 1.16, leaky ReLU 1.29, sigmoid 1.64",
        unit="",
        help="Curve that follows each hidden layer's sums",
        needs=HIDDEN,
        legal=Choice(list(ACTIVATIONS)),
    )


def normalisation() -> Hyperparameter:
    """Normalisation of the hidden layers."""
    return Hyperparameter(
        name="normalisation",
        domain=Choice(list(NORMALISATIONS), list(NORMALISATIONS.values())),
        category="model",
        default="none",
        source="Ioffe and Szegedy, arXiv 1502.03167, Ba et al., arXiv 1607.06450; screening: layer and "
        "batch have 1.12 and 1.14 times the loss of none",
        unit="",
        help="What brings each hidden layer's sums to one scale",
        needs=HIDDEN,
        legal=Choice(list(NORMALISATIONS)),
    )


def dropout(rows: int, features: int) -> Hyperparameter:
    """Dropout, more of it where rows are few for the table's columns."""
    likely = 0.2 if rows < 20 * features else 0.1
    return Hyperparameter(
        name="dropout",
        domain=Real(0.0, 0.7).peaked(likely, 0.3),
        category="model",
        default=likely,
        source="article 10; 0.15 in RealMLP, arXiv 2407.04491; screening: 0, 0.2 and 0.4 have 1.18, 1.06 "
        "and 1.16 times the loss of 0.1; with 20 % label noise on images 0.5 gains 1.2 points; "
        "0.2 instead of 0.1 where there are fewer than 20 rows per column (choice)",
        unit="",
        help="Share of hidden units silenced at each step",
        needs=HIDDEN,
        legal=Real(0.0, 0.95),
    )


NO_CATEGORIES = "no column of this data is embedded"


def embedding(columns: int) -> Hyperparameter:
    """Size of the categories' embeddings, where ``columns`` are embedded."""
    domain: Domain = Integer(2, 64, log=True).peaked(8, 0.25) if columns else Fixed(8)
    source = (
        "8 in RealMLP, arXiv 2407.04491; small ones are enough: Britz et al., arXiv 1703.03906"
        if columns
        else NO_CATEGORIES
    )
    return Hyperparameter(
        name="embedding",
        domain=domain,
        category="model",
        default=8,
        source=source,
        unit="dimensions",
        help="Most dimensions of a category's embedding; a column of k codes gets no more than k / 2",
        legal=Integer(1, 256) if columns else None,
        alone="" if columns else NO_CATEGORIES,
    )


def encoding(encodings: Sequence[str], others: Sequence[str] = ()) -> Hyperparameter:
    """How numbers are encoded, where the data offers a choice; ``others`` are not searched."""
    domain: Domain = Choice(encodings) if len(encodings) > 1 else Fixed(encodings[0])
    return Hyperparameter(
        name="encoding",
        domain=domain,
        category="model",
        default=encodings[0],
        source="the ways in which this data can be read; screening: piecewise has 0.89 times the loss of "
        "plain, 1.05 times the error",
        unit="",
        help="How numbers are put before the network",
        legal=with_others(encodings, others) if others else domain,
        alone="these data can be read in one way only",
    )
