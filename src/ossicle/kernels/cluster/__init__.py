"""Kernels that all workers of a cluster compute together, and the backends of ``osc_cluster.h``."""

from ossicle.kernels.kernel import Kernel
from ossicle.kernels.sets import KernelSet

SET = KernelSet(
    "cluster",
    tuple(
        Kernel(f"osc_team_{name}", f"parallel_{name}", shared=True, header="osc_team.h")
        for name in ("fft", "stft", "istft")
    ),
)
