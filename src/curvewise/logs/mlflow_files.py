"""MLflow's file store: ``mlruns/EXPERIMENT/RUN/metrics/NAME``, a line ``time value step`` for each value."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from curvewise.curves.run import Run
from curvewise.logs.columns import Columns
from curvewise.logs.number_blocks import matrix
from curvewise.logs.opening import Source
from curvewise.logs.recording import Recording
from curvewise.logs.safe_text import shown
from curvewise.logs.settings_beside import plain_settings

MOST_FILES = 1000
LONGEST_PARAMETER = 8000
"""Bytes of a parameter, MLflow's own limit."""


def is_run(folder: Path) -> bool:
    """Whether a folder is that of one run."""
    return (folder / "meta.yaml").is_file() and (folder / "metrics").is_dir()


def run_of(folder: Path, name: str, columns: Columns) -> Iterator[Run]:
    """The run in a folder; keys with ``/`` are folders in ``metrics``."""
    recording = Recording(columns)
    metrics = folder / "metrics"
    for path in _files(metrics):
        key = path.relative_to(metrics).as_posix()
        if recording.wants(key):
            source = Source(path, key, shown(key))
            _metric(recording, key, source)
            recording.say(f"{source.shown}: {damage}" for damage in source.damage)
    for path in _files(folder / "params"):
        with path.open("rb") as file:
            value = file.read(LONGEST_PARAMETER).decode("utf-8", "replace")
        recording.set({path.relative_to(folder / "params").as_posix(): value})
    with (folder / "meta.yaml").open("rb") as file:
        told = plain_settings(file.read(1 << 20)).get("run_name")
    run = recording.run(str(told or name), shown(str(folder)))
    if run is not None:
        yield run


def _files(folder: Path) -> list[Path]:
    found = (p for p in folder.rglob("*") if not p.is_symlink() and p.is_file() and p.name[:1] != ".")
    return sorted(path for path, _ in zip(found, range(MOST_FILES), strict=False))


def _metric(recording: Recording, key: str, source: Source) -> None:
    """``time value``, ``time value step`` or that with the name and digest of a data set."""
    track = recording.track(key)
    if track is None:
        return
    wrong = 0
    for lines in source.lines():
        found = matrix(lines, " ", 1 + lines[0].count(" "))
        if found is not None and 1 < found[0].shape[1] <= 3 and found[1].all():
            values, nowhere = found[0], np.full(len(lines), np.nan)
            track.extend(values[:, 1], values[:, 2] if values.shape[1] > 2 else nowhere, nowhere)
            continue
        for line in lines:
            cells = line.split()
            try:
                value = float(cells[1])
                step = float(cells[2]) if len(cells) > 2 else math.nan
            except (ValueError, IndexError):
                wrong += bool(cells)
                continue
            track.add(value, step)
    if wrong:
        source.damage.append(f"{wrong:,} lines could not be read")
