"""Where does a native training step spend its time? Sampled with Linux's ``perf``, which must be installed.

    python benchmarks/engine_profile.py --json [--seconds 4]

The kernels are built once more with the compiler's notes on what was inlined where; each network of
engine.py that has kernels is trained by one slot on one thread, 2,000 times a second it is noted where the
processor is, and the notes are counted by the part of a step that they fall in. The summary has, by network,
the share of each part:

    products       matrix products, forward and backward, those with mostly zero inputs included
    elementwise    all else that either pass does: activations or cells, biases, rearranging
    loss           loss, error and the gradient of the outputs
    update         gradient norm, clipping, AdamW
    rows           gathering the minibatch, and the embeddings' gradient
    measures       what a point tells beyond the loss
    other          whatever else the kernels do
    outside        Python, numpy and the system, between the calls of an epoch

Writes benchmarks/results/engine-profile.json; ``--json`` also prints its summary.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import results_file
from curvewise.cohort import compilation, kernels
from curvewise.cohort.recipe import recipe
from curvewise.cohort.ways import Workshop, serves
from engine_problems import PROBLEMS
from engine_ways import repeated

PARTS = {
    **dict.fromkeys(("product", "strip", "tile", "tile_of"), "products"),
    **dict.fromkeys(("sparse_linear", "sparse_weight_gradient"), "products"),
    **dict.fromkeys(
        ("forward", "forward_layer", "backward", "backward_in_time", "over_units"), "elementwise"
    ),
    "assess": "loss",
    "take": "update",
    "gather": "rows",
    "scatter": "rows",
    "make_timetable": "rows",
    "look_at_inputs": "rows",
    "add_noise": "rows",
    "watch": "measures",
    "tell_dead_units": "measures",
}
"""Functions of the kernels that stand for a part of the step, with what they call but what has its own."""
NAMES = ("products", "elementwise", "loss", "update", "rows", "measures", "other", "outside")
Frames = tuple[str, ...]
"""Names of functions, the innermost first."""
Chain = tuple[int, ...]
"""Addresses of code, the innermost first."""


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="Where a native training step spends its time.")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each network (default 4)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--train", metavar="NAME", help="train a network for that long, and nothing else")
    options = parser.parse_args(arguments)
    if options.train:
        train(options.train, options.seconds)
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "curvewise" / "native" / compilation.digest(kernels.FOLDER) / kernels.NAME
        compilation.build(
            kernels.FOLDER, library, ("-g", "-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer")
        )
        able = [p for p in PROBLEMS if serves("native", recipe(p.configuration, 1, p.split()))]
        counts = {p.name: parts(sampled(p.name, options.seconds, Path(folder), library)) for p in able}
    rows = [{"problem": n, "part": p, "samples": c} for n, found in counts.items() for p, c in found.items()]
    summary = {name: shares(found) for name, found in counts.items()}
    command = " ".join(["python", "benchmarks/engine_profile.py", *arguments])
    results_file.write("engine-profile", command, summary, rows)
    print(json.dumps(summary) if options.json else as_table(summary))


def train(name: str, seconds: float) -> None:
    """One slot on one thread, for so many seconds."""
    problem = next(p for p in PROBLEMS if p.name == name)
    split = problem.split()
    slot = Workshop(1).open("native", 0, recipe(problem.configuration, 1, split), split, seed=0)
    repeated(slot.train_epoch, problem.minibatches)(seconds)


def sampled(name: str, seconds: float, folder: Path, library: Path) -> Iterator[Frames]:
    """Samples of a process that trains ``name`` with the kernels in ``library``."""
    record = folder / "perf.data"
    command = [sys.executable, __file__, "--train", name, "--seconds", str(seconds)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder), "OMP_NUM_THREADS": "1"}
    perf = ["perf", "record", "-e", "cpu-clock:u", "-F", "2000", "-g", "-o", str(record), "--", *command]
    subprocess.run(perf, env=environment, check=True, capture_output=True)
    script = ["perf", "script", "-i", str(record), "-F", "ip,event,dso"]
    told = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    chains = trimmed(list(addresses(told, str(library))))
    names = functions(library, {address for chain in chains for address in chain})
    for chain in chains:
        yield tuple(name for address in chain for name in names[address])


def addresses(told: str, library: str) -> Iterator[Chain]:
    """Of each sample that ``perf script`` tells, the addresses within ``library``, innermost first.

    A sample is a line that names the event, a line for each address with the file it is of, a blank one.
    """
    for sample in told.strip().split("\n\n"):
        _, *lines = sample.splitlines()
        chain = [int(line.split()[0], 16) for line in lines if library in line]
        yield (*chain[:1], *(address - 1 for address in chain[1:]))  # a caller's is that of what comes next


def trimmed(chains: Sequence[Chain]) -> Sequence[Chain]:
    """Without what was before the library's first sample and after its last: getting ready, and leaving."""
    inside = [place for place, chain in enumerate(chains) if chain]
    return chains[inside[0] : inside[-1] + 1] if inside else []


def functions(library: Path, found: set[int]) -> Mapping[int, Frames]:
    """What stands at each address: the function, and those that it was inlined into."""
    ordered = sorted(found)
    told = subprocess.run(
        ["addr2line", "-f", "-i", "-C", "-a", "-e", str(library)],
        input="\n".join(map(hex, ordered)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names: dict[int, Frames] = {}
    for piece in re.split(r"^0x", told, flags=re.MULTILINE)[1:]:
        address, *lines = piece.splitlines()
        names[int(address, 16)] = tuple(map(bare, lines[::2]))
    return names


def bare(function: str) -> str:
    """A function's name without its namespace, templates and parameters."""
    name = re.sub(r" \[clone .*\]|<.*>|\(.*\)", "", function.replace("(anonymous namespace)::", ""))
    return name.split("::")[-1].split(" ")[-1]


def parts(samples: Iterable[Frames]) -> Counter[str]:
    """How many samples there are of each part, and in all."""
    counts: Counter[str] = Counter()
    for frames in samples:
        innermost = (PARTS[name] for name in frames if name in PARTS)
        counts.update((next(innermost, "other" if frames else "outside"), "all"))
    return counts


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Of all samples."""
    return {name: round(counts.get(name, 0) / counts["all"], 3) for name in NAMES}


def as_table(summary: Mapping[str, Mapping[str, float]]) -> str:
    """The summary for people."""
    return "\n".join(
        f"{name}: " + "  ".join(f"{part} {share:.1%}" for part, share in found.items())
        for name, found in summary.items()
    )


if __name__ == "__main__":
    main(sys.argv[1:])
