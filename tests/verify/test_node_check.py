"""A program whose memory is corrupt does not pass as verified, in floats no less than in integers."""

import math

import emulator  # noqa: F401  (skips where the emulator is missing)
import numpy as np
import pytest
from emulator import small
from networks import noise

from ossicle.audio.pcm import to_pcm16
from ossicle.numerics.formats import DType
from ossicle.platforms.cortexm.run import emulate
from ossicle.platforms.cortexm.trace import TracedMachine
from ossicle.simulate import Simulator
from ossicle.targets import load_target
from ossicle.verify.node_check import Verification, verify

SAMPLES = to_pcm16(3 * noise(16 * 10, seed=4))
SCHEMES = ("fp32", "fp16", "mixed", "int8", "w8a16")
TABLES = {"fc_in": "weight", "rnn0": "weight_ih", "rnn1": "weight_hh", "fc_mid": "bias", "fc_out": "weight"}


def table(traced, node):
    """Address and bytes of a table of constants in the chip's memory."""
    symbol = traced._machine.elf.symbols[f"{traced.graph.name}_{node}_{TABLES[node]}"]
    return symbol.address, symbol.bytes


@pytest.mark.parametrize("scheme", SCHEMES)
def test_weights_that_are_zeroed_in_the_memory_of_the_chip_are_found_with_their_node(tmp_path, scheme):
    traced = TracedMachine(small("gru", scheme), load_target("stm32f767"), tmp_path / "c")
    sound = verify(traced, SAMPLES)
    assert sound.passed and not sound.differing_nodes
    for node in TABLES:
        address, size = table(traced, node)
        kept = traced._machine.read(address, size)
        traced._machine.write(address, bytes(size))
        found = verify(traced, SAMPLES)
        assert found.passed is False and found.differing_nodes == (node,)
        traced._machine.write(address, kept)
    assert verify(traced, SAMPLES).passed


@pytest.mark.parametrize("scheme", ["fp32", "fp16"])
def test_a_single_float_that_is_zeroed_is_enough(tmp_path, scheme):
    graph = small("gru", scheme)
    traced = TracedMachine(graph, load_target("stm32f767"), tmp_path / "c")
    biases = next(node for node in graph.nodes if node.name == "fc_out").constants["bias"]
    address = traced._machine.address("tiny_gru_fc_out_bias")
    place = address + int(np.abs(biases).argmax()) * biases.itemsize
    traced._machine.write(place, bytes(biases.itemsize))
    assert verify(traced, SAMPLES).differing_nodes == ("fc_out",)


def test_what_is_compared_exactly_is_counted_and_floats_have_their_ratio_and_bound():
    everything = emulate(small("gru", "int8"), load_target("stm32f767"), SAMPLES).as_dict()
    checked = everything["verification"]
    assert everything["equal_to_simulation"] is True and checked["floats"] is None
    assert checked["exact"]["tensors"] == checked["tensors"] > 8
    assert checked["exact"]["equal_values"] == checked["exact"]["values"] == checked["values"]
    assert checked["values"] % (len(SAMPLES) // 16) == 0
    nothing = emulate(small("gru", "fp32"), load_target("stm32f767"), SAMPLES).as_dict()
    checked = nothing["verification"]
    assert nothing["equal_to_simulation"] is None and checked["exact"] is None
    assert checked["floats"]["tensors"] == checked["tensors"] == 5
    assert checked["floats"]["sqnr_db"] > checked["floats"]["bound_db"] == 90
    mixed = emulate(small("gru", "mixed"), load_target("stm32f767"), SAMPLES).as_dict()["verification"]
    assert mixed["exact"]["values"] + mixed["floats"]["values"] == mixed["values"]
    assert mixed["floats"]["sqnr_db"] > mixed["floats"]["bound_db"] == 60


class Simulated:
    """A program that is the simulation itself, but for an error that is added to the floats of a node."""

    def __init__(self, graph, error=0.0, at=None):
        self.graph, self._simulator, self._error, self._at = graph, Simulator(graph), error, at
        self._values = {}
        self._rng = np.random.default_rng(0)

    def process(self, hop):
        frame = np.abs(self._rng.standard_normal(self.graph.tensors["magnitude"].size)).astype(np.float32)
        self._values = self._simulator.trace(frame)
        if self._at:
            level = np.sqrt(np.mean(self._values[self._at].astype(np.float64) ** 2))
            noise = self._rng.standard_normal(self._values[self._at].shape) * level * self._error
            self._values[self._at] = (self._values[self._at] + noise).astype(self._values[self._at].dtype)

    def value(self, name):
        return self._simulator.state[name] if name in self._simulator.state else self._values[name]


@pytest.mark.parametrize(("scheme", "bound_db"), [("fp32", 90), ("fp16", 60)])
def test_floats_fail_below_their_bound_and_pass_above_it(scheme, bound_db):
    graph = small("gru", scheme)
    # The output of the last layer, which no other node reads but for a conversion.
    last = next(node for node in graph.nodes if node.name == "fc_out").outputs["y"]
    assert graph.tensors[last].dtype == {"fp32": DType.F32, "fp16": DType.F16}[scheme]
    for error_db, passed in ((bound_db + 3, True), (bound_db - 3, False)):
        program = Simulated(graph, 10 ** (-error_db / 20), last)
        found = verify(program, np.zeros(16 * 50, np.int16))
        assert ("fc_out" not in found.differing_nodes) == passed
        check = next(check for check in found.floats if check.tensor == last)
        assert check.sqnr_db == pytest.approx(error_db, abs=2) and check.bound_db == bound_db


def test_floats_that_are_no_numbers_fail():
    graph = small("gru", "fp32")
    for error in (math.nan, math.inf):
        found = verify(Simulated(graph, error, "mask"), np.zeros(160, np.int16))
        assert found.differing_nodes == ("fc_out",) and found.worst_float.sqnr_db == -math.inf


def test_equal_floats_have_no_error():
    found = verify(Simulated(small("gru", "fp32")), np.zeros(160, np.int16))
    assert {check.sqnr_db for check in found.floats} == {math.inf}
    assert all(check.equal == check.values for check in found.floats)


def test_where_nothing_was_run_nothing_is_claimed():
    nothing = verify(Simulated(small("gru", "int8")), np.zeros(5, np.int16))
    assert nothing == Verification(())
    assert nothing.passed is None and nothing.equal is None and nothing.worst_float is None
    assert nothing.as_dict()["exact"] is None and nothing.as_dict()["floats"] is None
