"""Model hyperparameters of a recurrent network: what is trained (the article's second category)."""

from __future__ import annotations

import math

from curvewise.records.model import CELLS
from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real
from curvewise.space.hyperparameter import Condition, Hyperparameter

SEARCHED = {"tanh": 1, "gru": 2, "lstm": 2}
"""The cells that ``rnn`` tries, with their weights."""

WITH_FORGET_GATE = tuple(
    cell for cell in CELLS if cell.startswith("lstm") and cell not in ("lstm_nfg", "lstm_cifg")
)

MOST_UNITS, MOST_LAYERS = 512, 4


def likely_units(steps: int) -> int:
    """Units where the prior is centred: 32 for 1,000 training steps, growing with their fourth root.

    Within 16 and 256. The 13,578 steps of the JSB chorales give 61: Chung et al. 2014 trained 36 to 100
    on them, Bai et al. 2018 about 200 with much dropout.
    """
    return min(max(round(32 * math.pow(steps / 1000, 0.25)), 16), 256)


def cell(model: str) -> Hyperparameter:
    """The cell that ``model`` names, or those that ``rnn`` and ``auto`` try."""
    named = model in CELLS
    domain: Domain = Fixed(model) if named else Choice(list(SEARCHED), list(SEARCHED.values()))
    return Hyperparameter(
        name="cell",
        domain=domain,
        category="model",
        default=model if named else "lstm",
        source="article 13; Chung et al., arXiv 1412.3555: gated cells over tanh where memory is long, alike "
        "on music; Greff et al., arXiv 1503.04069: no variant clearly better than the LSTM",
        unit="",
        help="Recurrent cell; `--model` with a cell's name fixes it",
        legal=None if named else Choice(list(CELLS)),
        alone=f"--model {model} fixes it, --model rnn leaves it open" if named else "",
    )


def layers() -> Hyperparameter:
    """Recurrent layers."""
    return Hyperparameter(
        name="layers",
        domain=Integer(1, 3).peaked(1, 0.4),
        category="model",
        default=1,
        source="article 13 asks for two and more; Karpathy et al., arXiv 1506.02078: two over one, three no "
        "better; on 300,000 characters for 4 epochs one was best, so it comes first (choice)",
        unit="",
        help="Recurrent layers, one on the other",
        legal=Integer(1, MOST_LAYERS),
    )


def units(steps: int) -> Hyperparameter:
    """Units of each recurrent layer, for ``steps`` training steps in all."""
    likely = likely_units(steps)
    return Hyperparameter(
        name="units",
        domain=Integer(8, MOST_UNITS, log=True).peaked(likely, 0.2),
        category="model",
        default=likely,
        source="article 9; 36 LSTM units on JSB in Chung et al., arXiv 1412.3555, about 200 in Bai et al., "
        "arXiv 1803.01271; 32 for 1,000 training steps, growing with their fourth root (choice)",
        unit="",
        help="Units of each recurrent layer",
        legal=Integer(1, 2048),
    )


def dropout() -> Hyperparameter:
    """Dropout between layers and before the output, not in time."""
    return Hyperparameter(
        name="dropout",
        domain=Real(0.0, 0.7).peaked(0.2, 0.3),
        category="model",
        default=0.2,
        source="article 10; on what is not recurrent alone: Zaremba et al., arXiv 1409.2329; 0.2 (choice)",
        unit="",
        help="Share of each layer's outputs silenced on their way up, at each step",
        legal=Real(0.0, 0.95),
    )


def forget_bias(fixed_cell: str | None) -> Hyperparameter:
    """Initial bias of the forget gate; nothing to search where the cell is fixed and has none."""
    lacks = fixed_cell is not None and fixed_cell not in WITH_FORGET_GATE
    return Hyperparameter(
        name="forget_bias",
        domain=Fixed(1.0) if lacks else Real(0.0, 3.0).peaked(1.0, 0.2),
        category="model",
        default=1.0,
        source="1: Gers et al. 2000, doi 10.1162/089976600300015015; Jozefowicz et al. 2015 (article 13): "
        "with 1 the LSTM comes up to the GRU; more remembers longer",
        unit="",
        help="Bias that the forget gate begins with",
        needs=None if lacks else Condition("cell", among=WITH_FORGET_GATE),
        legal=None if lacks else Real(-5.0, 10.0),
        alone=f"the cell {fixed_cell} has no forget gate" if lacks else "",
    )
