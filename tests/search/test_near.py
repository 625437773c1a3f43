from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.search.near import MOVED, REDRAWN, near


@given(seed=st.integers(0, 1000), elite=st.integers(1, 9), dimension=st.integers(0, 6))
def test_points_are_in_the_unit_cube_and_parents_among_the_elite(
    seed: int, elite: int, dimension: int
) -> None:
    generator = np.random.default_rng(seed)
    parents = generator.random((elite, dimension))
    words = generator.random(dimension) < 0.5
    units, nearest = near(generator, parents, words, 50)
    assert units.shape == (50, dimension) and nearest.shape == (50,)
    assert (units >= 0).all() and (units < 1).all()
    assert (nearest >= 0).all() and (nearest < elite).all()


def test_the_ends_are_reflected_not_stuck_to() -> None:
    generator = np.random.default_rng(0)
    units, _ = near(generator, np.array([[0.0, np.nextafter(1, 0)]]), np.zeros(2, dtype=bool), 4000)
    still = (units == [0.0, np.nextafter(1, 0)]).mean()
    assert abs(still - (1 - MOVED)) < 0.03


def test_words_are_redrawn_now_and_then_and_numbers_moved_more_often_but_less_far() -> None:
    generator, elite = np.random.default_rng(0), np.array([[0.5, 0.5]])
    units, _ = near(generator, elite, np.array([True, False]), 20_000)
    changed = units != 0.5
    assert np.allclose(changed.mean(axis=0), [REDRAWN, MOVED], atol=0.02)
    spread = [units[changed[:, place], place].std() for place in range(2)]
    assert 0.27 < spread[0] < 0.31 and 0.11 < spread[1] < 0.13


def test_the_best_is_taken_the_most_often() -> None:
    _, nearest = near(np.random.default_rng(0), np.zeros((4, 1)), np.zeros(1, dtype=bool), 10_000)
    shares = np.bincount(nearest, minlength=4) / 10_000
    assert np.allclose(shares, np.array([12, 6, 4, 3]) / 25, atol=0.02)


def test_equal_generators_give_equal_points() -> None:
    elite, words = np.random.default_rng(1).random((3, 4)), np.zeros(4, dtype=bool)
    first, second = (near(np.random.default_rng(7), elite, words, 9)[0] for _ in range(2))
    assert (first == second).all()
