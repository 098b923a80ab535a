"""The convolutions of the keyword study give the network's results, whatever the order of their loops."""

from dataclasses import replace

import emulator  # noqa: F401  (skips where the emulator is missing)
import kws_pruning
import numpy as np
import pytest
from kws_kernels import Loop, convolution, operands, run_loop

from ossicle.audio.mel_tables import MelConfig
from ossicle.graph import Graph, Node, Tensor
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.quantization import calibrate, quantize
from ossicle.targets import load_target
from ossicle.tasks.spotting.record import Spotting

FILTERS = 18
"""More than a block of rows, and no multiple of four."""
GEOMETRY = ConvolutionGeometry(40, 30, 1, 8, 30, 4, 1, 0, 0, 9, 1)
OUTPUT, WEIGHT = "kws_output_major", "kws_weight_prioritized"


def tiny(share: float) -> Graph:
    """The published shape with fewer filters; a share of its weights, and of its vectors, is there."""
    rng = np.random.default_rng(0)
    weight = rng.normal(0, 0.1, (FILTERS, 8, 30)) * (rng.random((FILTERS, 8, 30)) < share)
    weight *= rng.random((FILTERS, 8, 1)) < share
    conv = {"weight": weight.reshape(FILTERS, 240).astype(np.float32)}
    score = {"weight": rng.normal(0, 0.1, (2, 9 * FILTERS)).astype(np.float32)}
    conv["bias"], score["bias"] = (rng.normal(0, 0.3, n).astype(np.float32) for n in (FILTERS, 2))
    attributes = {"activation": "none", "low": 0.0} | GEOMETRY.attributes
    nodes = (
        Node("conv2d", "conv", {"x": "patch"}, {"y": "conv_y"}, conv, attributes),
        Node("linear", "score", {"x": "conv_y"}, {"y": "score_y"}, score, {"activation": "none"}),
    )
    tensors = {"patch": Tensor((40, 30, 1)), "conv_y": Tensor((9, 1, FILTERS)), "score_y": Tensor((2,))}
    task = Spotting(MelConfig(), ("no", "yes"), ("yes",))
    return Graph("tiny_kws", task, ("patch",), ("score_y",), (), tensors, nodes)


@pytest.fixture(scope="module")
def graph():
    return tiny(0.5)


@pytest.fixture(scope="module")
def patches():
    return np.random.default_rng(1).standard_normal((3, 1200)).astype(np.float32)


LOOPS = [
    *(Loop(function, lanes, skip) for function in (OUTPUT, WEIGHT) for lanes in (1, 2) for skip in (0, 1)),
    *(Loop("kws_vectors", lanes) for lanes in (1, 2)),
    Loop("kws_nonzeros"),
    Loop("kws_row_blocks"),
]
CASES = [
    pytest.param(loop, scheme, id=f"{loop.function}-{loop.lanes}{'-skip' if loop.skip else ''}-{scheme}")
    for loop in LOOPS
    for scheme in ("fp32", "w8a16", "w16a16")
    # There is no SIMD for floats.
    if scheme != "fp32" or (loop.lanes == 1 and loop.function != "kws_row_blocks")
]


@pytest.mark.parametrize(("loop", "scheme"), CASES)
def test_a_loop_gives_the_results_of_the_simulation(graph, patches, loop, scheme):
    quantized = quantize(graph, scheme, calibrate(graph, [patches]))
    x, expected = operands(quantized, patches)
    # A strict compiler holds the study's C to the rules of the kernels.
    target = load_target("stm32f767")
    strict = replace(target, cflags=(*target.cflags, "-Wall", "-Wextra", "-Werror", "-Wconversion"))
    y, cost = run_loop(loop, convolution(quantized), x, strict, 0)
    assert np.count_nonzero(expected) > expected.size // 4
    if scheme == "fp32":
        np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    else:
        np.testing.assert_array_equal(y, expected)
    assert cost.cycles > 0 and cost.instructions > 5000


def test_skipping_takes_less_where_weights_are_zero(graph, patches):
    x, _ = operands(graph, patches)
    node, target = convolution(graph), load_target("stm32f767")
    dense = run_loop(Loop(WEIGHT), node, x, target, 0)[1].instructions
    zeros_skipped = run_loop(Loop(WEIGHT, skip=True), node, x, target, 0)[1].instructions
    nonzeros = run_loop(Loop("kws_nonzeros"), node, x, target, 0)[1].instructions
    vectors = run_loop(Loop("kws_vectors"), node, x, target, 0)[1].instructions
    assert nonzeros < zeros_skipped < vectors < 0.7 * dense and 0.4 * dense < vectors


@pytest.mark.parametrize("granularity", kws_pruning.GROUPS)
def test_half_of_the_groups_is_left_out_the_smallest_ones(granularity):
    dense, size = tiny(1.0), kws_pruning.GROUPS[granularity]
    node = convolution(kws_pruning.prune(dense, granularity, 0.5))
    before, after = (n.constants["weight"].reshape(-1, size) for n in (convolution(dense), node))
    norms, kept = np.linalg.norm(before, axis=1), after.any(axis=1)
    np.testing.assert_array_equal(after[kept], before[kept])
    assert kept.sum() == len(kept) // 2 and norms[~kept].max() <= norms[kept].min()
    biases = node.constants["bias"] != 0
    np.testing.assert_array_equal(biases, kept if granularity == "filter" else np.ones(FILTERS, bool))


def test_the_share_from_which_a_kernel_pays_is_found_between_the_measured_ones():
    assert kws_pruning.breaks_even([2.0, 1.5, 0.5, 0.4, 0.3], 1.0) == pytest.approx(0.375)
    assert kws_pruning.breaks_even([1.0, 0.8, 0.6, 0.4, 0.3], 1.0) == 0
    assert kws_pruning.breaks_even([1.4, 1.5, 1.6, 1.4, 0.8], 1.0) == pytest.approx(0.85)
    assert kws_pruning.breaks_even([4.0, 3.0, 2.0, 1.5, 1.2], 1.0) is None
