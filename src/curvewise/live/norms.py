"""Lengths of gradients and of what a step changes, on their device and without waiting for it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

COPIED = 1 << 16
"""Numbers of a tensor that are copied to see how a step changes them; of larger ones evenly spaced ones are.
A length estimated from so many is right to less than 1 %, and a model's copy takes no memory to speak of."""


HALVES = torch.float16, torch.bfloat16


def norms(tensors: Sequence[Tensor]) -> list[Tensor]:
    """The L2 norm of each as a tensor of one number, half precision summed in single precision."""
    plain = [_dense(each) for each in tensors]
    kinds = {each.dtype for each in plain}
    if kinds & set(HALVES) and kinds - {*HALVES, torch.float32}:
        plain = [each.float() if each.dtype in HALVES else each for each in plain]
        kinds = set()
    # As torch.nn.utils.clip_grad_norm_ computes them: one kernel for many tensors
    return (
        list(torch._foreach_norm(plain, 2, torch.float32 if kinds & set(HALVES) else None)) if plain else []
    )


def _dense(tensor: Tensor) -> Tensor:
    """What a norm is taken of: of a sharded tensor this process's part, of a sparse one what it holds."""
    tensor = local(tensor)
    if tensor.layout == torch.sparse_coo:
        tensor = tensor.coalesce().values()
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def local(tensor: Tensor) -> Tensor:
    """This process's part of a sharded tensor: to ask the others would hold them up."""
    if type(tensor) in (Tensor, nn.Parameter):
        return tensor
    to_local = getattr(tensor, "to_local", None)
    part: Tensor = tensor if to_local is None else to_local()
    return part


def sampled(tensor: Tensor) -> tuple[Tensor, int]:
    """Evenly spaced numbers of a tensor and every how many-th they are; all of them where they are few.

    A view, or a copy where the tensor is in no order that has such a view. The spacing is odd, so that of
    most matrices it is not one column.
    """
    part = local(tensor)
    every = 1 if part.numel() <= COPIED else -(-part.numel() // COPIED) | 1
    if every == 1:
        return part, 1
    if part.ndim == 4 and part.is_contiguous(memory_format=torch.channels_last):
        part = part.permute(0, 2, 3, 1)
    return part.reshape(-1)[::every], every
