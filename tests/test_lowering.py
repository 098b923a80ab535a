"""Which kernel each constant gets, and that all that follows from it fits together."""

import re
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from networks import noise, small_model, voice
from tools import slow_but

from ossicle.audio.pcm import to_pcm16
from ossicle.errors import OssicleError
from ossicle.kernels import FOLDER, Kernels, KernelSet, load_kernels, set_names
from ossicle.kernels.forms import WIDENED
from ossicle.kernels.layouts import COLUMNS, ROWS, SMLAD, XPULP, Layout, tables_of_words
from ossicle.lowering import PORTABLE, lower, node_bytes, products_of, stored_constants, weight_bytes
from ossicle.platforms.cluster.execution import run_cluster
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.quantization import SCHEMES, quantize
from ossicle.schedule import plan
from ossicle.schedule.plan_search import candidates, without_reuse
from ossicle.targets import load_target
from ossicle.targets.variants import with_cluster_sizes
from ossicle.verify.node_check import verify
from ossicle.verify.tensor_trace import TracedStates

CORTEXM, XPULP_SET, PORTABLE_SET = load_kernels(["cortexm", "xpulp", "portable"]).sets
TABLES = {"osc_tanh_table", "osc_exp2_table"}
INTEGERS = ("w8a8", "w8a16", "w4a16", "w16a16")


@cache
def model_of(cell: str):
    return small_model(cell)


def without(kernels: KernelSet, operation: str, types: str) -> KernelSet:
    left = (kernel for kernel in kernels.kernels if (kernel.operation, kernel.types) != (operation, types))
    return replace(kernels, kernels=tuple(left))


def quantized(cell: str, precision):
    """In one precision throughout, or in those of a mapping."""
    model = model_of(cell)
    weighted = [node.name for node in model.graph.nodes if node.constants]
    precisions = precision if isinstance(precision, dict) else dict.fromkeys(weighted, precision)
    return quantize(model.graph, precisions, model.calibration)


def node_of(graph, name):
    return next(node for node in graph.nodes if node.name == name)


@pytest.mark.parametrize("name", set_names())
def test_a_set_has_a_record_for_each_function_and_a_file_for_each_record(name):
    (kernels,) = load_kernels([name]).sets
    files = {path.name[:-2] for path in (FOLDER / name).iterdir() if re.fullmatch(r"osc_\w+\.c", path.name)}
    records = [kernel.name for kernel in kernels.kernels]
    assert set(records) == files - TABLES and len(records) == len(set(records))


@pytest.mark.parametrize("name", set_names())
def test_a_record_passes_as_many_arguments_as_the_function_takes(name):
    (kernels,) = load_kernels([name]).sets
    folders = {FOLDER / name, FOLDER / "portable"}
    headers = "".join(path.read_text() for folder in folders for path in folder.glob("*.h"))
    for kernel in kernels.kernels:
        if kernel.parameters:
            (declared,) = re.findall(
                rf"^(?:const void \*|void ){kernel.name}\(([^;]*)\);", headers, re.MULTILINE
            )
            assert len(kernel.parameters) == declared.count(",") + 1, kernel.name


@pytest.mark.parametrize("name", set_names())
def test_the_c_of_a_product_reads_the_struct_and_the_operand_of_its_record(name):
    (kernels,) = load_kernels([name]).sets
    operands = {"plain": {"w8a8": "int8_t"}, "widened": {}, "byte_planes": {}}
    c_types = {"widened": "float", "byte_planes": "uint32_t", "plain": "int16_t"}
    for kernel in kernels.kernels:
        if kernel.operation == "matvec" and kernel.types in (*INTEGERS, "fp16"):
            text = (FOLDER / name / f"{kernel.name}.c").read_text()
            operand = operands[kernel.operand.name].get(kernel.types, c_types[kernel.operand.name])
            struct = kernel.layer or kernel.struct
            pattern = rf"\b{kernel.name}\(\s*const {struct} \*\w+,\s*const {operand} \*"
            assert re.search(pattern, text), kernel.name


def test_the_most_specific_set_decides_and_the_next_one_fills_its_gaps():
    kernels = Kernels((without(CORTEXM, "matvec", "w4a16"), PORTABLE_SET))
    graph = quantized("lstm", "w4a16")
    (four_bits,) = products_of(node_of(graph, "fc_in"), kernels)
    (eight_bits,) = products_of(node_of(quantized("lstm", "w8a16"), "fc_in"), kernels)
    assert (four_bits.layout, eight_bits.layout) == (ROWS, SMLAD)
    names = [node.name for node in graph.nodes if node.constants]
    mixed = quantized("lstm", dict.fromkeys(names, "w8a16") | {"rnn0": "w8a8+w4a16"})
    assert [of.layout for of in products_of(node_of(mixed, "rnn0"), kernels)] == [SMLAD, ROWS]


