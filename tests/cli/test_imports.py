"""The commands for networks of others: what they take, print and refuse."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import ossicle.importers.lower.lower  # noqa: F401 - its rules register themselves
from ossicle.graph.file import load_model
from ossicle.importers.lower.context import RULES
from ossicle.importers.onnx.spellings import RULES as SPELLINGS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def network(tmp_path):
    """A dense layer with a leaky state that is crossed with another one; returns the name of its file."""
    rng = np.random.default_rng(1)
    nodes = [
        helper.make_node("Concat", ["x", "p", "q"], ["all"], axis=1),
        helper.make_node("MatMul", ["all", "w"], ["y"], "product"),
        helper.make_node("Mul", ["p", "half"], ["u"]),
        helper.make_node("Tanh", ["q"], ["v"]),
    ]
    shapes = {"x": ("batch", 4), "p": (1, 3), "q": (1, 3)}
    graph = helper.make_graph(
        nodes,
        "crossed",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("y", "v", "u")],
        [
            numpy_helper.from_array(rng.normal(size=(10, 2)).astype(np.float32), "w"),
            numpy_helper.from_array(np.float32(0.5), "half"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    (tmp_path / "crossed.onnx").write_bytes(model.SerializeToString())
    return "crossed.onnx"


STATES = ("--state", "p=u", "--state", "q=v")


def test_inspect_prints_ends_states_and_operators(ossicle, network):
    done = ossicle("inspect", network, *STATES)
    assert done.returncode == 0, done.stderr
    for text in ("1 x 4 float32", "p = u", "given", "MatMul", "20 multiply-accumulates", "nothing stands in"):
        assert text in done.stdout
    found = json.loads(ossicle("inspect", network, *STATES, "--json").stdout)
    assert [end["name"] for end in found["inputs"]] == ["x"] and found["macs"] == 20
    assert found["obstacles"] == []


def test_import_writes_a_model_that_compile_takes(ossicle, network, tmp_path):
    done = ossicle("import", network, *STATES, "-o", "m.ossicle", "--frames-per-second", 50, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    model = load_model(tmp_path / "m.ossicle")
    assert model.graph.task.rate == 50 and found["name"] == model.graph.name == "crossed"
    if find_spec("onnxruntime"):
        assert found["proof"]["compared_results"] == 100 * 8
        table = ossicle("import", network, *STATES, "-o", "m.ossicle")
        assert "agreement with onnxruntime" in table.stdout and "product (MatMul)" in table.stdout
    done = ossicle("compile", "m.ossicle", "--scheme", "fp32", "-o", "c", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["inputs"][0]["name"] == "x" and (tmp_path / "c" / "crossed.h").is_file()


def test_a_file_may_have_any_name(ossicle, network, tmp_path):
    for name in ("2nd-Net 2.onnx", "int.onnx"):
        (tmp_path / name).write_bytes((tmp_path / network).read_bytes())
        done = ossicle("import", name, *STATES, "-o", "m.ossicle", "--steps", 2)
        assert done.returncode == 0, done.stderr
        done = ossicle("compile", "m.ossicle", "--scheme", "fp32", "-o", "c")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--state", "p=y", "--state", "q=v"), "pair equal ones"),
        (("--state", "p"), "'p' is not NAME=VALUE"),
        (("--set", "x=loud"), "'loud' is no number"),
        (("--shape", "x=1,5", *STATES), "product"),
        (("--shape", "z=1,5", *STATES), "the network's inputs are x, p, q"),
    ],
)
def test_options_that_do_not_fit_are_refused_and_nothing_is_written(
    ossicle, network, tmp_path, options, sentence
):
    done = ossicle("import", network, *options, "-o", "m.ossicle")
    assert done.returncode == 2 and sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr and not list(tmp_path.glob("m.ossicle*"))


def test_inspect_says_what_is_in_the_way(ossicle, network, tmp_path):
    model = onnx.load(tmp_path / network)
    model.graph.node[3].op_type = "Det"
    (tmp_path / network).write_bytes(model.SerializeToString())
    done = ossicle("inspect", network)
    assert done.returncode == 0 and "in the way: node 'v' (Det)" in done.stdout


@pytest.mark.parametrize("verb", ["inspect", "import"])
def test_help_has_an_example(ossicle, verb):
    assert f"Example: ossicle {verb} gtcrn.onnx" in ossicle(verb, "--help").stdout


def test_the_page_lists_the_operators_that_are_imported():
    page = (ROOT / "docs" / "importing.md").read_text("utf-8")
    listed = page.partition("<!-- operators of ONNX -->")[2].partition("\n\n")[0]
    spelled_away = set(SPELLINGS) - set(RULES) - {"ReduceProd"}
    assert re.findall(r"`(\w+)`", listed) == sorted({*RULES, *spelled_away, "If"})
