"""Fourier transforms in a graph: the simulation against NumPy, the C bit for bit against it."""

import numpy as np
import pytest
from single import graph_of, run_both

from ossicle.errors import OssicleError
from ossicle.graph import Node, Tensor, check
from ossicle.metrics.signal import snr

ROWS = 3
SIZES = {"rfft": (1, 0, 1, 2), "irfft": (1, 2, 1, 0), "fft": (2, 0, 2, 0), "ifft": (2, 0, 2, 0)}
"""Numbers that go in and come out: times n, and how many more."""
REAL, COMPLEX = (2, 12, 64, 320, 450), (1, 9, 32, 75, 480)
CASES = [(name, n) for name in ("rfft", "irfft") for n in REAL]
CASES += [(name, n) for name in ("fft", "ifft") for n in COMPLEX]


def node_of(function, n):
    name, attributes = f"{function}{n}", {"function": function, "shape": (ROWS, n)}
    return Node("fourier", name, {"x": f"x_{name}"}, {"y": f"y_{name}"}, {}, attributes)


def sizes_of(function, n):
    times, more, found, behind = SIZES[function]
    return ROWS * (times * n + more), ROWS * (found * n + behind)


def numpys(function, n, x):
    x = x.astype(np.float64)
    rows = x.reshape(ROWS, -1) if function == "rfft" else x.view(np.complex128).reshape(ROWS, -1)
    found = getattr(np.fft, function)(rows, n)
    return (found if function == "irfft" else found.astype(np.complex128).view(np.float64)).reshape(-1)


def test_floats_are_those_of_numpy_in_double_precision(tmp_path):
    nodes = [node_of(*case) for case in CASES]
    tensors = {}
    for node, case in zip(nodes, CASES, strict=True):
        ends = (node.inputs["x"], node.outputs["y"])
        tensors |= {name: Tensor((size,)) for name, size in zip(ends, sizes_of(*case), strict=True)}
    inputs = [node.inputs["x"] for node in nodes]
    rng = np.random.default_rng(2)
    frames = [[rng.normal(0, level, tensors[x].size) for x in inputs] for level in (1.0, 1e-3)]
    for found, expected in run_both(graph_of(nodes, tensors, inputs), tmp_path / "c", frames):
        for node, case in zip(nodes, CASES, strict=True):
            y = node.outputs["y"]
            np.testing.assert_array_equal(found[y], expected[y], err_msg=node.name)
            assert snr(expected[y], numpys(*case, found[node.inputs["x"]])) > 120, node.name


@pytest.mark.parametrize(
    ("function", "shape", "sizes", "sentence"),
    [
        ("dct", (1, 8), (8, 10), "must be one of rfft, irfft, fft, ifft"),
        ("rfft", (1, 9), (9, 11), "its 9 values are no product"),
        ("fft", (1, 7), (14, 14), "its 7 values are no product"),
        ("rfft", (2, 8), (8, 10), r"its tensors have \(8, 10\) values, and its shape needs \(16, 20\)"),
        ("rfft", (8,), (8, 10), "not 2 sizes"),
    ],
)
def test_what_does_not_fit_is_refused(function, shape, sizes, sentence):
    node = Node("fourier", "n", {"x": "x"}, {"y": "y"}, {}, {"function": function, "shape": shape})
    with pytest.raises(OssicleError, match=sentence):
        check(graph_of([node], {"x": Tensor(sizes[:1]), "y": Tensor(sizes[1:])}, ["x"]))
