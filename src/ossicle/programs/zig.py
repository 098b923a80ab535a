"""ELF files for other processors, built by the ``ziglang`` wheel and kept by content."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ossicle.cache import cache_folder
from ossicle.errors import OssicleError
from ossicle.programs.compiler import compiler_version, run_compiler


def build(kind: str, name: str, flags: Sequence[str], files: Sequence[Path], folder: Path) -> Path:
    """Compile the ``.c`` among ``files`` in ``folder``, and keep the result under the hash of all of them.

    ``kind`` is the folder of the cache that it goes to.
    """
    compiler = (sys.executable, "-m", "ziglang", "cc")
    # Debug sections would only hold the paths of this computer.
    arguments = ["-std=c99", *flags, "-g0"]
    key = hashlib.sha256("\0".join([compiler_version(compiler), *arguments]).encode())
    for path in files:
        key.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    elf = cache_folder() / kind / f"{name}-{key.hexdigest()[:32]}.elf"
    if elf.exists():
        return elf
    try:
        elf.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=elf.parent) as scratch:
            built = Path(scratch) / elf.name
            sources = [str(path.resolve()) for path in files if path.suffix == ".c"]
            run_compiler(compiler, [*arguments, "-o", str(built), *sources], folder)
            os.replace(built, elf)
    except OSError as error:
        raise OssicleError(
            f"cannot write to the cache {elf.parent} ({error.strerror}); set OSSICLE_CACHE to another"
        ) from None
    return elf
