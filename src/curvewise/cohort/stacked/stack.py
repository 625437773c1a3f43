"""The tensors of many slots of one tile, side by side for an epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from curvewise.cohort.stacked.layout import WeightLayout
from curvewise.cohort.stacked.slot import StackedSlot


@dataclass(frozen=True)
class Stack:
    """K rows of weights and moments, and running statistics by name (K, H)."""

    layout: WeightLayout
    weights: Tensor
    """(K, P)."""
    first: Tensor | None
    """(K, trained P), None where no slot's optimizer keeps m."""
    second: Tensor | None
    """Of v likewise."""
    statistics: Mapping[str, Tensor]

    @classmethod
    def of(cls, slots: Sequence[StackedSlot]) -> Stack:
        """Copies of what the slots hold."""
        names = slots[0].statistics
        return cls(
            slots[0].layout,
            torch.stack([slot.row for slot in slots]),
            _stacked([slot.first for slot in slots], slots[0].layout.trained_size),
            _stacked([slot.second for slot in slots], slots[0].layout.trained_size),
            {name: torch.stack([slot.statistics[name] for slot in slots]) for name in names},
        )

    def kept(self, places: Sequence[int]) -> Stack:
        """Copies of some of the rows."""
        chosen = torch.tensor(places, device=self.weights.device)
        return Stack(
            self.layout,
            self.weights[chosen],
            None if self.first is None else self.first[chosen],
            None if self.second is None else self.second[chosen],
            {name: tensor[chosen] for name, tensor in self.statistics.items()},
        )

    @property
    def trained(self) -> Tensor:
        """The trained part of the weights, as a view."""
        return self.weights[:, : self.layout.trained_size]

    def leaves(self) -> dict[str, Tensor]:
        """Views of the trained parameters that gradients can be asked of, by name."""
        return {part.name: part.of(self.weights).detach().requires_grad_() for part in self.layout.trained}

    def others(self) -> dict[str, Tensor]:
        """Views of what is not trained: fixed parameters and running statistics."""
        return {part.name: part.of(self.weights) for part in self.layout.fixed} | dict(self.statistics)

    def hand_back(self, slots: Sequence[StackedSlot]) -> None:
        """Give each slot a copy of its row, or none of them where memory does not suffice."""
        copied = [
            (
                self.weights[k].clone(),
                None if self.first is None else self.first[k].clone(),
                None if self.second is None else self.second[k].clone(),
                {name: tensor[k].clone() for name, tensor in self.statistics.items()},
            )
            for k in range(len(slots))
        ]
        for slot, (row, first, second, statistics) in zip(slots, copied, strict=True):
            slot.adopt(row, first, second, statistics)


def _stacked(moments: Sequence[Tensor | None], size: int) -> Tensor | None:
    """The moments (K, size), zeros for slots without; None where no slot has any."""
    some = next((moment for moment in moments if moment is not None), None)
    if some is None:
        return None
    zeros = some.new_zeros(size)
    return torch.stack([zeros if moment is None else moment for moment in moments])
