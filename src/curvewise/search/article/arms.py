"""Other optimizers and minibatches, each with a learning rate of its own: one rate for all misleads."""

from __future__ import annotations

import math

from curvewise.records import Value
from curvewise.search.article.notebook import Moves, Notebook, Try
from curvewise.search.article.roles import STARTS, Role

ADAPTIVE = ("adam", "adagrad")
"""The article's two."""

MOST_RATES = 3
"""Learning rates that an optimizer is tried with: the start, and twice where the curve points. Ours."""


def adaptive(notebook: Notebook) -> Moves:
    """Each adaptive optimizer from the article's start on, its rate moved where its curve points."""
    any_kept = False
    if notebook.best is None or not notebook.roles.free("optimizer"):
        return False
    for optimizer in ADAPTIVE:
        any_kept |= yield from _optimizer(notebook, optimizer)
    return any_kept


def _optimizer(notebook: Notebook, optimizer: str) -> Moves:
    before, rate, any_kept = notebook.value("optimizer"), float(STARTS["learning_rate"]), False
    if before == optimizer:
        return False
    movable = notebook.roles.free("learning rate")
    reason = "an adaptive optimizer, which finds the length of its steps itself"
    for _ in range(MOST_RATES if movable else 1):
        told = f"{optimizer} with learning rate {rate:.3g}: {reason}" if movable else f"{optimizer}: {reason}"
        tried = Try(
            {"optimizer": optimizer, "learning rate": rate} if movable else {"optimizer": optimizer},
            "article: adaptive optimizer",
            told,
            f"not kept, {before} stays" if not any_kept else "back to the rate before",
            raced=True,
        )
        newest = notebook.last
        any_kept |= yield from notebook.attempt(tried)
        last = notebook.last
        if last is None or last is newest:
            break
        factor = {"too low": 10.0, "too high": 0.1, "diverged": 0.1}.get(last.reading)
        if factor is None:
            break
        rate = float(f"{rate * factor:.1g}")
        reason = f"the next suspect {'up' if factor > 1 else 'down'}, since {last.words}"
    return any_kept


def minibatches(notebook: Notebook) -> Moves:
    """Twice as many rows as long as it helps, else half as many; the rate goes with them."""
    if notebook.best is None or not notebook.roles.free("minibatch"):
        return False
    kept = yield from _minibatch(notebook, 2.0)
    return kept or (yield from _minibatch(notebook, 0.5))


def _minibatch(notebook: Notebook, factor: float) -> Moves:
    any_kept = False
    while True:
        size = notebook.roles.scaled("minibatch", notebook.configuration, factor)
        before = notebook.value("minibatch")
        if size is None or isinstance(size, str):
            return any_kept
        rate = _along(notebook, float(size) / float(before))
        changes: dict[Role, Value] = {"minibatch": size}
        if rate is not None:
            changes["learning rate"] = rate
        told = "" if rate is None else f" with learning rate {rate:.3g}"
        why = (
            "fewer, steadier steps" if factor > 1 else "more steps, and noise that helps out of local minima"
        )
        tried = Try(
            changes,
            "article: minibatch",
            f"minibatch {size}{told}: {why}",
            f"back to {before}",
            raced=True,
        )
        if not (yield from notebook.attempt(tried)):
            return any_kept
        any_kept = True


def _along(notebook: Notebook, ratio: float) -> float | None:
    r"""The learning rate for minibatches so many times as large; None where it cannot be moved.

    In proportion for gradient descent (Mishkin et al. 2016, whose second figure of the minibatch the article
    leaves out: with the rate adjusted no practical difference is left), by the square root for adaptive
    optimizers (Malladi et al. 2022, arXiv 2205.10287).
    """
    if not notebook.roles.free("learning rate"):
        return None
    name = notebook.roles.name("optimizer")
    plain = name is None or notebook.value("optimizer") in ("sgd", "momentum", "nesterov")
    scaled = notebook.roles.scaled(
        "learning rate", notebook.configuration, ratio if plain else math.sqrt(ratio)
    )
    return None if scaled is None or isinstance(scaled, str) else float(f"{scaled:.2g}")
