"""Emitted folders built for bare cores: where things lie, and what is refused."""

import pytest
from clusters import needs_rtl
from elftools.elf.elffile import ELFFile
from networks import small_model

from ossicle.errors import OssicleError
from ossicle.platforms.cluster.bare import BareMachine
from ossicle.platforms.cluster.build import build_folder
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.cluster.rtl import RtlCluster
from ossicle.platforms.platform import emit
from ossicle.quantization import quantize
from ossicle.schedule import plan
from ossicle.targets import load_target

L1, L2 = 0x10, 0x1C
"""Upper bytes of addresses on the RTL testbench."""


@needs_rtl
def test_state_and_tables_lie_in_l1_and_weights_in_l2(tmp_path):
    model, target = small_model("gru"), load_target("cv32e40p-cluster")
    graph = quantize(model.graph, "int8", model.calibration)
    emit(graph, best_plan(graph, target).plan, target, tmp_path / "c")
    with build_folder(tmp_path / "c", ["-Wall", "-Wextra", "-Werror"]).open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab")
        of = {s.name: (s["st_value"] >> 24, s["st_size"]) for s in symbols.iter_symbols()}
    assert (
        of["tiny_gru_state"][0]
        == of["tiny_gru_osc_tanh_table"][0]
        == of["twiddle"][0]
        == of["phases"][0]
        == L1
    )
    assert of["tiny_gru_l2"][0] == of["main"][0] == L2
    # What the plan has set aside in L1 besides the state is enough.
    tables = sum(of[name][1] for name in ("tiny_gru_osc_tanh_table", "twiddle", "analysis"))
    rest = sum(size for name, (place, size) in of.items() if place == L1) - of["tiny_gru_state"][1] - tables
    assert 0 < rest < 512 + 72 * 7


def test_folders_for_other_machines_are_refused(tmp_path):
    with pytest.raises(OssicleError, match="is not an emitted C folder"):
        build_folder(tmp_path)
    graph = small_model("gru").graph
    emit(graph, plan(graph), load_target("host"), tmp_path / "host")
    with pytest.raises(
        OssicleError, match="is for the target host, not for a cluster; compile the model for another target"
    ):
        build_folder(tmp_path / "host")


def test_a_missing_compiler_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(OssicleError, match=r"need ziglang; pip install 'ossicle\[rtl\]'"):
        build_folder(tmp_path)


def test_the_machine_is_that_of_the_bench():
    assert (BareMachine().workers, BareMachine().l1_bytes) == (RtlCluster().workers, RtlCluster().l1_bytes)
