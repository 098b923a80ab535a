"""TFLite files, whole and damaged, and what is read of them."""

import numpy as np
import pytest

pytest.importorskip("tflite")

from tflite_files import Function, Part, Step, constant, quantized, ring, small_network, write

from ossicle.errors import OssicleError
from ossicle.importers.reading import Choices
from ossicle.importers.tflite import read_tflite


def names(network):
    return [operation.op for operation in network.operations]


def test_layers_are_read_with_their_scales_between_transposes(tmp_path):
    network = read_tflite(write(tmp_path / "x.tflite", small_network())).complete()
    assert [op for op in names(network) if op not in ("Transpose", "Reshape")] == [
        *("Conv", "Relu", "Conv", "Relu", "AveragePool", "Gemm", "Softmax")
    ]
    first = next(operation for operation in network.operations if operation.op == "Conv")
    assert first.attributes["pads"] == (0, 1, 1, 1) and first.attributes["strides"] == (2, 1)
    weight = network.values[first.inputs[1]]
    assert weight.shape == (6, 2, 3, 3) and weight.quantization.axis == 0
    deep = network.values[[o for o in network.operations if o.op == "Conv"][1].inputs[1]]
    assert deep.shape == (6, 1, 3, 3) and deep.quantization.axis == 0


def test_an_array_in_c_is_the_file_that_it_holds(tmp_path):
    path = write(tmp_path / "x.tflite", small_network())
    numbers = ", ".join(f"0x{byte:02x}" for byte in path.read_bytes())
    text = (
        f"/* [3] = {{1}}; */\nalignas(16) const unsigned char g_model[] = {{{numbers}}};\nconst int n = 3;\n"
    )
    (tmp_path / "x.cc").write_text(text)
    of_c, of_file = (read_tflite(tmp_path / name).complete() for name in ("x.cc", "x.tflite"))
    assert names(of_c) == names(of_file)
    (tmp_path / "none.h").write_text("const unsigned char x[] = {1, 2, 3};")
    with pytest.raises(OssicleError, match="0 arrays"):
        read_tflite(tmp_path / "none.h")


def test_a_damaged_file_is_refused_in_a_sentence_wherever_it_is_damaged(tmp_path):
    path = write(tmp_path / "x.tflite", small_network())
    content = path.read_bytes()
    rng, refused = np.random.default_rng(0), 0
    for size in range(8, len(content), 97):
        path.write_bytes(content[:size])
        with pytest.raises(OssicleError, match=r"damaged|no TFLite"):
            read_tflite(path)
    for _ in range(400):
        damaged = bytearray(content)
        for place in rng.integers(8, len(content), 6):
            damaged[place] = rng.integers(256)
        path.write_bytes(bytes(damaged))
        try:
            read_tflite(path).complete()
        except OssicleError:
            refused += 1
    assert refused > 50
    path.write_bytes(b"\0\0\0\0XXXX" + content)
    with pytest.raises(OssicleError, match="no TFLite network"):
        read_tflite(path)


def test_an_operator_that_is_not_known_is_named_with_a_way_out(tmp_path):
    loop = Function([Part("x", (1, 4)), Part("y", (1, 4))], [Step("WHILE", ["x"], ["y"])], ["x"], ["y"])
    with pytest.raises(OssicleError, match=r"while_0.*WHILE.*unroll=True"):
        read_tflite(write(tmp_path / "x.tflite", loop)).complete()


def test_variables_become_states_and_must_begin_with_zero(tmp_path):
    network = read_tflite(write(tmp_path / "x.tflite", *ring())).complete()
    (state,) = network.states
    assert (state.input, state.output, state.how) == ("old", "new", "variable rows")
    assert network.inputs == ("x", "old") and network.outputs == ("y", "new")
    other = write(tmp_path / "y.tflite", *ring(np.full((1, 2, 4), 3)))
    with pytest.raises(OssicleError, match="'rows' begins with other values"):
        read_tflite(other).complete()


def test_integer_weights_beside_floats_are_floats_and_that_is_said(tmp_path):
    codes = constant("w", [[10, -20, 30]], "int8", (0.5,))
    dense = Function(
        [Part("x", (1, 3)), codes, Part("y", (1, 1))],
        [Step("FULLY_CONNECTED", ["x", "w", ""], ["y"], "FullyConnectedOptions", {})],
        ["x"],
        ["y"],
    )
    network = read_tflite(write(tmp_path / "x.tflite", dense)).complete()
    weight = network.values[network.operations[0].inputs[1]]
    np.testing.assert_array_equal(weight.constant, np.float32([[5, -10, 15]]))
    assert "multiplied out" in network.notes[0]


def test_slices_drop_axes_and_count_from_the_end(tmp_path):
    cut = {"BeginMask": 0, "EndMask": 1, "ShrinkAxisMask": 2}
    parts = [
        quantized("x", (1, 5, 4), 0.1),
        constant("begin", [0, -2, 1]),
        constant("end", [0, 0, -1]),
        constant("strides", [1, 1, 1]),
        quantized("y", (1, 2), 0.1),
    ]
    slices = [Step("STRIDED_SLICE", ["x", "begin", "end", "strides"], ["y"], "StridedSliceOptions", cut)]
    network = read_tflite(write(tmp_path / "x.tflite", Function(parts, slices, ["x"], ["y"]))).complete()
    found = network.operations[0].attributes
    assert (found["starts"], found["ends"]) == ((0, 3, 1), (1, 4, 3))
    assert names(network) == ["Slice", "Reshape"]


def test_shapes_of_a_file_are_fixed_and_inputs_can_become_constants(tmp_path):
    path = write(tmp_path / "x.tflite", small_network())
    with pytest.raises(OssicleError, match="fixed shape"):
        read_tflite(path, Choices(shapes={"x": (1, 6, 5, 4)}))
    with pytest.raises(OssicleError, match="no input 'z'"):
        read_tflite(path, Choices(constants={"z": 1}))
    usual = Choices(usual_shapes={"x": (1, 6, 5, 4)}, usual_constants={"z": 1})
    assert read_tflite(path, usual).network.inputs == ("x",)  # the shape is fixed, and there is no z
    reading = read_tflite(path, Choices(usual_constants={"x": 3}))
    assert not reading.network.inputs and reading.choices.constants == {"x": 3}
    network = read_tflite(path, Choices(constants={"x": 5})).complete()
    assert network.inputs == () and (network.values["x"].constant == 5).all()
