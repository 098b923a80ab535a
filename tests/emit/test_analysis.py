"""The emitted C under sanitizers on bytes of any kind, and before static analysers."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from networks import small_detector, small_frames, small_model, small_spotter
from tools import TOOLS, need

from ossicle import api
from ossicle.errors import OssicleError
from ossicle.programs.compiler import find_compiler, run_compiler

pytestmark = pytest.mark.slow
MODELS = {
    "suppression": small_model,
    "spotting": small_spotter,
    "voice": small_detector,
    "frames": small_frames,
}
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-fno-strict-aliasing"]
CPPCHECK = [
    "cppcheck",
    "--quiet",
    "--std=c99",
    "--platform=unix64",
    "-DINT_MAX=2147483647",
    "--error-exitcode=3",
    "--enable=warning,performance,portability",
    "--suppress=missingIncludeSystem",
    "-I.",
]
ANALYZER = ["gcc", "-std=c99", "-O1", "-fanalyzer", "-Wall", "-Wextra", "-Werror", "-I."]
ANALYZER += ["-c", "-o", "/dev/null"]
TIDY = [
    "clang-tidy",
    "--quiet",
    # Left out: parameters of one type beside each other, as every kernel has them; and products of sizes in
    # int that become offsets, since a tensor's bytes fit into an int.
    "--checks=-*,bugprone-*,cert-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,"
    "-bugprone-implicit-widening-of-multiplication-result",
    "--warnings-as-errors=*",
]
MISRA = [*CPPCHECK[:5], "--addon=misra", "--suppress=missingIncludeSystem", "-I."]
DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
PLANTED = """#include <stdlib.h>
#include "osc_kernels.h"
int planted(int n);
int planted(int n)
{
    int a[4] = {0, 1, 2, 3};
    int *b = malloc(4);
    free(b);
    return a[4] + *b + n;
}
"""


def streams():
    """Bytes of any kind: noise, extremes, silence, floats that are no numbers, and an end within a sample."""
    rng = np.random.default_rng(0)
    yield rng.bytes(64_001)
    yield np.where(rng.random(30_000) < 0.5, -32768, 32767).astype("<i2").tobytes()
    yield bytes(20_000)
    special = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-42, 0.0, 1.0], "<f4")
    yield rng.choice(special, 9000).tobytes()
    yield b"\x7f"
    yield b""


@pytest.mark.parametrize("task", MODELS)
@pytest.mark.parametrize("scheme", ["fp32", "int8", "w4a16"])
def test_a_program_takes_any_bytes_under_sanitizers(tmp_path, task, scheme):
    folder = tmp_path / "c"
    api.write_c(api.quantize(MODELS[task](), scheme), folder)
    program = tmp_path / "program"
    sources = sorted(str(path) for path in folder.glob("*.c"))
    try:
        run_compiler(
            find_compiler(), ["-std=c99", "-O1", *SANITIZERS, "-o", str(program), *sources, "-lm"], folder
        )
    except OssicleError:
        pytest.skip("this C compiler has no address and undefined-behaviour sanitizers")
    for stream in streams():
        done = subprocess.run([program], input=stream, capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 1) and done.stderr == b"", done.stderr[-2000:]


@pytest.fixture(scope="module", params=["suppression w8a16", "spotting int8", "voice mixed", "frames fp32"])
def emitted(request, tmp_path_factory):
    task, scheme = request.param.split()
    folder = tmp_path_factory.mktemp("emitted") / "c"
    api.write_c(api.quantize(MODELS[task](), scheme), folder)
    (folder / "planted.c").write_text(PLANTED)
    return folder


@pytest.mark.parametrize("command", [CPPCHECK, ANALYZER, TIDY], ids=["cppcheck", "gcc", "clang-tidy"])
def test_an_analyser_finds_what_was_planted_and_nothing_else(emitted, command):
    if command[0] in TOOLS:
        need(command[0])
    elif not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    flags = ["--", "-std=c99", "-I."] if command is TIDY else []
    assert found(emitted, [*command, "planted.c", *flags])
    paths = sorted(path.name for path in emitted.glob("*.c") if path.name != "planted.c")
    if command is ANALYZER:  # one file at a time, as it writes one
        for path in paths:
            assert found(emitted, [*command, path]) == ""
    else:
        assert found(emitted, [*command, *paths, *flags]) == ""


def test_deviations_from_misra_are_those_of_the_documents(emitted):
    need("cppcheck")
    table = DOCUMENT.read_text("utf-8").partition("reason |\n")[2].partition("\n\n")[0]
    known = {rule for line in table.splitlines() for rule in re.findall(r"\d+\.\d+", line.split("|")[1])}
    paths = [path.name for path in emitted.glob("*.c") if path.name not in ("main.c", "planted.c")]
    said = found(emitted, [*MISRA, *paths])
    rules = set(re.findall(r"\[misra-c2012-([0-9.]+)\]", said))
    assert rules and rules <= known
    assert "17.3" not in known and "21.3]" in found(emitted, [*MISRA, "planted.c"])  # malloc


def found(folder: Path, command: list[str]) -> str:
    """What an analyser says against files; empty where it says that all is well."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = done.stdout + (done.stderr if done.returncode or command[0] != TIDY[0] else "")
    return said or ("failed" if done.returncode else "")
