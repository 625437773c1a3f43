"""Whole studies on small data: what a person may rely on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import curvewise
from curvewise.curves.ledger import Ledger
from curvewise.errors import BudgetError, DataError, SpaceError, StudyError, UsageError
from curvewise.records import Decided, Event, Noted, Observed, Resumed, Scored
from curvewise.search.race import Race
from curvewise.store.history import History


def events_of(folder: Path) -> list[Event]:
    with History.open(folder / "study.db", readonly=True) as history:
        return [event for _, event in history.since(0)]


def decisions_of(folder: Path) -> list[object]:
    return [event.decisions for event in events_of(folder) if isinstance(event, Decided)]


def losses_of(folder: Path) -> list[tuple[int, int, float]]:
    return [
        (point.trial, point.epoch, point.valid_loss)
        for event in events_of(folder)
        if isinstance(event, Observed)
        for point in event.points
    ]


def table(rows: int = 240, seed: int = 0) -> pl.DataFrame:
    """Two numbers with gaps, a category, a boolean and a label that depends on all of them."""
    generator = np.random.default_rng(seed)
    x, z = generator.normal(size=rows), generator.normal(size=rows)
    colour = generator.choice(["red", "green", "blue"], size=rows)
    flag = generator.random(rows) < 0.5
    label = np.where(x + (colour == "red") + flag * z > 0.3, "yes", "no")
    gaps = [None if i % 17 == 0 else float(v) for i, v in enumerate(x)]
    return pl.DataFrame({"x": gaps, "z": z, "colour": colour, "flag": flag, "label": label})


class Impatient:
    """Stops the study after some rounds."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
        self.rounds -= any(isinstance(event, Observed) for event in events)

    def stopping(self) -> bool:
        return self.rounds <= 0


def test_a_study_ends_with_an_answer_that_predicts(tmp_path: Path) -> None:
    study = curvewise.tune(table(), target="label", budget="120e", out=tmp_path / "study")
    assert not study.interrupted
    summary = study.summary()
    assert summary.best is not None and summary.best.test is not None
    assert summary.best.test.error is not None and summary.best.test.error < 0.35
    new = table(50, seed=1)
    predicted = study.best.predict(new)
    assert np.mean(predicted == new["label"].to_numpy()) > 0.7
    assert study.best.probabilities(new).sum(axis=1) == pytest.approx(np.ones(50))
    assert study.best.classes == ["no", "yes"]


def test_prediction_takes_unseen_categories_gaps_shuffled_and_extra_columns(tmp_path: Path) -> None:
    study = curvewise.tune(table(), target="label", budget="60e", out=tmp_path / "study")
    new = table(20, seed=2)
    plain = study.best.predict(new)
    shuffled = new.select(["flag", "label", "colour", pl.lit(7).alias("extra"), "x", "z"]).drop("label")
    assert study.best.predict(shuffled).tolist() == plain.tolist()
    odd = new.with_columns(pl.lit("violet").alias("colour"), pl.lit(None, dtype=pl.Float64).alias("z"))
    assert set(study.best.predict(odd)) <= {"yes", "no"}
    with pytest.raises(DataError, match="colour"):
        study.best.predict(new.drop("colour"))


def test_a_deterministic_study_runs_again_bit_for_bit(tmp_path: Path) -> None:
    for name, threads in (("a", 1), ("b", 2)):
        curvewise.tune(
            table(), target="label", budget="80e", out=tmp_path / name, threads=threads, deterministic=True
        )
    assert decisions_of(tmp_path / "a") == decisions_of(tmp_path / "b")
    assert losses_of(tmp_path / "a") == losses_of(tmp_path / "b")
    one, two = (curvewise.Study.open(tmp_path / name).best for name in "ab")
    assert all(np.array_equal(a, two.weights[key]) for key, a in one.weights.items())


