"""The bench as a program for this computer: verilated once, and kept by content."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from importlib import resources
from pathlib import Path

from ossicle.cache import cache_folder
from ossicle.emit.project import KERNELS
from ossicle.errors import OssicleError

CORE = "pythondata_cpu_cv32e40p"
PROGRAMS = ("verilator", "g++", "make")
SOURCES = resources.files("ossicle.run.rtl")
PARAMETERS = ("-GCOREV_PULP=1", "-GFPU=1", "-GFPU_ADDMUL_LAT=1", "-GFPU_OTHERS_LAT=1")
"""Of the core: its SIMD instructions, and an FPU that has a register between its two stages, as a fast clock needs."""
VERILATOR_FLAGS = (
    *("--cc", "--exe", "--build", "-j", "2", "--top-module", "cv32e40p_top", "--prefix", "Core"),
    *("-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert"),
    *("-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wno-BLKANDNBLK", "-Wno-COMBDLY", "-Wno-UNOPTFLAT"),
)
MAKE_FLAGS = ("-MAKEFLAGS", "OPT_FAST=-O3", "-MAKEFLAGS", "OPT_SLOW=-O0", "-MAKEFLAGS", "OPT_GLOBAL=-O2")


def check_rtl() -> None:
    """Raise :class:`OssicleError` where something is missing that the bench is built from."""
    if not importlib.util.find_spec(CORE):
        raise OssicleError(f"the RTL bench needs {CORE}; pip install 'ossicle[rtl]'")
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        raise OssicleError(
            f"the RTL bench needs {', '.join(missing)}; on Debian: apt install {' '.join(missing)}"
        )


def build_bench() -> Path:
    """Verilate the core and compile the bench, or find the program of an earlier build of the very same sources."""
    check_rtl()
    design = Path(str(resources.files(CORE))) / "system_verilog"
    gate, bench = Path(str(SOURCES / "clock_gate.sv")), Path(str(SOURCES / "bench.cpp"))
    headers = Path(str(KERNELS / "cluster"))
    includes, modules = _design_files(design)
    own = [gate, bench, *sorted(bench.parent.glob("*.h")), headers / "osc_rtl.h"]
    arguments = [*VERILATOR_FLAGS, *MAKE_FLAGS, *PARAMETERS, "-CFLAGS", "-std=c++17 -Wall -Wextra -Werror"]
    key = hashlib.sha256("\0".join([*map(_version, PROGRAMS[:2]), *arguments]).encode())
    for path in [*modules, *own]:
        key.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    program = cache_folder() / "rtl" / f"bench-{key.hexdigest()[:32]}"
    if program.exists():
        return program
    folders = ["-CFLAGS", f"-I{bench.parent} -I{headers}"]
    files = [f"-I{folder}" for folder in includes] + [str(path) for path in (*modules, gate, bench)]
    try:
        program.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
            _run([PROGRAMS[0], *arguments, *folders, "--Mdir", scratch, "-o", program.name, *files])
            os.replace(Path(scratch) / program.name, program)
    except OSError as error:
        raise OssicleError(
            f"cannot write to the cache {program.parent} ({error.strerror}); set OSSICLE_CACHE to another"
        ) from None
    return program


def _design_files(design: Path) -> tuple[list[Path], list[Path]]:
    """Folders of headers, and modules in the order of the core's own list, but what is only for other simulators."""
    text = (design / "cv32e40p_fpu_manifest.flist").read_text("utf-8")
    paths = re.findall(r"^(\+incdir\+)?\$\{DESIGN_RTL_DIR\}/(\S+)", text, re.MULTILINE)
    includes = [(design / "rtl" / path).resolve() for prefix, path in paths if prefix]
    modules = [
        (design / "rtl" / path).resolve() for prefix, path in paths if not prefix and "/bhv/" not in path
    ]
    return includes, modules


def _version(program: str) -> str:
    return _run([program, "--version"]).partition("\n")[0]


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()
        errors = [line for line in lines if "rror" in line] or lines[-1:] or [f"exit code {done.returncode}"]
        raise OssicleError(f"{command[0]} failed on the RTL bench: {errors[0]}")
    return done.stdout
