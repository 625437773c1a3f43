"""Weights on disk that are not what was written: said, and never predicted with."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

import curvewise
from curvewise import best
from curvewise.errors import StoreError, StudyError


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(120, 2))
    data = tmp_path_factory.mktemp("data") / "data.npz"
    np.savez(data, X=rows, y=(rows[:, 0] > 0).astype(int))
    return curvewise.tune(data, budget="60e", out=data.parent / "study").folder


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "study"))


def test_a_changed_weight_is_noticed(study: Path) -> None:
    path = study / "best.safetensors"
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    path.write_bytes(raw)
    with pytest.raises(StudyError, match=r"not those that were saved.*`curvewise resume .*` writes it again"):
        best.load(study)
    curvewise.resume(study)
    assert best.load(study).classes == [0, 1]


def test_a_copy_without_history_is_to_be_copied_again(study: Path) -> None:
    (study / "study.db").unlink()
    (study / "best.safetensors").write_bytes(b"xx")
    with pytest.raises(StudyError, match=r"is damaged .*: copy it again"):
        best.load(study)


def test_damaged_or_missing_weights_of_a_finalist_are_named(study: Path) -> None:
    kept = sorted(study.glob("*/trial-*.safetensors"))
    for path in kept:
        path.write_bytes(b"xx")
    with pytest.raises(StoreError, match=r"trial-\d+\.safetensors is damaged .*: copy it back"):
        curvewise.resume(study, budget="80e")
    for path in kept:
        path.unlink()
    with pytest.raises(StoreError, match=r"trial-\d+\.safetensors is missing: copy it back"):
        curvewise.resume(study, budget="80e")
    assert best.load(study).classes == [0, 1]


def test_a_folder_removed_under_a_study_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="its folder has been removed"):
        best.replace(tmp_path / "gone" / "best.json", b"{}")


def test_infinite_scores_come_back_as_such(study: Path) -> None:
    """JSON has no infinity; a study whose every trial nearly diverged has such scores."""
    found = best.load(study)
    scores = {"validation": {"loss": math.inf, "error": 0.5}}
    description = msgspec.structs.replace(found.description, scores=scores, ensemble=[])
    best.save(study, description, found.weights, [])
    assert best.load(study).scores == scores
