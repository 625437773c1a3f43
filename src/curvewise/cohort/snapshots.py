"""A cohort's tensors in one file: whole and on disk, or not there at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import safetensors.numpy
from safetensors import SafetensorError, safe_open

from curvewise.cohort.slots import State
from curvewise.errors import StoreError
from curvewise.store.snapshots import publish


def write(path: Path, states: Mapping[int, State], ways: Mapping[int, str]) -> None:
    """Write each trial's state, and the way in which it is trained, to ``path``.

    The file is written beside its place, then published: a reader sees the old one or the new one.
    Raises StoreError where the disk is full or the folder cannot be written.
    """
    tensors = {f"{number}/{name}": array for number, state in states.items() for name, array in state.items()}
    metadata = {str(number): way for number, way in ways.items()}
    beside = path.with_name(f"{path.name}.part")
    try:
        beside.write_bytes(safetensors.numpy.save(tensors, metadata))
        publish(beside, path.name)
    except (OSError, StoreError) as error:
        beside.unlink(missing_ok=True)
        why = error.strerror if isinstance(error, OSError) else error
        raise StoreError(
            f"the trials' weights could not be saved to {path}: {why}; free some space or make the folder "
            "writable, then resume"
        ) from error


def read(path: Path) -> tuple[dict[int, State], dict[int, str]]:
    """The states and ways that ``write`` wrote; raises StoreError where the file is missing or damaged."""
    states: dict[int, State] = {}
    try:
        with safe_open(path, framework="numpy") as file:
            ways = {int(number): way for number, way in (file.metadata() or {}).items()}
            for key in file.keys():  # noqa: SIM118 - not a mapping
                number, _, name = key.partition("/")
                states.setdefault(int(number), {})[name] = file.get_tensor(key)
    except (OSError, SafetensorError, ValueError) as error:
        raise StoreError(
            f"the saved weights in {path} cannot be read: {error}; trials saved there are to be trained anew"
        ) from error
    return states, ways
