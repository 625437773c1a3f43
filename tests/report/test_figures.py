"""Figures: what they show, read off matplotlib's own objects."""

from __future__ import annotations

import builtins
import re
from typing import Any

import numpy as np
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.errors import UsageError
from curvewise.report.figures import OPTIMIZERS, curves, draw, learning_rates
from curvewise.space.domain import Choice
from tests.report.histories import finished, opened
from tests.space.spaces import a_space

figure = pytest.importorskip("matplotlib.figure", reason="figures need matplotlib")


def axes() -> Any:
    return figure.Figure().subplots()


def test_all_curves_are_drawn_and_the_range_says_what_it_leaves_out() -> None:
    ledger = Ledger.of(finished(40))
    ax = curves(ledger, ax=axes(), measure="error")
    drawn = sum(
        len(collection.get_segments()) for collection in ax.collections if hasattr(collection, "get_segments")
    )
    assert drawn == 2 * len(ledger.entries)
    diverged = sum(any(p.diverged for p in entry.curve.points) for entry in ledger.entries.values())
    told = re.fullmatch(r"(\d+) of 46 trials leave the picture", ax.texts[0].get_text())
    assert told
    assert diverged <= int(told[1]) < 46
    assert ax.get_yscale() == "log"


def test_a_choice_of_trials() -> None:
    ax = curves(Ledger.of(finished()), trials=[0, 1], ax=axes())
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


def test_an_error_of_zero_has_a_place_on_the_log_axis() -> None:
    ledger = Ledger.of(finished(40))
    entry = ledger.entries[3]
    seen = entry.curve.points[-1]
    fields = {name: getattr(seen, name) for name in seen.__struct_fields__}
    entry.curve.cut(entry.curve.age - 1)
    entry.curve.add(type(seen)(**fields | {"valid_error": 0.0}))
    for ax in (curves(ledger, ax=axes(), measure="error"), learning_rates(ledger, ax=axes())):
        assert ax.get_yscale() == "symlog"
        assert ax.get_ylim()[0] < 0
        assert ax.get_yticks()[0] == 0


def test_every_optimizer_that_may_be_chosen_has_a_colour() -> None:
    legal = a_space()["optimizer"].legal
    assert isinstance(legal, Choice)
    assert set(legal.values) == set(OPTIMIZERS)
