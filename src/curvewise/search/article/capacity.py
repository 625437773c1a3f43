"""Hidden units and layers: added while the validation error improves; and what helps against overfitting."""

from __future__ import annotations

from curvewise.records import Value
from curvewise.search.article.notebook import Moves, Notebook, Try
from curvewise.search.article.roles import Role

AGAINST: tuple[tuple[Role, tuple[float, ...]], ...] = (
    ("dropout", (0.2, 0.5)),
    ("weight decay", (1e-3, 1e-2)),
)
"""Dropout as usual for inputs and hidden units (Srivastava et al. 2014), L2 as usual for gradient descent."""


def units(notebook: Notebook) -> Moves:
    """Twice as many as long as the error falls by more than one standard error."""
    any_kept = False
    while notebook.best is not None and notebook.roles.free("units"):
        value = notebook.roles.scaled("units", notebook.configuration, 2.0)
        if value is None:
            break
        before, name = notebook.value("units"), (notebook.roles.name("units") or "").removeprefix("max_")
        reason = f"{name} {before} -> {value}: more capacity, does validation improve?"
        tried = Try({"units": value}, "article: more units", reason, "stop adding", sure=True)
        if not (yield from notebook.attempt(tried)):
            break
        any_kept = True
    return any_kept


def layers(notebook: Notebook) -> Moves:
    """One more as long as the error falls by more than one standard error."""
    any_kept = False
    while notebook.best is not None and notebook.roles.free("layers"):
        value = notebook.roles.added("layers", notebook.configuration)
        if value is None:
            break
        before, name = notebook.value("layers"), (notebook.roles.name("layers") or "").removeprefix("num_")
        why = {"convolutions": "convolutional networks are better the deeper"}.get(
            name,
            "three layers, the output's included, often beat two" if before == 1 else "deeper rarely helps",
        )
        reason = f"{name} {before} -> {value}: {why}"
        tried = Try({"layers": value}, "article: more layers", reason, "stop adding", sure=True)
        if not (yield from notebook.attempt(tried)):
            break
        any_kept = True
    return any_kept


def against_overfitting(notebook: Notebook) -> Moves:
    """Dropout, L2, then half the units, where the best curve overfits, or nothing says whether it does."""
    best, any_kept = notebook.best, False
    unseen = notebook.opened.horizon is not None
    if best is None or not (best.reading == "overfits" or unseen):
        return False
    why = "more is not known of overfitting here" if unseen else f"against what the curve shows, {best.words}"
    for role, values in AGAINST:
        for value in values:
            any_kept |= yield from _one(notebook, role, value, why)
    fewer = notebook.roles.scaled("units", notebook.configuration, 0.5)
    if fewer is not None and notebook.roles.free("units"):
        any_kept |= yield from _one(notebook, "units", fewer, why)
    return any_kept


def _one(notebook: Notebook, role: Role, value: Value, why: str) -> Moves:
    before = notebook.configuration.values.get(notebook.roles.name(role) or "", "")
    number = f"{before:.3g}" if isinstance(before, float) else str(before)
    shown = f"{value:.3g}" if isinstance(value, float) else str(value)
    name = {"weight decay": "L2"}.get(role, role)
    tried = Try(
        {role: value}, "article: against overfitting", f"{name} {shown}: {why}", f"back to {name} {number}"
    )
    return (yield from notebook.attempt(tried))
