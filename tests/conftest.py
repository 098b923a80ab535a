import os
import subprocess
import sys
from pathlib import Path

# One thread a test process: the processes of pytest-xdist share the cores already. Read at import.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import tools
from cluster import race_detector

__all__ = ["race_detector"]


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


@pytest.fixture
def ossicle(tmp_path):
    """Run the command in ``tmp_path``; returns the finished process with its output as text or bytes."""

    def run(*arguments, text=True, **options):
        command = [sys.executable, "-c", "from ossicle.cli import main; main()", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=text, check=False, **options)

    return run
