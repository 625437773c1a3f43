from __future__ import annotations

import pytest

from curvewise.cohort import kernels, ways
from curvewise.cohort.cohort import Cohort
from curvewise.cohort.planner import (
    STARTING,
    STEPS,
    Kind,
    Measure,
    Plan,
    Planner,
    on_processor,
    operations,
    step_microseconds,
)
from curvewise.cohort.stacked.compiled.builds import Builds
from curvewise.cohort.ways import Workshop
from tests.cohort.image_problems import convolutional_shape, image_recipe, image_split
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, REGRESSION, TINY, recipe_for, trial_of
from tests.cohort.stacked.compiled.interpreted import Interpreted

WAYS = tuple(way for way in ways.available() if way not in ("compiled", "processes"))
needs_kernels = pytest.mark.skipif(ways.missing("native") is not None, reason="no compiler for the kernels")


def planner(*able, threads=2, measures=True):
    return Planner(able, Workshop(threads), threads, measures)


@pytest.fixture
def taken(monkeypatch):
    """Microseconds that measuring finds, by (way, slots together, threads) or by way."""
    found = {}

    def microseconds(self, way, together=1, threads=1):
        return found.get((way, together, threads), found.get(way))

    monkeypatch.setattr(Measure, "microseconds", microseconds)
    return found


@pytest.mark.parametrize("split", [CLASSIFICATION, REGRESSION, CATEGORIES, TINY])
@pytest.mark.parametrize("way", WAYS)
def test_a_step_is_timed_on_any_problem(split, way):
    recipe = recipe_for(split, normalisation="batch", minibatch=150)
    assert 0 < step_microseconds(way, recipe, split) < 1e6


def test_the_fastest_way_is_chosen_and_noted_once(taken):
    taken |= {"stacked": 30.0, "reference": 20.0}
    chooses = planner("stacked", "reference")
    assert chooses.way(recipe_for(TINY), TINY, 5) == "reference"
    assert chooses.plans == {Kind("perceptron", 16, 4, 4): Plan("reference", taken)}
    assert chooses.notes() == [
        "trains perceptron networks of about 16 units, minibatch 4, 4 at once in the way reference: "
        "microseconds a step were reference 20, stacked 30"
    ]
    taken["reference"] = 40.0
    assert chooses.way(recipe_for(TINY), TINY, 6) == "reference"
    assert chooses.notes() == []
    chooses.forget()
    assert chooses.way(recipe_for(TINY), TINY, 6) == "stacked"


def test_more_slots_are_measured_anew(taken):
    taken |= {("stacked", 1, 2): 30.0, ("stacked", 32, 2): 3.0, "reference": 20.0}
    chooses = planner("stacked", "reference")
    assert [chooses.way(recipe_for(TINY), TINY, slots) for slots in (1, 40)] == ["reference", "stacked"]


@pytest.mark.skipif(not on_processor(), reason="of what is trained on a processor")
def test_what_takes_long_is_measured_with_few_slots():
    wide = recipe_for(CLASSIFICATION, units=(256, 256), minibatch=150)
    measured = [Measure(recipe, CLASSIFICATION, Workshop(1)) for recipe in (recipe_for(CLASSIFICATION), wide)]
    assert [measure.together(64) for measure in measured] == [64, 12]


@pytest.mark.skipif(not on_processor(), reason="of what is trained on a processor")
def test_images_that_leave_the_caches_are_not_measured_stacked(taken):
    taken |= {"stacked": 10.0, "reference": 20.0}
    chosen = []
    for side in (8, 40):
        split = image_split(size=side)
        shape = convolutional_shape(height=side, width=side, filters=(16, 32))
        chosen.append(planner("stacked", "reference").way(image_recipe(shape), split, 20))
    assert chosen == ["stacked", "reference"]


@pytest.mark.parametrize(("threaded", "way"), [(900.0, "processes"), (550.0, "reference")])
def test_processes_are_reckoned_as_the_reference_that_shares_nothing(taken, monkeypatch, threaded, way):
    monkeypatch.setattr(Workshop, "is_ready", lambda workshop, way: True)
    monkeypatch.setattr("curvewise.cohort.planner.STARTING", 0.0)
    taken |= {("reference", 1, 1): 1000.0, ("reference", 1, 2): threaded}
    assert planner("processes", "reference").way(recipe_for(TINY), TINY, 1) == way


