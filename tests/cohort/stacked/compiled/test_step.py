"""The step that is compiled does what the specification's does, before anything is compiled."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.stacked.compiled.examples import example_shape
from curvewise.cohort.stacked.compiled.program import StepError
from curvewise.cohort.stacked.compiled.structure import MOST_COLUMNS, structure_of
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.training import train_together
from tests.cohort.pairwise import pairwise_cases
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, REGRESSION, SPLITS, recipe_for
from tests.cohort.stacked.compiled.interpreted import Interpreted, assert_course, stacked_slots
from tests.cohort.stacked.test_twins import OPTIMIZERS, SHAPES, perceptron, side_by_side


@pytest.mark.parametrize("case", pairwise_cases(SHAPES), ids=lambda case: "-".join(map(str, case.values())))
def test_every_pair_of_shapes_with_all_optimizers(case):
    builds = Interpreted()
    assert_course(CLASSIFICATION, side_by_side(perceptron(case), OPTIMIZERS), builds, ReferenceSlot, epochs=1)
    assert builds.calls


def test_averaged_slots():
    case = {"activation": "silu", "normalisation": "layer", "depth": 2, "width": 16}
    recipes = side_by_side(perceptron(case), ["schedule_free"] * 4)
    assert_course(CLASSIFICATION, recipes, Interpreted(), ReferenceSlot, epochs=3)


@pytest.mark.parametrize("name", SPLITS)
def test_every_problem(name):
    recipes = side_by_side(recipe_for(SPLITS[name], units=(8,)), ["adamw", "momentum", "sgd"])
    assert_course(SPLITS[name], recipes, Interpreted(), ReferenceSlot)


def test_every_step_is_compiled_but_those_that_are_watched():
    recipe = recipe_for(CLASSIFICATION, minibatch=4, horizon=3)
    steps, watched, builds = recipe.steps(CLASSIFICATION.train.rows), 8, Interpreted()
    slot = StackedSlot(0, recipe, CLASSIFICATION, 5, builds)
    train_together([slot])
    assert builds.calls == steps - watched
    slot.step = 1  # 128 steps from the last measure on, all is measured again
    train_together([slot])
    assert builds.calls == 2 * steps - watched


@pytest.mark.parametrize("rate", [1e30, 3.0])
def test_a_slot_that_diverges_leaves_the_others_alone(rate):
    calm = recipe_for(CLASSIFICATION, optimizer="sgd", learning_rate=0.05, clip=0.0, minibatch=4)
    wild = msgspec.structs.replace(calm, learning_rate=rate)
    recipes = [calm, wild, calm]
    ours = stacked_slots(CLASSIFICATION, recipes, Interpreted())
    for slot in ours:
        slot.step = 2
    points = train_together(ours)
    alone = StackedSlot(2, calm, CLASSIFICATION, 13, Interpreted())
    alone.step = 2
    assert points[2].train_loss == pytest.approx(train_together([alone])[0].train_loss, rel=1e-6)
    assert (points[1].train_loss == math.inf) == (rate == 1e30)
    eager = stacked_slots(CLASSIFICATION, recipes, None)
    for slot in eager:
        slot.step = 2
    assert [point.step for point in points] == [point.step for point in train_together(eager)]


def test_a_program_that_fails_is_used_no_more_and_nothing_is_lost():
    class Failing(Interpreted):
        failed = None

        def program(self, structure):
            return None if self.failed else self.fail

        kept = program

        def fail(self, tensors):
            raise StepError("broken")

        def spoil(self, structure, error):
            self.failed = str(error)

    builds = Failing()
    assert_course(CLASSIFICATION, [recipe_for(CLASSIFICATION)] * 2, builds, ReferenceSlot)
    assert builds.failed == "broken"


class Some(Interpreted):
    """Has programs of some structures only."""

    def __init__(self, *known):
        super().__init__()
        self.known, self.asked = known, []

    def program(self, structure):
        self.asked.append(structure)
        return self.kept(structure)

    def kept(self, structure):
        return Interpreted.program(self, structure) if structure in self.known else None


PLAIN = recipe_for(CLASSIFICATION, minibatch=4)
DROPPING = recipe_for(CLASSIFICATION, minibatch=4, dropout=0.3)


def test_slots_without_dropout_and_noise_train_by_a_program_with_them_to_the_last_bit():
    exact, structure = Interpreted(), structure_of([PLAIN], "classification")
    wider = Some(structure.superset())
    ours, theirs = (stacked_slots(CLASSIFICATION, [PLAIN] * 2, builds) for builds in (wider, exact))
    for slot in (*ours, *theirs):
        slot.step = 1
    assert [p.train_loss for p in train_together(ours)] == [p.train_loss for p in train_together(theirs)]
    assert wider.calls == exact.calls > 0
    assert wider.asked == [structure]


@pytest.mark.parametrize("has", ["superset", "exact", "none"])
def test_of_a_tile_that_is_mixed_only_the_program_for_every_mixture_is_made(has):
    exact = structure_of([PLAIN, DROPPING], "classification")
    builds = Some(*{"superset": [exact.superset()], "exact": [exact], "none": []}[has])
    slots = stacked_slots(CLASSIFICATION, [PLAIN, DROPPING], builds)
    for slot in slots:
        slot.step = 1
    train_together(slots)
    assert builds.asked == [exact.superset()] != [exact]
    assert (builds.calls > 0) == (has != "none")


@pytest.mark.parametrize(("columns", "has"), [(MOST_COLUMNS, True), (MOST_COLUMNS + 1, False)])
def test_of_more_columns_than_a_step_is_traced_with_there_is_none(columns, has):
    shape = msgspec.structs.replace(PLAIN.shape, cardinalities=(3,) * columns, embedding_sizes=(2,) * columns)
    structure = structure_of([msgspec.structs.replace(PLAIN, shape=shape)], "classification")
    assert (structure is not None) == has
    assert structure is None or example_shape(structure).cardinalities


@pytest.mark.parametrize(
    "changes",
    [
        {"units": (5, 99)},
        {"minibatch": 3},
        {"optimizer": "sgd", "momentum": 0.3, "clip": 1.0, "weight_decay": 0.2, "learning_rate": 0.5},
        {"label_smoothing": 0.3},
    ],
)
def test_sizes_and_optimizers_make_no_other_structure(changes):
    one = recipe_for(CLASSIFICATION, units=(16, 16))
    other = recipe_for(CLASSIFICATION, **{"units": (16, 16)} | changes)
    assert structure_of([one], "classification") == structure_of([other], "classification")


def test_what_makes_another_structure():
    different = [
        structure_of([recipe_for(split, **changes)], split.task)
        for split, changes in (
            (CLASSIFICATION, {}),
            (CLASSIFICATION, {"units": (16, 16, 16)}),
            (CLASSIFICATION, {"activation": "silu"}),
            (CLASSIFICATION, {"normalisation": "layer"}),
            (CLASSIFICATION, {"dropout": 0.1}),
            (CLASSIFICATION, {"optimizer": "schedule_free"}),
            (REGRESSION, {}),
            (CATEGORIES, {}),
        )
    ]
    assert len(set(different)) == len(different)


def test_keys_of_an_epoch_are_those_of_its_steps():
    from curvewise.cohort import counter_hash
    from curvewise.cohort.stacked.chance import Chance, hashes

    chance = Chance([7, 2**33 + 1], [5, 1000], [0.1, 0.2], [0.0, 0.0])
    keys = chance.keys([0, 2], [0, 3])
    for step, layer in ((0, 0), (1, 1)):
        found = hashes(keys[step, layer], 9).numpy().view(np.uint32)
        expected = counter_hash.hashes(7, 5 + (0, 3)[step], (0, 2)[layer], 9)
        assert np.array_equal(found[0], expected)
