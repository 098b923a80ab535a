import os
import sys
from pathlib import Path

# One thread a test process: the processes of pytest-xdist share the cores already. Read at import.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

import tools
from cluster import race_detector
from commands import Commands

__all__ = ["race_detector"]

# The same examples in every run, and no test that a busy machine fails.
settings.register_profile("ossicle", deadline=None, derandomize=True)
settings.load_profile("ossicle")


def pytest_runtest_setup(item):
    """Skip a test whose tool is missing, or fail it (``tools.py``)."""
    for mark in item.iter_markers("needs"):
        tools.need(*mark.args)


def pytest_collection_modifyitems(config, items):
    """Of slow tests take the fifth that a commit chooses, where ``OSSICLE_SLOW_FIFTH`` names one."""
    commit = os.environ.get("OSSICLE_SLOW_FIFTH")
    if not commit:
        return
    slow = {item for item in items if item.get_closest_marker("slow")}
    left_out = {item for item in slow if not tools.in_fifth(item.nodeid, commit)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session", autouse=True)
def library_cache(tmp_path_factory):
    """Build every library anew, away from the user's cache; the processes of pytest-xdist share one."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSSICLE_CACHE", str(shared / "cache"))
        yield


@pytest.fixture(scope="session")
def commands(library_cache):
    """What runs the command line (``commands.py``)."""
    with Commands() as started:
        yield started


@pytest.fixture
def ossicle(commands, tmp_path):
    """Run the command in ``tmp_path``; returns the finished process with its output as text or bytes."""

    def run(*arguments, text=True, input=None):
        return commands.run([*map(str, arguments)], tmp_path, text, input)

    return run
