"""New rows, sequences or images, encoded as those that a network was trained on."""

from __future__ import annotations

from collections.abc import Iterable

from curvewise.data.examples import Examples
from curvewise.data.image_preprocessing import ImagePreprocessing
from curvewise.data.opening import open_new
from curvewise.data.prepared import AnyPreprocessing
from curvewise.data.preprocessing import Preprocessing
from curvewise.data.read import read_rows
from curvewise.data.sets import ImageSet, SequenceSet
from curvewise.errors import DataError


def new_examples(
    data: object, preprocessing: AnyPreprocessing, encodings: Iterable[str]
) -> dict[str, Examples]:
    """The examples by encoding, their targets zeros. Raises DataError where they do not fit."""
    if isinstance(preprocessing, Preprocessing):
        table = read_rows(data)
        return {each: preprocessing.encode(table, each, targets=False) for each in encodings}
    found = open_new(data, "convolutional" if isinstance(preprocessing, ImagePreprocessing) else "recurrent")
    match preprocessing, found:
        case ImagePreprocessing(), ImageSet():
            examples: Examples = preprocessing.encode(found.pixels, None, found.source)
        case _, SequenceSet() if not isinstance(preprocessing, ImagePreprocessing):
            examples = preprocessing.encode(found.steps, None, found.source)
        case _:
            raise DataError(f"{found.source} is of another kind than what the network was trained on.")
    return dict.fromkeys(encodings, examples)
