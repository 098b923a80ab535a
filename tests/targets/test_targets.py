"""The chips that ship."""

import pickle
from importlib import resources
from itertools import pairwise

import pytest

from ossicle.errors import OssicleError
from ossicle.platforms.linux import LinuxTarget
from ossicle.targets import ChipTarget, ClusterTarget, Target, load_target, target_names
from ossicle.targets.target import FOLDER

CLUSTERS = ["cv32e40p-cluster", "gap9"]
RISCV = ["esp32c3", "rp2350-hazard3"]
LINUX = ["aarch64", "raspberry-pi-4", "raspberry-pi-5"]
CHIPS = [
    *("mps2-an500", "mps3-an547", "nrf52840", "nrf5340", "rp2350", "rp2350-sram"),
    *("stm32f407", "stm32f746", "stm32f767", "stm32h743", "stm32h7a3", "stm32l4r5", "stm32u575"),
]


@pytest.mark.parametrize(
    ("platform", "names", "kind"),
    [
        ("host", ["host"], Target),
        ("linux", LINUX, LinuxTarget),
        ("cortexm", CHIPS, ChipTarget),
        ("riscv", RISCV, ChipTarget),
        ("cluster", CLUSTERS, ClusterTarget),
    ],
)
def test_a_target_is_of_the_kind_of_its_platform(platform, names, kind):
    found = [target for target in map(load_target, target_names()) if target.platform == platform]
    assert [target.name for target in found] == names and {type(target) for target in found} == {kind}


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_cluster_has_room_for_its_stacks_and_a_figure_for_every_precision(name):
    cluster = load_target(name).cluster
    assert (cluster.workers + 1) * cluster.stack_bytes < cluster.l1.bytes < cluster.l2.bytes
    assert set(cluster.macs) == {"fp32", "fp16", "w8a8", "w8a16", "w4a16", "w16a16"}
    assert cluster.dma.bytes_per_cycle == 8 and cluster.dma.rate == pytest.approx(7.53, abs=0.005)


def test_what_l3_can_be_is_slower_and_costs_more_and_a_testbench_has_none():
    cluster = load_target("gap9").cluster
    energies = [store.picojoules_per_byte for store in (cluster.l2, *cluster.l3)]
    assert energies == sorted(energies) and [store.name for store in cluster.l3] == ["mram", "external"]
    speed = cluster.dma.bytes_per_cycle * min(point.hertz for point in cluster.points)
    assert all(0 < store.bytes_per_second < speed for store in cluster.l3)
    bench = load_target("cv32e40p-cluster").cluster
    assert not bench.l3 and not bench.points


@pytest.mark.parametrize("name", ["host", *LINUX, *CHIPS, *RISCV, *CLUSTERS])
def test_a_target_goes_to_other_processes_as_it_is(name):
    """Its kernels too, down to the layouts and forms that records name."""
    target = load_target(name)
    assert pickle.loads(pickle.dumps(target)) == target


MLPERF = {
    0.65: {"dense": (5.25, 0.271), "words": (18.6, 0.732), "person": (40.8, 1.733), "image": (27.7, 0.949)},
    0.8: {"dense": (7.29, 0.176), "words": (26.7, 0.476), "person": (58.4, 1.125), "image": (40.4, 0.616)},
}
"""Microjoules and milliseconds of an inference, published with MLPerf Tiny 1.0 for GAP9."""


@pytest.mark.parametrize("volts", MLPERF)
def test_power_is_what_was_measured_of_four_networks(volts):
    point = next(point for point in load_target("gap9").cluster.points if point.volts == volts)
    measured = {name: 1e-3 * energy / ms for name, (energy, ms) in MLPERF[volts].items()}
    assert point.watts == pytest.approx((measured["dense"], max(measured.values())), rel=0.02)
    assert min(measured.values()) == measured["dense"]
    assert point.idle_watts[0] < point.idle_watts[1] < point.watts[0]


def test_idle_power_reaches_up_to_what_was_measured_while_waiting():
    high, low = load_target("gap9").cluster.points
    assert low.idle_watts[1] == pytest.approx(0.0088, abs=0.0003)
    assert high.idle_watts[1] == pytest.approx(0.0169, abs=0.0003)
    assert low.idle_watts[0] == 0.004


@pytest.mark.parametrize("name", CHIPS)
def test_a_chip_has_one_memory_for_code_and_one_for_the_state_and_none_overlap(name):
    memories = load_target(name).chip.memories
    copied = ["weights"] if name == "rp2350-sram" else []
    assert sorted(memory.holds for memory in memories if memory.holds) == ["code", "state", *copied]
    ends = sorted((memory.origin, memory.origin + memory.bytes) for memory in memories)
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))


@pytest.mark.parametrize("name", CHIPS)
def test_a_chip_names_its_fpu_to_both_compilers(name):
    chip = load_target(name).chip
    if chip.core == "cortex-m55":  # GCC takes the core's own
        assert "+mve_fp" in chip.zig[0] and not any(flag.startswith("-mfpu") for flag in chip.gcc)
        return
    ours = {"fp_armv8d16sp": "fpv5-sp-d16", "fp_armv8d16": "fpv5-d16", "vfp4d16sp": "fpv4-sp-d16"}
    (fpu,) = [name for name in ours if f"+{name}" in "".join(chip.zig).replace("+dsp", "").split(",")[0]][:1]
    assert f"-mfpu={ours[fpu]}" in chip.gcc
    assert chip.core in " ".join(chip.gcc) and chip.clock_hz >= 25_000_000


def test_a_target_with_the_former_name_of_l3_is_told_the_name(tmp_path):
    text = (resources.files("ossicle.targets") / "gap9.toml").read_text("utf-8")
    path = tmp_path / "own.toml"
    path.write_text(text.replace("[[cluster.l3]]", "[[cluster.far]]"), "utf-8")
    with pytest.raises(OssicleError, match=r"names its L3 cluster\.far; call that table cluster\.l3"):
        load_target(str(path))


def test_a_target_names_the_default_scheme(tmp_path):
    assert {load_target(name).scheme for name in target_names()} == {"w8a16"}
    text = (FOLDER / "host.toml").read_text("utf-8")
    other = tmp_path / "other.toml"
    other.write_text(text.replace('scheme = "w8a16"', 'scheme = "mixed"'))
    assert load_target(str(other)).scheme == "mixed"
    other.write_text(text.replace('scheme = "w8a16"\n', ""))
    assert load_target(str(other)).scheme == "w8a16"
    other.write_text(text.replace('scheme = "w8a16"', 'scheme = "best"'))
    with pytest.raises(OssicleError, match="unknown scheme 'best'; choose one of fp32"):
        load_target(str(other))


@pytest.mark.parametrize(
    ("name", "megacycles", "microjoules"),
    [("stm32h743", 3.169, 1376), ("stm32l4r5", 5.182, 1821), ("nrf5340", 4.649, 656)],
)
def test_energy_of_a_core_holds_what_mlperf_tiny_measured_of_the_keyword_network(
    name, megacycles, microjoules
):
    """Of ST in round 1.2: STM32H7A3, STM32L4R5 and STM32U575."""
    least, most = load_target(name).chip.energy.microjoules(1e6 * megacycles)
    assert 0.98 * least <= microjoules <= 1.02 * most
