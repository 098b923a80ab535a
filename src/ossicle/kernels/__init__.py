"""The C of the kernels, a folder for each kind of core, and the records that say what each function reads."""

from ossicle.kernels.calls import Call, Calls, Constant, Input, Output, Product
from ossicle.kernels.kernel import Kernel
from ossicle.kernels.sets import FOLDER, Kernels, KernelSet, NoKernelError, load_kernels, set_names

__all__ = [
    "FOLDER",
    "Call",
    "Calls",
    "Constant",
    "Input",
    "Kernel",
    "KernelSet",
    "Kernels",
    "NoKernelError",
    "Output",
    "Product",
    "load_kernels",
    "set_names",
]