def test_until_processes_have_started_trials_begin_in_the_next_best_way(taken, monkeypatch):
    ready = []
    monkeypatch.setattr(Workshop, "is_ready", lambda workshop, way: way != "processes" or bool(ready))
    monkeypatch.setattr("curvewise.cohort.planner.STARTING", 0.0)
    taken |= {("reference", 1, 1): 1000.0, "reference": 900.0}
    chooses = planner("processes", "reference")
    assert chooses.way(recipe_for(TINY), TINY, 1) == "reference"
    ready.append(True)
    assert chooses.way(recipe_for(TINY), TINY, 1) == "processes"


def test_no_process_is_started_for_a_short_study(taken, monkeypatch):
    warmed = []
    monkeypatch.setattr(Workshop, "is_ready", lambda workshop, way: way != "processes" or warmed.append(way))
    taken |= {("reference", 1, 1): 1000.0, "reference": 900.0}
    chooses = planner("processes", "reference")
    assert chooses.way(recipe_for(TINY), TINY, 1) == "reference"
    assert not warmed
    chooses._began -= 60
    assert chooses.way(recipe_for(TINY), TINY, 1) == "reference"
    assert warmed


def test_compiled_steps_are_made_once_a_study_has_lasted_and_measured_once_they_are_there(taken, monkeypatch):
    made, asked = [], []

    def find_step(workshop, recipe, split, *, make):
        asked.append(make)
        return bool(made)

    monkeypatch.setattr(Workshop, "find_step", find_step)
    taken |= {"stacked": 30.0, "compiled": 10.0, "reference": 20.0}
    chooses = planner("stacked", "compiled", "reference")
    assert chooses.way(recipe_for(TINY), TINY, 5) == "reference"
    chooses._began -= STARTING
    assert chooses.way(recipe_for(TINY), TINY, 5) == "reference"
    assert asked == [False, True]
    made.append(True)
    assert [chooses.way(recipe_for(TINY), TINY, 5) for _ in range(2)] == ["compiled", "compiled"]
    first, second = chooses.notes()
    assert "way reference" in first and "compiled" not in first
    assert second.endswith("way compiled: microseconds a step were compiled 10, reference 20, stacked 30")
    made.clear()  # of another structure there is none yet
    assert chooses.way(recipe_for(TINY), TINY, 5) == "reference"


def test_compiled_steps_are_not_measured_once_measuring_has_had_its_share(taken, monkeypatch):
    made = []
    monkeypatch.setattr(Workshop, "find_step", lambda workshop, recipe, split, *, make: bool(made))
    taken |= {"stacked": 30.0, "compiled": 10.0, "reference": 20.0}
    chooses = planner("stacked", "compiled", "reference")
    chooses.way(recipe_for(TINY), TINY, 5)
    made.append(True)
    chooses._spent = 1e9
    assert chooses.way(recipe_for(TINY), TINY, 5) == "reference"
    chooses._spent = 0.0
    assert chooses.way(recipe_for(TINY), TINY, 5) == "compiled"


def test_compiled_steps_are_timed_after_their_first_call():
    workshop, builds = Workshop(1), Interpreted()
    workshop._builds = builds
    recipe = recipe_for(CLASSIFICATION, minibatch=4)
    Measure(recipe, CLASSIFICATION, workshop).microseconds("compiled")
    assert builds.calls == 2 * STEPS  # those that are timed, and as many before


@pytest.mark.parametrize(
    ("able", "has", "way"),
    [
        (("stacked", "compiled"), True, "compiled"),
        (("stacked", "compiled"), False, "stacked"),
        (("compiled",), False, "compiled"),
        (("stacked", "reference"), True, "stacked"),
    ],
)
def test_what_was_compiled_goes_on_so_where_there_is_a_step_or_no_other_way(
    taken, monkeypatch, able, has, way
):
    monkeypatch.setattr(Workshop, "find_step", lambda workshop, recipe, split, *, make: has)
    taken |= {"stacked": 20.0, "reference": 30.0}
    assert planner(*able).taken_up("compiled", recipe_for(TINY), TINY, 5) == way


