"""What a run's trouble is blamed on: a hyperparameter, what to do about it, and why."""

from __future__ import annotations

from dataclasses import dataclass

from curvewise.records import Direction

STEP = 10.0
"""The article's step from one usual suspect among learning rates to the next: a factor of ten."""

RATES = "the article, learning rate; CS231n, update ratio"


@dataclass(frozen=True)
class Suspect:
    """A hyperparameter, what to do to it, and the evidence in half a sentence."""

    hyperparameter: str | None
    """None where no hyperparameter is at fault, such as labels that do not belong to their rows."""
    direction: Direction
    factor: float | None
    because: str
    source: str

    @property
    def too_much(self) -> bool:
        """Steps are to blame, for being too long or too noisy."""
        return (self.hyperparameter, self.direction) in (("learning_rate", "lower"), ("minibatch", "raise"))

    @property
    def too_little(self) -> bool:
        """Steps are to blame, for being too short or too few."""
        return (self.hyperparameter, self.direction) in (("learning_rate", "raise"), ("minibatch", "lower"))


def lower_rate(because: str, source: str = RATES) -> Suspect:
    """A learning rate that is too high: a tenth of it."""
    return Suspect("learning_rate", "lower", 1 / STEP, because, source)


def raise_rate(because: str, source: str = RATES) -> Suspect:
    """A learning rate that is too low: ten times it."""
    return Suspect("learning_rate", "raise", STEP, because, source)


def unrelated() -> Suspect:
    """No hyperparameter: labels that do not belong to their rows."""
    because = "check that labels belong to their rows and that both parts are alike"
    return Suspect(None, "change", None, because, "Karpathy, A Recipe for Training Neural Networks")
