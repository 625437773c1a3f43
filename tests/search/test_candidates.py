from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from curvewise.records import Configuration
from curvewise.search.candidates import COUNT, POOL, RENEWED, Candidates, Listed
from curvewise.space.domain import Fixed
from curvewise.space.space import Space
from tests.search.analytic import space as perceptrons
from tests.search.thawed import mixed, numbers, space_of


def candidates(space: Space, seed: int = 0) -> Candidates:
    return Candidates(space, seed, partial(space.from_unit, prior=True))


@pytest.mark.parametrize("space", [numbers(), mixed(), perceptrons()], ids=["numbers", "mixed", "product"])
def test_draws_are_configurations_of_the_space(space: Space) -> None:
    generator = np.random.default_rng(0)
    units = candidates(space).draw(generator, generator.random((3, space.dimension)), 10)
    assert units.shape == (COUNT, space.dimension)
    for unit in units:
        space.validate(candidates(space).configuration(unit))


def test_the_same_arguments_give_the_same_draws_whatever_was_drawn_between() -> None:
    source, elite = candidates(mixed()), np.full((1, mixed().dimension), 0.5)
    draws = [source.draw(np.random.default_rng(5), elite, trials) for trials in (3, RENEWED, 3)]
    assert (draws[0] == draws[2]).all() and not (draws[0] == draws[1]).all()
    assert not (candidates(mixed(), 1).draw(np.random.default_rng(5), elite, 3) == draws[0]).all()


def test_the_first_is_the_default_and_there_is_no_last() -> None:
    source = candidates(numbers())
    assert source.first(0) == numbers().default()
    drawn = [source.first(number) for number in (1, 2, POOL, POOL + 1, 3 * POOL)]
    assert len(set(drawn)) == len(drawn)


def test_half_of_the_draws_are_near_the_elite() -> None:
    elite = np.full((1, 4), 0.25 + 1e-9)
    units = candidates(numbers()).draw(np.random.default_rng(0), elite, 0)
    untouched = (units == 0.25 + 1e-9).any(axis=1)
    assert not untouched[: COUNT // 2].any() and untouched[COUNT // 2 :].mean() > 0.7


def test_a_space_of_nothing_has_one_configuration() -> None:
    space = space_of(a=Fixed(0.5))
    units = candidates(space).draw(np.random.default_rng(0), np.zeros((1, 0)), 1)
    assert {candidates(space).configuration(unit) for unit in units} == {space.default()}


def test_listed_gives_nothing_that_is_not_in_the_list() -> None:
    among = [Configuration(dict.fromkeys("abcd", k / 200)) for k in range(200)]
    source = Listed(numbers(), 0, among)
    units = source.draw(np.random.default_rng(0), np.zeros((1, 4)), 5)
    found = [source.configuration(unit) for unit in units]
    assert len(set(found)) == COUNT and set(found) <= set(among)
    assert len({source.first(number) for number in range(300)}) > 100


def test_listed_gives_all_of_a_short_list() -> None:
    among = [Configuration(dict.fromkeys("abcd", k / 5)) for k in range(3)]
    source = Listed(numbers(), 0, among)
    units = source.draw(np.random.default_rng(0), np.zeros((1, 4)), 5)
    assert {source.configuration(unit) for unit in units} == set(among)