@needs_kernels
def test_where_kernels_are_clearly_the_fastest_nothing_is_compiled(monkeypatch):
    monkeypatch.delattr(Workshop, "find_step")
    chooses = planner("native", "stacked", "compiled", "reference")
    chooses._began -= STARTING
    assert chooses.way(recipe_for(CLASSIFICATION), CLASSIFICATION, 64) == "native"


def test_deterministic_cohorts_neither_compile_nor_stack_unless_told_to(monkeypatch):
    monkeypatch.delattr(Workshop, "find_step")
    chooses = planner("stacked", "compiled", "reference", measures=False)
    assert chooses.way(recipe_for(CLASSIFICATION), CLASSIFICATION, 64) == "reference"
    told = planner("compiled", measures=False)
    assert told.way(recipe_for(CLASSIFICATION), CLASSIFICATION, 64) == "compiled"


def test_trials_go_on_by_compiled_steps_once_they_are_there(taken, monkeypatch):
    made = []
    monkeypatch.setattr(Workshop, "find_step", lambda workshop, recipe, split, *, make: bool(made))
    monkeypatch.setattr(Workshop, "changes", property(lambda workshop: len(made)))
    monkeypatch.setattr("curvewise.cohort.planner.available", lambda recipe: ("stacked", "compiled"))
    monkeypatch.setattr(Builds, "program", lambda builds, structure: Interpreted().program(structure))
    taken |= {"stacked": 20.0, "compiled": 10.0}
    cohort = Cohort(lambda encoding: CLASSIFICATION, 2)
    cohort.start([trial_of(number) for number in range(4)])
    cohort.advance(range(4))
    assert {cohort.way(number) for number in range(4)} == {"stacked"}
    made.append(True)
    cohort.advance(range(4))
    assert {cohort.way(number) for number in range(4)} == {"compiled"}
    assert [point.epoch for point in cohort.advance(range(4))] == [3] * 4
    cohort.close()


def test_measuring_has_a_share_of_the_time_and_then_the_most_alike_kind_speaks(taken):
    taken |= {"stacked": 30.0, "reference": 20.0}
    chooses = planner("stacked", "reference")
    for units, stacked in ((4, 30.0), (64, 10.0)):
        taken["stacked"] = stacked
        chooses.way(recipe_for(CLASSIFICATION, units=(units,)), CLASSIFICATION, 5)
    assert [plan.way for plan in chooses.plans.values()] == ["reference", "stacked"]
    chooses._spent = 1e9
    ways_taken = [
        chooses.way(recipe_for(CLASSIFICATION, units=(units,)), CLASSIFICATION, 5) for units in (8, 32, 200)
    ]
    assert ways_taken == ["reference", "stacked", "stacked"]
    assert len(chooses.plans) == 2


def test_a_way_without_memory_is_not_chosen(monkeypatch):
    def microseconds(self, way, together=1, threads=1):
        if way == "stacked":
            raise MemoryError("no room")
        return 20.0

    monkeypatch.setattr(Measure, "microseconds", microseconds)
    chooses = planner("stacked", "reference")
    assert chooses.way(recipe_for(TINY), TINY, 5) == "reference"
    assert "reference 20, stacked inf" in chooses.notes()[0]


@pytest.mark.parametrize(
    ("able", "changes", "measures", "chosen"),
    [
        (("reference",), {}, True, "reference"),
        (("native", "reference"), {"units": (1023, 8)}, True, "native"),
        (("stacked", "reference"), {}, False, "reference"),
    ],
)
def test_what_is_clear_is_not_measured(monkeypatch, able, changes, measures, chosen):
    monkeypatch.delattr(Measure, "microseconds")
    chooses = planner(*able, measures=measures)
    assert chooses.way(recipe_for(TINY, **changes), TINY, 1) == chosen
    assert chooses.notes() == []


@pytest.mark.parametrize(("instructions", "widest"), [("avx2", 1023), ("baseline", 127)])
def test_kernels_of_an_old_instruction_set_are_doubted_sooner(monkeypatch, taken, instructions, widest):
    monkeypatch.setattr(kernels, "best_instructions", lambda: instructions)
    taken |= {"native": 20.0, "reference": 10.0}
    chooses = planner("native", "reference")
    assert chooses.way(recipe_for(TINY, units=(widest,)), TINY, 1) == "native"
    assert chooses.way(recipe_for(TINY, units=(widest + 1,)), TINY, 1) == "reference"


