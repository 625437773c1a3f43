"""Traces a training step and compiles it: runs in a process of its own (``child``), for it takes long."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import fx
from torch._inductor import aot_compile
from torch.export import Dim, ExportedProgram, export
from torch.fx.experimental.proxy_tensor import make_fx

from curvewise.cohort.stacked.compiled.examples import MINIBATCH, PRIMES, ROWS, SLOTS, example
from curvewise.cohort.stacked.compiled.step import step_of
from curvewise.cohort.stacked.compiled.structure import Structure
from curvewise.errors import EngineError

SIZES = frozenset({*PRIMES, MINIBATCH, ROWS, SLOTS})
"""What stands for a size in the examples; other numbers are counts of the structure's own."""


def compile_step(structure: Structure, library: Path) -> None:
    """Compile the step of ``structure`` for the processor into the file ``library``, for every size."""
    exported = exported_step(structure)
    options = {"aot_inductor.output_path": str(library), "cpp.threads": 1, "compile_threads": 1}
    aot_compile(exported.module(check_guards=False), tuple(example(structure)), options=options)


def exported_step(structure: Structure) -> ExportedProgram:
    """The step's graph, its sizes symbols; raises EngineError where one was taken for a constant."""
    tensors = tuple(example(structure))
    traced = make_fx(step_of(structure), tracing_mode="symbolic")(*tensors)
    straighten(traced)
    dimensions = [{i: Dim.AUTO for i, size in enumerate(t.shape) if size in SIZES} for t in tensors]
    exported = export(_Step(traced), tensors, dynamic_shapes=(tuple(dimensions),))
    _check(exported, dimensions)
    return exported


class _Step(torch.nn.Module):
    """What ``export`` takes."""

    def __init__(self, traced: fx.GraphModule) -> None:
        super().__init__()
        self.traced = traced

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """The step's losses and norms."""
        found: torch.Tensor = self.traced(*tensors)
        return found


def straighten(traced: fx.GraphModule) -> None:
    """Compute the transpose of a product, (A B)^T, as B^T A^T.

    Gradients of weights come out of autograd transposed; read so by the update, and by its norms, a step
    of 64 units takes 1.6 times as long.
    """
    aten, graph = torch.ops.aten, traced.graph
    for node in list(graph.nodes):
        if node.target is not aten.transpose.int or {axis % 3 for axis in node.args[1:]} != {1, 2}:
            continue
        product = node.args[0]
        if product.target is not aten.bmm.default or len(product.users) != 1:
            continue
        with graph.inserting_before(node):
            turned = [graph.call_function(aten.transpose.int, (each, 1, 2)) for each in product.args[::-1]]
            node.replace_all_uses_with(graph.call_function(aten.bmm.default, tuple(turned)))
    graph.eliminate_dead_code()
    traced.recompile()


def _check(exported: ExportedProgram, dimensions: list[dict[int, object]]) -> None:
    placed = [node for node in exported.graph.nodes if node.op == "placeholder"]
    for node, axes in zip(placed, dimensions, strict=True):
        shape = node.meta["val"].shape
        if fixed := [axis for axis in axes if str(shape[axis]).isdigit()]:
            raise EngineError(f"tracing took axes {fixed} of {node.name}, {tuple(shape)}, for constants")
