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

from ossicle.api import load
from ossicle.kernels import load_kernels
from ossicle.kernels.layouts import (
    BLOCKS,
    SMLAD_BLOCKS,
    SMLAD_TALL_BLOCKS,
    TALL_BLOCKS,
    mostly_zero,
    mostly_zero_of_4_bits,
    tall_mostly_zero,
    tall_mostly_zero_of_4_bits,
)
from ossicle.lowering import lower, node_bytes, weight_bytes
from ossicle.numerics.formats import PRECISIONS
from ossicle.pruning import Pruning, prune
from ossicle.quantization import quantize
from ossicle.quantization.schemes import with_precisions
from ossicle.targets import load_target

PRODUCTS = ("w8a8", "w8a16", "w4a16")
SETS = ("portable", "cortexm", "x86")
LAYOUTS = (BLOCKS, SMLAD_BLOCKS, TALL_BLOCKS)
SHAPES = [(r, c) for r in (1, 3, 4, 5, 8, 27) for c in (2, 3, 4, 5, 16, 33)]
KERNELS = Path(str(resources.files("ossicle"))) / "kernels"


def without_blocks(rng, weight, sparsity, height=4):
    rows, columns = weight.shape
    kept = rng.random((-(-rows // height), -(-columns // 2))) >= sparsity
    return np.where(kept.repeat(height, axis=0).repeat(2, axis=1)[:rows, :columns], weight, np.int8(0))


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
    nibbles = BLOCKS.pack(np.maximum(weight, -8) % 8, PRECISIONS["w4a16"]).view(np.uint8)
    assert nibbles[8:12].tolist() == [1 + 2 * 16, 3 + 4 * 16, 5 + 6 * 16, 7] and len(nibbles) == 36
    pairs = SMLAD_BLOCKS.pack(weight, PRECISIONS["w8a16"]).view("<i2")
    np.testing.assert_array_equal(pairs[4:8], [256 * 1 + 3, 256 * 2 + 4, 256 * 5 + 7, 256 * 6 + 8])


def test_a_table_of_tall_blocks_has_all_columns_before_all_weights():
    weight = np.zeros((17, 5), np.int8)
    weight[:16, 2:4] = np.arange(32).reshape(16, 2) - 9
    weight[3, 4], weight[16, 0] = 5, -1
    halves = TALL_BLOCKS.pack(weight, PRECISIONS["w8a16"]).view("<u2")
    assert halves[:4].tolist() == [2, 0, 2, 3]
    blocks = halves[4:36].view(np.int8).reshape(2, 16, 2)
    np.testing.assert_array_equal(blocks[0], weight[:16, 2:4])
    assert blocks[1, 3].tolist() == [0, 5] and np.count_nonzero(blocks[1]) == 1
    assert halves[36:40].tolist() == [1, 0, 0, 0] and halves[40] == 255 and len(halves) == 56


@pytest.mark.parametrize("sparsity", [0.0, 0.4, 0.9, 1.0])
def test_sizes_are_known_without_packing(sparsity):
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        weight = without_blocks(rng, rng.integers(-9, 9, shape).astype(np.int8), sparsity)
        for layout in LAYOUTS:
            for precision in (PRECISIONS["w8a16"], PRECISIONS["w4a16"]):
                codes = weight if precision.weight_bits == 8 else np.clip(weight, -7, 7)
                assert layout.bytes(codes, precision) == layout.pack(codes, precision).nbytes


def test_dense_weights_and_single_columns_stay_dense():
    rng = np.random.default_rng(1)
    weight = rng.integers(1, 9, (16, 40)).astype(np.int8)
    assert not mostly_zero(weight) and mostly_zero(without_blocks(rng, weight, 0.5))
    assert not mostly_zero(np.zeros((8, 1), np.int8))
    scattered = np.where(rng.random(weight.shape) < 0.5, weight, np.int8(0))
    assert not mostly_zero(scattered)
    fewer = without_blocks(rng, rng.integers(1, 9, (64, 40)).astype(np.int8), 0.33)
    assert mostly_zero(fewer) and not mostly_zero_of_4_bits(fewer) and not tall_mostly_zero(fewer)
    assert tall_mostly_zero(without_blocks(rng, np.ones((64, 40), np.int8), 0.4, 16))


@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize("name", PRODUCTS)
def test_sums_are_exact_and_nothing_beyond_the_arrays_is_touched(tmp_path, kernels, name):
    rng = np.random.default_rng(2)
    cases = [sparse_case(rng, name, shape, sparsity) for shape in SHAPES for sparsity in (0.0, 0.5, 0.8, 1.0)]
    exact = np.concatenate([exact_sums(*case) for case in cases])
    known = [k.operation for k in load_kernels([kernels]).sets[0].kernels if k.types == name]
    operations = [operation for operation in known if operation.endswith("blocks")]
    assert operations
    for operation in operations:
        sums = sanitized_sums(tmp_path, kernels, name, cases, operation=operation)
        np.testing.assert_array_equal(sums, exact, err_msg=operation)


@pytest.fixture(scope="module", params=slow_but(("m7",), ("m4", "m7", "m33", "gcc")))
def core(request):
    if missing("emulator"):
        pytest.skip(missing("emulator"))
    from cortexm import CortexM

    names = [
        "osc_matvec_blocks_w8a16",
        "osc_matvec_blocks_widened_w8a8",
        "osc_matvec_blocks_w4a16",
        "osc_matvec_tall_blocks_w4a16",
        "osc_matvec_w4a16",
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


def test_a_core_multiplies_by_tall_blocks_of_four_bits_exactly_and_with_fewer_bytes(core):
    rng, w4a16 = np.random.default_rng(5), PRECISIONS["w4a16"]
    for shape in SHAPES:
        constants, x = sparse_case(rng, "w4a16", shape, 0.5)
        y, _ = on_core(core, "matvec_tall_blocks", "w4a16", constants["weight"], x)
        np.testing.assert_array_equal(y, exact_sums(constants, x), err_msg=str(shape))
    sparse = without_blocks(rng, rng.integers(1, 7, (384, 128)).astype(np.int8), 0.7, 16)
    assert SMLAD_TALL_BLOCKS.bytes(sparse, w4a16) < 0.8 * SMLAD_BLOCKS.bytes(sparse, w4a16)
    assert tall_mostly_zero_of_4_bits(sparse)
    assert not tall_mostly_zero_of_4_bits(without_blocks(rng, np.ones((384, 128), np.int8), 0.9))


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_matrix_of_which_seven_tenths_are_zero_takes_few_instructions_and_bytes(core, name):
    rng, precision = np.random.default_rng(4), PRECISIONS[name]
    dense = rng.integers(1, 7, (384, 128)).astype(np.int8)
    sparse, x = without_blocks(rng, dense, 0.7), random_operand(rng, precision, 128)
    (_, whole), (_, few) = (
        on_core(core, operation, name, weight, x)
        for operation, weight in (("matvec", dense), ("matvec_blocks", sparse))
    )
    assert few <= {"w8a8": 0.46, "w8a16": 0.46, "w4a16": 0.6}[name] * whole
    assert SMLAD_BLOCKS.bytes(sparse, precision) <= (0.4 if precision.weight_bits == 8 else 0.24) * dense.size


def pruned(cell, scheme, sparsity=0.6, block=None):
    model = small_model(cell)
    found = prune(model.graph, Pruning("block", sparsity, block=block), model.calibration)
    return quantize(found.graph, scheme, found.calibration)


@pytest.mark.parametrize("scheme", ["int8", "w8a16", "w4a16", "fp16"])
def test_layers_have_the_kernel_that_is_faster(scheme):
    kernels = load_kernels(["cortexm", "portable"])
    graph, dense = pruned("gru", scheme), pruned("gru", scheme, 0.1)
    for node, other in zip(graph.nodes, dense.nodes, strict=True):
        for product in lower(node, graph.tensors, kernels).products:
            assert ("blocks" in product.kernel.operation) == (product.precision.name in PRODUCTS)
        for product in lower(other, dense.tensors, kernels).products:
            assert "blocks" not in product.kernel.operation
        if scheme in ("int8", "w8a16") and node.constants:
            assert node_bytes(node, kernels) < 0.85 * node_bytes(other, kernels)


@pytest.mark.parametrize("scheme", ["int8", "w8a16", "w4a16"])
def test_x86_skips_tall_blocks_only(scheme):
    x86 = load_kernels(["x86", "portable"])

    def operations(graph):
        products = [product for node in graph.nodes for product in lower(node, graph.tensors, x86).products]
        return {product.kernel.operation for product in products}

    assert operations(pruned("gru", scheme, block=(16, 2))) == {"matvec_tall_blocks"}
    assert operations(pruned("gru", scheme, 0.3)) == {"matvec"}


def test_lstm256_with_seven_tenths_of_zeros_in_four_bits_fits_350_kb():
    model = load("lstm256")
    found = prune(model.graph, Pruning("block", 0.7, block=(16, 2)), model.calibration).graph
    graph = replace(found, nodes=with_precisions(found, "w4a16"))
    for sets in (["portable"], ["cortexm", "portable"], ["x86", "portable"]):
        assert weight_bytes(graph, load_kernels(sets)) < 350_000


CASES = [
    (cell, scheme, kernels)
    for cell in ("gru", "lstm")
    for scheme in ("w8a16", "int8", "w4a16")
    for kernels in SETS
]
QUICK = [("gru", "int8", "cortexm"), ("gru", "w4a16", "x86")]


@pytest.mark.parametrize(("cell", "scheme", "kernels"), slow_but(QUICK, CASES))
def test_the_c_of_a_pruned_network_gives_the_bits_of_the_simulation(tmp_path, cell, scheme, kernels):
    sets = load_kernels([kernels] if kernels == "portable" else [kernels, "portable"])
    graph = pruned(cell, scheme, block=(16, 2))
    host = replace(load_target("host"), kernels=sets)
    assert compare_nodes(graph, tmp_path / "c", noise(16 * 20), host) > 60
    called = {of.kernel.name for node in graph.nodes for of in lower(node, graph.tensors, sets).products}
    assert all("blocks" in name and (tmp_path / "c" / f"{name}.c").exists() for name in called)
