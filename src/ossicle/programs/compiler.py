"""The C compiler of this machine."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ossicle.errors import OssicleError


@cache
def find_compiler() -> tuple[str, ...]:
    """Command of the C compiler: ``$CC``, else ``cc``, ``gcc`` or ``clang``, else the ``ziglang`` wheel."""
    if os.environ.get("CC"):
        return tuple(shlex.split(os.environ["CC"]))
    for name in ("cc", "gcc", "clang"):
        if path := shutil.which(name):
            return (path,)
    if importlib.util.find_spec("ziglang"):
        return (sys.executable, "-m", "ziglang", "cc")
    raise OssicleError("there is no C compiler here; install one, or: pip install 'ossicle[compiler]'")


@cache
def compiler_version(compiler: tuple[str, ...]) -> str:
    """First line of what the compiler says of itself."""
    return run_compiler(compiler, ["--version"]).partition("\n")[0]


def run_compiler(compiler: Sequence[str], arguments: Sequence[str], folder: Path | None = None) -> str:
    """Run the compiler and return what it printed; raises with its first error line where it fails."""
    try:
        done = subprocess.run(
            [*compiler, *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise OssicleError(f"cannot run the C compiler {compiler[0]!r} ({error.strerror}); set CC") from None
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line] or [done.stderr.strip()]
        raise OssicleError(f"the C compiler {shlex.join(compiler)!r} failed: {errors[0]}")
    return done.stdout
