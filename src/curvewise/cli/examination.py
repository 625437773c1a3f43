"""Examines this machine for ``doctor``."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import platformdirs
import torch

from curvewise import __version__
from curvewise.cohort import compilation, kernels, ways
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.planner import step_microseconds
from curvewise.cohort.recipe import Recipe
from curvewise.data.examples import Split, TableRows
from curvewise.errors import EngineError
from curvewise.report.machine import Machine, Remark, Way
from curvewise.tuning import cores

PACKAGES = ("torch", "numpy", "scikit-learn", "polars", "sqlalchemy", "matplotlib", "pandas", "pyarrow")
VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "CXX", "CUDA_VISIBLE_DEVICES")
MEASURED = "a perceptron 64-64-64-10, 32 rows, AdamW, one thread"


def examine() -> Machine:
    """Look, and time a few hundred training steps."""
    lacking = kernels.unavailable()
    seen = [_way(name) for name in ("native", "reference")]
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
        measured=MEASURED,
        ways=seen,
        remarks=_remarks(lacking or ways.missing("native")),
    )


def _way(name: ways.Way) -> Way:
    missing = ways.missing(name)
    if missing is not None:
        return Way(name, missing, None)
    chance = np.random.default_rng(0)
    numbers = chance.standard_normal((320, 64), dtype=np.float32)
    examples = TableRows(numbers, np.zeros((320, 0), np.int32), chance.integers(0, 10, 320))
    split = Split(examples, examples, (), 10, 1.0, "classification")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        timed = min(step_microseconds(name, _recipe(), split) for _ in range(5))
    except EngineError as error:
        return Way(name, str(error), None)
    finally:
        torch.set_num_threads(threads)
    return Way(name, None, round(timed, 1))


def _recipe() -> Recipe:
    """The small perceptron of the engine's benchmark (docs/architecture.md, "The engine")."""
    return Recipe(
        shape=PerceptronShape(
            inputs=64,
            cardinalities=(),
            embedding_sizes=(),
            units=(64, 64),
            outputs=10,
            activation="relu",
            normalisation="none",
            dropout=0.0,
        ),
        encoding="plain",
        loss="cross_entropy",
        label_smoothing=0.0,
        optimizer="adamw",
        learning_rate=1e-3,
        decay="constant",
        horizon=10,
        momentum=0.9,
        beta2=0.999,
        weight_decay=0.01,
        minibatch=32,
        clip=0.0,
    )


def _remarks(kernels: str | None) -> list[Remark]:
    fast = "perceptrons train in native kernels, one trial per core"
    slow = f"perceptrons train one by one in PyTorch, about 20 times slower on small networks: {kernels}"
    remarks = [Remark(kernels is None, slow if kernels else fast)]
    if torch.cuda.is_available():
        remarks.append(Remark(True, "the GPU is not used: this version trains perceptrons on the processor"))
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
