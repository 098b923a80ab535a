"""Instructions and estimated cycles of an emulated program, layer by layer."""

from collections.abc import Mapping

from ossicle.cost.in_order_pipeline import CORES, Core, cycles, cycles_repeated
from ossicle.cost.thumb2_decoder import Decoder, Instruction
from ossicle.platforms.chip_emulation import LayerCost, uncounted
from ossicle.platforms.cortexm.profile import Block, Profile
from ossicle.programs.elf import Elf
from ossicle.targets import Chip


def layer_costs(
    profile: Profile, elf: Elf, chip: Chip, frames: int, weight_bytes: Mapping[str, int]
) -> list[LayerCost]:
    """Average over ``frames`` of all layers that ran.

    ``weight_bytes`` are those of the constants that each layer reads per frame.

    Weights are taken to come from slow memory in every frame, unless all of them stay in the cache. A core
    without a cycle model has instructions alone.
    """
    core, decoder = CORES.get(chip.core), Decoder()
    cached = sum(weight_bytes.values()) <= chip.weights.cache_bytes
    costs = []
    for layer in profile.layers:
        instructions, issued = 0, 0.0
        for block in profile.blocks(layer):
            offset = block.address - elf.text_address
            code = decoder.decode(elf.text[offset : offset + block.bytes], block.address)
            instructions += block.count * len(code)
            issued += block_cycles(block, code, core) if core else 0.0
        if core is None:
            costs.append(LayerCost(layer, instructions / frames, None, None, None))
            continue
        lines = 0 if cached else weight_bytes.get(layer, 0) / chip.weights.line_bytes
        waiting = lines * chip.weights.line_cycles
        total = issued / frames + waiting
        costs.append(LayerCost(layer, instructions / frames, total, waiting, 1e3 * total / chip.clock_hz))
    return costs


def assumptions(chip: Chip, weight_bytes: int) -> str:
    """What the cycles of a chip rest on, in a sentence."""
    core, path = CORES.get(chip.core), chip.weights
    if core is None:
        return uncounted(chip.core)
    issue = "two instructions a cycle" if core.width == 2 else "one instruction a cycle"
    if not path.line_cycles:
        weights = "no memory waits"
    elif weight_bytes <= path.cache_bytes:
        weights = "weights stay in the cache, and no other memory waits"
    else:
        weights = (
            f"all {weight_bytes:,} bytes of weights come from flash in every frame, for each output "
            "position those of a convolution that the cache does not hold whole or in blocks, "
            f"{path.line_cycles} cycles for each {path.line_bytes} bytes, and no other memory waits"
        )
    return f"cycles are estimated, not measured on a chip: {core.name}, at most {issue} in order; {weights}"


def block_cycles(block: Block, code: list[Instruction], core: Core) -> float:
    """Cycles of all executions of a block."""
    last = code[-1]
    loops = last.target == block.address
    once = cycles(code, core)
    again = cycles_repeated(code, core) if loops else once
    repeated = block.taken if loops else 0
    issued = repeated * again + (block.count - repeated) * once
    rarer = min(block.taken, block.count - block.taken) if last.conditional else 0
    return issued + core.taken * block.taken + core.mispredicted * rarer
