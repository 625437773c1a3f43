"""Which group of layers a parameter belongs to, in any module."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from torch import Tensor, nn

ELSEWHERE = "elsewhere"
"""The group of parameters that the optimizer has and the model has not."""

_WRAPPERS = ("_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""Names under which wrappers keep what they wrap: torch.compile, DataParallel and its relatives."""
_WITH_UNITS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
"""Layers whose weights' first dimension, and bias, counts units or channels."""


@dataclass(frozen=True)
class Place:
    """Where a parameter is."""

    group: str
    of_units: bool
    """True where an element (a bias), or a row (a weight without one), is a unit's or a channel's."""


class Layers:
    """Finds a parameter's place; reads the model's names again where it meets one that it does not know."""

    def __init__(self, models: Iterable[nn.Module]) -> None:
        self._models = [weakref.ref(model) for model in models]
        self._known: dict[int, tuple[weakref.ref[Tensor], Place]] = {}

    def places(self, parameters: Iterable[Tensor]) -> list[Place]:
        """The places of ``parameters``, in their order."""
        wanted = list(parameters)
        if any(self._place(parameter) is None for parameter in wanted):
            self._read(wanted)
        return [self._place(parameter) or Place(ELSEWHERE, False) for parameter in wanted]

    def _place(self, parameter: Tensor) -> Place | None:
        """None where it is not known; ids are given again, hence the reference."""
        known = self._known.get(id(parameter))
        return known[1] if known is not None and known[0]() is parameter else None

    def _read(self, wanted: Iterable[Tensor]) -> None:
        elsewhere = Place(ELSEWHERE, False)
        self._known = {}
        for reference in self._models:
            model = reference()
            if model is not None:
                for parameter, place in _named(model):
                    # What is tied is the first layer's that has it, as in torch's own names
                    self._known.setdefault(id(parameter), (weakref.ref(parameter), place))
        for parameter in wanted:
            self._known.setdefault(id(parameter), (weakref.ref(parameter), elsewhere))


def _named(model: nn.Module) -> Iterator[tuple[Tensor, Place]]:
    for path, module in model.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            telling = "weight" if getattr(module, "bias", None) is None else "bias"
            yield parameter, Place(group(path) or name, isinstance(module, _WITH_UNITS) and name == telling)


def group(path: str) -> str:
    """A module's group by its path: ``encoder.layers.3`` of ``encoder.layers.3.attention.query``.

    Up to the first number, since what is numbered is stacked; else the whole path. Wrappers' names are
    left out.
    """
    words: list[str] = []
    for word in path.split("."):
        if word in _WRAPPERS:
            continue
        words.append(word)
        if word.isdigit():
            break
    return ".".join(words)
