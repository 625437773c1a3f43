"""Minibatches against the gradient's noise: advice, no fault (what goes wrong shows in other signs)."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, Features
from curvewise.curves.slope import theil_sen
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.suspect import Suspect
from curvewise.records import Finding

FAR_ABOVE = 10.0
"""Minibatch over noise scale. McCandlish et al. 2018 (equation 2.11): at ten times the noise scale a step
gains a tenth more than at the scale itself, for ten times the examples."""

DOMINATES = 0.5
"""Swing of single steps' losses over their fall: half of all that was gained cannot be told from noise by
eye. Ours; advice only."""


def too_large(features: Features) -> Finding | None:
    """Advice "minibatch too large": ten times the gradient noise scale or more.

    The minibatch (examples, from the settings) over the recorded noise scale (examples, median of the first
    half: it grows as the loss falls). Silent without both.
    """
    size, scale = features.setting("minibatch"), features.typical("gradient_noise")
    if size is None or scale is None or scale <= 0 or size < FAR_ABOVE * scale:
        return None
    series = features.shapes["gradient_noise"]
    return finding(
        "minibatch too large",
        (series.first_at, series.last_at),
        {"minibatch": size, "noise_scale": scale},
        0.7,
        Suspect(
            "minibatch",
            "lower",
            scale / size,
            "more examples per step teach hardly more",
            "McCandlish et al.",
        ),
        f"the minibatch of {size:g} is far above the gradient noise scale of {scale:.3g} examples",
        "the article, minibatch size; McCandlish et al. 2018, arXiv 1812.06162",
    )


def noisy(features: Features) -> Finding | None:
    """Advice "noise dominates": single steps' losses swing by half of all that was gained, or more.

    Swing / fall at least 0.5 in a training loss by steps that still falls (Theil-Sen): nothing is wrong, but
    neither can be seen much. A larger minibatch, or an average over steps, shows more.
    """
    train = features.train
    if train is None or features.run.unit != "step" or train.points < 4 * ENOUGH:
        return None
    if train.oscillation < DOMINATES or not theil_sen(train.series).falls:
        return None
    return finding(
        "noise dominates",
        (train.first_at, train.last_at),
        {"swing": train.swing, "fall": train.fall},
        0.6,
        Suspect(
            "minibatch",
            "raise",
            4.0,
            "larger minibatches are quieter, and so are averages",
            "CS231n (wiggle)",
        ),
        f"single steps' losses swing by {train.swing:.3g}, and the fall is only {train.fall:.3g}",
        "the article, minibatch size",
    )
