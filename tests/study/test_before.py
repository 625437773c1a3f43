"""A study stopped before it trains anything leaves nothing behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import curvewise
from curvewise.curves.ledger import Ledger
from curvewise.records import Event


class Leaving:
    """Whoever pressed Ctrl-C while the data were read."""

    def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
        raise AssertionError("nothing is to begin")

    def stopping(self) -> bool:
        return True


def test_ctrl_c_before_the_study_begins_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        curvewise.tune("iris", out=tmp_path / "study", observer=Leaving())
    assert not list(tmp_path.iterdir())
