"""How good are the networks that ``curvewise tune`` finds? Against scikit-learn's defaults, same rows.

Every third table of the index of the development data, so that nobody chose them: 10 tables, a minute
each. curvewise trains on the train rows and chooses by the valid rows; scikit-learn's MLP and
HistGradientBoosting are fitted at their defaults twice, on the same train rows and on train and valid
rows together, and all are scored on the same test rows. Both comparisons are reported: in the first the
peers know less (nothing of the valid rows), in the second their models have seen a fifth more rows. The
MLP gets standardised numbers (a regression's target too) and one-hot categories; the trees get their
categories declared.

    python benchmarks/quality.py --json [--budget 60s] [--seed 0] [--tables 10]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

import curvewise
from curvewise.data.encoders import CategoryColumn
from curvewise.data.prepare import PreparedTable, prepare
from curvewise.data.read import read
from results_file import write
from table_index import STEP, tables

OURS = ("curvewise", "curvewise ensemble")
PEERS = {
    "same rows": ("sklearn MLP", "sklearn trees"),
    "with valid rows": ("sklearn MLP, with valid rows", "sklearn trees, with valid rows"),
}


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--budget", default="60s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tables", type=int, default=10)
    parser.add_argument("--offset", type=int, default=0, help="first table of the index, from 0")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    options = parser.parse_args()
    rows = []
    for table in tables()[options.offset :: STEP][: options.tables]:
        row = compare(Path(table["file"]), table, options.budget, options.seed)
        rows.append(row)
        print(" ".join(f"{key}={value}" for key, value in row.items()), file=sys.stderr, flush=True)
    summary = summarise(rows)
    write(
        "quality" if options.offset == 0 else f"quality-{options.offset}",
        "python benchmarks/quality.py " + " ".join(sys.argv[1:]),
        summary,
        rows,
    )
    if options.json:
        json.dump(summary, sys.stdout, indent=1)


def compare(path: Path, table: dict[str, str], budget: str, seed: int) -> dict[str, Any]:
    """Test errors of every method on one table."""
    target, task = table["target"], table["task"]
    with tempfile.TemporaryDirectory() as out:
        started = time.perf_counter()
        study = curvewise.tune(
            path, target=target, task=task, budget=budget, seed=seed, out=Path(out) / "study"
        )
        seconds = time.perf_counter() - started
        best, ensemble = study.summary().best, study.summary().ensemble
    assert best is not None and best.test is not None
    prepared = prepare(read(path, target), seed=seed, task=task)
    return {
        "table": table["name"],
        "task": task,
        "rows": prepared.rows["train"],
        "columns": prepared.features,
        "seconds": round(seconds, 1),
        "curvewise": best.test.error,
        "curvewise ensemble": ensemble.test.error if ensemble else best.test.error,
        **{
            name: peer_error(prepared, model(prepared, seed), parts)
            for names, parts in zip(PEERS.values(), (("train",), ("train", "valid")), strict=True)
            for name, model in zip(names, (mlp, trees), strict=True)
        },
    }


def columns(prepared: PreparedTable) -> tuple[list[str], list[str]]:
    """Names of the numeric and of the categorical columns."""
    used = prepared.preprocessing.columns
    categories = [c.name for c in used if isinstance(c, CategoryColumn)]
    return [c.name for c in used if c.name not in categories], categories


def mlp(prepared: PreparedTable, seed: int) -> Any:
    """scikit-learn's MLP at its defaults behind the usual preparation."""
    numbers, categories = columns(prepared)
    preparation = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore"), categories),
        ]
    )
    if prepared.task == "classification":
        return make_pipeline(preparation, MLPClassifier(random_state=seed))
    regressor = TransformedTargetRegressor(MLPRegressor(random_state=seed), transformer=StandardScaler())
    return make_pipeline(preparation, regressor)


def trees(prepared: PreparedTable, seed: int) -> Any:
    """HistGradientBoosting at its defaults; categories of more than 255 levels are numbers to it."""
    numbers, categories = columns(prepared)
    few = [name for name in categories if prepared.table.frame[name].n_unique() <= 250]
    preparation = ColumnTransformer(
        [
            ("numbers", "passthrough", numbers),
            ("few", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), few),
            (
                "many",
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
                [name for name in categories if name not in few],
            ),
        ]
    )
    mask = [len(numbers) <= i < len(numbers) + len(few) for i in range(len(numbers) + len(categories))]
    kind = (
        HistGradientBoostingClassifier if prepared.task == "classification" else HistGradientBoostingRegressor
    )
    return make_pipeline(preparation, kind(random_state=seed, categorical_features=mask))


def peer_error(prepared: PreparedTable, model: Any, parts: tuple[str, ...]) -> float:
    """Test error of ``model`` fitted on the rows of ``parts``."""
    learnt = np.concatenate([prepared.parts[part] for part in parts])
    frame, truth = features(prepared), targets(prepared)
    tested = prepared.parts["test"]
    # One thread: the answer is the same, and two on a busy machine take many times as long
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # the MLP says that 200 epochs were not enough
        model.fit(frame.iloc[learnt], truth[learnt])
        predicted = model.predict(frame.iloc[tested])
    if prepared.task == "classification":
        return float(np.mean(predicted != truth[tested]))
    return float(np.sqrt(np.mean((predicted - truth[tested]) ** 2)))


def features(prepared: PreparedTable) -> Any:
    """The used columns as a pandas frame: numbers as floats, categories as strings."""
    numbers, categories = columns(prepared)
    frame = prepared.table.frame.select(
        [pl.col(name).cast(pl.Float64) for name in numbers]
        + [pl.col(name).cast(pl.String).fill_null("missing") for name in categories]
    )
    return frame.to_pandas()


def targets(prepared: PreparedTable) -> NDArray[Any]:
    """The target of every row: class codes, or numbers in their own unit."""
    encoded = prepared.preprocessing.encode_targets(prepared.table)
    if prepared.task == "classification":
        return encoded
    target = prepared.preprocessing.target
    return encoded[:, 0].astype(np.float64) * target.deviation + target.mean  # type: ignore[union-attr]


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Per comparison and per answer of ours (the best, the ensemble): mean ranks, tables ahead and level."""
    summary: dict[str, Any] = {"tables": len(rows)}
    for comparison, peers in PEERS.items():
        for ours in OURS:
            names = (ours, *peers)
            ranks = np.array([rankdata([row[name] for name in names]) for row in rows])
            summary[f"{ours}, {comparison}"] = {
                "mean_rank": dict(zip(names, ranks.mean(axis=0).round(3).tolist(), strict=True)),
                "ahead_of": {peer: sum(row[ours] < row[peer] for row in rows) for peer in peers},
                "level_with": {peer: sum(row[ours] == row[peer] for row in rows) for peer in peers},
            }
    return summary


if __name__ == "__main__":
    main()
