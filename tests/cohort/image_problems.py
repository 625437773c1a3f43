"""Small images that convolutional networks are trained on."""

from __future__ import annotations

import numpy as np

from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.recipe import Recipe
from curvewise.data.examples import Split
from curvewise.data.images import Images
from tests.cohort.problems import CLASSIFICATION, read_only, recipe_for


def image_split(*, rows=(90, 30), channels=1, size=8, seed=0) -> Split:
    """Bars across or along an image, or neither, at random places and in noise: three classes."""
    draw = np.random.Generator(np.random.Philox(seed))
    total = sum(rows)
    pixels = 0.5 * draw.normal(size=(total, channels, size, size)).astype(np.float32)
    targets = draw.integers(0, 3, total)
    for image, kind, place in zip(pixels, targets, draw.integers(0, size, total), strict=True):
        if kind < 2:
            (image if kind == 0 else image.transpose(0, 2, 1))[:, place] += 2
    pieces = (slice(0, rows[0]), slice(rows[0], total))
    train, valid = (Images(read_only(pixels[p]), read_only(targets[p])) for p in pieces)
    return Split(train, valid, (), 3, 1.0, "classification")


def convolutional_shape(**changes) -> ConvolutionalShape:
    """A small plain network, with some values changed."""
    plain = {
        "channels": 1,
        "height": 8,
        "width": 8,
        "filters": (4, 6),
        "convolutions": 1,
        "residual": False,
        "outputs": 3,
        "activation": "relu",
        "normalisation": "none",
        "dropout": 0.0,
    }
    return ConvolutionalShape(**plain | changes)


def image_recipe(shape: ConvolutionalShape, **changes) -> Recipe:
    """A recipe that trains ``shape`` well, with some values changed."""
    plain = recipe_for(CLASSIFICATION, **changes)
    return Recipe(
        **{name: getattr(plain, name) for name in plain.__struct_fields__ if name != "shape"}, shape=shape
    )
