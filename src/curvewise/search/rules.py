"""When a trial in training is stopped, and when it is done."""

from __future__ import annotations

import math
from typing import cast

from curvewise.curves.ledger import Entry
from curvewise.records import Decision, Opened
from curvewise.records.decision import Action
from curvewise.search.signs import LOST_FOR_GOOD, beyond_recovery, why_behind
from curvewise.search.standings import Standings
from curvewise.space.decay import PLATEAU_PATIENCE, Decay, decay_begins

AGE_FACTOR = 3
"""Trials are compared at epochs 1, 3, 9, 27, ...: successive halving's usual factor (Li et al. 2018,
arXiv 1603.06560, section 3.4)."""

KEPT_FIRST, KEPT_LATER = 1 / 2, 1 / 3
"""Share of a table that goes on. One epoch tells less (rank correlation with the end 0.70 against
0.89 at epoch 5: docs/evidence.md, 5.1), so it culls less."""

LEAST_TABLE = 6
"""Trials in a table before it may stop anyone."""

PATIENCE = 0.25
"""Share of the horizon without improvement after which early stopping fires, and at least
``LEAST_PATIENCE`` epochs. Prechelt 1998: slower criteria gain about 4 % for four times the time."""

LEAST_PATIENCE = 8


def ages(horizon: int) -> tuple[int, ...]:
    """Epochs at which trials of this horizon are compared: 1, 3, 9, ... below it."""
    count = max(1, math.ceil(math.log(max(2, horizon), AGE_FACTOR)))
    return tuple(age for age in (AGE_FACTOR**k for k in range(count)) if age < horizon)


def patience(horizon: int) -> int:
    """Epochs without improvement that are waited for."""
    return max(LEAST_PATIENCE, math.ceil(PATIENCE * horizon))


def ended(entry: Entry) -> Decision | None:
    """Done by itself: diverged, at its horizon, or no longer improving."""
    trial, curve = entry.trial, entry.curve
    last, best = curve.last, curve.best
    if last is None or best is None:
        return None
    number = trial.number
    if last.diverged:
        reason = f"loss was not finite in epoch {last.epoch} at learning rate {last.learning_rate:.3g}"
        return Decision("stop", "diverged", reason, {"epoch": last.epoch}, number)
    if curve.age >= trial.horizon:
        if trial.origin == "suspect":
            return Decision(
                "finish", "probed", f"probed for {curve.age} epochs", {"epoch": curve.age}, number
            )
        reason = f"trained for its planned {trial.horizon} epochs; best at epoch {best.epoch}"
        return Decision("finish", "horizon reached", reason, {"best_epoch": best.epoch}, number)
    improved = max(best.epoch, min(curve.points, key=lambda p: p.valid_loss).epoch)
    wait = patience(trial.horizon)
    begins = decay_begins(
        cast(Decay, trial.configuration.word("decay")),
        trial.horizon,
        trial.configuration.number("warmup") if "warmup" in trial.configuration else 0.0,
        int(trial.configuration.number("patience"))
        if "patience" in trial.configuration
        else PLATEAU_PATIENCE,
    )
    if trial.origin != "suspect" and curve.age - max(improved, begins) >= wait:
        reason = f"no better in loss or error for {curve.age - improved} epochs since epoch {improved}"
        return Decision(
            "finish", "early stopping", reason, {"best_epoch": best.epoch, "patience": wait}, number
        )
    return None


def hopeless(entry: Entry, opened: Opened) -> Decision | None:
    """Ended by a sign that is certain: it learns nothing, or has lost what it had learned for good.

    One that has lost it is finished and not stopped: its best weights are kept, and it stays a candidate.
    """
    found = beyond_recovery(entry, opened)
    if found is None:
        return None
    action: Action = "finish" if found.sign == LOST_FOR_GOOD else "stop"
    reason = f"{found.sign}: {found.reason}"
    numbers = {"epoch": float(entry.curve.age), **found.evidence}
    return Decision(action, "beyond recovery", reason, numbers, entry.trial.number, finding=found)


def compared(entry: Entry, standings: Standings, opened: Opened) -> Decision | None:
    """At a comparison's age: stopped where behind in loss and in error, promoted otherwise.

    Where its curve shows why it is behind, that goes with the decision; it never makes one.
    """
    curve, number = entry.curve, entry.trial.number
    if curve.age not in standings.ages or curve.best is None or number not in standings.forecasts:
        return None
    seen, table = standings.forecasts[number], standings.tables[curve.age]
    behind_loss, behind_error = table.standing(seen.low, curve.best.valid_error)
    kept = KEPT_FIRST if curve.age == 1 else KEPT_LATER
    numbers = {
        "epoch": curve.age,
        "forecast_loss": seen.value,
        "forecast_low": seen.low,
        "error": curve.best.valid_error,
        "ahead_in_loss": behind_loss,
        "ahead_in_error": behind_error,
        "compared": len(table.losses),
    }
    if len(table.losses) >= LEAST_TABLE and behind_loss >= kept and behind_error >= kept:
        reason = (
            f"at epoch {curve.age} {behind_loss:.0%} of {len(table.losses)} trials forecast a lower loss "
            f"than the low end of this one's ({seen.low:.3g}) and {behind_error:.0%} have a lower error"
        )
        found = why_behind(entry, opened, table)
        if found is not None:
            reason += f"; {found.sign}: {found.reason}"
        return Decision("stop", "behind at equal age", reason, numbers, number, finding=found)
    reason = f"at epoch {curve.age} among the better {kept:.0%} of {len(table.losses)} in loss or error"
    return Decision("promote", "ahead at equal age", reason, numbers, number)
