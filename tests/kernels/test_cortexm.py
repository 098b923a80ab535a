"""The kernels for Cortex-M: bit for bit what the portable ones and the simulation give, and how fast."""

import ctypes
import struct
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from cortexm import CortexM

from ossicle.emit.packing import pack
from ossicle.errors import OssicleError
from ossicle.graph.types import PRECISIONS, DType
from ossicle.run.compiler import find_compiler, run_compiler
from ossicle.simulate.numbers import integer_matvec

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
FOLDERS = [KERNELS / "cortexm", KERNELS / "portable"]
PRODUCTS = ["w8a8", "w8a16", "w4a16", "w16a16"]
SHAPES = [(128, 128), (257, 256), (186, 240), (32, 1674), (6, 128)]


def random_matrix(rng, precision, rows, columns):
    """Integer constants whose accumulators reach far but stay inside, with factors of all sizes."""
    largest = precision.largest_weight
    weight = rng.integers(-largest, largest, (rows, columns), endpoint=True)
    weight[rng.random(weight.shape) < 0.2] = rng.choice([-largest, largest])
    reach = 2**31 // (2 * columns * (128 if precision.operand == DType.S8 else 32768))
    weight = np.clip(weight, -max(reach, 1), max(reach, 1))
    shift = rng.integers(1, 62, rows, endpoint=True)
    usual = rng.random(rows) < 0.7
    return {
        "weight": weight.astype(np.int16 if precision.weight_bits > 8 else np.int8),
        "bias": rng.integers(-(2**29), 2**29, rows).astype(np.int32),
        "multiplier": rng.integers(0, 2**31 - 1, rows, endpoint=True).astype(np.int32),
        "shift": np.where(usual, rng.integers(33, 48, rows), shift).astype(np.uint8),
    }


def random_operand(rng, precision, columns):
    kind = precision.operand.numpy
    limits = np.iinfo(kind)
    x = rng.integers(limits.min, limits.max, columns, endpoint=True)
    return np.where(rng.random(columns) < 0.2, rng.choice([limits.min, limits.max], columns), x).astype(kind)


def on_core(core, name, constants, table, x, limit, offset=0):
    """Results of a product on the core, and its instructions; the operand ``offset`` bytes off a word."""
    rows, columns = constants["weight"].shape
    places = [core.put(a) for a in (table, constants["bias"], constants["multiplier"], constants["shift"])]
    matrix = core.put(np.array([*places, rows, columns], np.uint32))
    y = core.put(np.full(rows + 1, 12345, np.int32))
    at = core.put(x, offset)
    count = core.call(f"osc_matvec_{name}", matrix, at, limit, y)
    result = core.get(y, np.zeros(rows + 1, np.int32))
    assert result[-1] == 12345
    return result[:-1], count


@pytest.fixture(scope="module", params=["m4", "m7", "m33"])
def core(request, tmp_path_factory):
    sources = [KERNELS / "cortexm" / f"osc_matvec_{name}.c" for name in PRODUCTS]
    return CortexM(sources, FOLDERS, tmp_path_factory.mktemp("core"), request.param)


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_are_those_of_the_simulation_at_any_shape(core, name):
    rng, precision = np.random.default_rng(0), PRECISIONS[name]
    shapes = [*zip(rng.integers(1, 21, 150), rng.integers(1, 41, 150), strict=True), *SHAPES[1:]]
    step = 1 if precision.operand == DType.S8 else 2
    for trial, (rows, columns) in enumerate(shapes):
        constants = random_matrix(rng, precision, rows, columns)
        x = random_operand(rng, precision, columns)
        limit = int(rng.choice([255, 32768, 65535]))
        table = pack(constants["weight"], precision, "smlad")
        y, _ = on_core(core, name, constants, table, x, limit, trial * step % 4)
        wanted = np.clip(integer_matvec(constants, "", x), -limit, limit)
        np.testing.assert_array_equal(y, wanted, err_msg=f"{rows} x {columns}")
