"""Programs for the cluster on threads of this computer, built with a race detector where there is one."""

import subprocess
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ossicle.errors import OssicleError
from ossicle.run.compiler import find_compiler, run_compiler

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
THREADS = KERNELS / "cluster" / "threads.c"
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion")
INCLUDE = (f"-I{KERNELS / 'cluster'}", f"-I{KERNELS / 'portable'}")
FLAGS = ("-O2", "-g", "-ffp-contract=off", "-pthread", *INCLUDE)
RACE = 66
"""What a program ends with where the race detector has found something."""


def build_program(folder: Path, text: str, sources: Sequence[Path], *flags: str) -> Path:
    """Compile a program for the cluster; returns its path."""
    (folder / "program.c").write_text(text)
    program = folder / "program"
    files = [str(folder / "program.c"), *map(str, sources)]
    run_compiler(find_compiler(), [*STRICT, *FLAGS, *flags, "-o", str(program), *files, "-lm"])
    return program


def run_program(program: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run a program to its end, whatever that is."""
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=120)


@cache
def _race_detector_works() -> bool:
    with TemporaryDirectory() as folder:
        try:
            program = build_program(Path(folder), "int main(void) { return 0; }", [], "-fsanitize=thread")
        except OssicleError:
            return False
        return run_program(program).returncode == 0


@pytest.fixture(scope="session")
def race_detector() -> str:
    """The flag of the race detector."""
    if not _race_detector_works():
        pytest.skip("the C compiler has no working ThreadSanitizer")
    return "-fsanitize=thread"
