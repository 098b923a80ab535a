"""Convolution, pooling and softmax against PyTorch."""

import numpy as np
import pytest
import torch
from networks import conv_graph

from ossicle.graph import Node, Tensor
from ossicle.numerics.formats import Q15, DType
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.ops.softmax.simulate import simulate as softmax
from ossicle.simulate import Simulator

GRAPH = conv_graph()
NODES = {node.name: node for node in GRAPH.nodes}


def simulated(node, x):
    return Simulator(GRAPH).run(node, [x])[0]


def image(geometry, x):
    return torch.from_numpy(x.reshape(1, geometry.height, geometry.width, geometry.channels)).permute(
        0, 3, 1, 2
    )


def flat(y):
    return y.permute(0, 2, 3, 1).reshape(-1).numpy()


@pytest.mark.parametrize("name", ["rows", "local", "depth", "point"])
def test_convolutions_are_pytorchs(name):
    node, geometry = NODES[name], ConvolutionGeometry.of(NODES[name])
    x = np.random.default_rng(1).normal(size=geometry.size).astype(np.float32)
    weight, bias = (torch.from_numpy(node.constants[key]) for key in ("weight", "bias"))
    kernel = (geometry.kernel_height, geometry.kernel_width)
    if node.op == "depthwise_conv2d":
        weight = weight.reshape(-1, 1, *kernel)
    else:
        weight = weight.reshape(-1, *kernel, geometry.channels).permute(0, 3, 1, 2)
    bottom = (
        (geometry.out_height - 1) * geometry.stride_height - geometry.pad_top + kernel[0] - geometry.height
    )
    right = (geometry.out_width - 1) * geometry.stride_width - geometry.pad_left + kernel[1] - geometry.width
    edges = (geometry.pad_left, max(right, 0), geometry.pad_top, max(bottom, 0))
    padded = torch.nn.functional.pad(image(geometry, x), edges)
    groups = geometry.channels if node.op == "depthwise_conv2d" else 1
    stride = (geometry.stride_height, geometry.stride_width)
    y = torch.nn.functional.conv2d(padded, weight, bias, stride, groups=groups)
    y = y[:, :, : geometry.out_height, : geometry.out_width]
    expected = flat(torch.relu(y) if node.attributes.get("low") == 0 else y)
    np.testing.assert_allclose(simulated(node, x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["peak", "mean"])
def test_poolings_are_pytorchs(name):
    node, geometry = NODES[name], ConvolutionGeometry.of(NODES[name])
    x = np.random.default_rng(2).normal(size=geometry.size).astype(np.float32)
    pool = {"max_pool": torch.nn.functional.max_pool2d, "average_pool": torch.nn.functional.avg_pool2d}
    kernel, stride = (
        (geometry.kernel_height, geometry.kernel_width),
        (geometry.stride_height, geometry.stride_width),
    )
    expected = pool[node.op](image(geometry, x), kernel, stride)[
        :, :, : geometry.out_height, : geometry.out_width
    ]
    np.testing.assert_allclose(simulated(node, x), flat(expected), rtol=1e-6)


def test_the_mean_of_integers_is_rounded_halves_upwards():
    codes = np.zeros(80, np.int16)
    codes[:30:10] = [-32768, -32768, -32767]
    codes[1:31:10] = [1, 1, -1]
    codes[2:32:10] = [2, 2, 1]
    means = simulated(NODES["mean"], codes)
    assert means[:3].tolist() == [-32768, 0, 2]


@pytest.mark.parametrize("scale", [2.0**-14, 1e-3, 0.03, 2.0])
def test_integer_softmax_is_the_float_one_to_a_step(scale):
    rng = np.random.default_rng(3)
    for size in (2, 6, 33):
        node, source = Node("softmax", "n", {"x": "x"}, {"y": "y"}), Tensor((size,), DType.S16, scale)
        x = rng.integers(-32768, 32767, size, endpoint=True).astype(np.int16)
        (y,) = softmax(node, [x], [source], [Tensor((size,), DType.S16, Q15)])
        powers = np.exp((x.astype(np.float64) - x.max()) * scale)
        assert np.abs(y * Q15 - powers / powers.sum()).max() < 2.5 * Q15