def test_cores_that_share_a_product_stage_its_operand_and_one_core_does_not():
    graph = quantized("gru", "w8a16")
    node = node_of(graph, "rnn0")
    one = lower(node, graph.tensors, Kernels((XPULP_SET, PORTABLE_SET)))
    many = lower(node, graph.tensors, Kernels((XPULP_SET, PORTABLE_SET), parallel=True))
    assert [p.kernel.name for p in one.products] == ["osc_matvec_w8a16"] * 2
    assert [p.kernel.name for p in many.products] == ["osc_matvec_byte_planes_w8a16"] * 2
    assert {p.layout for p in (*one.products, *many.products)} == {XPULP}
    assert one.staged_words == 0 and [p.form.name for p in many.products] == ["byte_planes", "byte_planes"]


def test_cores_share_no_product_that_cannot_read_slices_of_tiles():
    graph = quantized("gru", "w8a16")
    kernels = Kernels((CORTEXM, PORTABLE_SET), parallel=True)
    assert {of.layout for node in graph.nodes for of in products_of(node, kernels)} == {ROWS}


def test_a_kernel_that_leaves_the_product_to_another_has_its_layout():
    """The dense layer in floats calls the product of the most specific set."""
    records = tuple(
        replace(kernel, layout=COLUMNS) if (kernel.operation, kernel.types) == ("matvec", "fp32") else kernel
        for kernel in CORTEXM.kernels
    )
    kernels = Kernels((replace(CORTEXM, kernels=records), PORTABLE_SET))
    (product,) = products_of(node_of(model_of("gru").graph, "fc_in"), kernels)
    assert product.kernel.name == "osc_linear_f32" and product.layout == COLUMNS


def test_a_precision_without_any_kernel_is_refused_with_the_node_and_a_way_out():
    bare = Kernels((without(PORTABLE_SET, "matvec", "w4a16"),))
    graph = quantized("gru", "w4a16")
    with pytest.raises(OssicleError, match="node 'fc_in': no kernel of portable multiplies in w4a16; choose"):
        lower(node_of(graph, "fc_in"), graph.tensors, bare)


@pytest.mark.parametrize("scheme", [*SCHEMES, "varied"])
@pytest.mark.parametrize("cell", ["lstm", "conv"])
@pytest.mark.parametrize("sets", [("portable",), ("cortexm", "portable"), ("xpulp", "portable")])
def test_bytes_are_those_of_the_stored_tables(cell, scheme, sets):
    model, kernels = model_of(cell), load_kernels(sets)
    weighted = [node for node in model.graph.nodes if node.constants]
    precisions = {node.name: INTEGERS[index % 4] for index, node in enumerate(weighted)}
    graph = quantize(model.graph, precisions if scheme == "varied" else scheme, model.calibration)
    for node in graph.nodes:
        stored = sum(array.nbytes for array in stored_constants(node, kernels).values())
        assert node_bytes(node, kernels) == stored
    assert weight_bytes(graph) == sum(
        array.nbytes for node in graph.nodes for array in stored_constants(node, PORTABLE).values()
    )


@pytest.mark.parametrize(
    ("cell", "precision"),
    slow_but({("gru", "w4a16"), ("conv", "w8a8"), ("conv", "w16a16")}, product(("gru", "conv"), INTEGERS)),
)
def test_one_core_whose_set_lacks_a_precision_gives_the_same_samples(tmp_path, cell, precision):
    """Kernels, layouts and bytes of that precision are the portable ones."""
    graph, host = quantized(cell, precision), replace(load_target("host"), kernels=Kernels((PORTABLE_SET,)))
    lacking = CORTEXM
    # The product with several operands calls the one with a single operand, in the layout of both.
    for operation in ("matvec", "matmat", "depthwise"):
        lacking = without(lacking, operation, precision)
    target = replace(host, kernels=Kernels((lacking, PORTABLE_SET)))
    sizes = [
        emit(graph, plan(graph, kernels=of.kernels), of, tmp_path / name)["weight_bytes"]
        for name, of in (("host", host), ("lacking", target))
    ]
    assert sizes[0] == sizes[1]
    file = f"osc_matvec_{precision}.c"
    assert (tmp_path / "lacking" / file).read_text() == (tmp_path / "host" / file).read_text()
    assert (tmp_path / "lacking" / "osc_rescale.h").is_file(), "results are still those of the set"
    outputs = [build(tmp_path / name).denoise(noise(1000)) for name in ("host", "lacking")]
    np.testing.assert_array_equal(*outputs)


SPARSE_C = """
#include "osc_kernels.h"

/* Of each row how many weights are not zero, then their columns and values. */
void osc_matvec_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y)
{
    const int16_t *w = (const int16_t *)(const void *)matrix->weight;
    for (int r = 0; r < matrix->rows; r++) {
        y[r] = 0;
        for (int n = *w++; n > 0; n--, w += 2) {
            y[r] += w[1] * x[w[0]];
        }
    }
}
"""


