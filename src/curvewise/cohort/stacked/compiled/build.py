"""One build of a step by a process in the background, and the file that it leaves in the cache folder."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import platformdirs
import torch

from curvewise.cohort import compilation
from curvewise.cohort.stacked.compiled.program import StepError
from curvewise.cohort.stacked.compiled.structure import Structure

PROGRAM = (
    "import sys; path = sys.argv[4:]; sys.path[:] = path; "
    "from curvewise.cohort.stacked.compiled.child import main; main(*sys.argv[1:4])"
)
"""A fresh interpreter that runs nobody's main module, so that scripts need no guard."""
MOST_KEPT, STALE = 64, 86_400.0
"""Steps that are kept, 2 MB each, the last made; and seconds after which a folder is of no build any more."""
SOURCES = (
    *("chance.py", "layers.py", "layout.py", "losses.py", "minibatch.py", "perceptron.py", "update.py"),
    *(f"compiled/{name}.py" for name in ("inputs", "step", "structure", "tracing")),
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


class Build:
    """Compiles one step; ``end`` may be called meanwhile, from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def run(self, structure: Structure, library: Path) -> None:
        """Compile into ``library``, which appears whole or not at all. Raises StepError."""
        compiler = compilation.compiler()
        if compiler is None:
            raise StepError("no C++ compiler was found; install g++ or clang++, or set CXX")
        try:
            library.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=library.parent, ignore_cleanup_errors=True) as work:
                self._compile(structure, Path(work), compiler)
                Path(work, library.name).replace(library)
        except OSError as error:
            raise StepError(str(error)) from error
        with contextlib.suppress(OSError):  # another study may tidy up, or end its build, meanwhile
            _tidy(library.parent)

    def end(self) -> None:
        """Kill the process and its compilers."""
        with self._lock:
            self._ended = True
            if self._process is not None and self._process.poll() is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):  # it may have just ended
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _compile(self, structure: Structure, work: Path, compiler: str) -> None:
        told = work / "told"
        arguments = [msgspec.json.encode(structure).decode(), str(work), location(structure).name]
        with told.open("wb") as words, self._lock:
            if self._ended:
                raise StepError("the study ended first")
            process = self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *arguments, *sys.path],
                stdin=subprocess.PIPE,  # never written to: its end tells the process that this one has ended
                stdout=subprocess.DEVNULL,
                stderr=words,
                env=os.environ | _environment(work, compiler),
                start_new_session=True,  # so that Ctrl-C is for the parent alone
            )
        code = process.wait()
        assert process.stdin is not None
        process.stdin.close()
        if code < 0:
            raise StepError(f"its process was ended by signal {-code} (9: often for want of memory)")
        if code:
            raise StepError(_last_line(told))


def _environment(work: Path, compiler: str) -> dict[str, str]:
    return {
        "CXX": compiler,
        "OMP_NUM_THREADS": "1",
        "TORCHINDUCTOR_CACHE_DIR": str(work / "inductor"),
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
        "TMPDIR": str(work),
    }


def _last_line(told: Path) -> str:
    lines = told.read_text(errors="replace").split("\n") if told.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "its process told nothing")[:300]


def _tidy(kept: Path) -> None:
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
