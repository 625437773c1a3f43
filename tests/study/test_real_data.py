"""Real sequences and images from file to answer; they skip where there are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import curvewise

DATA = Path(os.environ.get("CURVEWISE_DATA", Path(__file__).parents[3] / "shared" / "data"))


def real(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"needs {name} in $CURVEWISE_DATA (docs/contributing.md)")
    return DATA / name


def test_speakers_are_told_apart_by_their_vowels(tmp_path: Path) -> None:
    path = real("sequence/JapaneseVowels.npz")
    space = {"units": {"low": 16, "high": 64}, "layers": 1}
    study = curvewise.tune(path, model="lstm", space=space, budget="100e", out=tmp_path / "study")
    assert study.summary().metric == "error rate"
    assert study.best.scores["test"]["error"] < 0.15  # of nine speakers; guessing has 0.88


@pytest.mark.slow
def test_a_minute_of_chorales(tmp_path: Path) -> None:
    """Chung et al. 2014 report 8.67 nats for an LSTM, 9.10 for tanh (arXiv 1412.3555, table 2)."""
    study = curvewise.tune(
        real("polyphonic/JSB_Chorales.mat"), model="lstm", budget="60s", out=tmp_path / "study"
    )
    assert study.best.scores["test"]["error"] < 9.5
    assert study.ledger.elapsed < 75


@pytest.mark.slow
def test_a_minute_of_ten_thousand_garments(tmp_path: Path) -> None:
    study = curvewise.tune(
        real("image/fashion-mnist"), model="cnn", rows=10_000, budget="60s", out=tmp_path / "study"
    )
    assert study.summary().best is not None
    assert study.best.scores["test"]["error"] < 0.20
    assert study.ledger.elapsed < 80