def packed_nonzeros(weight, precision):
    rows = []
    for row in weight:
        (columns,) = row.nonzero()
        rows += [[len(columns)], np.stack([columns, row[columns]], axis=1).ravel()]
    return tables_of_words([np.concatenate(rows).astype("<i2")])


def bytes_of_nonzeros(weight, precision):
    size = 2 * len(weight) + 4 * int(np.count_nonzero(weight))
    return size + size % 4


def thinned(node):
    """Two of three weights become zeros."""
    weights = {name: of * (of % 3 == 0) for name, of in node.constants.items() if name == "weight"}
    return replace(node, constants={**node.constants, **weights})


def test_a_new_kernel_and_a_sparse_layout_are_a_c_file_a_layout_and_a_record(tmp_path):
    """Bytes then depend on the weights; nothing else is told of either."""
    graph, host = quantized("conv", "w8a8"), load_target("host")
    graph = replace(graph, nodes=tuple(map(thinned, graph.nodes)))
    sparse = Layout("nonzeros", packed_nonzeros, bytes_of_nonzeros, even=False, words=True)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "osc_matvec_w8a8.c").write_text(SPARSE_C)
    record = replace(load_kernels(["portable"]).need("matvec", "w8a8"), layout=sparse, take="")
    ours = KernelSet("sparse", (record,), tmp_path / "set")
    target = replace(host, kernels=Kernels((ours, PORTABLE_SET)))
    summaries = [
        emit(graph, plan(graph, kernels=of.kernels), of, tmp_path / name)
        for name, of in (("host", host), ("ours", target))
    ]
    point = node_of(graph, "mix")
    assert node_bytes(point, target.kernels) == summaries[1]["node_weight_bytes"]["mix"]
    assert node_bytes(point, target.kernels) != node_bytes(point)
    outputs = [build(tmp_path / name).denoise(noise(1000)) for name in ("host", "ours")]
    np.testing.assert_array_equal(*outputs)
    assert np.abs(outputs[0]).max() > 0.01


def test_a_plan_with_too_little_scratch_for_the_kernels_is_refused(tmp_path):
    """33 operands that are widened come on top of the 20 sums."""
    graph, host = quantized("gru", "w8a16"), load_target("host")
    records = tuple(
        replace(kernel, operand=WIDENED)
        if (kernel.operation, kernel.types) == ("matvec", "w8a16")
        else kernel
        for kernel in PORTABLE_SET.kernels
    )
    hungry = replace(host, kernels=Kernels((replace(PORTABLE_SET, kernels=records),)))
    with pytest.raises(
        OssicleError,
        match=r"leaves node 'fc_in' less scratch than the 212 bytes that kernels of host need; make it",
    ):
        emit(graph, plan(graph), hungry, tmp_path / "c")
    assert not (tmp_path / "c").exists()
    assert plan(graph, kernels=hungry.kernels).scratch_bytes > plan(graph).scratch_bytes


def lacking_cluster(precision: str, l1_bytes: int = 9_000):
    target = with_cluster_sizes(load_target("gap9"), l1_bytes=l1_bytes)
    sets = tuple(without(of, "matvec", precision) if of == XPULP_SET else of for of in target.kernels.sets)
    return replace(target, kernels=replace(target.kernels, sets=sets))


@pytest.mark.parametrize("precision", [*INTEGERS, "fp32"])
def test_a_cluster_whose_set_lacks_a_precision_is_bit_exact_to_the_simulation(tmp_path, precision):
    """Tiles, slices, staged operands and C follow the kernel that there is; all workers compute."""
    graph, target = quantized("gru", precision), lacking_cluster(precision)
    sound = to_pcm16(3 * voice(16 * 20, seed=4))
    found = min(candidates(graph, target), key=lambda plan: plan.traffic["l2"])
    assert not any(phase.layer == "stage_fc_in" for phase in found.phases)
    traced = without_reuse(graph, target, found)
    summary = emit(graph, traced, target, tmp_path / "c", "threads")
    states = run_cluster(tmp_path / "c", summary, target.cluster, "threads", sound, trace=True).states
    checked = verify(TracedStates(graph, traced.layout, states), sound)
    assert checked.differing_nodes == () and len(checked.checks) == len(graph.nodes)
    assert bool(checked.exact) == (precision in INTEGERS)


def test_a_plan_by_cycles_is_refused_where_a_kernel_has_none():
    graph = quantized("gru", "w4a16")
    with pytest.raises(OssicleError, match=r"nobody has measured what osc_matvec_w4a16 takes .* choose"):
        best_plan(graph, lacking_cluster("w4a16"))
