from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.search.surrogate.axes import Axes
from curvewise.space.defaults import convolutional_space, recurrent_space
from curvewise.space.domain import Choice, Fixed, Real
from curvewise.space.space import Space
from tests.search.analytic import space as perceptrons
from tests.search.thawed import mixed, space_of

SPACES = {
    "perceptron": perceptrons(),
    "perceptron, some fixed": perceptrons().narrow({"layers": 1, "learning_rate": 0.01}),
    "convolutional": convolutional_space(task="classification", rows=1000, side=28),
    "recurrent": recurrent_space(
        task="classification", rows=1000, steps=9000, model_named="auto", embedded_columns=0
    ),
    "mixed": mixed(),
}


def one_at_a_time(space: Space, unit: list[float]) -> list[float]:
    """The columns of a point whose configuration is canonical, by ``Space.to_unit``."""
    places = space.to_unit(space.canonical(space.from_unit(unit)))
    found = []
    for name, place in zip(space.searched, places.tolist(), strict=True):
        domain = space[name].domain
        if isinstance(domain, Choice) and any(isinstance(value, str | bool) for value in domain.values):
            chosen = domain.values.index(domain.from_unit(place))
            found += [math.sqrt(0.5) * (k == chosen) for k in range(len(domain.values))]
        else:
            found.append(place)
    return found


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_columns_are_those_of_one_configuration_at_a_time(space: Space) -> None:
    units = np.random.default_rng(0).random((150, space.dimension))
    settled = np.array([space.to_unit(space.from_unit(unit)) for unit in units])
    # What does not matter is anywhere, as in a step from one configuration to the next
    for unit, place in zip(units, settled, strict=True):
        active = space.active(space.from_unit(unit))
        idle = [k for k, name in enumerate(space.searched) if name not in active]
        place[idle] = np.random.default_rng(1).random(len(idle))
    assert np.allclose(
        Axes(space).columns(settled), [one_at_a_time(space, u) for u in units.tolist()], atol=0
    )


@given(st.integers(0, 10_000))
def test_a_condition_on_a_number_holds_from_the_float_on_at_which_it_is_met(seed: int) -> None:
    space = mixed()
    place = space.searched.index("layers")
    generator = np.random.default_rng(seed)
    unit = generator.random(space.dimension)
    unit[place] = np.clip(
        generator.integers(0, 6) / 5 + generator.integers(-3, 4) * 2.0**-54, 0, 1 - 2.0**-53
    )
    for name, least in (("units", 1), ("ratio", 2)):
        column = Axes(space).columns(unit[None, :])[0][
            list(Axes(space).owner).index(space.searched.index(name))
        ]
        met = space[space.searched[place]].domain.from_unit(unit[place]) >= least
        assert column == (
            unit[space.searched.index(name)] if met else space[name].domain.to_unit(space[name].default)
        )


def test_words_are_as_far_apart_as_the_ends_of_a_range() -> None:
    axes = Axes(space_of(word=Choice(("a", "b", "c")), number=Real(0.0, 1.0)))
    columns = axes.columns(np.array([[0.1, 0.5], [0.5, 0.5], [0.9, 0.5]]))
    apart = np.linalg.norm(columns[:, None] - columns[None, :], axis=-1)
    assert np.allclose(apart, 1 - np.eye(3))
    assert axes.owner.tolist() == [0, 0, 0, 1] and axes.hyperparameters == 2


def test_nothing_to_search_has_no_columns() -> None:
    axes = Axes(space_of(a=Fixed(1)))
    assert axes.columns(np.zeros((3, 0))).shape == (3, 0) and axes.hyperparameters == 0
