"""Records of the portable kernels that move, map, combine and reduce values."""

from ossicle.kernels.kernel import Kernel


def _kernels(header: str, operation: str, types: str, parameters: str) -> list[Kernel]:
    """An operation for each of some types; all of the text is separated by spaces."""
    return [
        Kernel(f"osc_{operation}_{kind}", operation, kind, tuple(parameters.split()), header=header)
        for kind in types.split()
    ]


def gather_kernels() -> list[Kernel]:
    """Data movement."""
    types = "f32 f16 s8 s16"
    return [
        *_kernels("osc_gather.h", "copy_blocks", types, "blocks count input y"),
        *_kernels("osc_gather.h", "fill_blocks", types, "blocks count value y"),
        *_kernels("osc_gather.h", "copy_list", types, "list count input y"),
    ]
