"""The process that compiles a step: gives way to all others, and never outlives who started it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
from pathlib import Path

import msgspec

from curvewise.cohort.stacked.compiled.structure import Structure

NICENESS = 19
"""The lowest priority: training goes first."""


def main(structure: str, folder: str, name: str) -> None:
    """Compile ``structure``, as JSON, into the file ``name`` of ``folder``, which holds all else, too."""
    os.nice(NICENESS)
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    wanted = msgspec.json.decode(structure, type=Structure)
    from curvewise.cohort.stacked.compiled.program import seal
    from curvewise.cohort.stacked.compiled.tracing import compile_step

    library = Path(folder, name)
    compile_step(wanted, library)
    seal(library)
    os._exit(0)  # what else there is to be taken down is of no interest, and takes a second


def _end_with_parent(folder: str) -> None:
    """Wait for standard input's end, which comes with the parent's; then end the compilers, and this."""
    with contextlib.suppress(OSError):
        os.read(0, 1)
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)
