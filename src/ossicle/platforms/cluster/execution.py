"""A cluster program run on threads of this computer, on QEMU's harts, or on the RTL testbench."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.audio.pcm import to_pcm16
from ossicle.errors import OssicleError
from ossicle.platforms.cluster.bare import BareMachine
from ossicle.platforms.cluster.build import build_folder, build_on_threads
from ossicle.platforms.cluster.harts import run_harts
from ossicle.platforms.cluster.rtl import RtlCluster, RtlRun, run_rtl
from ossicle.programs.library import LibraryProgram
from ossicle.targets import Cluster

BACKENDS: Mapping[str, str] = {"threads": "threads", "qemu": "harts", "rtl": "rtl"}
"""The C behind osc_cluster.h by where a program runs."""
TRACE = ("-DOSC_TRACE",)


@dataclass(frozen=True)
class ClusterOutput:
    """What a suppressor put out, and what the state struct held after each frame where that was asked for."""

    samples: np.ndarray
    """int16, as many as went in."""
    states: tuple[bytes, ...] = ()
    rtl: RtlRun | None = None


def run_cluster(
    folder: Path,
    summary: Mapping[str, Any],
    cluster: Cluster,
    on: str,
    samples: np.ndarray,
    trace: bool = False,
) -> ClusterOutput:
    """Run int16 ``samples``, ``(n,)``, whole hops, through an emitted folder for the backend of ``on``."""
    if len(samples) % summary["hop"]:
        raise OssicleError(
            f"a cluster takes whole hops of {summary['hop']} samples, not {len(samples)} samples; pad them"
        )
    if on == "threads":
        return run_frames(build_on_threads(folder), samples, trace)
    workers = summary["cluster"]["workers"]
    machine = BareMachine.for_state(workers, cluster.stack_bytes, summary["state_bytes"])
    elf, stdin = build_folder(folder, TRACE if trace else ()), samples.astype("<i2").tobytes()
    if on == "qemu":
        return _parse(run_harts(elf, workers, stdin), summary, trace)
    bench = RtlCluster(
        workers=workers,
        l1_bytes=machine.l1_bytes,
        banks=cluster.banks,
        dma=cluster.dma,
        fpu=cluster.fpu,
    )
    run = run_rtl(elf, bench, stdin)
    parsed = _parse(run.stdout, summary, trace)
    return ClusterOutput(parsed.samples, parsed.states, run)


def run_frames(program: LibraryProgram, samples: np.ndarray, trace: bool) -> ClusterOutput:
    """Run int16 ``samples``, ``(n,)``, whole hops, through a program that this computer has loaded."""
    stream, cleaned, states = program.open(), [], []
    for hop in samples.reshape(-1, program.summary["hop"]):
        output = stream.feed(hop)
        assert isinstance(output, np.ndarray), "a cluster runs frames of sound"
        cleaned.append(output)
        if trace:
            states.append(stream.state.tobytes())
    return ClusterOutput(to_pcm16(np.concatenate(cleaned)), tuple(states))


def _parse(stdout: bytes, summary: Mapping[str, Any], trace: bool) -> ClusterOutput:
    """Each frame's samples, and the state behind them."""
    hop_bytes = 2 * summary["hop"]
    size = hop_bytes + (summary["state_bytes"] if trace else 0)
    frames = [stdout[at : at + size] for at in range(0, len(stdout), size)]
    samples = np.frombuffer(b"".join(frame[:hop_bytes] for frame in frames), "<i2")
    return ClusterOutput(samples, tuple(frame[hop_bytes:] for frame in frames) if trace else ())
