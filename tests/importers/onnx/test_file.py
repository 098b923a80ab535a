"""Files that are broken, hostile or too large end in one sentence, and take no memory."""

import os
import tracemalloc

import numpy as np
import onnx
import pytest
from foreign import FLOAT, graph_of, read, write_onnx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper

from ossicle.errors import OssicleError
from ossicle.importers.reading import LARGEST_FILE

RNG = np.random.default_rng(3)
WEIGHT = RNG.normal(size=(4, 3)).astype(np.float32)


def dense(tmp_path, opset=17):
    node = helper.make_node("MatMul", ["x", "w"], ["y"], "product")
    return write_onnx(tmp_path / "m.onnx", graph_of([node], {"x": (2, 4)}, ["y"], {"w": WEIGHT}), opset)


def rewrite(path, change):
    """Change the message of a file."""
    model = onnx.load(path, load_external_data=False)
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def refused(path, *words):
    """The sentence that a file is refused with; it has these words and is one line."""
    with pytest.raises(OssicleError) as caught:
        read(path)
    sentence = str(caught.value)
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence and ("; " in sentence or ": " in sentence)
    return sentence


def test_a_file_that_is_cut_anywhere_is_refused(tmp_path):
    path = dense(tmp_path)
    whole = path.read_bytes()
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(path, "m.onnx", "fetch or export it again")


def test_no_file_and_text_are_refused(tmp_path):
    refused(tmp_path / "absent.onnx", "there is no file")
    (tmp_path / "text.onnx").write_text("no network\n" * 100)
    refused(tmp_path / "text.onnx", "no ONNX file")


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 2 << 30)
    tracemalloc.start()
    refused(path, f"{2 << 30:,} bytes")
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("dims", [[1 << 20, 1 << 20], [4, -3], [5, 3], [2, 3]])
def test_sizes_that_are_not_those_of_the_data_are_refused_without_memory(tmp_path, dims):
    def change(model):
        model.graph.initializer[0].dims[:] = dims

    path = rewrite(dense(tmp_path), change)
    tracemalloc.start()
    refused(path, "tensor w", "claims")
    assert tracemalloc.get_traced_memory()[1] < 1 << 23
    tracemalloc.stop()


def external(path, location, offset=0, length=48):
    def change(model):
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))

    return rewrite(path, change)


def test_values_in_a_file_beside_it_are_read(tmp_path):
    path = external(dense(tmp_path), "w.bin", 16)
    (tmp_path / "w.bin").write_bytes(bytes(16) + WEIGHT.tobytes())
    np.testing.assert_array_equal(read(path).values["w"].constant, WEIGHT)


def test_values_that_are_missing_too_short_or_elsewhere_are_refused(tmp_path):
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(WEIGHT.tobytes())
    refused(external(dense(folder), "w.bin"), "there is no w.bin")
    (folder / "w.bin").write_bytes(WEIGHT.tobytes()[:-1])
    refused(external(dense(folder), "w.bin"), "too short")
    refused(external(dense(folder), "../secret"), "outside of the file's folder")
    refused(external(dense(folder), str(tmp_path / "secret")), "outside of the file's folder")
    (folder / "link").symlink_to(tmp_path / "secret")
    refused(external(dense(folder), "link"), "outside of the file's folder")
    (folder / "w.bin").write_bytes(WEIGHT.tobytes())
    refused(external(dense(folder), "w.bin", "-1"), "cannot be read")


def test_nodes_that_feed_each_other_are_named(tmp_path):
    nodes = [
        helper.make_node("Add", ["x", "b"], ["a"], "first"),
        helper.make_node("Relu", ["a"], ["b"], "second"),
        helper.make_node("Relu", ["x"], ["y"], "third"),
    ]
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (2,)}, ["y"]))
    refused(path, "'first'", "'second'", "feed each other")


def test_nodes_may_stand_in_any_order(tmp_path):
    nodes = [helper.make_node("Relu", [f"v{i + 1}"], [f"v{i}"], f"n{i}") for i in range(4)]
    network = read(write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"v4": (2,)}, ["v0"])))
    assert [operation.name for operation in network.operations] == ["n3", "n2", "n1", "n0"]


def test_values_that_nothing_writes_or_two_nodes_write_are_refused(tmp_path):
    nodes = [helper.make_node("Add", ["x", "ghost"], ["y"], "sum")]
    refused(write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (2,)}, ["y"])), "'sum'", "'ghost'")
    nodes = [helper.make_node("Relu", ["x"], ["y"], name) for name in ("one", "other")]
    refused(write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (2,)}, ["y"])), "'one'", "'other'")
    nodes = [helper.make_node("Relu", ["x"], ["z"])]
    refused(write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (2,)}, ["y"])), "'y'")


def test_opsets_that_are_too_old_or_too_new_are_refused(tmp_path):
    refused(dense(tmp_path, 6), "opset 6", "opset_version=17")
    refused(rewrite(dense(tmp_path), lambda m: setattr(m.opset_import[0], "version", 999)), "opset 999")


def test_constants_that_would_fill_the_memory_are_not_computed(tmp_path):
    nodes = [
        helper.make_node("ConstantOfShape", ["sizes"], ["big"], "filler"),
        helper.make_node("ReduceSum", ["big"], ["total"], keepdims=0),
        helper.make_node("Add", ["x", "total"], ["y"]),
    ]
    constants = {"sizes": np.array([1 << 20, 1 << 12], np.int64)}
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (2,)}, ["y"], constants))
    refused(path, "'filler'", f"{LARGEST_FILE:,} bytes")


def test_types_that_are_no_numbers_are_refused(tmp_path):
    def text(model):
        model.graph.initializer[0].data_type = onnx.TensorProto.STRING

    refused(rewrite(dense(tmp_path), text), "tensor w", "STRING")

    def unknown(model):
        model.graph.initializer[0].data_type = 77

    refused(rewrite(dense(tmp_path), unknown), "tensor w", "77")


WHOLE = helper.make_model(
    helper.make_graph(
        [
            helper.make_node("Slice", ["x", "s", "e"], ["a"], "cut"),
            helper.make_node("Conv", ["a", "w"], ["b"], "slide", kernel_shape=[2], pads=[1, 0]),
            helper.make_node("Reshape", ["b", "shape"], ["c"]),
            helper.make_node("Softmax", ["c"], ["y"], axis=-1),
        ],
        "g",
        [helper.make_tensor_value_info("x", FLOAT, (1, 2, 6))],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [
            onnx.numpy_helper.from_array(np.array([0, 0, 1], np.int64), "s"),
            onnx.numpy_helper.from_array(np.array([1, 2, 6], np.int64), "e"),
            onnx.numpy_helper.from_array(np.array([1, -1], np.int64), "shape"),
            onnx.numpy_helper.from_array(np.ones((3, 2, 2), np.float32), "w"),
        ],
    ),
    opset_imports=[helper.make_opsetid("", 17)],
).SerializeToString()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    places=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_a_file_with_some_bytes_changed_is_read_or_refused_in_a_sentence(tmp_path, places):
    changed = bytearray(WHOLE)
    for place, byte in places:
        changed[place] = byte
    path = tmp_path / "m.onnx"
    path.write_bytes(bytes(changed))
    try:
        read(path)
    except OssicleError as error:
        assert "\n" not in str(error)
