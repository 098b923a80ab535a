"""Instructions of integer matrix-vector products on an emulated Cortex-M7, results of the rows included.

    pip install -e '.[emulator]'
    python benchmarks/matrix_products.py --record

The count depends on no value but the factors of the rows: one of a half or more takes longer; none is here.
"""

from importlib import resources
from pathlib import Path

import numpy as np
import tables.matrix_products
import typer
from kws_kernels import Memory
from record import JsonOption, RecordOption, Result, conclude

from ossicle.kernels import load_kernels
from ossicle.numerics.formats import PRECISIONS, Precision
from ossicle.platforms.cortexm.build import build_kernels
from ossicle.platforms.cortexm.layer_cycles import layer_costs
from ossicle.platforms.cortexm.machine import Machine
from ossicle.targets import load_target

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
SHAPES = ((128, 128), (256, 256), (257, 256), (186, 240), (32, 1674), (6, 128))
PRODUCTS = ("w8a8", "w8a16", "w4a16", "w16a16")
SETS = {"cortexm": PRODUCTS, "portable": ("w8a16",)}
"""Products by kernel set."""
TARGET = "stm32f767"
SHIFT = 40


def main(record: RecordOption = False, json_: JsonOption = False) -> None:
    """Print instructions a multiply-accumulate by product and shape."""
    results = {
        f"{folder} {name}": {
            f"{rows} x {columns}": instructions(folder, name, rows, columns) / (rows * columns)
            for rows, columns in SHAPES
        }
        for folder, names in SETS.items()
        for name in names
    }
    settings = {"shapes": [f"{rows} x {columns}" for rows, columns in SHAPES], "products": list(results)}
    settings["target"] = TARGET
    found = Result("matrix_products", settings, results, packages=("unicorn", "ziglang"))
    conclude(found, tables.matrix_products.tables(results, settings), record, json_)


def instructions(folder: str, name: str, rows: int, columns: int) -> int:
    """Of one product of a folder of kernels, and of the 16-bit results of its rows."""
    precision, kernel = PRECISIONS[name], load_kernels([folder]).need("matvec", name)
    target = load_target(TARGET)
    functions = (kernel.name, "osc_requantize_s16")
    machine = Machine(build_kernels([KERNELS / folder / f"{of}.c" for of in functions], target), target)
    put = Memory(machine).put
    table = put(kernel.layout.pack(_weights(precision, rows, columns), precision))
    factors = [put(np.zeros(rows, np.int32)), put(np.full(rows, 2**30, np.int32))]
    factors.append(put(np.full(rows, SHIFT, np.uint8)))
    matrix = put(np.array([table, *factors, rows, columns], np.uint32))
    operand, sums = put(np.ones(columns, precision.operand.numpy)), put(np.zeros(rows, np.int32))
    results = put(np.zeros(rows, np.int16))
    profile = machine.profile({"kernel": []})
    machine.call(functions[0], matrix, operand, sums)
    machine.call(functions[1], put(np.array(factors, np.uint32)), sums, rows, -32768 % 2**32, results)
    (cost,) = layer_costs(profile, machine.elf, machine.chip, 1, {})
    return round(cost.instructions)


def _weights(precision: Precision, rows: int, columns: int) -> np.ndarray:
    """Small enough for every sum."""
    kind = np.int16 if precision.weight_bits > 8 else np.int8
    return np.random.default_rng(0).integers(-7, 7, (rows, columns), endpoint=True).astype(kind)


if __name__ == "__main__":
    typer.run(main)
