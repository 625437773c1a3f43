"""Many convolutional networks in one call are held to the specification, point by point."""

from __future__ import annotations

from itertools import product
from typing import get_args

import numpy as np
import pytest

from curvewise.cohort.families.perceptron_shape import Activation
from curvewise.data.examples import Split
from curvewise.data.images import Images
from tests.cohort.image_problems import convolutional_shape, image_recipe, image_split
from tests.cohort.pairwise import pairwise_cases
from tests.cohort.stacked.test_twins import DECAYS, OPTIMIZERS, side_by_side
from tests.cohort.stacked.tiles import assert_twins

IMAGES = image_split(rows=(45, 30))
PARTS = (IMAGES.train, IMAGES.valid)
FACTORS = {
    "residual": (False, True),
    "normalisation": ("none", "batch", "group"),
    "activation": get_args(Activation),
    "filters": ((4,), (4, 6), (8, 16)),
    "convolutions": (1, 2, 4),
}


def plain_recipe(case, **changes):
    """Of a residual network with an even number of convolutions."""
    odd = case["residual"] and case["convolutions"] % 2
    shape = convolutional_shape(**case | {"convolutions": case["convolutions"] + odd})
    return image_recipe(shape, horizon=3, **changes)


@pytest.mark.parametrize("case", pairwise_cases(FACTORS), ids=lambda case: "-".join(map(str, case.values())))
def test_every_pair_of_choices(case):
    assert_twins(IMAGES, side_by_side(plain_recipe(case), ["adam", "momentum", "sgd"]), epochs=1)


@pytest.mark.parametrize("normalisation", FACTORS["normalisation"])
@pytest.mark.parametrize("residual", FACTORS["residual"])
def test_every_optimizer(normalisation, residual):
    case = {"residual": residual, "normalisation": normalisation, "convolutions": 2, "activation": "relu"}
    assert_twins(IMAGES, side_by_side(plain_recipe(case), OPTIMIZERS), epochs=1)


@pytest.mark.parametrize("residual", FACTORS["residual"])
def test_averaged_slots(residual):
    case = {"residual": residual, "normalisation": "group", "convolutions": 2, "activation": "silu"}
    assert_twins(IMAGES, side_by_side(plain_recipe(case), ["schedule_free"] * 3), epochs=3)


@pytest.mark.parametrize(("convolutions", "stages", "residual"), [(7, 2, False), (4, 3, True)])
def test_deep_networks(convolutions, stages, residual):
    """14 convolutions, and 14 with the stem and two skips beside, of images in colour and of odd sizes."""
    split = image_split(rows=(40, 20), channels=3, size=9)
    shape = convolutional_shape(
        channels=3,
        height=9,
        width=9,
        filters=(4, 8, 8)[:stages],
        convolutions=convolutions,
        residual=residual,
        normalisation="batch",
    )
    assert_twins(split, side_by_side(image_recipe(shape), ["adamw", "sgd"]), tolerance=3e-5)


@pytest.mark.parametrize("minibatch", [1, 7, 45])
def test_every_size_of_minibatches(minibatch):
    recipe = image_recipe(convolutional_shape(dropout=0.2), minibatch=minibatch, optimizer="momentum")
    assert_twins(IMAGES, side_by_side(recipe, ["momentum", "adam"]), epochs=1)


@pytest.mark.parametrize("loss", ["squared", "huber"])
def test_numbers_to_be_told_from_images(loss):
    train, valid = (Images(part.pixels, part.targets[:, None].astype(np.float32)) for part in PARTS)
    split = Split(train, valid, (), 1, 2.5, "regression")
    recipe = image_recipe(convolutional_shape(outputs=1, dropout=0.1), loss=loss)
    assert_twins(split, side_by_side(recipe, ["adam", "momentum", "sgd"]))


@pytest.mark.slow
@pytest.mark.parametrize("normalisation", FACTORS["normalisation"])
@pytest.mark.parametrize("activation", FACTORS["activation"])
def test_every_optimizer_under_every_decay(activation, normalisation):
    kinds = ("residual", "filters", "convolutions")
    chosen = {"activation": activation, "normalisation": normalisation}
    for place, values in enumerate(product(*(FACTORS[kind] for kind in kinds))):
        recipe = plain_recipe(chosen | dict(zip(kinds, values, strict=True)))
        recipes = side_by_side(recipe, OPTIMIZERS, (DECAYS[place % len(DECAYS)],))
        # What ways of training are held to: one of these reference slots moves its own loss by 5e-5 if the
        # last bits of its first weights change, for then a pixel falls to the other side of a bend
        assert_twins(IMAGES, recipes, tolerance=1e-4)
