"""What the tests of emulated chips share."""

from networks import small_model
from tools import need

from ossicle.platforms.cortexm.build import build_elf
from ossicle.platforms.cortexm.machine import Machine
from ossicle.platforms.platform import emit
from ossicle.quantization import quantize
from ossicle.schedule import plan
from ossicle.targets import load_target

need("emulator")


def small(cell="gru", scheme="w8a16", **options):
    """A small quantized graph."""
    model = small_model(cell, **options)
    return quantize(model.graph, scheme, model.calibration)


def built(folder, graph, target="stm32f767", compiler="zig"):
    """The ELF file of a graph."""
    chip = load_target(target)
    emit(graph, plan(graph), chip, folder)
    return build_elf(folder, compiler)


def machine(folder, graph, target="stm32f767"):
    """A graph's program in an emulated chip."""
    return Machine(built(folder, graph, target), load_target(target))
