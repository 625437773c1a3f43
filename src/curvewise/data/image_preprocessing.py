"""What training images taught, as data: how new ones are encoded."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Targets
from curvewise.data.images import Images
from curvewise.data.targets import NumberTarget, Target
from curvewise.errors import DataError

_PIECE = 4096
"""Images whose pixels are converted at once: bounds the memory that it takes."""


class ImagePreprocessing(msgspec.Struct, frozen=True, tag_field="kind", tag="images"):
    """Standardised by channel: (x - mean) / deviation over all pixels of the training images.

    Simonyan and Zisserman (arXiv 1409.1556, section 2.1) subtract the mean of each channel; the
    deviation makes learning rates comparable with those of tables (ours).
    """

    means: tuple[float, ...]
    """(S,)."""
    deviations: tuple[float, ...]
    """(S,), 1 where a channel never differs."""
    height: int
    width: int
    target: Target

    def encode(self, pixels: NDArray[Any], targets: Targets | None, source: str) -> Images:
        """Images (N, height, width, S) with the channels first; ``targets`` None: zeros.

        Raises DataError where they are not of the size that was trained on.
        """
        size = (self.height, self.width, len(self.means))
        if pixels.shape[1:] != size:
            raise DataError(
                f"The images of {source} are {_size(pixels.shape[1:])} (height, width, channels); the "
                f"network was trained on {_size(size)}. Scale them to that size."
            )
        encoded = np.empty((len(pixels), size[2], size[0], size[1]), dtype=np.float32)
        means, deviations = np.array(self.means), np.array(self.deviations)
        for start in range(0, len(pixels), _PIECE):
            piece = (pixels[start : start + _PIECE] - means) / deviations
            encoded[start : start + _PIECE] = piece.transpose(0, 3, 1, 2)
        filled = self._no_targets(len(pixels)) if targets is None else targets
        for array in (encoded, filled):
            array.setflags(write=False)
        return Images(encoded, filled)

    def furthest(self, train: NDArray[Any]) -> float:
        """Deviations from the mean of the pixel of ``train`` (N, height, width, S) furthest from it."""
        ends = np.stack([train.max(axis=(0, 1, 2)), train.min(axis=(0, 1, 2))]).astype(np.float64)
        return float(np.abs((ends - np.array(self.means)) / np.array(self.deviations)).max())

    def _no_targets(self, rows: int) -> Targets:
        if isinstance(self.target, NumberTarget):
            return np.zeros((rows, 1), dtype=np.float32)
        return np.zeros(rows, dtype=np.int64)


def fit_images(train: NDArray[Any], target: Target) -> ImagePreprocessing:
    """From the training images (N, height, width, S) alone."""
    channels = [train[..., channel] for channel in range(train.shape[3])]
    means = tuple(float(values.mean(dtype=np.float64)) for values in channels)
    deviations = tuple(float(values.std(dtype=np.float64)) or 1.0 for values in channels)
    return ImagePreprocessing(means, deviations, train.shape[1], train.shape[2], target)


def _size(size: tuple[int, ...]) -> str:
    return " x ".join(map(str, size))
