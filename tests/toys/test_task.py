"""A toy task goes through every stage; nothing in the package knows of it."""

from dataclasses import replace

import numpy as np
import pytest
from networks import ACTIVATIONS
from running import compare_nodes
from tools import need

import ossicle
from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node, Tensor, check
from ossicle.graph.file import load_model, save_model
from ossicle.graph.model import Model
from ossicle.graph.task import TASKS
from ossicle.programs.interface import INTERFACES
from ossicle.quantization import SCHEMES, calibrate, quantize
from ossicle.simulate import Simulator
from toys.classes import INTERFACE, READINGS, RECORD, Classes, hear, random_readings


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The task is known in these tests, and in no others."""
    monkeypatch.setitem(TASKS, "classes", RECORD)
    monkeypatch.setitem(INTERFACES, "classes", INTERFACE)


@pytest.fixture
def model():
    """Two dense layers, calibrated."""
    rng = np.random.default_rng(0)

    def dense(name, x, y, rows, columns, activation):
        constants = {
            "weight": rng.normal(0, 1 / np.sqrt(columns), (rows, columns)).astype(np.float32),
            "bias": rng.normal(0, 0.1, rows).astype(np.float32),
        }
        return Node("linear", name, {"x": x}, {"y": y}, constants, ACTIVATIONS[activation])

    nodes = (
        dense("first", "sensed", "hidden", 12, READINGS, "relu"),
        dense("last", "hidden", "score", 3, 12, "none"),
    )
    tensors = {"sensed": Tensor((READINGS,)), "hidden": Tensor((12,)), "score": Tensor((3,))}
    graph = Graph("sensor", Classes(3), ("sensed",), ("score",), (), tensors, nodes)
    check(graph)
    return Model(graph, calibrate(graph, [RECORD.example(graph, {})]))


def new_classes(graph, readings):
    """What its C must give of readings ``(frames, 8)``, by the simulation."""
    simulator = Simulator(graph)
    classes = np.array([int(np.argmax(simulator.step(frame)[0])) for frame in hear(readings)])
    return np.where(np.diff(classes, prepend=-1) != 0, classes, -1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_is_quantized_and_its_c_is_the_simulation(tmp_path, model, scheme):
    graph = quantize(model.graph, scheme, model.calibration)
    readings = random_readings(graph, 40)
    compare_nodes(graph, tmp_path / "nodes", readings)
    found = ossicle.compile(replace(model, graph=graph)).run(readings)
    expected = new_classes(graph, readings.reshape(-1, READINGS))
    np.testing.assert_array_equal(found, expected)
    assert set(found) == {-1, 0, 1, 2}


def test_it_is_kept_in_a_model_file_that_others_do_not_read(tmp_path, model, monkeypatch):
    save_model(model, tmp_path / "m.ossicle")
    loaded = load_model(tmp_path / "m.ossicle")
    assert loaded.graph.task == Classes(3) and str(loaded).startswith(
        "sensor: classifier of readings, now and"
    )
    monkeypatch.delitem(TASKS, "classes")
    with pytest.raises(OssicleError, match="for the unknown task 'classes'; this version knows"):
        load_model(tmp_path / "m.ossicle")


def test_the_verbs_take_it_or_say_which_one_does(tmp_path, model):
    np.save(tmp_path / "readings.npy", random_readings(model.graph, 50).reshape(-1, READINGS))
    small = ossicle.quantize(model, clips=[tmp_path / "readings.npy"])
    assert set(small.precisions.values()) == {"w8a16"} and small.sqnr_db > 40
    assert ossicle.quantize(model).measured_on == "random readings"
    with pytest.raises(OssicleError, match="is a classifier of readings, which ossicle run takes"):
        ossicle.denoise(model, "a.wav", tmp_path / "out.wav")
    with pytest.raises(OssicleError, match="is a classifier of readings, which a cluster cannot run yet"):
        ossicle.plan(small)


@pytest.mark.parametrize("scheme", ["int8", "mixed"])
def test_it_runs_on_an_emulated_chip(model, scheme):
    need("emulator")
    quantized = ossicle.quantize(model, scheme)
    found = ossicle.run(quantized, target="stm32f767")
    assert found.largest_difference == 0 and found.verification.passed
    assert next(layer.instructions for layer in found.layers if layer.layer == "front_end") > READINGS
    np.testing.assert_array_equal(
        ossicle.compile(quantized, target="stm32f767").run(random_readings(model.graph, 20)), found.output
    )
