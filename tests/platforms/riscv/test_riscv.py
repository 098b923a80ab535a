"""RISC-V chips: their folders, and their programs on QEMU."""

import shutil
import subprocess
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from networks import frame_arrays, noise, small_frames, small_model
from tools import need, slow_but

import ossicle
from ossicle.emit.chip import CODE_BYTES, OTHER_STATE_BYTES
from ossicle.errors import OssicleError
from ossicle.platforms.platform import emit
from ossicle.platforms.riscv import build as riscv
from ossicle.platforms.riscv.build import build_for_qemu
from ossicle.platforms.riscv.qemu import PROGRAM, check_qemu, count_qemu, run_qemu
from ossicle.platforms.riscv.run import emulate
from ossicle.programs.elf import read_elf
from ossicle.programs.interface import layer_functions
from ossicle.quantization import quantize
from ossicle.schedule import plan
from ossicle.simulate import Simulator
from ossicle.targets import load_target, target_names

CHIPS = [name for name in target_names() if load_target(name).platform == "riscv"]
SAMPLES = (noise(320) * 32768).astype(np.int16)


@cache
def small(scheme="w8a16"):
    model = small_model()
    return quantize(model.graph, scheme, model.calibration)


def emitted(folder, target, graph=None):
    graph = graph or small()
    return emit(graph, plan(graph, kernels=load_target(target).kernels), load_target(target), folder)


@pytest.mark.parametrize("scheme", slow_but(("w8a16",), ("w8a16", "int8", "mixed")))
@pytest.mark.parametrize("target", CHIPS)
def test_qemu_gives_the_samples_of_the_host_and_counts_instructions(target, scheme):
    need("riscv")
    found = emulate(small(scheme), load_target(target), SAMPLES)
    assert found.largest_difference == 0 and len(found.output) == len(SAMPLES)
    assert np.abs(found.output[48:].astype(int)).max() > 100
    assert {"samples", "front_end", "rnn0", "fc_out", "back_end"} <= {layer.layer for layer in found.layers}
    assert all(layer.instructions > 0 and layer.cycles is None is layer.ms for layer in found.layers)
    assert found.assumptions.startswith(f"there is no cycle model for {load_target(target).chip.core}")
    assert "real time" not in str(list(found.shown("tiny", load_target(target))))


def test_integers_are_those_of_the_simulation():
    need("riscv")
    model, given = small_frames(), frame_arrays(8)
    quantized = quantize(model.graph, "w8a16", model.calibration)
    program = ossicle.compile(replace(model, graph=quantized), target="esp32c3")
    found, simulator = program.run(given), Simulator(quantized)
    for index, (scores, context) in enumerate(zip(given["map"], given["context"], strict=True)):
        expected = simulator.step(scores.reshape(-1), context)
        for name, values in zip(("scores", "gain"), expected, strict=True):
            np.testing.assert_array_equal(found[name][index].reshape(-1), values)


def test_counts_are_those_of_single_steps(tmp_path):
    need("riscv")
    target = load_target("esp32c3")
    emitted(tmp_path / "c", target.name)
    path = build_for_qemu(tmp_path / "c", target)
    stdin, log = SAMPLES[:16].tobytes(), tmp_path / "log"
    counted = count_qemu(path, read_elf(path), target, stdin, layer_functions(small()))
    run_qemu(path, target, stdin, ["-singlestep", "-d", "exec,nochain", "-D", str(log)])
    lines = log.read_bytes().count(b"Trace ")
    # QEMU's own code before the program is counted by both; it is no function of it.
    assert sum(counted.values()) == lines > 10_000


@pytest.mark.parametrize("target", CHIPS)
def test_the_bytes_stated_before_a_build_are_enough(tmp_path, target):
    need("riscv")
    summary = emitted(tmp_path / "c", target)
    elf, chip = read_elf(build_for_qemu(tmp_path / "c", load_target(target))), load_target(target).chip
    flash, ram = (summary["board"]["memory"][chip.memory(holds).name] for holds in ("code", "state"))
    assert flash["needed"] - CODE_BYTES < elf.flash_bytes <= flash["needed"]
    assert ram["needed"] - OTHER_STATE_BYTES <= elf.ram_bytes <= ram["needed"]


@pytest.mark.parametrize("target", CHIPS)
def test_gcc_builds_the_folder_by_make_and_gives_the_same_samples(tmp_path, target):
    need("riscv-gcc")
    emitted(tmp_path / "c", target)
    done = subprocess.run(["make", "size"], cwd=tmp_path / "c", capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "warning:" not in done.stderr, done.stderr
    assert emulate(small(), load_target(target), SAMPLES, "gcc").largest_difference == 0


def test_the_boot_rom_finds_its_block_behind_the_first_instructions(tmp_path):
    need("riscv-gcc")
    emitted(tmp_path / "c", "rp2350-hazard3")
    subprocess.run(["make", "-s"], cwd=tmp_path / "c", check=True, capture_output=True)
    elf = read_elf(tmp_path / "c" / "tiny_gru.elf")
    first = elf.segments[0]
    assert first.load_address == 0x10000000 == elf.symbols["Reset_Handler"].address
    assert 0 < first.data[:4096].find(bytes.fromhex("d3deffff42010111ff01000000000000793512ab")) < 256
    assert "PLL_SYS_FBDIV" in (tmp_path / "c" / "clock.c").read_text()


def test_what_is_missing_is_said(monkeypatch):
    monkeypatch.setattr(riscv, "PACKAGES", ("no_such_package",))
    with pytest.raises(OssicleError, match="an emulated target needs no_such_package"):
        riscv.check_compiler()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(OssicleError, match=f"{PROGRAM} is not installed; on Debian"):
        check_qemu()
    monkeypatch.setattr(riscv, "PACKAGES", ())
    with pytest.raises(OssicleError, match="riscv64-unknown-elf-gcc is not installed"):
        riscv.check_compiler("gcc")
