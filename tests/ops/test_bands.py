"""What networks compute along the bands of a frame, from the float graph to the C."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from networks import band_network, random_frames
from running import compare_nodes
from tools import need, slow_but

import ossicle
from ossicle.errors import OssicleError
from ossicle.graph import check
from ossicle.graph.file import load_model, save_model
from ossicle.kernels import load_kernels
from ossicle.lowering import lower, node_bytes, stored_constants
from ossicle.numerics.formats import DType
from ossicle.quantization import SCHEMES, quantize
from ossicle.schedule.tiles import lower_shared
from ossicle.targets import load_target
from ossicle.tasks.frames.program import items

INTEGER = ("int8", "w8a16", "w4a16", "w16a16")


@cache
def model():
    return band_network()


@cache
def in_scheme(scheme):
    return quantize(model().graph, scheme, model().calibration)


def node_of(graph, name):
    return next(node for node in graph.nodes if node.name == name)


def changed(name, **attributes):
    """The float graph with other attributes of a node."""
    graph = model().graph
    nodes = [
        replace(node, attributes={**node.attributes, **attributes}) if node.name == name else node
        for node in graph.nodes
    ]
    return replace(graph, nodes=tuple(nodes))


@pytest.mark.parametrize("scheme", slow_but(("int8",), SCHEMES))
@pytest.mark.parametrize("sets", [("portable",), ("cortexm", "portable"), ("x86", "portable")])
def test_each_node_of_the_c_is_its_simulation(tmp_path, scheme, sets):
    """With the kernels for one core, plain C stands in for the instructions of an Arm."""
    graph = in_scheme(scheme)
    host = replace(load_target("host"), kernels=load_kernels(sets))
    exact = compare_nodes(graph, tmp_path / "c", records(graph, 12), host)
    assert exact > 0 or scheme == "fp32"


def records(graph, frames):
    """Frames as the program reads them."""
    summary = {"name": graph.name, **graph.task.record.summary(graph)}
    return items(summary, random_frames(graph, frames))


@pytest.mark.parametrize("scheme", slow_but(("w8a16",), ("fp32", "int8", "w8a16", "w4a16", "fp16")))
def test_an_emulated_chip_gives_the_hosts_bits(scheme):
    need("emulator")
    found = ossicle.run(
        replace(model(), graph=in_scheme(scheme)), random_frames(model().graph, 3), target="stm32f767"
    )
    assert found.largest_difference <= (0 if scheme in INTEGER else 1e-5)
    assert found.verification.passed


@pytest.mark.parametrize("sets", [("portable",), ("cortexm", "portable"), ("x86", "portable")])
@pytest.mark.parametrize("scheme", slow_but(("int8",), ("fp32", "int8", "w4a16")))
def test_bytes_are_those_of_the_tables_of_all_groups(scheme, sets):
    kernels = load_kernels(sets)
    for node in in_scheme(scheme).nodes:
        stored = sum(array.nbytes for array in stored_constants(node, kernels).values())
        assert node_bytes(node, kernels) == stored


def test_a_node_reads_the_weights_of_a_group_where_its_table_begins():
    graph, kernels = in_scheme("int8"), load_kernels(("cortexm", "portable"))
    lowered = lower(node_of(graph, "value"), graph.tensors, kernels)
    (product,) = lowered.products
    assert (product.groups, product.rows, product.columns) == (3, 3, 4)
    table = stored_constants(lowered.node, kernels)["weight"]
    weight = np.split(lowered.node.constants["weight"], 3)
    for packed, rows in zip(np.split(table, 3), weight, strict=True):
        np.testing.assert_array_equal(packed, product.layout.pack(rows, product.precision))


@pytest.mark.parametrize(("scheme", "on_a_chip"), [("w8a16", "matmat"), ("w16a16", "matvec")])
def test_products_are_of_several_operands_where_the_most_specific_set_has_a_kernel(scheme, on_a_chip):
    graph = in_scheme(scheme)
    for name in ("query", "up", "time"):
        kinds = []
        for sets in (("portable",), ("cortexm", "portable")):
            lowered = lower(node_of(graph, name), graph.tensors, load_kernels(sets))
            kinds.append({product.kernel.operation for product in lowered.products})
        assert kinds == [{"matmat"}, {on_a_chip}], name


def test_what_a_sequence_multiplies_itself_stays_in_16_bits():
    graph = in_scheme("int8")
    assert node_of(graph, "up").precision == "w8a8+w8a16" and node_of(graph, "time").precision == "w8a8"
    assert graph.tensors["up_y"].dtype == DType.S16
    with pytest.raises(OssicleError, match=r"'up' \(gru_scan\): its product with the state needs operands"):
        quantize(model().graph, {**precisions("int8"), "up": "w8a8+w8a8"}, model().calibration)


def precisions(scheme):
    return {node.name: node.precision for node in in_scheme(scheme).nodes if node.constants}


def test_multiplications_count_for_each_row_and_step():
    graph = model().graph
    ring, up, time = (node_of(graph, name) for name in ("ring", "up", "time"))
    alone = [replace(graph, nodes=(node,)).macs for node in (ring, up, time)]
    assert alone == [11 * 12 * 27, 11 * 15 * (9 + 5), 11 * 21 * (5 + 7)]


def test_tensors_may_have_any_shape_of_the_right_size(tmp_path):
    graph = model().graph
    tensors = {name: replace(tensor, shape=(tensor.size,)) for name, tensor in graph.tensors.items()}
    check(replace(graph, tensors=tensors))
    columns = {"time_h": (1, 77, 1), "time_h_next": (7, 11)}
    shaped = {name: replace(tensors[name], shape=shape) for name, shape in columns.items()}
    check(replace(graph, tensors=tensors | shaped))
    quantized = quantize(replace(graph, tensors=tensors | shaped), "w8a16", model().calibration)
    assert {state.output for state in quantized.states} >= {"time_h_next"}


def test_attributes_are_kept_in_a_model_file(tmp_path):
    save_model(model(), tmp_path / "bands.ossicle")
    found = load_model(tmp_path / "bands.ossicle").graph
    assert [node.attributes for node in found.nodes] == [node.attributes for node in model().graph.nodes]


@pytest.mark.parametrize(
    ("name", "attributes", "message"),
    [
        ("ring", {"groups": 4}, "its 6 channels are no 4 groups"),
        ("ring", {"groups": 1}, "does not fit 54 values of a filter"),
        ("wide", {"groups": 12}, "each of its channels is a group already"),
        ("time", {"rows": 2}, "77 units are no 2 rows"),
        ("time", {"rows": 0}, "its rows must be a whole number from 1 upwards"),
        ("up", {"steps": 2.0}, "its steps must be a whole number"),
        ("up", {"steps": 9}, r"weights \(15, 9\) and \(15, 5\) do not fit 11 inputs and 5 units"),
        ("down", {"reverse": 2}, "its reverse must be 0 or 1"),
        ("score", {"shape": (1, 11, 6)}, "its shape must be four whole numbers"),
        ("score", {"shape": (1, 11, 5, 11)}, "its tensors have"),
        ("share", {"rows": 2}, "its 121 values are no 2 rows"),
    ],
)
def test_attributes_that_do_not_fit_are_refused_by_the_nodes_name(name, attributes, message):
    with pytest.raises(OssicleError, match=rf"graph: node '{name}' \(\w+\): .*{message}"):
        check(changed(name, **attributes))


@pytest.mark.parametrize("name", ["up", "time"])
def test_a_cluster_refuses_what_its_cores_cannot_share(name):
    graph, kernels = in_scheme("w8a16"), load_target("gap9").kernels
    with pytest.raises(OssicleError, match=f"node '{name}' of tiny_bands is a gru.*cluster cannot run"):
        lower_shared(replace(graph, nodes=(node_of(graph, name),)), kernels)
