"""Which kernel sets this computer takes."""

import platform

import pytest

from ossicle.kernels import load_kernels
from ossicle.targets import load_target


@pytest.mark.parametrize(
    ("processor", "sets"),
    [("AMD64", ("x86", "portable")), ("arm64", ("aarch64", "portable")), ("", ("portable",))],
)
def test_sets_for_other_processors_are_left_out(monkeypatch, processor, sets):
    monkeypatch.setattr(platform, "machine", lambda: processor)
    assert load_target("host").kernels.names == sets


def test_sets_that_are_for_no_processor_in_particular_are_kept():
    kernels = load_kernels(["cortexm", "portable"])
    assert kernels.on("x86_64") == kernels
