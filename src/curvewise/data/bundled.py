"""The real data sets that come with scikit-learn.

Their files are read directly where they lie as in scikit-learn 1.x: importing ``sklearn.datasets``
alone takes a second or two, which would be spent before the first training point. Where a file is
not found the public loader is called.
"""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.table import Table

Arrays = tuple[NDArray[np.float64], NDArray[np.generic]]
"""Rows (N, D) and targets (N,)."""

_CELL = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
_NAMES: dict[str, list[str]] = {
    "digits": [f"pixel_{row}_{column}" for row in range(8) for column in range(8)],
    "wine": [
        "alcohol",
        "malic_acid",
        "ash",
        "alcalinity_of_ash",
        "magnesium",
        "total_phenols",
        "flavanoids",
        "nonflavanoid_phenols",
        "proanthocyanins",
        "color_intensity",
        "hue",
        "od280/od315_of_diluted_wines",
        "proline",
    ],
    "breast-cancer": [
        pattern.format(quantity) for pattern in ("mean {}", "{} error", "worst {}") for quantity in _CELL
    ],
    "diabetes": ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"],
    "iris": ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"],
}
BUNDLED = tuple(_NAMES)
"""Names that ``read`` knows without a file."""


def read_bundled(name: str) -> Table:
    """The bundled set ``name`` as a table with the column ``target``; class names where there are any.

    ``diabetes`` is the raw form, not the scaled one. ``name`` is one of ``BUNDLED``.
    """
    import polars as pl

    rows, targets = _from_files(name) or _from_loader(name)
    columns = {column: rows[:, i] for i, column in enumerate(_NAMES[name])}
    return Table(frame=pl.DataFrame({**columns, "target": targets}), target="target", source=name)


def _from_files(name: str) -> Arrays | None:
    found = importlib.util.find_spec("sklearn")
    places = list(found.submodule_search_locations or []) if found else []
    folder = Path(places[0]) / "datasets" / "data" if places else Path()
    try:
        if name == "digits":
            values = _numbers(folder / "digits.csv.gz", ",")
            return values[:, :-1], values[:, -1].astype(np.int64)
        if name == "diabetes":
            targets = _numbers(folder / "diabetes_target.csv.gz", None)
            return _numbers(folder / "diabetes_data_raw.csv.gz", None), targets[:, 0]
        stem = {"iris": "iris", "wine": "wine_data", "breast-cancer": "breast_cancer"}[name]
        text = (folder / f"{stem}.csv").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    values = np.array([line.split(",") for line in text[1:]], dtype=np.float64)
    classes = np.array(text[0].split(",")[2:])
    return values[:, :-1], classes[values[:, -1].astype(np.int64)]


def _numbers(path: Path, delimiter: str | None) -> NDArray[np.float64]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return np.array([line.split(delimiter) for line in lines], dtype=np.float64)


def _from_loader(name: str) -> Arrays:
    from sklearn import datasets

    options: dict[str, Any] = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name.replace('-', '_')}")(**options)
    if name == "diabetes":
        return bunch.data, bunch.target
    return bunch.data, np.asarray(bunch.target_names)[bunch.target]
