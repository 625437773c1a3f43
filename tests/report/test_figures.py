"""Figures: what they show, read off matplotlib's own objects."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.errors import UsageError
from curvewise.report.figures import curves, draw, learning_rates
from tests.report.histories import finished, opened

figure = pytest.importorskip("matplotlib.figure", reason="figures need matplotlib")


def axes() -> Any:
    return figure.Figure().subplots()


def test_all_curves_are_drawn_and_the_range_says_what_it_leaves_out() -> None:
    ledger = Ledger.of(finished(40))
    ax = curves(ledger, ax=axes())
    drawn = sum(
        len(collection.get_segments()) for collection in ax.collections if hasattr(collection, "get_segments")
    )
    assert drawn == 2 * len(ledger.entries)
    diverged = sum(any(p.diverged for p in entry.curve.points) for entry in ledger.entries.values())
    assert diverged
    assert f"{diverged} of {len(ledger.entries)} trials leave the picture" in [
        text.get_text() for text in ax.texts
    ]
    assert ax.get_yscale() == "log"


def test_a_choice_of_trials() -> None:
    ax = curves(Ledger.of(finished()), trials=[0, 1], ax=axes(), measure="loss")
    drawn = sum(
        len(collection.get_segments()) for collection in ax.collections if hasattr(collection, "get_segments")
    )
    assert drawn == 4
    assert ax.get_ylabel() == "loss"


def test_learning_rates_show_every_trial_by_optimizer() -> None:
    ledger = Ledger.of(finished(40))
    ax = learning_rates(ledger, ax=axes())
    points = np.concatenate([collection.get_offsets() for collection in ax.collections])
    assert len(points) == len(ledger.entries)
    assert ax.get_xscale() == "log"
    names = {text.get_text() for text in ax.get_legend().get_texts()}
    assert names == {"adamw", "momentum", "rmsprop"}


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_files(kind: str, magic: bytes) -> None:
    assert draw(Ledger.of(finished()), kind).startswith(magic)


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(UsageError, match="png, svg, pdf"):
        draw(Ledger.of(finished()), "gif")
    with pytest.raises(UsageError, match="no curves"):
        draw(Ledger.of([opened()]), "png")


def test_without_matplotlib_the_command_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UsageError, match=r"pip install 'curvewise\[plot\]'"):
        curves(Ledger.of(finished()))
