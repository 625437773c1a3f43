"""The published schemas: as committed, and obeyed by what is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.report.diagnosed import Diagnosed, Unreadable, diagnosed_run
from curvewise.report.machine import Machine, Measured, Remark, Way, machine_text
from curvewise.report.plain import as_plain
from curvewise.report.schema import RECORDS, schema
from curvewise.report.summary import summarise
from curvewise.report.trial import describe
from tests.report.histories import finished, opened, race
from tests.report.runs import overfitting, problem

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
MACHINE = Machine(
    curvewise="0.1.0",
    python="3.11",
    platform="Linux",
    processor="a processor",
    cores=2,
    device="cpu",
    instructions=[],
    compiler=None,
    cache="~/.cache",
    environment={},
    packages={"torch": "2.13.0", "matplotlib": None},
    measured=[Measured("a perceptron", [Way("native", "no compiler", None), Way("reference", None, 397.0)])],
    remarks=[Remark(False, "slow"), Remark(True, "fine")],
)
FAULTY = overfitting()


@pytest.mark.parametrize("name", RECORDS)
def test_the_committed_schema_is_the_records_own(name: str) -> None:
    assert (SCHEMAS / f"{name}.json").read_text() == schema(name)


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("study", summarise(Ledger.of(finished()), "runs/digits-1")),
        ("study", summarise(Ledger.of(race()))),
        ("study", summarise(Ledger.of([opened()]))),
        ("trial", describe(finished(40), Ledger.of(finished(40)), 5)),
        ("doctor", MACHINE),
        ("diagnosis", Diagnosed([diagnosed_run(FAULTY, problem(FAULTY))], [Unreadable("a.csv", "no log")])),
    ],
)
def test_what_is_printed_obeys_it(name: str, record: msgspec.Struct) -> None:
    rules: dict[str, Any] = msgspec.json.decode(schema(name))
    jsonschema.validate(msgspec.json.decode(msgspec.json.encode(record)), rules)


def test_the_doctor_says_what_is_missing() -> None:
    shown = as_plain(machine_text(MACHINE))
    assert "native     not here: no compiler" in shown
    assert "reference  397 µs" in shown
    assert "not installed: matplotlib" in shown
    assert "!   slow" in shown
