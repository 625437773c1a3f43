"""The race on recorded learning curves: who finds good hyperparameters after fewest epochs?

Every method may spend the epochs of 20 full trainings on a problem of LCBench, TaskSet or DeepOBS, and is
judged by the least validation error that it has seen until then, as regret: 0 at the best known, 1 at the
median of random configurations trained to the end (tables_scales.py). Fresh problems are those on which
nothing of ours was tuned (tables_suite.py); others are reported apart. Peers run in an environment of their
own (tuners.txt), and where they ask for a configuration again they pay for its new epochs only. A process
races one method on one problem; races are kept in a folder, so that a second call goes on.

    python benchmarks/tables.py --json [--keep FOLDER] [--peers /path/to/an/environment/bin/python]
        [--seeds 20] [--slow-seeds 5] [--methods "random,halving"] [--tasks lcbench/3945,taskset] [--jobs 2]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import results_file
import tables_cell
from tables_methods import METHODS, OURS, Method
from tables_scales import scales
from tables_statistics import TENTHS, Race, place, regrets, summarise
from tables_suite import Part, load, parts

HERE = Path(__file__).parent
TOGETHER = 5
"""Seeds of one process, where a race takes a second: most of that is starting."""
LONGEST = 3600.0
"""Seconds after which a process is ended; its cells are missing then."""

Cells = dict[tuple[str, str], list[dict[str, Any]]]
"""What tables_cell.py wrote, by method and problem, in the order of the seeds."""


def main() -> None:
    """Race what is missing, summarise all that there is, print and write the result."""
    options = _options()
    known = {name: part for name, part in parts().items() if part != "development" or options.tasks}
    problems = {name: part for name, part in known.items() if _asked(name, part, options.tasks)}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.keep or temporary)
        seeds = {
            name: range(options.slow_seeds if METHODS[name].slow else options.seeds)
            for name in options.methods
        }
        run(seeds, list(problems), folder, options)
        cells = collect(seeds, list(problems), folder)
    summary, rows = result(cells, problems)
    if not options.tasks:
        seeds_told = f"--seeds {options.seeds} --slow-seeds {options.slow_seeds}"
        results_file.write(
            "tables", f"python benchmarks/tables.py --json --peers PYTHON {seeds_told}", summary, rows
        )
    if options.json:
        json.dump(summary, sys.stdout, indent=1)
    else:
        _print(summary)


def run(seeds: Mapping[str, Sequence[int]], problems: Sequence[str], folder: Path, options: Any) -> None:
    """Race every cell that is not in ``folder`` yet, ``options.jobs`` processes at a time."""
    commands = []
    for name, wanted in seeds.items():
        python = options.peers if METHODS[name].peer else sys.executable
        for problem in problems:
            missing = [seed for seed in wanted if not tables_cell.path(folder, name, problem, seed).exists()]
            together = 1 if METHODS[name].slow else TOGETHER
            for first in range(0, len(missing), together):
                chunk = map(str, missing[first : first + together])
                commands.append([python, "tables_cell.py", name, problem, str(folder.resolve()), *chunk])
    with ThreadPoolExecutor(options.jobs) as workers:
        for command, failed in zip(commands, workers.map(_race, commands), strict=True):
            if failed:
                print(f"{command[2]} on {command[3]}: {failed}", file=sys.stderr)


def _race(command: Sequence[str]) -> str:
    """What went wrong, or nothing."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=HERE,
            env={**os.environ, **threads},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {LONGEST:.0f} s"
    return done.stderr.strip().rpartition("\n")[2] if done.returncode else ""


def collect(seeds: Mapping[str, Sequence[int]], problems: Sequence[str], folder: Path) -> Cells:
    """The cells that there are."""
    found: Cells = {}
    for name, wanted in seeds.items():
        for problem in problems:
            paths = [tables_cell.path(folder, name, problem, seed) for seed in wanted]
            told = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]
            if told:
                found[name, problem] = told
    return found


def result(cells: Cells, problems: Mapping[str, Part]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary, of which the fresh problems are at the top, and a row for each method and problem."""
    horizons = {name: load(name).problem.horizon for name in problems}
    improvements = {key: [each["improvements"] for each in told] for key, told in cells.items()}
    races = regrets(improvements, scales(), horizons)
    fresh = [name for name, part in problems.items() if part == "fresh"]
    groups = {"tuned": [name for name in problems if name not in fresh]}
    for kind in dict.fromkeys(name.partition("/")[0] for name in fresh):
        groups[f"fresh {kind}"] = [name for name in fresh if name.startswith(kind)]
    summary = summarise(races, fresh, OURS)
    for name, members in groups.items():
        found = summarise(races, members, OURS)
        summary[name] = {key: value for key, value in found.items() if key != "curves"}
    return summary, [_row(race, cells[race.method, race.problem], problems[race.problem]) for race in races]


def _row(race: Race, told: Sequence[Mapping[str, Any]], part: Part) -> dict[str, Any]:
    mean = race.regret.mean(axis=0)
    return {
        "method": race.method,
        "problem": race.problem,
        "part": part,
        "seeds": len(told),
        "regret": {str(at): round(float(mean[place(at)]), 5) for at in (5, *TENTHS)},
        "seconds": round(sum(each["seconds"] for each in told) / len(told), 2),
        "failed": sorted({each["error"] for each in told if each["error"]}),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--keep", help="folder in which races are kept, and found again")
    parser.add_argument(
        "--peers", help="the Python of an environment that holds the peers; without, none races"
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--slow-seeds", type=int, default=5, help="of methods that take long")
    parser.add_argument("--methods", type=lambda text: text.split(","), default=list(METHODS))
    parser.add_argument(
        "--tasks",
        default="",
        help="beginnings of problems' names, or fresh, tuned, development: no result is written",
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    options = parser.parse_args()
    unknown = [name for name in options.methods if name not in METHODS]
    if unknown:
        parser.error(f"there is no method {unknown[0]!r}; there are {', '.join(METHODS)}")
    options.methods = [name for name in options.methods if _can_race(METHODS[name], options.peers)]
    return options


def _can_race(method: Method, peers: str | None) -> bool:
    return bool(peers) if method.peer else (HERE / f"{method.module}.py").exists()


def _asked(name: str, part: Part, tasks: str) -> bool:
    return not tasks or any(each == part or name.startswith(each) for each in tasks.split(","))


def _print(summary: Mapping[str, Any]) -> None:
    """Mean regret and rank, of fresh problems and of the others."""
    for title, group in (("fresh", summary), ("tuned on", summary.get("tuned", {}))):
        for name, regret in group.get("regret", {}).items():
            figures = "  ".join(f"{regret[at]:.3f}" for at in regret)
            print(f"{title:9} {name:16} {figures}  rank {group['mean_rank'][name]:.2f}")


if __name__ == "__main__":
    main()
