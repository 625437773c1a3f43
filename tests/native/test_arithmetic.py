"""The kernels' own arithmetic: elementary functions, and vectors of every length."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import pytest

from curvewise.cohort import compilation, kernels, native_calls
from curvewise.cohort.native import NativeSlot
from tests.cohort.problems import WIDE, recipe_for
from tests.cohort.sequence_problems import recurrent_recipe, sequence_split

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(compilation.compiler() is None, reason="no C++ compiler"),
]


def test_elementary_functions_are_good_to_a_millionth(tmp_path):
    source, program = Path(__file__).with_name("elementary.cpp"), tmp_path / "elementary"
    flags = [option for option in compilation.OPTIONS if option != "-fPIC"]
    command = [compilation.compiler(), *flags, f"-I{kernels.FOLDER}", str(source), "-o", str(program), "-lm"]
    subprocess.run(command, check=True)
    lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
    errors = {name: float(error) for name, error in (line.split() for line in lines)}
    assert errors.pop("not_finite") == 0
    assert len(errors) == 5
    assert all(error < 1e-6 for error in errors.values()), errors


SEQUENCES = sequence_split(cardinalities=(5,), inputs=70, outputs=19)
PROBLEMS = (
    (
        WIDE,
        recipe_for(
            WIDE, units=(50, 81, 300), minibatch=45, activation="tanh", normalisation="batch", dropout=0.2
        ),
    ),
    *(
        (SEQUENCES, recurrent_recipe(SEQUENCES, cell=cell, units=units, layers=2, dropout=0.2))
        for cell, units in (("gru", 46), ("lstm_fgr", 21), ("lstm_peephole", 3), ("tanh", 300))
    ),
)


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_vectors_of_any_length_train_alike(lanes, tmp_path, monkeypatch):
    """Also those that this processor does not have: 16 lanes have tiles and strips of their own."""
    usual = [NativeSlot(0, recipe, split, 1) for split, recipe in PROBLEMS]
    built = tmp_path / kernels.NAME
    compilation.build(kernels.FOLDER, built, extra=[f"-DCURVEWISE_LANES={lanes}"])
    monkeypatch.setattr(native_calls, "load", lambda: kernels.declare(ctypes.CDLL(str(built))))
    for slot, (split, recipe) in zip(usual, PROBLEMS, strict=True):
        other = NativeSlot(0, recipe, split, 1, instructions="baseline")
        for _ in range(3):
            ours, theirs = other.train_epoch(), slot.train_epoch()
            assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-4)
            assert ours.valid_loss == pytest.approx(theirs.valid_loss, rel=1e-4)
