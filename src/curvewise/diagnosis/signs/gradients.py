"""What gradients show, where they were recorded: vanishing, exploding, dead units. Silent otherwise."""

from __future__ import annotations

from curvewise.curves.features import ENOUGH, HALF_WAY, Features
from curvewise.diagnosis.findings import finding
from curvewise.diagnosis.measurements import DEAD, NO_GRADIENT, died
from curvewise.diagnosis.suspect import Suspect, lower_rate
from curvewise.diagnosis.suspects import by_curve, suspect
from curvewise.records import Finding

LITTLE = 0.05
"""Share of the way gone below which a vanishing gradient is a fault: good training ends with a small one."""

GROWTH = 100.0
"""Late over early gradient norm. TheDeepChecker takes growth of 2 per 5 looks, which healthy curves show; the
norms of our healthy runs grew 4-fold at most."""


def vanishing(features: Features) -> Finding | None:
    r"""The sign "vanishing gradient": hardly any gradient, and hardly anything learned.

    Largest recorded gradient norm below 0.001 of the training loss (1 / unit of the weights), which makes it
    independent of the loss's unit, and less than 0.05 of the way from guessing to zero gone. AutoTrainer
    compares the first layer's norm with 1e-4 and with the last layer's.
    """
    gradient, train = features.shapes.get("gradient_norm"), features.train
    if gradient is None or train is None or min(gradient.points, train.points) < ENOUGH or train.end <= 0:
        return None
    gained = features.progress("train_loss")
    largest = float(gradient.series.values.max())
    if gained is None or gained > LITTLE or largest >= NO_GRADIENT * train.end:
        return None
    blame = suspect(features)
    if blame is None or blame.hyperparameter not in ("activation", "initialisation"):
        because = "it fades on its way through the layers: relu, gelu or normalisation let it pass"
        blame = Suspect("activation", "change", None, because, "Glorot and Bengio 2010; He et al. 2015")
    return finding(
        "vanishing gradient",
        (gradient.first_at, gradient.last_at),
        {"largest_gradient_norm": largest, "loss": train.end, "progress": gained},
        0.9,
        blame,
        f"the gradient is never longer than {largest:.2g} and nothing is learned",
        "AutoTrainer 2021 (vanishing gradient); SageMaker VanishingGradient",
    )


def exploding(features: Features) -> Finding | None:
    """The sign "exploding gradient": its norm grew a hundredfold while the training loss stopped falling.

    Level at the end over the median of the first half at least 100, and the last 40 % of the places gained
    nothing in training loss. Published rules look at norms alone (TheDeepChecker: 1e6, or growth of 2).
    """
    gradient, train = features.shapes.get("gradient_norm"), features.train
    early = features.typical("gradient_norm")
    if gradient is None or train is None or early is None or gradient.points < 2 * ENOUGH or early <= 0:
        return None
    if gradient.end < GROWTH * early or train.late_fall > 0:
        return None
    return finding(
        "exploding gradient",
        (float(gradient.series.at[gradient.late_start]), gradient.last_at),
        {"early": early, "end": gradient.end},
        0.85,
        lower_rate("clip the gradient or take smaller steps", "Pascanu et al. 2013"),
        f"the gradient grew from {early:.3g} to {gradient.end:.3g} and the loss no longer falls",
        "Tuning Playbook (clipping, warm-up); TheDeepChecker 2022",
    )


def dead_units(features: Features) -> Finding | None:
    """The sign "dead units": nine tenths of a layer are dead at the end, and little was learned.

    Share of a layer's units that pass no gradient on (recorded; nothing is told without it) at least 0.9, and
    less than half of the way from the start to zero gone. SageMaker flags 0.5, AutoTrainer 0.7 of them; alone
    that flags half of all healthy networks (DeepDiagnosis: 36 of 78), so little must have been learned, too.
    However much was learned, 0.5 is enough of units that died in training, by 0.25 or more, under a smooth
    activation (settings; none is dead there by chance) or a learning rate 20 times the usual.
    """
    dead, name = features.shapes.get("dead_units"), features.learned
    if dead is None or name is None:
        return None
    gained = features.progress(name)
    little = gained is not None and gained <= HALF_WAY and dead.end >= DEAD
    if gained is None or not (little or died(features)):
        return None
    return finding(
        "dead units",
        (dead.first_at, dead.last_at),
        {"dead": dead.end, "progress": gained},
        0.9,
        suspect(features) or by_curve(features),
        f"{dead.end:.0%} of a layer's units let no gradient through",
        "AutoTrainer 2021; SageMaker DeadRelu",
    )
