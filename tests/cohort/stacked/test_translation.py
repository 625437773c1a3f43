"""Many encoder-decoders in one call are held to the specification, point by point."""

from __future__ import annotations

from itertools import product
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

PAIRS = reversal_split(rows=(45, 20))
FACTORS = {
    "cell": get_args(Cell),
    "encoder_cell": get_args(Cell),
    "attention": get_args(Attention),
    "layers": (1, 2),
}


def even_split() -> Split:
    """All sources of three codes and all targets of two, so that nothing is padded."""
    draw = np.random.Generator(np.random.Philox(3))
    codes = draw.integers(1, CODES, (60, 3)).tolist()
    train, valid = (pairs(part, [source[::-2] for source in part]) for part in (codes[:40], codes[40:]))
    return Split(train, valid, (CODES, CODES), CODES, 1.0, "classification")


def plain_recipe(case, **changes):
    return image_recipe(translation_shape(**case), horizon=3, **changes)


@pytest.mark.parametrize("cell", FACTORS["cell"])
@pytest.mark.parametrize("attention", FACTORS["attention"])
def test_every_cell(cell, attention):
    other = FACTORS["cell"][::-1][FACTORS["cell"].index(cell)]
    layers = 1 + (attention == "dot")
    case = {"cell": cell, "encoder_cell": other, "attention": attention, "layers": layers}
    assert_twins(PAIRS, side_by_side(plain_recipe(case), ["adam", "momentum", "sgd"]), epochs=1)


@pytest.mark.parametrize("layers", FACTORS["layers"])
def test_every_optimizer(layers):
    assert_twins(PAIRS, side_by_side(plain_recipe({"layers": layers, "cell": "lstm"}), OPTIMIZERS))


def test_averaged_slots():
    assert_twins(PAIRS, side_by_side(plain_recipe({}), ["schedule_free"] * 3), epochs=3)


@pytest.mark.parametrize("attention", FACTORS["attention"])
def test_pairs_without_padding(attention):
    case = {"attention": attention, "layers": 2}
    assert_twins(even_split(), side_by_side(plain_recipe(case), ["adam", "momentum", "sgd"]))


@pytest.mark.parametrize("minibatch", [1, 7, 45])
def test_every_size_of_minibatches(minibatch):
    recipe = plain_recipe({"cell": "lstm"}, minibatch=minibatch)
    assert_twins(PAIRS, side_by_side(recipe, ["momentum", "adam"]), epochs=1)


@pytest.mark.slow
@pytest.mark.parametrize("case", pairwise_cases(FACTORS), ids=lambda case: "-".join(map(str, case.values())))
def test_every_pair_of_cells_with_every_optimizer_under_every_decay(case):
    for decay, minibatch in product(DECAYS, (5, 16)):
        recipe = plain_recipe(case, minibatch=minibatch)
        assert_twins(PAIRS, side_by_side(recipe, OPTIMIZERS, (decay,)))
