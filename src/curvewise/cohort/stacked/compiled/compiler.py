"""Compiles a step in a process of its own, into a file of the cache folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import msgspec

from curvewise.cohort import compilation
from curvewise.cohort.stacked.compiled.cache import tidy
from curvewise.cohort.stacked.compiled.program import StepError
from curvewise.cohort.stacked.compiled.structure import Structure

PROGRAM = (
    "import sys; path = sys.argv[4:]; sys.path[:] = path; "
    "from curvewise.cohort.stacked.compiled.child import main; main(*sys.argv[1:4])"
)
"""A fresh interpreter that runs nobody's main module, so that scripts need no guard."""


class Compiler:
    """Compiles steps, one at a time; ``end`` may be called meanwhile, from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def compile(self, structure: Structure, library: Path) -> None:
        """Compile into ``library``, which appears whole or not at all. Raises StepError."""
        command = compilation.compiler()
        if command is None:
            raise StepError("no C++ compiler was found; install g++ or clang++, or set CXX")
        try:
            library.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=library.parent, ignore_cleanup_errors=True) as work:
                made = Path(work, library.name)
                self._run(structure, made, command)
                made.replace(library)
        except OSError as error:
            raise StepError(str(error)) from error
        with contextlib.suppress(OSError):  # another study may tidy up, or end its build, meanwhile
            tidy(library.parent)

    def end(self) -> None:
        """Kill the process and its compilers."""
        with self._lock:
            self._ended = True
            if self._process is not None and self._process.poll() is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):  # it may have just ended
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _run(self, structure: Structure, made: Path, command: str) -> None:
        work, told = made.parent, made.with_name("told")
        arguments = [msgspec.json.encode(structure).decode(), str(work), made.name]
        with told.open("wb") as words, self._lock:
            if self._ended:
                raise StepError("the study ended first")
            process = self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *arguments, *sys.path],
                stdin=subprocess.PIPE,  # never written to: its end tells the process that this one has ended
                stdout=subprocess.DEVNULL,
                stderr=words,
                env=os.environ | _environment(work, command),
                start_new_session=True,  # so that Ctrl-C is for the parent alone
            )
        code = process.wait()
        assert process.stdin is not None
        process.stdin.close()
        if code < 0:
            raise StepError(f"its process was ended by signal {-code} (9: often for want of memory)")
        if code:
            raise StepError(_last_line(told))


def _environment(work: Path, command: str) -> dict[str, str]:
    return {
        "CXX": command,
        "OMP_NUM_THREADS": "1",
        "TORCHINDUCTOR_CACHE_DIR": str(work / "inductor"),
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
        "TMPDIR": str(work),
    }


def _last_line(told: Path) -> str:
    lines = told.read_text(errors="replace").split("\n") if told.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "its process told nothing")[:300]
