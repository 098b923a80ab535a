"""Emitted folders built for bare-metal clusters: what is replaced, where things lie, and what is refused."""

import json
import struct

import pytest
from clusters import BACKENDS, needs_rtl

from ossicle.emit import emit
from ossicle.emit.bare import BareMachine
from ossicle.errors import OssicleError
from ossicle.run.harts import run_harts
from ossicle.run.riscv import build_folder
from ossicle.run.rtl import RtlCluster, run_rtl
from ossicle.schedule import plan
from ossicle.targets import load_target

HEADER = """
#include <stdint.h>
#define TINY_HOP 4
#define TINY_CLASSES 2
typedef struct {
    int32_t hops;
    uint32_t places[3];
} tiny_state_t;
void tiny_reset(tiny_state_t *state);
void tiny_process(tiny_state_t *state, const int16_t *in, int16_t *out);
int tiny_push(tiny_state_t *state, const int16_t *in, float *posteriors);
extern const int32_t tiny_gain[1];
"""
MODEL = """
#include "osc_cluster.h"
#include "tiny.h"
static const int16_t table[4] = {1, 2, 3, 4};
static const int16_t *volatile table_pointer = table;
void tiny_reset(tiny_state_t *state)
{
    state->hops = 0;
    state->places[0] = (uint32_t)(uintptr_t)state;
    state->places[1] = (uint32_t)(uintptr_t)table_pointer;
    state->places[2] = (uint32_t)(uintptr_t)tiny_gain;
}
void tiny_process(tiny_state_t *state, const int16_t *in, int16_t *out)
{
    for (int i = 0; i < TINY_HOP; i++) {
        out[i] = (int16_t)(in[i] * tiny_gain[0] + table_pointer[i]);
    }
    state->hops++;
}
int tiny_push(tiny_state_t *state, const int16_t *in, float *posteriors)
{
    posteriors[0] = (float)in[0] / 2.0f;
    posteriors[1] = (float)in[3];
    return state->hops++;
}
"""
WORKERS = 2


def tiny_folder(folder, **more):
    """What an emitted folder for another backend has, as far as a build looks at it."""
    folder.mkdir()
    machine = {"workers": WORKERS, "stack_bytes": 1024, "l1_bytes": 65536, "l2_bytes": 1 << 20}
    summary = {"name": "tiny", "target": "any", "cluster": {**machine, "backend": "threads"}, **more}
    (folder / "model.json").write_text(json.dumps(summary))
    (folder / "tiny.h").write_text(HEADER)
    (folder / "tiny.c").write_text(MODEL)
    (folder / "tiny_weights.c").write_text('#include "tiny.h"\nconst int32_t tiny_gain[1] = {10};\n')
    (folder / "main.c").write_text("#error this is for another platform\n")
    return folder


def run(backend, folder, stdin, flags=()):
    elf = build_folder(folder, backend, ["-Wall", "-Wextra", "-Werror", *flags])
    if backend == "harts":
        return run_harts(elf, WORKERS, stdin, limit_s=60)
    return run_rtl(elf, RtlCluster(WORKERS, l1_bytes=65536, l2_bytes=1 << 20), stdin, 100_000).stdout


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_suppressor_goes_from_hop_to_hop(tmp_path, backend):
    folder = tiny_folder(tmp_path / "c")
    written = run(backend, folder, struct.pack("<6h", *range(6)))
    assert written == struct.pack("<6h", 1, 12, 23, 34, 41, 52)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_spotter_writes_its_results(tmp_path, backend):
    folder = tiny_folder(tmp_path / "c", labels=["a", "b"])
    written = run(backend, folder, struct.pack("<8h", *range(8)))
    assert written == struct.pack("<iffiff", 0, 0.0, 3.0, 1, 2.0, 7.0)


@needs_rtl
def test_state_and_tables_lie_in_l1_and_weights_in_l2(tmp_path):
    written = run("rtl", tiny_folder(tmp_path / "c"), bytes(8), ["-DOSC_TRACE"])
    _, hops, state, table, weights = struct.unpack("<8sIIII", written)
    assert hops == 1
    assert state >> 24 == table >> 24 == 0x10 and weights >> 24 == 0x1C


@needs_rtl
def test_what_does_not_fit_l1_is_refused_by_the_linker(tmp_path):
    folder = tiny_folder(tmp_path / "c")
    (folder / "tiny.h").write_text(HEADER.replace("places[3]", "places[3 + 16384]"))
    with pytest.raises(OssicleError, match="L1"):
        build_folder(folder, "rtl")


def test_folders_for_other_machines_are_refused(tmp_path):
    from networks import small_model

    with pytest.raises(OssicleError, match="is not an emitted C folder"):
        build_folder(tmp_path, "rtl")
    graph = small_model("gru").graph
    emit(graph, plan(graph), load_target("host"), tmp_path / "host")
    with pytest.raises(OssicleError, match="for the target host, which has no cluster"):
        build_folder(tmp_path / "host", "rtl")


def test_a_missing_compiler_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(OssicleError, match=r"need ziglang; pip install 'ossicle\[rtl\]'"):
        build_folder(tmp_path, "rtl")


def test_the_machine_is_that_of_the_bench():
    assert (BareMachine().workers, BareMachine().l1_bytes) == (RtlCluster().workers, RtlCluster().l1_bytes)
