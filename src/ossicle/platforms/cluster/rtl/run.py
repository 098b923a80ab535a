"""An ELF file on the RTL testbench."""

import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.platforms.cluster.rtl.build import build_testbench
from ossicle.platforms.cluster.rtl.log import RtlRun, read_log
from ossicle.targets import Cluster, ClusterTarget, Engine, FloatingPoint, load_target

TIME_LIMIT_S = 3600
TARGET = "cv32e40p-cluster"


def default_cluster() -> Cluster:
    """What the testbench is where nothing else is said."""
    target = load_target(TARGET)
    assert isinstance(target, ClusterTarget)
    return target.cluster


@dataclass(frozen=True)
class RtlCluster:
    """What the testbench is to be: every number can differ from run to run."""

    workers: int = 8
    l1_bytes: int = 128 * 1024
    l2_bytes: int = 8 * 1024 * 1024
    banks: int = 16
    """Of L1, one word wide."""
    dma: Engine = field(default_factory=lambda: default_cluster().dma)
    """Its bytes a cycle are a multiple of 4."""
    fpu: FloatingPoint = field(default_factory=lambda: default_cluster().fpu)
    l2_latency: int = 10
    """Cycles until a core's own access to L2 is answered."""


def run_rtl(elf: Path, cluster: RtlCluster, stdin: bytes, limit_cycles: int = 1 << 40) -> RtlRun:
    """Run an ELF file from reset until it exits.

    It has to be built for as many workers. Raises :class:`OssicleError` where the program fails, does not end
    within ``limit_cycles``, or has all cores waiting for one another.
    """
    testbench = build_testbench()
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "events"
        options = {
            "--workers": cluster.workers,
            "--l1-bytes": cluster.l1_bytes,
            "--l2-bytes": cluster.l2_bytes,
            "--banks": cluster.banks,
            "--fpus": cluster.fpu.units,
            "--divide-cycles": cluster.fpu.divide_cycles,
            "--dma-bytes": cluster.dma.bytes_per_cycle,
            "--dma-latency": cluster.dma.latency_cycles,
            "--dma-end": cluster.dma.end_cycles,
            "--burst-bytes": cluster.dma.burst_bytes,
            "--burst-cycles": cluster.dma.burst_cycles,
            "--bursts": cluster.dma.bursts,
            "--fifo-words": cluster.dma.fifo_words,
            "--l2-latency": cluster.l2_latency,
            "--limit": limit_cycles,
            "--events": log,
        }
        command = [str(testbench), str(elf), *(str(part) for option in options.items() for part in option)]
        try:
            done = subprocess.run(
                command, input=stdin, capture_output=True, check=False, timeout=TIME_LIMIT_S
            )
        except subprocess.TimeoutExpired:
            raise OssicleError(
                f"the program did not end within {TIME_LIMIT_S} s on the RTL testbench"
            ) from None
        if done.returncode:
            errors = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise OssicleError(f"the program failed on the RTL testbench: {errors.splitlines()[0]}")
        return RtlRun(done.stdout, *read_log(log.read_text("ascii")))
