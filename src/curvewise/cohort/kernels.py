"""Finds the native kernels' library, builds it at first use where there is none, and declares its calls.

The structs mirror ``native/abi.h``, field by field.
"""

from __future__ import annotations

import ctypes
import functools
import platform
from ctypes import Array, Structure, c_char_p, c_double, c_int32, c_int64, c_uint64, c_void_p
from pathlib import Path

import platformdirs

from curvewise.cohort import compilation
from curvewise.errors import EngineError

FOLDER = Path(__file__).parent.parent / "native"
NAME = f"libcurvewise{compilation.SUFFIX}"
MOST_LAYERS = 32
PREFIXES = ("curvewise", "curvewise_recurrent")
"""What the names of the calls begin with, family by family."""
MOST_GROUPS = 34
MEASURED_NOTHING, MEASURED_USUALLY, MEASURED_IN_FULL = range(3)


class Span(Structure):
    """``curvewise_span``: a stretch of a row's parameters."""

    _fields_ = (
        ("offset", c_int64),
        ("floats", c_int64),
        ("group", c_int64),
        ("rate", c_double),
        ("decay", c_double),
    )


class NativeOptimization(Structure):
    """``curvewise_optimization``: how gradients become steps, whatever the network."""

    _fields_ = (
        ("optimizer", c_int32),
        ("momentum", c_double),
        ("beta2", c_double),
        ("weight_decay", c_double),
        ("clip", c_double),
        ("updates", c_int64),
        ("update", c_void_p),
        ("groups", c_int64),
        ("group", c_void_p),
        ("shares", c_void_p),
        ("measured", c_int64),
    )
    updates: int
    update: int | None
    groups: int
    group: int | None
    shares: int | None
    measured: int


class NativeRecipe(Structure):
    """``curvewise_recipe``: what one slot trains."""

    _fields_ = (
        ("inputs", c_int64),
        ("columns", c_int64),
        ("cardinalities", c_void_p),
        ("dimensions", c_void_p),
        ("layers", c_int64),
        ("units", c_void_p),
        ("outputs", c_int64),
        ("minibatch", c_int64),
        ("activation", c_int32),
        ("normalisation", c_int32),
        ("loss", c_int32),
        ("dropout", c_double),
        ("label_smoothing", c_double),
        ("input_noise", c_double),
        ("seed", c_uint64),
        ("optimization", NativeOptimization),
    )


class NativeExamples(Structure):
    """``curvewise_examples``: pointers to encoded rows."""

    _fields_ = (
        ("rows", c_int64),
        ("numbers", c_void_p),
        ("categories", c_void_p),
        ("targets", c_void_p),
    )


class Report(Structure):
    """``curvewise_report``: what an epoch, or an evaluation, found."""

    _fields_ = (
        ("steps", c_int64),
        ("rows", c_int64),
        ("loss", c_double),
        ("error", c_double),
        ("gradient_norm", c_double),
        ("update_ratio", c_double),
        ("finite", c_int64),
        ("update_ratios", c_double * MOST_GROUPS),
        ("dead_units", c_double * MOST_LAYERS),
        ("mean_square", c_double),
        ("square_of_mean", c_double),
        ("mean_share", c_double),
    )
    steps: int
    rows: int
    loss: float
    error: float
    gradient_norm: float
    update_ratio: float
    finite: int
    update_ratios: Array[c_double]
    dead_units: Array[c_double]
    mean_square: float
    square_of_mean: float
    mean_share: float


class Part(Structure):
    """``curvewise_part``: one named part of a row."""

    _fields_ = (
        ("kind", c_int64),
        ("layer", c_int64),
        ("offset", c_int64),
        ("rows", c_int64),
        ("columns", c_int64),
        ("stride", c_int64),
    )
    kind: int
    layer: int
    offset: int
    rows: int
    columns: int
    stride: int


@functools.cache
def load() -> ctypes.CDLL:
    """The kernels' library, its calls declared. Raises EngineError where there is none and none can be built.

    A wheel brings it along; otherwise it is built from the package's sources into the user's cache
    folder, under a name that depends on them, so changed sources are built anew.
    """
    try:
        path = locate()
    except OSError as error:
        raise EngineError(
            f"the native kernels could not be built: {error.filename}: {error.strerror}; "
            "make the cache folder writable, or name another (XDG_CACHE_HOME on Linux)"
        ) from error
    try:
        return declare(ctypes.CDLL(str(path)))
    except OSError as error:
        raise EngineError(
            f"the native kernels could not be loaded: {error}; remove that file, and it is built again"
        ) from error


def locate() -> Path:
    """Where the library is; builds it first where need be. Raises EngineError or OSError."""
    if platform.system() == "Windows":
        raise EngineError("no native kernels: they are not built on Windows yet")
    if (FOLDER / NAME).exists():
        return FOLDER / NAME
    cached = platformdirs.user_cache_path("curvewise") / "native" / compilation.digest(FOLDER) / NAME
    if not cached.exists():
        compilation.build(FOLDER, cached)
    return cached


def unavailable() -> str | None:
    """Why there are no native kernels here, as a sentence; None where there are."""
    try:
        load()
    except EngineError as error:
        return str(error)
    return None


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Give each call its argument and result types; pointers are plain addresses."""
    for prefix in PREFIXES:
        for name in ("row_floats", "model_floats", "workspace_floats"):
            sized = getattr(library, f"{prefix}_{name}")
            sized.argtypes, sized.restype = [c_void_p], c_int64
        parts, train, evaluate = (
            getattr(library, f"{prefix}_{name}") for name in ("parts", "train_epoch", "evaluate")
        )
        parts.argtypes, parts.restype = [c_void_p, c_void_p], c_int64
        train.argtypes, train.restype = [c_int64, *[c_void_p] * 5, c_int64, c_int64, c_void_p, c_void_p], None
        evaluate.argtypes, evaluate.restype = [c_int64, *[c_void_p] * 6], None
    library.curvewise_instructions.argtypes, library.curvewise_instructions.restype = [c_int64], c_char_p
    library.curvewise_usable.argtypes, library.curvewise_usable.restype = [c_int64], c_int64
    return library


def instruction_sets(library: ctypes.CDLL) -> dict[str, int]:
    """Compiled instruction sets that this processor has, best first, and the numbers they go by."""
    sets: dict[str, int] = {}
    index = 0
    while (name := library.curvewise_instructions(index)) is not None:
        if library.curvewise_usable(index):
            sets[name.decode()] = index
        index += 1
    return sets


def best_instructions() -> str:
    """The instruction set that slots are trained with; raises EngineError where there are no kernels."""
    return next(iter(instruction_sets(load())))
