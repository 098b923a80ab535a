import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))


@pytest.fixture(scope="session")
def cluster_benchmark():
    """``benchmarks/cluster.py``, not by its name, which a module of these tests has too."""
    spec = importlib.util.spec_from_file_location("benchmark_of_clusters", BENCHMARKS / "cluster.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
