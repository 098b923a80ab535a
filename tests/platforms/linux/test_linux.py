"""Programs for computers with Linux on QEMU: each task, in integers and floats, as it is simulated."""

import json
import shutil

import numpy as np
import pytest
from networks import band_network, small_frames, small_model, small_spotter, voice
from tools import need, slow_but

from ossicle import api
from ossicle.audio.pcm import to_pcm16
from ossicle.errors import OssicleError
from ossicle.kernels.layouts import GROUPS
from ossicle.lowering import products_of
from ossicle.platforms.linux import qemu
from ossicle.targets import load_target

TARGETS = ("aarch64", "raspberry-pi-4", "raspberry-pi-5")


def equal(model, scheme, target, seconds=0.1):
    """Run a model on QEMU, and have it equal to this computer's C and to the simulation."""
    result = api.run(api.quantize(model, scheme), target=target, seconds=seconds)
    assert result.largest_difference == 0 and result.verification.passed
    assert len(result.verification.exact) > 2
    return result


def test_the_small_targets_have_the_kernels_for_arm():
    graph = api.quantize(small_model("gru"), "w8a16").graph
    for name in TARGETS:
        target = load_target(name)
        layouts = {of.layout for node in graph.nodes for of in products_of(node, target.kernels)}
        assert target.platform == "linux" and layouts == {GROUPS}


SUPPRESSORS = [
    ("lstm", "mixed", "raspberry-pi-5"),
    ("gru", "w8a16", "aarch64"),
    ("gru", "int8", "raspberry-pi-5"),
    ("conv", "w8a16", "raspberry-pi-5"),
]


@pytest.mark.parametrize(("cell", "scheme", "target"), slow_but(SUPPRESSORS[:1], SUPPRESSORS))
def test_a_suppressor_gives_the_bits_of_its_simulation(cell, scheme, target):
    need("qemu-user")
    equal(small_model(cell), scheme, target)


def test_results_of_a_function_that_also_returns_a_number(tmp_path):
    need("qemu-user")
    model = api.quantize(small_spotter(), "w8a16")
    samples = to_pcm16(voice(32 * 40 + 5))
    program = api.compile(model, target="raspberry-pi-5", out=tmp_path / "c")
    found, expected = program.run(samples), api.compile(model).run(samples)
    assert found.dtype.names == ("word", "posteriors") and len(found) == 41
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("network", slow_but([band_network], [small_frames, band_network]))
def test_a_network_without_a_front_end(network):
    need("qemu-user")
    equal(network(), "w8a16", "raspberry-pi-5")


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("scheme", ["w8a16", "int8", "mixed"])
def test_a_model_that_ships_gives_the_bits_of_its_simulation(scheme, target):
    need("qemu-user")
    equal(api.load("gru128"), scheme, target, seconds=0.5)


def test_the_command_says_that_all_is_equal(ossicle, tmp_path):
    need("qemu-user")
    api.save(small_model("gru"), tmp_path / "gru.ossicle")
    arguments = ("--scheme", "w8a16", "--target", "raspberry-pi-4", "--seconds", 0.1, "--json")
    done = ossicle("run", tmp_path / "gru.ossicle", *arguments)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["on"] == "qemu" and result["equal_to_host"] and result["equal_to_simulation"]


def test_a_missing_emulator_is_named_with_what_installs_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(OssicleError, match="qemu-aarch64 is not installed; on Debian: apt install qemu-user"):
        api.run(small_model("gru"), target="aarch64")


def test_a_program_that_fails_on_qemu_ends_in_a_sentence(tmp_path):
    need("qemu-user")
    (tmp_path / "no.elf").write_bytes(b"no program")
    with pytest.raises(OssicleError, match="the program failed on QEMU"):
        qemu.run_qemu(tmp_path / "no.elf", load_target("aarch64"), b"")
