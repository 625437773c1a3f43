"""Many encoder-decoders in one call are held to the specification, point by point."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from curvewise.cohort.families.translation_shape import Attention
from curvewise.data.examples import Split
from curvewise.data.pairs import pairs
from curvewise.records.model import Cell
from tests.cohort.image_problems import image_recipe
from tests.cohort.pairwise import pairwise_cases
from tests.cohort.stacked.test_twins import DECAYS, OPTIMIZERS, side_by_side
from tests.cohort.stacked.tiles import assert_twins
from tests.cohort.translation_problems import CODES, reversal_split, translation_shape

PAIRS = reversal_split(rows=(30, 20), longest=3)
FACTORS = {
    "cell": get_args(Cell),
    "encoder_cell": get_args(Cell),
    "attention": get_args(Attention),
    "layers": (1, 2),
}
CASES = pairwise_cases(FACTORS)


def even_split() -> Split:
    """All sources of three codes and all targets of two, so that nothing is padded."""
    draw = np.random.Generator(np.random.Philox(3))
    codes = draw.integers(1, CODES, (60, 3)).tolist()
    train, valid = (pairs(part, [source[::-2] for source in part]) for part in (codes[:32], codes[32:]))
    return Split(train, valid, (CODES, CODES), CODES, 1.0, "classification")


def plain_recipe(case, **changes):
    return image_recipe(translation_shape(**case), horizon=3, **changes)


@pytest.mark.parametrize("place", range(len(FACTORS["cell"])), ids=FACTORS["cell"])
def test_every_cell(place):
    """In the decoder, another one in the encoder; every pair of choices is behind ``slow``."""
    case = {
        "cell": FACTORS["cell"][place],
        "encoder_cell": FACTORS["cell"][-1 - place],
        "attention": FACTORS["attention"][place % 2],
        "layers": 1 + place // 2 % 2,
    }
    assert_twins(PAIRS, side_by_side(plain_recipe(case), ["adam", "momentum", "sgd"]), epochs=1)


def test_every_optimizer():
    assert_twins(PAIRS, side_by_side(plain_recipe({"layers": 2, "cell": "lstm"}), OPTIMIZERS))


def test_averaged_slots():
    assert_twins(PAIRS, side_by_side(plain_recipe({}), ["schedule_free"] * 2), epochs=2)


@pytest.mark.parametrize("attention", FACTORS["attention"])
def test_pairs_without_padding(attention):
    case = {"attention": attention, "layers": 2}
    assert_twins(even_split(), side_by_side(plain_recipe(case), ["adam", "momentum", "sgd"]))


@pytest.mark.parametrize("minibatch", [1, 7, 30])
def test_every_size_of_minibatches(minibatch):
    recipe = plain_recipe({"cell": "lstm"}, minibatch=minibatch)
    assert_twins(PAIRS, side_by_side(recipe, ["momentum", "adam"]), epochs=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "place", range(len(CASES)), ids=lambda place: "-".join(map(str, CASES[place].values()))
)
def test_every_pair_of_choices_with_every_optimizer(place):
    decays = (DECAYS[place % len(DECAYS)],)
    assert_twins(PAIRS, side_by_side(plain_recipe(CASES[place]), OPTIMIZERS, decays))
