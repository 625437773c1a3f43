"""Short sequences that are to be written backwards: what an encoder-decoder can learn in seconds."""

from __future__ import annotations

import numpy as np

from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.data.examples import Split
from curvewise.data.pairs import Pairs, pairs

CODES = 7


def reversals(count: int, longest: int, seed: int) -> Pairs:
    """Random codes 1..6, 1 to ``longest`` of them, and the same backwards."""
    draw = np.random.Generator(np.random.Philox(seed))
    sources = [draw.integers(1, CODES, draw.integers(1, longest + 1)).tolist() for _ in range(count)]
    return pairs(sources, [source[::-1] for source in sources])


def reversal_split(*, rows=(60, 30), longest=4, seed=0) -> Split:
    train, valid = reversals(rows[0], longest, seed), reversals(rows[1], longest, seed + 1)
    return Split(train, valid, (CODES, CODES), CODES, 1.0, "classification")


def translation_shape(**changes) -> TranslationShape:
    """A small encoder-decoder, with some values changed."""
    plain = {
        "source_codes": CODES,
        "target_codes": CODES,
        "source_embedding": 4,
        "target_embedding": 5,
        "encoder_cell": "gru",
        "cell": "gru",
        "units": 6,
        "layers": 1,
        "attention": "additive",
        "dropout": 0.0,
        "forget_bias": 1.0,
    }
    return TranslationShape(**plain | changes)
