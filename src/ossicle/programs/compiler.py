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
        return _command(os.environ["CC"])
    for name in ("cc", "gcc", "clang"):
        if path := shutil.which(name):
            return (path,)
    if importlib.util.find_spec("ziglang"):
        return (sys.executable, "-m", "ziglang", "cc")
    raise OssicleError("there is no C compiler here; install one, or: pip install 'ossicle[compiler]'")


def _command(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise OssicleError(f"CC={text!r} is no command ({error}); set CC to a C compiler") from None
    if not words:
        raise OssicleError(f"CC={text!r} names no compiler; set CC to a C compiler, or unset it")
    return words


@cache
def compiler_version(compiler: tuple[str, ...]) -> str:
    """First line of what the compiler says of itself."""
    return run_compiler(compiler, ["--version"]).partition("\n")[0]


def run_compiler(compiler: Sequence[str], arguments: Sequence[str], folder: Path | None = None) -> str:
    """Run the compiler and return what it printed; raises with its first error line where it fails."""
    try:
        done = subprocess.run(
            [*compiler, *arguments], cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise OssicleError(f"cannot run the C compiler {compiler[0]!r} ({error.strerror}); set CC") from None
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line] or [done.stderr.strip()]
        raise OssicleError(f"the C compiler {shlex.join(compiler)!r} failed: {errors[0]}")
    return done.stdout


def compile_file(compiler: Sequence[str], arguments: Sequence[str], built: Path, folder: Path) -> None:
    """Compile and link into the file ``built``; raises :class:`OssicleError` where it does not appear."""
    run_compiler(compiler, ["-o", str(built), *arguments], folder)
    if not built.is_file():
        raise OssicleError(
            f"the C compiler {shlex.join(compiler)!r} says that all went well, and built nothing; set CC to "
            "another"
        )
