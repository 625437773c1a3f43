"""The data that published cases were trained on, as far as they are here or can be generated.

Scaled as each program scaled them, not as curvewise would. Images are halved once, each pixel the mean of
four, and few are taken, so that a network of the published width can be trained on a processor.
"""

from __future__ import annotations

import functools
import io
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curvewise.data.examples import Split, TableRows, Task
from curvewise.data.images import Images
from curvewise.data.opening import open_data
from curvewise.data.sets import ImageSet

MNIST_TRAIN, MNIST_VALID = 1500, 500
"""Images."""
WIDE_TRAIN = 4000
"""Images of 28 x 28 for the wide perceptron."""
CIFAR_TRAIN, CIFAR_VALID = 1000, 500
ADULT_TRAIN, ADULT_VALID = 4000, 1000

Array = NDArray[Any]


def folder() -> Path:
    """The development data: ``$CURVEWISE_DATA``, else ../shared/data beside the repository."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("CURVEWISE_DATA", beside))


def blobs() -> Split:
    """AutoTrainer's three blobs, 700 and 300 rows."""
    from sklearn.datasets import make_blobs

    numbers, classes = make_blobs(1000, centers=3, n_features=2, cluster_std=2, random_state=2)
    return _table(numbers, classes, 700)


def circles() -> Split:
    """AutoTrainer's two circles, 700 and 300 rows."""
    from sklearn.datasets import make_circles

    numbers, classes = make_circles(1000, noise=0.1, random_state=1)
    return _table(numbers, classes, 700)


def squares() -> Split:
    """Two classes of 100 points, uniform in (0.2, 0.4) and in (0.5, 0.7); 140 and 60 rows."""
    draw = np.random.default_rng(0)
    numbers = np.r_[draw.uniform(0.2, 0.4, (100, 2)), draw.uniform(0.5, 0.7, (100, 2))]
    return _table(*_shuffled(numbers, np.repeat([0, 1], 100)), 140)


def fourth_power(raw: bool) -> Split:
    """Points of y = x^4 from -100 to 100, every half; 300 and 100 rows; standardised unless ``raw``."""
    x = np.arange(-100, 100, 0.5)
    x, y = _shuffled(x[:, None], (x**4)[:, None])
    if not raw:
        x, y = _standardised(x, 300), _standardised(y, 300)
    return _table(x, y, 300, "regression")


def iris(raw: bool) -> Split:
    """Iris, 105 and 45 rows; scaled to between 0 and 1 unless ``raw``."""
    from sklearn.datasets import load_iris

    numbers, classes = _shuffled(*load_iris(return_X_y=True))
    low, high = numbers[:105].min(axis=0), numbers[:105].max(axis=0)
    return _table(numbers if raw else (numbers - low) / (high - low), classes, 105)


def adult(raw: bool) -> Split:
    """Rows of Adult, categories as their codes; standardised unless ``raw``."""
    path = folder() / "tabular" / "pmlb_adult.tsv.gz"
    frame = pl.read_csv(_there(path), separator="\t")
    classes = frame["target"].to_numpy()
    numbers, classes = _shuffled(frame.drop("target").to_numpy().astype(np.float64), classes)
    numbers, classes = numbers[: ADULT_TRAIN + ADULT_VALID], classes[: ADULT_TRAIN + ADULT_VALID]
    return _table(numbers if raw else _standardised(numbers, ADULT_TRAIN), classes, ADULT_TRAIN)


def mnist_rows() -> Split:
    """MNIST's pixels as numbers between 0 and 1."""
    pixels, classes, parts = _mnist()
    chosen = [*parts["train"][:WIDE_TRAIN], *parts["test"][:MNIST_VALID]]
    return _table(pixels[chosen].reshape(len(chosen), -1) / 255, classes[chosen], WIDE_TRAIN)


def mnist(labels_divided: bool = False) -> Split:
    """MNIST in 14 x 14; with ``labels_divided`` the training labels are 255 times less, cut to whole ones."""
    pixels, classes, parts = _mnist()
    train, valid = parts["train"][:MNIST_TRAIN], parts["test"][:MNIST_VALID]
    trained = classes[train] // 255 if labels_divided else classes[train]
    return _images(_halved(pixels[train]), trained, _halved(pixels[valid]), classes[valid])


