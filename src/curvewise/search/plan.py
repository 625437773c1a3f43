"""How long trials train and how many at once, from what the budget affords."""

from __future__ import annotations

from dataclasses import dataclass

from curvewise.records import Decision

SHORTEST, LONGEST = 8, 300
"""Epochs. Below 8 no decay has room; above 300 no table here was still improving."""

SCALE = 0.6
"""T = 0.6 sqrt(E): a study of E affordable slot-epochs then has the room of about 2.8 sqrt(E) full
trainings, so that horizon and number of trials grow together with the budget. Our choice."""

ENOUGH_ROWS = 96_000
"""Training rows seen after which more epochs stop paying on small tables (3,000 steps of 32);
caps T at ENOUGH_ROWS / rows, but not below ``ENOUGH_EPOCHS``."""

ENOUGH_EPOCHS = 60

MOST_SLOTS, FEWEST_SLOTS = 32, 6
MOST_FINALISTS = 6


@dataclass(frozen=True)
class Plan:
    """The race's shape from here on."""

    horizon: int
    slots: int
    finalists: int

    @classmethod
    def of(cls, decision: Decision) -> Plan:
        """Read a plan from the decision that made it."""
        numbers = decision.numbers
        return cls(int(numbers["horizon"]), int(numbers["slots"]), int(numbers["finalists"]))


def plan(epochs: float, rows: int) -> Decision:
    """The plan for a study that can afford ``epochs`` slot-epochs on ``rows`` training rows.

    Examples: 300 slot-epochs give a horizon of 10; a minute of digits (about 60,000) its cap of 76.
    """
    longest = min(LONGEST, max(ENOUGH_EPOCHS, ENOUGH_ROWS // rows))
    horizon = max(min(SHORTEST, max(1, int(epochs // 4))), min(longest, round(SCALE * epochs**0.5)))
    slots = max(FEWEST_SLOTS, min(MOST_SLOTS, int(epochs // (3 * horizon))))
    finalists = max(1, min(MOST_FINALISTS, int(epochs // (12 * horizon))))
    reason = (
        f"about {epochs:,.0f} epochs of one trial are affordable: trials are planned for {horizon} epochs, "
        f"{slots} at a time, and the best {finalists} are re-seeded at the end"
    )
    numbers = {"horizon": horizon, "slots": slots, "finalists": finalists, "affordable": epochs}
    return Decision("plan", "planned", reason, {k: float(v) for k, v in numbers.items()})
