"""The folder where compiled steps are kept, each by all that it depends on."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import platform
import shutil
import sys
import time
from pathlib import Path

import msgspec
import platformdirs
import torch

from curvewise.cohort import compilation
from curvewise.cohort.stacked.compiled.structure import Structure

MOST_KEPT, STALE = 64, 86_400.0
"""Steps that are kept, 2 MB each, the last made; and seconds after which a folder is of no build any more."""
SOURCES = (
    *("chance.py", "layers.py", "layout.py", "losses.py", "minibatch.py", "perceptron.py", "update.py"),
    *(f"compiled/{name}.py" for name in ("examples", "inputs", "step", "structure", "tracing")),
    *("../counter_hash.py", "../input_noise.py"),
    *(f"../families/{name}.py" for name in ("network", "perceptron", "perceptron_shape")),
)
"""What a step is made of, from the folder of stacked training."""


def folder() -> Path:
    """Where compiled steps are kept."""
    return platformdirs.user_cache_path("curvewise") / "steps"


def location(structure: Structure) -> Path:
    """Where the step of this structure is kept, by all that it depends on."""
    key = hashlib.sha256(msgspec.json.encode(structure) + _surroundings()).hexdigest()[:24]
    return folder() / f"{key}{compilation.SUFFIX}"


@functools.cache
def _surroundings() -> bytes:
    """Our sources, torch and the processor."""
    seen = hashlib.sha256()
    here = Path(__file__).parent.parent
    for name in SOURCES:
        seen.update((here / name).read_bytes())
    known = (torch.__version__, sys.platform, platform.machine(), torch.backends.cpu.get_cpu_capability())
    seen.update(repr(known).encode())
    with contextlib.suppress(OSError):  # compiled for this very processor, and folders travel
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        seen.update(next((line for line in lines if line.startswith("flags")), "").encode())
    return seen.digest()


def tidy(kept: Path) -> None:
    """Remove the oldest steps, and what builds left behind that were killed with all their parents."""
    by_age = sorted((path.stat().st_mtime, path) for path in kept.iterdir())
    files = [path for _, path in by_age if path.is_file()]
    for path in files[:-MOST_KEPT]:
        forget(path)
    for changed, path in by_age:
        if path.is_dir() and changed < time.time() - STALE:
            shutil.rmtree(path, ignore_errors=True)


def forget(library: Path) -> None:
    """Remove a file that is of no use."""
    with contextlib.suppress(OSError):
        library.unlink(missing_ok=True)
