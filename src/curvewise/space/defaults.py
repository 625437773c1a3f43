"""The spaces of the families: range, prior and default of every hyperparameter, each with its source.

In the sources "article N" is a row of the article's table, "measured" are this project's own
measurements (docs/space.md), and "choice" is ours without a measurement behind it. Ranges are wide,
so that the unusual can be found; priors put most first trials where 60 seconds on two cores go far.
"""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.records.model import CELLS
from curvewise.space import convolutional_defaults as convolutional
from curvewise.space import model_defaults as model
from curvewise.space import recurrent_defaults as recurrent
from curvewise.space.optimizer_defaults import optimizer_hyperparameters
from curvewise.space.space import NORMALISED_MINIBATCH, Space
from curvewise.space.unsearched import OTHER_ENCODINGS, of_networks


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
            model.encoding(encodings, OTHER_ENCODINGS),
            *of_networks(),
        ),
        (NORMALISED_MINIBATCH,),
    )


def recurrent_space(*, task: str, rows: int, steps: int, model_named: str, embedded_columns: int) -> Space:
    """The space of recurrent networks for ``rows`` training sequences of ``steps`` steps in all.

    ``model_named`` is what ``--model`` said: a cell, or ``rnn`` or ``auto`` for several.
    """
    return Space(
        (
            *optimizer_hyperparameters(task, rows),
            recurrent.cell(model_named),
            recurrent.layers(),
            recurrent.units(steps),
            recurrent.dropout(),
            recurrent.forget_bias(model_named if model_named in CELLS else None),
            model.embedding(embedded_columns),
            model.encoding(("plain",)),
            *of_networks(),
        )
    )


def convolutional_space(*, task: str, rows: int, side: int) -> Space:
    """The space of convolutional networks for ``rows`` training images, ``side`` their shorter side."""
    return Space(
        (
            *optimizer_hyperparameters(task, rows),
            convolutional.block(side),
            convolutional.stages(side),
            convolutional.convolutions(),
            convolutional.filters(),
            convolutional.activation(),
            convolutional.normalisation(),
            convolutional.dropout(),
            model.encoding(("plain",)),
            *of_networks(),
        ),
        (NORMALISED_MINIBATCH,),
    )
