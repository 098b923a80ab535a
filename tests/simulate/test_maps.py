"""Convolution, pooling and softmax against PyTorch."""

import numpy as np
import pytest
import torch
from networks import conv_graph

from ossicle.graph import DType, Node, Tensor
from ossicle.numerics.formats import Q15
from ossicle.ops.geometry import Window
from ossicle.ops.softmax.simulate import simulate as softmax
from ossicle.simulate import Simulator

GRAPH = conv_graph()
NODES = {node.name: node for node in GRAPH.nodes}


def simulated(node, x):
    return Simulator(GRAPH).run(node, [x])[0]


def image(window, x):
    return torch.from_numpy(x.reshape(1, window.height, window.width, window.channels)).permute(0, 3, 1, 2)


def flat(y):
    return y.permute(0, 2, 3, 1).reshape(-1).numpy()


@pytest.mark.parametrize("name", ["rows", "local", "depth", "point"])
def test_convolutions_are_pytorchs(name):
    node, window = NODES[name], Window.of(NODES[name])
    x = np.random.default_rng(1).normal(size=window.size).astype(np.float32)
    weight, bias = (torch.from_numpy(node.constants[key]) for key in ("weight", "bias"))
    kernel = (window.kernel_height, window.kernel_width)
    if node.op == "depthwise_conv2d":
        weight = weight.reshape(-1, 1, *kernel)
    else:
        weight = weight.reshape(-1, *kernel, window.channels).permute(0, 3, 1, 2)
    bottom = (window.out_height - 1) * window.stride_height - window.pad_top + kernel[0] - window.height
    right = (window.out_width - 1) * window.stride_width - window.pad_left + kernel[1] - window.width
    edges = (window.pad_left, max(right, 0), window.pad_top, max(bottom, 0))
    padded = torch.nn.functional.pad(image(window, x), edges)
    groups = window.channels if node.op == "depthwise_conv2d" else 1
    stride = (window.stride_height, window.stride_width)
    y = torch.nn.functional.conv2d(padded, weight, bias, stride, groups=groups)
    y = y[:, :, : window.out_height, : window.out_width]
    expected = flat(torch.relu(y) if node.attributes.get("low") == 0 else y)
    np.testing.assert_allclose(simulated(node, x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["peak", "mean"])
def test_poolings_are_pytorchs(name):
    node, window = NODES[name], Window.of(NODES[name])
    x = np.random.default_rng(2).normal(size=window.size).astype(np.float32)
    pool = {"max_pool": torch.nn.functional.max_pool2d, "average_pool": torch.nn.functional.avg_pool2d}
    kernel, stride = (window.kernel_height, window.kernel_width), (window.stride_height, window.stride_width)
    expected = pool[node.op](image(window, x), kernel, stride)[:, :, : window.out_height, : window.out_width]
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
