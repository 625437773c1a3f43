"""How much a study may spend: wall seconds from start to answer, or epochs of single trials."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from curvewise.errors import BudgetError

EXAMPLES = "60s, 5m, 2h, 1h30m for wall time, or 300e for epochs of single trials"
"""What messages and help offer."""

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_NUMBER = r"\d+(?:\.\d+)?"
_TIME = re.compile(rf"(?:({_NUMBER})h)?(?:({_NUMBER})m)?(?:({_NUMBER})s)?")
_EPOCHS = re.compile(r"\d+e")


@dataclass(frozen=True)
class Budget:
    """Either ``seconds`` or ``slot_epochs``, the other one None; prints as it is written.

    Raises BudgetError where neither or both are given, or where the amount is not above zero.
    """

    seconds: float | None = None
    """Wall seconds from start to answer, finalists included, summed over resumes."""
    slot_epochs: int | None = None
    """Epochs trained, summed over all trials."""

    def __post_init__(self) -> None:
        given = [amount for amount in (self.seconds, self.slot_epochs) if amount is not None]
        if len(given) != 1:
            raise BudgetError(f"a budget is either seconds or slot-epochs, such as {EXAMPLES}")
        if not 0 < given[0] < math.inf:
            raise BudgetError(f"a budget must be above zero and finite; write {EXAMPLES}")

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read ``60s``, ``5m``, ``2h``, ``1h30m`` or ``300e``; raises BudgetError on anything else."""
        compact = str(text).strip().lower().replace(" ", "")
        if _EPOCHS.fullmatch(compact):
            return cls(slot_epochs=int(compact[:-1]))
        match = _TIME.fullmatch(compact)
        if not compact or match is None:
            unit = " (the unit is missing)" if re.fullmatch(_NUMBER, compact) else ""
            raise BudgetError(f"{text!r} is not a budget{unit}; write {EXAMPLES}")
        parts = zip(match.groups(), _SECONDS.values(), strict=True)
        return cls(seconds=sum(float(number) * unit for number, unit in parts if number))

    def __str__(self) -> str:
        if self.slot_epochs is not None:
            return f"{self.slot_epochs}e"
        rest = self.seconds or 0.0
        if rest <= 120 or rest != int(rest):
            return f"{_plain(rest)}s"
        text = ""
        for letter, unit in _SECONDS.items():
            count, rest = divmod(rest, unit)
            text += f"{int(count)}{letter}" if count else ""
        return text

    def doubled(self) -> Budget:
        """Twice as much: what a reader is offered to go on with."""
        if self.slot_epochs is not None:
            return Budget(slot_epochs=2 * self.slot_epochs)
        return Budget(seconds=2 * (self.seconds or 0.0))

    def share(self, elapsed: float, slot_epochs: int) -> float:
        """Share spent, from 0; above 1 where more was spent than allowed."""
        if self.slot_epochs is not None:
            return slot_epochs / self.slot_epochs
        return elapsed / (self.seconds or math.inf)


def _plain(seconds: float) -> str:
    """A number without exponent and without needless zeros, exact to the last bit."""
    return format(Decimal(int(seconds) if seconds == int(seconds) else repr(seconds)), "f")
