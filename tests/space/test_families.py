"""The spaces of recurrent and convolutional networks: every configuration in them can be trained."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.cohort.recipe import recipe
from curvewise.data.examples import Split
from curvewise.data.images import Images
from curvewise.data.sequences import Sequences
from curvewise.errors import SpaceError
from curvewise.records import Configuration
from curvewise.records.model import CELLS
from curvewise.space.space import Space
from tests.space.spaces import convolutional, family_spaces, recurrent


@st.composite
def points(draw: st.DrawFn) -> tuple[Space, Configuration]:
    space = draw(family_spaces())
    vector = draw(st.lists(st.floats(0, 1), min_size=space.dimension, max_size=space.dimension))
    return space, space.from_unit(vector, prior=draw(st.booleans()))


@given(points())
def test_every_point_is_valid_and_survives_the_trip_through_the_unit_cube(
    drawn: tuple[Space, Configuration],
) -> None:
    space, configuration = drawn
    space.validate(configuration)
    assert space.canonical(configuration) == configuration
    assert space.from_unit(space.to_unit(configuration), prior=False) == configuration
    assert Space.described(space.describe()).describe() == space.describe()


def split(configuration: Configuration, side: int) -> Split:
    classifies = configuration["loss"] == "cross_entropy"
    task = (
        "classification"
        if classifies
        else "multilabel"
        if configuration["loss"] == "binary"
        else "regression"
    )
    outputs = 1 if task == "regression" else 3
    if "cell" in configuration:
        targets = np.zeros((64, 4, 3), np.float32) if task == "multilabel" else np.zeros(64, np.int64)
        numbers, codes = np.zeros((64, 4, 2), np.float32), np.zeros((64, 4, 0), np.int32)
        found = Sequences(numbers, codes, np.full(64, 4, np.int32), targets, task == "multilabel")
        return Split(found, found, (), outputs, 1.0, task)  # type: ignore[arg-type]
    images = Images(np.zeros((64, 1, side, side), np.float32), np.zeros(64, np.int64))
    return Split(images, images, (), outputs, 1.0, task)  # type: ignore[arg-type]


def test_every_family_can_carry_its_rate_over_its_width() -> None:
    assert "base_units" in recurrent(task="classification")
    assert convolutional(side=28).narrow({"base_units": 16}).default()["base_units"] == 16


@given(st.integers(1, 64), st.data())
def test_the_engine_can_read_every_configuration(side: int, data: st.DataObject) -> None:
    for space in (convolutional(side=side), recurrent(task="classification"), recurrent()):
        vector = data.draw(st.lists(st.floats(0, 1), min_size=space.dimension, max_size=space.dimension))
        configuration = space.from_unit(vector, prior=False)
        resolved = recipe(configuration, 5, split(configuration, side))
        assert resolved.learning_rate == configuration["learning_rate"]


def test_a_cell_by_name_is_fixed_and_rnn_tries_several() -> None:
    for cell in CELLS:
        space = recurrent(model_named=cell)
        assert space["cell"].fixed and space.default()["cell"] == cell
        with pytest.raises(SpaceError, match="cell"):
            space.narrow({"cell": "gru" if cell != "gru" else "lstm"})
    assert recurrent()["cell"].domain.contains("gru")
    assert recurrent().narrow({"cell": ["lstm_nig", "tanh"]})["cell"].domain.contains("lstm_nig")


def test_the_forget_gates_bias_matters_where_there_is_one() -> None:
    space = recurrent()
    for cell in ("tanh", "gru", "lstm"):
        active = space.active(space.default().replace({"cell": cell}))
        assert ("forget_bias" in active) == (cell == "lstm")
    assert recurrent(model_named="gru")["forget_bias"].fixed


def test_small_images_have_fewer_stages() -> None:
    for side, most in ((1, 1), (3, 1), (4, 2), (8, 3), (16, 4), (224, 4)):
        domain = convolutional(side=side)["stages"].domain
        assert domain.contains(most) and not domain.contains(most + 1)


def test_labels_that_are_there_or_not_have_one_loss() -> None:
    space = recurrent()
    assert space.default()["loss"] == "binary" and space["loss"].fixed
    assert space["label_smoothing"].fixed