@needs_kernels
@pytest.mark.parametrize(("deterministic", "widths"), [(False, {1024}), (True, set())])
def test_wide_networks_are_measured_once_unless_deterministic(deterministic, widths):
    cohort = Cohort(lambda encoding: TINY, 1, deterministic=deterministic)
    cohort.start([trial_of(0), trial_of(1, units=1024), trial_of(2, units=1100)])
    assert cohort.failures() == {}
    assert {kind.units for kind in cohort.plans} == widths
    assert cohort.way(0) == WAYS[0]
    assert all(cohort.way(n) == p.way for p in cohort.plans.values() for n in (1, 2))
    assert len(cohort.notes()) == len(widths)
    cohort.close()


def test_when_the_load_changes_trials_go_on_in_the_way_that_is_then_fastest(taken, monkeypatch):
    taken |= {"stacked": 10.0, "reference": 20.0}
    monkeypatch.setattr("curvewise.cohort.planner.available", lambda recipe: ("stacked", "reference"))
    cohort = Cohort(lambda encoding: CLASSIFICATION, 1)
    cohort.start([trial_of(number) for number in range(4)])
    plain = Cohort(lambda encoding: CLASSIFICATION, 1, "reference")
    plain.start([trial_of(0), trial_of(1)])
    for _ in range(2):
        cohort.advance([0, 1])
        plain.advance([0, 1])
    assert (cohort.way(0), cohort.way(1)) == ("stacked", "stacked")
    taken["stacked"] = 90.0
    for member in cohort._members.values():
        member.quickest = 1e-9  # so that whatever the next epochs take is far longer
    for _ in range(2):
        found, expected = cohort.advance([0, 1]), plain.advance([0, 1])
    assert (cohort.way(0), cohort.way(1)) == ("reference", "reference")
    assert [p.valid_loss for p in found] == pytest.approx([p.valid_loss for p in expected], rel=1e-4)
    assert cohort.advance([0, 1])[0].epoch == 5
    assert len(cohort.notes()) == 2
    cohort.close()


def test_more_units_rows_and_steps_are_more_operations():
    def of(rows=75, **changes):
        recipe = recipe_for(CLASSIFICATION, **changes)
        return operations(recipe, CLASSIFICATION.train.first(rows))

    assert of() < of(units=(32, 32))
    assert of() < of(rows=150)
    assert of() < of(minibatch=4)


def test_trials_move_once_the_way_that_they_wait_for_is_ready(taken, monkeypatch):
    """Here stacking stands for worker processes, which take seconds to start."""
    ready = []
    monkeypatch.setattr(Workshop, "is_ready", lambda workshop, way: way != "stacked" or bool(ready))
    monkeypatch.setattr(Workshop, "has_processes", property(lambda workshop: bool(ready)))
    monkeypatch.setattr("curvewise.cohort.planner.available", lambda recipe: ("stacked", "reference"))
    taken |= {"stacked": 10.0, "reference": 20.0}
    cohort = Cohort(lambda encoding: CLASSIFICATION, 1)
    cohort.start([trial_of(number) for number in range(4)])
    cohort.advance(range(4))
    assert {cohort.way(number) for number in range(4)} == {"reference"}
    ready.append(True)
    cohort.advance(range(4))
    assert {cohort.way(number) for number in range(4)} == {"stacked"}
    assert [point.epoch for point in cohort.advance(range(4))] == [3] * 4
    cohort.close()


def test_kernels_are_built_once_a_family_is_trained_that_they_serve(monkeypatch):
    built = []
    monkeypatch.setattr(kernels, "unavailable", lambda: built.append(True) or "none here")
    ways.missing.cache_clear()
    try:
        cohort = Cohort(lambda encoding: image_split(), 1)
        cohort.close()
        chooses = planner("native", "reference")
        assert chooses.able(image_recipe(convolutional_shape())) == ["reference"]
        assert not built
        assert chooses.able(recipe_for(TINY)) == ["reference"]
        assert built
    finally:
        ways.missing.cache_clear()
