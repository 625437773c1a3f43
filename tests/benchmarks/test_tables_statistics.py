"""What the races on recorded curves come to."""

import json

import numpy as np
import pytest

import tables
import tables_figure
from tables_scales import Scale
from tables_statistics import GRID, TENTHS, Race, holm, place, regrets, summarise

PROBLEMS = [f"lcbench/{number}" for number in range(6)]


def races():
    """curvewise is always better by half, but seeds differ."""
    rng = np.random.default_rng(0)
    level = np.linspace(0.8, 0.2, len(GRID))
    return [
        Race(name, problem, factor * level * rng.uniform(0.9, 1.1, (3, 1)))
        for problem in PROBLEMS
        for name, factor in (("random", 1.0), ("halving", 0.7), ("curvewise", 0.35))
    ]


def test_regret_is_read_off_the_incumbents():
    cells = {("random", "a"): [[(1, 0.9), (8, 0.5), (21, 0.3)], [(40, 0.2)]]}
    (race,) = regrets(cells, {"a": Scale(0.3, 0.7)}, {"a": 10})
    assert race.regret.shape == (2, len(GRID))
    at = [race.regret[0, place(trainings)] for trainings in (0.5, 1, 2, 20)]
    assert at == pytest.approx([1, 0.6, 0.6, 0.2]), "the best known is what the second seed saw"
    assert [race.regret[1, place(trainings)] for trainings in (3.5, 4)] == [1, 0]


def test_a_summary_has_regret_ranks_intervals_and_tests():
    summary = summarise(races(), PROBLEMS, "curvewise")
    assert list(summary["regret"]["random"]) == ["5", "10", "20"]
    assert summary["mean_rank"] == {"random": 3.0, "halving": 2.0, "curvewise": 1.0}
    assert set(summary["rank_by_trainings"]["random"]) == {str(each) for each in TENTHS}
    for name, regret in summary["regret"].items():
        low, high = summary["interval"][name]["20"]
        assert low <= regret["20"] <= high
        assert high - low < 0.2 * regret["20"]
    tests = summary["tests"]["10"]
    assert tests["friedman"] < 0.01
    assert tests["wilcoxon_holm"] == pytest.approx({"random": 0.0625, "halving": 0.0625})


def test_a_method_that_did_not_race_everywhere_is_left_out():
    partial = [race for race in races() if (race.method, race.problem) != ("random", PROBLEMS[0])]
    assert set(summarise(partial, PROBLEMS, "curvewise")["regret"]) == {"halving", "curvewise"}
    assert summarise([], PROBLEMS, "curvewise") == {}


def test_holm_never_lowers_and_keeps_the_order():
    adjusted = holm({"a": 0.04, "b": 0.01, "c": 0.03})
    assert adjusted == pytest.approx({"a": 0.06, "b": 0.03, "c": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


def test_the_figure_is_drawn(tmp_path):
    summary = summarise(races(), PROBLEMS, "curvewise")
    tables_figure.draw(json.loads(json.dumps(summary)), tmp_path / "tables.png")
    assert (tmp_path / "tables.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_call_finds_the_races_of_the_first(tmp_path, monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(tables, "_race", lambda command: ran.append(command) or _write(command))
    monkeypatch.setattr(
        tables, "parts", lambda: {"lcbench/1": "fresh", "lcbench/2": "fresh", "lcbench/3": "tuned"}
    )
    monkeypatch.setattr(tables, "scales", lambda: dict.fromkeys(["lcbench/1", "lcbench/2"], Scale(0.0, 1.0)))
    monkeypatch.setattr(
        tables, "load", lambda name: type("T", (), {"problem": type("P", (), {"horizon": 10})})
    )
    call = [
        "tables.py",
        "--keep",
        str(tmp_path),
        "--tasks",
        "fresh",
        "--methods",
        "random,ASHA",
        "--seeds",
        "7",
    ]
    monkeypatch.setattr("sys.argv", call)
    tables.main()
    assert [command[4 + 1 :] for command in ran[:2]] == [["0", "1", "2", "3", "4"], ["5", "6"]]
    assert len(ran) == 8
    tables.main()
    assert len(ran) == 8
    assert "random" in capsys.readouterr().out


def _write(command):
    for seed in command[5:]:
        target = tables.tables_cell.path(tables.Path(command[4]), command[2], command[3], int(seed))
        target.parent.mkdir(parents=True, exist_ok=True)
        cell = {"improvements": [[3, 0.4]], "spent": 200, "seconds": 0.1, "error": None}
        target.write_text(json.dumps(cell), encoding="utf-8")
    return ""


def test_a_method_that_there_is_not_is_told(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["tables.py", "--methods", "grid"])
    with pytest.raises(SystemExit):
        tables.main()
    assert "no method 'grid'; there are random, halving" in capsys.readouterr().err
