"""The native kernels' entry points for one family of networks, called with plain addresses."""

from __future__ import annotations

import ctypes
import threading
from ctypes import Structure

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.kernels import Part, Report, instruction_sets, load
from curvewise.errors import EngineError, OutOfMemoryError

ALIGNMENT = 64
"""Bytes of a cache line, and of the widest vector."""


def aligned(floats: int) -> NDArray[np.float32]:
    """Zeros, (floats,), that begin at a cache line. Raises OutOfMemoryError where there is no room."""
    try:
        room = np.zeros(floats + ALIGNMENT // 4, dtype=np.float32)
    except MemoryError as error:
        raise OutOfMemoryError(
            f"no memory for {floats * 4 / 2**20:,.0f} MiB; train fewer trials at once, or smaller minibatches"
        ) from error
    skip = -room.ctypes.data % ALIGNMENT // 4
    return room[skip : skip + floats]


class NativeCalls:
    """The calls named ``{prefix}_...`` for one recipe, on one instruction set.

    ``recipe`` is a struct of the family's; it is read anew at every call. ``instructions`` None is the
    best set that this processor has. Raises EngineError where it has no such set, or there are no
    kernels.
    """

    def __init__(self, prefix: str, recipe: Structure, instructions: str | None) -> None:
        self._library = load()
        self._prefix, self._recipe = prefix, recipe
        self._address = ctypes.addressof(recipe)
        self._instructions = _chosen(self._library, instructions)
        self._workspace_floats = self._floats("workspace")
        self.row_floats = self._floats("row")
        """Floats of a whole row."""
        self.model_floats = self._floats("model")
        """Floats of its first part, all that outputs depend on."""

    def parts(self) -> list[Part]:
        """The named parts of a row."""
        call = self._call("parts")
        parts = (Part * call(self._address, None))()
        call(self._address, ctypes.addressof(parts))
        return list(parts)

    def train(
        self,
        examples: Structure,
        row: NDArray[np.float32],
        order: NDArray[np.int32],
        rates: NDArray[np.float32],
        before: tuple[int, int],
    ) -> Report:
        """One epoch on ``row``, in place; ``before``: the trial's steps and the optimizer's so far."""
        report = Report()
        addresses = (ctypes.addressof(examples), row.ctypes.data, order.ctypes.data, rates.ctypes.data)
        self._call("train_epoch")(
            self._instructions,
            self._address,
            *addresses,
            *before,
            self._workspace(),
            ctypes.addressof(report),
        )
        return report

    def evaluate(
        self, examples: Structure, model: NDArray[np.float32], outputs: NDArray[np.float32] | None = None
    ) -> Report:
        """Loss and error where ``examples`` have targets; outputs where there is an array for them."""
        report = Report()
        self._call("evaluate")(
            self._instructions,
            self._address,
            ctypes.addressof(examples),
            model.ctypes.data,
            None if outputs is None else outputs.ctypes.data,
            self._workspace(),
            ctypes.addressof(report),
        )
        return report

    def reserve(self) -> None:
        """Take the memory that this thread computes in; raises OutOfMemoryError where there is none."""
        self._workspace()

    def _call(self, name: str) -> ctypes._NamedFuncPointer:
        call: ctypes._NamedFuncPointer = getattr(self._library, f"{self._prefix}_{name}")
        return call

    def _floats(self, what: str) -> int:
        return int(self._call(f"{what}_floats")(self._address))

    def _workspace(self) -> int:
        """The address of the scratch memory that a call needs: one piece per thread, kept for later calls."""
        floats = self._workspace_floats
        if getattr(_scratch, "array", None) is None or len(_scratch.array) < floats:
            _scratch.array = None  # the old piece goes first
            _scratch.array = aligned(floats)
        address: int = _scratch.array.ctypes.data
        return address


_scratch = threading.local()


def _chosen(library: ctypes.CDLL, instructions: str | None) -> int:
    sets = instruction_sets(library)
    if instructions is None:
        return next(iter(sets.values()))
    if instructions not in sets:
        raise EngineError(f"this processor has no {instructions!r} kernels; it has {', '.join(sets)}")
    return sets[instructions]
