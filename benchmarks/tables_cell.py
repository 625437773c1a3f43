"""One method on one problem in a process of its own: ``python tables_cell.py METHOD PROBLEM FOLDER SEED...``.

Started by tables.py, in the method's environment. Writes a file for each seed: ``{"improvements": [[epochs
spent, incumbent], ...], "spent", "seconds", "error"}``, seconds of processor time in all, and the last line
of what went wrong, or null.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any


def path(folder: Path, method: str, problem: str, seed: int) -> Path:
    """Where a cell's result is kept."""
    return folder / method.replace(" ", "") / problem.replace("/", "-") / f"{seed}.json"


def race(method: str, problem: str, seed: int) -> dict[str, Any]:
    """Run one cell and tell what came of it; whatever the method raises is told, not raised."""
    from tables_methods import METHODS
    from tables_recorder import Recorder
    from tables_suite import load

    recorder, error, started = Recorder(load(problem)), None, time.process_time()
    try:
        METHODS[method].run(recorder, seed)
    except Exception as failure:  # a peer may fail in its own way; what it had found until then counts
        traceback.print_exc()
        error = f"{type(failure).__name__}: {str(failure).partition(chr(10))[0]}"
    return {
        "improvements": recorder.improvements,
        "spent": recorder.spent,
        "seconds": round(time.process_time() - started, 3),
        "error": error,
    }


def main(method: str, problem: str, folder: str, *seeds: str) -> None:
    """Race with each seed; a result is put in place only when it is whole."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for seed in map(int, seeds):
        target = path(Path(folder), method, problem, seed)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(race(method, problem, seed)), encoding="utf-8")
        partial.replace(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
