"""The convolutional networks against hand-written ones of torch's functions."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
import torch
from torch import nn
from torch.nn import functional

from curvewise.cohort.families.convolutional_shape import ConvolutionalNormalisation, groups
from curvewise.cohort.families.network import new_network
from curvewise.cohort.families.perceptron_shape import Activation
from curvewise.errors import EngineError
from tests.cohort.image_problems import convolutional_shape as shape_of

NORMALISATIONS = get_args(ConvolutionalNormalisation)


def images(count=5, channels=1, size=8, seed=0) -> torch.Tensor:
    return torch.randn(count, channels, size, size, generator=torch.Generator().manual_seed(seed))


def stirred(shape, seed=0):
    """A network no weight of which is 0."""
    network = new_network(shape, seed).train()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.1)
    return network


def test_a_plain_network_is_the_one_that_anyone_would_write():
    ours = new_network(shape_of(filters=(16, 32), height=28, width=28, outputs=10), 1)
    plain = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 10)),
    )
    plain.load_state_dict(dict(zip(plain.state_dict(), ours.state_dict().values(), strict=True)))
    pixels = images(4, size=28)
    torch.testing.assert_close(ours(pixels), plain(pixels))
    gradients = [torch.autograd.grad(n(pixels).square().sum(), list(n.parameters())) for n in (ours, plain)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid"])
def test_pooling_before_an_activation_that_never_falls_is_pooling_after_it(activation):
    ours = new_network(shape_of(filters=(4,), activation=activation), 1)
    pixels = images()
    layer = ours.stages[0][0]
    after = functional.max_pool2d(layer.after[1](layer.convolution(pixels)), 2)
    torch.testing.assert_close(ours.stages(pixels), after)


def test_stages_of_several_convolutions_pool_once():
    shape = shape_of(filters=(4, 8), convolutions=3)
    assert [layer.height for layer in shape.layers()] == [8, 8, 8, 4, 4, 4]
    network = new_network(shape, 0)
    assert sum(isinstance(module, nn.MaxPool2d) for module in network.modules()) == 2
    assert network(images()).shape == (5, 3)


def norm(name: str, state, maps: torch.Tensor) -> torch.Tensor:
    """Batch normalisation in training, by hand."""
    mean, variance = maps.mean((0, 2, 3), keepdim=True), maps.var((0, 2, 3), unbiased=False, keepdim=True)
    gain, shift = (state[f"{name}.normalisation.{part}"][None, :, None, None] for part in ("weight", "bias"))
    return (maps - mean) / (variance + 1e-5).sqrt() * gain + shift


def convolved(name: str, state, maps: torch.Tensor, stride=1) -> torch.Tensor:
    weight = state[f"{name}.convolution.weight"]
    return norm(name, state, functional.conv2d(maps, weight, None, stride, weight.shape[-1] // 2))


def test_a_residual_network_is_that_of_he_et_al():
    shape = shape_of(residual=True, convolutions=4, normalisation="batch", filters=(4, 6))
    network = stirred(shape)
    state, pixels = {name: t.clone() for name, t in network.state_dict().items()}, images()
    maps = torch.relu(convolved("stem", state, pixels))
    for stage, block in itertools.product((0, 1), (0, 1)):
        name, changes = f"stages.{stage}.{block}", stage == 1 and block == 0
        first = torch.relu(convolved(f"{name}.first", state, maps, 2 if changes else 1))
        skip = convolved(f"{name}.skip", state, maps, 2) if changes else maps
        maps = torch.relu(convolved(f"{name}.second", state, first) + skip)
    expected = functional.linear(maps.mean((2, 3)), state["output.weight"], state["output.bias"])
    torch.testing.assert_close(network(pixels), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_every_weight_matters(residual, normalisation):
    network = stirred(shape_of(residual=residual, convolutions=2, normalisation=normalisation))
    network(images()).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 1e-6, name


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_parameters_have_the_promised_names(residual, normalisation):
    shape = shape_of(residual=residual, convolutions=2, normalisation=normalisation)
    drawn, state = new_network(shape, 0).state_dict(), {}
    names = (
        ["stages.0.0", "stages.0.1", "stages.1.0", "stages.1.1"]
        if not residual
        else ["stem", "stages.0.0.first", "stages.0.0.second"]
        + [f"stages.1.0.{part}" for part in ("first", "second", "skip")]
    )
    parts = {"none": (), "group": ("weight", "bias")}
    parts["batch"] = (*parts["group"], "running_mean", "running_var", "num_batches_tracked")
    for name in names:
        state[f"{name}.convolution.weight"] = state[f"{name}.convolution.bias"] = True
        if normalisation != "none":
            del state[f"{name}.convolution.bias"]
        state |= {f"{name}.normalisation.{part}": True for part in parts[normalisation]}
    assert set(drawn) == {*state, "output.weight", "output.bias"}


def test_initial_weights_are_uniform_within_torchs_bounds():
    network = new_network(shape_of(filters=(32, 64)), 0)
    for layer, fan_in in ((network.stages[0][0], 9), (network.stages[1][0], 32 * 9)):
        bound, weight = fan_in**-0.5, layer.convolution.weight.detach()
        assert weight.abs().max() <= bound and layer.convolution.bias.abs().max() <= bound
        assert weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)


@pytest.mark.parametrize("activation", get_args(Activation))
def test_every_activation_is_built(activation):
    for residual in (False, True):
        network = new_network(shape_of(activation=activation, residual=residual, convolutions=2), 0)
        assert torch.isfinite(network(images())).all()


def test_channels_and_sides_may_be_any():
    for channels, size, residual in ((3, 9, False), (3, 9, True), (2, 5, True)):
        shape = shape_of(channels=channels, height=size, width=size + 3, residual=residual, convolutions=2)
        pixels = torch.randn(2, channels, size, size + 3)
        assert new_network(shape, 0)(pixels).shape == (2, 3)


def test_images_too_small_for_the_stages_are_refused():
    assert shape_of(filters=(2, 2, 2)).features == 2
    with pytest.raises(EngineError, match=r"8 x 8 pixels is too small for 4 stages.* at most 3 stages"):
        shape_of(filters=(2, 2, 2, 2))
    shape_of(filters=(2, 2, 2, 2), residual=True, convolutions=2)
    with pytest.raises(EngineError, match="at most 4 stages"):
        shape_of(filters=(2,) * 5, residual=True, convolutions=2)


def test_stages_that_cannot_be_built_are_refused():
    with pytest.raises(EngineError, match="two convolutions a block, so 3 are not possible; ask for 4"):
        shape_of(residual=True, convolutions=3)
    for changes in ({"filters": ()}, {"convolutions": 0}):
        with pytest.raises(EngineError, match="at least one"):
            shape_of(**changes)


def test_batch_normalisation_needs_two_numbers_of_a_channel():
    deep = {"filters": (2, 2, 2, 2), "residual": True, "convolutions": 2}  # its last maps are 1 x 1
    assert shape_of(**deep, normalisation="batch").needs_rows == 2
    assert shape_of(**deep, normalisation="group").needs_rows == 1
    assert shape_of(normalisation="batch").needs_rows == 1


def test_multiplications_are_those_of_the_maps():
    shape = shape_of(filters=(16, 32), height=28, width=28, outputs=10)
    first, second, last = 28 * 28 * 9 * 16, 14 * 14 * 9 * 16 * 32, 7 * 7 * 32 * 10
    assert shape.multiplications == first + second + last
    assert shape.widest == 32 and shape.largest_maps == 28 * 28 * 16


@pytest.mark.parametrize("filters", [*range(1, 40), 64, 96, 128])
def test_groups_are_equal_and_not_small(filters):
    assert filters % groups(filters) == 0
    assert groups(filters) == 1 or filters // groups(filters) >= 8
    assert groups(64) == 8
