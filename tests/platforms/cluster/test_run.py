"""Cluster programs on threads, QEMU's harts and the RTL testbench, against the host and the simulation."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from clusters import needs_harts, needs_rtl
from networks import small_model, voice

from ossicle.audio.features import COMPRESSED
from ossicle.audio.pcm import to_pcm16
from ossicle.errors import OssicleError
from ossicle.platforms.cluster import execution, run, trace
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.cluster.run import emulate_cluster
from ossicle.quantization import quantize
from ossicle.targets import load_target
from ossicle.targets.variants import with_cluster_sizes

INTEGER = ("int8", "w8a16", "w4a16", "w16a16")


FAST = {("gru", "int8", "rtl"), ("gru", "w4a16", "qemu"), ("lstm", "w8a16", "qemu")}
FAST |= {("gru", "w8a16", "threads"), ("lstm", "int8", "threads"), ("lstm", "w4a16", "threads")}
FAST |= {("gru", "w16a16", "threads")}
"""The others are slow."""


def on_qemu(*values):
    """Parameters of a test that needs QEMU."""
    return pytest.param(*values, "qemu", marks=needs_harts)


def on_rtl(*values):
    """Parameters of a test that needs the bench, and takes long there."""
    return pytest.param(*values, "rtl", marks=(needs_rtl, pytest.mark.slow))


def everywhere():
    """Each cell in each integer scheme at each place."""
    for case in product(("gru", "lstm"), INTEGER, ("threads", "qemu", "rtl")):
        needs = {"qemu": (needs_harts,), "rtl": (needs_rtl,)}.get(case[2], ())
        slow = () if case in FAST else (pytest.mark.slow,)
        yield pytest.param(*case, marks=needs + slow)


SOUND = to_pcm16(3 * voice(16 * 12, seed=4))


def quantized(cell: str, scheme: str, **options):
    model = small_model(cell, **options)
    return quantize(model.graph, scheme, model.calibration)


def assert_equal(graph, target, on: str):
    result = emulate_cluster(graph, target, on, SOUND)
    assert result.largest_difference == 0 and result.verification.passed
    assert len(result.output) == len(SOUND) and np.abs(result.output).max() > 100
    return result


@pytest.mark.parametrize(("cell", "scheme", "on"), list(everywhere()))
def test_integer_schemes_give_the_bits_of_the_simulation(cell, scheme, on):
    assert_equal(quantized(cell, scheme), load_target("cv32e40p-cluster"), on)


@pytest.mark.parametrize(("scheme", "on"), [("mixed", "threads"), on_rtl("fp16"), on_qemu("fp32")])
def test_floats_give_the_bits_of_one_core(scheme, on):
    """The transform too: no sum is in another order than on one core."""
    assert_equal(quantized("lstm", scheme), load_target("gap9"), on)


@pytest.mark.parametrize("on", ["threads", on_qemu(), on_rtl()])
def test_levelled_features_give_the_bits_of_one_core(on):
    assert_equal(quantized("gru", "w8a16", features=COMPRESSED), load_target("cv32e40p-cluster"), on)


@pytest.mark.parametrize(
    ("scheme", "on"), [on_rtl("int8"), pytest.param("w4a16", "threads", marks=pytest.mark.slow)]
)
def test_every_l1_that_tiles_gives_the_same(scheme, on):
    graph, target = quantized("lstm", scheme), load_target("cv32e40p-cluster")
    sizes, l1 = [], 120_000
    while True:
        try:
            plan = best_plan(graph, with_cluster_sizes(target, l1_bytes=l1)).plan
        except OssicleError as error:
            smallest = int(str(error).split()[2].replace(",", ""))
            break
        sizes.append((l1, len(plan.dma_transfers)))
        l1 = int(0.8 * min(l1, plan.memory["l1"]))
    sizes = [*[size for size, transfers in sizes if transfers][:3], smallest + 8]
    assert len(sizes) == 4
    for size in sizes:
        assert_equal(graph, with_cluster_sizes(target, l1_bytes=size), on)


@pytest.mark.parametrize(("workers", "on"), [(1, "threads"), on_qemu(3), on_rtl(2)])
def test_any_number_of_workers_gives_the_same(workers, on):
    assert_equal(quantized("gru", "int8"), with_cluster_sizes(load_target("cv32e40p-cluster"), workers), on)


@pytest.mark.parametrize("scheme", ["fp32", "fp16", "int8"])
def test_a_program_that_lost_the_weights_of_a_node_is_found(monkeypatch, scheme):
    plain = run.emit

    def lose(graph, *others):
        nodes = [
            replace(node, constants=node.constants | {"weight_hh": 0 * node.constants["weight_hh"]})
            if node.name == "rnn1"
            else node
            for node in graph.nodes
        ]
        return plain(replace(graph, nodes=tuple(nodes)), *others)

    for module in (run, trace):
        monkeypatch.setattr(module, "emit", lose)
    result = emulate_cluster(quantized("gru", scheme), load_target("gap9"), "threads", SOUND)
    assert result.differing_nodes == ("rnn1",) and result.verification.passed is False
    assert result.largest_difference > 0


def test_weights_from_behind_l2_arrive():
    gap9 = load_target("gap9")
    small = replace(gap9.cluster.l2, bytes=9000)
    target = with_cluster_sizes(replace(gap9, cluster=replace(gap9.cluster, l2=small)), l1_bytes=12_000)
    graph = quantized("lstm", "int8")
    assert best_plan(graph, target).plan.l3_transfers
    assert_equal(graph, target, "threads")


def test_the_bench_is_what_the_target_says(monkeypatch):
    """Banks, engine and floating-point units of another cluster reach it."""
    target = load_target("cv32e40p-cluster")
    other = replace(
        target.cluster,
        banks=32,
        dma=replace(target.cluster.dma, fifo_words=7),
        fpu=replace(target.cluster.fpu, units=3),
    )
    seen = []

    class Ended(Exception):
        pass

    def look(elf, bench, _):
        seen.append(bench)
        raise Ended

    monkeypatch.setattr(execution, "build_folder", lambda *_: "program.elf")
    monkeypatch.setattr(execution, "run_rtl", look)
    with pytest.raises(Ended):
        emulate_cluster(quantized("gru", "int8"), replace(target, cluster=other), "rtl", SOUND)
    assert (seen[0].banks, seen[0].dma, seen[0].fpu) == (32, other.dma, other.fpu)


def test_less_than_a_frame_is_refused():
    with pytest.raises(OssicleError, match="less than a frame"):
        emulate_cluster(quantized("gru", "int8"), load_target("gap9"), "threads", SOUND[:5])
