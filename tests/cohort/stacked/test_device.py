"""A step computes on the device that slots and examples lie on, and on no other.

Here that is torch's "meta" device, which has shapes and no numbers: so this is tested without a GPU too.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from curvewise.cohort.stacked import (
    chance,
    convolutional,
    device,
    placed_columns,
    placed_images,
    placed_pairs,
)
from curvewise.cohort.stacked.chance import Chance
from curvewise.cohort.stacked.forward import forward
from curvewise.cohort.stacked.layers import Training
from curvewise.cohort.stacked.layout import layout_of
from curvewise.cohort.stacked.losses import totals, training_losses
from curvewise.cohort.stacked.placing import copied
from tests.cohort.stacked.test_neighbours import PROBLEMS

META, SLOTS = torch.device("meta"), 3


class OneDevice(TorchDispatchMode):
    """Refuses operations on tensors of two devices, but for copies from one to the other."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor) and each.ndim]
        copies = function in (torch.ops.aten.copy_.default, torch.ops.aten._to_copy.default)
        assert copies or len({each.device for each in tensors}) < 2, function
        return function(*args, **kwargs or {})


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_step_stays_on_its_device(monkeypatch, problem):
    for module in (device, chance, placed_columns, placed_images, placed_pairs):
        monkeypatch.setattr(module, "device", lambda: META)
    monkeypatch.setitem(convolutional.MEMORY, "meta", torch.contiguous_format)
    split, recipe = PROBLEMS[problem]
    layout = layout_of(recipe.shape)
    weights = torch.empty(SLOTS, layout.size, device=META)
    others = {name: torch.empty(SLOTS, size, device=META) for name, size in layout.statistics}
    others |= {part.name: part.of(weights) for part in layout.fixed}
    leaves = {part.name: part.of(weights).detach().requires_grad_() for part in layout.trained}
    drawn = Chance([1, 2, 3], [0, 0, 0], [0.1, 0.2, 0.3], [0.1, 0.1, 0.1])
    alive: list[Tensor] = []
    training = Training(
        lambda activations, layer: drawn.silence(activations, layer, 0), lambda _, seen: alive.append(seen())
    )
    with OneDevice():
        batch = copied(split.train).take(np.stack([np.arange(8)] * SLOTS))
        batch.numbers = drawn.noisy(batch.numbers, 0)
        outputs = forward(recipe.shape, leaves | others, batch, training)
        losses = training_losses(recipe.loss, outputs, batch.targets, None, batch.counted)
        gradients = torch.autograd.grad(losses.sum(), list(leaves.values()))
        summed = totals(split.task, outputs, batch.targets, batch.counted)
    assert {tensor.device for tensor in (*gradients, *alive, outputs, summed)} == {META}
    assert losses.shape == (SLOTS,)


def test_two_devices_would_be_seen():
    with pytest.raises(AssertionError), OneDevice():
        torch.zeros(3, 3, device=META) @ torch.zeros(3, 3)
