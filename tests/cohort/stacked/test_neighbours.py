"""Slots that one call trains never touch each other."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curvewise.cohort.recipe import Recipe
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.training import train_together
from curvewise.data.examples import Split
from tests.cohort.image_problems import convolutional_shape, image_recipe, image_split
from tests.cohort.problems import CLASSIFICATION, recipe_for, timeless
from tests.cohort.sequence_problems import recurrent_recipe, sequence_split
from tests.cohort.stacked.tiles import RATES, assert_equal, slots_of
from tests.cohort.translation_problems import reversal_split, translation_shape

SEQUENCES = sequence_split(task="classification", per_step=True, lengths="varied")
IMAGES = image_split(rows=(45, 20))
PAIRS = reversal_split(rows=(30, 15), longest=3)
PROBLEMS: dict[str, tuple[Split, Recipe]] = {
    "perceptron": (CLASSIFICATION, recipe_for(CLASSIFICATION, units=(8,), activation="silu")),
    "batch": (
        CLASSIFICATION,
        recipe_for(CLASSIFICATION, units=(8, 8), normalisation="batch", activation="tanh"),
    ),
    "gru": (SEQUENCES, recurrent_recipe(SEQUENCES)),
    "plain": (IMAGES, image_recipe(convolutional_shape(normalisation="batch", activation="tanh"))),
    "residual": (
        IMAGES,
        image_recipe(
            convolutional_shape(residual=True, convolutions=2, normalisation="group", activation="silu")
        ),
    ),
    "translation": (PAIRS, image_recipe(translation_shape(cell="lstm", layers=2))),
}
DIVERGING = {"optimizer": "sgd", "learning_rate": 1e30, "clip": 0.0}


@st.composite
def unlike(draw, plain: Recipe) -> Recipe:
    """A recipe that may differ from ``plain`` in whatever slots of a tile may differ in."""
    if draw(st.integers(0, 5)) == 0:
        return msgspec.structs.replace(plain, **DIVERGING)
    optimizer = draw(st.sampled_from([name for name in RATES if name != "schedule_free"]))
    return msgspec.structs.replace(
        plain,
        optimizer=optimizer,
        learning_rate=RATES[optimizer] * draw(st.floats(0.01, 1)),
        momentum=draw(st.floats(0, 0.95)),
        beta2=draw(st.floats(0.9, 0.999)),
        weight_decay=draw(st.floats(0, 0.1)),
        clip=draw(st.sampled_from([0.0, 0.1, 1.0])),
        label_smoothing=draw(st.floats(0, 0.3)),
        decay=draw(st.sampled_from(["constant", "linear", "plateau"])),
        input_noise=draw(st.sampled_from([0.0, 0.2])),
        shape=msgspec.structs.replace(plain.shape, dropout=draw(st.sampled_from([0.0, 0.3]))),
    )


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
@pytest.mark.parametrize("problem", PROBLEMS)
def test_no_slot_touches_another(data, problem):
    split, plain = PROBLEMS[problem]
    recipes = data.draw(st.lists(unlike(plain), min_size=2, max_size=6))
    together, alone = (slots_of(StackedSlot, split, recipes) for _ in range(2))
    rows = (split.train.rows, split.valid.rows)
    for _ in range(2):
        points = train_together(together)
        for point, slot in zip(points, alone, strict=True):
            assert_equal(point, slot.train_epoch(), tolerance=1e-5, rows=rows)


LEAKY = recipe_for(CLASSIFICATION, units=(16, 16), activation="leaky_relu")


@pytest.mark.parametrize(
    ("split", "plain", "rate"),
    [
        (CLASSIFICATION, LEAKY, 1e30),
        (CLASSIFICATION, LEAKY, 1e4),
        (IMAGES, image_recipe(convolutional_shape(activation="leaky_relu")), 1e30),
        (IMAGES, image_recipe(convolutional_shape(activation="leaky_relu"), minibatch=3), 1e4),
        (IMAGES, PROBLEMS["residual"][1], 1e30),
        (PAIRS, PROBLEMS["translation"][1], 1e30),
    ],
    ids=["perceptron", "perceptron, slowly", "plain", "plain, slowly", "residual", "translation"],
)
def test_a_slot_that_diverges_leaves_as_the_specification_does_and_the_others_go_on(split, plain, rate):
    wild = msgspec.structs.replace(plain, optimizer="sgd", learning_rate=rate, decay="cosine")
    recipes = [plain, wild, plain, wild]
    slots = slots_of(StackedSlot, split, recipes)
    expected = slots_of(ReferenceSlot, split, recipes)
    for _ in range(2):
        points = train_together(slots)
        theirs = [slot.train_epoch() for slot in expected]
        assert [p.diverged for p in points] == [p.diverged for p in theirs] == [False, True, False, True]
        assert [p.step for p in points] == [p.step for p in theirs]
        assert [p.learning_rate for p in points] == [p.learning_rate for p in theirs]
        assert points[1].gradient_norm == points[1].train_loss == math.inf
        assert [points[k].valid_loss for k in (0, 2)] == pytest.approx(
            [theirs[k].valid_loss for k in (0, 2)], rel=1e-5
        )
    for slot, twin in zip(slots, expected, strict=True):
        assert (slot.state()["counters"][:3] == twin.state()["counters"][:3]).all()


def test_slots_of_a_tile_may_come_and_go_between_epochs():
    recipes = [recipe_for(CLASSIFICATION, dropout=share) for share in (0.0, 0.2, 0.4)]
    slots, alone = (slots_of(StackedSlot, CLASSIFICATION, recipes) for _ in range(2))
    train_together(slots)
    train_together(slots[1:])
    found = train_together(slots[::2])
    [slot.train_epoch() for slot in (*alone, *alone[1:])]
    expected = [alone[0].train_epoch(), alone[2].train_epoch()]
    assert [p.valid_loss for p in found] == pytest.approx([p.valid_loss for p in expected], rel=1e-5)
    assert [p.epoch for p in found] == [2, 3]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_failed_call_changes_no_slot(monkeypatch, problem):
    split, recipe = PROBLEMS[problem]
    slots = slots_of(StackedSlot, split, [recipe] * 3)
    train_together(slots)
    before = [slot.state() for slot in slots]

    def fails(*_):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr("curvewise.cohort.stacked.training.evaluate", fails)
    with pytest.raises(torch.OutOfMemoryError):
        train_together(slots)
    for slot, state in zip(slots, before, strict=True):
        assert all(np.array_equal(array, state[name]) for name, array in slot.state().items())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_device_computes_what_the_specification_does(problem):
    split, plain = PROBLEMS[problem]
    recipes = [
        msgspec.structs.replace(plain, optimizer=name, learning_rate=rate)
        for name, rate in RATES.items()
        if name != "schedule_free"
    ]
    slots = slots_of(StackedSlot, split, recipes)
    assert slots[0].row.is_cuda
    points = train_together(slots)
    theirs = [slot.train_epoch() for slot in slots_of(ReferenceSlot, split, recipes)]
    assert [p.valid_loss for p in points] == pytest.approx([p.valid_loss for p in theirs], rel=1e-4)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_an_epoch_is_the_same_again(problem):
    split, plain = PROBLEMS[problem]
    dropped = msgspec.structs.replace(plain, shape=msgspec.structs.replace(plain.shape, dropout=0.2))
    runs = []
    for _ in range(2):
        slots = slots_of(StackedSlot, split, [dropped] * 3)
        points = [point for _ in range(2) for point in train_together(slots)]
        runs.append([msgspec.structs.replace(p, examples_per_second=None) for p in timeless(points)])
    assert runs[0] == runs[1]
