"""Any log, or a folder of them, as runs."""

from __future__ import annotations

from pathlib import Path

from curvewise.logs.reading import read


def test_a_table_becomes_a_run(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss,val_loss\n0,2.5,2.25\n1,1.5,1.75\n")
    (run,) = read([str(log)])
    assert (run.unit, run.points, run.source) == ("epoch", 2, str(log))
    assert run.series["train_loss"].values.tolist() == [2.5, 1.5]
    assert run.series["valid_loss"].at.tolist() == [0.0, 1.0]
