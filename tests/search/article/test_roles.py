"""Roles: which hyperparameter plays which part, and the next value of each."""

from __future__ import annotations

import math

import pytest

from curvewise.search.article.roles import Roles, nearest
from curvewise.space.defaults import convolutional_space, recurrent_space
from curvewise.space.domain import Choice, Fixed, Integer, Real
from curvewise.space.hyperparameter import Hyperparameter
from curvewise.space.space import Space
from tests.search import analytic


def lcbench() -> Space:
    """The hyperparameters of a recorded table, under its own names."""
    domains = {
        "batch_size": Integer(16, 512, log=True),
        "learning_rate": Real(1e-4, 0.1, log=True),
        "max_dropout": Real(0.0, 1.0),
        "max_units": Integer(64, 1024, log=True),
        "num_layers": Integer(1, 5),
        "momentum": Real(0.1, 0.99),
    }
    return Space(
        tuple(
            Hyperparameter(name, domain, "optimizer", domain.from_unit(0.5), "the table", "", "as recorded")
            for name, domain in domains.items()
        )
    )


def test_a_tables_own_names_play_their_parts() -> None:
    roles = Roles(lcbench())
    start = roles.start()
    wanted = {"batch_size": 32, "learning_rate": 0.01, "max_dropout": 0.0, "max_units": 255, "num_layers": 3}
    assert {name: start[name] for name in wanted} == wanted
    assert start["momentum"] == roles.space["momentum"].default
    assert roles.name("decay") is None and not roles.free("decay")
    assert roles.scaled("decay", start, 2.0) is None
    assert math.isnan(roles.number("decay", start))


@pytest.mark.parametrize(
    "space",
    [
        analytic.space(),
        recurrent_space(task="classification", rows=500, steps=9000, model_named="auto", embedded_columns=0),
        convolutional_space(task="classification", rows=500, side=28),
    ],
)
def test_the_start_is_a_configuration_of_every_familys_space(space: Space) -> None:
    roles = Roles(space)
    space.validate(roles.start())
    assert roles.start()["learning_rate"] == 0.01
    assert roles.start()["optimizer"] == "sgd"
    assert all(roles.free(role) for role in ("units", "layers", "decay", "dropout", "minibatch"))


def test_the_next_value_is_a_factor_away_the_next_listed_or_the_ranges_end() -> None:
    space = analytic.space().narrow({"units": [16, 64, 200], "minibatch": {"low": 20, "high": 100}})
    roles = Roles(space)
    start = roles.start().replace({"units": 64})
    assert roles.scaled("units", start, 2.0) == 200
    assert roles.scaled("units", start, 0.5) == 16
    assert roles.scaled("minibatch", start, 2.0) == 64
    assert roles.scaled("minibatch", start.replace({"minibatch": 64}), 2.0) == 100
    assert roles.scaled("minibatch", start.replace({"minibatch": 90}), 2.0) is None
    assert roles.added("layers", start) == 3
    assert roles.added("layers", start.replace({"layers": 4})) is None
    listed = Roles(analytic.space().narrow({"layers": [0, 2, 3]}))
    assert listed.added("layers", listed.start()) == 3


def test_a_start_outside_the_range_is_moved_to_its_nearest_value() -> None:
    assert nearest(Real(0.1, 1.0), 0.01, 0.5) == 0.1
    assert nearest(Choice([0.3, 0.03]), 0.01, 0.3) == 0.03
    assert nearest(Choice(["adam", "adagrad"]), "sgd", "adam") == "adam"
    assert nearest(Fixed(7), 3, 7) == 7
    assert nearest(Integer(1, 8), 3, 5) == 3
