"""The space of perceptrons: range, prior and default of every hyperparameter, each with its source.

In the sources "article N" is a row of the article's table, "measured" are this project's own
measurements (docs/space.md), and "choice" is ours without a measurement behind it. Ranges are wide,
so that the unusual can be found; priors put most first trials where 60 seconds on two cores go far.
"""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.space import model_defaults as model
from curvewise.space.optimizer_defaults import optimizer_hyperparameters
from curvewise.space.space import NORMALISED_MINIBATCH, Space


def perceptron_space(
    *,
    task: str,
    rows: int,
    features: int,
    inputs: int,
    embedded_columns: int,
    classes: int,
    encodings: Sequence[str],
) -> Space:
    """The space of perceptrons for data of this size.

    ``rows`` are training rows, ``features`` the table's columns, ``inputs`` the numbers that the
    network reads, ``embedded_columns`` the columns read through an embedding, ``classes`` the
    outputs (1 for a regression), ``encodings`` what ``curvewise.data`` offers, the usual one first.
    """
    likely = model.likely_units(rows, classes)
    return Space(
        (
            *optimizer_hyperparameters(task, rows),
            model.layers(),
            model.units(likely),
            model.first_ratio(inputs, likely),
            model.activation(),
            model.normalisation(),
            model.dropout(rows, features),
            model.embedding(embedded_columns),
            model.encoding(encodings),
        ),
        (NORMALISED_MINIBATCH,),
    )
