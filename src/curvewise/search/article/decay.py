"""Learning rate decay, for a rate that is reasonable and gets stuck all the same."""

from __future__ import annotations

from typing import Final

from curvewise.search.article.notebook import Moves, Notebook, Try

RULE: Final = "article: decay when stuck"

DECAYS = {
    "linear": "decrease it linearly",
    "step": "times 0.1 every 8 epochs",
}
"""The article's two, in its order."""


def can(notebook: Notebook) -> bool:
    """True where the best configuration has a constant rate and need not."""
    return notebook.roles.free("decay") and notebook.value("decay") == "constant"


def when_stuck(notebook: Notebook) -> Moves:
    """Each decay in turn, where the best curve oscillates above the bottom or has stopped getting better."""
    best, any_kept = notebook.best, False
    if best is None or not can(notebook) or not (best.reading == "stuck" or best.early):
        return False
    why = best.words if best.reading == "stuck" else "validation has stopped getting better"
    for decay, how in DECAYS.items():
        before = notebook.value("decay")
        back = f"back to {'a constant rate' if before == 'constant' else f'the {before} one'}"
        reason = f"learning rate decay, {how}, since {why}"
        any_kept |= yield from notebook.attempt(Try({"decay": decay}, RULE, reason, back))
    return any_kept
