"""Model files that somebody made to do harm: right checksums, wrong contents."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import small_model, small_spotter
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from ossicle import api
from ossicle.emit.names import check_names
from ossicle.emit.proof import prove_accumulators
from ossicle.errors import OssicleError
from ossicle.graph.file import _digest, load_model, save_model
from ossicle.graph.graph import LARGEST_GRAPH, check
from ossicle.graph.operator import OPS
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.platforms.host.files import project
from ossicle.schedule import plan
from ossicle.targets import load_target

CODE = 'x"};/*\n#include "/etc/passwd"'
STRANGE = (CODE, "../../x", 2**40, 10**400, 0.5, math.nan, math.inf, ["a"], [2**40], None)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    models = {"suppressor": small_model("gru"), "spotter": small_spotter()}
    models["integer"] = api.quantize(small_model("conv"), "int8")
    for name, model in models.items():
        save_model(model, folder / f"{name}.ossicle")
    return folder


def altered(path, out, change):
    """Write a model file whose header is changed, and whose checksum is right again."""
    with safe_open(path, "np") as file:
        entry = json.loads(file.metadata()["ossicle"])
    header, arrays = json.loads(entry["header"]), load_file(path)
    change(header, arrays)
    entry["header"] = json.dumps(header)
    entry["sha256"] = _digest(entry["header"], arrays)
    save_file(arrays, out, {"ossicle": json.dumps(entry)})
    return out


def emitted(model):
    """All that a C folder for this computer would hold, by file name."""
    target = load_target("host")
    return project(model.graph, plan(model.graph, kernels=target.kernels), target).files


def places(value, path=()):
    """Paths to the parts of a header; of lists to the first two."""
    if path:
        yield path
    parts = (
        value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    )
    for key, part in parts:
        yield from places(part, (*path, key))


def put(header, place, value):
    *way, last = place
    for key in way:
        header = header[key]
    header[last] = value


@pytest.mark.parametrize("name", ["suppressor", "spotter", "integer"])
def test_what_is_accepted_of_a_hostile_header_is_used_without_harm(originals, tmp_path, name):
    """Every seventh pair of a place and a value; all of them are tried by the fuzzer."""
    path = originals / f"{name}.ossicle"
    with safe_open(path, "np") as file:
        header = json.loads(json.loads(file.metadata()["ossicle"])["header"])
    pairs = [(place, value) for place in places(header) for value in STRANGE]
    accepted = 0
    for place, value in pairs[:: 7 if name == "suppressor" else 29]:
        out = altered(path, tmp_path / "a.ossicle", lambda header, _: put(header, place, value))  # noqa: B023
        try:
            model = load_model(out)
            repr(model)
            files = emitted(model)
        except OssicleError:
            continue
        accepted += 1
        assert not any("/etc/passwd" in text or "../x" in text for text in files.values())
        assert {Path(file).parent for file in files} == {Path(), Path("zephyr")}
    assert accepted


@pytest.mark.parametrize(
    "change",
    [
        lambda graph: graph.update(name="../escape"),
        lambda graph: graph.update(name=CODE),
        lambda graph: graph["task"].update(labels=["other", CODE, "no"]),
        lambda graph: graph["task"].update(keywords=["yes", CODE]),
        lambda graph: graph["task"].update(labels=["other", 7, "no"]),
        lambda graph: graph["task"]["detector"].update(smoothing=2.5),
        lambda graph: graph["task"]["detector"].update(threshold=math.nan),
        lambda graph: graph["task"].update(frames=10**12),
        lambda graph: graph["task"]["mel"].update(hop=32.0),
        lambda graph: graph["task"]["mel"].update(sample_rate=10**12),
        lambda graph: graph["task"]["mel"].update(mels=10**12),
        lambda graph: graph["task"]["mel"].update(high_hz=math.inf),
        lambda graph: graph["nodes"][0].update(name=CODE),
        lambda graph: graph["nodes"][0].update(op="../../conv2d"),
        lambda graph: graph["tensors"]["conv_y"].update(scale=1e-300),
    ],
)
def test_names_and_settings_that_would_reach_the_c_are_refused(originals, tmp_path, change):
    path = originals / "spotter.ossicle"
    with pytest.raises(OssicleError):
        load_model(altered(path, tmp_path / "a.ossicle", lambda header, _: change(header["graph"])))


@pytest.mark.parametrize("name", ["main", "stdint", "osc_functions", "int"])
def test_a_name_whose_files_would_hide_others_is_refused(name):
    graph = replace(small_model("gru").graph, name=name)
    with pytest.raises(OssicleError, match=f"{name!r} is a name that the C needs"):
        check_names(graph, plan(graph))


def test_tensors_that_no_computer_holds_are_refused():
    graph = small_spotter().graph
    huge = {**graph.tensors, "huge": Tensor((LARGEST_GRAPH, 2))}
    with pytest.raises(OssicleError, match=r"its tensors have .* values, more than"):
        check(replace(graph, tensors=huge))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 10_000, "NaN"])
def test_a_header_that_would_exhaust_a_parser_is_refused(originals, tmp_path, text):
    arrays = load_file(originals / "spotter.ossicle")
    entry = {"format": 6, "sha256": _digest(text, arrays), "header": text}
    save_file(arrays, tmp_path / "a.ossicle", {"ossicle": json.dumps(entry)})
    with pytest.raises(OssicleError, match="inconsistent header"):
        load_model(tmp_path / "a.ossicle")
    save_file(arrays, tmp_path / "a.ossicle", {"ossicle": text})
    with pytest.raises(OssicleError, match="no model file"):
        load_model(tmp_path / "a.ossicle")


@pytest.mark.parametrize("provenance", [None, "text", {"data": []}, {"data": {"speech": {}}}])
def test_a_provenance_is_plain_data(originals, tmp_path, provenance):
    change = lambda header, _: header.update(provenance=provenance)  # noqa: E731
    with pytest.raises(OssicleError, match="inconsistent header"):
        load_model(altered(originals / "spotter.ossicle", tmp_path / "a.ossicle", change))


def test_the_overflow_proof_reads_the_constants_that_the_file_holds(originals, tmp_path):
    """A bias that leaves no room is found, although nothing else of the file is changed."""

    def fill(header, arrays):
        biases = [name for name, array in arrays.items() if array.dtype == np.int32 and "bias" in name]
        arrays[biases[0]] = np.full_like(arrays[biases[0]], 2**31 - 1)

    model = load_model(altered(originals / "integer.ossicle", tmp_path / "a.ossicle", fill))
    with pytest.raises(OssicleError, match=r"can reach .* more than an int32 holds"):
        prove_accumulators(model.graph)


S8, S16 = Tensor((4,), DType.S8, 0.1), Tensor((4,), DType.S16, 0.1)
HOSTILE = {
    "affine offset": ("affine", S16, {"scale": [32767], "offset": [2**31 - 1], "shift": [8]}),
    "affine shift": ("affine", S8, {"scale": [1], "offset": [0], "shift": [40]}),
    "affine shift of nothing": ("affine", S8, {"scale": [1], "offset": [0], "shift": [0]}),
    "prelu shift": ("unary", S16, {"slope": [1], "shift": [31]}),
    "prelu shift of nothing": ("unary", S8, {"slope": [1], "shift": [0]}),
    "prelu slope": ("unary", S16, {"slope": [-32768], "shift": [30]}),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_constants_of_integers_that_would_overflow_are_refused(case):
    op, tensor, constants = HOSTILE[case]
    types = {"scale": np.int16, "offset": np.int32, "shift": np.uint8, "slope": np.int16}
    arrays = {name: np.array(value, types[name]) for name, value in constants.items()}
    attributes = {"function": "prelu"} if op == "unary" else {}
    node = Node(op, "hostile", {"x": "a"}, {"y": "b"}, arrays, {"inner": 1, **attributes})
    with pytest.raises(OssicleError, match="hostile"):
        OPS[op].check(node, [tensor], [tensor])
