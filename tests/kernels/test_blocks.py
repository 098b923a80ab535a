"""Products that skip blocks of zeros: exact at any shape, within their tables, cheaper than dense ones."""

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from networks import noise, small_model
from products import exact_sums, random_case, random_operand, sanitized_sums
from running import compare_nodes
from tools import missing, slow_but

from ossicle.kernels import load_kernels
from ossicle.kernels.layouts import BLOCKS, SMLAD_BLOCKS, mostly_zero
from ossicle.lowering import lower, node_bytes
from ossicle.numerics.formats import PRECISIONS
from ossicle.pruning import Pruning, prune
from ossicle.quantization import quantize
from ossicle.targets import load_target

PRODUCTS = ("w8a8", "w8a16")
SETS = {"portable": BLOCKS, "cortexm": SMLAD_BLOCKS}
SHAPES = [(r, c) for r in (1, 3, 4, 5, 8, 11) for c in (2, 3, 4, 5, 16, 33)]
KERNELS = Path(str(resources.files("ossicle"))) / "kernels"


def without_blocks(rng, weight, sparsity):
    rows, columns = weight.shape
    kept = rng.random((-(-rows // 4), -(-columns // 2))) >= sparsity
    return np.where(kept.repeat(4, axis=0).repeat(2, axis=1)[:rows, :columns], weight, np.int8(0))


def sparse_case(rng, name, shape, sparsity):
    constants, x = random_case(rng, PRECISIONS[name], *shape)
    return {"weight": without_blocks(rng, constants["weight"], sparsity)}, x


def test_a_table_has_first_columns_and_weights_of_two_blocks_at_a_time():
    weight = np.zeros((5, 7), np.int8)
    weight[:4, 2:4] = [[1, 2], [3, 4], [5, 6], [7, 8]]
    weight[1, 4], weight[2, 6], weight[4, 0] = 9, -1, 10
    table = BLOCKS.pack(weight, PRECISIONS["w8a16"])
    halves = [
        *(3, 0, 2, 4), *(1 + 2 * 256, 3 + 4 * 256, 5 + 6 * 256, 7 + 8 * 256), *(0, 9, 0, 0),  # columns 2, 4
        *(5, 5), *(0, 0, 255 * 256, 0),  # column 6 is the second of those from column 5 on
        *(1, 0, 0, 0), *(10, 0, 0, 0),  # row 4 and three rows of zeros
    ]  # fmt: skip
    assert table.dtype == np.uint32 and table.tobytes() == np.array(halves, "<u2").tobytes()
    pairs = SMLAD_BLOCKS.pack(weight, PRECISIONS["w8a16"]).view("<i2")
    np.testing.assert_array_equal(pairs[4:8], [256 * 1 + 3, 256 * 2 + 4, 256 * 5 + 7, 256 * 6 + 8])


@pytest.mark.parametrize("sparsity", [0.0, 0.4, 0.9, 1.0])
def test_sizes_are_known_without_packing(sparsity):
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        weight = without_blocks(rng, rng.integers(-9, 9, shape).astype(np.int8), sparsity)
        for layout in SETS.values():
            assert (
                layout.bytes(weight, PRECISIONS["w8a16"]) == layout.pack(weight, PRECISIONS["w8a16"]).nbytes
            )


def test_dense_weights_and_single_columns_stay_dense():
    rng = np.random.default_rng(1)
    weight = rng.integers(1, 9, (16, 40)).astype(np.int8)
    assert not mostly_zero(weight) and mostly_zero(without_blocks(rng, weight, 0.5))
    assert not mostly_zero(np.zeros((8, 1), np.int8))
    scattered = np.where(rng.random(weight.shape) < 0.5, weight, np.int8(0))
    assert not mostly_zero(scattered)


@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize("name", PRODUCTS)
def test_sums_are_exact_and_nothing_beyond_the_arrays_is_touched(tmp_path, kernels, name):
    rng = np.random.default_rng(2)
    cases = [sparse_case(rng, name, shape, sparsity) for shape in SHAPES for sparsity in (0.0, 0.5, 0.8, 1.0)]
    sums = sanitized_sums(tmp_path, kernels, name, cases, operation="matvec_blocks")
    np.testing.assert_array_equal(sums, np.concatenate([exact_sums(*case) for case in cases]))


@pytest.fixture(scope="module", params=slow_but(("m7",), ("m4", "m7", "m33", "gcc")))
def core(request):
    if missing("emulator"):
        pytest.skip(missing("emulator"))
    from cortexm import CortexM

    names = [
        "osc_matvec_blocks_w8a16",
        "osc_matvec_blocks_widened_w8a8",
        "osc_matvec_w8a16",
        "osc_matvec_w8a8",
    ]
    return CortexM(
        [KERNELS / "cortexm" / f"{name}.c" for name in names], ("cortexm", "portable"), request.param
    )


def on_core(core, operation, name, weight, x, offset=0):
    """Sums of a product on the core, and its instructions."""
    kernel, (rows, columns) = load_kernels(["cortexm"]).need(operation, name), weight.shape
    table = core.put(kernel.layout.pack(weight, PRECISIONS[name]))
    matrix = core.put(np.array([table, 0, 0, 0, rows, columns], np.uint32))
    scratch = core.put(np.zeros(kernel.scratch(rows, columns), np.int8))
    y = core.put(np.full(rows + 1, 12345, np.int32))
    count = core.call(kernel.name, matrix, core.put(x, offset), y, scratch)
    result = core.get(y, np.zeros(rows + 1, np.int32))
    assert result[-1] == 12345
    return result[:-1], count


@pytest.mark.parametrize("name", PRODUCTS)
def test_cores_give_the_same_sums_at_any_alignment(core, name):
    rng, step = np.random.default_rng(3), PRECISIONS[name].operand.numpy.itemsize
    for trial, shape in enumerate(SHAPES):
        constants, x = sparse_case(rng, name, shape, (0.3, 0.6, 0.9)[trial % 3])
        y, _ = on_core(core, "matvec_blocks", name, constants["weight"], x, trial * step % 4)
        np.testing.assert_array_equal(y, exact_sums(constants, x), err_msg=str(shape))


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_matrix_of_which_seven_tenths_are_zero_takes_few_instructions_and_bytes(core, name):
    rng, precision = np.random.default_rng(4), PRECISIONS[name]
    dense = rng.integers(1, 7, (384, 128)).astype(np.int8)
    sparse, x = without_blocks(rng, dense, 0.7), random_operand(rng, precision, 128)
    (_, whole), (_, few) = (
        on_core(core, operation, name, weight, x)
        for operation, weight in (("matvec", dense), ("matvec_blocks", sparse))
    )
    assert few <= 0.46 * whole
    assert SMLAD_BLOCKS.bytes(sparse, precision) <= 0.4 * dense.size


def pruned(cell, scheme, sparsity=0.6):
    model = small_model(cell)
    found = prune(model.graph, Pruning("block", sparsity), model.calibration)
    return quantize(found.graph, scheme, found.calibration)


@pytest.mark.parametrize("scheme", ["int8", "w8a16", "w4a16", "fp16"])
def test_layers_have_the_kernel_that_is_faster(scheme):
    kernels = load_kernels(["cortexm", "portable"])
    graph, dense = pruned("gru", scheme), pruned("gru", scheme, 0.1)
    for node, other in zip(graph.nodes, dense.nodes, strict=True):
        for product in lower(node, graph.tensors, kernels).products:
            assert (product.kernel.operation == "matvec_blocks") == (product.precision.name in PRODUCTS)
        for product in lower(other, dense.tensors, kernels).products:
            assert product.kernel.operation != "matvec_blocks"
        if scheme in ("int8", "w8a16") and node.constants:
            assert node_bytes(node, kernels) < 0.85 * node_bytes(other, kernels)
    x86 = load_kernels(["x86", "portable"])
    found = {of.kernel.operation for node in graph.nodes for of in lower(node, graph.tensors, x86).products}
    assert "matvec_blocks" not in found


CASES = [
    (cell, scheme, kernels) for cell in ("gru", "lstm") for scheme in ("w8a16", "int8") for kernels in SETS
]


@pytest.mark.parametrize(("cell", "scheme", "kernels"), slow_but([("gru", "int8", "cortexm")], CASES))
def test_the_c_of_a_pruned_network_gives_the_bits_of_the_simulation(tmp_path, cell, scheme, kernels):
    sets = load_kernels([kernels, "portable"] if kernels == "cortexm" else [kernels])
    graph = pruned(cell, scheme)
    host = replace(load_target("host"), kernels=sets)
    assert compare_nodes(graph, tmp_path / "c", noise(16 * 20), host) > 60
    called = {of.kernel.name for node in graph.nodes for of in lower(node, graph.tensors, sets).products}
    assert all("blocks" in name and (tmp_path / "c" / f"{name}.c").exists() for name in called)
