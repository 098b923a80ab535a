"""Two tensors element by element: the simulation against NumPy, and the C against the simulation."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from single import graph_of, run_both

from ossicle.errors import OssicleError
from ossicle.graph import Node, Tensor, check
from ossicle.numerics.formats import DType
from ossicle.ops.binary.simulate import COMPARISONS, FUNCTIONS

SIZE = 90
SPREADS = {"alike": (SIZE, 1), "rows": (15, 1), "columns": (6, 15), "in_between": (6, 3), "one": (1, SIZE)}
"""Size of the second input, and how often each of its values comes in turn."""


def node_of(function, spread):
    _, inner = SPREADS[spread]
    name = f"{function}_{spread}"
    attributes = {"function": function} | ({"inner": inner} if inner > 1 else {})
    return Node("binary", name, {"a": "a", "b": f"b_{spread}"}, {"y": f"{name}_y"}, {}, attributes)


def tensors_of(dtype, function):
    """Types of a, b and y."""
    if dtype == DType.F32:
        return Tensor((1,)), Tensor((1,)), Tensor((1,))
    scale = 2.0**-7 if dtype == DType.S16 else 0.031
    zero = 0 if dtype == DType.S16 else -19
    y = {"mul": 1300.0 if zero == 0 else 4.0, "add": 1.3, "sub": 1.3}.get(function, 0.9) * scale
    out = Tensor((1,), dtype) if function in COMPARISONS else Tensor((1,), dtype, y, zero // 2)
    return Tensor((1,), dtype, scale, zero), Tensor((1,), dtype, 0.7 * scale, zero + 3 * (zero != 0)), out


def graph(dtype):
    functions = [name for name in FUNCTIONS if dtype == DType.F32 or name != "div"]
    nodes = [node_of(*of) for of in product(functions, SPREADS)]
    of_a, of_b, _ = tensors_of(dtype, "add")
    tensors = {"a": replace(of_a, shape=(SIZE,))}
    tensors |= {f"b_{name}": replace(of_b, shape=(size,)) for name, (size, _) in SPREADS.items()}
    for node in nodes:
        out = tensors_of(dtype, node.attributes["function"])[2]
        tensors[node.outputs["y"]] = replace(out, shape=(SIZE,))
    return graph_of(nodes, tensors, ("a", *(f"b_{name}" for name in SPREADS)))


def spread(b, name):
    size, inner = SPREADS[name]
    return b[np.arange(SIZE) // inner % size]


def reals(codes, tensor):
    return (
        codes if tensor.dtype == DType.F32 else tensor.scale * (codes.astype(np.float64) - tensor.zero_point)
    )


@pytest.mark.parametrize("dtype", [DType.F32, DType.S8, DType.S16])
def test_the_c_is_the_simulation_and_that_is_numpy(tmp_path, dtype):
    rng = np.random.default_rng(1)
    tested, level = graph(dtype), 2.0 if dtype != DType.S16 else 200.0
    sizes = [tested.tensors[name].size for name in tested.inputs]
    frames = [[rng.normal(0, level, size).astype(np.float32) for size in sizes] for _ in range(3)]
    for values in frames[1]:
        values[0] = 0.25 if dtype == DType.F32 else 0.0  # where both are equal
    # All codes at the ends, where a sum would overflow first.
    frames.append([1e6 * np.sign(values) for values in frames[2]])
    seen = {}
    for found, expected in run_both(tested, tmp_path / "c", frames):
        for node in tested.nodes:
            if node.op != "binary":
                continue
            y, function = node.outputs["y"], str(node.attributes["function"])
            np.testing.assert_array_equal(found[y], expected[y], err_msg=node.name)
            a = reals(found["a"], tested.tensors["a"])
            b = spread(
                reals(found[node.inputs["b"]], tested.tensors[node.inputs["b"]]), node.name.split("_", 1)[1]
            )
            real, target = FUNCTIONS[function](a, b), tested.tensors[y]
            seen.setdefault(function, []).append(found[y])
            if dtype == DType.F32:
                np.testing.assert_array_equal(found[y], real.astype(np.float32), err_msg=node.name)
                continue
            if function in COMPARISONS:
                apart = np.abs(a - b) > 2.0**-12 * np.abs(a)
                np.testing.assert_array_equal(found[y][apart], real[apart], err_msg=node.name)
                continue
            limits = np.iinfo(dtype.numpy)
            exact = np.clip(real / target.scale + target.zero_point, limits.min, limits.max)
            # Multipliers of 14 bits are off by half of an LSB of 2**-13.
            assert np.abs(found[y] - exact).max() <= (0.51 if dtype == DType.S8 else 2.6), node.name
    for function, arrays in seen.items():
        assert len(np.unique(np.concatenate(arrays))) >= (2 if function in COMPARISONS else 50), function


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attributes": {"function": "modulo"}}, "its function must be one of add, sub"),
        ({"attributes": {"function": "add", "inner": 4}}, "of 6 values, 4 times each, does not fill 90"),
        ({"attributes": {"function": "add", "inner": 0}}, "'inner' is 0"),
        ({"outputs": {"y": "other"}}, "its first input has 90 values and its output 6"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    tensors = {
        "a": Tensor((SIZE,)),
        "b_columns": Tensor((6,)),
        "add_columns_y": Tensor((SIZE,)),
        "other": Tensor((6,)),
    }
    sound = graph_of([node_of("add", "columns")], tensors, ("a", "b_columns"))
    with pytest.raises(OssicleError, match=message):
        check(replace(sound, nodes=(replace(sound.nodes[0], **change),)))


def test_division_of_integers_is_refused():
    tensors = {name: Tensor((SIZE,), DType.S16) for name in ("a", "b_alike", "div_alike_y")}
    with pytest.raises(OssicleError, match="it cannot compute div of s16 and s16 in s16"):
        graph_of([node_of("div", "alike")], tensors, ("a", "b_alike"))
