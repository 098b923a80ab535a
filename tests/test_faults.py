"""Writes that fail, commands that are killed, two commands at one place: nothing is half-written or lost."""

import shutil
import subprocess
import sys
from functools import partial

import pytest
from faultcases import cases, prepare
from faulty import KINDS, Case, Trial, contents, faulty_commands

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="faulty.c is for Linux, and needs cc"
)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    with faulty_commands(tmp_path_factory.mktemp("faulty")) as started:
        yield started


def test_a_command_on_a_disk_that_fills_up_loses_nothing(faulty, tmp_path):
    case = Case("q", ["quantize", "small.ossicle", "-o", "q"], ["q"], partial(prepare, earlier=["q"]), False)
    trial = Trial(faulty, case, tmp_path / "trial")
    found = trial.fault(trial.calls // 2, "full")
    assert found.what and found.end == "refused" and found.wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_command_with_a_fault_at_one_of_its_writes_loses_nothing(faulty, tmp_path, case, kind):
    trial = Trial(faulty, case, tmp_path / "trial")
    for call in range(1, trial.calls + 1, max(1, trial.calls // 8)):
        assert trial.fault(call, kind).wrong == []


def together(folder, arguments, count):
    """Status and messages of commands that run at one time."""
    command = [sys.executable, "-m", "ossicle", *arguments]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(command, cwd=folder, **quiet) for _ in range(count)]
    messages = [process.communicate()[1] for process in started]
    return [(process.returncode, said) for process, said in zip(started, messages, strict=True)]


@pytest.mark.slow
def test_two_commands_share_a_cache_and_an_output(tmp_path, monkeypatch):
    monkeypatch.setenv("OSSICLE_CACHE", str(tmp_path / "cache"))
    for name in ("alone", "both"):
        (tmp_path / name).mkdir()
        prepare(tmp_path / name)
    denoise = ["denoise", "one.wav", "-o", "out.wav", "--model", "small.ossicle"]
    assert together(tmp_path / "both", denoise, 2) == [(0, "")] * 2
    assert together(tmp_path / "alone", denoise, 1) == [(0, "")]
    assert contents(tmp_path / "both") == contents(tmp_path / "alone")


@pytest.mark.slow
def test_several_commands_emit_into_one_folder(tmp_path):
    prepare(tmp_path)
    emit = ["compile", "small.ossicle", "-o", "c"]
    for status, said in together(tmp_path, emit, 3):
        assert (status, said) == (0, "") or (status == 2 and said.startswith("ossicle: cannot write"))
    assert together(tmp_path, emit, 1) == [(0, "")]
    assert [name for name in contents(tmp_path) if name.startswith(".c")] == []
