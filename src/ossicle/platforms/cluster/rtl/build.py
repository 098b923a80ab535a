"""The RTL testbench as a program for this computer: verilated once, and kept by content."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path

from ossicle.cache import cache_folder
from ossicle.errors import OssicleError
from ossicle.kernels import FOLDER

DESIGN = "pythondata_cpu_cv32e40p"
PROGRAMS = ("verilator", "g++", "make")
BENCH = Path(__file__).parent
SUFFIXES = (".cpp", ".h", ".sv", ".vlt")
REGISTERS = Path(str(FOLDER / "cluster"))
LATENCIES = ("-GFPU_ADDMUL_LAT=1", "-GFPU_OTHERS_LAT=1")
"""A register between two stages of the FPU, as a fast clock needs."""
MODELS = {
    "Fpu": ("--top-module", "cv32e40p_fp_wrapper", *LATENCIES),
    "Core": ("--top-module", "cv32e40p_core", "-GCOREV_PULP=1", "-GFPU=1", *LATENCIES),
}
VERILATOR_FLAGS = (
    *("--cc", "--build", "-j", "2", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert"),
    *("-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wno-BLKANDNBLK", "-Wno-COMBDLY", "-Wno-UNOPTFLAT"),
    *("-MAKEFLAGS", "OPT_FAST=-O2", "-MAKEFLAGS", "OPT_GLOBAL=-O2", "-MAKEFLAGS", "OPT_SLOW=-O0"),
    *("-CFLAGS", "-std=c++17"),
)


def check_rtl() -> None:
    """Raise :class:`OssicleError` where something is missing that the testbench is built from."""
    if not importlib.util.find_spec(DESIGN):
        raise OssicleError(f"the RTL testbench needs {DESIGN}; pip install 'ossicle[rtl]'")
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        raise OssicleError(
            f"the RTL testbench needs {', '.join(missing)}; on Debian: apt install {' '.join(missing)}"
        )


def build_testbench() -> Path:
    """Verilate core and FPU and compile the testbench, or find what was built of the same sources before."""
    check_rtl()
    design = Path(str(resources.files(DESIGN))) / "system_verilog"
    includes, modules = _design_files(design)
    own = [*sorted(path for path in BENCH.iterdir() if path.suffix in SUFFIXES), REGISTERS / "osc_rtl.h"]
    flags = (*VERILATOR_FLAGS, *(flag for name in MODELS for flag in MODELS[name]))
    key = hashlib.sha256("\0".join([*map(_version, PROGRAMS[:2]), *flags]).encode())
    for path in [*modules, *own]:
        key.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    program = cache_folder() / "rtl" / f"bench-{key.hexdigest()[:32]}"
    if program.exists():
        return program
    sources = [f"-I{folder}" for folder in includes]
    sources += [str(path) for path in (BENCH / "split.vlt", *modules, BENCH / "clock_gate.sv")]
    try:
        program.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
            _build(Path(scratch), sources)
            os.replace(Path(scratch) / "Core" / "bench", program)
    except OSError as error:
        raise OssicleError(
            f"cannot write to the cache {program.parent} ({error.strerror}); set OSSICLE_CACHE to another"
        ) from None
    return program


def _build(scratch: Path, sources: list[str]) -> None:
    """The FPU becomes a library; the core, with it and the testbench, the program Core/bench."""
    for name, options in MODELS.items():
        command = ["verilator", *VERILATOR_FLAGS, *options, "--prefix", name, "--Mdir", str(scratch / name)]
        if name == "Core":
            folders = " ".join(f"-I{folder}" for folder in (BENCH, REGISTERS, scratch / "Fpu"))
            command += ["--exe", "-o", "bench", "-CFLAGS", folders]
            command += [str(BENCH / "bench.cpp"), str(scratch / "Fpu" / "Fpu__ALL.a")]
        _run([*command, *sources])


def _design_files(design: Path) -> tuple[list[Path], list[Path]]:
    """Folders of headers, and modules in the order of the core's own list, but those for other simulators."""
    text = (design / "cv32e40p_fpu_manifest.flist").read_text("utf-8")
    lines = re.findall(r"^(\+incdir\+)?\$\{DESIGN_RTL_DIR\}/(\S+)", text, re.MULTILINE)
    paths = [(bool(prefix), (design / "rtl" / path).resolve()) for prefix, path in lines]
    includes = [path for folder, path in paths if folder]
    return includes, [path for folder, path in paths if not folder and design / "bhv" not in path.parents]


@cache
def _version(program: str) -> str:
    return _run([program, "--version"]).partition("\n")[0]


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()
        errors = [line for line in lines if "rror" in line] or lines[-1:] or [f"exit code {done.returncode}"]
        raise OssicleError(f"{command[0]} failed on the RTL testbench: {errors[0]}")
    return done.stdout
