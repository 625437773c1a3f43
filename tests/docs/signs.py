"""docs/signs.md from the signs' own docstrings: ``python -m tests.docs.signs`` writes it."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from curvewise.curves import features as features_file
from curvewise.curves import shape as shape_file
from curvewise.diagnosis import measurements, settings, suspect, suspects
from curvewise.diagnosis.signs import health
from curvewise.diagnosis.signs.table import AT_END, SIGNS
from tests.docs.figures import updated

PAGE = Path(__file__).parents[2] / "docs" / "signs.md"

OPENING = """\
# The signs

What `curvewise diagnose`, `curvewise watch`, `Watch` and every study read off a training curve, in order
of cause: a sign that stands earlier explains later ones, which are then not told beside it. A *fault* makes
the verdict `problem`; *advice* leaves a run healthy. A run without a fault is `healthy` only where its curve
shows it, else `cannot tell`, with what is missing.

No threshold is an accuracy or a loss: all are ratios, or counts of standard errors, so that they do not
change with the loss's unit, with the number of points or with how often they were logged. Levels are medians
of a sixth of the points (3 at least), slopes are Theil-Sen with a 95 % interval, noise is what is left around
straight lines and parabolas through neighbours. Below 6 points nothing is said but what is certain, such as
NaN. Signs that need gradients, updates, dead units or learning rates use them where they were recorded and
are silent otherwise.

## How often they are right

On the labelled curves of real Keras programs in the development data (31 with a problem, 56 healthy, of 8
programs; losses and accuracies only), in percent, by `python benchmarks/diagnosis.py --json --peers PYTHON`.
"Cannot tell" on a problem is a miss. Thresholds were chosen looking at half of the programs; the second
figure is of the other half, which was 69 until the sign by the error was added, on general grounds. Eight
programs are few: intervals, by drawing programs, are in [the result](../benchmarks/results/diagnosis.json).

| tool | problems found | of programs not looked at | healthy accused | from |
|---|---|---|---|---|
{tools}

On 2,480 trainings of our own whose cause is known, on published faults that were trained again, and on
somebody else's learning rates: [evidence](evidence.md#12-published-faults-trained-again), 12 to 14.
"""

TOOLS = (
    ("curvewise", "curvewise"),
    ("runmedic", "runmedic 0.1.1"),
    ("losslint", "losslint 0.4.1"),
    ("training-doctor", "training-doctor 0.1.0"),
    ("sk-autod", "sk-autod 0.1.1 (needs a validation loss)"),
    ("AutoTrainer", "AutoTrainer's rules on curves"),
    ("DeepDiagnosis", "DeepDiagnosis' rules on curves"),
    ("SageMaker Overfit", "SageMaker Overfit"),
    ("SageMaker LossNotDecreasing", "SageMaker LossNotDecreasing"),
    ("SageMaker ExplodingTensor", "SageMaker ExplodingTensor"),
)
SAID_THRICE = "not learning"
"""A sign that is read in three ways."""
EVERYWHERE = {"ENOUGH", "LATE", "STEP", "MOST"}
"""Constants that many signs use; they stand at the end of the page."""
FIGURES = "`recall · held_out_recall · false_alarms`"


def page() -> str:
    """The whole page."""
    rows = (f"| {told} | 0 | 0 | 0 | `diagnosis` `{tool}` {FIGURES} |" for tool, told in TOOLS)
    parts = [updated(OPENING.format(tools="\n".join(rows)))]
    for sign in SIGNS:
        parts.append(section(sign.read, "fault" if sign.fault else "advice", sign.live_from))
    parts.append(section(health.healthy, "no fault", AT_END))
    parts.append("## What is blamed\n\n" + text(inspect.getdoc(suspects.suspect) or ""))
    parts.append(constants(*((each, names_in(each)) for each in (suspect, settings, measurements))))
    parts.append("## Levels\n\n" + constants((shape_file, {"LATE", "LEVELS"}), (features_file, {"ENOUGH"})))
    return "\n".join(part.rstrip() + "\n" for part in parts)


def section(read: Callable[..., Any], kind: str, live_from: int) -> str:
    """One sign: its docstring and the thresholds that its function uses."""
    told = inspect.getdoc(read) or ""
    names = " · ".join(re.findall(r'"([^"]+)"', told.split(":")[0]))
    if SAID_THRICE in names:
        names = f"{names} ({read.__name__.replace('_', ' ')})"
    when = (
        "told at the end of a run"
        if live_from == AT_END
        else f"told of a run that goes on from {live_from} points"
    )
    module = inspect.getmodule(read)
    assert module is not None
    body = text(told)
    table = constants(*found_in(module, used(module, read.__name__) - EVERYWHERE))
    return f"## {names}\n\n*{kind}; {when}*\n\n{body}\n\n{table}"


def text(docstring: str) -> str:
    """A docstring in Markdown: equations fenced, paragraphs on one line."""
    blocks = []
    for block in re.split(r"\n\s*\n", docstring):
        if block.startswith(".. math::"):
            equation = " ".join(line.strip() for line in block.removeprefix(".. math::").splitlines())
            blocks.append(f"```math\n{equation.strip()}\n```")
        else:
            blocks.append(" ".join(block.split()).replace("``", "`"))
    return "\n\n".join(blocks)


def constants(*wanted: tuple[ModuleType, set[str]]) -> str:
    """A table of modules' constants with their values and where they come from."""
    rows = []
    for module, names in wanted:
        for statement, after in itertools.pairwise(ast.parse(inspect.getsource(module)).body):
            if not (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)):
                continue
            name = statement.targets[0].id
            if name not in names or not isinstance(getattr(module, name), int | float):
                continue
            documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            said = after.value.value if documented else ""
            rows.append(f"| `{name}` | {getattr(module, name):g} | {' '.join(str(said).split())} |")
    opening = ["| threshold | value | what it is, and where it comes from |", "|---|---|---|"]
    return "\n".join([*opening, *rows]) if rows else ""


def found_in(module: ModuleType, names: set[str]) -> list[tuple[ModuleType, set[str]]]:
    """Where constants that a module uses are written: in itself, or in those it imports them from."""
    imports = [each for each in ast.parse(inspect.getsource(module)).body if isinstance(each, ast.ImportFrom)]
    found = [(importlib.import_module(each.module or ""), {a.name for a in each.names}) for each in imports]
    return [(module, names), *((source, there & names) for source, there in found if there & names)]


def used(module: ModuleType, function: str) -> set[str]:
    """Names in capitals that a function uses, and those of the module's functions that it calls."""
    functions = {
        f.name: f for f in ast.parse(inspect.getsource(module)).body if isinstance(f, ast.FunctionDef)
    }
    names, open_ends = set[str](), [function]
    while open_ends:
        for node in ast.walk(functions[open_ends.pop()]):
            if isinstance(node, ast.Name) and node.id not in names:
                names.add(node.id)
                if node.id in functions:
                    open_ends.append(node.id)
    return {name for name in names if name.isupper()}


def names_in(module: ModuleType) -> set[str]:
    """Every constant of a module."""
    return {name for name in vars(module) if name.isupper()}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
