"""Hyperparameters that the search leaves alone: off by default, for a space file to set or to open.

None of them was found to be worth a dimension of every search; they are there for people who know that
they need one, for carrying a learning rate from small networks to large ones, and to make faults on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.space.decay import PLATEAU_PATIENCE
from curvewise.space.domain import Choice, Fixed, Integer, Real
from curvewise.space.hyperparameter import Condition, Hyperparameter

INITIALISATIONS = ("uniform", "he_normal", "glorot_uniform", "orthogonal")

OTHER_OPTIMIZERS = ("schedule_free",)
"""Optimizers beside those that are searched."""
OTHER_DECAYS = ("plateau",)
"""Decays beside those that are searched."""
OTHER_ENCODINGS = ("raw",)
"""Encodings of a table beside those that are searched."""


def of_training() -> tuple[Hyperparameter, ...]:
    """Optimizer hyperparameters."""
    return (
        Hyperparameter(
            name="warmup",
            domain=Fixed(0.0),
            category="optimizer",
            default=0.0,
            source="0: the decay's own, 2 % of the horizon or none (choice); longer ones bear higher rates: "
            "Goyal et al., arXiv 1706.02677, section 2.2",
            unit="epochs",
            help="Epochs over which the learning rate rises to its peak, where more than the decay's own",
            legal=Real(0.0, 1000.0),
        ),
        Hyperparameter(
            name="patience",
            domain=Fixed(PLATEAU_PATIENCE),
            category="optimizer",
            default=PLATEAU_PATIENCE,
            source="10 in torch.optim.lr_scheduler.ReduceLROnPlateau (choice)",
            unit="epochs",
            help="Epochs without a better validation loss before the rate falls to a tenth",
            needs=Condition("decay", among=OTHER_DECAYS),
            legal=Integer(0, 1000),
        ),
        Hyperparameter(
            name="base_units",
            domain=Fixed(0),
            category="optimizer",
            default=0,
            source="Yang et al., arXiv 2203.03466, table 3; measured on digits: the rate that is best at 64 "
            "units is best at 512, where without it costs 1.2 to 1.5 times the loss; 0: none of it (choice)",
            unit="units",
            help="Units, or filters of the first stage, that the rate was chosen at: initial weights, rates "
            "and decays follow the width",
            legal=Integer(0, 4096),
        ),
    )


def of_networks() -> tuple[Hyperparameter, ...]:
    """Model hyperparameters."""
    return (
        Hyperparameter(
            name="input_noise",
            domain=Fixed(0.0),
            category="model",
            default=0.0,
            source="a penalty on slopes: Bishop 1995, doi 10.1162/neco.1995.7.1.108; none (choice)",
            unit="",
            help="Standard deviation of noise on the encoded numbers while training",
            legal=Real(0.0, 10.0),
        ),
        Hyperparameter(
            name="initialisation",
            domain=Fixed("uniform"),
            category="model",
            default="uniform",
            source="torch.nn.Linear (choice); He et al., arXiv 1502.01852, Glorot and Bengio 2010, eq. 16, "
            "Saxe et al., arXiv 1312.6120",
            unit="",
            help="How the initial weight matrices are drawn",
            legal=Choice(list(INITIALISATIONS)),
        ),
        Hyperparameter(
            name="initial_scale",
            domain=Fixed(1.0),
            category="model",
            default=1.0,
            source="1 but to make a fault on purpose: too small, too large (choice)",
            unit="",
            help="What the initial weight matrices are multiplied by",
            legal=Real(0.0, 1000.0),
        ),
    )


def with_others(usual: Sequence[str], others: Sequence[str]) -> Choice:
    """What a space file may choose among."""
    return Choice([*usual, *others])
