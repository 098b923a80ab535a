"""Kernels that all workers of a cluster compute together, and the backends of ``osc_cluster.h``."""

from ossicle.kernels.cv32e40p import CV32E40P
from ossicle.kernels.kernel import Kernel
from ossicle.kernels.sets import KernelSet

SET = KernelSet(
    "cluster",
    tuple(
        Kernel(
            name,
            name.replace("osc_parallel", "parallel"),
            shared=True,
            header="osc_parallel.h",
            cycles=CV32E40P.get(name),
        )
        for name in ("osc_parallel_fft", "osc_parallel_stft", "osc_parallel_istft")
    ),
)
