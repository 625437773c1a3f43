"""One configuration with one seed."""

from __future__ import annotations

from typing import Literal

import msgspec

from curvewise.records.configuration import Configuration

Origin = Literal["suspect", "default", "prior", "sobol", "local", "model", "fork", "finalist"]
"""Where a trial's configuration came from.

suspect: one of the article's usual learning rates · default: the space's defaults at the learning
rate that the probe liked best · prior: drawn from the defaults' priors ·
sobol: scrambled Sobol point · local: near the best so far · model: of the
largest improvement expected for its cost, by all curves so far · fork: a changed copy of a running
trial · finalist: a good configuration trained again with a new seed.
"""


class Trial(msgspec.Struct, frozen=True):
    """One configuration with one seed; what is observed of it refers to ``number``."""

    number: int
    configuration: Configuration
    seed: int
    """Drives initial weights, data order and dropout, nothing else."""
    horizon: int
    """Planned epochs T: what the learning rate's decay refers to, and the most it will train."""
    origin: Origin
    parent: int | None = None
