"""idx files, the format of MNIST and of the sets that took it over; gzipped or not.

Two zero bytes, the type of the values, the number of dimensions, their sizes as big-endian 32-bit
numbers, then the values (LeCun, "The MNIST database of handwritten digits").
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.memory import target_series
from curvewise.data.sets import ImageSet
from curvewise.errors import DataError

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PARTS = {"train": ("train",), "valid": ("valid", "validation"), "test": ("t10k", "test")}
"""How the names of a part's files begin."""


def is_idx(path: Path) -> bool:
    """True for a file that begins like one."""
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path) as file:
                head = file.read(4)
        except (OSError, EOFError, zlib.error):
            return False
    named = re.search(r"idx\d", path.name) is not None  # so that a wrong first byte is said, too
    return len(head) == 4 and (head[:2] == b"\0\0" or (named and head[:1] == b"\0")) and head[3] < 10


def read_idx(path: Path, source: str) -> NDArray[Any]:
    """The array that the file holds; raises DataError where it is damaged."""
    try:
        raw = path.read_bytes()
        content = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{source} cannot be read: {error}. Fetch the file again.") from error
    _check_head(content[:4], source)
    dtype, dimensions = np.dtype(_TYPES[content[2]]), content[3]
    start = 4 + 4 * dimensions
    shape = [int(size) for size in np.frombuffer(content[4:start], ">u4")]
    needed = math.prod(shape) * dtype.itemsize
    if len(shape) != dimensions or len(content) - start != needed:
        raise DataError(
            f"{source} is cut off or damaged: it says {' x '.join(map(str, shape))} values, {needed:,} bytes "
            f"of them, and has {max(0, len(content) - start):,}. Fetch the file again."
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape)


def _check_head(head: bytes, source: str) -> None:
    if head[:2] != b"\0\0":
        raise DataError(
            f"{source} begins with the bytes {head[:2].hex(' ')}, an idx file with 00 00: it is damaged, or "
            "something else. Fetch the file again."
        )
    if head[2] not in _TYPES:
        types = ", ".join(f"{code:02x}" for code in _TYPES)
        raise DataError(
            f"{source} says that its values are of type {head[2]:02x} (its third byte); idx files have "
            f"{types}. Fetch the file again, or save its arrays with numpy.savez(file, X=images, y=labels)."
        )
    if not 1 <= head[3] <= 4:
        raise DataError(f"{source} says that it has {head[3]} dimensions; images have 3 or 4, labels 1.")


def read_pair(images: Path, source: str) -> ImageSet:
    """The images in one file with the labels beside it, whose name has ``labels`` for ``images``."""
    pixels = _checked(read_idx(images, source), source)
    beside = _labels_of(images)
    if beside is None:
        raise DataError(
            f"There are no labels beside {source}: its name should hold 'images', and a file with 'labels' "
            "in that place, such as train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz."
        )
    values = _labels(beside)
    _check_count(pixels, values, source, str(beside))
    return ImageSet(pixels, target_series(values), source)


def read_new_images(path: Path, source: str) -> ImageSet:
    """The images of one file, to be predicted."""
    return ImageSet(_checked(read_idx(path, source), source), None, source)


def read_folder(folder: Path, source: str) -> ImageSet | None:
    """A folder of such pairs, with the split that their names give; None where there are none."""
    pairs = {part: pair for part, names in _PARTS.items() if (pair := _pair(folder, names))}
    if "train" not in pairs:
        return None
    sets = {part: read_pair(images, str(images)) for part, images in pairs.items()}
    first = sets["train"].pixels.shape[1:]
    for part, found in sets.items():
        if found.pixels.shape[1:] != first:
            raise DataError(
                f"The images in {pairs[part]} are {_size(found.pixels)}, those in {pairs['train']} are "
                f"{_size(sets['train'].pixels)}: give all images the same size."
            )
    ends = np.cumsum([0, *(found.rows for found in sets.values())])
    given = {part: np.arange(ends[i], ends[i + 1]) for i, part in enumerate(sets)}
    values = np.concatenate(
        [found.targets.to_numpy() for found in sets.values() if found.targets is not None]
    )
    note = f"The folder's own split is kept: {', '.join(sets)}."
    pixels = np.concatenate([found.pixels for found in sets.values()])
    whole = len(sets) > 1
    return ImageSet(pixels, target_series(values), source, given if whole else None, (note,) * whole)


def _pair(folder: Path, names: Sequence[str]) -> Path | None:
    """The images' file of a part."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for path in files:
        if path.name.lower().startswith(tuple(names)) and "images" in path.name and _labels_of(path):
            return path
    return None


def _labels_of(images: Path) -> Path | None:
    name = images.name.replace("images", "labels")
    for other in (name.replace("idx3", "idx1").replace("idx4", "idx1"), name):
        for ending in (other, other.removesuffix(".gz"), f"{other}.gz"):
            if name != images.name and (images.parent / ending).is_file():
                return images.parent / ending
    return None


def _checked(pixels: NDArray[Any], source: str) -> NDArray[Any]:
    """(N, height, width, channels)."""
    if pixels.ndim not in (3, 4):
        raise DataError(
            f"{source} holds values of shape {pixels.shape}; images have 3 dimensions (images, height, "
            "width) or 4, channels last. Give the file of the images, not that of the labels."
        )
    return pixels if pixels.ndim == 4 else pixels[..., None]


def _labels(path: Path) -> NDArray[Any]:
    values = read_idx(path, str(path))
    if values.ndim != 1:
        raise DataError(f"{path} holds values of shape {values.shape}; labels have one dimension.")
    return values.astype(values.dtype.newbyteorder("="))


def _check_count(pixels: NDArray[Any], values: NDArray[Any], images: str, labels: str) -> None:
    if len(pixels) != len(values):
        raise DataError(
            f"{images} has {len(pixels):,} images but {labels} has {len(values):,} labels: give one for each."
        )


def _size(pixels: NDArray[Any]) -> str:
    return " x ".join(str(size) for size in pixels.shape[1:])
