"""A program on QEMU."""

import subprocess
from collections.abc import Sequence

from ossicle.errors import OssicleError


def run_on_qemu(command: Sequence[str], stdin: bytes, limit_s: float) -> bytes:
    """Run QEMU until its program exits; returns what that wrote to its output.

    Raises :class:`OssicleError` where it takes longer than ``limit_s`` seconds, and with the program's first
    message where it fails.
    """
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise OssicleError(f"the program did not end within {limit_s:g} s on QEMU") from None
    if done.returncode:
        errors = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise OssicleError(f"the program failed on QEMU: {errors.splitlines()[0]}")
    return done.stdout
