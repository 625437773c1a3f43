"""A compiler that is never done: stands for ``Compiler.compile`` until it is told to end."""

from __future__ import annotations

import time

from curvewise.cohort.stacked.compiled.program import StepError


def endless(entered):
    """Sets ``entered`` once it is called."""

    def compile(compiler, structure, library):
        entered.set()
        while not compiler._ended:
            time.sleep(0.01)
        raise StepError("the study ended first")

    return compile
