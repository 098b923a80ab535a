"""Emitted cluster programs: warnings, sanitizers, and races where a plan lacks a wait."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cluster import RACE, run_program
from networks import small_model, voice

from ossicle.audio.pcm import to_pcm16
from ossicle.errors import OssicleError
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.platform import emit
from ossicle.programs.compiler import find_compiler, run_compiler
from ossicle.quantization import quantize
from ossicle.schedule.cluster import Kind
from ossicle.targets import load_target
from ossicle.targets.variants import with_cluster_sizes

SOUND = to_pcm16(3 * voice(16 * 12, seed=4)).tobytes()
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-g", "-pthread")


def quantized(cell: str, scheme: str):
    model = small_model(cell)
    return quantize(model.graph, scheme, model.calibration)


def target_with(l1: int, l2: int | None = None):
    target = with_cluster_sizes(load_target("gap9"), l1_bytes=l1)
    store = replace(target.cluster.l2, bytes=l2 or target.cluster.l2.bytes)
    return replace(target, cluster=replace(target.cluster, l2=store))


def build(graph, plan, target, folder: Path, *flags: str) -> Path:
    summary = emit(graph, plan, target, folder, "threads")
    sources = sorted(path.name for path in folder.glob("*.c"))
    program = folder / "program"
    arguments = [*STRICT, *summary["cflags"], *flags, "-o", str(program), *sources, "-lm"]
    run_compiler(find_compiler(), arguments, folder)
    return program


def run(program: Path) -> int:
    with (program.parent / "in.raw").open("wb") as file:
        file.write(SOUND)
    shell = f"exec {program} < {program.parent / 'in.raw'} > {program.parent / 'out.raw'}"
    return run_program(shutil.which("sh"), "-c", shell).returncode


def without(plan, kind: Kind, index: int):
    schedule = tuple(c for c in plan.schedule if (c.kind, c.index) != (kind, index))
    assert len(schedule) == len(plan.schedule) - 1
    return replace(plan, schedule=schedule)


@pytest.mark.parametrize(("cell", "scheme"), [("lstm", "int8"), ("gru", "w8a16"), ("lstm", "fp16")])
def test_no_worker_and_no_copy_races_another(tmp_path, race_detector, cell, scheme):
    graph, target = quantized(cell, scheme), target_with(9_000)
    plan = best_plan(graph, target).plan
    assert plan.dma_transfers
    assert run(build(graph, plan, target, tmp_path / "c", race_detector)) == 0


def test_no_copy_from_behind_l2_races_another(tmp_path, race_detector):
    graph, target = quantized("lstm", "int8"), target_with(12_000, 9_000)
    plan = best_plan(graph, target).plan
    assert plan.l3_transfers
    assert run(build(graph, plan, target, tmp_path / "c", race_detector)) == 0
    broken = without(plan, Kind.L3_WAIT, plan.l3_transfers.index(plan.l3_transfers[-1]))
    assert run(build(graph, broken, target, tmp_path / "d", race_detector)) == RACE


@pytest.mark.parametrize("which", [0, -1])
def test_a_plan_that_lacks_a_wait_is_found_out(tmp_path, race_detector, which):
    graph, target = quantized("lstm", "int8"), target_with(9_000)
    plan = best_plan(graph, target).plan
    waits = [command.index for command in plan.schedule if command.kind == Kind.DMA_WAIT]
    broken = without(plan, Kind.DMA_WAIT, waits[which])
    assert run(build(graph, broken, target, tmp_path / "c", race_detector)) == RACE


def test_a_copy_that_starts_too_early_is_found_out(tmp_path, race_detector):
    graph, target = quantized("lstm", "int8"), target_with(7_000)
    plan = best_plan(graph, target).plan
    schedule = list(plan.schedule)
    start = next(
        i
        for i, c in enumerate(schedule)
        if c.kind == Kind.DMA_ISSUE and schedule[i - 1].kind == Kind.PHASE_BEGIN
    )
    schedule[start - 1], schedule[start] = schedule[start], schedule[start - 1]
    early = replace(plan, schedule=tuple(schedule))
    assert run(build(graph, early, target, tmp_path / "c", race_detector)) == RACE


def test_sanitizers_find_nothing(tmp_path):
    flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    graph, target = quantized("gru", "w4a16"), target_with(9_000)
    try:
        program = build(graph, best_plan(graph, target).plan, target, tmp_path / "c", *flags)
    except OssicleError as error:
        pytest.skip(f"the C compiler has no working sanitizers: {error}")
    assert run(program) == 0


def test_the_plan_stands_in_the_c(tmp_path):
    graph, target = quantized("gru", "int8"), target_with(9_000)
    plan = best_plan(graph, target).plan
    summary = emit(graph, plan, target, tmp_path / "c", "threads")
    text = (tmp_path / "c" / "tiny_gru.c").read_text()
    table = text.partition("schedule[")[2].partition("};")[0]
    assert re.findall(r"\{(\w+), (\d+)\}", table) == [(c.kind.upper(), str(c.index)) for c in plan.schedule]
    assert summary["cluster"]["memory"] == dict(plan.memory) and summary["backend"] == "threads"


@pytest.mark.parametrize("backend", ["pmsis", "threads", "harts", "rtl"])
def test_every_backend_has_what_it_needs(tmp_path, backend):
    graph, target = quantized("gru", "int8"), load_target("gap9")
    plan = best_plan(graph, target).plan
    summary = emit(graph, plan, target, tmp_path / "c", backend)
    names = {path.name for path in (tmp_path / "c").iterdir()}
    assert {"tiny_gru.c", "tiny_gru.h", "osc_cluster.h", f"{backend}.c", "main.c", "Makefile"} <= names
    assert set(summary["sha256"]) == names - {"model.json"}


@pytest.mark.parametrize(
    ("scheme", "products"),
    [
        ("int8", {"w8a8"}),
        ("w8a16", {"byte_planes_w8a16"}),
        ("w4a16", {"byte_planes_w8a16", "byte_planes_w4a16"}),
    ],
)
def test_programs_have_the_products_that_they_call(tmp_path, scheme, products):
    graph, target = quantized("gru", scheme), load_target("gap9")
    emit(graph, best_plan(graph, target).plan, target, tmp_path / "c", "threads")
    found = {path.stem.removeprefix("osc_matvec_") for path in (tmp_path / "c").glob("osc_matvec_*.c")}
    assert found == products


def test_an_unknown_backend_is_refused(tmp_path):
    graph, target = quantized("gru", "int8"), load_target("gap9")
    with pytest.raises(OssicleError, match="no backend 'cuda'; choose one of"):
        emit(graph, best_plan(graph, target).plan, target, tmp_path / "c", "cuda")
    assert not (tmp_path / "c").exists()


def test_names_that_a_phase_needs_for_itself_are_refused(tmp_path):
    graph, target = quantized("gru", "int8"), load_target("gap9")
    plan = best_plan(graph, target).plan
    tensors = {**graph.tensors, "units": graph.tensors["mask"]}
    with pytest.raises(OssicleError, match="'units' is a name that the C needs for itself"):
        emit(replace(graph, tensors=tensors), plan, target, tmp_path / "c")