def test_a_deterministic_study_of_images_runs_again_bit_for_bit(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    data = chance.integers(0, 255, (60, 8, 8), dtype=np.uint8), np.arange(60) % 3
    space = {"filters": 4, "convolutions": 1, "stages": 1, "minibatch": 16}
    for name, threads in (("a", 1), ("b", 2)):
        out = tmp_path / name
        curvewise.tune(data, space=space, budget="40e", out=out, threads=threads, deterministic=True)
    assert decisions_of(tmp_path / "a") == decisions_of(tmp_path / "b")
    assert losses_of(tmp_path / "a") == losses_of(tmp_path / "b")


def test_replaying_a_real_history_gives_equal_decisions(tmp_path: Path) -> None:
    curvewise.tune(table(), target="label", budget="3s", out=tmp_path / "study")
    race = Race()
    for event in events_of(tmp_path / "study"):
        if isinstance(event, Decided):
            assert race.decide(event.elapsed) == event.decisions
        race.see([event])


def test_changing_test_rows_changes_no_decision(tmp_path: Path) -> None:
    data = table()
    first = curvewise.tune(data, target="label", budget="80e", out=tmp_path / "a", deterministic=True)
    from curvewise.data.prepare import prepare
    from curvewise.data.read import read

    tested = prepare(read(data, "label"), seed=0).parts["test"]
    row = pl.int_range(data.height).is_in(tested.tolist())
    changed = data.with_columns(
        pl.when(row).then(pl.col("z") * 100 + 5).otherwise(pl.col("z")).alias("z"),
        pl.when(row).then(pl.lit("blue")).otherwise(pl.col("colour")).alias("colour"),
    )
    second = curvewise.tune(changed, target="label", budget="80e", out=tmp_path / "b", deterministic=True)
    assert decisions_of(tmp_path / "a") == decisions_of(tmp_path / "b")
    assert losses_of(tmp_path / "a") == losses_of(tmp_path / "b")
    assert first.best.scores["validation"] == second.best.scores["validation"]
    assert first.best.scores["test"] != second.best.scores["test"]  # the test set did change


def test_a_stopped_study_goes_on_where_it_was(tmp_path: Path) -> None:
    whole = curvewise.tune(table(), target="label", budget="150e", out=tmp_path / "a", deterministic=True)
    halted = curvewise.tune(
        table(), target="label", budget="150e", out=tmp_path / "b", deterministic=True, observer=Impatient(6)
    )
    assert halted.interrupted
    assert halted.best.configuration  # the best so far is on disk
    resumed = curvewise.resume(tmp_path / "b", data=table())
    assert not resumed.interrupted
    assert losses_of(tmp_path / "a") == losses_of(tmp_path / "b")
    assert resumed.best.scores == whole.best.scores


def test_a_finished_study_stays_as_it_is_until_its_budget_grows(tmp_path: Path) -> None:
    study = curvewise.tune("iris", budget="60e", out=tmp_path / "study")
    before = events_of(tmp_path / "study")
    curvewise.resume(tmp_path / "study")
    assert events_of(tmp_path / "study") == before
    grown = curvewise.resume(tmp_path / "study", budget="120e")
    after = events_of(tmp_path / "study")
    assert after[: len(before)] == before
    assert sum(isinstance(event, Resumed) for event in after) == 1
    assert study.ledger.slot_epochs < grown.ledger.slot_epochs <= 120
    with pytest.raises(BudgetError, match="not shrink"):
        curvewise.resume(tmp_path / "study", budget="50e")
    with pytest.raises(BudgetError, match="same unit"):
        curvewise.resume(tmp_path / "study", budget="50s")


def test_resume_refuses_other_data_and_shows_the_difference(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    table().write_csv(file)
    curvewise.tune(file, target="label", budget="300e", out=tmp_path / "study", observer=Impatient(3))
    table(200).write_csv(file)
    with pytest.raises(StudyError, match=r"train \d+ -> \d+"):
        curvewise.resume(tmp_path / "study")


def test_resume_calls_other_arrays_by_their_kind(tmp_path: Path) -> None:
    X, y = np.arange(120.0).reshape(40, 3), np.arange(40) % 2
    curvewise.tune((X, y), budget="2e", out=tmp_path / "study")
    with pytest.raises(StudyError) as refused:
        curvewise.resume(tmp_path / "study", data=(X[:30], y[:30]))
    assert str(refused.value).startswith("the data in (numpy.ndarray, numpy.ndarray) are not those")


def test_studies_that_begin_at_the_same_moment_have_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    class Quicker:
        def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
            pass

        def stopping(self) -> bool:  # asked last before the folder is made
            (tmp_path / "runs" / "iris-1").mkdir(parents=True, exist_ok=True)
            return False

    study = curvewise.tune("iris", budget="2e", observer=Quicker())
    assert study.folder == Path("runs/iris-2")
    assert study.ledger.opened is not None and study.ledger.opened.study == "iris-2"


def test_resume_asks_for_data_that_were_in_memory(tmp_path: Path) -> None:
    curvewise.tune(table(), target="label", budget="300e", out=tmp_path / "study", observer=Impatient(1))
    with pytest.raises(StudyError, match=r"give the same again with resume\(folder, data"):
        curvewise.resume(tmp_path / "study")


def test_resume_says_what_to_do_where_the_file_has_moved(tmp_path: Path) -> None:
    table().write_csv(tmp_path / "old.csv")
    curvewise.tune(tmp_path / "old.csv", budget="20e", out=tmp_path / "study")
    (tmp_path / "old.csv").rename(tmp_path / "new.csv")
    with pytest.raises(StudyError, match=r"old\.csv, is not there any more: put it back, or .* data="):
        curvewise.resume(tmp_path / "study", budget="30e")
    assert curvewise.resume(tmp_path / "study", budget="30e", data=tmp_path / "new.csv").best


def test_a_folder_named_like_a_bundled_set_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iris").mkdir()
    curvewise.tune("iris", budget="300e", out="study", observer=Impatient(1))
    assert curvewise.resume("study", observer=Impatient(1)).interrupted


def test_resume_writes_a_damaged_best_again(tmp_path: Path) -> None:
    study = curvewise.tune("iris", budget="60e", out=tmp_path / "study")
    scores, weights = study.best.scores, tmp_path / "study" / "best.safetensors"
    weights.write_bytes(weights.read_bytes()[:50])
    with pytest.raises(StudyError, match="damaged"):
        _ = curvewise.Study.open(tmp_path / "study").best
    assert curvewise.resume(tmp_path / "study").best.scores == scores
    assert sum(isinstance(event, Scored) for event in events_of(tmp_path / "study")) == 1


def test_a_regression_is_scored_in_the_targets_unit(tmp_path: Path) -> None:
    study = curvewise.tune("diabetes", budget="200e", out=tmp_path / "study")
    test = study.best.scores["test"]
    assert 40 < test["error"] < 80  # the target's standard deviation is 77
    assert study.summary().metric == "RMSE"


def test_the_test_set_is_read_once(tmp_path: Path) -> None:
    curvewise.tune("iris", budget="60e", out=tmp_path / "study")
    curvewise.resume(tmp_path / "study")
    assert sum(isinstance(event, Scored) for event in events_of(tmp_path / "study")) == 1


def test_fixed_hyperparameters_are_honoured_by_every_trial(tmp_path: Path) -> None:
    space = {
        "units": 16,
        "layers": 1,
        "first_ratio": 1.0,
        "optimizer": "momentum",
        "activation": ["tanh", "relu"],
    }
    study = curvewise.tune("wine", space=space, budget="80e", out=tmp_path / "study")
    for entry in study.ledger.entries.values():
        values = entry.trial.configuration.values
        assert (values["units"], values["layers"], values["optimizer"]) == (16, 1, "momentum")
        assert values["activation"] in ("tanh", "relu")
    assert next(m for m in study.best.module().modules() if type(m).__name__ == "Linear").out_features == 16


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"budget": "fast"}, BudgetError, "fast"),
        ({"budget": "-3s"}, BudgetError, "-3s"),
        ({"target": "colour2"}, DataError, "colour"),
        ({"space": {"learning_rat": 0.1}}, SpaceError, "learning_rate"),
        ({"model": "cnn"}, UsageError, "mlp"),
        ({"deterministic": True, "budget": "5s"}, BudgetError, "300e"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    tmp_path: Path, changes: dict[str, object], kind: type[Exception], words: str
) -> None:
    options: dict[str, object] = {"target": "label", "budget": "50e", "out": tmp_path / "study", **changes}
    with pytest.raises(kind, match=words):
        curvewise.tune(table(), **options)  # type: ignore[arg-type]
    assert not (tmp_path / "study").exists()


def test_a_folder_in_use_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StudyError, match="never overwritten"):
        curvewise.tune("iris", budget="50e", out=tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_what_was_inferred_is_in_the_history(tmp_path: Path) -> None:
    curvewise.tune(table(), target="label", budget="50e", out=tmp_path / "study")
    notes = " ".join(event.text for event in events_of(tmp_path / "study") if isinstance(event, Noted))
    assert "classification" in notes
