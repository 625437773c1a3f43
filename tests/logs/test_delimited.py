"""Tables of many tools."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from curvewise.errors import LogError
from curvewise.logs.columns import Columns
from curvewise.logs.reading import read
from tests.logs.one_run import curve, run_of, written

KERAS = (
    "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n"
    "0,0.5,0.01,1.5,0.5,1.25\n"
    "1,0.75,NA,1.0,0.5,1.0\n"
)
FASTAI = "epoch,train_loss,valid_loss,accuracy,time\n0,0.5,0.75,0.5,00:12\n1,0.25,0.5,0.75,00:11\n"
TIMM = "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr\n0,6.5,6.25,1.5,5.0,0.1\n1,6.0,5.5,4.0,12.0,0.2\n"
TIMM_ARGS = "lr: 0.1\nbatch_size: 128\nopt: sgd\nweight_decay: 2.0e-05\nnested:\n  lr: 3\n"
ULTRALYTICS = (
    "                  epoch,         train/box_loss,   train/cls_loss,  metrics/mAP50(B),  val/box_loss, "
    "val/cls_loss, lr/pg0, lr/pg1\n 1, 1.5, 2.5, 0.1, 1.25, 2.0, 0.01, 0.02\n"
    " 2, 1.0, 2.0, 0.2, 1.0, 2.0, 0.02, 0.03\n"
)


def test_keras_writes_every_epoch(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "training.log", KERAS))
    assert run.unit == "epoch"
    assert curve(run, "train_loss") == [(0, 1.5), (1, 1.0)]
    assert curve(run, "valid_error") == [(0, 0.5), (1, 0.5)]
    assert curve(run, "learning_rate") == [(0, 0.01)]


def test_fastai_writes_the_time_as_a_clock(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "history.csv", FASTAI))
    assert curve(run, "valid_loss") == [(0, 0.75), (1, 0.5)]
    assert curve(run, "train_error") == [(0, 0.5), (1, 0.25)]


def test_timm_writes_percentages(tmp_path: Path) -> None:
    written(
        tmp_path,
        "exp/args.yaml",
        "lr: 0.1\nbatch_size: 128\nopt: sgd\nweight_decay: 2.0e-05\nnested:\n  lr: 3\n",
    )
    run = run_of(written(tmp_path, "exp/summary.csv", TIMM))
    assert run.name == "exp"
    assert curve(run, "valid_error") == [(0, 0.985), (1, 0.96)]
    assert any("percentages" in note for note in run.notes)
    assert run.settings == {"learning_rate": 0.1, "minibatch": 128, "optimizer": "sgd", "weight_decay": 2e-05}


def test_parts_of_a_loss_are_added_up(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "results.csv", ULTRALYTICS))
    assert curve(run, "train_loss") == [(1, 4.0), (2, 3.0)]
    assert curve(run, "valid_loss") == [(1, 3.25), (2, 3.0)]
    assert curve(run, "learning_rate") == [(1, 0.01), (2, 0.02)]
    assert "the training loss is the sum of `train/box_loss`, `train/cls_loss`" in run.notes


def test_lightning_leaves_most_cells_empty(tmp_path: Path) -> None:
    rows = ["epoch,lr-Adam,step,train_loss,val_loss"]
    for epoch in range(3):
        rows += [f"{epoch},,{100 * epoch + 49},{4 - epoch},", f"{epoch},,{100 * epoch + 99},{3.5 - epoch},"]
        rows += [f"{epoch},,{100 * epoch + 99},,{5 - epoch}", f",0.25,{100 * epoch},,"]
    run = run_of(written(tmp_path, "version_0/metrics.csv", "\n".join(rows)))
    assert (run.name, run.unit) == ("version_0", "epoch")
    assert curve(run, "train_loss") == [(0.5, 4), (1, 3.5), (1.5, 3), (2, 2.5), (2.5, 2), (3, 1.5)]
    assert curve(run, "valid_loss") == [(1, 5), (2, 4), (3, 3)]
    assert curve(run, "learning_rate") == [(0.01, 0.25), (1.01, 0.25), (2.01, 0.25)]
    assert any("100 steps each" in note for note in run.notes)


def test_epochs_of_many_rows_are_spread(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},{loss}\n" for epoch in (1, 2) for loss in (4.0, 3.0, 2.0, 1.0))
    run = run_of(written(tmp_path, "a.csv", "epoch,loss\n" + rows))
    assert run.series["train_loss"].at.tolist() == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]


def test_a_column_can_name_the_run(tmp_path: Path) -> None:
    log = written(tmp_path, "a.csv", "run,iter,train_loss\nb,1,2\na,1,3\nb,2,1\na,2,2.5\n")
    runs = list(read([str(log)]))
    assert [(run.name, curve(run, "train_loss")) for run in runs] == [
        ("b", [(1, 2), (2, 1)]),
        ("a", [(1, 3), (2, 2.5)]),
    ]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|", "  "])
def test_any_separator_will_do(tmp_path: Path, separator: str) -> None:
    rows = [["step", "loss", "val_loss"], ["10", "2.5", "2.75"], ["20", "1.5", "nan"]]
    run = run_of(written(tmp_path, "a.dat", "\n".join(separator.join(row) for row in rows)))
    assert curve(run, "train_loss") == [(10, 2.5), (20, 1.5)]
    assert math.isnan(run.series["valid_loss"].values[1])


def test_a_decimal_comma_goes_with_semicolons(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "a.csv", "step;loss\n1;2,5\n2;1,5\n"))
    assert curve(run, "train_loss") == [(1, 2.5), (2, 1.5)]


def test_columns_without_names_are_guessed_and_said(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "a.csv", "10,2.5,2.75\n20,1.5,2.0\n"))
    assert curve(run, "valid_loss") == [(10, 2.75), (20, 2)]
    assert "the table names no columns; they were read as step, train_loss, valid_loss" in run.notes


def test_columns_can_be_given(tmp_path: Path) -> None:
    log = written(tmp_path, "a.csv", "when,A,B,loss\n5,2.5,0.5,9\n6,1.5,0.75,9\n")
    run = run_of(log, Columns(x="when", train="A", valid="B"))
    assert (curve(run, "train_loss"), curve(run, "valid_loss")) == (
        [(5, 2.5), (6, 1.5)],
        [(5, 0.5), (6, 0.75)],
    )


def test_a_column_that_is_not_there_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    log = written(tmp_path, "a.csv", "step,objectif\n1,2\n2,1\n")
    with pytest.raises(LogError, match="no column `objectiv` among step, objectif; did you mean `objectif`"):
        run_of(log, Columns(train="objectiv"))


def test_rows_after_a_restart_replace_those_that_they_overlap(tmp_path: Path) -> None:
    first = "".join(f"{step},{step}\n" for step in range(10, 90, 10))
    again = "".join(f"{step},{-step}\n" for step in range(60, 80, 10))
    run = run_of(written(tmp_path, "a.csv", "step,loss\n" + first + "step,loss\n" + again))
    assert curve(run, "train_loss") == [(s, s) for s in range(10, 60, 10)] + [(60, -60), (70, -70)]
    assert any("went back from 80 to 60" in note for note in run.notes)


def test_rows_in_no_order_are_sorted(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "a.csv", "step,loss\n" + "".join(f"{s},{s}\n" for s in range(9, 0, -1))))
    assert curve(run, "train_loss") == [(s, s) for s in range(1, 10)]
    assert any("in no order" in note for note in run.notes)


def test_the_later_of_two_values_at_one_step_counts(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "a.csv", "step,loss\n1,5\n2,4\n2,3\n3,2\n"))
    assert curve(run, "train_loss") == [(1, 5), (2, 3), (3, 2)]
    assert any("the later counts" in note for note in run.notes)


def test_a_header_that_changes_is_followed(tmp_path: Path) -> None:
    log = written(tmp_path, "a.csv", "epoch,loss\n1,3\n2,2\nepoch,val_loss,loss\n3,4,1\n")
    run = run_of(log)
    assert (curve(run, "train_loss"), curve(run, "valid_loss")) == ([(1, 3), (2, 2), (3, 1)], [(3, 4)])


def test_a_last_row_that_is_not_complete_is_said(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "a.csv", "epoch,loss,val_loss\n1,3,3\n2,2,2\n3,1"))
    assert (len(run.series["train_loss"]), len(run.series["valid_loss"])) == (3, 2)
    assert "rows with fewer cells than columns: 1" in run.notes


def test_a_million_rows_are_thinned_with_their_extremes(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i % 100}\n" if i != 54_321 else f"{i},1e6\n" for i in range(200_000))
    run = run_of(written(tmp_path, "a.csv", "step,loss\n" + rows))
    series = run.series["train_loss"]
    assert len(series) < 4200
    assert series.values.max() == 1e6
    assert (series.at[0], series.at[-1]) == (0, 199_999)
    assert any("200,000 values were thinned" in note for note in run.notes)


def test_tables_of_other_things_are_no_logs(tmp_path: Path) -> None:
    log = written(tmp_path, "people.csv", "name,age\nAda,36\nAlan,41\n")
    with pytest.raises(LogError, match="its columns are name, age"):
        run_of(log)


def test_rows_can_say_their_side(tmp_path: Path) -> None:
    rows = "epoch,phase,loss,acc\n1,train,2.5,0.5\n1,val,2.75,0.25\n2,train,1.5,0.75\n2,val,2,0.5\n"
    run = run_of(written(tmp_path, "a.csv", rows))
    assert curve(run, "train_loss") == [(1, 2.5), (2, 1.5)]
    assert curve(run, "valid_loss") == [(1, 2.75), (2, 2)]
    assert curve(run, "valid_error") == [(1, 0.75), (2, 0.5)]


def test_steps_that_begin_anew_in_each_epoch_are_no_restarts(tmp_path: Path) -> None:
    rows = "".join(f"{e},{i},{10 * e + i}\n" for e in (1, 2, 3) for i in (1, 2))
    run = run_of(written(tmp_path, "a.csv", "epoch,iter,loss\n" + rows))
    assert curve(run, "train_loss") == [(0.5, 11), (1, 12), (1.5, 21), (2, 22), (2.5, 31), (3, 32)]


def test_folds_and_seeds_are_runs(tmp_path: Path) -> None:
    rows = "".join(f"{s},{f},{e},{e + f}\n" for s in (1, 2) for f in (0, 1) for e in (1, 2))
    runs = list(read([str(written(tmp_path, "a.csv", "seed,fold,epoch,loss\n" + rows))]))
    assert [run.name for run in runs] == ["seed 1/fold 0", "seed 1/fold 1", "seed 2/fold 0", "seed 2/fold 1"]
    assert curve(runs[1], "train_loss") == [(1, 2), (2, 3)]