def cifar() -> Split:
    """CIFAR-10 in 16 x 16, drawn at random: the file has one class after the other."""
    path = folder() / "image" / "cifar10-small" / "cifar10_8500_jpg.npz"
    draw = np.random.default_rng(0)
    parts: list[Array] = []
    with np.load(_there(path)) as stored:
        for part, count in (("train", CIFAR_TRAIN), ("test", CIFAR_VALID)):
            classes = stored[f"{part}_y"]
            chosen = draw.permutation(len(classes))[:count]
            pictures = _decoded(stored[f"{part}_jpg"], stored[f"{part}_off"], chosen)
            parts += [_halved(pictures), classes[chosen]]
    return _images(*parts)


DATA: Mapping[str, Callable[[], Split]] = {
    "blobs": blobs,
    "circles": circles,
    "squares": squares,
    "fourth power": lambda: fourth_power(raw=False),
    "fourth power, raw": lambda: fourth_power(raw=True),
    "iris": lambda: iris(raw=False),
    "iris, raw": lambda: iris(raw=True),
    "adult": lambda: adult(raw=False),
    "adult, raw": lambda: adult(raw=True),
    "mnist, rows": mnist_rows,
    "mnist": mnist,
    "mnist, labels / 255": lambda: mnist(labels_divided=True),
    "cifar": cifar,
}


@functools.cache
def data(name: str) -> Split:
    """The split of that name; exits with a message where its file is not to be had."""
    return DATA[name]()


def guessing(split: Split) -> float:
    """Validation loss of guessing: ln of the number of classes, in nats.

    Of a regression, the mean square around the training mean, in the units of the targets.
    """
    if split.task == "regression":
        return float(((split.valid.targets - split.train.targets.mean()) ** 2).mean())
    return float(np.log(split.outputs))


def _there(path: Path) -> Path:
    if not path.exists():
        sys.exit(f"there is no {path.name}: point CURVEWISE_DATA at the development data")
    return path


@functools.cache
def _mnist() -> tuple[Array, Array, Mapping[str, Array]]:
    """All pixels, classes and parts, read as ``curvewise tune`` reads them."""
    found = open_data(_there(folder() / "image" / "mnist"), model="cnn")
    assert isinstance(found, ImageSet)
    assert found.targets is not None
    assert found.given is not None
    return found.pixels, found.targets.to_numpy(), found.given


def _decoded(jpegs: Array, starts: Array, chosen: Array) -> Array:
    """These pictures as (N, height, width, channels)."""
    from PIL import Image

    content = jpegs.tobytes()
    pictures = [io.BytesIO(content[starts[i] : starts[i + 1]]) for i in chosen]
    return np.stack([np.asarray(Image.open(each).convert("RGB")) for each in pictures])


def _halved(pixels: Array) -> Array:
    """(N, height, width, S) as (N, S, height / 2, width / 2) between 0 and 1."""
    rows, height, width, channels = pixels.shape
    fours = pixels.reshape(rows, height // 2, 2, width // 2, 2, channels)
    return np.ascontiguousarray(fours.mean(axis=(2, 4)).transpose(0, 3, 1, 2), dtype=np.float32) / 255


def _shuffled(numbers: Array, targets: Array) -> tuple[Array, Array]:
    order = np.random.default_rng(0).permutation(len(numbers))
    return numbers[order], targets[order]


def _standardised(values: Array, train: int) -> Array:
    deviation = values[:train].std(axis=0)
    return np.asarray((values - values[:train].mean(axis=0)) / np.where(deviation > 0, deviation, 1))


def _table(numbers: Array, targets: Array, train: int, task: Task = "classification") -> Split:
    kind = np.int64 if task == "classification" else np.float32
    inputs = np.ascontiguousarray(numbers, dtype=np.float32)
    targets = np.ascontiguousarray(targets, dtype=kind)
    none = np.zeros((len(inputs), 0), dtype=np.int32)
    parts = [TableRows(inputs[a:b], none[a:b], targets[a:b]) for a, b in ((0, train), (train, len(inputs)))]
    outputs = int(targets.max()) + 1 if task == "classification" else 1
    return Split(parts[0], parts[1], (), outputs, 1.0, task)


def _images(train: Array, classes: Array, valid: Array, valid_classes: Array) -> Split:
    """Ten classes each."""
    parts = [Images(p, c.astype(np.int64)) for p, c in ((train, classes), (valid, valid_classes))]
    return Split(parts[0], parts[1], (), 10, 1.0, "classification")
