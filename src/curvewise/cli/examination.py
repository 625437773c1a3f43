"""Examines this machine for ``doctor``."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs
import torch

from curvewise import __version__
from curvewise.cli.timing import measured
from curvewise.cohort import compilation, kernels, ways
from curvewise.report.machine import Machine, Remark
from curvewise.tuning import cores

PACKAGES = ("torch", "numpy", "scikit-learn", "polars", "sqlalchemy", "matplotlib", "pandas", "pyarrow")
VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "CXX", "CUDA_VISIBLE_DEVICES")


def examine() -> Machine:
    """Look, and time a few hundred training steps."""
    lacking = kernels.unavailable()
    return Machine(
        curvewise=__version__,
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        processor=_processor(),
        cores=cores(),
        device=torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        instructions=[] if lacking else list(kernels.instruction_sets(kernels.load())),
        compiler=compilation.compiler(),
        cache=str(platformdirs.user_cache_path("curvewise")),
        environment={name: os.environ[name] for name in VARIABLES if name in os.environ},
        packages={name: _version(name) for name in PACKAGES},
        measured=measured(),
        remarks=_remarks(lacking or ways.missing("native")),
    )


def _remarks(kernels: str | None) -> list[Remark]:
    fast = "perceptrons train in native kernels, one trial per core"
    slow = f"small networks train in PyTorch, 5 to 20 times slower: {kernels}"
    remarks = [Remark(kernels is None, slow if kernels else fast)]
    if torch.cuda.is_available():
        remarks.append(
            Remark(True, "the GPU trains many networks per call, where that is measured to be faster")
        )
    drawing = _version("matplotlib") is not None
    how = "figures can be drawn" if drawing else "no figures: pip install 'curvewise[plot]'"
    remarks.append(Remark(drawing, how))
    writable = os.access(Path.cwd(), os.W_OK)
    here = (
        "studies can be written here"
        if writable
        else "this folder is read-only: give tune an --out elsewhere"
    )
    return [*remarks, Remark(writable, here)]


def _processor() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
