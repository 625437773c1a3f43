"""``doctor`` on this very machine."""

from __future__ import annotations

import json

import numpy as np
import pytest

from curvewise.cli.main import run


def test_doctor_measures_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    machine = json.loads(capsys.readouterr().out)
    assert len(machine["measured"]) == 3
    for measured in machine["measured"]:
        ways = {way["name"]: way for way in measured["ways"]}
        assert list(ways) == ["native", "stacked", "compiled", "processes", "reference"]
        assert ways["reference"]["microseconds"] > 0
        assert all((way["microseconds"] is None) == (way["missing"] is not None) for way in ways.values())
    assert machine["packages"]["torch"]
    assert machine["cores"] >= 1
    assert np.float64(1e-310) / 2 > 0  # and leaves the caller's arithmetic alone
