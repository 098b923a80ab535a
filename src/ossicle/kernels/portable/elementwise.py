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


def binary_kernels() -> list[Kernel]:
    """Functions of two vectors."""
    operands, rounded = "a b y outer size inner", "shift zero_point"
    integers = {
        "add": f"a_multiplier b_multiplier offset {rounded}",
        "mul": f"a_zero_point b_zero_point multiplier {rounded}",
        "max": f"a_multiplier b_multiplier a_offset b_offset {rounded}",
        "min": f"a_multiplier b_multiplier a_offset b_offset {rounded}",
        "greater": "a_multiplier b_multiplier difference",
        "equal": "a_multiplier b_multiplier difference",
    }
    elsewhere = {
        "mul_float32": f"a_zero_point b_zero_point multiplier {rounded}",
        "mul_twice": f"a_zero_point b_zero_point multiplier {rounded}",
        "add_twice": f"a_zero_point b_zero_point a_multiplier a_shift b_multiplier b_shift sign multiplier {rounded}",
    }
    floats = ("add", "sub", "mul", "div", "max", "min", "greater", "less", "equal")
    return [
        *(
            kernel
            for function in floats
            for kernel in _kernels("osc_binary.h", f"binary_{function}", "f32", operands)
        ),
        *(
            kernel
            for function, more in integers.items()
            for kernel in _kernels("osc_binary.h", f"binary_{function}", "s8 s16", f"{operands} {more}")
        ),
        *(
            kernel
            for function, more in elsewhere.items()
            for kernel in _kernels("osc_binary.h", f"binary_{function}", "s8", f"{operands} {more}")
        ),
    ]
