"""What tests need that is not always there: emulators, QEMU, the RTL testbench, a sound server, a browser,
CMake.

A test without its tool is skipped; where ``OSSICLE_REQUIRE_TOOLS`` is 1, as in ``.ci/run``, it fails.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any

import pytest
from browser import check_browser

from ossicle.audio.devices import check_portaudio
from ossicle.errors import OssicleError
from ossicle.platforms.cluster.build import check_zig
from ossicle.platforms.cluster.harts import check_harts
from ossicle.platforms.cluster.rtl import check_rtl
from ossicle.platforms.cortexm.build import check_compiler
from ossicle.platforms.cortexm.qemu import check_qemu
from ossicle.platforms.linux.build import check_zig as check_zig_for_linux
from ossicle.platforms.linux.qemu import check_qemu as check_qemu_user
from ossicle.platforms.riscv.build import check_compiler as check_riscv_compiler
from ossicle.platforms.riscv.qemu import check_qemu as check_qemu_riscv
from ossicle.platforms.web.build import check_zig as check_zig_for_web
from ossicle.platforms.web.runtime import check_wasmtime
from ossicle.targets import load_target

FIFTHS = 5
EMULATOR = ("unicorn", "elftools", "capstone", "ziglang")


def _check_emulator() -> None:
    for package in EMULATOR:
        if not importlib.util.find_spec(package):
            raise OssicleError(f"{package} is not installed; pip install 'ossicle[emulator]'")


def _check_rtl() -> None:
    check_zig()
    check_rtl()


def _check_harts() -> None:
    check_zig()
    check_harts()


def _check_riscv(compiler: str = "zig") -> None:
    check_riscv_compiler(compiler)
    check_qemu_riscv()


def _check_qemu_user() -> None:
    check_zig_for_linux()
    check_qemu_user(load_target("aarch64"))


def _check_pulse() -> None:
    check_portaudio()
    for program, package in (("pulseaudio", "pulseaudio"), ("pacat", "pulseaudio-utils")):
        if not shutil.which(program):
            raise OssicleError(f"{program} is missing; apt install {package} libasound2-plugins")


def _check_web() -> None:
    check_zig_for_web()
    check_wasmtime()


def _check_chromium() -> None:
    _check_web()
    check_browser()


def _check_program(name: str, package: str) -> None:
    if not shutil.which(name):
        raise OssicleError(f"{name} is not installed; on Debian: apt install {package}")


def _check_ladspa() -> None:
    _check_program("ffmpeg", "ffmpeg")
    listed = subprocess.run(["ffmpeg", "-v", "error", "-filters"], capture_output=True, check=True)
    if b" ladspa " not in listed.stdout:
        raise OssicleError("this ffmpeg has no filter for LADSPA; on Debian: apt install ffmpeg")


TOOLS: Mapping[str, Callable[[], None]] = {
    "emulator": _check_emulator,
    "gcc": lambda: check_compiler("gcc"),
    "qemu": lambda: check_qemu(load_target("mps2-an500")),
    "harts": _check_harts,
    "rtl": _check_rtl,
    "qemu-user": _check_qemu_user,
    "browser": check_browser,
    "cmake": lambda: _check_program("cmake", "cmake"),
    "riscv": _check_riscv,
    "riscv-gcc": lambda: _check_riscv("gcc"),
    "pulse": _check_pulse,
    "make": lambda: _check_program("make", "make"),
    "cppcheck": lambda: _check_program("cppcheck", "cppcheck"),
    "clang-tidy": lambda: _check_program("clang-tidy", "clang-tidy"),
    "ladspa": _check_ladspa,
    "pipewire": lambda: _check_program("pw-cli", "pipewire"),
    "lv2": lambda: _check_program("lv2apply", "lilv-utils"),
    "web": _check_web,
    "chromium": _check_chromium,
}


@cache
def missing(tool: str) -> str:
    """What a tool lacks, in a sentence; empty where it is there."""
    try:
        TOOLS[tool]()
    except OssicleError as error:
        return str(error)
    return ""


def need(tool: str) -> None:
    """Skip or fail the test, or the module, that needs a tool which is not there."""
    sentence = missing(tool)
    if sentence and os.environ.get("OSSICLE_REQUIRE_TOOLS") == "1":
        pytest.fail(f"a tool is required here: {sentence}", pytrace=False)
    if sentence:
        pytest.skip(sentence, allow_module_level=True)


def slow_but(fast: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """Parameters of a test that is slow with all values but a few; tuples, where a test takes several."""

    def slow(value: Any) -> Any:
        several = value if isinstance(value, tuple) else (value,)
        return pytest.param(*several, marks=pytest.mark.slow)

    return [value if value in fast else slow(value) for value in values]


def in_fifth(nodeid: str, commit: str) -> bool:
    """Whether a slow test is in the fifth that a commit, in hexadecimal, chooses."""
    return int(hashlib.sha256(nodeid.encode()).hexdigest(), 16) % FIFTHS == int(commit, 16) % FIFTHS
