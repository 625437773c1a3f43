"""Arguments that are none: refused before anything is read or written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import curvewise
from curvewise.cli.main import run
from curvewise.errors import CurvewiseError, UsageError
from curvewise.records.arguments import LARGEST_SEED, whole_number


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"seed": -1}, r"seed is a whole number from 0 to 4294967295, not -1"),
        ({"seed": 2**32}, r"seed is a whole number from 0 to 4294967295, not 4294967296"),
        ({"seed": "a"}, r"seed is a whole number .*, not 'a'"),
        ({"seed": 1.5}, r"seed is a whole number .*, not 1\.5"),
        ({"seed": None}, r"seed is a whole number .*, not None"),
        ({"threads": 0}, r"threads is a whole number from 1 .*, not 0"),
        ({"threads": -2}, r"threads is a whole number from 1 .*, not -2"),
        ({"threads": "two"}, r"threads is a whole number from 1 .*, not 'two'"),
        ({"budget": 60}, r"60 is not a budget \(the unit is missing\)"),
        ({"budget": None}, r"None is not a budget; write 60s"),
        ({"space": 5}, r"space is a file, a mapping or a Space, not 5"),
        ({"space": [1]}, r"space is a file, a mapping or a Space, not \[1\]"),
    ],
)
def test_is_refused(
    asked: dict[str, Any], match: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CurvewiseError, match=match):
        curvewise.tune("iris", **{"budget": "5e", **asked})
    assert not list(tmp_path.iterdir())


def test_the_command_line_refuses_too_large_a_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["tune", "iris", "--seed", str(2**70)]) == 2
    assert "error: seed is a whole number from 0 to 4294967295" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_numbers_of_other_libraries_are_whole_numbers() -> None:
    assert whole_number("seed", np.int64(7), 0, LARGEST_SEED) == 7
    with pytest.raises(UsageError):
        whole_number("seed", np.float64(7), 0, LARGEST_SEED)
