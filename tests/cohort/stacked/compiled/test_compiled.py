"""Steps that are really compiled: one program for all sizes, held to the specification. Takes minutes."""

from __future__ import annotations

import subprocess
import sys
import time

import msgspec
import pytest

from curvewise.cohort import compilation
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.stacked.compiled.builds import Builds
from curvewise.cohort.stacked.compiled.cache import location
from curvewise.cohort.stacked.compiled.compiler import Compiler
from curvewise.cohort.stacked.compiled.structure import structure_of
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.training import train_together
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, REGRESSION, WIDE, recipe_for
from tests.cohort.stacked.compiled.interpreted import assert_course
from tests.cohort.stacked.test_twins import OPTIMIZERS, side_by_side
from tests.cohort.stacked.tiles import assert_equal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(compilation.compiler() is None, reason="no C++ compiler"),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setattr("curvewise.cohort.stacked.compiled.cache.folder", lambda: folder)
        yield folder


@pytest.fixture(scope="module")
def builds(cache):
    builds = Builds(waits=True)
    yield builds
    builds.close()


def test_one_program_serves_all_sizes_slots_and_optimizers(builds, cache):
    for split, units, slots, minibatch in (
        (CLASSIFICATION, (16, 16), 7, 16),
        (WIDE, (37, 5), 2, 8),
        (CLASSIFICATION, (1, 64), 1, 1),
        (CLASSIFICATION, (8, 8), 5, 149),
    ):
        plain = recipe_for(split, units=units, minibatch=minibatch, dropout=0.1)
        recipes = side_by_side(plain, OPTIMIZERS[-slots:])
        dropping = [each for each in recipes if each.shape.dropout and each.input_noise]
        recipes = recipes if dropping else [*recipes[:-1], _with_chance(recipes[-1])]
        assert_course(split, recipes, builds, ReferenceSlot)
    assert builds.changes == len(list(cache.glob("*.so"))) == 1


def _with_chance(recipe):
    shape = msgspec.structs.replace(recipe.shape, dropout=0.3)
    return msgspec.structs.replace(recipe, shape=shape, input_noise=0.1)


@pytest.mark.parametrize(
    ("split", "changes"),
    [
        (CATEGORIES, {"units": (8, 12), "normalisation": "batch", "activation": "gelu"}),
        (REGRESSION, {"units": (6,), "normalisation": "layer", "activation": "tanh"}),
        (CLASSIFICATION, {"units": (), "optimizer": "schedule_free", "learning_rate": 0.003}),
    ],
)
def test_other_structures(builds, split, changes):
    before = builds.changes
    assert_course(split, [recipe_for(split, **changes)] * 3, builds, ReferenceSlot)
    assert builds.changes == before + 1


def test_training_never_waits_and_keeps_its_course_when_the_program_comes(cache):
    recipe = recipe_for(CLASSIFICATION, units=(9,), activation="silu")
    builds = Builds()
    ours = [StackedSlot(number, recipe, CLASSIFICATION, number, builds) for number in range(4)]
    theirs = [ReferenceSlot(number, recipe, CLASSIFICATION, number) for number in range(4)]

    def train():
        rows = (CLASSIFICATION.train.rows, CLASSIFICATION.valid.rows)
        for point, slot in zip(train_together(ours), theirs, strict=True):
            assert_equal(point, slot.train_epoch(), tolerance=1e-5, rows=rows)

    train()
    assert builds.changes == 0
    deadline = time.monotonic() + 600
    while not builds.changes:
        assert time.monotonic() < deadline, builds.notes()
        time.sleep(0.2)
    train()
    train()
    assert "in the background" in builds.notes()[0]
    builds.close()


def test_the_next_process_loads_what_was_compiled_and_no_compiler(builds, cache, monkeypatch):
    recipe = recipe_for(REGRESSION, units=(6,), normalisation="layer", activation="tanh")
    structure = structure_of([recipe], "regression")
    assert builds.program(structure) is not None
    monkeypatch.setattr(Compiler, "compile", None)
    assert Builds().program(structure) is not None
    script = (
        "import sys; from pathlib import Path\n"
        "from curvewise.cohort.stacked.compiled.program import Program\n"
        "Program(Path(sys.argv[1]))\n"
        "assert not {'torch._inductor', 'torch._dynamo', 'sympy'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", script, str(location(structure))], check=True)
