"""The network that a configuration asks for, by the kind of data."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from curvewise.cohort.cohort import Cohort
from curvewise.cohort.families.configured import shape_of
from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.errors import EngineError
from curvewise.records import Configuration, Trial
from tests.cohort.image_problems import image_split
from tests.cohort.problems import trial_of
from tests.cohort.translation_problems import CODES, reversal_split

CONVOLUTIONAL = {
    "block": "plain",
    "stages": 2,
    "filters": 4,
    "convolutions": 1,
    "activation": "relu",
    "normalisation": "batch",
    "dropout": 0.1,
}
TRANSLATION = {
    "encoder_cell": "gru",
    "cell": "lstm",
    "units": 12,
    "layers": 1,
    "attention": "additive",
    "embedding": 3,
    "dropout": 0.0,
    "forget_bias": 1.0,
}


def test_images_are_read_by_a_convolutional_network():
    found = shape_of(Configuration(CONVOLUTIONAL | {"stages": 3}), image_split(channels=2, size=9))
    assert found == ConvolutionalShape(
        channels=2,
        height=9,
        width=9,
        filters=(4, 8, 16),
        convolutions=1,
        residual=False,
        outputs=3,
        activation="relu",
        normalisation="batch",
        dropout=0.1,
    )


@pytest.mark.parametrize(("asked", "had"), [(1, 2), (2, 2), (3, 4)])
def test_residual_stages_have_two_convolutions_a_block(asked, had):
    configuration = Configuration(CONVOLUTIONAL | {"block": "residual", "convolutions": asked})
    found = shape_of(configuration, image_split())
    assert isinstance(found, ConvolutionalShape) and found.residual and found.convolutions == had


def test_more_stages_than_an_image_bears_are_refused():
    with pytest.raises(EngineError, match="too small for 4 stages"):
        shape_of(Configuration(CONVOLUTIONAL | {"stages": 4}), image_split())


def test_pairs_are_read_by_an_encoder_decoder():
    split = replace(reversal_split(), cardinalities=(5, CODES))
    found = shape_of(Configuration(TRANSLATION), split)
    assert found == TranslationShape(
        source_codes=5,
        target_codes=CODES,
        source_embedding=3,
        target_embedding=3,
        encoder_cell="gru",
        cell="lstm",
        units=12,
        layers=1,
        attention="additive",
        dropout=0.0,
        forget_bias=1.0,
    )


@pytest.mark.parametrize("values", [CONVOLUTIONAL, TRANSLATION])
def test_shapes_can_be_written_and_read(values):
    split = image_split() if values is CONVOLUTIONAL else reversal_split()
    found = shape_of(Configuration(values), split)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Shape) == found


@pytest.mark.parametrize("values", [CONVOLUTIONAL, TRANSLATION])
def test_a_cohort_trains_them(values):
    split = image_split() if values is CONVOLUTIONAL else reversal_split()
    plain = trial_of(0)
    configuration = Configuration({**plain.configuration.values, **values, "learning_rate": 0.02})
    cohort = Cohort(lambda _: split, 1, "reference")
    cohort.start([Trial(0, configuration, 0, 10, "prior", None)])
    assert cohort.failures() == {}
    losses = [cohort.advance([0])[0].train_loss for _ in range(5)]
    assert losses[-1] < 0.9 * losses[0]
    assert cohort.outputs(0, split.valid).shape[-1] == split.outputs
    cohort.close()
