"""A compiled step's library: checked, loaded and called.

It is called through its plain C interface, which lets other threads go on meanwhile; PyTorch's own loader
holds Python's lock for the whole step.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from ctypes import POINTER, byref, c_char_p, c_int32, c_size_t, c_void_p
from pathlib import Path

import torch
from torch import Tensor

from curvewise.cohort import torch_memory
from curvewise.errors import EngineError

SEAL = hashlib.sha256().digest_size
"""Bytes at a file's end: the hash of all before. A loader is not to be trusted with half a file."""

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.argtypes, _pointer.restype = [ctypes.py_object, c_char_p], c_void_p
_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.argtypes, _capsule.restype = [c_void_p, c_char_p, c_void_p], ctypes.py_object


class StepError(EngineError):
    """A compiled step cannot be used."""


def seal(library: Path) -> None:
    """Append the hash of the file's content, which no loader minds."""
    with library.open("ab") as file:
        file.write(hashlib.sha256(library.read_bytes()).digest())


class Program:
    """One training step, compiled; may be called by several threads at once.

    Raises StepError where the file is not whole or cannot be loaded.
    """

    def __init__(self, library: Path) -> None:
        content = library.read_bytes()
        if hashlib.sha256(content[:-SEAL]).digest() != content[-SEAL:]:
            raise StepError(f"{library} is damaged")
        try:
            self._library = ctypes.CDLL(str(library))
            create = self._library.AOTInductorModelContainerCreateWithDevice
            self._run = self._library.AOTInductorModelContainerRun
            self._last_error = self._library.AOTInductorGetLastError
            # Another version of torch may have neither
            self._hand = torch._C._aoti.unsafe_alloc_void_ptrs_from_tensors
            self._take = torch._C._aoti.alloc_tensors_by_stealing_from_void_ptrs
        except (OSError, AttributeError) as error:
            raise StepError(f"{library} cannot be loaded: {error}") from error
        create.argtypes, create.restype = [POINTER(c_void_p), c_size_t, c_char_p, c_char_p], c_int32
        self._run.argtypes = [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_void_p]
        self._run.restype = c_int32
        self._container = c_void_p()
        if create(byref(self._container), os.cpu_count() or 1, b"cpu", None):
            raise StepError(f"{library} cannot be loaded: {self._last_words()}")

    def __call__(self, tensors: list[Tensor]) -> Tensor:
        """The step's result; what it changes is changed in place. Raises StepError, or MemoryError."""
        handles = self._hand(tensors)
        given = (c_void_p * len(handles))(*(_pointer(handle, None) for handle in handles))
        found = (c_void_p * 1)()
        if self._run(self._container, given, len(given), found, 1, None, None):
            words = self._last_words()
            raise MemoryError(words) if torch_memory.WORDS in words else StepError(words)
        result: Tensor
        (result,) = self._take([_capsule(found[0], None, None)])
        return result

    def _last_words(self) -> str:
        words = c_char_p()
        self._last_error(byref(words))
        return (words.value or b"").decode(errors="replace").strip().partition("\n")[0]
