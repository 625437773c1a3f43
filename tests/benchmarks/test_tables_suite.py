"""The recorded problems as they are: what is asked of them comes back, and are shared out as announced."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import tables_methods
from tables_recorder import Recorder
from tables_scales import scales
from tables_suite import load, parts

DATA = Path(os.environ.get("CURVEWISE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "tables"


@pytest.fixture(autouse=True)
def recorded():
    if not DATA.is_dir():
        pytest.skip("needs $CURVEWISE_DATA/tables (docs/contributing.md)")


def some(kind):
    return next(name for name in parts() if name.startswith(kind))


def test_problems_are_shared_out_before_anything_is_tuned():
    counts = Counter((name.partition("/")[0], part) for name, part in parts().items())
    assert counts == {
        ("lcbench", "tuned"): 4,
        ("lcbench", "fresh"): 16,
        ("lcbench", "development"): 14,
        ("taskset", "tuned"): 2,
        ("taskset", "fresh"): 4,
        ("deepobs", "tuned"): 2,
        ("deepobs", "fresh"): 3,
    }
    assert set(scales()) == set(parts())
    assert all(scale.best < scale.median for scale in scales().values())


def test_a_problem_that_there_is_not_is_told():
    with pytest.raises(KeyError, match="no recorded problem 'lcbench/1'"):
        load("lcbench/1")


@pytest.mark.parametrize("kind", ["taskset", "deepobs"])
def test_a_recorded_curve_stays_lost_once_it_is_lost(kind):
    table = load(some(kind))
    curves = np.stack([table.curve(each) for each in table.problem.configurations])
    assert curves.shape[1:] == (table.problem.horizon, 4)
    lost = np.isnan(curves[:, :, 0])
    assert lost.any()
    assert (lost[:, 1:] >= lost[:, :-1]).all()
    assert (lost == np.isnan(curves[:, :, 1])).all()


@pytest.mark.parametrize("kind", ["taskset", "deepobs"])
def test_what_was_recorded_is_in_the_ranges(kind):
    problem = load(some(kind)).problem
    for configuration in problem.configurations:
        place = problem.to_unit(configuration)
        again = problem.from_unit(place)
        for each in problem.dimensions:
            if each.kind != "choice":
                assert each.low <= configuration[each.name] <= each.high
                assert again[each.name] == pytest.approx(configuration[each.name], rel=1e-6, abs=1e-9)


def test_a_surrogate_curve_is_the_same_however_it_is_asked_for():
    pytest.importorskip("onnxruntime", reason="LCBench's surrogate needs onnxruntime")
    first, second = load("lcbench/3945"), load("lcbench/3945")
    configuration = first.problem.draw(np.random.default_rng(1))
    whole = first.curve(configuration)
    recorder = Recorder(second)
    paid = [recorder.advance(0, configuration) for _ in range(recorder.horizon)]
    assert paid == whole[:, 0].tolist()
    at_once = first.rows([configuration], range(1, recorder.horizon + 1))[0]
    assert np.allclose(whole, at_once, rtol=1e-4, equal_nan=True)
    assert (np.diff(whole[:, 3]) > 0).mean() > 0.9


def test_every_method_is_somewhere():
    folder = Path(tables_methods.__file__).parent
    missing = [
        name for name, each in tables_methods.METHODS.items() if not (folder / f"{each.module}.py").exists()
    ]
    assert set(missing) <= {tables_methods.OURS}
