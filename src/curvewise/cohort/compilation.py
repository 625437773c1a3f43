"""Builds the native kernels from their sources where the installed package has none.

The same sources and options as ``native/CMakeLists.txt``, which builds the wheel: one object per
instruction set and family of networks, linked into one library with a plain C interface. Takes 26
processor seconds, once: 13 on two processors.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from curvewise.errors import EngineError

OPTIONS = (
    *("-std=c++17", "-O3", "-fPIC", "-fvisibility=hidden"),
    *("-ffp-contract=fast", "-fno-math-errno", "-fno-exceptions", "-fno-rtti", "-Wno-psabi"),
)
"""Never -ffast-math: with some compilers it changes the whole process's arithmetic when loaded."""
X86 = {
    "avx512": ("-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mprefer-vector-width=512"),
    "avx2": ("-mavx2", "-mfma"),
}
"""Options of the instruction sets beyond the baseline."""
KERNELS = ("recurrent_kernel", "kernel")
"""Sources that are compiled once for each instruction set, the longest first."""
SUFFIX = ".dylib" if platform.system() == "Darwin" else ".so"


def compiler() -> str | None:
    """The C++ compiler's path: ``$CXX``, else g++, clang++ or c++ on the path; None where there is none."""
    for name in (os.environ.get("CXX"), "g++", "clang++", "c++"):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


def digest(sources: Path) -> str:
    """What a build depends on, as 16 hexadecimal digits: the sources, the options and the platform."""
    seen = hashlib.sha256(repr((OPTIONS, X86, platform.system(), platform.machine())).encode())
    for path in sorted([*sources.glob("*.h"), *sources.glob("*.cpp")]):
        seen.update(path.name.encode())
        seen.update(path.read_bytes())
    return seen.hexdigest()[:16]


def build(sources: Path, library: Path, extra: Sequence[str] = ()) -> None:
    """Compile the kernels in the folder ``sources`` into the file ``library``.

    ``library`` appears whole or not at all, so several processes may build it at once. ``extra``
    options come last (the sanitizers of the tests). Raises EngineError where there is no compiler or
    where it fails, with its own last words.
    """
    command = compiler()
    if command is None:
        raise EngineError(
            "no native kernels: this installation has none built, and no C++ compiler was found; "
            "install g++ or clang++, or set CXX"
        )
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as name:
        folder = Path(name)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = _jobs(sources, folder)
            list(pool.map(lambda job: _run([command, *OPTIONS, *job, *extra]), jobs))
        whole = folder / library.name
        _run([command, "-shared", *extra, "-o", str(whole), *map(str, folder.glob("*.o")), "-lm"])
        whole.replace(library)


def _jobs(sources: Path, folder: Path) -> list[list[str]]:
    """The compiler's arguments for every object, to be written to ``folder``."""
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    sets: dict[str, Sequence[str]] = {**(X86 if x86 else {}), "baseline": ()}
    jobs = [
        [
            f"-DCURVEWISE_SET={name}",
            *options,
            "-c",
            str(sources / f"{kernel}.cpp"),
            "-o",
            str(folder / f"{kernel}_{name}.o"),
        ]
        for kernel in KERNELS
        for name, options in sets.items()
    ]
    known = ["-DCURVEWISE_X86"] if x86 else []
    return [*jobs, [*known, "-c", str(sources / "dispatch.cpp"), "-o", str(folder / "dispatch.o")]]


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(
            f"the native kernels could not be compiled: {command[0]} ended with {done.returncode}: "
            f"{done.stderr.strip()[-400:]}"
        )
