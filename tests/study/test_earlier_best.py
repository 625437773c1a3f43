"""What earlier versions wrote can still be used."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import curvewise
from curvewise.best import load
from curvewise.errors import StudyError
from curvewise.records import Event, Opened
from curvewise.records.extent import RowExtent


def rewritten(folder: Path, **changes: object) -> None:
    """The best of ``folder`` as format 1 wrote it: without the kind of the data and the family."""
    path = folder / "best.safetensors"
    with safe_open(path, "np") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    description = msgspec.json.decode(metadata["description"]) | {"format": 1} | changes
    del description["preprocessing"]["kind"]
    for member in (description["best"], *description["ensemble"]):
        del member["shape"]["family"]
    save_file(tensors, path, metadata | {"description": msgspec.json.encode(description).decode()})


def test_a_best_of_format_1_still_predicts(tmp_path: Path) -> None:
    study = curvewise.tune("iris", budget="60e", out=tmp_path / "study")
    before = study.best.predict("iris")
    rewritten(study.folder)
    assert np.array_equal(load(study.folder).predict("iris"), before)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    study = curvewise.tune("iris", budget="20e", out=tmp_path / "study")
    path = study.folder / "best.safetensors"
    with safe_open(path, "np") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    newer = msgspec.json.decode(metadata["description"]) | {"format": 99}
    save_file(tensors, path, metadata | {"description": msgspec.json.encode(newer).decode()})
    with pytest.raises(StudyError, match="has format 99, newer than this curvewise reads"):
        load(study.folder)


def test_a_history_that_knew_only_tables_says_so() -> None:
    old = {each.name: _sample(each.name) for each in msgspec.structs.fields(Opened) if each.required}
    opened = msgspec.msgpack.decode(msgspec.msgpack.encode(old | {"type": "opened"}), type=Event)
    assert isinstance(opened, Opened)
    assert (opened.model, opened.extent, opened.asked_rows) == ("mlp", RowExtent(), None)
    assert (opened.horizon, opened.policy) == (None, "race")


def _sample(name: str) -> object:
    samples = {"rows": {}, "inputs": {}, "columns": {}, "space": {}, "versions": {}, "cardinalities": []}
    if name in samples:
        return samples[name]
    return (
        False if name == "deterministic" else 1 if name in ("seed", "threads", "features", "outputs") else ""
    )
