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
    operands, rounded = "a b y n size inner", "shift zero_point"
    integers = {
        "add": f"a_multiplier b_multiplier offset {rounded}",
        "mul": f"a_zero_point b_zero_point multiplier {rounded}",
        "max": f"a_multiplier b_multiplier a_offset b_offset {rounded}",
        "min": f"a_multiplier b_multiplier a_offset b_offset {rounded}",
        "greater": "a_multiplier b_multiplier difference",
        "equal": "a_multiplier b_multiplier difference",
    }
    terms = "a_zero_point b_zero_point a_multiplier a_shift b_multiplier b_shift sign"
    elsewhere = {
        "mul_float32": f"a_zero_point b_zero_point multiplier {rounded}",
        "mul_twice": f"a_zero_point b_zero_point multiplier {rounded}",
        "add_twice": f"{terms} multiplier {rounded}",
    }
    wide = {name: elsewhere[name] for name in ("mul_twice", "add_twice")}
    wide["add_float32"] = elsewhere["add_twice"]
    kernels = []
    for function in ("add", "sub", "mul", "div", "max", "min", "greater", "less", "equal"):
        kernels += _kernels("osc_binary.h", f"binary_{function}", "f32", operands)
    for function, more in integers.items():
        kernels += _kernels("osc_binary.h", f"binary_{function}", "s8 s16", f"{operands} {more}")
    for function, more in elsewhere.items():
        kernels += _kernels("osc_binary.h", f"binary_{function}", "s8", f"{operands} {more}")
    for function, more in wide.items():
        kernels += _kernels("osc_binary.h", f"binary_{function}", "s16", f"{operands} {more}")
    return kernels


def unary_kernels() -> list[Kernel]:
    """Functions of one vector."""
    numbers = {"clip": "low high", "elu": "alpha", "hard_sigmoid": "alpha"}
    numbers |= {"leaky_relu": "alpha", "pow": "exponent"}
    floats = """
    abs atan ceil clip cos elu erf exp floor gelu hard_sigmoid hard_swish leaky_relu log mish neg pow
    reciprocal relu round sigmoid sign silu sin softplus sqrt square tanh
    """
    values, slopes, gate = "input y n", "slope size inner", "multiplier shift"
    integers = {
        "table": f"{values} table step",
        "slopes": f"{values} positive negative offset shift low high",
        "hard_swish": f"{values} multiplier offset shift product_multiplier product_shift",
        "sigmoid": f"{values} {gate}",
        "tanh": f"{values} {gate}",
        "silu": f"{values} {gate} product_multiplier product_shift",
        "sigmoid_by_table": f"{values} {gate}",
        "tanh_by_table": f"{values} {gate}",
        "sigmoid_of_fraction": f"{values} factor",
        "tanh_of_fraction": f"{values} factor",
    }
    scales = "positive shift x_zero_point zero_point"
    kernels = [
        *_kernels("osc_unary.h", "unary_prelu", "f32", f"{values} {slopes}"),
        *_kernels("osc_unary.h", "unary_prelu", "s8 s16", f"{values} {slopes} {scales}"),
        *_kernels("osc_unary.h", "unary_table", "s8", f"{values} table"),
        *_kernels("osc_unary.h", "unary_whole_pow", "f32", f"{values} exponent"),
    ]
    for function in floats.split():
        more = numbers.get(function, "")
        kernels += _kernels("osc_unary.h", f"unary_{function}", "f32", f"{values} {more}")
    for function, parameters in integers.items():
        kernels += _kernels("osc_unary.h", f"unary_{function}", "s16", parameters)
    return kernels


def other_kernels() -> list[Kernel]:
    """Scales with offsets, reductions, norms, transforms and choices."""
    line, axis = "input y n scale offset size inner", "input y outer count inner"
    factor = "multiplier shift x_zero_point zero_point"
    rounded = "a_multiplier b_multiplier a_offset b_offset shift c_zero_point zero_point"
    norm = "input y outer count epsilon scale offset"
    fourier = "input y rows count twiddle swaps odd"
    kernels = [
        *_kernels("osc_affine.h", "affine", "f32", line),
        *_kernels("osc_affine.h", "affine", "s8 s16", f"{line} shift"),
        *_kernels("osc_select.h", "select", "f32", "c a b y n"),
        *_kernels("osc_select.h", "select", "s8 s16", f"c a b y n {rounded}"),
        *_kernels("osc_normalize.h", "normalize", "f32", norm),
        *(
            kernel
            for function in ("rfft", "irfft", "fft", "ifft")
            for kernel in _kernels("osc_fourier.h", f"rows_{function}", "f32", fourier)
        ),
        *_kernels("osc_reduce.h", "reduce_sum", "f32", f"{axis} factor"),
        *_kernels("osc_reduce.h", "reduce_squares", "f32", f"{axis} factor"),
        *_kernels("osc_reduce.h", "reduce_max", "f32", axis),
        *_kernels("osc_reduce.h", "reduce_min", "f32", axis),
    ]
    for function in ("sum", "squares", "max", "min"):
        kernels += _kernels("osc_reduce.h", f"reduce_{function}", "s8 s16", f"{axis} {factor}")
    for rounding in ("float32", "twice"):
        kernels += _kernels("osc_reduce.h", f"reduce_sum_{rounding}", "s8", f"{axis} {factor}")
    kernels += _kernels("osc_reduce.h", "reduce_sum_twice", "s16", f"{axis} {factor}")
    return kernels
